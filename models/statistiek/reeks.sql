MODEL (
  name statistiek.reeks,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'De jaarcijfers op de gebieden van vandaag, met wat er nodig is om te vergelijken.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'gemeente, provincie, gewest, centrumsteden of vgc.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar of schooljaar.',
    periode_begin = 'Eerste dag van de periode.',
    jaar = 'Het jaar, of het jaar waarin een schooljaar begint.',
    waarde = 'De waarde.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
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

WITH geheel AS (
  SELECT onderwerp
  FROM ref.onderwerp
  WHERE interval LIKE 'volledige telling: %'
)
SELECT
  g.onderwerp::TEXT AS onderwerp,
  g.gebiedsniveau::TEXT AS gebiedsniveau,
  g.gebied::TEXT AS gebied,
  g.periode::TEXT AS periode,
  g.periode_begin::DATE AS periode_begin,
  SUBSTRING(g.periode, 1, 4)::INT AS jaar,
  g.waarde::DOUBLE AS waarde,
  g.status::TEXT AS status,
  g.reden::TEXT AS reden,
  g.teller::DOUBLE AS teller,
  g.noemer::DOUBLE AS noemer,
  (CASE WHEN h.onderwerp IS NULL THEN g.ondergrens ELSE g.waarde END)::DOUBLE AS ondergrens,
  (CASE WHEN h.onderwerp IS NULL THEN g.bovengrens ELSE g.waarde END)::DOUBLE AS bovengrens,
  (CASE WHEN h.onderwerp IS NULL THEN g.ondergrens_998 ELSE g.waarde END)::DOUBLE AS ondergrens_998,
  (CASE WHEN h.onderwerp IS NULL THEN g.bovengrens_998 ELSE g.waarde END)::DOUBLE AS bovengrens_998
FROM statistiek.grens AS g
LEFT JOIN geheel AS h
  ON h.onderwerp = g.onderwerp
WHERE LENGTH(g.periode) IN (4, 9) AND g.gebiedsniveau IN ('gemeente', 'provincie', 'gewest', 'centrumsteden', 'vgc')
