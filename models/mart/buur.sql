MODEL (
  name mart.buur,
  kind FULL,
  owner obmi,
  grain (gebied, groep, volgorde),
  description 'De gemeenten die het meest op een gemeente lijken: tien Vlaamse, en voor een centrumstad ook vijf andere centrumsteden.',
  column_descriptions (
    gebied = 'Code van de gemeente van vandaag.',
    groep = 'centrumstad of gemeente: waaruit gekozen is.',
    volgorde = '1 lijkt het meest.',
    buur = 'Code van de verwante gemeente.',
    naam = 'Naam van de verwante gemeente.',
    afstand = 'Gewogen gemiddeld verschil in standaardafwijkingen (mart.buur_kenmerk); 0 is gelijk.',
    kenmerken = 'Aantal kenmerken dat allebei hebben.',
    grootste_verschil = 'Kenmerk dat het meest aan de afstand bijdraagt.'
  ),
  audits (
    not_null(columns := (gebied, groep, volgorde, buur, naam, afstand)),
    unique_combination_of_columns(columns := (gebied, groep, buur)),
    unique_combination_of_columns(columns := (gebied, groep, volgorde))
  )
);

WITH totaal AS (
  SELECT @SOM(gewicht) AS gewicht
  FROM (SELECT DISTINCT onderwerp, gewicht FROM mart.buur_kenmerk) AS k
), verschil AS (
  SELECT a.gebied, b.gebied AS buur, a.onderwerp, a.gewicht, a.gewicht * (a.score - b.score) * (a.score - b.score) AS bijdrage
  FROM mart.buur_kenmerk AS a
  JOIN mart.buur_kenmerk AS b
    ON b.onderwerp = a.onderwerp AND b.gebied <> a.gebied
), afstand AS (
  SELECT
    gebied,
    buur,
    SQRT(@SOM(bijdrage) / @SOM(gewicht)) AS afstand,
    COUNT(*) AS kenmerken,
    MAX_BY(onderwerp, bijdrage) AS grootste_verschil
  FROM verschil
  GROUP BY gebied, buur
  /* a municipality of which less than half is known has no peers and is no one's */
  HAVING 2 * @SOM(gewicht) >= (SELECT gewicht FROM totaal)
), groep AS (
  SELECT a.*, 'gemeente' AS groep
  FROM afstand AS a
  UNION ALL
  SELECT a.*, 'centrumstad' AS groep
  FROM afstand AS a
  JOIN ref.stad AS s
    ON s.gebiedsniveau = 'gemeente' AND s.gebied = a.gebied
  JOIN ref.stad AS t
    ON t.gebiedsniveau = 'gemeente' AND t.gebied = a.buur
), geordend AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY gebied, groep ORDER BY afstand, buur) AS volgorde
  FROM groep
)
SELECT
  b.gebied::TEXT AS gebied,
  b.groep::TEXT AS groep,
  b.volgorde::INT AS volgorde,
  b.buur::TEXT AS buur,
  g.naam::TEXT AS naam,
  b.afstand::DOUBLE AS afstand,
  b.kenmerken::INT AS kenmerken,
  b.grootste_verschil::TEXT AS grootste_verschil
FROM geordend AS b
JOIN ref.gebied AS g
  ON g.gebiedsniveau = 'gemeente' AND g.gebied = b.buur
WHERE b.volgorde <= CASE WHEN b.groep = 'gemeente' THEN 10 ELSE 5 END
