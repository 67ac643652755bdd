-- Per area, year and part that is held apart: the cell that was accepted and now differs most, or what the counts are
-- together, as one figure that is counted again. In the last year of a source that publishes within the year figures may
-- come late.
WITH oud AS (
    SELECT *, TRUE AS er_ FROM vorige
    WHERE {sleutel_bekend} AND ({levert}) IN (SELECT DISTINCT ({levert}) FROM kandidaat)),
  nieuw AS (
    SELECT *, TRUE AS er_ FROM kandidaat WHERE {sleutel_bekend} AND ({bekend}) IN (SELECT DISTINCT ({bekend}) FROM oud)),
  cel AS (
    SELECT {plaats}, concat_ws(', ', {tekst}) AS cel, {laat} AS laat, nu_, toen_
    FROM (SELECT {sleutel}, nu_, toen_ FROM nieuw AS nu_ FULL JOIN oud AS toen_ ON {zelfde})),
  middens AS (SELECT {middens} FROM oud),
  anders AS ({cellen}),
  gemeten AS (
    SELECT *, CASE WHEN weg THEN 'inf' WHEN NOT bekend THEN 0
      ELSE herhaald(w, e, telling, s) / keren END AS overschrijding,
      ABS(w - e) * veel() > vloer() * ABS(e) AND NOT samen AS ander_cijfer
    FROM (SELECT *, keer() * CASE WHEN laat THEN wijder() ELSE 1 END AS keren FROM anders)),
  per AS (SELECT {plaats_kort}, {gevuld} AS gevuld, BOOL_OR(laat) AS laat FROM cel GROUP BY ALL),
  ergst AS (
    SELECT {plaats_kort}, COUNT(*) FILTER (WHERE ander_cijfer) AS anders, MAX(overschrijding) AS overschrijding,
      arg_max({{kolom: kolom, cel: cel, w: w, e: e, telling: telling, s: s, keren: keren}}, overschrijding) AS cel
    FROM gemeten GROUP BY ALL)
SELECT {plaats_kort}, ergst.cel.kolom, ergst.cel.cel AS cel, ergst.cel.w AS waargenomen, ergst.cel.e AS verwacht,
  LEAST(verder(verwacht, -ergst.cel.keren, ergst.cel.telling, ergst.cel.s, vloer() / keer(), herteld()), verwacht)
    AS laagste,
  GREATEST(verder(verwacht, ergst.cel.keren, ergst.cel.telling, ergst.cel.s, vloer() / keer(), herteld()), verwacht)
    AS hoogste,
  -- more than half of many figures are others
  NOT laat AND anders >= genoeg() AND 2 * anders > gevuld AS meeste_anders, overschrijding,
  CASE WHEN meeste_anders THEN 'meer dan de helft van de cijfers is niet wat aanvaard was'
    ELSE 'er was iets anders aanvaard' END AS want
FROM per LEFT JOIN ergst USING ({plaats_kort})
