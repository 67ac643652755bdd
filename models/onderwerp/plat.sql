MODEL (
  name onderwerp.plat,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op elk gebied van elk niveau: zoals gepubliceerd, en op elk grondgebied dat een volledige reeks krijgt.',
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status, verborgen)))
);

WITH samen AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, reden, verborgen
  FROM onderwerp.volledig
  WHERE getoond AND trede = 0
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, reden, verborgen
  FROM onderwerp.opgelost
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  (CASE WHEN status = 'ok' THEN waarde END)::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  waarde::DOUBLE AS gekend,
  verborgen::INT AS verborgen
FROM samen
