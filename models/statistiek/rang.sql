MODEL (
  name statistiek.rang,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebied, periode),
  description 'De rang onder de dertien centrumsteden, met het interval dat uit de intervallen van de waarden volgt.',
  column_descriptions (
    gebiedsniveau = 'gemeente, of vgc waar de VGC vergelijkbaar is.',
    gebied = 'Code van vandaag.',
    periode = 'Jaar of schooljaar.',
    rang = 'Rang: 1 is de hoogste waarde, gelijke waarden delen hun rang.'
  ),
  audits (
    unique_combination_of_columns(columns := (onderwerp, gebied, periode)),
    rang_ligt_in_zijn_interval
  )
);

WITH stad AS (
  SELECT r.onderwerp, r.gebiedsniveau, r.gebied, r.periode, r.waarde, r.ondergrens_998 AS onder, r.bovengrens_998 AS boven
  FROM statistiek.reeks AS r
  JOIN ref.stad AS s
    ON s.gebiedsniveau = r.gebiedsniveau AND s.gebied = r.gebied
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND (o.vgc_vergelijkbaar OR s.gebiedsniveau = 'gemeente')
  WHERE r.status = 'ok'
)
/* Klein, Wright and Wieczorek, JRSS C 69 (2020): above are those whose interval lies wholly above, and so on */
SELECT
  a.onderwerp::TEXT AS onderwerp,
  a.gebiedsniveau::TEXT AS gebiedsniveau,
  a.gebied::TEXT AS gebied,
  a.periode::TEXT AS periode,
  (1 + SUM(CASE WHEN b.waarde > a.waarde THEN 1 ELSE 0 END))::INT AS rang,
  COUNT(*)::INT AS gerangschikt,
  (CASE WHEN NOT MIN(a.onder) IS NULL THEN 1 + SUM(CASE WHEN b.onder > a.boven THEN 1 ELSE 0 END) END)::INT AS rang_van,
  (CASE WHEN NOT MIN(a.onder) IS NULL THEN SUM(CASE WHEN b.boven < a.onder THEN 0 ELSE 1 END) END)::INT AS rang_tot
FROM stad AS a
JOIN stad AS b
  ON b.onderwerp = a.onderwerp AND b.periode = a.periode
GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied, a.periode;

AUDIT (name rang_ligt_in_zijn_interval);
SELECT * FROM @this_model WHERE rang NOT BETWEEN rang_van AND rang_tot OR rang_tot > gerangschikt
