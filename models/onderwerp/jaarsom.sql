MODEL (
  name onderwerp.jaarsom,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Jaren van wat enkel per maand of kwartaal gepubliceerd is en optelt: de som als het jaar volledig is, anders onbekend.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar.',
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

WITH reeks AS (
  SELECT r.onderwerp, r.gebiedsniveau, r.periode, SUBSTRING(r.periode, 1, 4) AS jaar, LENGTH(r.periode) = 4 AS jaarlijks
  FROM (SELECT DISTINCT onderwerp, gebiedsniveau, periode FROM onderwerp.gepubliceerd) AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.periodesoort = 'lopend' AND o.aggregatie IN ('som', 'punten')
), deel AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    jaar,
    CASE WHEN POSITION('Q' IN periode) > 0 THEN 'kwartalen' ELSE 'maanden' END AS soort,
    COUNT(*) AS aantal
  FROM reeks
  WHERE NOT jaarlijks AND LENGTH(periode) = 7
  GROUP BY onderwerp, gebiedsniveau, jaar, CASE WHEN POSITION('Q' IN periode) > 0 THEN 'kwartalen' ELSE 'maanden' END
), keuze AS (
  /* months and quarters of one year: what is complete, else the quarters */
  SELECT
    d.onderwerp,
    d.gebiedsniveau,
    d.jaar,
    d.soort,
    d.aantal,
    CASE d.soort WHEN 'maanden' THEN 12 ELSE 4 END AS nodig,
    ROW_NUMBER() OVER (
      PARTITION BY d.onderwerp, d.gebiedsniveau, d.jaar
      ORDER BY CASE WHEN d.aantal = CASE d.soort WHEN 'maanden' THEN 12 ELSE 4 END THEN 0 ELSE 1 END, d.soort
    ) AS keuze
  FROM deel AS d
  ANTI JOIN reeks AS r
    ON r.jaarlijks AND r.onderwerp = d.onderwerp AND r.gebiedsniveau = d.gebiedsniveau AND r.jaar = d.jaar
), samen AS (
  SELECT
    a.onderwerp,
    a.gebiedsniveau,
    a.gebied,
    k.jaar,
    k.soort,
    k.aantal,
    k.nodig,
    a.getoond,
    a.trede,
    BOOL_OR(a.geleverd) AS geleverd,
    SUM(a.waarde) AS waarde,
    COUNT(*) AS delen,
    COUNT(CASE WHEN a.status = 'onbekend' THEN 1 END) AS onbekend,
    COUNT(CASE WHEN a.status = 'verborgen' THEN 1 END) AS verborgen,
    COUNT(CASE WHEN a.status = 'ok' THEN 1 END) AS ok,
    COUNT(CASE WHEN a.status = 'leeg' THEN 1 END) AS leeg
  FROM onderwerp.aangevuld AS a
  JOIN keuze AS k
    ON k.onderwerp = a.onderwerp
    AND k.gebiedsniveau = a.gebiedsniveau
    AND k.jaar = SUBSTRING(a.periode, 1, 4)
    AND k.keuze = 1
    AND k.soort = CASE WHEN POSITION('Q' IN a.periode) > 0 THEN 'kwartalen' ELSE 'maanden' END
  GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied, k.jaar, k.soort, k.aantal, k.nodig, a.getoond, a.trede
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  jaar::TEXT AS periode,
  MAKE_DATE(jaar::INT, 1, 1)::DATE AS periode_begin,
  getoond::BOOLEAN AS getoond,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  (
    CASE
      WHEN aantal < nodig OR onbekend > 0 THEN 'onbekend'
      WHEN verborgen > 0 THEN 'verborgen'
      WHEN ok > 0 THEN 'ok'
      WHEN leeg > 0 THEN 'leeg'
      ELSE 'nvt'
    END
  )::TEXT AS status,
  (
    CASE
      WHEN aantal < nodig THEN aantal::TEXT || ' van ' || nodig::TEXT || ' ' || soort
      WHEN onbekend > 0 THEN onbekend::TEXT || ' van ' || delen::TEXT || ' ' || soort || ' onbekend'
      WHEN verborgen > 0 THEN verborgen::TEXT || ' van ' || delen::TEXT || ' ' || soort || ' verborgen'
    END
  )::TEXT AS reden,
  (CASE WHEN aantal < nodig THEN aantal::TEXT || ' van ' || nodig::TEXT || ' ' || soort END)::TEXT AS jaarreden,
  verborgen::INT AS verborgen
FROM samen
