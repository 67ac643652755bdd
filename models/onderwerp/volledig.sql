MODEL (
  name onderwerp.volledig,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op de niveaus waarop ze gepubliceerd zijn, voor elk gebied en met de jaren die uit maanden of kwartalen volgen.',
  column_descriptions (
    waarde = 'De waarde; bij een andere status dan ok wat gekend is.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, getoond, grondgebied, trede, geleverd, status, verborgen)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  getoond::BOOLEAN AS getoond,
  grondgebied::INT AS grondgebied,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  jaarreden::TEXT AS jaarreden,
  (CASE WHEN status = 'verborgen' THEN 1 ELSE 0 END)::INT AS verborgen
FROM onderwerp.aangevuld
UNION ALL
SELECT
  onderwerp,
  gebiedsniveau,
  gebied,
  periode,
  getoond,
  grondgebied,
  trede,
  geleverd,
  waarde,
  status,
  reden,
  jaarreden,
  verborgen
FROM onderwerp.jaarsom
