-- Every figure of an area, and of one that is too far what it was in the years before.
WITH te_ver AS (FROM toets WHERE beoordeeld AND overschrijding > 1 AND NOT geheel),
  eerder AS (
    SELECT gebiedsniveau, eenheid, deel, meting, reeks, COUNT(*) AS jaren_eerder, MIN(w) AS laagste_eerder,
      MAX(w) AS hoogste_eerder
    FROM reeks_oud SEMI JOIN te_ver USING (gebiedsniveau, eenheid, deel, meting, reeks) GROUP BY ALL),
  met AS (
    SELECT t.*, e.* EXCLUDE (gebiedsniveau, eenheid, deel, meting, reeks),
      CASE WHEN soort = 'verhouding' THEN 'zo verhielden ze zich tot elkaar' END AS want
    FROM toets AS t LEFT JOIN eerder AS e ON t.gebiedsniveau = e.gebiedsniveau AND t.eenheid = e.eenheid
      AND t.deel = e.deel AND t.meting = e.meting AND t.reeks = e.reeks AND soort <> 'verhouding'
    WHERE NOT geheel)
SELECT gebiedsniveau, eenheid, jaar, deel, meting, reeks, w AS waargenomen, verwacht, laagste, hoogste, want, jaren_eerder,
  laagste_eerder, hoogste_eerder, beoordeeld, overschrijding
FROM {per_eenheid}
