MODEL (
  name ref.stad,
  kind FULL,
  owner obmi,
  grain stad,
  description 'De dertien centrumsteden en de VGC, met hun gebied van vandaag.',
  column_descriptions (
    stad = 'Korte naam, zoals in --city en in de naam van het stadsbestand.',
    naam = 'Naam.',
    gebiedsniveau = 'gemeente, of vgc.',
    gebied = 'Code van vandaag.'
  ),
  audits (not_null(columns := (stad, naam, gebiedsniveau, gebied)), unique_values(columns := (stad, gebied)))
);

SELECT
  stad::TEXT AS stad,
  naam::TEXT AS naam,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied
FROM READ_PARQUET(@VAR('stad'))
