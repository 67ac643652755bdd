MODEL (
  name onderwerp.afgeleid,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Onderwerpen die een som of verschil van platte onderwerpen zijn, ook tegenover het jaar ervoor, op hetzelfde grondgebied.',
  column_descriptions (
    periode = 'Periode waarin alle termen er zijn.',
    waarde = 'Som van de termen maal hun coëfficiënt; leeg als er een ontbreekt.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status)))
);

WITH aantal AS (
  SELECT onderwerp, COUNT(*) AS termen
  FROM ref.term
  GROUP BY onderwerp
), deel AS (
  /* every term in the period of the sum that it counts for */
  SELECT
    t.onderwerp,
    t.term,
    t.coefficient,
    p.gebiedsniveau,
    p.gebied,
    CASE WHEN t.jaren_terug = 0 THEN p.periode ELSE k.jaar_later END AS periode,
    p.waarde,
    p.status,
    p.reden
  FROM ref.term AS t
  JOIN onderwerp.plat AS p
    ON p.onderwerp = t.term
  JOIN ref.periode AS k
    ON k.periode = p.periode AND (t.jaren_terug = 0 OR k.jaarcijfer)
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    periode,
    COUNT(*) AS termen,
    @SOM(coefficient * waarde) AS waarde,
    @STATUS_VAN_SOM(status) AS status,
    COALESCE(
      MIN(CASE WHEN status IN ('onbekend', 'verborgen') THEN term || ': ' || COALESCE(reden, status) END),
      MIN(CASE WHEN status <> 'ok' THEN term || ': ' || COALESCE(reden, status) END)
    ) AS reden
  FROM deel
  GROUP BY onderwerp, gebiedsniveau, gebied, periode
)
SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  (CASE WHEN s.status = 'ok' THEN s.waarde END)::DOUBLE AS waarde,
  s.status::TEXT AS status,
  s.reden::TEXT AS reden
FROM samen AS s
JOIN aantal AS a
  ON a.onderwerp = s.onderwerp AND a.termen = s.termen
