MODEL (
  name mart.gebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Elk gebied van elke versie, met namen, geldigheid, voorganger en opvolger.',
  column_descriptions (
    naam = 'Naam van het gebied, zoals de uitgever ze schrijft.',
    gewest = 'Gewest waarin het gebied ligt: 02000 Vlaanderen, 04000 Brussel.',
    stad = 'Korte naam van de centrumstad of vgc waartoe het gebied vandaag behoort, anders leeg.',
    gemeente = 'Code van de gemeente van vandaag waarin het gebied ligt.',
    voorganger = 'Waaruit het gebied bestaat in de vorige versie; leeg als er geen is of niemand het zegt.',
    opvolger = 'Waarin het gebied overgaat in de volgende versie; leeg als er geen is of niemand het zegt.',
    bron = 'Lijst waarin het gebied staat: een dataset, of een eigen lijst.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, gebied, naam, gewest)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied))
  )
);

WITH stad_van AS (
  SELECT r.van_niveau, r.van, MIN(s.stad) AS stad
  FROM ref.gebied_relatie AS r
  JOIN ref.stad AS s
    ON s.gebiedsniveau = r.naar_niveau AND s.gebied = r.naar
  GROUP BY r.van_niveau, r.van
), gemeente AS (
  SELECT van_niveau, van, MIN(naar) AS naar
  FROM ref.gebied_relatie
  WHERE naar_niveau = 'gemeente'
  GROUP BY van_niveau, van
), versie AS (
  /* between two versions of one level, whatever the nature of the relation */
  SELECT r.van_niveau, r.van, r.naar_niveau, r.naar
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS r
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = r.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = r.naar_niveau AND nieuw.reeks = oud.reeks
), voorganger AS (
  SELECT naar_niveau, naar, STRING_AGG(van, ' + ' ORDER BY van) AS delen
  FROM versie
  GROUP BY naar_niveau, naar
), opvolger AS (
  SELECT van_niveau, van, STRING_AGG(naar, ' + ' ORDER BY naar) AS delen
  FROM versie
  GROUP BY van_niveau, van
)
SELECT
  g.gebiedsniveau::TEXT AS gebiedsniveau,
  g.gebied::TEXT AS gebied,
  g.naam::TEXT AS naam,
  g.naam_fr::TEXT AS naam_fr,
  g.gewest::TEXT AS gewest,
  s.stad::TEXT AS stad,
  t.naar::TEXT AS gemeente,
  g.geldig_van::DATE AS geldig_van,
  g.geldig_tot::DATE AS geldig_tot,
  v.delen::TEXT AS voorganger,
  o.delen::TEXT AS opvolger,
  g.nuts::TEXT AS nuts,
  g.lau::TEXT AS lau,
  g.bron::TEXT AS bron
FROM ref.gebied AS g
LEFT JOIN stad_van AS s
  ON s.van_niveau = g.gebiedsniveau AND s.van = g.gebied
LEFT JOIN gemeente AS t
  ON t.van_niveau = g.gebiedsniveau AND t.van = g.gebied
LEFT JOIN voorganger AS v
  ON v.naar_niveau = g.gebiedsniveau AND v.naar = g.gebied
LEFT JOIN opvolger AS o
  ON o.van_niveau = g.gebiedsniveau AND o.van = g.gebied
WHERE g.getoond
