MODEL (
  name mart.gebied_relatie,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'Welk gebied geheel in welk gebied ligt, ook terug naar een oudere versie waar het grondgebied niet veranderde; alle relaties zijn exact.',
  column_descriptions (
    van_niveau = 'Niveau met versie van het deel.',
    van = 'Code van het deel; ook plaatsen die niet te lokaliseren zijn (99991, ZZZZ).',
    naar_niveau = 'Niveau met versie van het geheel.',
    naar = 'Code van het geheel.',
    delen = 'Uit hoeveel delen van dit niveau het geheel bestaat; 1 betekent hetzelfde grondgebied.',
    aard = 'exact: het deel ligt geheel in het geheel.'
  ),
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar, delen, aard)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar))
  )
);

SELECT
  r.van_niveau::TEXT AS van_niveau,
  r.van::TEXT AS van,
  r.naar_niveau::TEXT AS naar_niveau,
  r.naar::TEXT AS naar,
  r.delen::INT AS delen,
  'exact'::TEXT AS aard
FROM ref.gebied_relatie AS r
JOIN ref.gebied AS g
  ON g.gebiedsniveau = r.naar_niveau AND g.gebied = r.naar AND g.getoond
WHERE NOT (r.van_niveau = r.naar_niveau AND r.van = r.naar)
