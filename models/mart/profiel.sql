MODEL (
  name mart.profiel,
  kind FULL,
  owner obmi,
  grain (stad, onderwerp),
  description 'Per stad het laatste jaarcijfer van elk onderwerp, met rang, referentiewaarden en het vorige cijfer.',
  column_descriptions (
    stad = 'Korte naam van de stad, of vgc.',
    naam = 'Naam van de stad.',
    gebiedsniveau = 'gemeente, of vgc.',
    gebied = 'Code van vandaag.',
    onderwerp = 'Code van het onderwerp.',
    periode = 'Laatste jaar met een waarde; zonder waarde het laatste jaar met een rij.',
    waarde = 'De waarde.',
    status = 'Status van de waarde.',
    reden = 'Waarom er geen waarde is.',
    rang = 'Rang onder de dertien centrumsteden in dezelfde periode; 1 is de hoogste waarde, gelijke waarden delen hun rang. De VGC heeft geen rang.',
    gerangschikt = 'Aantal centrumsteden met een waarde in die periode.',
    waarde_centrumsteden = 'De waarde voor de dertien centrumsteden samen.',
    waarde_gewest = 'De waarde voor het gewest van de stad.',
    vorige_periode = 'Vorig jaar met een waarde.',
    vorige_waarde = 'De waarde in dat jaar.',
    verandering = 'Waarde min vorige waarde.'
  ),
  audits (
    not_null(columns := (stad, onderwerp, periode, status)),
    unique_combination_of_columns(columns := (stad, onderwerp))
  )
);

WITH reeks AS (
  SELECT s.stad, s.naam, w.*
  FROM mart.waarneming AS w
  JOIN ref.stad AS s
    ON s.gebiedsniveau = w.gebiedsniveau AND s.gebied = w.gebied
  WHERE LENGTH(w.periode) = 4
), laatste AS (
  SELECT
    stad,
    onderwerp,
    COALESCE(MAX(CASE WHEN status = 'ok' THEN periode END), MAX(periode)) AS periode
  FROM reeks
  GROUP BY stad, onderwerp
), vorige AS (
  SELECT r.stad, r.onderwerp, MAX(r.periode) AS periode
  FROM reeks AS r
  JOIN laatste AS l
    ON l.stad = r.stad AND l.onderwerp = r.onderwerp AND r.periode < l.periode
  WHERE r.status = 'ok'
  GROUP BY r.stad, r.onderwerp
), rang AS (
  SELECT
    stad,
    onderwerp,
    periode,
    RANK() OVER (PARTITION BY onderwerp, periode ORDER BY waarde DESC) AS rang,
    COUNT(*) OVER (PARTITION BY onderwerp, periode) AS gerangschikt
  FROM reeks
  WHERE status = 'ok' AND gebiedsniveau = 'gemeente'
), referentie AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde
  FROM mart.waarneming
  WHERE gebiedsniveau IN ('centrumsteden', 'gewest')
)
SELECT
  r.stad::TEXT AS stad,
  r.naam::TEXT AS naam,
  r.gebiedsniveau::TEXT AS gebiedsniveau,
  r.gebied::TEXT AS gebied,
  r.onderwerp::TEXT AS onderwerp,
  r.periode::TEXT AS periode,
  r.waarde::DOUBLE AS waarde,
  r.status::TEXT AS status,
  r.reden::TEXT AS reden,
  k.rang::INT AS rang,
  k.gerangschikt::INT AS gerangschikt,
  c.waarde::DOUBLE AS waarde_centrumsteden,
  g.waarde::DOUBLE AS waarde_gewest,
  v.periode::TEXT AS vorige_periode,
  p.waarde::DOUBLE AS vorige_waarde,
  (r.waarde - p.waarde)::DOUBLE AS verandering
FROM reeks AS r
JOIN laatste AS l
  ON l.stad = r.stad AND l.onderwerp = r.onderwerp AND l.periode = r.periode
LEFT JOIN rang AS k
  ON k.stad = r.stad AND k.onderwerp = r.onderwerp AND k.periode = r.periode
LEFT JOIN referentie AS c
  ON c.onderwerp = r.onderwerp AND c.periode = r.periode AND c.gebiedsniveau = 'centrumsteden'
LEFT JOIN referentie AS g
  ON g.onderwerp = r.onderwerp
  AND g.periode = r.periode
  AND g.gebiedsniveau = 'gewest'
  AND g.gebied = CASE WHEN r.stad = 'vgc' THEN '04000' ELSE '02000' END
LEFT JOIN vorige AS v
  ON v.stad = r.stad AND v.onderwerp = r.onderwerp
LEFT JOIN reeks AS p
  ON p.stad = v.stad AND p.onderwerp = v.onderwerp AND p.periode = v.periode
