MODEL (
  name onderwerp.formule,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Ratio''s en gewogen gemiddelden: factor maal teller gedeeld door noemer, op elk gebied en in elke periode waar beide bestaan.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Jaar.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'Factor maal teller gedeeld door noemer; leeg als een van beide ontbreekt.',
    teller = 'Waarde van de teller.',
    noemer = 'Waarde van de noemer.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    bron = 'Dataset van teller en noemer.',
    bronversie = 'Versies van de aanvaarde landing van teller en noemer.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status, bron, bronversie)))
);

WITH deel AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, bron, bronversie
  FROM onderwerp.plat
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, bron, bronversie
  FROM onderwerp.afgeleid
), paar AS (
  SELECT
    o.onderwerp,
    o.factor,
    t.gebiedsniveau,
    t.gebied,
    t.periode,
    t.periode_begin,
    t.waarde AS teller,
    n.waarde AS noemer,
    t.bron AS bron_teller,
    n.bron AS bron_noemer,
    t.bronversie AS versie_teller,
    n.bronversie AS versie_noemer,
    CASE
      WHEN 'onbekend' IN (t.status, n.status) THEN 'onbekend'
      WHEN 'verborgen' IN (t.status, n.status) THEN 'verborgen'
      WHEN t.status <> 'ok' THEN t.status
      WHEN n.status <> 'ok' THEN n.status
      WHEN n.waarde = 0 THEN 'nvt'
      WHEN o.interval = 'wilson' AND NOT t.waarde BETWEEN 0 AND n.waarde THEN 'onbekend'
      ELSE 'ok'
    END AS status,
    CASE
      WHEN t.status <> 'ok' THEN 'teller: ' || COALESCE(t.reden, t.status)
      WHEN n.status <> 'ok' THEN 'noemer: ' || COALESCE(n.reden, n.status)
      WHEN n.waarde = 0 THEN 'de noemer is nul'
      WHEN o.interval = 'wilson' AND NOT t.waarde BETWEEN 0 AND n.waarde THEN 'het deel is kleiner dan nul of groter dan het geheel'
    END AS reden
  FROM ref.onderwerp AS o
  JOIN deel AS t
    ON t.onderwerp = o.teller
  JOIN deel AS n
    ON n.onderwerp = o.noemer
    AND n.gebiedsniveau = t.gebiedsniveau
    AND n.gebied = t.gebied
    AND n.periode = t.periode
  WHERE o.aggregatie IN ('ratio', 'gewogen')
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
  (CASE WHEN status = 'ok' THEN factor * teller / noemer END)::DOUBLE AS waarde,
  teller::DOUBLE AS teller,
  noemer::DOUBLE AS noemer,
  status::TEXT AS status,
  reden::TEXT AS reden,
  (CASE WHEN bron_teller = bron_noemer THEN bron_teller ELSE bron_teller || ' + ' || bron_noemer END)::TEXT AS bron,
  (CASE WHEN versie_teller = versie_noemer THEN versie_teller ELSE versie_teller || ' + ' || versie_noemer END)::TEXT AS bronversie
FROM paar
