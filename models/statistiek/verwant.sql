MODEL (
  name statistiek.verwant,
  kind FULL,
  owner obmi,
  grain (gebied, groep, buur),
  description 'Wie de verwante gemeenten van mart.buur zijn, zonder hoe ver ze staan: een profiel verandert alleen als het anderen zijn.',
  column_descriptions (
    gebied = 'Code van de gemeente van vandaag.',
    groep = 'centrumstad of gemeente: waaruit gekozen is.',
    buur = 'Code van de verwante gemeente.'
  ),
  audits (
    not_null(columns := (gebied, groep, buur)),
    unique_combination_of_columns(columns := (gebied, groep, buur))
  )
);

SELECT gebied::TEXT AS gebied, groep::TEXT AS groep, buur::TEXT AS buur
FROM mart.buur
ORDER BY gebied, groep, buur
