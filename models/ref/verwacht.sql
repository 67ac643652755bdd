MODEL (
  name ref.verwacht,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, jaar),
  description 'Welk onderwerp er moet zijn op welk gepubliceerd niveau in welk jaar, volgens de catalogus en wat aanvaard is.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie waarop de uitgever publiceert.',
    jaar = 'Jaar dat in de aanvaarde landing staat.'
  ),
  audits (unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, jaar)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  jaar::TEXT AS jaar
FROM READ_PARQUET(@VAR('verwacht'))
