-- The cells of a measure that differ. A count that is not in the file is zero; what the publisher hides now is not gone.
SELECT {plaats_kort}, cel, laat, FALSE AS samen, {naam} AS kolom, {telling} AS telling, {w} AS w, {e} AS e, {s} AS s,
  {w} IS NULL AND {e} IS NOT NULL AND NOT {verborgen} AS weg, {e} IS NOT NULL AND NOT {verborgen} AS bekend
FROM cel WHERE {w} IS DISTINCT FROM {e}
