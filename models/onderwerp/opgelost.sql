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
  SELECT gebiedsniveau, gebied, grondgebied
  FROM ref.grondgebied
  WHERE getoond AND trede > 0
), tweede AS (
  /* a publisher who gives one territory twice, on two versions: each version keeps its own value */
  SELECT g.gebied, t.*
  FROM onderwerp.gekozen AS t
  JOIN gebied AS g
    ON g.grondgebied = t.grondgebied AND g.gebiedsniveau = t.gebiedsniveau
  WHERE t.keuze > 1
), bepaald AS (
  SELECT
    t.onderwerp,
    g.gebiedsniveau,
    g.gebied,
    t.periode,
    t.geleverd AND t.gebiedsniveau = g.gebiedsniveau AS geleverd,
    t.waarde,
    t.status,
    t.reden,
    t.verborgen,
    t.som
  FROM onderwerp.gekozen AS t
  JOIN gebied AS g
    ON g.grondgebied = t.grondgebied
  JOIN onderwerp.weg AS w
    ON w.onderwerp = t.onderwerp AND w.gebiedsniveau = g.gebiedsniveau AND w.periode = t.periode AND w.zichtbaar
  ANTI JOIN tweede AS a
    ON a.onderwerp = t.onderwerp
    AND a.gebiedsniveau = g.gebiedsniveau
    AND a.gebied = g.gebied
    AND a.periode = t.periode
  WHERE t.keuze = 1
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, geleverd, waarde, status, reden, verborgen, som
  FROM tweede
), onvolledig AS (
  /* where not every area of a level has a figure, also where none has: each has a row */
  SELECT w.onderwerp, w.gebiedsniveau, w.periode
  FROM onderwerp.weg AS w
  JOIN (SELECT gebiedsniveau, COUNT(*) AS gebieden FROM gebied GROUP BY gebiedsniveau) AS g
    ON g.gebiedsniveau = w.gebiedsniveau
  LEFT JOIN (
    SELECT onderwerp, gebiedsniveau, periode, COUNT(*) AS gebieden
    FROM bepaald
    GROUP BY onderwerp, gebiedsniveau, periode
  ) AS p
    ON p.onderwerp = w.onderwerp AND p.gebiedsniveau = w.gebiedsniveau AND p.periode = w.periode
  WHERE w.zichtbaar AND g.gebieden > COALESCE(p.gebieden, 0)
), opgegaan AS (
  /* the nearest merger of every area that is a part of a newer one */
  SELECT r.van_niveau AS gebiedsniveau, r.van AS gebied, MIN_BY(r.samenstelling, r.delen) AS samenstelling
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = r.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = r.naar_niveau AND nieuw.reeks = oud.reeks
  WHERE r.delen > 1
  GROUP BY r.van_niveau, r.van
), onbepaald AS (
  SELECT
    o.onderwerp,
    o.gebiedsniveau,
    g.gebied,
    o.periode,
    FALSE AS geleverd,
    NULL AS waarde,
    'onbekend' AS status,
    CASE
      WHEN NOT f.samenstelling IS NULL THEN 'niet te splitsen over de fusie ' || f.samenstelling
      WHEN n.opgeteld THEN 'niet exact op te tellen: een grens binnen dit gebied verschoof'
      ELSE 'niet te bepalen: niet elk deel heeft een cijfer'
    END AS reden,
    0 AS verborgen,
    NULL AS som
  FROM onvolledig AS o
  JOIN gebied AS g
    ON g.gebiedsniveau = o.gebiedsniveau
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = o.gebiedsniveau
  LEFT JOIN opgegaan AS f
    ON f.gebiedsniveau = g.gebiedsniveau AND f.gebied = g.gebied
  ANTI JOIN bepaald AS b
    ON b.onderwerp = o.onderwerp
    AND b.gebiedsniveau = o.gebiedsniveau
    AND b.gebied = g.gebied
    AND b.periode = o.periode
), samen AS (
  SELECT *
  FROM bepaald
  UNION ALL
  SELECT *
  FROM onbepaald
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
