MODEL (
  name statistiek.rang,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebied, periode),
  description 'De rang onder de dertien centrumsteden van wat geen aantal is, met het interval dat uit de intervallen van de waarden volgt.',
  column_descriptions (
    gebiedsniveau = 'gemeente, of vgc waar de VGC vergelijkbaar is.',
    gebied = 'Code van vandaag.',
    periode = 'Jaar of schooljaar.',
    rang = 'Rang: 1 is de hoogste waarde, gelijke waarden delen hun rang; leeg als een stad om een andere reden dan zichzelf geen cijfer heeft.'
  ),
  audits (
    unique_combination_of_columns(columns := (onderwerp, gebied, periode)),
    rang_ligt_in_zijn_interval,
    rang_van_wie_er_allen_zijn
  )
);

WITH onderwerp AS (
  SELECT DISTINCT r.onderwerp, r.periode, o.vgc_vergelijkbaar
  FROM statistiek.reeks AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND NOT o.is_aantal
), stad AS (
  SELECT
    o.onderwerp,
    o.periode,
    s.gebiedsniveau,
    s.gebied,
    s.naam,
    COALESCE(r.status, 'onbekend') AS status,
    CASE WHEN r.status = 'ok' THEN r.waarde END AS waarde,
    CASE WHEN r.status = 'ok' THEN r.ondergrens_998 END AS onder,
    CASE WHEN r.status = 'ok' THEN r.bovengrens_998 END AS boven
  FROM onderwerp AS o
  JOIN ref.stad AS s
    ON o.vgc_vergelijkbaar OR s.gebiedsniveau = 'gemeente'
  LEFT JOIN statistiek.reeks AS r
    ON r.onderwerp = o.onderwerp AND r.periode = o.periode AND r.gebiedsniveau = s.gebiedsniveau AND r.gebied = s.gebied
), groep AS (
  SELECT
    onderwerp,
    periode,
    COUNT(waarde) AS gerangschikt,
    SUM(CASE WHEN gebiedsniveau = 'gemeente' AND status IN ('onbekend', 'onderdrukt') THEN 1 ELSE 0 END) = 0 AND COUNT(waarde) > 1 AS volledig,
    STRING_AGG(CASE WHEN waarde IS NULL AND gebiedsniveau = 'gemeente' THEN naam END, ', ' ORDER BY naam) AS zonder
  FROM stad
  GROUP BY onderwerp, periode
)
/* Klein, Wright and Wieczorek, JRSS C 69 (2020): above are those whose interval lies wholly above, and so on */
SELECT
  a.onderwerp::TEXT AS onderwerp,
  a.gebiedsniveau::TEXT AS gebiedsniveau,
  a.gebied::TEXT AS gebied,
  a.periode::TEXT AS periode,
  (CASE WHEN g.volledig THEN 1 + SUM(CASE WHEN b.waarde > a.waarde THEN 1 ELSE 0 END) END)::INT AS rang,
  (CASE WHEN g.volledig THEN g.gerangschikt END)::INT AS gerangschikt,
  (CASE WHEN g.volledig AND NOT MIN(a.onder) IS NULL THEN 1 + SUM(CASE WHEN b.onder > a.boven THEN 1 ELSE 0 END) END)::INT AS rang_van,
  (CASE WHEN g.volledig AND NOT MIN(a.onder) IS NULL THEN SUM(CASE WHEN b.boven < a.onder THEN 0 ELSE 1 END) END)::INT AS rang_tot,
  g.zonder::TEXT AS rang_zonder
FROM stad AS a
JOIN stad AS b
  ON b.onderwerp = a.onderwerp AND b.periode = a.periode AND NOT b.waarde IS NULL
JOIN groep AS g
  ON g.onderwerp = a.onderwerp AND g.periode = a.periode
WHERE NOT a.waarde IS NULL
GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied, a.periode, g.volledig, g.gerangschikt, g.zonder;

AUDIT (name rang_ligt_in_zijn_interval);
SELECT * FROM @this_model WHERE rang NOT BETWEEN rang_van AND rang_tot OR rang_tot > gerangschikt;

AUDIT (name rang_van_wie_er_allen_zijn);
SELECT onderwerp, periode FROM @this_model GROUP BY onderwerp, periode
HAVING COUNT(rang) NOT IN (0, COUNT(*)) OR MAX(gerangschikt) <> COUNT(rang)
