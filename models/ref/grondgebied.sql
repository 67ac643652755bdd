MODEL (
  name ref.grondgebied,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied),
  description 'Welk grondgebied elk gebied is: wat in elke versie met een volledige reeks hetzelfde bleef, is één grondgebied. En hoe hoog het ligt.',
  column_descriptions (
    niveau = 'Niveau waarnaar het grondgebied heet: een met een volledige reeks, als er een is.',
    trede = '0 voor een deel waar niets onder ligt en dat enkel bestaat zoals gepubliceerd; een geheel ligt hoger dan al zijn delen.',
    fusie = 'De dichtste fusie waarin het gebied is opgegaan, als tekst; leeg als er geen is.'
  ),
  audits (
    not_null(columns := (gebiedsniveau, gebied, getoond, grondgebied, niveau, trede)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied))
  )
);

WITH RECURSIVE gelijk AS (
  /* what exists only as published is carried to no other version: it shares a territory with areas of a full series alone */
  SELECT r.van_niveau AS gebiedsniveau, r.van AS gebied, r.naar_niveau AS niveau, r.naar_niveau || ' ' || r.naar AS naam
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = r.naar_niveau AND n.afgeleid
  WHERE r.delen = 1
  UNION ALL
  SELECT r.naar_niveau, r.naar, r.van_niveau, r.van_niveau || ' ' || r.van
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS n
    ON n.gebiedsniveau = r.van_niveau AND n.afgeleid
  WHERE r.delen = 1
), eigen AS (
  SELECT
    g.gebiedsniveau,
    g.gebied,
    g.gewest,
    g.getoond,
    COALESCE(MIN(n.naam), g.gebiedsniveau || ' ' || g.gebied) AS grondgebied,
    COALESCE(MIN_BY(n.niveau, n.naam), g.gebiedsniveau) AS niveau,
    CASE WHEN MIN(n.naam) IS NULL THEN 0 ELSE 1 END AS trede
  FROM ref.gebied AS g
  LEFT JOIN gelijk AS n
    ON n.gebiedsniveau = g.gebiedsniveau AND n.gebied = g.gebied
  GROUP BY g.gebiedsniveau, g.gebied, g.gewest, g.getoond
), stap AS (
  SELECT DISTINCT d.grondgebied AS deel, h.grondgebied AS geheel
  FROM ref.stap AS s
  JOIN eigen AS d
    ON d.gebiedsniveau = s.van_niveau AND d.gebied = s.van
  JOIN eigen AS h
    ON h.gebiedsniveau = s.naar_niveau AND h.gebied = s.naar AND h.grondgebied <> d.grondgebied
), klim AS (
  SELECT grondgebied, trede
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
), opgegaan AS (
  /* the nearest merger of every area that is a part of a newer one */
  SELECT r.van_niveau AS gebiedsniveau, r.van AS gebied, MIN_BY(r.samenstelling, r.delen) AS fusie
  FROM ref.gebied_relatie AS r
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = r.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = r.naar_niveau AND nieuw.reeks = oud.reeks
  WHERE r.delen > 1
  GROUP BY r.van_niveau, r.van
)
SELECT
  e.gebiedsniveau::TEXT AS gebiedsniveau,
  e.gebied::TEXT AS gebied,
  e.gewest::TEXT AS gewest,
  e.getoond::BOOLEAN AS getoond,
  (DENSE_RANK() OVER (ORDER BY e.grondgebied))::INT AS grondgebied,
  e.niveau::TEXT AS niveau,
  h.trede::INT AS trede,
  f.fusie::TEXT AS fusie
FROM eigen AS e
JOIN hoogte AS h
  ON h.grondgebied = e.grondgebied
LEFT JOIN opgegaan AS f
  ON f.gebiedsniveau = e.gebiedsniveau AND f.gebied = e.gebied
