MODEL (
  name mart.grens,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Tussen welke grenzen ligt wat de uitgever verbergt, en elke som met zulke delen; enkel waar de catalogus zegt onder hoeveel hij verbergt.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp (mart.onderwerp).',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Periode, zoals in mart.waarneming.',
    ondergrens = 'Minstens: wat gekend is, en 1 voor elk verborgen cijfer.',
    bovengrens = 'Hoogstens: wat gekend is, en voor elk verborgen cijfer 1 minder dan de grens waaronder de uitgever verbergt.',
    verborgen = 'Hoeveel cijfers erin de uitgever verbergt.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, ondergrens, bovengrens, verborgen)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode))
  )
);

SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  (COALESCE(s.waarde, 0) + s.verborgen)::DOUBLE AS ondergrens,
  (COALESCE(s.waarde, 0) + s.verborgen * (o.verborgen_onder - 1))::DOUBLE AS bovengrens,
  s.verborgen::INT AS verborgen
FROM (
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, verborgen
  FROM onderwerp.volledig
  WHERE getoond AND trede = 0
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, verborgen
  FROM onderwerp.opgelost
) AS s
JOIN ref.onderwerp AS o
  ON o.onderwerp = s.onderwerp AND NOT o.verborgen_onder IS NULL
WHERE s.status = 'verborgen'
