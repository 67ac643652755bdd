MODEL (
  name ref.grondgebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Welk grondgebied elk gebied is: wat in elke versie hetzelfde bleef, is één grondgebied. En hoe hoog het ligt.',
  column_descriptions (
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    gewest = 'Gewest waarin het gebied ligt; leeg buiten of boven de gewesten.',
    getoond = 'Waar als het gebied in de marts een rij krijgt.',
    grondgebied = 'Volgnummer van het grondgebied, hetzelfde voor alle gebieden die het delen.',
    trede = '0 voor een deel waar niets onder ligt en dat enkel bestaat zoals gepubliceerd; een geheel ligt hoger dan al zijn delen.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, gebied, getoond, grondgebied, trede)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied))
  )
);

WITH RECURSIVE gelijk AS (
  SELECT van_niveau AS gebiedsniveau, van AS gebied, naar_niveau || ' ' || naar AS naam
  FROM ref.gebied_relatie
  WHERE delen = 1
  UNION
  SELECT naar_niveau, naar, van_niveau || ' ' || van
  FROM ref.gebied_relatie
  WHERE delen = 1
), eigen AS (
  SELECT g.gebiedsniveau, g.gebied, MIN(g.naam) AS grondgebied, MAX(CASE WHEN n.afgeleid THEN 1 ELSE 0 END) AS trede, COUNT(*) AS versies
  FROM gelijk AS g
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = g.gebiedsniveau
  GROUP BY g.gebiedsniveau, g.gebied
), stap AS (
  SELECT DISTINCT d.grondgebied AS deel, h.grondgebied AS geheel
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS l
  JOIN eigen AS d
    ON d.gebiedsniveau = l.van_niveau AND d.gebied = l.van
  JOIN eigen AS h
    ON h.gebiedsniveau = l.naar_niveau AND h.gebied = l.naar AND h.grondgebied <> d.grondgebied
  WHERE l.aard = 'exact'
), klim AS (
  SELECT grondgebied, CASE WHEN versies > 1 THEN 1 ELSE trede END AS trede
  FROM eigen
  UNION
  SELECT s.geheel, k.trede + 1
  FROM klim AS k
  JOIN stap AS s
    ON s.deel = k.grondgebied
), hoogte AS (
  SELECT grondgebied, MAX(trede) AS trede
  FROM klim
  GROUP BY grondgebied
)
SELECT
  e.gebiedsniveau::TEXT AS gebiedsniveau,
  e.gebied::TEXT AS gebied,
  g.gewest::TEXT AS gewest,
  g.getoond::BOOLEAN AS getoond,
  (DENSE_RANK() OVER (ORDER BY e.grondgebied))::INT AS grondgebied,
  h.trede::INT AS trede
FROM eigen AS e
JOIN hoogte AS h
  ON h.grondgebied = e.grondgebied
JOIN ref.gebied AS g
  ON g.gebiedsniveau = e.gebiedsniveau AND g.gebied = e.gebied
