MODEL (
  name onderwerp.weg,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, periode),
  description 'Langs welke niveaus elk onderwerp in elke periode opgeteld wordt: waar het gepubliceerd is, en waar elke reeks volledig is.',
  column_descriptions (
    nummer = 'Nummer van het onderwerp in de periode, het sleutelveld van de sommen.',
    zichtbaar = 'Waar als de gebieden van dit niveau een rij krijgen.',
    telt = 'Waar als een geheel uit de gebieden van dit niveau opgeteld mag worden.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, periode, nummer, zichtbaar, telt)))
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
), opgeteld AS (
  /* a sum of parts leaves out what cannot be located, so nothing larger is made of it */
  SELECT DISTINCT g.onderwerp, s.naar_niveau AS gebiedsniveau, g.periode
  FROM gegeven AS g
  JOIN ref.periode AS k
    ON k.periode = g.periode AND k.jaarcijfer
  JOIN ref.onderwerp AS o
    ON o.onderwerp = g.onderwerp AND o.aggregatie <> 'geen'
  JOIN (SELECT DISTINCT van_niveau, naar_niveau FROM ref.stap) AS s
    ON s.van_niveau = g.gebiedsniveau
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = s.naar_niveau AND n.opgeteld
), samen AS (
  SELECT onderwerp, gebiedsniveau, periode, TRUE AS zichtbaar, TRUE AS telt
  FROM gegeven
  UNION ALL
  SELECT onderwerp, gebiedsniveau, periode, zichtbaar, TRUE AS telt
  FROM volledig
  UNION ALL
  SELECT onderwerp, gebiedsniveau, periode, TRUE AS zichtbaar, FALSE AS telt
  FROM opgeteld
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  periode::TEXT AS periode,
  DENSE_RANK() OVER (ORDER BY onderwerp, periode)::INT AS nummer,
  BOOL_OR(zichtbaar)::BOOLEAN AS zichtbaar,
  BOOL_OR(telt)::BOOLEAN AS telt
FROM samen
GROUP BY onderwerp, gebiedsniveau, periode
