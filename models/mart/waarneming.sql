MODEL (
  name mart.waarneming,
  kind VIEW,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  depends_on (statistiek.grens, onderwerp.bronversie, ref.onderwerp, ref.periode, ref.gebied, ref.gebiedsniveau, ref.bereik, ref.stap, ref.verwacht),
  description 'Elke waarneming: één rij per onderwerp, gebiedsniveau, gebied en periode, met status als er geen waarde is.',
  column_descriptions (
    reden = 'Waarom er geen waarde is, of welk deel ervan ouder is dan de jongste levering, in woorden.',
    teller = 'Teller van een ratio: waarde = factor maal teller gedeeld door noemer.',
    noemer = 'Noemer van een ratio.',
    voorlopig = 'Waar als de uitgever het cijfer voorlopig noemt.',
    bron = 'Dataset(s) waar het cijfer uit komt (mart.bron).'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status, voorlopig, bron, bronversie)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode)),
    status_zegt_of_er_een_waarde_is,
    ratio_is_teller_door_noemer,
    elke_ratio_heeft_een_interval_of_een_reden,
    een_deel_is_nooit_groter_dan_het_geheel,
    elk_gebied_in_elke_periode,
    alles_wat_verwacht_is_en_niets_anders
  )
);

SELECT
  g.onderwerp::TEXT AS onderwerp,
  g.gebiedsniveau::TEXT AS gebiedsniveau,
  g.gebied::TEXT AS gebied,
  g.periode::TEXT AS periode,
  g.periode_begin::DATE AS periode_begin,
  g.waarde::DOUBLE AS waarde,
  g.status::TEXT AS status,
  g.reden::TEXT AS reden,
  g.teller::DOUBLE AS teller,
  g.noemer::DOUBLE AS noemer,
  g.ondergrens::DOUBLE AS ondergrens,
  g.bovengrens::DOUBLE AS bovengrens,
  FALSE::BOOLEAN AS voorlopig,
  h.bron::TEXT AS bron,
  h.bronversie::TEXT AS bronversie
FROM statistiek.grens AS g
LEFT JOIN onderwerp.bronversie AS h
  ON h.onderwerp = g.onderwerp;

AUDIT (name status_zegt_of_er_een_waarde_is);
SELECT * FROM @this_model
WHERE (status = 'ok') <> (NOT waarde IS NULL)
  OR NOT status IN ('ok', 'leeg', 'verborgen', 'nvt', 'onbekend')
  OR (status <> 'ok' AND reden IS NULL)
  OR ISNAN(waarde) OR ISINF(waarde);

AUDIT (name ratio_is_teller_door_noemer);
SELECT w.* FROM @this_model AS w
JOIN ref.onderwerp AS o ON o.onderwerp = w.onderwerp
WHERE (o.is_verhouding AND w.status = 'ok' AND (w.teller IS NULL OR w.noemer IS NULL OR ABS(w.waarde - o.factor * w.teller / w.noemer) > 1e-9 * GREATEST(1, ABS(w.waarde))))
  OR (NOT o.is_verhouding AND (NOT w.teller IS NULL OR NOT w.noemer IS NULL));

AUDIT (name elke_ratio_heeft_een_interval_of_een_reden);
SELECT w.* FROM @this_model AS w
JOIN ref.onderwerp AS o ON o.onderwerp = w.onderwerp
WHERE w.status = 'ok' AND o.is_verhouding
  AND (w.ondergrens IS NULL OR w.bovengrens IS NULL) AND NOT o.methode IS NULL;

AUDIT (name een_deel_is_nooit_groter_dan_het_geheel);
SELECT w.* FROM @this_model AS w
JOIN ref.onderwerp AS o ON o.onderwerp = w.onderwerp
WHERE o.soort = 'percentage' AND w.status = 'ok' AND NOT (w.teller BETWEEN 0 AND w.noemer);

AUDIT (name elk_gebied_in_elke_periode);
WITH gevonden AS (
  SELECT onderwerp, gebiedsniveau, periode, COUNT(*) AS n FROM @this_model GROUP BY onderwerp, gebiedsniveau, periode
), nodig AS (
  SELECT gebiedsniveau, COUNT(*) AS n FROM ref.gebied WHERE getoond GROUP BY gebiedsniveau
)
SELECT g.* FROM gevonden AS g JOIN nodig AS n ON n.gebiedsniveau = g.gebiedsniveau WHERE n.n <> g.n;

AUDIT (name alles_wat_verwacht_is_en_niets_anders);
WITH reeks AS (
  SELECT onderwerp, gebiedsniveau, periode FROM @this_model GROUP BY onderwerp, gebiedsniveau, periode
), gevonden AS (
  SELECT DISTINCT r.onderwerp, r.gebiedsniveau, k.jaar::TEXT AS jaar
  FROM reeks AS r
  JOIN ref.periode AS k ON k.periode = r.periode
  JOIN ref.onderwerp AS o ON o.onderwerp = r.onderwerp AND NOT o.aggregatie IN ('ratio', 'afgeleid', 'gestandaardiseerd')
), weg AS (
  SELECT r.van_niveau, r.naar_niveau, n.laatste_jaar IS NULL OR r.van_niveau = r.naar_niveau AS maanden
  FROM ref.bereik AS r
  JOIN ref.gebiedsniveau AS n ON n.gebiedsniveau = r.naar_niveau
  WHERE n.afgeleid OR r.van_niveau = r.naar_niveau
), jaarcijfer AS (
  SELECT DISTINCT r.onderwerp, k.jaar::TEXT AS jaar FROM reeks AS r JOIN ref.periode AS k ON k.periode = r.periode AND k.jaarcijfer
), nodig AS (
  /* months are not carried to an older version, so a year of months alone is not expected there */
  SELECT DISTINCT v.onderwerp, w.naar_niveau AS gebiedsniveau, v.jaar
  FROM ref.verwacht AS v
  JOIN weg AS w ON w.van_niveau = v.gebiedsniveau
  LEFT JOIN jaarcijfer AS j ON j.onderwerp = v.onderwerp AND j.jaar = v.jaar
  WHERE w.maanden OR NOT j.jaar IS NULL
  UNION
  SELECT DISTINCT v.onderwerp, s.naar_niveau, v.jaar
  FROM ref.verwacht AS v
  JOIN ref.onderwerp AS o ON o.onderwerp = v.onderwerp AND o.aggregatie <> 'geen'
  JOIN ref.stap AS s ON s.van_niveau = v.gebiedsniveau
  JOIN ref.gebiedsniveau AS n ON n.gebiedsniveau = s.naar_niveau AND n.opgeteld
  JOIN jaarcijfer AS j ON j.onderwerp = v.onderwerp AND j.jaar = v.jaar
)
SELECT * FROM nodig AS v FULL JOIN gevonden AS g ON v.onderwerp = g.onderwerp AND v.gebiedsniveau = g.gebiedsniveau AND v.jaar = g.jaar
WHERE v.onderwerp IS NULL OR g.onderwerp IS NULL
