MODEL (
  name onderwerp.volledig,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle platte onderwerpen op de niveaus waarop ze gepubliceerd zijn, voor elk gebied en met de jaren die uit maanden of kwartalen volgen.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar, schooljaar, jaar en maand, of jaar en kwartaal.',
    periode_begin = 'Eerste dag van de periode.',
    getoond = 'Waar als het gebied in de marts een rij krijgt.',
    trede = 'Hoogte van het grondgebied (ref.grondgebied).',
    geleverd = 'Waar als de uitgever een rij geeft, ook een zonder waarde.',
    waarde = 'De waarde; bij een andere status dan ok wat gekend is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    jaarreden = 'Hoeveel maanden of kwartalen er van het jaar zijn, als het er te weinig zijn.',
    verborgen = 'Hoeveel cijfers erin de uitgever verbergt.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, getoond, trede, geleverd, status, verborgen)))
);

SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  getoond::BOOLEAN AS getoond,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  NULL::TEXT AS jaarreden,
  (CASE WHEN status = 'verborgen' THEN 1 ELSE 0 END)::INT AS verborgen
FROM onderwerp.aangevuld
UNION ALL
SELECT
  onderwerp,
  gebiedsniveau,
  gebied,
  periode,
  periode_begin,
  getoond,
  trede,
  geleverd,
  waarde,
  status,
  reden,
  jaarreden,
  verborgen
FROM onderwerp.jaarsom
