-- Every figure as a series: a row per level, area ('' for the level as a whole), year, part of the year, category ('' for
-- all together) and measure. Counts are summed. Of another measure an area has the mean and a whole the median, which one
-- area that is wrong does not move.
WITH rij AS (SELECT gebiedsniveau, {eenheid} AS eenheid, jaar, {deel} AS deel, {kolommen} FROM {rijen}),
  groep AS (
    SELECT gebiedsniveau, jaar, CASE WHEN GROUPING(deel) = 0 THEN deel END AS deel,
      CASE WHEN GROUPING(eenheid) = 0 THEN eenheid ELSE '' END AS eenheid, {reeks} AS reeks, COUNT(*)::DOUBLE AS rijen
      {waarden}
    FROM rij GROUP BY GROUPING SETS ({groepen})),
  deze AS (SELECT gebiedsniveau, eenheid, jaar, deel, reeks, {metingen} FROM groep WHERE deel IS NOT NULL)
SELECT gebiedsniveau, eenheid, jaar, deel, meting, reeks, w, NULL::DOUBLE AS noemer
FROM (UNPIVOT deze ON {metingen} INTO NAME meting VALUE w)
