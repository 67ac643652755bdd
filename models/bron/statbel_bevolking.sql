MODEL (
  name bron.statbel_bevolking,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Inwoners op 1 januari per onderwerp, op de gemeenten van het eigen jaar.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie, zoals de uitgever publiceert.',
    gebied = 'Code van het gebied op dat niveau.',
    periode = 'Jaar, of jaar en maand.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde, leeg als er geen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status)))
);

WITH per_gemeente AS (
  SELECT
    gebiedsniveau,
    gebied,
    jaar,
    SUM(aantal) AS v1101_t,
    SUM(aantal) FILTER (WHERE geslacht = 'man') AS v1101_m,
    SUM(aantal) FILTER (WHERE geslacht = 'vrouw') AS v1101_v,
    SUM(aantal) FILTER (WHERE leeftijd_tot < 18) AS v1101_0_17,
    SUM(aantal) FILTER (WHERE leeftijd_van >= 18 AND leeftijd_tot < 65) AS v1101_18_64,
    SUM(aantal) FILTER (WHERE leeftijd_van >= 20 AND leeftijd_tot < 65) AS v1101_20_64,
    SUM(aantal) FILTER (WHERE leeftijd_van >= 65) AS v1101_65p,
    SUM(aantal) FILTER (WHERE leeftijd_van >= 80) AS v1101_80p,
    SUM(aantal) FILTER (WHERE nationaliteit = 'niet_belg') AS v1101_nbel
  FROM READ_PARQUET(@VAR('statbel_bevolking') || '/deel-*.parquet')
  GROUP BY gebiedsniveau, gebied, jaar
), per_onderwerp AS (
  SELECT 'v1101_t' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_t, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_m' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_m, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_v' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_v, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_0_17' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_0_17, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_18_64' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_18_64, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_20_64' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_20_64, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_65p' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_65p, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_80p' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_80p, 0) AS waarde FROM per_gemeente
  UNION ALL
  SELECT 'v1101_nbel' AS onderwerp, gebiedsniveau, gebied, jaar, COALESCE(v1101_nbel, 0) AS waarde FROM per_gemeente
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  jaar::TEXT AS periode,
  MAKE_DATE(jaar, 1, 1)::DATE AS periode_begin,
  waarde::DOUBLE AS waarde,
  'ok'::TEXT AS status
FROM per_onderwerp
