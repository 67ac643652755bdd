/* The register of areas: what the accepted landings of the publishers' lists (landing.*) and our own small lists
(lijst.*) say together. Makes gebiedsniveau, gebied, gebied_relatie, and fout, which must stay empty. */

/* Statbel knows when the municipalities changed, also before the versions that we list. */
CREATE TABLE gebiedsniveau AS
SELECT gebiedsniveau, reeks, laatste_jaar, afgeleid
FROM lijst.gebiedsniveau
UNION ALL
SELECT DISTINCT 'gemeente' || EXTRACT(YEAR FROM geldig_tot)::INT::TEXT, 'gemeente', EXTRACT(YEAR FROM geldig_tot)::INT, 'nee'
FROM landing.statbel_refnis
WHERE niveau = 'gemeente'
  AND EXTRACT(YEAR FROM geldig_tot) < (SELECT MIN(laatste_jaar) FROM lijst.gebiedsniveau WHERE reeks = 'gemeente');

/* Every version with its first day, the day on which it shows what was official, and the version before it. */
CREATE TEMP TABLE versie AS
SELECT
  gebiedsniveau,
  reeks,
  afgeleid = 'ja' AS afgeleid,
  MAKE_DATE(LAG(laatste_jaar) OVER reeks + 1, 1, 1) AS geldig_van,
  MAKE_DATE(laatste_jaar, 12, 31) AS geldig_tot,
  COALESCE(MAKE_DATE(laatste_jaar, 12, 31), MAKE_DATE(MAX(laatste_jaar) OVER () + 1, 1, 1)) AS peildag,
  LAG(gebiedsniveau) OVER reeks AS vorige
FROM gebiedsniveau
WINDOW reeks AS (PARTITION BY reeks ORDER BY COALESCE(laatste_jaar, 9999));

/* What PinC's words meant in the year of its lists: a word without a year is the version of then. */
CREATE TEMP TABLE woord AS
SELECT v.reeks AS woord, v.gebiedsniveau
FROM versie AS v
JOIN (SELECT MAKE_DATE(MAX(jaar)::INT, 1, 1) AS dag FROM landing.pinc_gebiedsdefinities) AS j
  ON j.dag BETWEEN COALESCE(v.geldig_van, DATE '0001-01-01') AND COALESCE(v.geldig_tot, DATE '9999-12-31')
UNION ALL
SELECT gebiedsniveau, gebiedsniveau
FROM versie
WHERE NOT geldig_tot IS NULL;

CREATE TEMP TABLE definitie AS
SELECT w.gebiedsniveau, v.reeks, d.gebied, d.korte_naam AS naam, v.peildag
FROM landing.pinc_gebiedsdefinities AS d
JOIN woord AS w
  ON w.woord = d.indeling
JOIN versie AS v
  ON v.gebiedsniveau = w.gebiedsniveau;

/* Every pair in PinC's tables. */
CREATE TEMP TABLE tabel AS
SELECT DISTINCT v.gebiedsniveau AS van_niveau, t.van, n.gebiedsniveau AS naar_niveau, t.naar, t.bron
FROM (
  SELECT van_indeling AS van_woord, gebied AS van, naar_indeling AS naar_woord, naar, 'pinc_aggregatietabellen' AS bron
  FROM landing.pinc_aggregatietabellen
  UNION ALL
  SELECT p.van_woord, p.van, p.naar_woord, p.naar, 'pinc_sectoren_hierarchie'
  FROM landing.pinc_sectoren_hierarchie AS h
  CROSS JOIN LATERAL (
    VALUES
      ('statsec2024', h.gebied, 'gemeente2024', h.gemeente2024),
      ('statsec2024', h.gebied, 'deelgemeente2024', h.deelgemeente2024),
      ('statsec2024', h.gebied, 'wijk2024', h.wijk2024),
      ('deelgemeente2024', h.deelgemeente2024, 'gemeente2024', h.gemeente2024),
      ('wijk2024', h.wijk2024, 'gemeente2024', h.gemeente2024),
      ('gemeente2018', h.gemeente2018, 'gemeente2024', h.gemeente2024),
      ('gemeente2024', h.gemeente2024, 'arrondiss2024', h.arrondiss2024),
      ('gemeente2024', h.gemeente2024, 'provincie2024', h.provincie2024),
      ('gemeente2024', h.gemeente2024, 'gemeente', h.gemeente_2025),
      ('gemeente', h.gemeente_2025, 'arrondiss', h.arrondiss),
      ('gemeente', h.gemeente_2025, 'provincie', h.provincie),
      ('gemeente', h.gemeente_2025, 'gewest', h.gewest),
      ('gemeente', h.gemeente_2025, 'politiezone', h.politiezone),
      ('gemeente', h.gemeente_2025, 'elz', h.elz),
      ('gemeente', h.gemeente_2025, 'vervoerregio', h.vervoerregio)
  ) AS p(van_woord, van, naar_woord, naar)
) AS t
JOIN woord AS v
  ON v.woord = t.van_woord
JOIN woord AS n
  ON n.woord = t.naar_woord;

/* Before 1995 three regions shared Brabant, so an arrondissement has the region that it has had since. */
CREATE TEMP TABLE arrondissement AS
SELECT a.gebied, COALESCE(p.gebied, a.bovenliggend) AS provincie, COALESCE(p.bovenliggend, a.bovenliggend) AS gewest
FROM (
  SELECT gebied, ARG_MAX(bovenliggend, geldig_tot) AS bovenliggend
  FROM landing.statbel_refnis
  WHERE niveau = 'arrondissement'
  GROUP BY gebied
) AS a
LEFT JOIN landing.statbel_refnis AS p
  ON p.niveau = 'provincie' AND p.gebied = a.bovenliggend AND p.geldig_tot = DATE '9999-12-31';

/* Every municipality of every version: the last merger up to then says what became of a code, else Statbel does.
Places that nobody can tell have a code of PinC's. */
CREATE TEMP TABLE gemeente AS
WITH gebeurtenis AS (
  SELECT code, datum, MAX(bestaat) AS bestaat, MAX(naam) AS naam, MAX(naam_fr) AS naam_fr, MAX(arrondissement) AS arrondissement
  FROM (
    SELECT van AS code, datum, 0 AS bestaat, NULL AS naam, NULL AS naam_fr, NULL AS arrondissement
    FROM lijst.fusies
    UNION ALL
    SELECT naar, datum, 1, naam, naam_fr, arrondissement
    FROM lijst.fusies
  )
  GROUP BY code, datum
), laatste AS (
  SELECT
    v.gebiedsniveau,
    g.code,
    ARG_MAX(g.bestaat, g.datum) = 1 AS bestaat,
    ARG_MAX(g.naam, g.datum) AS naam,
    ARG_MAX(g.naam_fr, g.datum) AS naam_fr,
    ARG_MAX(g.arrondissement, g.datum) AS arrondissement
  FROM versie AS v
  JOIN gebeurtenis AS g
    ON v.reeks = 'gemeente' AND g.datum <= v.peildag
  GROUP BY v.gebiedsniveau, g.code
), toen AS (
  SELECT v.gebiedsniveau, r.gebied, r.naam_nl, r.naam_fr, r.bovenliggend
  FROM versie AS v
  JOIN landing.statbel_refnis AS r
    ON v.reeks = 'gemeente' AND r.niveau = 'gemeente' AND v.peildag BETWEEN r.geldig_van AND r.geldig_tot
)
SELECT
  COALESCE(t.gebiedsniveau, l.gebiedsniveau) AS gebiedsniveau,
  COALESCE(t.gebied, l.code) AS gebied,
  COALESCE(l.naam, t.naam_nl) AS naam,
  COALESCE(l.naam_fr, t.naam_fr) AS naam_fr,
  a.gebied AS arrondissement,
  a.provincie,
  a.gewest,
  'gebied' AS soort,
  CASE WHEN l.naam IS NULL THEN 'statbel_refnis' ELSE 'fusies.csv' END AS bron
FROM toen AS t
FULL JOIN laatste AS l
  ON l.gebiedsniveau = t.gebiedsniveau AND l.code = t.gebied
LEFT JOIN arrondissement AS a
  ON a.gebied = COALESCE(l.arrondissement, t.bovenliggend)
WHERE COALESCE(l.bestaat, TRUE)
UNION ALL
SELECT DISTINCT v.gebiedsniveau, d.gebied, d.naam, NULL, NULL, p.provincie, g.gebied, 'onbekend', 'pinc_gebiedsdefinities'
FROM definitie AS d
JOIN versie AS v
  ON v.reeks = d.reeks AND v.afgeleid AND d.reeks = 'gemeente' AND d.gebied LIKE '9999%'
JOIN landing.pinc_sectoren_hierarchie AS h
  ON h.gebied = d.gebied || 'ZZZZ'
LEFT JOIN landing.statbel_refnis AS g
  ON g.niveau = 'gewest' AND g.gebied = h.gewest
LEFT JOIN (SELECT DISTINCT provincie FROM arrondissement) AS p
  ON p.provincie = h.provincie;

/* From each municipality of a version to that of the next. A split has the share of its inhabitants that went. */
CREATE TEMP TABLE opvolging AS
SELECT
  v.vorige AS van_niveau,
  g.gebied AS van,
  v.gebiedsniveau AS naar_niveau,
  COALESCE(f.naar, g.gebied) AS naar,
  CASE WHEN COUNT(*) OVER (PARTITION BY v.gebiedsniveau, g.gebied) > 1 THEN 'gesplitst' ELSE 'exact' END AS aard,
  CASE
    WHEN COUNT(*) OVER (PARTITION BY v.gebiedsniveau, g.gebied) > 1
    THEN f.inwoners / SUM(f.inwoners) OVER (PARTITION BY v.gebiedsniveau, g.gebied)
  END AS gewicht
FROM versie AS v
JOIN versie AS w
  ON w.gebiedsniveau = v.vorige AND w.afgeleid
JOIN gemeente AS g
  ON g.gebiedsniveau = v.vorige
LEFT JOIN lijst.fusies AS f
  ON f.datum = v.geldig_van AND f.van = g.gebied
WHERE v.reeks = 'gemeente';

/* The larger areas of every municipality, of the versions that ended with its own. */
CREATE TEMP TABLE ligging AS
SELECT
  g.gebiedsniveau AS van_niveau,
  g.gebied AS van,
  h.gebiedsniveau AS naar_niveau,
  CASE h.reeks WHEN 'arrondiss' THEN g.arrondissement WHEN 'provincie' THEN g.provincie ELSE g.gewest END AS naar
FROM gemeente AS g
JOIN versie AS v
  ON v.gebiedsniveau = g.gebiedsniveau AND v.afgeleid
JOIN versie AS h
  ON h.reeks IN ('arrondiss', 'provincie', 'gewest') AND h.geldig_tot IS NOT DISTINCT FROM v.geldig_tot
WHERE NOT CASE h.reeks WHEN 'arrondiss' THEN g.arrondissement WHEN 'provincie' THEN g.provincie ELSE g.gewest END IS NULL;

/* A province that kept its municipalities is the same province; one that lost or won any has no successor. */
CREATE TEMP TABLE gebleven AS
WITH paar AS (
  SELECT oud.naar_niveau AS van_niveau, oud.naar AS van, nieuw.naar_niveau, nieuw.naar, COUNT(*) AS delen
  FROM ligging AS oud
  JOIN opvolging AS o
    ON o.van_niveau = oud.van_niveau AND o.van = oud.van
  JOIN ligging AS nieuw
    ON nieuw.van_niveau = o.naar_niveau AND nieuw.van = o.naar
  JOIN versie AS v
    ON v.gebiedsniveau = nieuw.naar_niveau AND v.vorige = oud.naar_niveau
  GROUP BY oud.naar_niveau, oud.naar, nieuw.naar_niveau, nieuw.naar
)
SELECT van_niveau, van, naar_niveau, naar
FROM paar
QUALIFY delen = SUM(delen) OVER (PARTITION BY van_niveau, van) AND delen = SUM(delen) OVER (PARTITION BY naar_niveau, naar);

/* What PinC's tables give beside the municipalities. What lies below a municipality is taken to the first version of
it that the tables know; later versions follow. */
CREATE TEMP TABLE onderdeel AS
WITH omhoog AS (
  SELECT t.van_niveau, t.van, t.naar_niveau, t.naar
  FROM tabel AS t
  JOIN versie AS v
    ON v.gebiedsniveau = t.van_niveau
  JOIN versie AS n
    ON n.gebiedsniveau = t.naar_niveau
  WHERE v.reeks IN ('statsec', 'wijk', 'deelgemeente') OR n.reeks IN ('politiezone', 'elz', 'vervoerregio')
  UNION
  /* sectors of 2019 by way of those of 2024, whose municipality does not depend on where a border moved */
  SELECT t.van_niveau, t.van, m.naar_niveau, m.naar
  FROM tabel AS t
  JOIN tabel AS m
    ON m.van_niveau = t.naar_niveau AND m.van = t.naar
  JOIN versie AS n
    ON n.gebiedsniveau = m.naar_niveau AND n.reeks = 'gemeente'
  WHERE t.van_niveau = 'statsec2019'
  UNION
  /* an unknown place of a municipality that is gone */
  SELECT d.gebiedsniveau, d.gebied, o.naar_niveau, o.naar
  FROM definitie AS d
  ANTI JOIN tabel AS t
    ON t.van_niveau = d.gebiedsniveau AND t.van = d.gebied
  JOIN opvolging AS o
    ON o.van_niveau = 'gemeente2018' AND d.gebied = o.van || 'ZZZZ'
  WHERE d.gebiedsniveau = 'statsec2019'
)
SELECT o.van_niveau, o.van, o.naar_niveau, o.naar
FROM omhoog AS o
JOIN versie AS n
  ON n.gebiedsniveau = o.naar_niveau
QUALIFY n.reeks <> 'gemeente' OR n.peildag = MIN(n.peildag) OVER (PARTITION BY o.van_niveau, n.reeks)
UNION ALL
SELECT 'gemeente', gemeente, gebiedsniveau, gebiedsniveau
FROM lijst.stad
UNION ALL
/* the region is the vgc, so what a publisher gives the one is the figure of the other */
SELECT 'gewest', '04000', 'vgc', 'vgc'
UNION ALL
/* the 19 municipalities are all of Brussels, so what lies somewhere in Brussels lies in the vgc */
SELECT gebiedsniveau, gebied, 'vgc', 'vgc'
FROM gemeente
WHERE gebiedsniveau = 'gemeente' AND soort = 'onbekend' AND gewest = '04000';

CREATE TEMP TABLE lijn AS
SELECT van_niveau, van, naar_niveau, naar, aard, gewicht
FROM opvolging
UNION ALL
SELECT van_niveau, van, naar_niveau, naar, 'exact', NULL
FROM ligging
UNION ALL
SELECT van_niveau, van, naar_niveau, naar, 'exact', NULL
FROM gebleven
UNION ALL
/* between two versions of the sectors: a new number is a moved border, where PinC still takes the whole along */
SELECT
  o.van_niveau,
  o.van,
  o.naar_niveau,
  o.naar,
  CASE WHEN x.exact THEN 'exact' ELSE 'benaderd' END,
  CASE WHEN NOT x.exact AND x.delen = 1 THEN 1.0 END
FROM onderdeel AS o
JOIN (
  SELECT
    van_niveau,
    van,
    naar_niveau,
    COUNT(*) AS delen,
    naar_niveau <> 'statsec2024' OR (COUNT(*) = 1 AND (MIN(naar) = van OR MIN(naar) LIKE '%ZZZZ')) AS exact
  FROM onderdeel
  GROUP BY van_niveau, van, naar_niveau
) AS x
  ON x.van_niveau = o.van_niveau AND x.van = o.van AND x.naar_niveau = o.naar_niveau;

/* The region of what is no municipality. */
CREATE TEMP TABLE plaats AS
/* what is smaller than a municipality has the region of its municipality */
SELECT o.van_niveau AS gebiedsniveau, o.van AS gebied, MIN(g.gewest) AS gewest
FROM onderdeel AS o
JOIN gemeente AS g
  ON g.gebiedsniveau = o.naar_niveau AND g.gebied = o.naar
GROUP BY o.van_niveau, o.van
UNION ALL
/* what is larger, that of those in it */
SELECT o.naar_niveau, o.naar, MIN(g.gewest)
FROM onderdeel AS o
JOIN gemeente AS g
  ON g.gebiedsniveau = o.van_niveau AND g.gebied = o.van AND g.soort = 'gebied'
WHERE o.naar_niveau IN ('politiezone', 'elz', 'vervoerregio')
GROUP BY o.naar_niveau, o.naar;

CREATE TEMP TABLE alle AS
SELECT gebiedsniveau, gebied, naam, naam_fr, gewest, soort, bron
FROM gemeente
UNION ALL
SELECT
  d.gebiedsniveau,
  d.gebied,
  d.naam,
  NULL,
  p.gewest,
  CASE WHEN d.gebied LIKE '%ZZZZ' OR d.gebied LIKE '%ONBE' THEN 'onbekend' ELSE 'gebied' END,
  'pinc_gebiedsdefinities'
FROM definitie AS d
LEFT JOIN plaats AS p
  ON p.gebiedsniveau = d.gebiedsniveau AND p.gebied = d.gebied
WHERE d.reeks IN ('statsec', 'deelgemeente')
UNION ALL
SELECT
  'statsec2019',
  s.gebied,
  s.naam,
  NULL,
  g.gewest,
  CASE WHEN s.gebied LIKE '%ZZZZ' THEN 'onbekend' ELSE 'gebied' END,
  'pinc_sectoren'
FROM landing.pinc_sectoren AS s
JOIN gemeente AS g
  ON g.gebiedsniveau = 'gemeente2018' AND g.gebied = s.gemeente2018 AND g.gewest = '03000'
UNION ALL
SELECT
  'wijk2024',
  w.gebied,
  w.naam,
  NULL,
  p.gewest,
  CASE WHEN w.gebied LIKE '%ONB' THEN 'onbekend' ELSE 'gebied' END,
  'stadgent_wijken'
FROM landing.stadgent_wijken AS w
LEFT JOIN plaats AS p
  ON p.gebiedsniveau = 'wijk2024' AND p.gebied = w.gebied
UNION ALL
SELECT v.gebiedsniveau, r.gebied, r.naam_nl, r.naam_fr, COALESCE(a.gewest, p.gewest, r.gebied), 'gebied', 'statbel_refnis'
FROM landing.statbel_refnis AS r
JOIN versie AS v
  ON v.reeks = CASE r.niveau WHEN 'arrondissement' THEN 'arrondiss' ELSE r.niveau END
  AND v.reeks <> 'gemeente'
  AND v.peildag BETWEEN r.geldig_van AND r.geldig_tot
LEFT JOIN arrondissement AS a
  ON r.niveau = 'arrondissement' AND a.gebied = r.gebied
LEFT JOIN (SELECT DISTINCT provincie, gewest FROM arrondissement) AS p
  ON r.niveau = 'provincie' AND p.provincie = r.gebied
UNION ALL
/* a region without provinces stands among them as a whole */
SELECT v.gebiedsniveau, r.gebied, r.naam_nl, r.naam_fr, r.gebied, 'gebied', 'statbel_refnis'
FROM landing.statbel_refnis AS r
JOIN arrondissement AS a
  ON r.niveau = 'gewest' AND a.provincie = r.gebied
JOIN versie AS v
  ON v.reeks = 'provincie'
UNION ALL
SELECT p.gebiedsniveau, p.gebied, MIN(n.naam), NULL, MIN(p.gewest), 'gebied', 'pinc_sectoren_hierarchie'
FROM plaats AS p
JOIN (
  SELECT DISTINCT n.gebiedsniveau, n.gebied, n.naam
  FROM landing.pinc_sectoren_hierarchie AS h
  CROSS JOIN LATERAL (
    VALUES ('politiezone', h.politiezone, h.politiezone_naam), ('elz', h.elz, h.elz_naam), ('vervoerregio', h.vervoerregio, h.vervoerregio_naam)
  ) AS n(gebiedsniveau, gebied, naam)
) AS n
  ON n.gebiedsniveau = p.gebiedsniveau AND n.gebied = p.gebied
WHERE n.gebied <> 'geen'
GROUP BY p.gebiedsniveau, p.gebied
UNION ALL
SELECT gebiedsniveau, gebied, naam, naam_fr, gewest, 'gebied', bron
FROM lijst.aanvulling;

/* Codes of Eurostat, as Statbel's table had them on the day of a version; a merged municipality has the region of its
parts where they share one. */
CREATE TEMP TABLE eurostat AS
WITH code AS (
  SELECT
    v.gebiedsniveau,
    n.gebied,
    CASE WHEN COUNT(*) = 1 THEN MIN(CASE n.niveau WHEN 4 THEN n.bovenliggend ELSE n.lau_code END) END AS nuts,
    MIN(CASE n.niveau WHEN 4 THEN n.lau_code END) AS lau
  FROM landing.statbel_nuts_lau AS n
  JOIN versie AS v
    ON v.reeks = CASE n.niveau WHEN 1 THEN 'gewest' WHEN 2 THEN 'provincie' WHEN 3 THEN 'arrondiss' ELSE 'gemeente' END
    AND (v.reeks <> 'gemeente' OR v.afgeleid)
    AND v.peildag >= n.geldig_vanaf
    AND v.peildag < n.geldig_tot
  GROUP BY v.gebiedsniveau, n.gebied
)
SELECT gebiedsniveau, gebied, nuts, lau
FROM code
UNION ALL
SELECT o.naar_niveau, o.naar, CASE WHEN MIN(c.nuts) = MAX(c.nuts) AND COUNT(*) = COUNT(c.nuts) THEN MIN(c.nuts) END, NULL
FROM opvolging AS o
LEFT JOIN code AS c
  ON c.gebiedsniveau = o.van_niveau AND c.gebied = o.van
ANTI JOIN code AS k
  ON k.gebiedsniveau = o.naar_niveau AND k.gebied = o.naar
GROUP BY o.naar_niveau, o.naar;

/* PinC's short name of a version goes first, then the name in our own lists, then what PinC called it in another version. */
CREATE TABLE gebied AS
SELECT
  a.gebiedsniveau,
  a.gebied,
  COALESCE(d.naam, CASE WHEN a.bron <> 'statbel_refnis' THEN a.naam END, n.naam, a.naam) AS naam,
  a.naam_fr,
  a.gewest,
  a.soort,
  v.geldig_van,
  v.geldig_tot,
  e.nuts,
  e.lau,
  a.bron
FROM alle AS a
JOIN versie AS v
  ON v.gebiedsniveau = a.gebiedsniveau
LEFT JOIN definitie AS d
  ON d.gebiedsniveau = a.gebiedsniveau AND d.gebied = a.gebied
LEFT JOIN (SELECT reeks, gebied, ARG_MAX(naam, peildag) AS naam FROM definitie GROUP BY reeks, gebied) AS n
  ON n.reeks = v.reeks AND n.gebied = a.gebied
LEFT JOIN eurostat AS e
  ON e.gebiedsniveau = a.gebiedsniveau AND e.gebied = a.gebied
ORDER BY a.gebiedsniveau, a.gebied;

CREATE TABLE gebied_relatie AS
SELECT l.van_niveau, l.van, l.naar_niveau, l.naar, l.aard, l.gewicht
FROM lijn AS l
JOIN gebied AS v
  ON v.gebiedsniveau = l.van_niveau AND v.gebied = l.van
JOIN gebied AS n
  ON n.gebiedsniveau = l.naar_niveau AND n.gebied = l.naar
ORDER BY l.van_niveau, l.van, l.naar_niveau, l.naar;

/* What the lists say against each other or against themselves, a sentence each; what we can mend ourselves first. */
CREATE TABLE fout AS
WITH gevonden AS (
  SELECT gebiedsniveau || ' ' || gebied || ' stands in the lists more than once' AS wat
  FROM gebied
  GROUP BY gebiedsniveau, gebied
  HAVING COUNT(*) > 1
  UNION ALL
  SELECT gebiedsniveau || ' ' || gebied || ' has no name, or lies in no arrondissement that statbel_refnis knows'
  FROM gebied
  WHERE naam IS NULL OR (gewest IS NULL AND soort = 'gebied' AND gebiedsniveau <> 'belgie')
  UNION ALL
  SELECT DISTINCT n.gebiedsniveau || ' is a level without an area; take it out of gebiedsniveau.csv'
  FROM gebiedsniveau AS n
  ANTI JOIN gebied AS g
    ON g.gebiedsniveau = n.gebiedsniveau
  UNION ALL
  SELECT van_niveau || ' ' || van || ' goes whole to more than one ' || naar_niveau || ': ' || STRING_AGG(naar, ', ' ORDER BY naar)
  FROM gebied_relatie
  WHERE aard = 'exact'
  GROUP BY van_niveau, van, naar_niveau
  HAVING COUNT(*) > 1
  UNION ALL
  SELECT r.van_niveau || ' ' || r.van || ' goes to ' || r.naar_niveau || ' ' || r.naar || ', and one of both is in no list'
  FROM lijn AS r
  LEFT JOIN gebied AS g
    ON g.gebiedsniveau = r.van_niveau AND g.gebied = r.van
  LEFT JOIN gebied AS h
    ON h.gebiedsniveau = r.naar_niveau AND h.gebied = r.naar
  WHERE (g.gebied IS NULL AND r.van_niveau <> 'wijk2024')
    OR (h.gebied IS NULL AND NOT r.naar_niveau IN ('wijk2024', 'politiezone', 'elz', 'vervoerregio'))
  UNION ALL
  SELECT 'gemeente ' || g.gebied || ' is new in ' || g.gebiedsniveau || ' and fusies.csv does not say what from'
  FROM gemeente AS g
  JOIN versie AS v
    ON v.gebiedsniveau = g.gebiedsniveau AND v.afgeleid
  JOIN versie AS w
    ON w.gebiedsniveau = v.vorige AND w.afgeleid
  ANTI JOIN opvolging AS o
    ON o.naar_niveau = g.gebiedsniveau AND o.naar = g.gebied
  UNION ALL
  SELECT 'fusies.csv: ' || f.van || ' goes to ' || f.naar || ' on ' || f.datum::TEXT || ', which is the first day of no version in gebiedsniveau.csv'
  FROM lijst.fusies AS f
  ANTI JOIN versie AS v
    ON v.reeks = 'gemeente' AND v.geldig_van = f.datum
  WHERE f.datum < (SELECT MAX(geldig_van) FROM versie WHERE reeks = 'gemeente')
  UNION ALL
  SELECT 'fusies.csv: ' || van || ' is split over more than one municipality; say in inwoners how many went to each'
  FROM opvolging
  WHERE aard = 'gesplitst' AND gewicht IS NULL
  UNION ALL
  SELECT 'fusies.csv and ' || t.bron || ' disagree: ' || t.van_niveau || ' ' || t.van || ' goes to ' || o.naar || ' or to ' || t.naar
  FROM tabel AS t
  JOIN opvolging AS o
    ON o.van_niveau = t.van_niveau AND o.van = t.van AND o.naar_niveau = t.naar_niveau AND o.naar <> t.naar AND o.aard = 'exact'
  UNION ALL
  SELECT 'statbel_refnis and ' || t.bron || ' disagree: ' || t.van_niveau || ' ' || t.van || ' lies in ' || t.naar_niveau || ' ' || l.naar || ' or in ' || t.naar
  FROM tabel AS t
  JOIN ligging AS l
    ON l.van_niveau = t.van_niveau AND l.van = t.van AND l.naar_niveau = t.naar_niveau AND l.naar <> t.naar
  UNION ALL
  SELECT g.gebiedsniveau || ' ' || g.gebied || ' is in ' || g.bron || ' and not in pinc_gebiedsdefinities'
  FROM gemeente AS g
  JOIN (SELECT DISTINCT gebiedsniveau FROM definitie) AS k
    ON k.gebiedsniveau = g.gebiedsniveau
  ANTI JOIN definitie AS d
    ON d.gebiedsniveau = g.gebiedsniveau AND d.gebied = g.gebied
  WHERE g.gewest IN ('02000', '04000')
  UNION ALL
  SELECT d.gebiedsniveau || ' ' || d.gebied || ' is in pinc_gebiedsdefinities, and in neither fusies.csv nor statbel_refnis'
  FROM definitie AS d
  ANTI JOIN gemeente AS g
    ON g.gebiedsniveau = d.gebiedsniveau AND g.gebied = d.gebied
  WHERE d.reeks = 'gemeente'
  UNION ALL
  SELECT 'statbel_refnis_lijst names ' || l.gebied || ', which was no area of ' || l.jaar::TEXT || ' to statbel_refnis'
  FROM landing.statbel_refnis_lijst AS l
  ANTI JOIN landing.statbel_refnis AS r
    ON r.gebied = l.gebied AND MAKE_DATE(l.jaar, 1, 1) BETWEEN r.geldig_van AND r.geldig_tot
  ANTI JOIN lijst.aanvulling AS a
    ON a.gebied = l.gebied
)
SELECT wat
FROM gevonden
ORDER BY CASE WHEN wat LIKE 'fusies.csv%' THEN 0 ELSE 1 END, wat;
