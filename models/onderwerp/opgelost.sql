MODEL (
  name onderwerp.opgelost,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Elk gebied boven de fijnste niveaus, met het cijfer van zijn grondgebied; wat geen cijfer heeft naast andere van zijn niveau is onbekend.',
  column_descriptions (
    waarde = 'De waarde; bij een andere status dan ok de som van de delen die gekend zijn.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, geleverd, status, verborgen)))
);

WITH gebied AS (
  SELECT gebiedsniveau, gebied, grondgebied, fusie
  FROM ref.grondgebied
  WHERE getoond AND trede > 0
), tweede AS (
  /* a publisher who gives one territory twice, on two versions: each version keeps its own value */
  SELECT g.gebied, t.*
  FROM onderwerp.gekozen AS t
  JOIN gebied AS g
    ON g.grondgebied = t.grondgebied AND g.gebiedsniveau = t.gebiedsniveau
  WHERE t.keuze > 1
), getoond AS (
  /* every area of a level that has figures has a row, and says why where it has no figure */
  SELECT
    g.gebiedsniveau,
    g.gebied,
    g.grondgebied,
    CASE
      WHEN NOT g.fusie IS NULL THEN 'niet te splitsen over de fusie ' || g.fusie
      WHEN n.opgeteld THEN 'niet exact op te tellen: een grens binnen dit gebied verschoof'
      ELSE 'niet te bepalen: niet elk deel heeft een cijfer'
    END AS reden
  FROM gebied AS g
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = g.gebiedsniveau
), samen AS (
  SELECT
    w.onderwerp,
    g.gebiedsniveau,
    g.gebied,
    w.periode,
    COALESCE(t.geleverd AND t.gebiedsniveau = g.gebiedsniveau, FALSE) AS geleverd,
    t.waarde,
    COALESCE(t.status, 'onbekend') AS status,
    CASE WHEN t.status IS NULL THEN g.reden ELSE t.reden END AS reden,
    COALESCE(t.verborgen, 0) AS verborgen,
    t.som
  FROM onderwerp.weg AS w
  JOIN getoond AS g
    ON g.gebiedsniveau = w.gebiedsniveau AND w.zichtbaar
  LEFT JOIN onderwerp.gekozen AS t
    ON t.nummer = w.nummer AND t.grondgebied = g.grondgebied AND t.keuze = 1
  ANTI JOIN tweede AS a
    ON a.nummer = w.nummer AND a.gebiedsniveau = g.gebiedsniveau AND a.gebied = g.gebied
  UNION ALL
  SELECT r.onderwerp, t.gebiedsniveau, t.gebied, r.periode, t.geleverd, t.waarde, t.status, t.reden, t.verborgen, t.som
  FROM tweede AS t
  JOIN (SELECT DISTINCT nummer, onderwerp, periode FROM onderwerp.weg) AS r
    ON r.nummer = t.nummer
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  verborgen::INT AS verborgen,
  som::DOUBLE AS som
FROM samen
