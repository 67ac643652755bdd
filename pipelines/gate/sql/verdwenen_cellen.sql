-- Per area and year: how many cells of the last year before it are not there, and how large the largest of those was in
-- the first count. Months and quarters after the last one that is there may still come.
WITH toen AS (SELECT {cel}, jaar, {grootte} AS grootte FROM {oud} GROUP BY ALL),
  nu AS (SELECT DISTINCT {cel}, jaar FROM {nieuw}),
  jaar_van AS (
    SELECT *, (SELECT MAX(t.jaar) FROM toen AS t WHERE t.gebiedsniveau = n.gebiedsniveau AND t.jaar < n.jaar) AS ander
    FROM (SELECT gebiedsniveau, jaar{delen} FROM nu GROUP BY ALL) AS n)
SELECT toen.gebiedsniveau, toen.{eenheid} AS eenheid, j.jaar, COUNT(*) AS cellen,
  COUNT(*) FILTER (WHERE nu.jaar IS NULL) AS weg, MAX(grootte) FILTER (WHERE nu.jaar IS NULL) AS grootste
FROM toen JOIN jaar_van AS j ON j.gebiedsniveau = toen.gebiedsniveau AND j.ander = toen.jaar{zelfde_delen}
LEFT JOIN nu ON nu.jaar = j.jaar AND {zelfde_cel} GROUP BY ALL
