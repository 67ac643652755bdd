-- The years of a level that most of its areas in the delivery do not have: they are not of all areas together.
WITH per_jaar AS (SELECT gebiedsniveau, jaar, COUNT(DISTINCT eenheid) AS gebieden FROM reeks_nieuw GROUP BY ALL),
  per_niveau AS (SELECT gebiedsniveau, COUNT(DISTINCT eenheid) AS alle FROM reeks_nieuw GROUP BY ALL)
SELECT gebiedsniveau, jaar FROM per_jaar JOIN per_niveau USING (gebiedsniveau) WHERE 2 * gebieden < alle
