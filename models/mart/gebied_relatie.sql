MODEL (
  name mart.gebied_relatie,
  kind FULL,
  owner obmi,
  grain (van_niveau, van, naar_niveau, naar),
  description 'Welk gebied in welk gebied ligt, over tussenstappen heen, ook terug naar een oudere versie waar het grondgebied niet veranderde. Alleen exacte relaties tellen mee in een cijfer.',
  column_descriptions (
    delen = 'Uit hoeveel delen van dit niveau het geheel bestaat; 1 betekent hetzelfde grondgebied. Leeg als de relatie niet exact is.',
    aard = 'exact: het deel ligt geheel in het geheel; gesplitst: een geteld aandeel ervan; benaderd: een geschat aandeel, of een grens die verschoof.',
    gewicht = 'Aandeel van het deel dat in het geheel ligt, van 0 tot 1; leeg als de relatie exact is, of als niemand het aandeel zegt.'
  ),
  audits (
    not_null(columns := (van_niveau, van, naar_niveau, naar, aard)),
    unique_combination_of_columns(columns := (van_niveau, van, naar_niveau, naar)),
    exact_heeft_delen_en_geen_gewicht
  )
);

WITH deels AS (
  /* a share of an area lies in all that the other area lies in wholly; of two natures the vaguer one holds (benaderd, gesplitst) */
  SELECT l.van_niveau, l.van, k.naar_niveau, k.naar, MIN(l.aard) AS aard, @SOM(l.gewicht) AS gewicht, COUNT(*) - COUNT(l.gewicht) AS zonder
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS l
  JOIN ref.gebied_relatie AS k
    ON k.van_niveau = l.naar_niveau AND k.van = l.naar
  ANTI JOIN ref.gebied_relatie AS e
    ON e.van_niveau = l.van_niveau AND e.van = l.van AND e.naar_niveau = k.naar_niveau AND e.naar = k.naar
  WHERE l.aard <> 'exact'
  GROUP BY l.van_niveau, l.van, k.naar_niveau, k.naar
), alle AS (
  SELECT van_niveau, van, naar_niveau, naar, delen, 'exact' AS aard, NULL AS gewicht
  FROM ref.gebied_relatie
  WHERE NOT (van_niveau = naar_niveau AND van = naar)
  UNION ALL
  SELECT van_niveau, van, naar_niveau, naar, NULL AS delen, aard, CASE WHEN zonder = 0 THEN gewicht END AS gewicht
  FROM deels
)
SELECT
  r.van_niveau::TEXT AS van_niveau,
  r.van::TEXT AS van,
  r.naar_niveau::TEXT AS naar_niveau,
  r.naar::TEXT AS naar,
  r.delen::INT AS delen,
  r.aard::TEXT AS aard,
  r.gewicht::DOUBLE AS gewicht
FROM alle AS r
JOIN ref.gebied AS g
  ON g.gebiedsniveau = r.naar_niveau AND g.gebied = r.naar AND g.getoond;

AUDIT (name exact_heeft_delen_en_geen_gewicht);
SELECT * FROM @this_model
WHERE (aard = 'exact') <> (NOT delen IS NULL) OR (aard = 'exact' AND NOT gewicht IS NULL) OR NOT (gewicht IS NULL OR gewicht BETWEEN 0 AND 1)
