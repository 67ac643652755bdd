-- The largest cell of an area in a year is a series too, which is judged for being too large.
UNION ALL BY NAME SELECT gebiedsniveau, eenheid, jaar, '' AS deel, meting, '' AS reeks, w FROM (
  UNPIVOT (SELECT gebiedsniveau, eenheid, jaar, {hoogste} FROM groep WHERE eenheid <> '' AND reeks = '' AND {heel_jaar})
  ON {hoogste} INTO NAME meting VALUE w)
