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
    bekend AS (SELECT *, jaren >= weinig() AS lang,
        duur * CASE WHEN lang THEN h_toen ELSE GREATEST(COALESCE(h_toen, 0), COALESCE(h_nu, onbekend())) END AS h,
        CASE WHEN lang THEN verst_toen ELSE GREATEST(verst_toen, verst_nu) END AS verst,
        CASE WHEN lang OR n_nu = 0 THEN n_toen ELSE n_nu END AS n
      FROM ernaast),
    -- the more is known, the nearer the limit is to what was seen; a single year is not that much
    ver AS (SELECT *, CASE WHEN CASE WHEN geheel THEN reeks = '' ELSE is_streng END THEN 1 ELSE wijder() END AS maal,
        maal * GREATEST(meer() * verst_zelf, CASE WHEN lang THEN (n * meer() * verst + genoeg() * keer()) / (n + genoeg())
          ELSE GREATEST(keer(), meer() * verst) END) AS keren
      FROM bekend LEFT JOIN (SELECT *, TRUE AS is_streng FROM streng) USING (gebiedsniveau, eenheid))
  SELECT *, LEAST(verder(verwacht, -keren, telling, s, h, 1), verwacht - maal * vloer() * ABS(verwacht)) AS onder,
    CASE WHEN telling THEN GREATEST(onder, 0) ELSE onder END AS laagste,
    GREATEST(verder(verwacht, keren, telling, s, h, 1), verwacht + maal * vloer() * ABS(verwacht)) AS hoogste,
    LEAST(afstand(w, verwacht, telling, s, h, 1) / keren, sprong / (maal * vloer())) AS overschrijding,
    w IS NOT NULL AND e IS NOT NULL
      -- a flow of the year in hand may still be low
      AND NOT (jaar >= (SELECT lopend_jaar FROM levering) AND (stap = 0 OR (ABS(w) < ABS(e) AND NOT vergeleken))
        AND (deel IN ('', '00') OR deel = MAX(deel) OVER (PARTITION BY gebiedsniveau, jaar)))
      AND (w > verwacht OR soort <> 'hoogste')
      -- a balance has no size of its own: what is usual for it must be known
      AND NOT (saldo AND jaren = 0 AND n_nu = 0)
      AND NOT regexp_matches(eenheid, '^9999|ZZZZ$')
      AND (reeks = '' OR n >= CASE WHEN geheel THEN 2 * weinig() ELSE veel() END)
      -- where the areas are few they are judged one by one
      AND (NOT geheel OR gebiedsniveau IN (
        SELECT gebiedsniveau FROM reeks_oud GROUP BY ALL HAVING COUNT(DISTINCT eenheid) > genoeg()))
      AS beoordeeld
  FROM ver;
