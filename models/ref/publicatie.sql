MODEL (
  name ref.publicatie,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau),
  description 'Op welke niveaus de uitgever een onderwerp publiceert, en wat een gebied zonder rij betekent.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie waarop de uitgever publiceert.',
    gewest = 'Gewest dat de bron dekt.',
    afwezig = 'nul: wat er niet staat, komt er niet voor; onbekend: niemand zegt hoeveel.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gewest, afwezig)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gewest))
  )
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gewest::TEXT AS gewest,
  afwezig::TEXT AS afwezig
FROM READ_PARQUET(@VAR('publicatie'))
