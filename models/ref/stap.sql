MODEL (
  name ref.stap,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'De stappen waarlangs een cijfer van een deel naar een geheel gaat: de exacte relaties van de gebiedslijst, zonder die naar een andere versie van een niveau dat enkel bestaat zoals gepubliceerd.',
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar))
  )
);

SELECT
  l.van_niveau::TEXT AS van_niveau,
  l.van::TEXT AS van,
  l.naar_niveau::TEXT AS naar_niveau,
  l.naar::TEXT AS naar,
  (CASE WHEN oud.reeks = nieuw.reeks THEN r.samenstelling END)::TEXT AS fusie
FROM READ_PARQUET(@VAR('gebied_relatie')) AS l
JOIN ref.gebiedsniveau AS oud
  ON oud.gebiedsniveau = l.van_niveau
JOIN ref.gebiedsniveau AS nieuw
  ON nieuw.gebiedsniveau = l.naar_niveau AND (nieuw.afgeleid OR nieuw.reeks <> oud.reeks)
JOIN ref.gebied_relatie AS r
  ON r.van_niveau = l.van_niveau AND r.van = l.van AND r.naar_niveau = l.naar_niveau AND r.naar = l.naar
WHERE l.aard = 'exact'
