MODEL (
  name ref.herkomst,
  kind FULL,
  owner obmi,
  grain (onderwerp, bron),
  description 'Uit welke datasets elk onderwerp komt, ook langs zijn teller, noemer, termen of klassen.',
  column_descriptions (
    volgorde = 'Plaats van de dataset in de opsomming.'
  ),
  audits (
    not_null(columns := (onderwerp, bron, volgorde)),
    unique_combination_of_columns(columns := (onderwerp, bron)),
    unique_combination_of_columns(columns := (onderwerp, volgorde))
  )
);

SELECT
  onderwerp::TEXT AS onderwerp,
  bron::TEXT AS bron,
  volgorde::INT AS volgorde
FROM READ_PARQUET(@VAR('herkomst'))
