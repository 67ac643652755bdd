MODEL (
  name onderwerp.plat,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op elk gebied van elk niveau: zoals gepubliceerd, en op elk grondgebied dat een volledige reeks krijgt.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar, of jaar en maand.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde, leeg als er geen te tonen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    bron = 'Dataset.',
    bronversie = 'Versie van de aanvaarde landing.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status, bron, bronversie)))
);

WITH samen AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden
  FROM onderwerp.volledig
  WHERE getoond AND trede = 0
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden
  FROM onderwerp.opgelost
)
SELECT
  s.onderwerp::TEXT AS onderwerp,
  s.gebiedsniveau::TEXT AS gebiedsniveau,
  s.gebied::TEXT AS gebied,
  s.periode::TEXT AS periode,
  s.periode_begin::DATE AS periode_begin,
  (CASE WHEN s.status = 'ok' THEN s.waarde END)::DOUBLE AS waarde,
  s.status::TEXT AS status,
  s.reden::TEXT AS reden,
  o.bron::TEXT AS bron,
  l.bronversie::TEXT AS bronversie
FROM samen AS s
JOIN ref.onderwerp AS o
  ON o.onderwerp = s.onderwerp
JOIN onderwerp.bronversie AS l
  ON l.bron = o.bron
