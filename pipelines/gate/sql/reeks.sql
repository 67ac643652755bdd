-- Every figure of an area, and of one that is too far what it was in the years before.
WITH te_ver AS (FROM toets WHERE beoordeeld AND overschrijding > 1 AND NOT geheel),
  eerder AS (
    SELECT gebiedsniveau, eenheid, deel, meting, reeks, COUNT(*) AS jaren_eerder, MIN(w) AS laagste_eerder,
      MAX(w) AS hoogste_eerder
    FROM reeks_oud SEMI JOIN te_ver USING (gebiedsniveau, eenheid, deel, meting, reeks) GROUP BY ALL),
  met AS (SELECT * FROM toets LEFT JOIN eerder USING (gebiedsniveau, eenheid, deel, meting, reeks) WHERE NOT geheel)
SELECT gebiedsniveau, eenheid, jaar, deel, meting, reeks, w AS waargenomen, verwacht, laagste, hoogste, jaren_eerder,
  laagste_eerder, hoogste_eerder, beoordeeld, overschrijding
FROM {per_eenheid}
