-- The texts that are others.
SELECT {plaats_kort}, cel, laat, FALSE AS samen, {naam} AS kolom, FALSE AS telling, NULL AS w, NULL AS e, 1 AS s,
  TRUE AS weg, TRUE AS bekend
FROM cel WHERE {waar}
