-- The sum of the parts is the whole, as far as it was in accepted versions. Of the whole and its parts, the one is held
-- that would come most into line if it made up the difference. A difference that was accepted before is known.
WITH nu AS (FROM sommen('reeks_nieuw')), toen AS (FROM sommen('reeks_oud')),
  gewoon AS (
    SELECT gebiedsniveau, van_niveau, meting, reeks, GREATEST(keer(), meer() * MAX(verschil)) AS keren
    FROM toen GROUP BY ALL HAVING COUNT(*) > weinig()),
  volledig AS (SELECT gebiedsniveau, van_niveau, eenheid, MAX(delen) AS delen FROM toen GROUP BY ALL),
  fout AS (
    SELECT nu.* FROM nu JOIN gewoon USING (gebiedsniveau, van_niveau, meting, reeks)
    JOIN volledig USING (gebiedsniveau, van_niveau, eenheid, delen)
    LEFT JOIN toen USING (gebiedsniveau, van_niveau, eenheid, jaar, deel, meting, reeks)
    WHERE nu.verschil > keren AND nu.totaal - nu.som IS DISTINCT FROM toen.totaal - toen.som),
  verdacht AS (
    SELECT *, gebiedsniveau AS niveau_, eenheid AS eenheid_, som AS zou_zijn FROM fout
    UNION ALL SELECT f.*, van_niveau, van, k.w + totaal - som FROM fout AS f
    JOIN gebied_relatie AS r USING (van_niveau)
    JOIN reeks_nieuw AS k ON k.gebiedsniveau = van_niveau AND k.eenheid = van AND k.jaar = f.jaar AND k.deel = f.deel
      AND k.meting = f.meting AND k.reeks = f.reeks
    WHERE naar_niveau = f.gebiedsniveau AND naar = f.eenheid),
  beter AS (
    SELECT v.gebiedsniveau, v.eenheid, v.van_niveau, v.jaar, niveau_, eenheid_, SUM((
      afstand(t.w, t.verwacht, telling, s, h, nieuw_deel) - afstand(zou_zijn, t.verwacht, telling, s, h, nieuw_deel)) / keren) AS winst
    FROM verdacht AS v LEFT JOIN toets AS t ON t.gebiedsniveau = niveau_ AND t.eenheid = eenheid_ AND t.jaar = v.jaar
      AND t.deel = v.deel AND t.meting = v.meting AND t.reeks = v.reeks
    GROUP BY ALL),
  dader AS (
    SELECT gebiedsniveau, eenheid, van_niveau, jaar, niveau_, eenheid_ FROM beter
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY gebiedsniveau, eenheid, van_niveau, jaar ORDER BY winst DESC NULLS LAST, niveau_, eenheid_) = 1)
SELECT COALESCE(niveau_, nu.gebiedsniveau) AS gebiedsniveau, COALESCE(eenheid_, nu.eenheid) AS eenheid, jaar, deel,
  meting, reeks,
  nu.eenheid AS geheel_van, nu.totaal AS waargenomen, nu.som AS verwacht, nu.som, fout.som IS NOT NULL AS niet_gelijk,
  'de delen zijn samen zoveel' AS want
FROM nu LEFT JOIN fout USING (gebiedsniveau, van_niveau, eenheid, jaar, deel, meting, reeks)
LEFT JOIN dader ON fout.som IS NOT NULL AND dader.gebiedsniveau = nu.gebiedsniveau AND dader.eenheid = nu.eenheid
  AND dader.van_niveau = nu.van_niveau AND dader.jaar = nu.jaar
