MODEL (
  name onderwerp.opgelost,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Elk gebied boven de fijnste niveaus: het cijfer van de uitgever op dat grondgebied, anders de som van de delen, die elk zo bepaald zijn.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar, schooljaar, jaar en maand, of jaar en kwartaal.',
    periode_begin = 'Eerste dag van de periode.',
    geleverd = 'Waar als de uitgever hier zelf een rij geeft.',
    waarde = 'De waarde; bij een andere status dan ok de som van de delen die gekend zijn.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    verborgen = 'Hoeveel cijfers erin de uitgever verbergt.',
    som = 'De som van de delen, waar de uitgever zelf een cijfer geeft en ook alle delen gekend zijn.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, geleverd, status)))
);

JINJA_QUERY_BEGIN;
{% set treden = range(1, 7) %}
{% set tellingen = ['waarde', 'delen', 'onbekend', 'verborgen', 'ok', 'leeg', 'cellen'] %}
WITH niveau AS (
  SELECT gebiedsniveau
  FROM ref.gebiedsniveau
  WHERE afgeleid
  UNION
  SELECT gebiedsniveau
  FROM ref.publicatie
), deel AS (
  /* levels that nothing is published on, and that get no full series, take no part */
  SELECT d.*
  FROM ref.deel AS d
  SEMI JOIN niveau AS v
    ON v.gebiedsniveau = d.van_niveau
  SEMI JOIN niveau AS n
    ON n.gebiedsniveau = d.naar_niveau
), partitie AS (
  SELECT DISTINCT partitie, geheel, trede, van_niveau, nodig, fusie
  FROM deel
), eigen AS (
  SELECT
    v.onderwerp,
    g.grondgebied,
    v.trede,
    v.gebiedsniveau,
    v.periode,
    v.periode_begin,
    v.geleverd,
    v.waarde,
    v.status,
    v.reden,
    v.jaarreden,
    v.verborgen AS cellen
  FROM onderwerp.volledig AS v
  JOIN ref.grondgebied AS g
    ON g.gebiedsniveau = v.gebiedsniveau AND g.gebied = v.gebied
  WHERE v.trede > 0
), bijdrage_0 AS (
  SELECT
    v.onderwerp,
    d.partitie,
    MIN(d.trede) AS trede,
    v.periode,
    MIN(v.periode_begin) AS periode_begin,
    BOOL_OR(v.geleverd) AS geleverd,
    SUM(v.waarde) AS waarde,
    COUNT(*) AS delen,
    COUNT(CASE WHEN v.status = 'onbekend' THEN 1 END) AS onbekend,
    COUNT(CASE WHEN v.status = 'verborgen' THEN 1 END) AS verborgen,
    COUNT(CASE WHEN v.status = 'ok' THEN 1 END) AS ok,
    COUNT(CASE WHEN v.status = 'leeg' THEN 1 END) AS leeg,
    SUM(v.verborgen) AS cellen,
    MIN(v.jaarreden) AS jaarreden,
    COUNT(CASE WHEN d.telt THEN 1 END) AS geteld
  FROM onderwerp.volledig AS v
  JOIN deel AS d
    ON d.van_niveau = v.gebiedsniveau AND d.van = v.gebied AND v.trede = 0
  GROUP BY v.onderwerp, d.partitie, v.periode
), gegeven AS (
  SELECT onderwerp, gebiedsniveau, periode
  FROM eigen
  UNION
  SELECT b.onderwerp, p.van_niveau, b.periode
  FROM bijdrage_0 AS b
  JOIN partitie AS p
    ON p.partitie = b.partitie
), weg AS (
  /* a sum is made of a level that is published in that period, or that gets every series: by way of any other, what cannot be
     located or changed its number would be lost */
  SELECT onderwerp, gebiedsniveau, periode
  FROM gegeven
  UNION
  SELECT g.onderwerp, n.gebiedsniveau, g.periode
  FROM gegeven AS g
  JOIN ref.gebiedsniveau AS n
    ON n.afgeleid
)
{% for k in treden %}
, kandidaat_{{ k }} AS (
  SELECT
    onderwerp, grondgebied, gebiedsniveau, periode, periode_begin, geleverd, TRUE AS eigen, waarde, status, reden, jaarreden, cellen,
    1 AS nodig,
    1 AS delen,
    CASE WHEN status = 'onbekend' THEN 1 ELSE 0 END AS onbekend,
    CASE WHEN status = 'verborgen' THEN 1 ELSE 0 END AS verborgen,
    CASE WHEN status = 'ok' THEN 1 ELSE 0 END AS ok,
    CASE WHEN status = 'leeg' THEN 1 ELSE 0 END AS leeg
  FROM eigen
  WHERE trede = {{ k }}
  UNION ALL
  SELECT
    s.onderwerp, p.geheel AS grondgebied, p.van_niveau AS gebiedsniveau, s.periode, s.periode_begin, s.geleverd, FALSE AS eigen, s.waarde,
    CASE
      WHEN o.aggregatie = 'geen' THEN 'onbekend'
      WHEN s.onbekend > 0 THEN 'onbekend'
      WHEN s.verborgen > 0 THEN 'verborgen'
      WHEN s.ok > 0 THEN 'ok'
      WHEN s.leeg > 0 THEN 'leeg'
      ELSE 'nvt'
    END AS status,
    CASE
      WHEN o.aggregatie = 'geen' AND NOT p.fusie IS NULL THEN 'niet aggregeerbaar over de fusie ' || p.fusie
      WHEN o.aggregatie = 'geen' THEN 'niet aggregeerbaar: de uitgever geeft geen cijfer op dit niveau'
      WHEN NOT s.jaarreden IS NULL THEN s.jaarreden
      WHEN s.onbekend > 0 THEN s.onbekend::INT::TEXT || ' van ' || s.delen::INT::TEXT || ' delen onbekend'
      WHEN s.verborgen > 0 THEN s.verborgen::INT::TEXT || ' van ' || s.delen::INT::TEXT || ' delen verborgen'
    END AS reden,
    s.jaarreden, s.cellen, p.nodig, s.delen, s.onbekend, s.verborgen, s.ok, s.leeg
  FROM (
    SELECT
      onderwerp,
      partitie,
      periode,
      MIN(periode_begin) AS periode_begin,
      BOOL_OR(geleverd) AS geleverd,
      {% for telling in tellingen %}SUM({{ telling }}) AS {{ telling }},
      {% endfor %}
      MIN(jaarreden) AS jaarreden,
      SUM(geteld) AS geteld
    FROM (
      {% for j in range(k) %}{% if j %}UNION ALL{% endif %}
      SELECT * FROM bijdrage_{{ j }} WHERE trede = {{ k }}
      {% endfor %}
    ) AS b
    GROUP BY onderwerp, partitie, periode
  ) AS s
  JOIN partitie AS p
    ON p.partitie = s.partitie AND p.nodig = s.geteld
  JOIN ref.onderwerp AS o
    ON o.onderwerp = s.onderwerp
  SEMI JOIN weg AS v
    ON v.onderwerp = s.onderwerp AND v.gebiedsniveau = p.van_niveau AND v.periode = s.periode
), keuze_{{ k }} AS (
  /* what the publisher gives beats the sum of what he gives for parts, and that beats what stands for a row he does not give;
     of two sums, the one of the fewest parts */
  SELECT
    *,
    ROW_NUMBER() OVER volgorde AS keuze,
    LEAD(CASE WHEN NOT eigen AND geleverd AND status = 'ok' THEN waarde END) OVER volgorde AS som
  FROM kandidaat_{{ k }}
  WINDOW volgorde AS (
    PARTITION BY onderwerp, grondgebied, periode
    ORDER BY CASE WHEN geleverd AND eigen THEN 0 WHEN geleverd THEN 1 WHEN eigen THEN 2 ELSE 3 END, nodig, gebiedsniveau
  )
), bijdrage_{{ k }} AS (
  SELECT
    t.onderwerp,
    d.partitie,
    MIN(d.trede) AS trede,
    t.periode,
    MIN(t.periode_begin) AS periode_begin,
    BOOL_OR(t.geleverd) AS geleverd,
    {% for telling in tellingen %}SUM(t.{{ telling }}) AS {{ telling }},
    {% endfor %}
    MIN(t.jaarreden) AS jaarreden,
    COUNT(CASE WHEN d.telt THEN 1 END) AS geteld
  FROM keuze_{{ k }} AS t
  JOIN deel AS d
    ON d.deel = t.grondgebied AND t.keuze = 1
  GROUP BY t.onderwerp, d.partitie, t.periode
)
{% endfor %}
, gevonden AS (
  {% for k in treden %}{% if not loop.first %}UNION ALL{% endif %}
  SELECT
    onderwerp, grondgebied, gebiedsniveau, periode, periode_begin, geleverd AND eigen AS geleverd, waarde, status, reden, cellen, som, keuze
  FROM keuze_{{ k }}
  WHERE keuze = 1 OR (eigen AND geleverd)
  {% endfor %}
), tweede AS (
  /* a publisher who gives one territory twice, on two versions: each version keeps its own value */
  SELECT g.gebied, t.*
  FROM gevonden AS t
  JOIN ref.grondgebied AS g
    ON g.grondgebied = t.grondgebied AND g.gebiedsniveau = t.gebiedsniveau AND g.getoond
  WHERE t.keuze > 1
), zichtbaar AS (
  /* months are carried to today's areas only: on every older version they would be most of the release */
  SELECT onderwerp, gebiedsniveau, periode
  FROM gegeven
  UNION
  SELECT w.onderwerp, w.gebiedsniveau, w.periode
  FROM weg AS w
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = w.gebiedsniveau AND n.afgeleid AND (n.laatste_jaar IS NULL OR LENGTH(w.periode) IN (4, 9))
), getoond AS (
  SELECT
    t.onderwerp,
    g.gebiedsniveau,
    g.gebied,
    t.periode,
    t.periode_begin,
    t.geleverd AND t.gebiedsniveau = g.gebiedsniveau AS geleverd,
    t.waarde,
    t.status,
    t.reden,
    t.cellen,
    t.som
  FROM gevonden AS t
  JOIN ref.grondgebied AS g
    ON g.grondgebied = t.grondgebied AND g.getoond
  JOIN zichtbaar AS r
    ON r.onderwerp = t.onderwerp AND r.gebiedsniveau = g.gebiedsniveau AND r.periode = t.periode
  ANTI JOIN tweede AS w
    ON w.onderwerp = t.onderwerp
    AND w.gebiedsniveau = g.gebiedsniveau
    AND w.gebied = g.gebied
    AND w.periode = t.periode
  WHERE t.keuze = 1
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, geleverd, waarde, status, reden, cellen, som
  FROM tweede
), onvolledig AS (
  SELECT p.onderwerp, p.gebiedsniveau, p.periode, p.periode_begin
  FROM (
    SELECT onderwerp, gebiedsniveau, periode, MIN(periode_begin) AS periode_begin, COUNT(*) AS gebieden
    FROM getoond
    GROUP BY onderwerp, gebiedsniveau, periode
  ) AS p
  JOIN (SELECT gebiedsniveau, COUNT(*) AS gebieden FROM ref.grondgebied WHERE getoond AND trede > 0 GROUP BY gebiedsniveau) AS g
    ON g.gebiedsniveau = p.gebiedsniveau AND g.gebieden > p.gebieden
), opgegaan AS (
  /* the nearest merger of every area that is a part of a newer one */
  SELECT r.van_niveau AS gebiedsniveau, r.van AS gebied, MIN_BY(r.samenstelling, r.delen) AS samenstelling
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = r.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = r.naar_niveau AND nieuw.reeks = oud.reeks
  WHERE r.delen > 1
  GROUP BY r.van_niveau, r.van
), samen AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, geleverd, waarde, status, reden, cellen, som
  FROM getoond
  UNION ALL
  SELECT
    o.onderwerp,
    o.gebiedsniveau,
    g.gebied,
    o.periode,
    o.periode_begin,
    FALSE AS geleverd,
    NULL AS waarde,
    'onbekend' AS status,
    COALESCE(
      'niet te splitsen over de fusie ' || f.samenstelling, 'niet te bepalen: niet elk deel heeft een cijfer'
    ) AS reden,
    0 AS cellen,
    NULL AS som
  FROM onvolledig AS o
  JOIN ref.grondgebied AS g
    ON g.gebiedsniveau = o.gebiedsniveau AND g.getoond AND g.trede > 0
  LEFT JOIN opgegaan AS f
    ON f.gebiedsniveau = g.gebiedsniveau AND f.gebied = g.gebied
  ANTI JOIN getoond AS b
    ON b.onderwerp = o.onderwerp
    AND b.gebiedsniveau = o.gebiedsniveau
    AND b.gebied = g.gebied
    AND b.periode = o.periode
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  cellen::INT AS verborgen,
  som::DOUBLE AS som
FROM samen
JINJA_END;
