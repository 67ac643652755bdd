-- What all areas are together, without what single areas are too high or too low: those are held one by one.
WITH enkele AS (
    SELECT gebiedsniveau, jaar, deel, meting, reeks, SUM(w - verwacht) AS teveel FROM toets
    WHERE NOT geheel AND beoordeeld AND overschrijding > 1 AND meting IN ({tellingen}) GROUP BY ALL),
  eerder AS (
    SELECT gebiedsniveau, deel, meting, reeks, COUNT(*) AS jaren_eerder, MIN(w) AS laagste_eerder,
      MAX(w) AS hoogste_eerder
    FROM reeks_oud WHERE eenheid = '' GROUP BY ALL)
SELECT gebiedsniveau, jaar, deel, meting, reeks, w - COALESCE(teveel, 0) AS waargenomen, verwacht, laagste, hoogste,
  jaren_eerder, laagste_eerder, hoogste_eerder, beoordeeld
FROM toets LEFT JOIN enkele USING (gebiedsniveau, jaar, deel, meting, reeks)
LEFT JOIN eerder USING (gebiedsniveau, deel, meting, reeks)
WHERE geheel AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM jaar_van_weinig)
