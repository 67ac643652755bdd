MODEL (
  name statistiek.grens,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle onderwerpen samen, met de grenzen van het interval van 95 % en van 99,8 % waar de catalogus een methode noemt.',
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Periode.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde.',
    status = 'ok, leeg, verborgen, nvt of onbekend.',
    reden = 'Waarom er geen waarde is.',
    teller = 'Teller van een ratio.',
    noemer = 'Noemer van een ratio.',
    ondergrens = 'Ondergrens van het 95 %-interval.',
    bovengrens = 'Bovengrens van het 95 %-interval.',
    ondergrens_998 = 'Ondergrens van het 99,8 %-interval.',
    bovengrens_998 = 'Bovengrens van het 99,8 %-interval.',
    bron = 'Dataset(s).',
    bronversie = 'Versie van de aanvaarde landing.'
  ),
  audits (wie_een_methode_heeft_heeft_een_interval)
);

/* Wilson, JASA 22 (1927): of t out of n, the side is -1 or 1 */
@DEF(wilson, (t, n, z, side) -> (2 * t + z * z + side * z * SQRT(z * z + 4 * t * (1 - t / n))) / (2 * (n + z * z)));

/* Byar's approximation in Breslow and Day, IARC 82 (1987), p. 69; exact below ten, from statistiek.kwantiel */
@DEF(byar, (x, z, side) -> x * POWER(1 - 1 / (9 * x) + side * z / (3 * SQRT(x)), 3));

/* Dobson et al., Statistics in Medicine 10 (1991), 457-462: a rate moves as the count of all its cases does */
WITH alle AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, NULL::DOUBLE AS teller, NULL::DOUBLE AS noemer, NULL::DOUBLE AS gevallen, NULL::DOUBLE AS spreiding, bron, bronversie
  FROM onderwerp.plat
  WHERE POSITION('.' IN onderwerp) = 0 /* the two sums of a weighted mean stand beside the mean */
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, NULL::DOUBLE AS teller, NULL::DOUBLE AS noemer, NULL::DOUBLE AS gevallen, NULL::DOUBLE AS spreiding, bron, bronversie
  FROM onderwerp.afgeleid
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, teller, noemer, NULL::DOUBLE AS gevallen, NULL::DOUBLE AS spreiding, bron, bronversie
  FROM onderwerp.formule
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde, status, reden, NULL::DOUBLE AS teller, NULL::DOUBLE AS noemer, gevallen, spreiding, bron, bronversie
  FROM onderwerp.gestandaardiseerd
), methode AS (
  SELECT
    a.*,
    CASE WHEN a.status = 'ok' THEN o.interval END AS methode,
    o.factor,
    COALESCE(a.gevallen, a.teller, a.waarde) AS telling,
    CASE WHEN a.noemer IS NULL THEN 1 ELSE o.factor / a.noemer END AS per
  FROM alle AS a
  JOIN ref.onderwerp AS o
    ON o.onderwerp = a.onderwerp
), exact AS (
  SELECT
    parameter::DOUBLE AS telling,
    MAX(CASE WHEN zekerheid = 95 THEN onder END) AS onder_95,
    MAX(CASE WHEN zekerheid = 95 THEN boven END) AS boven_95,
    MAX(CASE WHEN zekerheid > 99 THEN onder END) AS onder_998,
    MAX(CASE WHEN zekerheid > 99 THEN boven END) AS boven_998
  FROM statistiek.kwantiel
  WHERE verdeling = 'poisson'
  GROUP BY parameter
)
SELECT
  m.onderwerp::TEXT AS onderwerp,
  m.gebiedsniveau::TEXT AS gebiedsniveau,
  m.gebied::TEXT AS gebied,
  m.periode::TEXT AS periode,
  m.periode_begin::DATE AS periode_begin,
  m.waarde::DOUBLE AS waarde,
  m.status::TEXT AS status,
  m.reden::TEXT AS reden,
  m.teller::DOUBLE AS teller,
  m.noemer::DOUBLE AS noemer,
  (CASE
    WHEN m.methode = 'wilson' THEN m.factor * GREATEST(0, @wilson(m.teller, m.noemer, 1.959963984540054e0, -1))
    WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(e.onder_95, GREATEST(0, @byar(m.telling, 1.959963984540054e0, -1)))
    WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar(m.telling, 1.959963984540054e0, -1) - m.telling)
  END)::DOUBLE AS ondergrens,
  (CASE
    WHEN m.methode = 'wilson' THEN m.factor * LEAST(1, @wilson(m.teller, m.noemer, 1.959963984540054e0, 1))
    WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(e.boven_95, @byar((m.telling + 1), 1.959963984540054e0, 1))
    WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar((m.telling + 1), 1.959963984540054e0, 1) - m.telling)
  END)::DOUBLE AS bovengrens,
  (CASE
    WHEN m.methode = 'wilson' THEN m.factor * GREATEST(0, @wilson(m.teller, m.noemer, 3.090232306167813e0, -1))
    WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(e.onder_998, GREATEST(0, @byar(m.telling, 3.090232306167813e0, -1)))
    WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar(m.telling, 3.090232306167813e0, -1) - m.telling)
  END)::DOUBLE AS ondergrens_998,
  (CASE
    WHEN m.methode = 'wilson' THEN m.factor * LEAST(1, @wilson(m.teller, m.noemer, 3.090232306167813e0, 1))
    WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(e.boven_998, @byar((m.telling + 1), 3.090232306167813e0, 1))
    WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar((m.telling + 1), 3.090232306167813e0, 1) - m.telling)
  END)::DOUBLE AS bovengrens_998,
  m.bron::TEXT AS bron,
  m.bronversie::TEXT AS bronversie
FROM methode AS m
LEFT JOIN exact AS e
  ON m.methode = 'byar' AND e.telling = m.telling;

AUDIT (name wie_een_methode_heeft_heeft_een_interval);
SELECT * FROM @this_model AS g
JOIN ref.onderwerp AS o ON o.onderwerp = g.onderwerp
WHERE g.status = 'ok'
  AND (POSITION(': ' IN o.interval) = 0) <> COALESCE(g.ondergrens_998 <= g.ondergrens * (1 + 1e-9) AND g.ondergrens <= g.waarde * (1 + 1e-9) AND g.waarde * (1 - 1e-9) <= g.bovengrens AND g.bovengrens * (1 - 1e-9) <= g.bovengrens_998, FALSE)
