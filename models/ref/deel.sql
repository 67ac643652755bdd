MODEL (
  name ref.deel,
  kind FULL,
  owner obmi,
  grain (partitie, van),
  description 'De stappen van de gebiedslijst tussen grondgebieden: waaruit elk geheel is op te tellen, per niveau waarop het verdeeld is.',
  column_descriptions (
    partitie = 'Volgnummer van het geheel samen met het niveau van de delen.',
    geheel = 'Het grondgebied dat een som is.',
    trede = 'Hoogte van het geheel.',
    van_niveau = 'Niveau met versie van de delen.',
    van = 'Code van het deel.',
    deel = 'Het grondgebied van het deel.',
    van_trede = 'Hoogte van het deel.',
    telt = 'Waar voor een echt gebied; een plaats die niet te lokaliseren is, is er niet altijd.',
    nodig = 'Hoeveel echte gebieden van dit niveau het geheel maken.',
    fusie = 'De delen en het geheel als tekst, waar het geheel dezelfde gebieden in een latere versie zijn.'
  ),
  audits (
    not_null(columns := (partitie, geheel, trede, van_niveau, van, deel, van_trede, telt, nodig)),
    unique_combination_of_columns(columns := (partitie, van)),
    niet_hoger_dan_de_treden
  )
);

WITH paar AS (
  SELECT
    h.grondgebied AS geheel,
    MAX(h.trede) AS trede,
    l.van_niveau,
    l.van,
    MIN(d.grondgebied) AS deel,
    MAX(d.trede) AS van_trede,
    MIN(CASE WHEN oud.reeks = nieuw.reeks THEN r.samenstelling END) AS fusie
  FROM READ_PARQUET(@VAR('gebied_relatie')) AS l
  JOIN ref.grondgebied AS d
    ON d.gebiedsniveau = l.van_niveau AND d.gebied = l.van
  JOIN ref.grondgebied AS h
    ON h.gebiedsniveau = l.naar_niveau AND h.gebied = l.naar AND h.grondgebied <> d.grondgebied
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = l.van_niveau AND r.van = l.van AND r.naar_niveau = l.naar_niveau AND r.naar = l.naar
  JOIN ref.gebiedsniveau AS oud
    ON oud.gebiedsniveau = l.van_niveau
  JOIN ref.gebiedsniveau AS nieuw
    ON nieuw.gebiedsniveau = l.naar_niveau
  WHERE l.aard = 'exact'
  GROUP BY h.grondgebied, l.van_niveau, l.van
)
SELECT
  (DENSE_RANK() OVER (ORDER BY p.geheel, p.van_niveau))::INT AS partitie,
  p.geheel::INT AS geheel,
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
SELECT * FROM @this_model WHERE trede > 8 OR van_trede >= trede
