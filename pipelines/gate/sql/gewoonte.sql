-- The years of a level that most of its areas in the delivery do not have: they are not of all areas together.
CREATE OR REPLACE TABLE jaar_van_weinig AS
  WITH geheel AS (FROM reeks_nieuw WHERE reeks = ''),
    per_jaar AS (SELECT gebiedsniveau, jaar, COUNT(DISTINCT eenheid) AS gebieden FROM geheel GROUP BY ALL),
    per_niveau AS (SELECT gebiedsniveau, COUNT(DISTINCT eenheid) AS alle FROM geheel GROUP BY ALL)
  SELECT gebiedsniveau, jaar FROM per_jaar JOIN per_niveau USING (gebiedsniveau) WHERE 2 * gebieden < alle;

-- What kind of figure a measure is: whether it counts, whether it may be below zero, and where its logarithm starts.
CREATE OR REPLACE TABLE schaal AS
  SELECT meting, soort, BOOL_AND(w = floor(w)) AND MIN(w) >= 0 AND soort <> 'rijen' AS telling,
    BOOL_AND(w = floor(w)) AND MIN(w) >= 0 AS heel, MIN(w) < 0 AS saldo,
    GREATEST(CASE WHEN MIN(w) < 0 THEN 1 ELSE aanloop() END * MEDIAN(ABS(w)), 1e-6)::DOUBLE AS s
  FROM reeks_oud JOIN metingen USING (meting) WHERE eenheid <> '' GROUP BY meting, soort;

-- The areas that are judged strictly: our cities, whatever their code was, and levels of few areas.
CREATE OR REPLACE TABLE streng AS
  WITH niveaus AS (
    SELECT gebiedsniveau, COUNT(DISTINCT eenheid) - 1 AS gebieden FROM reeks_oud WHERE reeks = '' GROUP BY ALL)
  SELECT DISTINCT gebiedsniveau, eenheid FROM reeks_oud JOIN niveaus USING (gebiedsniveau)
  WHERE reeks = '' AND (gebieden <= genoeg() OR eenheid IN (FROM onze_gebieden))
  UNION SELECT DISTINCT gebiedsniveau, eenheid FROM reeks_nieuw
  WHERE reeks = '' AND eenheid IN (FROM onze_gebieden);

-- Every area and part of the year in a year of the delivery, beside the last accepted year before it. Where cells are
-- compared one by one, a year that was there is not compared again.
CREATE OR REPLACE TABLE jaar_nieuw AS
  SELECT n.gebiedsniveau, n.eenheid, n.deel, n.jaar, MAX(o.jaar) AS ander
  FROM (SELECT DISTINCT gebiedsniveau, eenheid, deel, jaar FROM reeks_nieuw WHERE reeks = '') AS n
  JOIN (SELECT DISTINCT gebiedsniveau, eenheid, deel, jaar FROM reeks_oud WHERE reeks = '') AS o
    ON n.gebiedsniveau = o.gebiedsniveau AND n.eenheid = o.eenheid AND n.deel = o.deel AND o.jaar <= n.jaar
  GROUP BY ALL HAVING MAX(o.jaar) < n.jaar OR NOT (SELECT per_cel FROM levering);

-- The same of the accepted years, where the delivery has something new.
CREATE OR REPLACE TABLE jaar_oud AS
  SELECT *, LAG(jaar) OVER (PARTITION BY gebiedsniveau, eenheid, deel ORDER BY jaar) AS ander
  FROM (SELECT DISTINCT gebiedsniveau, eenheid, deel, jaar FROM reeks_oud
    WHERE reeks = '' AND EXISTS (FROM jaar_nieuw))
  QUALIFY ander IS NOT NULL;

-- Every figure `w` of such a year beside the one before it, `e`, over `stap` years. A count that is not there is zero.
-- What all areas of a level did together is taken out: one area is compared with the others.
CREATE OR REPLACE MACRO naast_elkaar(nieuw, jaren) AS TABLE
  WITH nu AS (SELECT r.*, jaar - ander AS stap FROM query_table(nieuw) AS r
      JOIN query_table(jaren) USING (gebiedsniveau, eenheid, deel, jaar)),
    toen AS (SELECT r.* EXCLUDE (jaar), j.jaar, j.jaar - j.ander AS stap FROM reeks_oud AS r JOIN query_table(jaren) AS j
      ON r.gebiedsniveau = j.gebiedsniveau AND r.eenheid = j.eenheid AND r.deel = j.deel AND r.jaar = j.ander),
    paar AS (SELECT gebiedsniveau, eenheid, deel, meting, reeks, jaar, COALESCE(nu.stap, toen.stap) AS stap, nu.w,
        CASE WHEN toen.noemer IS NULL THEN 1 ELSE NULLIF(nu.noemer, 0) / NULLIF(toen.noemer, 0) END AS deel_van,
        toen.w * deel_van AS e
      FROM nu FULL JOIN toen USING (gebiedsniveau, eenheid, deel, meting, reeks, jaar)),
    groei AS (SELECT gebiedsniveau, deel, meting, reeks, jaar, stap, FALSE AS geheel, MEDIAN(w / e) AS g FROM paar
      WHERE eenheid <> '' AND e > 0 AND w > 0 AND (stap > 0 OR (SELECT groeit FROM levering))
      GROUP BY ALL HAVING COUNT(*) >= genoeg()),
    vol AS (SELECT paar.*, eenheid = '' AS geheel FROM paar),
    verwacht AS (SELECT vol.* REPLACE (CASE WHEN heel THEN COALESCE(w, 0) ELSE w END AS w), soort, telling, saldo,
        s * deel_van AS s, g IS NOT NULL AS vergeleken, e * COALESCE(g, 1) AS verwacht
      FROM vol JOIN schaal USING (meting)
      LEFT JOIN groei USING (gebiedsniveau, deel, meting, reeks, jaar, stap, geheel))
  SELECT *, CASE WHEN geheel THEN -1 ELSE klasse(verwacht) END AS klasse, sqrt(GREATEST(stap, 1)) AS duur,
    sprong(w, verwacht, telling, s) AS sprong,
    -- of a count from a fixed day on chance draws what was added
    CASE WHEN stap = 0 AND vergeleken THEN GREATEST(herteld(), 1 - e / NULLIF(verwacht, 0)) ELSE 1 END AS nieuw_deel,
    CASE WHEN telling THEN 4 * nieuw_deel / (w + verwacht + 1) ELSE 0 END AS toeval
  FROM verwacht;

-- What is usual, per class of size and (`klasse` NULL) for all: the usual change `h`, robust and without what chance
-- does, and how many of those the largest was, `verst`. Few of a class lean on all of them, and few changes leave some
-- of it unknown. In the delivery itself odd ones may be the fault that is looked for.
CREATE OR REPLACE MACRO gewoonten(paren) AS TABLE
  WITH wissels AS (FROM query_table(paren) WHERE w IS NOT NULL AND e IS NOT NULL),
    gemeten AS (SELECT gebiedsniveau, geheel, deel, meting, reeks, klasse, COUNT(*) AS n,
        COUNT(DISTINCT jaar) AS jaren, GREATEST((1.4826 * MEDIAN(sprong / duur)) ** 2 - MEDIAN(toeval), 0) AS h2
      FROM wissels GROUP BY GROUPING SETS (
        (gebiedsniveau, geheel, deel, meting, reeks, klasse), (gebiedsniveau, geheel, deel, meting, reeks))),
    gespreid AS (SELECT k.* EXCLUDE (h2), a.n AS n_alle, a.jaren AS jaren_alle,
        sqrt(GREATEST((k.n * k.h2 + genoeg() * a.h2) / (k.n + genoeg()), (vloer() / keer()) ** 2)
          + (onbekend() * LEAST(1, weinig() / a.n)) ** 2) AS h
      FROM gemeten AS k JOIN gemeten AS a USING (gebiedsniveau, geheel, deel, meting, reeks) WHERE a.klasse IS NULL),
    verst AS (SELECT gebiedsniveau, geheel, deel, meting, reeks, klasse,
        CASE WHEN COUNT(*) >= veel() OR paren = 'nieuw' THEN derde(z) ELSE MAX(z) END AS verst
      FROM (SELECT w.*, afstand(w, verwacht, telling, s, h * duur, nieuw_deel) AS z
        FROM wissels AS w JOIN gespreid USING (gebiedsniveau, geheel, deel, meting, reeks, klasse))
      GROUP BY GROUPING SETS (
        (gebiedsniveau, geheel, deel, meting, reeks, klasse), (gebiedsniveau, geheel, deel, meting, reeks)))
  SELECT g.*, verst FROM gespreid AS g JOIN verst AS v ON g.gebiedsniveau = v.gebiedsniveau AND g.geheel = v.geheel
    AND g.deel = v.deel AND g.meting = v.meting AND g.reeks = v.reeks AND g.klasse IS NOT DISTINCT FROM v.klasse;

-- Every accepted change.
CREATE OR REPLACE TABLE wissel AS FROM naast_elkaar('reeks_oud', 'jaar_oud') WHERE w IS NOT NULL AND e IS NOT NULL;

CREATE OR REPLACE TABLE gewoonte AS FROM gewoonten('wissel');

-- The largest change that was accepted of every series itself.
CREATE OR REPLACE TABLE eigen AS
  SELECT gebiedsniveau, eenheid, deel, meting, reeks, MAX(afstand(w, verwacht, telling, s, h * duur, nieuw_deel)) AS verst
  FROM wissel JOIN gewoonte USING (gebiedsniveau, geheel, deel, meting, reeks, klasse) GROUP BY ALL;

-- How often a figure of a size was the same as the year before; a size that knows few changes leans on all sizes.
CREATE OR REPLACE TABLE kans AS
  SELECT gebiedsniveau, meting, grootte,
    (gelijk + genoeg() * (SUM(gelijk) OVER alle + 1) / (SUM(n) OVER alle + 2)) / (n + genoeg()) AS kans
  FROM (SELECT gebiedsniveau, meting, klasse(e) AS grootte, COUNT(*) AS n, COUNT(*) FILTER (WHERE w = e) AS gelijk
    FROM wissel WHERE NOT geheel AND soort = 'meting' AND e <> 0 GROUP BY ALL)
  WINDOW alle AS (PARTITION BY gebiedsniveau, meting);
