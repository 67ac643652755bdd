MODEL (
  name ref.gebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Alle gebieden van alle niveaus en versies die een bron kan noemen, ook buiten Vlaanderen en Brussel.',
  column_descriptions (
    soort = 'gebied, of onbekend voor een plaats die niet te lokaliseren is.',
    bron = 'Lijst waarin het gebied staat.',
    getoond = 'Waar als het gebied in de marts een rij krijgt: een echt gebied in Vlaanderen of Brussel.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, gebied, naam, soort, getoond)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied))
  )
);

SELECT
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  naam::TEXT AS naam,
  naam_fr::TEXT AS naam_fr,
  gewest::TEXT AS gewest,
  soort::TEXT AS soort,
  geldig_van::DATE AS geldig_van,
  geldig_tot::DATE AS geldig_tot,
  nuts::TEXT AS nuts,
  lau::TEXT AS lau,
  bron::TEXT AS bron,
  (soort = 'gebied' AND COALESCE(gewest, '') IN ('02000', '04000'))::BOOLEAN AS getoond
FROM READ_PARQUET(@VAR('gebied'))
