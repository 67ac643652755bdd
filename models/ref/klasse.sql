MODEL (
  name ref.klasse,
  kind FULL,
  owner obmi,
  grain (onderwerp, teller),
  description 'Over welke klassen een onderwerp gestandaardiseerd wordt, volgens de catalogus.',
  column_descriptions (
    onderwerp = 'Code van het gestandaardiseerde onderwerp.',
    teller = 'Onderwerp dat de gevallen in de klasse telt.',
    noemer = 'Onderwerp dat de klasse telt.',
    standaardjaar = 'Jaar waarvan Vlaanderen de standaard is.'
  ),
  audits (
    not_null(columns := (onderwerp, teller, noemer, standaardjaar)),
    unique_combination_of_columns(columns := (onderwerp, teller)),
    unique_combination_of_columns(columns := (onderwerp, noemer))
  )
);

SELECT
  onderwerp::TEXT AS onderwerp,
  teller::TEXT AS teller,
  noemer::TEXT AS noemer,
  standaardjaar::INT AS standaardjaar
FROM READ_PARQUET(@VAR('klasse'))
