MODEL (
  name onderwerp.plat,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op elk gebied van elk niveau: zoals gepubliceerd, en op elk grondgebied dat een volledige reeks krijgt.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar, of jaar en maand.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde, leeg als er geen te tonen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    bron = 'Dataset.',
    bronversie = 'Versie van de aanvaarde landing.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status, bron, bronversie)))
);

WITH gepubliceerd AS (
  SELECT f.onderwerp, f.gebiedsniveau, f.gebied, f.periode, f.periode_begin, f.waarde, f.status, g.getoond
  FROM (@UNION('all', @EACH(@VAR('datasets'), d -> bron.@{d}))) AS f
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = f.gebiedsniveau AND g.gebied = f.gebied AND g.gewest IN ('02000', '04000')
  SEMI JOIN ref.publicatie AS p
    ON p.onderwerp = f.onderwerp AND p.gebiedsniveau = f.gebiedsniveau
), vastgehouden AS (
  SELECT v.bron, v.gebiedsniveau, r.van AS gebied, v.jaar, MIN(v.reden) AS reden
  FROM READ_PARQUET(@VAR('vastgehouden')) AS v
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = v.gebiedsniveau AND r.naar = v.gebied AND r.naar_niveau = v.niveau_eenheid
  GROUP BY v.bron, v.gebiedsniveau, r.van, v.jaar
), rooster AS (
  SELECT p.onderwerp, p.gebiedsniveau, g.gebied, g.gewest, p.periode, p.periode_begin
  FROM (SELECT DISTINCT onderwerp, gebiedsniveau, periode, periode_begin FROM gepubliceerd) AS p
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = p.gebiedsniveau AND g.getoond
), volledig AS (
  SELECT
    r.onderwerp,
    r.gebiedsniveau,
    r.gebied,
    r.periode,
    r.periode_begin,
    TRUE AS getoond,
    NOT f.status IS NULL AS geleverd,
    CASE
      WHEN NOT f.status IS NULL THEN f.waarde
      WHEN v.reden IS NULL AND p.afwezig = 'nul' AND o.aggregatie = 'som' THEN 0
    END AS waarde,
    CASE
      WHEN NOT f.status IS NULL THEN f.status
      WHEN NOT v.reden IS NULL OR p.afwezig IS NULL OR p.afwezig = 'onbekend' THEN 'onbekend'
      WHEN o.aggregatie = 'som' THEN 'ok'
      ELSE 'nvt'
    END AS status,
    CASE
      WHEN f.status = 'verborgen' THEN 'verborgen door de uitgever'
      WHEN f.status IN ('onbekend', 'leeg', 'nvt') THEN 'geen cijfer bij de uitgever'
      WHEN NOT f.status IS NULL THEN NULL
      WHEN NOT v.reden IS NULL THEN 'vastgehouden: ' || v.reden
      WHEN p.afwezig IS NULL THEN 'niet gedekt door de bron'
      WHEN p.afwezig = 'onbekend' THEN 'niet geleverd door de uitgever'
      WHEN o.aggregatie <> 'som' THEN 'komt hier niet voor volgens de bron'
    END AS reden
  FROM rooster AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp
  LEFT JOIN ref.publicatie AS p
    ON p.onderwerp = r.onderwerp AND p.gebiedsniveau = r.gebiedsniveau AND p.gewest = r.gewest
  LEFT JOIN gepubliceerd AS f
    ON f.onderwerp = r.onderwerp
    AND f.gebiedsniveau = r.gebiedsniveau
    AND f.gebied = r.gebied
    AND f.periode = r.periode
  LEFT JOIN vastgehouden AS v
    ON v.bron = o.bron AND v.gebiedsniveau = r.gebiedsniveau AND v.gebied = r.gebied AND v.jaar = SUBSTRING(r.periode, 1, 4)
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, FALSE, TRUE, waarde, status, NULL
  FROM gepubliceerd
  WHERE NOT getoond
), route AS (
  /* months are carried to today's areas only: on every older version they would be most of the release */
  SELECT
    r.van_niveau,
    r.van,
    r.naar_niveau,
    r.naar,
    r.delen,
    r.samenstelling,
    oud.reeks = nieuw.reeks AS zelfde_reeks,
    nieuw.laatste_jaar IS NULL OR r.van_niveau = r.naar_niveau AS maanden
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = r.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = r.naar_niveau AND nieuw.afgeleid
), zelfde AS (
  /* the publisher's own value on the same territory */
  SELECT
    d.onderwerp, r.naar_niveau AS gebiedsniveau, r.naar AS gebied, d.periode, d.periode_begin, d.geleverd, d.waarde, d.status, d.reden
  FROM volledig AS d
  JOIN route AS r
    ON r.van_niveau = d.gebiedsniveau AND r.van = d.gebied AND r.delen = 1 AND (r.maanden OR LENGTH(d.periode) = 4)
), opgeteld AS (
  SELECT
    d.onderwerp,
    d.gebiedsniveau AS van_niveau,
    r.naar_niveau AS gebiedsniveau,
    r.naar AS gebied,
    d.periode,
    MIN(d.periode_begin) AS periode_begin,
    MIN(r.samenstelling) AS samenstelling,
    BOOL_OR(r.zelfde_reeks) AS fusie,
    BOOL_OR(d.geleverd) AS geleverd,
    SUM(d.waarde) AS som,
    COUNT(*) AS delen,
    SUM(CASE WHEN d.status = 'onbekend' THEN 1 ELSE 0 END) AS onbekend,
    SUM(CASE WHEN d.status = 'verborgen' THEN 1 ELSE 0 END) AS verborgen,
    SUM(CASE WHEN d.status = 'ok' THEN 1 ELSE 0 END) AS ok,
    SUM(CASE WHEN d.status = 'leeg' THEN 1 ELSE 0 END) AS leeg
  FROM volledig AS d
  JOIN route AS r
    ON r.van_niveau = d.gebiedsniveau AND r.van = d.gebied AND r.delen > 1 AND (r.maanden OR LENGTH(d.periode) = 4)
  GROUP BY d.onderwerp, d.gebiedsniveau, r.naar_niveau, r.naar, d.periode
), fijnste AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY onderwerp, gebiedsniveau, gebied, periode ORDER BY CASE WHEN geleverd THEN 0 ELSE 1 END, delen, van_niveau) AS keuze
  FROM opgeteld
), som AS (
  SELECT
    s.onderwerp,
    s.gebiedsniveau,
    s.gebied,
    s.periode,
    s.periode_begin,
    s.geleverd,
    s.som AS waarde,
    CASE
      WHEN o.aggregatie = 'geen' THEN 'onbekend'
      WHEN s.onbekend > 0 THEN 'onbekend'
      WHEN s.verborgen > 0 THEN 'verborgen'
      WHEN s.ok > 0 THEN 'ok'
      WHEN s.leeg > 0 THEN 'leeg'
      ELSE 'nvt'
    END AS status,
    CASE
      WHEN o.aggregatie = 'geen' AND s.fusie THEN 'niet aggregeerbaar over de fusie ' || s.samenstelling
      WHEN o.aggregatie = 'geen' THEN 'niet aggregeerbaar: de uitgever geeft geen cijfer op dit niveau'
      WHEN s.onbekend > 0 THEN s.onbekend::TEXT || ' van ' || s.delen::TEXT || ' delen onbekend'
      WHEN s.verborgen > 0 THEN s.verborgen::TEXT || ' van ' || s.delen::TEXT || ' delen verborgen'
    END AS reden
  FROM fijnste AS s
  JOIN ref.onderwerp AS o
    ON o.onderwerp = s.onderwerp
  WHERE s.keuze = 1
), bereikt AS (
  /* what the publisher gives at a higher level beats the sum of the parts */
  SELECT z.onderwerp, z.gebiedsniveau, z.gebied, z.periode, z.periode_begin, z.waarde, z.status, z.reden
  FROM zelfde AS z
  LEFT JOIN som AS s
    ON s.onderwerp = z.onderwerp
    AND s.gebiedsniveau = z.gebiedsniveau
    AND s.gebied = z.gebied
    AND s.periode = z.periode
  WHERE z.geleverd OR NOT COALESCE(s.geleverd, FALSE)
  UNION ALL
  SELECT s.onderwerp, s.gebiedsniveau, s.gebied, s.periode, s.periode_begin, s.waarde, s.status, s.reden
  FROM som AS s
  LEFT JOIN zelfde AS z
    ON s.onderwerp = z.onderwerp
    AND s.gebiedsniveau = z.gebiedsniveau
    AND s.gebied = z.gebied
    AND s.periode = z.periode
  WHERE z.onderwerp IS NULL OR (s.geleverd AND NOT z.geleverd)
), opgegaan AS (
  /* the nearest merger of every area that is a part of a newer one */
  SELECT van_niveau AS gebiedsniveau, van AS gebied, MIN_BY(samenstelling, delen) AS samenstelling
  FROM route
  WHERE zelfde_reeks AND delen > 1
  GROUP BY van_niveau, van
), gebleven AS (
  SELECT b.onderwerp, b.gebiedsniveau, b.gebied, b.periode
  FROM bereikt AS b
  SEMI JOIN opgegaan AS f
    ON f.gebiedsniveau = b.gebiedsniveau AND f.gebied = b.gebied
), ondeelbaar AS (
  SELECT
    p.onderwerp,
    p.gebiedsniveau,
    f.gebied,
    p.periode,
    p.periode_begin,
    NULL::DOUBLE AS waarde,
    'onbekend' AS status,
    'niet te splitsen over de fusie ' || f.samenstelling AS reden
  FROM (SELECT DISTINCT onderwerp, gebiedsniveau, periode, periode_begin FROM bereikt) AS p
  JOIN opgegaan AS f
    ON f.gebiedsniveau = p.gebiedsniveau
  ANTI JOIN gebleven AS b
    ON b.onderwerp = p.onderwerp
    AND b.gebiedsniveau = p.gebiedsniveau
    AND b.gebied = f.gebied
    AND b.periode = p.periode
), samen AS (
  SELECT v.onderwerp, v.gebiedsniveau, v.gebied, v.periode, v.periode_begin, v.waarde, v.status, v.reden
  FROM volledig AS v
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = v.gebiedsniveau AND NOT n.afgeleid
  WHERE v.getoond
  UNION ALL
  SELECT b.onderwerp, b.gebiedsniveau, b.gebied, b.periode, b.periode_begin, b.waarde, b.status, b.reden
  FROM bereikt AS b
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = b.gebiedsniveau AND g.gebied = b.gebied AND g.getoond
  UNION ALL
  SELECT o.onderwerp, o.gebiedsniveau, o.gebied, o.periode, o.periode_begin, o.waarde, o.status, o.reden
  FROM ondeelbaar AS o
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = o.gebiedsniveau AND g.gebied = o.gebied AND g.getoond
)
SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  s.periode_begin::DATE AS periode_begin,
  (CASE WHEN s.status = 'ok' THEN s.waarde END)::DOUBLE AS waarde,
  s.status::TEXT AS status,
  s.reden::TEXT AS reden,
  o.bron::TEXT AS bron,
  l.bronversie::TEXT AS bronversie
FROM samen AS s
JOIN ref.onderwerp AS o
  ON o.onderwerp = s.onderwerp
JOIN READ_PARQUET(@VAR('landing')) AS l
  ON l.bron = o.bron
