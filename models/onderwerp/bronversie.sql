MODEL (
  name onderwerp.bronversie,
  kind FULL,
  owner obmi,
  grain onderwerp,
  description 'Uit welke datasets de cijfers van elk onderwerp komen, en uit welke aanvaarde landing van elk.',
  column_descriptions (
    bron = 'Alle datasets, ook die van de delen.',
    bronversie = 'Versie van de aanvaarde landing van elk, in dezelfde volgorde.'
  ),
  audits (
    not_null(columns := (onderwerp, bron, bronversie)),
    unique_values(columns := (onderwerp))
  )
);

SELECT
  h.onderwerp::TEXT AS onderwerp,
  STRING_AGG(h.bron, ' + ' ORDER BY h.volgorde)::TEXT AS bron,
  STRING_AGG(l.bronversie, ' + ' ORDER BY h.volgorde)::TEXT AS bronversie
FROM ref.herkomst AS h
JOIN READ_PARQUET(@VAR('landing')) AS l
  ON l.bron = h.bron
GROUP BY h.onderwerp
