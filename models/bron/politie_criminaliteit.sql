MODEL (
  name bron.politie_criminaliteit,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Geregistreerde feiten per soort, op de gemeenten en provincies van 2019 tot en met 2024.',
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

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  jaar::TEXT AS periode,
  MAKE_DATE(jaar, 1, 1)::DATE AS periode_begin,
  waarde::DOUBLE AS waarde,
  waarde_status::TEXT AS status
FROM READ_PARQUET(@VAR('politie_criminaliteit') || '/deel-*.parquet')
