-- Every level that a description bounds, beside its last accepted value, else that of the nearest year.
WITH nieuw AS (SELECT {kolommen}, {waarde} AS w FROM kandidaat WHERE {waar} GROUP BY ALL),
  oud AS (SELECT {kolommen}, {waarde} AS w FROM vorige WHERE {waar} GROUP BY ALL),
  alle_jaren AS (FROM oud UNION ALL SELECT nieuw.* FROM nieuw ANTI JOIN oud USING ({reeks}, jaar)),
  naast_elkaar AS (
    SELECT nieuw.*, zelfde.w AS zelfde_jaar, eerder.w AS eerder_jaar, later.w AS later_jaar FROM nieuw
    LEFT JOIN oud AS zelfde USING ({reeks}, jaar)
    ASOF LEFT JOIN alle_jaren AS eerder ON ({nieuw_reeks}) = ({eerder_reeks}) AND nieuw.jaar > eerder.jaar
    ASOF LEFT JOIN oud AS later ON ({nieuw_reeks}) = ({later_reeks}) AND nieuw.jaar < later.jaar),
  begrensd AS (
    SELECT {reeks}, jaar, w AS waargenomen, COALESCE(zelfde_jaar, eerder_jaar, later_jaar) AS verwacht,
      CASE WHEN zelfde_jaar IS NULL THEN {hoogstens} ELSE {herziening} END AS grens,
      CASE WHEN zelfde_jaar IS NULL THEN 'het naaste jaar' ELSE 'de vorige versie' END AS tegenover
    FROM naast_elkaar)
SELECT * EXCLUDE (tegenover), LEAST(verwacht / grens, verwacht * grens) AS laagste,
  GREATEST(verwacht / grens, verwacht * grens) AS hoogste,
  'de beschrijving laat hoogstens een factor ' || replace(grens::VARCHAR, '.', ',') || ' toe tegenover ' || tegenover
    AS want
FROM begrensd
WHERE waargenomen IS NOT NULL AND (verwacht IS NOT NULL OR EXISTS (FROM vorige))
