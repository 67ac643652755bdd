-- An area whose new year repeats the last one: an equal figure counts for how seldom figures of its size were equal, one
-- that differs against it for as much as a copy needs.
WITH gelijk AS (
    SELECT gebiedsniveau, eenheid, jaar, w = e AS is_gelijk, kans
    FROM (SELECT *, klasse(e) AS grootte FROM toets) JOIN kans USING (gebiedsniveau, meting, grootte)
    WHERE NOT geheel AND soort = 'meting' AND stap > 0 AND w IS NOT NULL AND e <> 0),
  per AS (
    SELECT gebiedsniveau, eenheid, jaar, COUNT(*) FILTER (WHERE is_gelijk) AS gelijk, COUNT(*) AS cijfers,
      SUM(CASE WHEN is_gelijk THEN -log10(kans) ELSE -bewijs() END) AS bewijs,
      (gebiedsniveau, eenheid) IN (SELECT (gebiedsniveau, eenheid) FROM streng) AS streng
    FROM gelijk GROUP BY ALL)
SELECT gebiedsniveau, eenheid, jaar, cijfers, gelijk AS waargenomen, 0 AS verwacht,
  'zoveel gelijke cijfers komen niet bij toeval voor' AS want, bewijs, streng
FROM {per_eenheid}
