-- What the counts that were there are together: many small changes in one direction are one large one.
SELECT {plaats_kort}, 'alles samen' AS cel, BOOL_OR(laat) AS laat, TRUE AS samen, {naam} AS kolom, TRUE AS telling,
  SUM({w}) AS w, SUM({e}) AS e, 1 AS s, w = 0 AND e <> 0 AND NOT BOOL_OR(laat) AS weg, TRUE AS bekend
FROM cel WHERE toen_.er_ AND {w} IS NOT NULL AND {e} IS NOT NULL GROUP BY ALL
