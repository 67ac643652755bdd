MODEL (
  name statistiek.grens,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description 'Alle onderwerpen samen, met de grenzen van het interval van 95 % en van 99,8 % waar de catalogus een methode noemt.',
  column_descriptions (
    teller = 'Teller van een ratio.',
    noemer = 'Noemer van een ratio.'
  ),
  audits (wie_een_methode_heeft_heeft_een_interval)
);

/* Wilson, JASA 22 (1927): of t out of n, the side is -1 or 1 */
@DEF(wilson, (t, n, z, side) -> (2 * t + z * z + side * z * SQRT(z * z + 4 * t * (1 - t / n))) / (2 * (n + z * z)));

/* Byar's approximation in Breslow and Day, IARC 82 (1987), p. 69; exact below ten, from statistiek.kwantiel */
@DEF(byar, (x, z, side) -> x * POWER(1 - 1 / (9 * x) + side * z / (3 * SQRT(x)), 3));

/* Dobson et al., Statistics in Medicine 10 (1991), 457-462: a rate moves as the count of all its cases does */
@DEF(onder, (z, exact) -> CASE
  WHEN m.methode = 'wilson' THEN m.factor * GREATEST(0, @wilson(m.teller, m.noemer, @z, -1))
  WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(exact, GREATEST(0, @byar(m.telling, @z, -1)))
  WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar(m.telling, @z, -1) - m.telling)
END);

@DEF(boven, (z, exact) -> CASE
  WHEN m.methode = 'wilson' THEN m.factor * LEAST(1, @wilson(m.teller, m.noemer, @z, 1))
  WHEN m.methode = 'byar' AND m.telling >= 0 THEN m.per * COALESCE(exact, @byar((m.telling + 1), @z, 1))
  WHEN m.methode = 'dobson' THEN m.waarde + m.spreiding * (@byar((m.telling + 1), @z, 1) - m.telling)
END);

WITH alle AS (
  SELECT b.onderwerp, b.gebiedsniveau, b.gebied, b.periode, b.waarde, b.status, b.reden, NULL::DOUBLE AS teller, NULL::DOUBLE AS noemer, NULL::DOUBLE AS gevallen, NULL::DOUBLE AS spreiding
  FROM onderwerp.basis AS b
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, reden, teller, noemer, NULL::DOUBLE AS gevallen, NULL::DOUBLE AS spreiding
  FROM onderwerp.formule
  UNION ALL
  SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, reden, NULL::DOUBLE AS teller, NULL::DOUBLE AS noemer, gevallen, spreiding
  FROM onderwerp.gestandaardiseerd
), methode AS (
  /* with the count that is uncertain, and the value per one counted */
  SELECT
    a.*,
    CASE WHEN a.status = 'ok' THEN o.methode END AS methode,
    o.factor,
    COALESCE(a.gevallen, a.teller, a.waarde) AS telling,
    CASE WHEN a.noemer IS NULL THEN 1 ELSE o.factor / a.noemer END AS per
  FROM alle AS a
  JOIN ref.onderwerp AS o
    ON o.onderwerp = a.onderwerp AND NOT o.is_deel
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
  k.periode_begin::DATE AS periode_begin,
  m.waarde::DOUBLE AS waarde,
  m.status::TEXT AS status,
  m.reden::TEXT AS reden,
  m.teller::DOUBLE AS teller,
  m.noemer::DOUBLE AS noemer,
  (@onder(@NORMAAL(95), e.onder_95))::DOUBLE AS ondergrens,
  (@boven(@NORMAAL(95), e.boven_95))::DOUBLE AS bovengrens,
  (@onder(@NORMAAL(99.8), e.onder_998))::DOUBLE AS ondergrens_998,
  (@boven(@NORMAAL(99.8), e.boven_998))::DOUBLE AS bovengrens_998
FROM methode AS m
LEFT JOIN exact AS e
  ON m.methode = 'byar' AND e.telling = m.telling
LEFT JOIN ref.periode AS k
  ON k.periode = m.periode;

AUDIT (name wie_een_methode_heeft_heeft_een_interval);
SELECT * FROM @this_model AS g
JOIN ref.onderwerp AS o ON o.onderwerp = g.onderwerp
WHERE g.status = 'ok'
  AND (NOT o.methode IS NULL) <> COALESCE(g.ondergrens_998 <= g.ondergrens * (1 + 1e-9) AND g.ondergrens <= g.waarde * (1 + 1e-9) AND g.waarde * (1 - 1e-9) <= g.bovengrens AND g.bovengrens * (1 - 1e-9) <= g.bovengrens_998, FALSE)
