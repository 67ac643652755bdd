MODEL (
  name statistiek.trend,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied),
  description 'De trend over de laatste vijf cijfers na de laatste breuk in de reeks.',
  column_descriptions (
    gebiedsniveau = 'Niveau van vandaag.'
  ),
  audits (
    not_null(columns := (trend, trend_punten)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied))
  )
);

WITH genummerd AS (
  SELECT
    r.onderwerp,
    r.gebiedsniveau,
    r.gebied,
    r.periode,
    r.waarde,
    r.teller,
    r.noemer,
    COALESCE(o.methode = 'wilson', FALSE) AS deel,
    CASE WHEN o.breuk_jaar > MIN(r.jaar) OVER (PARTITION BY r.onderwerp, r.gebiedsniveau, r.gebied) THEN o.breuk END AS breuk,
    r.jaar >= COALESCE(o.breuk_jaar, 0) AS na_breuk,
    /* years from the latest one, which keeps the sums of squares small */
    r.jaar - MAX(r.jaar) OVER (PARTITION BY r.onderwerp, r.gebiedsniveau, r.gebied) AS x,
    ROW_NUMBER() OVER (PARTITION BY r.onderwerp, r.gebiedsniveau, r.gebied ORDER BY r.jaar DESC) AS nummer
  FROM statistiek.reeks AS r
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp
  WHERE r.status = 'ok'
), punt AS (
  SELECT *
  FROM genummerd
  WHERE nummer <= 5 AND na_breuk
), armitage AS (
  /* Armitage, Biometrics 11 (1955), 375-386 */
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    @SOM(teller) / @SOM(noemer) AS p,
    @SOM(teller * x) - @SOM(teller) / @SOM(noemer) * @SOM(noemer * x) AS som,
    @SOM(noemer * x * x) - @SOM(noemer * x) * @SOM(noemer * x) / @SOM(noemer) AS spreiding
  FROM punt
  WHERE deel
  GROUP BY onderwerp, gebiedsniveau, gebied
), kendall AS (
  /* Mann, Econometrica 13 (1945), 245-259 */
  SELECT
    a.onderwerp,
    a.gebiedsniveau,
    a.gebied,
    SUM(CASE WHEN b.waarde > a.waarde THEN 1 WHEN b.waarde < a.waarde THEN -1 ELSE 0 END) AS s,
    SUM(CASE WHEN b.waarde = a.waarde THEN 1 ELSE 0 END) AS gelijk
  FROM punt AS a
  JOIN punt AS b
    ON b.onderwerp = a.onderwerp AND b.gebiedsniveau = a.gebiedsniveau AND b.gebied = a.gebied AND b.nummer < a.nummer
  WHERE NOT a.deel
  GROUP BY a.onderwerp, a.gebiedsniveau, a.gebied
), samen AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    MIN(periode) AS van,
    COUNT(*) AS punten,
    MAX(breuk) AS breuk
  FROM punt
  GROUP BY onderwerp, gebiedsniveau, gebied
), toets AS (
  SELECT
    s.*,
    CASE WHEN NOT a.p IS NULL THEN 'chikwadraat' ELSE 'mann-kendall' END AS toets,
    CASE
      WHEN s.punten < 5 THEN NULL
      WHEN a.p IS NULL THEN k.s::DOUBLE
      WHEN a.p * (1 - a.p) * a.spreiding > 0 THEN a.som / SQRT(a.p * (1 - a.p) * a.spreiding)
      ELSE 0
    END AS maat,
    CASE WHEN NOT a.p IS NULL THEN @NORMAAL(95) ELSE l.boven END AS kritiek,
    CASE WHEN NOT a.p IS NULL THEN @NORMAAL(99.8) ELSE h.boven END AS kritiek_998
  FROM samen AS s
  LEFT JOIN armitage AS a
    ON a.onderwerp = s.onderwerp AND a.gebiedsniveau = s.gebiedsniveau AND a.gebied = s.gebied
  LEFT JOIN kendall AS k
    ON k.onderwerp = s.onderwerp AND k.gebiedsniveau = s.gebiedsniveau AND k.gebied = s.gebied
  LEFT JOIN statistiek.kwantiel AS l
    ON l.verdeling = 'kendall_5' AND l.zekerheid = 95 AND l.parameter = k.gelijk
  LEFT JOIN statistiek.kwantiel AS h
    ON h.verdeling = 'kendall_5' AND h.zekerheid > 99 AND h.parameter = k.gelijk
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  (CASE
    WHEN punten < 5 THEN 'niet te bepalen'
    WHEN ABS(maat) >= kritiek AND maat > 0 THEN 'stijgend'
    WHEN ABS(maat) >= kritiek THEN 'dalend'
    ELSE 'geen trend'
  END)::TEXT AS trend,
  (CASE WHEN ABS(maat) >= kritiek_998 THEN 99.8 WHEN ABS(maat) >= kritiek THEN 95 END)::DOUBLE AS trend_zekerheid,
  toets::TEXT AS trend_toets,
  maat::DOUBLE AS trend_maat,
  van::TEXT AS trend_van,
  punten::INT AS trend_punten,
  breuk::TEXT AS trend_breuk
FROM toets
