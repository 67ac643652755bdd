MODEL (
  name onderwerp.aangevuld,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op de niveaus waarop ze gepubliceerd zijn, met een rij voor elk gebied van het niveau.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar, schooljaar, jaar en maand, of jaar en kwartaal.',
    periode_begin = 'Eerste dag van de periode.',
    getoond = 'Waar als het gebied in de marts een rij krijgt.',
    trede = 'Hoogte van het grondgebied (ref.grondgebied).',
    geleverd = 'Waar als de uitgever een rij geeft, ook een zonder waarde.',
    waarde = 'De waarde, leeg als er geen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, getoond, trede, geleverd, status)))
);

WITH vastgehouden AS (
  SELECT v.bron, v.gebiedsniveau, r.van AS gebied, v.jaar, MIN(v.reden) AS reden
  FROM READ_PARQUET(@VAR('vastgehouden')) AS v
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = v.gebiedsniveau AND r.naar = v.gebied AND r.naar_niveau = v.niveau_eenheid
  GROUP BY v.bron, v.gebiedsniveau, r.van, v.jaar
), onvolledig AS (
  SELECT p.onderwerp, p.gebiedsniveau, p.periode, p.periode_begin
  FROM (
    SELECT
      onderwerp,
      gebiedsniveau,
      periode,
      MIN(periode_begin) AS periode_begin,
      SUM(CASE WHEN getoond THEN 1 ELSE 0 END) AS gebieden
    FROM onderwerp.gepubliceerd
    GROUP BY onderwerp, gebiedsniveau, periode
  ) AS p
  JOIN (SELECT gebiedsniveau, COUNT(*) AS gebieden FROM ref.grondgebied WHERE getoond GROUP BY gebiedsniveau) AS g
    ON g.gebiedsniveau = p.gebiedsniveau AND g.gebieden > p.gebieden
), ontbrekend AS (
  SELECT o.onderwerp, o.gebiedsniveau, g.gebied, g.gewest, g.trede, o.periode, o.periode_begin
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
    periode_begin,
    getoond,
    trede,
    TRUE AS geleverd,
    waarde,
    status,
    CASE
      WHEN status = 'verborgen' THEN 'verborgen door de uitgever'
      WHEN status <> 'ok' THEN 'geen cijfer bij de uitgever'
    END AS reden
  FROM onderwerp.gepubliceerd
  UNION ALL
  SELECT
    m.onderwerp,
    m.gebiedsniveau,
    m.gebied,
    m.periode,
    m.periode_begin,
    TRUE AS getoond,
    m.trede,
    FALSE AS geleverd,
    CASE WHEN v.reden IS NULL AND p.afwezig = 'nul' AND o.aggregatie IN ('som', 'punten') THEN 0 END AS waarde,
    CASE
      WHEN NOT v.reden IS NULL OR p.afwezig IS NULL OR p.afwezig = 'onbekend' THEN 'onbekend'
      WHEN o.aggregatie IN ('som', 'punten') THEN 'ok'
      ELSE 'nvt'
    END AS status,
    CASE
      WHEN NOT v.reden IS NULL THEN 'vastgehouden: ' || v.reden
      WHEN p.afwezig IS NULL THEN 'niet gedekt door de bron'
      WHEN p.afwezig = 'onbekend' THEN 'niet geleverd door de uitgever'
      WHEN NOT o.aggregatie IN ('som', 'punten') THEN 'komt hier niet voor volgens de bron'
    END AS reden
  FROM ontbrekend AS m
  JOIN ref.onderwerp AS o
    ON o.onderwerp = m.onderwerp
  LEFT JOIN ref.publicatie AS p
    ON p.onderwerp = m.onderwerp AND p.gebiedsniveau = m.gebiedsniveau AND p.gewest = m.gewest
  LEFT JOIN vastgehouden AS v
    ON v.bron = o.bron AND v.gebiedsniveau = m.gebiedsniveau AND v.gebied = m.gebied AND v.jaar = SUBSTRING(m.periode, 1, 4)
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  getoond::BOOLEAN AS getoond,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden
FROM samen
