MODEL (
  name bron.statbel_bouwvergunningen,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Vergunde woongelegenheden, appartementen en renovaties per jaar en per maand, op de gebieden van vandaag; maand 0 is het jaar.',
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

WITH per_onderwerp AS (
  SELECT 'v2207_woningen' AS onderwerp, gebiedsniveau, gebied, jaar, maand, woningen AS waarde, woningen_status AS status
  FROM READ_PARQUET(@VAR('statbel_bouwvergunningen') || '/deel-*.parquet')
  UNION ALL
  SELECT 'v2207_app' AS onderwerp, gebiedsniveau, gebied, jaar, maand, appartementen AS waarde, appartementen_status AS status
  FROM READ_PARQUET(@VAR('statbel_bouwvergunningen') || '/deel-*.parquet')
  UNION ALL
  SELECT 'v2207_renovatie' AS onderwerp, gebiedsniveau, gebied, jaar, maand, renovaties AS waarde, renovaties_status AS status
  FROM READ_PARQUET(@VAR('statbel_bouwvergunningen') || '/deel-*.parquet')
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  (CASE WHEN maand = 0 THEN jaar::TEXT ELSE jaar::TEXT || '-' || LPAD(maand::TEXT, 2, '0') END)::TEXT AS periode,
  MAKE_DATE(jaar, GREATEST(maand, 1), 1)::DATE AS periode_begin,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status
FROM per_onderwerp
