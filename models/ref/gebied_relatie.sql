MODEL (
  name ref.gebied_relatie,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'Welk gebied geheel in welk gebied ligt, ook over tussenstappen heen: de ketens van de gebiedslijst, gesloten, en terug naar een oudere versie waar het grondgebied niet veranderde.',
  column_descriptions (
    samenstelling = 'De delen en het geheel, als tekst: 71022 + 73040 → 71072.'
  ),
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar, delen)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar))
  )
);

WITH RECURSIVE vaag AS (
  SELECT DISTINCT van_niveau, naar_niveau, naar
  FROM READ_PARQUET(@VAR('gebied_relatie'))
  WHERE aard <> 'exact'
), lijst AS (
  /* a part of a figure is no figure: nothing that is split or approximate is ever added up, and neither is the rest of
  what such a part lies in */
  SELECT r.van_niveau, r.van, r.naar_niveau, r.naar
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS r
  LEFT JOIN vaag AS v
    ON v.van_niveau = r.van_niveau AND v.naar_niveau = r.naar_niveau AND v.naar = r.naar
  WHERE v.naar IS NULL
), stap AS (
  SELECT van_niveau, van, naar_niveau, naar
  FROM lijst
  UNION ALL
  /* a whole of one part is that part, so what lies in it lies in the older area too */
  SELECT l.naar_niveau, l.naar, l.van_niveau, MIN(l.van)
  FROM lijst AS l
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = l.van_niveau AND oud.afgeleid
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = l.naar_niveau AND nieuw.reeks = oud.reeks
  GROUP BY l.naar_niveau, l.naar, l.van_niveau
  HAVING COUNT(*) = 1
), keten AS (
  SELECT gebiedsniveau AS van_niveau, gebied AS van, gebiedsniveau AS naar_niveau, gebied AS naar
  FROM ref.gebied
  UNION
  SELECT k.van_niveau, k.van, r.naar_niveau, r.naar
  FROM keten AS k
  JOIN stap AS r
    ON r.van_niveau = k.naar_niveau AND r.van = k.naar
), geheel AS (
  SELECT
    van_niveau,
    naar_niveau,
    naar,
    COUNT(*) AS delen,
    CASE WHEN COUNT(*) <= 4 THEN STRING_AGG(van, ' + ' ORDER BY van) ELSE COUNT(*)::TEXT || ' delen' END AS opsomming
  FROM keten
  GROUP BY van_niveau, naar_niveau, naar
)
SELECT
  k.van_niveau::TEXT AS van_niveau,
  k.van::TEXT AS van,
  k.naar_niveau::TEXT AS naar_niveau,
  k.naar::TEXT AS naar,
  g.delen::INT AS delen,
  (g.opsomming || ' → ' || k.naar)::TEXT AS samenstelling
FROM keten AS k
JOIN geheel AS g
  ON g.van_niveau = k.van_niveau AND g.naar_niveau = k.naar_niveau AND g.naar = k.naar
