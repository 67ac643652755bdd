MODEL (
  name onderwerp.aangevuld,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op de niveaus waarop ze gepubliceerd zijn, met een rij voor elk gebied van het niveau.',
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, getoond, grondgebied, trede, geleverd, status)))
);

WITH vastgehouden AS (
  /* what is held back and has no earlier value, for every area that lies in what was held */
  SELECT v.bron, v.periodesoort, v.gebiedsniveau, r.van AS gebied, v.jaar, MIN(v.reden) AS reden
  FROM READ_PARQUET(@VAR('vastgehouden')) AS v
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = v.gebiedsniveau AND r.naar = v.gebied AND r.naar_niveau = v.niveau_eenheid
  GROUP BY v.bron, v.periodesoort, v.gebiedsniveau, r.van, v.jaar
), onvolledig AS (
  /* where the publisher gives some areas of a level, and others no row */
  SELECT r.onderwerp, r.gebiedsniveau, r.periode, r.jaarreden
  FROM onderwerp.reeks AS r
  JOIN (SELECT gebiedsniveau, COUNT(*) AS gebieden FROM ref.grondgebied WHERE getoond GROUP BY gebiedsniveau) AS g
    ON g.gebiedsniveau = r.gebiedsniveau AND g.gebieden > r.gebieden
), ontbrekend AS (
  SELECT o.onderwerp, o.gebiedsniveau, g.gebied, g.gewest, g.grondgebied, g.trede, o.periode, o.jaarreden
  FROM onvolledig AS o
  JOIN ref.grondgebied AS g
    ON g.gebiedsniveau = o.gebiedsniveau AND g.getoond
  ANTI JOIN onderwerp.gepubliceerd AS f
    ON f.onderwerp = o.onderwerp
    AND f.gebiedsniveau = o.gebiedsniveau
    AND f.gebied = g.gebied
    AND f.periode = o.periode
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    periode,
    getoond,
    grondgebied,
    trede,
    TRUE AS geleverd,
    waarde,
    status,
    CASE
      WHEN NOT jaarreden IS NULL THEN jaarreden
      WHEN status = 'verborgen' THEN 'verborgen door de uitgever'
      WHEN status <> 'ok' THEN 'geen cijfer bij de uitgever'
    END AS reden,
    jaarreden
  FROM onderwerp.gepubliceerd
  UNION ALL
  SELECT
    m.onderwerp,
    m.gebiedsniveau,
    m.gebied,
    m.periode,
    TRUE AS getoond,
    m.grondgebied,
    m.trede,
    FALSE AS geleverd,
    CASE WHEN v.reden IS NULL AND p.afwezig = 'nul' AND m.jaarreden IS NULL AND o.telt_op THEN 0 END AS waarde,
    CASE
      WHEN NOT v.reden IS NULL OR p.afwezig IS NULL OR p.afwezig = 'onbekend' THEN 'onbekend'
      WHEN NOT m.jaarreden IS NULL THEN 'onbekend'
      WHEN o.telt_op THEN 'ok'
      ELSE 'nvt'
    END AS status,
    CASE
      WHEN NOT v.reden IS NULL THEN 'vastgehouden: ' || v.reden
      WHEN p.afwezig IS NULL THEN 'niet gedekt door de bron'
      WHEN p.afwezig = 'onbekend' THEN 'niet geleverd door de uitgever'
      WHEN NOT m.jaarreden IS NULL THEN m.jaarreden
      WHEN NOT o.telt_op THEN 'komt hier niet voor volgens de bron'
    END AS reden,
    CASE WHEN v.reden IS NULL AND p.afwezig = 'nul' THEN m.jaarreden END AS jaarreden
  FROM ontbrekend AS m
  JOIN ref.onderwerp AS o
    ON o.onderwerp = m.onderwerp
  JOIN ref.periode AS k
    ON k.periode = m.periode
  LEFT JOIN ref.publicatie AS p
    ON p.onderwerp = m.onderwerp AND p.gebiedsniveau = m.gebiedsniveau AND p.gewest = m.gewest
  LEFT JOIN vastgehouden AS v
    ON v.bron = o.bron
    AND v.periodesoort = o.periodesoort
    AND v.gebiedsniveau = m.gebiedsniveau
    AND v.gebied = m.gebied
    AND v.jaar = k.jaar::TEXT
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  getoond::BOOLEAN AS getoond,
  grondgebied::INT AS grondgebied,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  jaarreden::TEXT AS jaarreden
FROM samen
