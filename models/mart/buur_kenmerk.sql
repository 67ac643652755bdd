MODEL (
  name mart.buur_kenmerk,
  kind FULL,
  owner obmi,
  grain (gebied, onderwerp),
  description 'Waarop de verwante gemeenten gekozen zijn: per Vlaamse gemeente de kenmerken, gestandaardiseerd en gewogen.',
  column_descriptions (
    gebied = 'Code van de gemeente van vandaag.',
    onderwerp = 'Onderwerp dat het kenmerk is.',
    periode = 'Laatste periode waarin minstens de helft van de gemeenten een waarde heeft.',
    score = 'Aantal standaardafwijkingen boven of onder het gemiddelde van de Vlaamse gemeenten; van een aantal de logaritme.',
    gewicht = 'Gewicht van het kenmerk in de afstand.'
  ),
  audits (
    not_null(columns := (gebied, onderwerp, periode, waarde, score, gewicht)),
    unique_combination_of_columns(columns := (gebied, onderwerp))
  )
);

WITH kenmerk AS (
  SELECT r.onderwerp, r.periode, r.gebied, r.waarde, o.buurgewicht, CASE WHEN o.soort = 'plat' THEN LN(r.waarde) ELSE r.waarde END AS x
  FROM statistiek.reeks AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.buurgewicht > 0
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = r.gebiedsniveau AND g.gebied = r.gebied AND g.gewest = '02000' AND g.getoond
  WHERE r.gebiedsniveau = 'gemeente' AND r.status = 'ok' AND (o.soort <> 'plat' OR r.waarde > 0)
), gemeten AS (
  SELECT onderwerp, periode, AVG(x ORDER BY gebied) AS gemiddelde, STDDEV_POP(x ORDER BY gebied) AS spreiding
  FROM kenmerk
  GROUP BY onderwerp, periode
  HAVING 2 * COUNT(*) >= (
    SELECT COUNT(*) FROM ref.gebied WHERE gebiedsniveau = 'gemeente' AND gewest = '02000' AND getoond
  )
), laatste AS (
  SELECT onderwerp, MAX(periode) AS periode
  FROM gemeten
  GROUP BY onderwerp
)
SELECT
  k.gebied::TEXT AS gebied,
  k.onderwerp::TEXT AS onderwerp,
  k.periode::TEXT AS periode,
  k.waarde::DOUBLE AS waarde,
  ((k.x - m.gemiddelde) / m.spreiding)::DOUBLE AS score,
  k.buurgewicht::DOUBLE AS gewicht
FROM kenmerk AS k
JOIN laatste AS l
  ON l.onderwerp = k.onderwerp AND l.periode = k.periode
JOIN gemeten AS m
  ON m.onderwerp = k.onderwerp AND m.periode = k.periode AND m.spreiding > 0
