MODEL (
  name mart.grens,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Tussen welke grenzen ligt wat de uitgever verbergt, en elke som met zulke delen; enkel waar de catalogus zegt onder hoeveel hij verbergt.',
  column_descriptions (
    ondergrens = 'Minstens: wat gekend is, en 1 voor elk verborgen cijfer.',
    bovengrens = 'Hoogstens: wat gekend is, en voor elk verborgen cijfer 1 minder dan de grens waaronder de uitgever verbergt.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, ondergrens, bovengrens, verborgen)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode))
  )
);

SELECT
  p.onderwerp::TEXT AS onderwerp,
  p.gebiedsniveau::TEXT AS gebiedsniveau,
  p.gebied::TEXT AS gebied,
  p.periode::TEXT AS periode,
  (COALESCE(p.gekend, 0) + p.verborgen)::DOUBLE AS ondergrens,
  (COALESCE(p.gekend, 0) + p.verborgen * (o.verborgen_onder - 1))::DOUBLE AS bovengrens,
  p.verborgen::INT AS verborgen
FROM onderwerp.plat AS p
JOIN ref.onderwerp AS o
  ON o.onderwerp = p.onderwerp AND NOT o.verborgen_onder IS NULL
WHERE p.status = 'verborgen' AND p.verborgen > 0
