MODEL (
  name ref.gebied_relatie,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'Welk gebied geheel in welk gebied ligt, ook over tussenstappen heen: de ketens van de gebiedslijst, gesloten.',
  column_descriptions (
    van_niveau = 'Niveau met versie van het deel.',
    van = 'Code van het deel.',
    naar_niveau = 'Niveau met versie van het geheel.',
    naar = 'Code van het geheel.',
    delen = 'Uit hoeveel delen van dit niveau het geheel bestaat; 1 betekent hetzelfde grondgebied.',
    samenstelling = 'De delen en het geheel, als tekst: 71022 + 73040 → 71072.'
  ),
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar, delen)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar))
  )
);

WITH RECURSIVE keten AS (
  SELECT gebiedsniveau AS van_niveau, gebied AS van, gebiedsniveau AS naar_niveau, gebied AS naar
  FROM ref.gebied
  UNION
  SELECT k.van_niveau, k.van, r.naar_niveau, r.naar
  FROM keten AS k
  JOIN READ_PARQUET(@VAR('gebied_relatie')) AS r
    ON r.van_niveau = k.naar_niveau AND r.van = k.naar
), geheel AS (
  SELECT
    van_niveau,
    naar_niveau,
    naar,
    COUNT(*) AS delen,
    CASE WHEN COUNT(*) <= 4 THEN STRING_AGG(van, ' + ' ORDER BY van) ELSE COUNT(*)::TEXT || ' delen' END AS lijst
  FROM keten
  GROUP BY van_niveau, naar_niveau, naar
)
SELECT
  k.van_niveau::TEXT AS van_niveau,
  k.van::TEXT AS van,
  k.naar_niveau::TEXT AS naar_niveau,
  k.naar::TEXT AS naar,
  g.delen::INT AS delen,
  (g.lijst || ' → ' || k.naar)::TEXT AS samenstelling
FROM keten AS k
JOIN geheel AS g
  ON g.van_niveau = k.van_niveau AND g.naar_niveau = k.naar_niveau AND g.naar = k.naar
