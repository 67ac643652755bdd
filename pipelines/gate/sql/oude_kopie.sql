-- A new year that repeats another year in all that is measured, counted in the same way.
WITH nieuw_jaar AS (
    FROM reeks_nieuw WHERE eenheid <> '' AND reeks = '' AND w <> 0
      AND meting IN (SELECT meting FROM metingen WHERE soort = 'meting')
      AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM reeks_oud)),
  jaren AS (
    FROM reeks_nieuw WHERE eenheid <> '' AND reeks = ''
    UNION ALL FROM reeks_oud WHERE eenheid <> '' AND reeks = ''
      AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM reeks_nieuw)),
  paar AS (
    SELECT n.gebiedsniveau, n.jaar, n.meting, a.jaar AS ander_jaar, n.w = a.w AS is_gelijk, klasse(n.w) AS grootte
    FROM nieuw_jaar AS n LEFT JOIN jaren AS a ON a.gebiedsniveau = n.gebiedsniveau AND a.eenheid = n.eenheid
      AND a.deel = n.deel AND a.meting = n.meting AND a.jaar <> n.jaar)
SELECT gebiedsniveau, jaar, ander_jaar, COUNT(*) AS cijfers, COUNT(*) FILTER (WHERE is_gelijk) AS waargenomen,
  0 AS verwacht, SUM(CASE WHEN is_gelijk THEN -log10(COALESCE(kans, 0.5)) ELSE -bewijs() END) AS bewijs,
  'zoveel gelijke cijfers komen niet bij toeval voor' AS want
FROM paar LEFT JOIN kans USING (gebiedsniveau, meting, grootte) GROUP BY ALL
