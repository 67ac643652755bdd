MODEL (
  name onderwerp.jaarsom,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Jaren van wat enkel per maand of kwartaal gepubliceerd is en optelt: de som als het jaar volledig is, anders onbekend.',
  column_descriptions (
    periode = 'Jaar.',
    waarde = 'De waarde; bij een andere status dan ok wat gekend is.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, getoond, grondgebied, trede, geleverd, status, verborgen)))
);

WITH lopend AS (
  /* the periods of what adds up over time */
  SELECT r.onderwerp, r.gebiedsniveau, k.jaar, k.periodiciteit
  FROM onderwerp.reeks AS r
  JOIN ref.periode AS k
    ON k.periode = r.periode
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.periodesoort = 'lopend' AND o.telt_op
), zonder_jaar AS (
  /* the months or quarters of every year that the publisher does not give himself */
  SELECT
    d.onderwerp,
    d.gebiedsniveau,
    d.jaar,
    d.periodiciteit,
    COUNT(*) AS aantal,
    CASE d.periodiciteit WHEN 'maand' THEN 12 ELSE 4 END AS nodig
  FROM lopend AS d
  ANTI JOIN lopend AS j
    ON j.periodiciteit = 'jaar' AND j.onderwerp = d.onderwerp AND j.gebiedsniveau = d.gebiedsniveau AND j.jaar = d.jaar
  WHERE d.periodiciteit IN ('maand', 'kwartaal')
  GROUP BY d.onderwerp, d.gebiedsniveau, d.jaar, d.periodiciteit
), keuze AS (
  /* months and quarters of one year: what is complete, else the quarters */
  SELECT
    *,
    CASE periodiciteit WHEN 'maand' THEN 'maanden' ELSE 'kwartalen' END AS soort,
    ROW_NUMBER() OVER (
      PARTITION BY onderwerp, gebiedsniveau, jaar
      ORDER BY CASE WHEN aantal = nodig THEN 0 ELSE 1 END, periodiciteit
    ) AS keuze
  FROM zonder_jaar
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
    a.grondgebied,
    a.trede,
    BOOL_OR(a.geleverd) AS geleverd,
    @SOM(a.waarde) AS waarde,
    @STATUS_VAN_SOM(a.status) AS status,
    COUNT(*) AS delen,
    COUNT(CASE WHEN a.status = 'onbekend' THEN 1 END) AS onbekend,
    COUNT(CASE WHEN a.status = 'verborgen' THEN 1 END) AS verborgen
  FROM onderwerp.aangevuld AS a
  JOIN ref.periode AS p
    ON p.periode = a.periode
  JOIN keuze AS k
    ON k.onderwerp = a.onderwerp
    AND k.gebiedsniveau = a.gebiedsniveau
    AND k.jaar = p.jaar
    AND k.periodiciteit = p.periodiciteit
    AND k.keuze = 1
  GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied, k.jaar, k.soort, k.aantal, k.nodig, a.getoond, a.grondgebied, a.trede
), geteld AS (
  SELECT *, CASE WHEN aantal < nodig THEN aantal::TEXT || ' van ' || nodig::TEXT || ' ' || soort END AS jaarreden
  FROM samen
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  jaar::TEXT AS periode,
  getoond::BOOLEAN AS getoond,
  grondgebied::INT AS grondgebied,
  trede::INT AS trede,
  geleverd::BOOLEAN AS geleverd,
  waarde::DOUBLE AS waarde,
  (CASE WHEN jaarreden IS NULL THEN status ELSE 'onbekend' END)::TEXT AS status,
  (CASE
    WHEN NOT jaarreden IS NULL THEN jaarreden
    WHEN onbekend > 0 THEN onbekend::TEXT || ' van ' || delen::TEXT || ' ' || soort || ' onbekend'
    WHEN verborgen > 0 THEN verborgen::TEXT || ' van ' || delen::TEXT || ' ' || soort || ' verborgen'
    WHEN status <> 'ok' THEN 'alle ' || soort || ' zijn ' || status
  END)::TEXT AS reden,
  jaarreden::TEXT AS jaarreden,
  verborgen::INT AS verborgen
FROM geteld
