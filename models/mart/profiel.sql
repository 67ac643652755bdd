MODEL (
  name mart.profiel,
  kind FULL,
  owner obmi,
  grain (gebiedsniveau, gebied, onderwerp),
  description 'Per gemeente, stad, provincie en gewest het laatste jaarcijfer van elk onderwerp dat geen hulp is, met rang, vergelijking, trend en het vorige cijfer.',
  column_descriptions (
    gebiedsniveau = 'gemeente, provincie, gewest, centrumsteden of vgc.',
    gebied = 'Code van vandaag.',
    periode = 'Laatste jaar met een waarde; zonder waarde het laatste jaar met een rij.',
    rang = 'Rang onder de dertien centrumsteden in dezelfde periode; 1 is de hoogste waarde, gelijke waarden delen hun rang. Leeg voor een aantal, en als een stad om een andere reden dan zichzelf geen cijfer heeft (rang_zonder). De VGC heeft alleen een rang waar het onderwerp vergelijkbaar is.',
    rang_1 = 'Wat rang 1 betekent: hoogste, met beste of slechtste waar het onderwerp zegt wat beter is.',
    waarde_centrumsteden = 'De waarde voor de dertien centrumsteden samen.',
    tegenover_centrumsteden = 'hoger, lager of niet te onderscheiden (95 %); niet te bepalen zonder interval of zonder een van beide; nvt voor een aantal, en voor het gebied zelf.',
    zekerheid_centrumsteden = '95 of 99,8: met welke zekerheid; leeg zonder verschil en bij een volledige telling.',
    oordeel_centrumsteden = 'beter of slechter; alleen waar het onderwerp zegt wat beter is.',
    waarde_vlaanderen = 'De waarde voor het Vlaams Gewest.',
    tegenover_vlaanderen = 'Zoals tegenover_centrumsteden.',
    zekerheid_vlaanderen = 'Zoals zekerheid_centrumsteden.',
    oordeel_vlaanderen = 'Zoals oordeel_centrumsteden.',
    waarde_buren = 'De waarde voor de verwante gemeenten samen (mart.buur): voor een centrumstad de vijf centrumsteden, anders de tien gemeenten.',
    tegenover_buren = 'Zoals tegenover_centrumsteden.',
    zekerheid_buren = 'Zoals zekerheid_centrumsteden.',
    oordeel_buren = 'Zoals oordeel_centrumsteden.',
    waarde_gewest = 'De waarde voor het gewest van het gebied.',
    vorige_periode = 'Vorig jaar met een waarde.',
    vorige_waarde = 'De waarde in dat jaar.',
    verandering = 'Waarde min vorige waarde.'
  ),
  audits (
    not_null(columns := (naam, gebiedsniveau, gebied, onderwerp, periode, status, trend)),
    unique_combination_of_columns(columns := (gebiedsniveau, gebied, onderwerp))
  )
);

@DEF(tegenover, (ref) -> CASE
  WHEN p.telt THEN 'nvt'
  WHEN p.ondergrens IS NULL OR ref IS NULL THEN 'niet te bepalen'
  WHEN p.ondergrens > ref THEN 'hoger'
  WHEN p.bovengrens < ref THEN 'lager'
  ELSE 'niet te onderscheiden'
END);

@DEF(zekerheid, (ref) -> CASE
  WHEN p.telt OR p.ondergrens = p.bovengrens THEN NULL
  WHEN p.ondergrens_998 > ref OR p.bovengrens_998 < ref THEN 99.8
  WHEN p.ondergrens > ref OR p.bovengrens < ref THEN 95
END);

@DEF(oordeel, (ref) -> CASE
  WHEN p.telt OR p.polariteit = 'geen' THEN NULL
  WHEN p.ondergrens > ref THEN CASE WHEN p.polariteit = 'hoger' THEN 'beter' ELSE 'slechter' END
  WHEN p.bovengrens < ref THEN CASE WHEN p.polariteit = 'lager' THEN 'beter' ELSE 'slechter' END
END);

WITH laatste AS (
  SELECT
    onderwerp,
    gebiedsniveau,
    gebied,
    COALESCE(MAX(CASE WHEN status = 'ok' THEN periode END), MAX(periode)) AS periode
  FROM statistiek.reeks
  GROUP BY onderwerp, gebiedsniveau, gebied
), vorige AS (
  SELECT r.onderwerp, r.gebiedsniveau, r.gebied, MAX(r.periode) AS periode
  FROM statistiek.reeks AS r
  JOIN laatste AS l
    ON l.onderwerp = r.onderwerp AND l.gebiedsniveau = r.gebiedsniveau AND l.gebied = r.gebied AND r.periode < l.periode
  WHERE r.status = 'ok'
  GROUP BY r.onderwerp, r.gebiedsniveau, r.gebied
), gebied AS (
  SELECT g.gebiedsniveau, g.gebied, g.naam, g.gewest, s.stad, CASE WHEN s.stad IS NULL THEN 'gemeente' ELSE 'centrumstad' END AS groep
  FROM ref.gebied AS g
  LEFT JOIN ref.stad AS s
    ON s.gebiedsniveau = g.gebiedsniveau AND s.gebied = g.gebied
  WHERE g.getoond
), buren AS (
  SELECT g.gebiedsniveau, g.gebied, r.onderwerp, r.periode, o.factor * @SOM(r.teller) / @SOM(r.noemer) AS waarde
  FROM statistiek.verwant AS b
  JOIN gebied AS g
    ON g.gebiedsniveau = 'gemeente' AND g.gebied = b.gebied AND g.groep = b.groep
  JOIN statistiek.reeks AS r
    ON r.gebiedsniveau = 'gemeente' AND r.gebied = b.buur
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.is_verhouding
  GROUP BY g.gebiedsniveau, g.gebied, r.onderwerp, r.periode, o.factor
  HAVING COUNT(*) = SUM(CASE WHEN r.status = 'ok' THEN 1 ELSE 0 END)
), cijfer AS (
  SELECT
    r.*,
    g.naam,
    g.stad,
    g.gewest,
    o.soort,
    o.polariteit,
    o.methode,
    o.is_aantal AS telt,
    CASE WHEN r.gebiedsniveau <> 'centrumsteden' THEN c.waarde END AS centrumsteden,
    CASE WHEN r.gebied <> '02000' THEN v.waarde END AS vlaanderen,
    b.waarde AS buren,
    c.waarde AS waarde_centrumsteden,
    v.waarde AS waarde_vlaanderen,
    n.waarde AS waarde_gewest
  FROM statistiek.reeks AS r
  JOIN laatste AS l
    ON l.onderwerp = r.onderwerp AND l.gebiedsniveau = r.gebiedsniveau AND l.gebied = r.gebied AND l.periode = r.periode
  JOIN gebied AS g
    ON g.gebiedsniveau = r.gebiedsniveau AND g.gebied = r.gebied
  JOIN ref.onderwerp AS o
    ON o.onderwerp = r.onderwerp AND o.rol <> 'hulp'
  LEFT JOIN statistiek.reeks AS c
    ON c.gebiedsniveau = 'centrumsteden' AND c.onderwerp = r.onderwerp AND c.periode = r.periode
  LEFT JOIN statistiek.reeks AS v
    ON v.gebiedsniveau = 'gewest' AND v.gebied = '02000' AND v.onderwerp = r.onderwerp AND v.periode = r.periode
  LEFT JOIN statistiek.reeks AS n
    ON n.gebiedsniveau = 'gewest' AND n.gebied = g.gewest AND n.onderwerp = r.onderwerp AND n.periode = r.periode
  LEFT JOIN buren AS b
    ON b.gebiedsniveau = r.gebiedsniveau AND b.gebied = r.gebied AND b.onderwerp = r.onderwerp AND b.periode = r.periode
)
SELECT
  p.stad::TEXT AS stad,
  p.naam::TEXT AS naam,
  p.gebiedsniveau::TEXT AS gebiedsniveau,
  p.gebied::TEXT AS gebied,
  p.onderwerp::TEXT AS onderwerp,
  p.periode::TEXT AS periode,
  p.periode_begin::DATE AS periode_begin,
  p.waarde::DOUBLE AS waarde,
  p.status::TEXT AS status,
  p.reden::TEXT AS reden,
  (CASE WHEN NOT p.methode IS NULL THEN p.ondergrens END)::DOUBLE AS ondergrens,
  (CASE WHEN NOT p.methode IS NULL THEN p.bovengrens END)::DOUBLE AS bovengrens,
  k.rang::INT AS rang,
  k.gerangschikt::INT AS gerangschikt,
  k.rang_van::INT AS rang_van,
  k.rang_tot::INT AS rang_tot,
  (CASE
    WHEN k.rang IS NULL THEN NULL
    WHEN p.polariteit = 'hoger' THEN 'hoogste en beste'
    WHEN p.polariteit = 'lager' THEN 'hoogste en slechtste'
    ELSE 'hoogste'
  END)::TEXT AS rang_1,
  k.rang_zonder::TEXT AS rang_zonder,
  p.waarde_centrumsteden::DOUBLE AS waarde_centrumsteden,
  (CASE WHEN p.gebiedsniveau = 'centrumsteden' THEN 'nvt' ELSE @tegenover(p.centrumsteden) END)::TEXT AS tegenover_centrumsteden,
  (@zekerheid(p.centrumsteden))::DOUBLE AS zekerheid_centrumsteden,
  (@oordeel(p.centrumsteden))::TEXT AS oordeel_centrumsteden,
  p.waarde_vlaanderen::DOUBLE AS waarde_vlaanderen,
  (CASE WHEN p.gebied = '02000' THEN 'nvt' ELSE @tegenover(p.vlaanderen) END)::TEXT AS tegenover_vlaanderen,
  (@zekerheid(p.vlaanderen))::DOUBLE AS zekerheid_vlaanderen,
  (@oordeel(p.vlaanderen))::TEXT AS oordeel_vlaanderen,
  p.buren::DOUBLE AS waarde_buren,
  (CASE WHEN p.gebiedsniveau <> 'gemeente' THEN 'nvt' ELSE @tegenover(p.buren) END)::TEXT AS tegenover_buren,
  (@zekerheid(p.buren))::DOUBLE AS zekerheid_buren,
  (@oordeel(p.buren))::TEXT AS oordeel_buren,
  p.waarde_gewest::DOUBLE AS waarde_gewest,
  v.periode::TEXT AS vorige_periode,
  w.waarde::DOUBLE AS vorige_waarde,
  (p.waarde - w.waarde)::DOUBLE AS verandering,
  (CASE WHEN p.soort = 'prognose' THEN 'nvt' ELSE COALESCE(t.trend, 'niet te bepalen') END)::TEXT AS trend,
  t.trend_zekerheid::DOUBLE AS trend_zekerheid,
  t.trend_maat::DOUBLE AS trend_maat,
  t.trend_van::TEXT AS trend_van,
  COALESCE(t.trend_punten, 0)::INT AS trend_punten,
  t.trend_gaten::TEXT AS trend_gaten,
  t.trend_breuk::TEXT AS trend_breuk
FROM cijfer AS p
LEFT JOIN statistiek.rang AS k
  ON k.onderwerp = p.onderwerp AND k.gebiedsniveau = p.gebiedsniveau AND k.gebied = p.gebied AND k.periode = p.periode
LEFT JOIN vorige AS v
  ON v.onderwerp = p.onderwerp AND v.gebiedsniveau = p.gebiedsniveau AND v.gebied = p.gebied
LEFT JOIN statistiek.reeks AS w
  ON w.onderwerp = v.onderwerp AND w.gebiedsniveau = v.gebiedsniveau AND w.gebied = v.gebied AND w.periode = v.periode
LEFT JOIN statistiek.trend AS t
  ON t.onderwerp = p.onderwerp AND t.gebiedsniveau = p.gebiedsniveau AND t.gebied = p.gebied
