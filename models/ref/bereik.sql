MODEL (
  name ref.bereik,
  kind FULL,
  owner obmi,
  grain (van_niveau, naar_niveau),
  description 'Van welk niveau er gebieden in gebieden van welk niveau liggen.',
  column_descriptions (
    van_niveau = 'Niveau met versie van de delen.',
    naar_niveau = 'Niveau met versie van wat ze delen zijn, ook het eigen niveau.'
  ),
  audits (
    not_null(columns := (van_niveau, naar_niveau)),
    unique_combination_of_columns(columns := (van_niveau, naar_niveau))
  )
);

SELECT DISTINCT van_niveau::TEXT AS van_niveau, naar_niveau::TEXT AS naar_niveau
FROM ref.gebied_relatie
