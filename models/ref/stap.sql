MODEL (
  name ref.stap,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'De stappen waarlangs een cijfer van een deel naar een geheel gaat: de exacte relaties van de gebiedslijst, zonder die naar een andere versie van een niveau dat enkel bestaat zoals gepubliceerd, en met die van oudere delen naar een niveau dat uit delen opgeteld wordt.',
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar))
  )
);

WITH lijst AS (
  SELECT
    l.van_niveau,
    l.van,
    l.naar_niveau,
    l.naar,
    oud.reeks,
    nieuw.opgeteld,
    CASE WHEN oud.reeks = nieuw.reeks THEN r.samenstelling END AS fusie
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS l
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = l.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = l.naar_niveau AND (nieuw.afgeleid OR nieuw.reeks <> oud.reeks)
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = l.van_niveau AND r.van = l.van AND r.naar_niveau = l.naar_niveau AND r.naar = l.naar
  WHERE l.aard = 'exact'
), ouder AS (
  /* what became a part of a summed area: the older versions of each of its parts */
  SELECT o.van_niveau, o.van, l.naar_niveau, l.naar, l.van AS deel
  FROM lijst AS l
  JOIN ref.gebied_relatie AS o
    ON o.naar_niveau = l.van_niveau AND o.naar = l.van AND o.van_niveau <> l.van_niveau
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = o.van_niveau AND n.reeks = l.reeks
  WHERE l.opgeteld
), heel AS (
  /* the areas of which every part was already there; of the others an older figure is no sum */
  SELECT o.van_niveau, o.naar_niveau, o.naar
  FROM ouder AS o
  JOIN (SELECT naar_niveau, naar, COUNT(*) AS delen FROM lijst WHERE opgeteld GROUP BY naar_niveau, naar) AS d
    ON d.naar_niveau = o.naar_niveau AND d.naar = o.naar
  GROUP BY o.van_niveau, o.naar_niveau, o.naar, d.delen
  HAVING COUNT(DISTINCT o.deel) = d.delen
), samen AS (
  SELECT van_niveau, van, naar_niveau, naar, fusie
  FROM lijst
  UNION ALL
  SELECT DISTINCT o.van_niveau, o.van, o.naar_niveau, o.naar, NULL AS fusie
  FROM ouder AS o
  JOIN heel AS h
    ON h.van_niveau = o.van_niveau AND h.naar_niveau = o.naar_niveau AND h.naar = o.naar
)
SELECT
  van_niveau::TEXT AS van_niveau,
  van::TEXT AS van,
  naar_niveau::TEXT AS naar_niveau,
  naar::TEXT AS naar,
  fusie::TEXT AS fusie
FROM samen
