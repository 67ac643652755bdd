MODEL (
  name onderwerp.gekozen,
  kind FULL,
  owner obmi,
  grain (nummer, grondgebied, keuze),
  description 'Elk grondgebied boven de fijnste niveaus: het cijfer van de uitgever, anders de som van de delen, die elk zo bepaald zijn.',
  column_descriptions (
    nummer = 'Nummer van het onderwerp in de periode, zoals in onderwerp.weg.',
    keuze = '1 voor het cijfer dat geldt; hoger voor wat de uitgever op een andere versie over hetzelfde grondgebied geeft.',
    gebiedsniveau = 'Niveau met versie van de uitgever, of van de delen.',
    waarde = 'De waarde; bij een andere status dan ok de som van de delen die gekend zijn.'
  ),
  audits (not_null(columns := (nummer, grondgebied, keuze, gebiedsniveau, geleverd, status, verborgen)))
);

JINJA_QUERY_BEGIN;
{% set geteld = ['delen', 'onbekend', 'verborgen', 'ongedekt'] %}
{% macro gegeven(waar) %}
  /* what the publisher gives, or what stands for a row he does not give */
  SELECT
    r.nummer,
    v.grondgebied,
    v.trede,
    v.gebiedsniveau,
    v.geleverd,
    TRUE AS eigen,
    v.waarde,
    v.status,
    v.reden,
    v.jaarreden,
    1 AS nodig,
    1 AS delen,
    CASE WHEN v.status = 'onbekend' THEN 1 END AS onbekend,
    CASE WHEN v.status = 'verborgen' THEN 1 END AS verborgen,
    v.verborgen AS cellen,
    CASE WHEN v.reden = 'niet gedekt door de bron' THEN 1 END AS ongedekt
  FROM onderwerp.volledig AS v
  JOIN nummering AS r
    ON r.onderwerp = v.onderwerp AND r.periode = v.periode
  WHERE {{ waar }}
{% endmacro %}
WITH nummering AS (
  /* a number is a cheaper key of sums than two texts; grouped, so that DuckDB sees how many there are (ADR 0026) */
  SELECT onderwerp, periode, MIN(nummer) AS nummer
  FROM onderwerp.weg
  GROUP BY onderwerp, periode
), niveau AS (
  /* levels that nothing is published on, and that get no full series, take no part */
  SELECT gebiedsniveau
  FROM ref.gebiedsniveau
  WHERE afgeleid
  UNION
  SELECT gebiedsniveau
  FROM ref.publicatie
), deel AS (
  SELECT d.*
  FROM ref.deel AS d
  SEMI JOIN niveau AS v
    ON v.gebiedsniveau = d.van_niveau
  JOIN ref.gebiedsniveau AS g
    ON g.gebiedsniveau = d.naar_niveau
  LEFT JOIN niveau AS n
    ON n.gebiedsniveau = d.naar_niveau
  WHERE g.opgeteld OR NOT n.gebiedsniveau IS NULL
), partitie AS (
  SELECT DISTINCT partitie, geheel, trede, van_niveau, nodig, fusie
  FROM deel
), eigen AS (
  {{ gegeven('v.trede > 0') }}
), meerkeuze AS (
  /* territories that can have more than one figure: from several levels of parts, or also from the publisher */
  SELECT grondgebied
  FROM (
    SELECT p.geheel AS grondgebied, p.van_niveau AS gebiedsniveau
    FROM partitie AS p
    SEMI JOIN onderwerp.weg AS w
      ON w.gebiedsniveau = p.van_niveau AND w.telt
    UNION ALL
    SELECT DISTINCT grondgebied, gebiedsniveau
    FROM eigen
  ) AS figuur
  GROUP BY grondgebied
  HAVING COUNT(*) > 1
), keuze_0 AS (
  SELECT *, 1 AS keuze
  FROM ({{ gegeven('v.trede = 0') }}) AS g
)
{% for k in range(7) %}
{% if k == 1 %}
, som_1 AS (
  /* wholes of which all parts are of height 0 */
  SELECT b.*
  FROM bijdrage_0 AS b
  SEMI JOIN partitie AS p
    ON p.partitie = b.partitie AND p.trede = 1
)
{% elif k %}
, bijdragen_{{ k }} AS (
  SELECT b.*
  FROM (
    {% for j in range(k) %}{% if j %}UNION ALL{% endif %}
    SELECT * FROM bijdrage_{{ j }}
    {% endfor %}
  ) AS b
  SEMI JOIN partitie AS p
    ON p.partitie = b.partitie AND p.trede = {{ k }}
), som_{{ k }} AS (
  /* the sum of all parts, whatever their height */
  SELECT
    nummer,
    partitie,
    BOOL_OR(geleverd) AS geleverd,
    @STATUS_VAN_SOM(status) AS status,
    MIN(jaarreden) AS jaarreden,
    @SOM(waarde) AS waarde,
    {% for kolom in geteld %}SUM({{ kolom }}) AS {{ kolom }},
    {% endfor %}
    SUM(cellen) AS cellen,
    SUM(geteld) AS geteld
  FROM bijdragen_{{ k }}
  GROUP BY nummer, partitie
)
{% endif %}
{% if k %}
, kandidaat_{{ k }} AS (
  /* every figure that a territory can have: the publisher's, and the sum per level of which all parts are there; only of a level
     that is published in that period, or that gets every series: by way of any other, what cannot be located or changed its
     number would be lost */
  SELECT *
  FROM eigen
  WHERE trede = {{ k }}
  UNION ALL
  SELECT
    s.nummer,
    p.geheel AS grondgebied,
    {{ k }} AS trede,
    p.van_niveau AS gebiedsniveau,
    s.geleverd,
    FALSE AS eigen,
    s.waarde,
    CASE WHEN o.aggregatie = 'geen' THEN 'onbekend' ELSE s.status END AS status,
    CASE
      WHEN o.aggregatie = 'geen' AND NOT p.fusie IS NULL THEN 'niet aggregeerbaar over de fusie ' || p.fusie
      WHEN o.aggregatie = 'geen' THEN 'niet aggregeerbaar: de uitgever geeft geen cijfer op dit niveau'
      WHEN NOT s.jaarreden IS NULL THEN s.jaarreden
      WHEN s.ongedekt = s.delen THEN 'niet gedekt door de bron'
      WHEN s.onbekend > 0 THEN s.onbekend::INT::TEXT || ' van ' || s.delen::INT::TEXT || ' delen '
        || CASE WHEN s.ongedekt = s.onbekend THEN 'niet gedekt door de bron' ELSE 'onbekend' END
      WHEN s.verborgen > 0 THEN s.verborgen::INT::TEXT || ' van ' || s.delen::INT::TEXT || ' delen verborgen'
      WHEN s.status <> 'ok' THEN 'alle delen zijn ' || s.status
    END AS reden,
    s.jaarreden,
    p.nodig,
    s.delen,
    s.onbekend,
    s.verborgen,
    s.cellen,
    s.ongedekt
  FROM som_{{ k }} AS s
  JOIN partitie AS p
    ON p.partitie = s.partitie AND p.nodig = s.geteld
  JOIN onderwerp.weg AS w
    ON w.nummer = s.nummer AND w.gebiedsniveau = p.van_niveau AND w.telt
  JOIN ref.onderwerp AS o
    ON o.onderwerp = w.onderwerp
), keuze_{{ k }} AS (
  /* what the publisher gives beats the sum of what he gives for parts, and that beats what stands for a row he does not give;
     of two sums, the one of the fewest parts */
  SELECT
    k.*,
    ROW_NUMBER() OVER volgorde AS keuze,
    LEAD(CASE WHEN NOT k.eigen AND k.geleverd AND k.status = 'ok' THEN k.waarde END) OVER volgorde AS som
  FROM kandidaat_{{ k }} AS k
  SEMI JOIN meerkeuze AS m
    ON m.grondgebied = k.grondgebied
  WINDOW volgorde AS (
    PARTITION BY k.nummer, k.grondgebied
    ORDER BY CASE WHEN k.geleverd AND k.eigen THEN 0 WHEN k.geleverd THEN 1 WHEN k.eigen THEN 2 ELSE 3 END, k.nodig, k.gebiedsniveau
  )
  UNION ALL
  SELECT k.*, 1 AS keuze, NULL AS som
  FROM kandidaat_{{ k }} AS k
  ANTI JOIN meerkeuze AS m
    ON m.grondgebied = k.grondgebied
)
{% endif %}
, bijdrage_{{ k }} AS (
  /* what the territories of this height add to every whole, per level of the parts */
  SELECT
    t.nummer,
    d.partitie,
    BOOL_OR(t.geleverd) AS geleverd,
    @STATUS_VAN_SOM(t.status) AS status,
    MIN(t.jaarreden) AS jaarreden,
    @SOM(t.waarde) AS waarde,
    {% for kolom in geteld %}{{ 'SUM' if k else 'COUNT' }}(t.{{ kolom }}) AS {{ kolom }},
    {% endfor %}
    SUM(t.cellen) AS cellen,
    COUNT(CASE WHEN d.telt THEN 1 END) AS geteld
  FROM keuze_{{ k }} AS t
  JOIN deel AS d
    ON d.deel = t.grondgebied AND t.keuze = 1
  GROUP BY t.nummer, d.partitie
)
{% endfor %}
, samen AS (
  {% for k in range(1, 7) %}{% if not loop.first %}UNION ALL{% endif %}
  SELECT * FROM keuze_{{ k }}
  {% endfor %}
)
SELECT
  nummer::INT AS nummer,
  grondgebied::INT AS grondgebied,
  keuze::INT AS keuze,
  gebiedsniveau::TEXT AS gebiedsniveau,
  (geleverd AND eigen)::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  cellen::INT AS verborgen,
  som::DOUBLE AS som
FROM samen
WHERE keuze = 1 OR (geleverd AND eigen)
JINJA_END;
