MODEL (
  name statistiek.omvang,
  kind FULL,
  owner obmi,
  grain onderwerp,
  description 'Van wanneer tot wanneer een onderwerp rijen heeft, en hoeveel cijfers: alleen als dat verandert, zegt mart.onderwerp iets anders.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    eerste_periode = 'Eerste periode met rijen.',
    laatste_periode = 'Laatste periode met rijen.',
    cijfers = 'Aantal rijen met een cijfer.'
  ),
  audits (not_null(columns := (onderwerp, eerste_periode, laatste_periode, cijfers)), unique_values(columns := (onderwerp)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  MIN(periode)::TEXT AS eerste_periode,
  MAX(periode)::TEXT AS laatste_periode,
  COUNT(waarde)::BIGINT AS cijfers
FROM mart.waarneming
GROUP BY onderwerp
