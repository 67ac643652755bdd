MODEL (
  name onderwerp.bronversie,
  kind FULL,
  owner obmi,
  grain bron,
  description 'De aanvaarde landing waar de cijfers van elke dataset uit komen.',
  column_descriptions (
    bron = 'Dataset.',
    bronversie = 'Versie van de aanvaarde landing.'
  ),
  audits (
    not_null(columns := (bron, bronversie)),
    unique_values(columns := (bron))
  )
);

SELECT
  bron::TEXT AS bron,
  bronversie::TEXT AS bronversie
FROM READ_PARQUET(@VAR('landing'))
