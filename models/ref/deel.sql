MODEL (
  name ref.deel,
  kind FULL,
  owner obmi,
  grain (partitie, van),
  description 'De stappen tussen grondgebieden: waaruit elk geheel is op te tellen, per niveau waarop het verdeeld is.',
  column_descriptions (
    partitie = 'Volgnummer van het geheel samen met het niveau van de delen.',
    geheel = 'Het grondgebied dat een som is.',
    naar_niveau = 'Niveau waarnaar het geheel heet (ref.grondgebied).',
    trede = 'Hoogte van het geheel.',
    van_niveau = 'Niveau met versie van de delen.',
    deel = 'Het grondgebied van het deel.',
    van_trede = 'Hoogte van het deel.',
    telt = 'Waar voor een echt gebied; een plaats die niet te lokaliseren is, is er niet altijd.',
    nodig = 'Hoeveel echte gebieden van dit niveau het geheel maken.'
  ),
  audits (
    not_null(columns := (partitie, geheel, naar_niveau, trede, van_niveau, van, deel, van_trede, telt, nodig)),
    unique_combination_of_columns(columns := (partitie, van)),
    niet_hoger_dan_de_treden
  )
);

WITH paar AS (
  SELECT
    h.grondgebied AS geheel,
    MIN(h.niveau) AS naar_niveau,
    MAX(h.trede) AS trede,
    s.van_niveau,
    s.van,
    MIN(d.grondgebied) AS deel,
    MAX(d.trede) AS van_trede,
    MIN(s.fusie) AS fusie
  FROM ref.stap AS s
  JOIN ref.grondgebied AS d
    ON d.gebiedsniveau = s.van_niveau AND d.gebied = s.van
  JOIN ref.grondgebied AS h
    ON h.gebiedsniveau = s.naar_niveau AND h.gebied = s.naar AND h.grondgebied <> d.grondgebied
  GROUP BY h.grondgebied, s.van_niveau, s.van
)
SELECT
  (DENSE_RANK() OVER (ORDER BY p.geheel, p.van_niveau))::INT AS partitie,
  p.geheel::INT AS geheel,
  p.naar_niveau::TEXT AS naar_niveau,
  p.trede::INT AS trede,
  p.van_niveau::TEXT AS van_niveau,
  p.van::TEXT AS van,
  p.deel::INT AS deel,
  p.van_trede::INT AS van_trede,
  (g.soort = 'gebied')::BOOLEAN AS telt,
  (COUNT(CASE WHEN g.soort = 'gebied' THEN 1 END) OVER (PARTITION BY p.geheel, p.van_niveau))::INT AS nodig,
  p.fusie::TEXT AS fusie
FROM paar AS p
JOIN ref.gebied AS g
  ON g.gebiedsniveau = p.van_niveau AND g.gebied = p.van;

AUDIT (name niet_hoger_dan_de_treden);
SELECT * FROM @this_model WHERE trede > 6 OR van_trede >= trede
