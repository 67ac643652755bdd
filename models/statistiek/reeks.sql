MODEL (
  name statistiek.reeks,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'De jaarcijfers op de gebieden van vandaag, met wat er nodig is om te vergelijken.',
  column_descriptions (
    gebiedsniveau = 'gemeente, provincie, gewest, centrumsteden of vgc.',
    periode = 'Jaar of schooljaar.',
    teller = 'Teller van een ratio.',
    noemer = 'Noemer van een ratio.',
    ondergrens = 'Ondergrens van het 95 %-interval; de waarde zelf bij een volledige telling.',
    bovengrens = 'Bovengrens van het 95 %-interval; de waarde zelf bij een volledige telling.',
    ondergrens_998 = 'Ondergrens van het 99,8 %-interval; de waarde zelf bij een volledige telling.',
    bovengrens_998 = 'Bovengrens van het 99,8 %-interval; de waarde zelf bij een volledige telling.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, jaar, status)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode))
  )
);

SELECT
  g.onderwerp::TEXT AS onderwerp,
  g.gebiedsniveau::TEXT AS gebiedsniveau,
  g.gebied::TEXT AS gebied,
  g.periode::TEXT AS periode,
  g.periode_begin::DATE AS periode_begin,
  k.jaar::INT AS jaar,
  g.waarde::DOUBLE AS waarde,
  g.status::TEXT AS status,
  g.reden::TEXT AS reden,
  g.teller::DOUBLE AS teller,
  g.noemer::DOUBLE AS noemer,
  (CASE WHEN o.volledige_telling THEN g.waarde ELSE g.ondergrens END)::DOUBLE AS ondergrens,
  (CASE WHEN o.volledige_telling THEN g.waarde ELSE g.bovengrens END)::DOUBLE AS bovengrens,
  (CASE WHEN o.volledige_telling THEN g.waarde ELSE g.ondergrens_998 END)::DOUBLE AS ondergrens_998,
  (CASE WHEN o.volledige_telling THEN g.waarde ELSE g.bovengrens_998 END)::DOUBLE AS bovengrens_998
FROM statistiek.grens AS g
JOIN ref.periode AS k
  ON k.periode = g.periode AND k.jaarcijfer
JOIN ref.onderwerp AS o
  ON o.onderwerp = g.onderwerp
WHERE g.gebiedsniveau IN ('gemeente', 'provincie', 'gewest', 'centrumsteden', 'vgc')
