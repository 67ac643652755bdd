MODEL (
  name bron.statbel_inkomen_sector,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Fiscale aangiften en inkomens per statistische sector van 2019.',
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
  SELECT 'v3102_aangiften' AS onderwerp, gebiedsniveau, gebied, jaar, aangiften AS waarde, aangiften_status AS status
  FROM READ_PARQUET(@VAR('statbel_inkomen_sector') || '/deel-*.parquet')
  UNION ALL
  SELECT 'v3102_inkomen' AS onderwerp, gebiedsniveau, gebied, jaar, inkomen AS waarde, inkomen_status AS status
  FROM READ_PARQUET(@VAR('statbel_inkomen_sector') || '/deel-*.parquet')
  UNION ALL
  SELECT 'vg3102_mediaan' AS onderwerp, gebiedsniveau, gebied, jaar, mediaan AS waarde, mediaan_status AS status
  FROM READ_PARQUET(@VAR('statbel_inkomen_sector') || '/deel-*.parquet')
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  jaar::TEXT AS periode,
  MAKE_DATE(jaar, 1, 1)::DATE AS periode_begin,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status
FROM per_onderwerp
