MODEL (
  name onderwerp.weg,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, periode),
  description 'Langs welke niveaus elk onderwerp in elke periode opgeteld wordt: waar het gepubliceerd is, en waar elke reeks volledig is.',
  column_descriptions (
    zichtbaar = 'Waar als de gebieden van dit niveau een rij krijgen.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, periode, zichtbaar)))
);

WITH gegeven AS (
  SELECT onderwerp, gebiedsniveau, periode
  FROM onderwerp.reeks
  UNION
  SELECT onderwerp, gebiedsniveau, periode
  FROM onderwerp.jaarsom
), volledig AS (
  /* months are carried to today's areas only: on every older version they would be most of the release */
  SELECT DISTINCT g.onderwerp, n.gebiedsniveau, g.periode, n.laatste_jaar IS NULL OR k.jaarcijfer AS zichtbaar
  FROM gegeven AS g
  JOIN ref.periode AS k
    ON k.periode = g.periode
  JOIN ref.bereik AS b
    ON b.van_niveau = g.gebiedsniveau
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = b.naar_niveau AND n.afgeleid
), samen AS (
  SELECT onderwerp, gebiedsniveau, periode, TRUE AS zichtbaar
  FROM gegeven
  UNION ALL
  SELECT onderwerp, gebiedsniveau, periode, zichtbaar
  FROM volledig
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  periode::TEXT AS periode,
  BOOL_OR(zichtbaar)::BOOLEAN AS zichtbaar
FROM samen
GROUP BY onderwerp, gebiedsniveau, periode
