MODEL (
  name mart.verschil,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Waar de uitgever een gebied zelf een cijfer geeft en ook al zijn delen: hoeveel die twee verschillen.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie waarop de uitgever het gebied een cijfer geeft.',
    waarde = 'Het cijfer van de uitgever, dat getoond wordt.',
    som = 'De som van de delen.',
    verschil = 'Waarde min som: wat geen deel kreeg, of verbeterd is.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, waarde, som, verschil, bron)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode))
  )
);

SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  s.waarde::DOUBLE AS waarde,
  s.som::DOUBLE AS som,
  (s.waarde - s.som)::DOUBLE AS verschil,
  o.bron::TEXT AS bron
FROM onderwerp.opgelost AS s
JOIN ref.onderwerp AS o
  ON o.onderwerp = s.onderwerp
WHERE s.geleverd AND s.status = 'ok' AND NOT s.som IS NULL AND NOT o.is_deel
