MODEL (
  name onderwerp.gestandaardiseerd,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Rechtstreeks gestandaardiseerde cijfers: wat het zou zijn als de klassen zo groot waren als in Vlaanderen in het standaardjaar.',
  column_descriptions (
    waarde = 'Factor maal de gewogen som van de cijfers per klasse; leeg als er een ontbreekt, of bij minder dan tien gevallen.',
    gevallen = 'Aantal gevallen in alle klassen samen.',
    spreiding = 'Hoeveel de waarde verandert per geval: de standaardfout, gedeeld door de wortel van het aantal gevallen.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status)))
);

WITH standaard AS (
  SELECT k.onderwerp, k.noemer, s.waarde / SUM(s.waarde) OVER (PARTITION BY k.onderwerp) AS gewicht
  FROM ref.klasse AS k
  JOIN onderwerp.basis AS s
    ON s.onderwerp = k.noemer AND s.gebiedsniveau = 'gewest' AND s.gebied = '02000' AND s.periode = k.standaardjaar::TEXT
), paar AS (
  SELECT
    k.onderwerp,
    t.gebiedsniveau,
    t.gebied,
    t.periode,
    w.gewicht,
    t.waarde AS gevallen,
    n.waarde AS bevolking,
    CASE
      WHEN w.gewicht IS NULL THEN 'onbekend'
      WHEN n.waarde = 0 AND w.gewicht > 0 THEN @STATUS_VAN_DELEN(t.status, 'nvt')
      ELSE @STATUS_VAN_DELEN(t.status, n.status)
    END AS status,
    CASE
      WHEN t.status <> 'ok' THEN k.teller || ': ' || COALESCE(t.reden, t.status)
      WHEN n.status <> 'ok' THEN k.noemer || ': ' || COALESCE(n.reden, n.status)
      WHEN w.gewicht IS NULL THEN k.noemer || ': geen cijfer van Vlaanderen in ' || k.standaardjaar::TEXT
      WHEN n.waarde = 0 AND w.gewicht > 0 THEN k.noemer || ': de klasse is leeg'
    END AS reden
  FROM ref.klasse AS k
  JOIN onderwerp.basis AS t
    ON t.onderwerp = k.teller
  JOIN onderwerp.basis AS n
    ON n.onderwerp = k.noemer
    AND n.gebiedsniveau = t.gebiedsniveau
    AND n.gebied = t.gebied
    AND n.periode = t.periode
  LEFT JOIN standaard AS w
    ON w.onderwerp = k.onderwerp AND w.noemer = k.noemer
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    periode,
    COUNT(*) AS klassen,
    /* as decimals, whose sum does not depend on the order: the same figures give the same value to the last digit */
    SUM(CASE WHEN bevolking > 0 THEN (gewicht * gevallen / bevolking)::DECIMAL(38, 20) END)::DOUBLE AS verhouding,
    SQRT(SUM(CASE WHEN bevolking > 0 THEN (gewicht * gewicht * gevallen / (bevolking * bevolking))::DECIMAL(38, 28) END)::DOUBLE) AS standaardfout,
    @SOM(gevallen) AS gevallen,
    SUM(CASE WHEN status = 'onbekend' THEN 1 ELSE 0 END) AS onbekend,
    SUM(CASE WHEN status = 'verborgen' THEN 1 ELSE 0 END) AS verborgen,
    SUM(CASE WHEN status <> 'ok' THEN 1 ELSE 0 END) AS ontbreekt,
    MIN(reden) AS reden
  FROM paar
  GROUP BY onderwerp, gebiedsniveau, gebied, periode
), bepaald AS (
  SELECT
    s.*,
    o.factor,
    CASE
      WHEN s.onbekend > 0 THEN 'onbekend'
      WHEN s.verborgen > 0 THEN 'verborgen'
      WHEN s.ontbreekt > 0 OR s.gevallen < 10 THEN 'nvt'
      ELSE 'ok'
    END AS status
  FROM samen AS s
  JOIN (SELECT onderwerp, COUNT(*) AS klassen FROM ref.klasse GROUP BY onderwerp) AS k
    ON k.onderwerp = s.onderwerp AND k.klassen = s.klassen
  JOIN ref.onderwerp AS o
    ON o.onderwerp = s.onderwerp
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  (CASE WHEN status = 'ok' THEN factor * verhouding END)::DOUBLE AS waarde,
  status::TEXT AS status,
  (CASE WHEN status = 'nvt' AND ontbreekt = 0 THEN 'minder dan tien gevallen' ELSE reden END)::TEXT AS reden,
  (CASE WHEN status = 'ok' THEN gevallen END)::DOUBLE AS gevallen,
  (CASE WHEN status = 'ok' THEN factor * standaardfout / SQRT(gevallen) END)::DOUBLE AS spreiding
FROM bepaald
