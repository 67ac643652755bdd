-- An area of which more cells are gone than ever were, or, in its first years, than are of the other areas, and one that
-- is far larger than any that ever was.
WITH zelf AS (SELECT gebiedsniveau, eenheid, MAX(weg / cellen) AS deel, COUNT(*) AS keren FROM weg_oud GROUP BY ALL),
  ooit AS (
    SELECT gebiedsniveau, derde(weg / cellen) AS deel, GREATEST(wijder() * MAX(grootste), genoeg()) AS cel FROM weg_oud
    GROUP BY ALL),
  nu AS (
    SELECT gebiedsniveau, jaar, COALESCE(derde(weg / cellen), 0) AS deel, COUNT(*) AS gebieden FROM weg_nieuw
    GROUP BY ALL),
  per AS (
    SELECT w.*, cel, cellen * GREATEST(vloer(), meer() * COALESCE(GREATEST(zelf.deel, ooit.deel), nu.deel)) AS meer,
      gebieden >= genoeg() AS veel, COALESCE(keren, 0) >= weinig() AS lang
    FROM weg_nieuw AS w LEFT JOIN zelf USING (gebiedsniveau, eenheid) LEFT JOIN ooit USING (gebiedsniveau)
    LEFT JOIN nu USING (gebiedsniveau, jaar)
    WHERE (w.gebiedsniveau, w.eenheid, w.jaar) NOT IN (SELECT (gebiedsniveau, {eenheid}, jaar) FROM vorige)
      AND (w.gebiedsniveau, w.jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM jaar_van_weinig)
      AND jaar <= {tot} AND jaar < (SELECT lopend_jaar FROM levering))
SELECT gebiedsniveau, eenheid, jaar, 'verdwenen cellen' AS kolom, weg AS waargenomen, 0 AS laagste, meer AS hoogste,
  'meer verdwenen er nooit' AS want, veel OR lang AS beoordeeld FROM per
UNION ALL SELECT gebiedsniveau, eenheid, jaar, 'grootste verdwenen cel', grootste, 0, cel,
  'een grotere verdween er nooit', veel FROM per WHERE grootste IS NOT NULL
