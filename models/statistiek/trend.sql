MODEL (
  name statistiek.trend,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied),
  description 'De trend over alle cijfers na de laatste breuk in de reeks, naar Mann en Kendall; een prognose heeft er geen.',
  column_descriptions (
    gebiedsniveau = 'Niveau van vandaag.'
  ),
  audits (
    not_null(columns := (trend, trend_punten)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied))
  )
);

WITH cijfer AS (
  SELECT
    r.onderwerp,
    r.gebiedsniveau,
    r.gebied,
    r.periode,
    r.jaar,
    r.waarde,
    o.breuk,
    r.jaar >= COALESCE(o.breuk_jaar, 0) AS na_breuk
  FROM statistiek.reeks AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.soort <> 'prognose'
  WHERE r.status = 'ok'
), afgebroken AS (
  /* series with figures of before their break */
  SELECT DISTINCT onderwerp, gebiedsniveau, gebied
  FROM cijfer
  WHERE NOT na_breuk
), punt AS (
  SELECT
    c.*,
    COALESCE(c.jaar - 1 - LAG(c.jaar) OVER (PARTITION BY c.onderwerp, c.gebiedsniveau, c.gebied ORDER BY c.jaar), 0) AS gemist
  FROM cijfer AS c
  WHERE c.na_breuk
), gat AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    STRING_AGG(CASE WHEN gemist > 1 THEN (jaar - gemist)::TEXT || '-' ELSE '' END || (jaar - 1)::TEXT, ', ' ORDER BY jaar) AS gaten
  FROM punt
  WHERE gemist > 0
  GROUP BY onderwerp, gebiedsniveau, gebied
), gelijke_waarde AS (
  SELECT onderwerp, gebiedsniveau, gebied, waarde, COUNT(*) AS t, MIN(periode) AS van, MAX(breuk) AS breuk
  FROM punt
  GROUP BY onderwerp, gebiedsniveau, gebied, waarde
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    MIN(van) AS van,
    SUM(t) AS punten,
    MAX(breuk) AS breuk,
    COUNT(*) AS waarden,
    SUM(t * (t - 1) / 2) AS paren,
    SUM(t * (t - 1) * (2 * t + 5)) AS aftrek
  FROM gelijke_waarde
  GROUP BY onderwerp, gebiedsniveau, gebied
), kendall AS (
  /* Mann, Econometrica 13 (1945), 245-259 */
  SELECT
    a.onderwerp,
    a.gebiedsniveau,
    a.gebied,
    SUM(CASE WHEN b.waarde > a.waarde THEN 1 WHEN b.waarde < a.waarde THEN -1 ELSE 0 END) AS s
  FROM punt AS a
  JOIN punt AS b
    ON b.onderwerp = a.onderwerp AND b.gebiedsniveau = a.gebiedsniveau AND b.gebied = a.gebied AND b.jaar > a.jaar
  GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied
), spreiding AS (
  /* Kendall, Rank Correlation Methods (1948), chapter 5: the variance of S with ties */
  SELECT
    s.onderwerp,
    s.gebiedsniveau,
    s.gebied,
    s.van,
    s.punten,
    CASE WHEN NOT a.gebied IS NULL THEN s.breuk END AS breuk,
    h.gaten,
    k.s,
    s.waarden,
    s.paren,
    s.punten * (s.punten - 1) / 2 - s.paren AS grootste,
    SQRT((s.punten * (s.punten - 1) * (2 * s.punten + 5) - s.aftrek) / 18) AS sigma
  FROM samen AS s
  LEFT JOIN kendall AS k
    ON k.onderwerp = s.onderwerp AND k.gebiedsniveau = s.gebiedsniveau AND k.gebied = s.gebied
  LEFT JOIN gat AS h
    ON h.onderwerp = s.onderwerp AND h.gebiedsniveau = s.gebiedsniveau AND h.gebied = s.gebied
  LEFT JOIN afgebroken AS a
    ON a.onderwerp = s.onderwerp AND a.gebiedsniveau = s.gebiedsniveau AND a.gebied = s.gebied
), toets AS (
  /* counted up to ten figures, from there on the normal approximation with its correction for continuity */
  SELECT
    s.*,
    CASE WHEN s.punten > 10 THEN 1 + @NORMAAL(95) * s.sigma ELSE l.boven END AS kritiek,
    CASE WHEN s.punten > 10 THEN 1 + @NORMAAL(99.8) * s.sigma ELSE h.boven END AS kritiek_998
  FROM spreiding AS s
  LEFT JOIN statistiek.kwantiel AS l
    ON l.verdeling = 'kendall_' || s.punten::TEXT AND l.zekerheid = 95 AND l.parameter = s.paren
  LEFT JOIN statistiek.kwantiel AS h
    ON h.verdeling = 'kendall_' || s.punten::TEXT AND h.zekerheid > 99 AND h.parameter = s.paren
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  (CASE
    WHEN punten < 2 THEN 'niet te bepalen'
    WHEN punten >= 5 AND waarden = 1 THEN 'geen trend'
    WHEN grootste >= kritiek THEN CASE WHEN s >= kritiek THEN 'stijgend' WHEN -s >= kritiek THEN 'dalend' ELSE 'geen trend' END
    ELSE 'niet aantoonbaar (' || punten::TEXT || ' punten)'
  END)::TEXT AS trend,
  (CASE WHEN ABS(s) >= kritiek_998 THEN 99.8 WHEN ABS(s) >= kritiek THEN 95 END)::DOUBLE AS trend_zekerheid,
  s::DOUBLE AS trend_maat,
  van::TEXT AS trend_van,
  punten::INT AS trend_punten,
  gaten::TEXT AS trend_gaten,
  breuk::TEXT AS trend_breuk
FROM toets
