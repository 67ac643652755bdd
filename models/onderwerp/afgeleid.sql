MODEL (
  name onderwerp.afgeleid,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Onderwerpen die een som of verschil van platte onderwerpen zijn, ook tegenover het jaar ervoor, op hetzelfde grondgebied.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Periode waarin alle termen er zijn.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'Som van de termen maal hun coëfficiënt; leeg als er een ontbreekt.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    bron = 'Datasets van de termen.',
    bronversie = 'Versies van de aanvaarde landing van de termen.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status, bron, bronversie)))
);

WITH deel AS (
  SELECT
    t.onderwerp,
    t.term,
    t.coefficient,
    p.gebiedsniveau,
    p.gebied,
    CASE
      WHEN t.jaren_terug = 0 THEN p.periode
      ELSE (SUBSTRING(p.periode, 1, 4)::INT + t.jaren_terug)::TEXT
    END || CASE
      WHEN t.jaren_terug > 0 AND LENGTH(p.periode) = 9 THEN '-' || (SUBSTRING(p.periode, 1, 4)::INT + t.jaren_terug + 1)::TEXT
      ELSE ''
    END AS periode,
    p.periode_begin,
    p.waarde,
    p.status,
    p.reden,
    p.bron,
    p.bronversie
  FROM ref.term AS t
  JOIN onderwerp.plat AS p
    ON p.onderwerp = t.term AND (t.jaren_terug = 0 OR LENGTH(p.periode) IN (4, 9))
), aantal AS (
  SELECT onderwerp, COUNT(*) AS termen
  FROM ref.term
  GROUP BY onderwerp
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    periode,
    MAX(periode_begin) AS periode_begin,
    COUNT(*) AS termen,
    SUM(coefficient * waarde) AS waarde,
    SUM(CASE WHEN status = 'onbekend' THEN 1 ELSE 0 END) AS onbekend,
    SUM(CASE WHEN status = 'verborgen' THEN 1 ELSE 0 END) AS verborgen,
    SUM(CASE WHEN status = 'ok' THEN 1 ELSE 0 END) AS ok,
    SUM(CASE WHEN status = 'leeg' THEN 1 ELSE 0 END) AS leeg,
    MIN(CASE WHEN status IN ('onbekend', 'verborgen') THEN term || ': ' || COALESCE(reden, status) END) AS reden,
    MIN(bron) AS eerste_bron,
    MAX(bron) AS laatste_bron,
    MIN(bronversie) AS eerste_versie,
    MAX(bronversie) AS laatste_versie
  FROM deel
  GROUP BY onderwerp, gebiedsniveau, gebied, periode
), bepaald AS (
  SELECT
    s.*,
    CASE
      WHEN s.onbekend > 0 THEN 'onbekend'
      WHEN s.verborgen > 0 THEN 'verborgen'
      WHEN s.ok > 0 THEN 'ok'
      WHEN s.leeg > 0 THEN 'leeg'
      ELSE 'nvt'
    END AS status
  FROM samen AS s
  JOIN aantal AS a
    ON a.onderwerp = s.onderwerp AND a.termen = s.termen
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  (CASE WHEN status = 'ok' THEN waarde END)::DOUBLE AS waarde,
  status::TEXT AS status,
  reden::TEXT AS reden,
  (CASE WHEN eerste_bron = laatste_bron THEN eerste_bron ELSE eerste_bron || ' + ' || laatste_bron END)::TEXT AS bron,
  (CASE WHEN eerste_versie = laatste_versie THEN eerste_versie ELSE eerste_versie || ' + ' || laatste_versie END)::TEXT AS bronversie
FROM bepaald
