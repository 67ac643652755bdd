MODEL (
  name mart.gebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Elk gebied dat een rij kan hebben, met naam en geldigheid.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie: de kale naam is vandaag, een jaartal is het laatste jaar dat de versie gold.',
    gebied = 'Code van het gebied, als tekst.',
    naam = 'Naam van het gebied.',
    gewest = 'Gewest waarin het gebied ligt: 02000 Vlaanderen, 04000 Brussel.',
    stad = 'Korte naam van de centrumstad of vgc waartoe het gebied vandaag behoort, anders leeg.',
    geldig_tot = 'Laatste dag waarop deze versie van het niveau gold; leeg voor vandaag.',
    opvolger = 'Code van de gemeente van vandaag waarin het gebied ligt.'
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
), opvolger AS (
  SELECT van_niveau, van, MIN(naar) AS naar
  FROM ref.gebied_relatie
  WHERE naar_niveau = 'gemeente'
  GROUP BY van_niveau, van
)
SELECT
  g.gebiedsniveau::TEXT AS gebiedsniveau,
  g.gebied::TEXT AS gebied,
  g.naam::TEXT AS naam,
  g.gewest::TEXT AS gewest,
  s.stad::TEXT AS stad,
  (CASE WHEN NOT n.laatste_jaar IS NULL THEN MAKE_DATE(n.laatste_jaar, 12, 31) END)::DATE AS geldig_tot,
  o.naar::TEXT AS opvolger
FROM ref.gebied AS g
JOIN ref.gebiedsniveau AS n
  ON n.gebiedsniveau = g.gebiedsniveau
LEFT JOIN stad_van AS s
  ON s.van_niveau = g.gebiedsniveau AND s.van = g.gebied
LEFT JOIN opvolger AS o
  ON o.van_niveau = g.gebiedsniveau AND o.van = g.gebied
WHERE g.getoond
