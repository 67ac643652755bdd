MODEL (
  name bron.statbel_armoederisico,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Administratief mediaan inkomen en armoederisico, op de gemeenten van 2019 tot en met 2024.',
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
  SELECT 'vg3101_mediaan' AS onderwerp, gebiedsniveau, gebied, jaar, mediaan_inkomen AS waarde, mediaan_inkomen_status AS status
  FROM READ_PARQUET(@VAR('statbel_armoederisico') || '/deel-*.parquet')
  UNION ALL
  SELECT 'vp3101_arop' AS onderwerp, gebiedsniveau, gebied, jaar, armoederisico AS waarde, armoederisico_status AS status
  FROM READ_PARQUET(@VAR('statbel_armoederisico') || '/deel-*.parquet')
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
