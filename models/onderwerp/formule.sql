MODEL (
  name onderwerp.formule,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Ratio''s en gewogen gemiddelden: factor maal teller gedeeld door noemer, op elk gebied en in elke periode waar beide bestaan.',
  column_descriptions (
    waarde = 'Factor maal teller gedeeld door noemer; leeg als een van beide ontbreekt.',
    teller = 'Waarde van de teller.',
    noemer = 'Waarde van de noemer.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status)))
);

WITH paar AS (
  SELECT
    o.onderwerp,
    o.factor,
    t.gebiedsniveau,
    t.gebied,
    t.periode,
    t.waarde AS teller,
    n.waarde AS noemer,
    @STATUS_VAN_DELEN(t.status, n.status) AS status,
    CASE
      WHEN t.status <> 'ok' THEN 'teller: ' || COALESCE(t.reden, t.status)
      WHEN n.status <> 'ok' THEN 'noemer: ' || COALESCE(n.reden, n.status)
    END AS reden,
    n.waarde = 0 AS zonder_noemer,
    o.soort = 'percentage' AND NOT t.waarde BETWEEN 0 AND n.waarde AS geen_deel
  FROM ref.onderwerp AS o
  JOIN onderwerp.basis AS t
    ON t.onderwerp = o.teller
  JOIN onderwerp.basis AS n
    ON n.onderwerp = o.noemer
    AND n.gebiedsniveau = t.gebiedsniveau
    AND n.gebied = t.gebied
    AND n.periode = t.periode
  WHERE o.is_verhouding
), bepaald AS (
  SELECT
    onderwerp,
    factor,
    gebiedsniveau,
    gebied,
    periode,
    teller,
    noemer,
    CASE
      WHEN status <> 'ok' THEN status
      WHEN zonder_noemer THEN 'nvt'
      WHEN geen_deel THEN 'onbekend'
      ELSE 'ok'
    END AS status,
    CASE
      WHEN status <> 'ok' THEN reden
      WHEN zonder_noemer THEN 'de noemer is nul'
      WHEN geen_deel THEN 'het deel is kleiner dan nul of groter dan het geheel'
    END AS reden
  FROM paar
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  (CASE WHEN status = 'ok' THEN factor * teller / noemer END)::DOUBLE AS waarde,
  teller::DOUBLE AS teller,
  noemer::DOUBLE AS noemer,
  status::TEXT AS status,
  reden::TEXT AS reden
FROM bepaald
