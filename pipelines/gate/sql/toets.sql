-- Every new figure beside what was expected.
CREATE OR REPLACE TABLE nieuw AS FROM naast_elkaar('reeks_nieuw', 'jaar_nieuw');

-- What is usual in this delivery: where few years are known, its other areas stand in for them.
CREATE OR REPLACE TABLE buren AS FROM gewoonten('nieuw') WHERE NOT geheel AND n >= genoeg();

CREATE OR REPLACE TABLE toets AS
  WITH vroeger AS (SELECT n.*, COALESCE(k.jaren_alle, a.jaren_alle, 0) AS jaren, COALESCE(k.n_alle, a.n_alle, 0) AS n_alle,
        COALESCE(k.n, a.n, 0) AS n_toen, COALESCE(k.h, a.h) AS h_toen, COALESCE(k.verst, a.verst, 0) AS verst_toen,
        COALESCE(e.verst, 0) AS verst_zelf
      FROM nieuw AS n LEFT JOIN gewoonte AS k USING (gebiedsniveau, geheel, deel, meting, reeks, klasse)
      LEFT JOIN (FROM gewoonte WHERE klasse IS NULL) AS a USING (gebiedsniveau, geheel, deel, meting, reeks)
      LEFT JOIN eigen AS e USING (gebiedsniveau, eenheid, deel, meting, reeks)),
    ernaast AS (SELECT v.*, COALESCE(k.n, a.n, 0) AS n_nu, COALESCE(k.h, a.h) AS h_nu,
        GREATEST(COALESCE(k.verst, 0), COALESCE(a.verst, 0)) AS verst_nu
      FROM vroeger AS v LEFT JOIN buren AS k USING (gebiedsniveau, geheel, deel, meting, reeks, klasse)
      LEFT JOIN (FROM buren WHERE klasse IS NULL) AS a USING (gebiedsniveau, geheel, deel, meting, reeks)),
    bekend AS (SELECT *, (gebiedsniveau, eenheid) IN (SELECT (gebiedsniveau, eenheid) FROM streng) AS is_streng,
        jaren >= weinig() AS lang, jaar >= (SELECT lopend_jaar FROM levering) AS in_hand,
        duur * CASE WHEN lang THEN h_toen ELSE GREATEST(COALESCE(h_toen, 0), COALESCE(h_nu, onbekend())) END AS h,
        -- where nothing ever changed a usual change is still none that is too far
        GREATEST(1, CASE WHEN lang THEN verst_toen ELSE GREATEST(verst_toen, verst_nu) END) AS verst,
        CASE WHEN lang OR n_nu = 0 THEN n_toen ELSE n_nu END AS n
      FROM ernaast),
    -- chance grows with the number of figures that are judged; the more is known, the nearer the limit is to what was seen
    ver AS (SELECT *, CASE WHEN (geheel AND reeks = '') OR (is_streng AND NOT geheel) THEN 1 ELSE wijder() END
          * CASE WHEN reeks = '' AND deel IN ('', '00') AND soort <> 'hoogste' THEN 1 ELSE breder() END AS maal,
        maal * GREATEST(meer() * verst_zelf, CASE WHEN lang THEN (n * meer() * verst + genoeg() * keer()) / (n + genoeg())
          ELSE GREATEST(keer(), meer() * verst) END) AS keren
      FROM bekend)
  SELECT *, LEAST(verder(verwacht, -keren, telling, s, h, nieuw_deel), verwacht - maal * vloer() * ABS(verwacht)) AS onder,
    CASE WHEN telling THEN GREATEST(onder, 0) ELSE onder END AS laagste,
    GREATEST(verder(verwacht, keren, telling, s, h, nieuw_deel), verwacht + maal * vloer() * ABS(verwacht)) AS hoogste,
    LEAST(afstand(w, verwacht, telling, s, h, nieuw_deel) / keren, sprong / (maal * vloer())) AS overschrijding,
    w IS NOT NULL AND e IS NOT NULL
      -- a flow of the year in hand may still be low, but not out of proportion
      AND CASE WHEN soort = 'verhouding' THEN stap > 0 AND in_hand
        ELSE NOT (in_hand AND (stap = 0 OR (ABS(w) < ABS(e) AND NOT vergeleken))
          AND (deel IN ('', '00') OR deel = MAX(deel) OVER (PARTITION BY gebiedsniveau, jaar))) END
      AND (w > verwacht OR soort <> 'hoogste')
      -- a count from a fixed day on grows; one area no more than the others did
      AND (vergeleken OR w < e OR soort = 'rijen' OR NOT (SELECT groeit FROM levering))
      -- of what no city asks for, a figure that is zero once is one that was not recorded
      AND (geheel OR is_streng OR (w = 0) = (e = 0))
      -- a balance has no size of its own: what is usual for it must be known
      AND NOT (saldo AND jaren = 0 AND n_nu = 0)
      AND NOT regexp_matches(eenheid, '^9999|ZZZZ$')
      AND (reeks = '' OR n >= CASE WHEN geheel THEN 2 * weinig() ELSE veel() END)
      -- where the areas are few they are judged one by one
      AND (NOT geheel OR gebiedsniveau IN (
        SELECT gebiedsniveau FROM reeks_oud WHERE reeks = '' GROUP BY ALL HAVING COUNT(DISTINCT eenheid) > genoeg()))
      AS beoordeeld
  FROM ver;
