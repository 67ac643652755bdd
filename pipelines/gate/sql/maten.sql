-- A count on the scale where its chance is the same everywhere (a square root that bears zero and a sign), of which chance
-- draws a share anew.
CREATE OR REPLACE MACRO tel(x, toeval) AS sign(x) * (sqrt(ABS(x) + 1) - 1) / sqrt(2 * toeval);
CREATE OR REPLACE MACRO aantal(x, toeval) AS sign(x) * ((ABS(x) * sqrt(2 * toeval) + 1) ** 2 - 1);
-- How far two figures are apart, in usual changes `h`. A count moves by chance and by its habit (a negative binomial);
-- any other figure by its habit alone, as a logarithm that bears zero and a sign.
CREATE OR REPLACE MACRO afstand(w, e, telling, s, h, toeval) AS CASE
  WHEN telling THEN 2 / h * ABS(asinh(h * tel(w, toeval)) - asinh(h * tel(e, toeval)))
  ELSE ABS(asinh(w / s) - asinh(e / s)) / h END;
-- The figure that lies so many usual changes further.
CREATE OR REPLACE MACRO verder(e, keren, telling, s, h, toeval) AS CASE
  WHEN telling THEN aantal(sinh(asinh(h * tel(e, toeval)) + h * keren / 2) / h, toeval)
  ELSE s * sinh(asinh(e / s) + keren * h) END;
-- How many times the floor two figures are apart: what is nearer than that is never judged.
CREATE OR REPLACE MACRO sprong(w, e, telling, s) AS CASE
  WHEN telling THEN ABS(ln((GREATEST(w, 0) + 0.5) / (GREATEST(e, 0) + 0.5))) ELSE ABS(asinh(w / s) - asinh(e / s)) END;
-- The largest but two, which one or two odd ones do not move.
CREATE OR REPLACE MACRO derde(x) AS MAX(x, weinig())[weinig()];
-- The class of size.
CREATE OR REPLACE MACRO klasse(x) AS floor(ln(GREATEST(ABS(x), 1)) / ln(klassen()));
-- Every whole beside the sum of its parts, and how far the two are apart as one figure of two editions.
CREATE OR REPLACE MACRO sommen(reeksen) AS TABLE
  SELECT p.gebiedsniveau, van_niveau, p.eenheid, p.jaar, p.deel, p.meting, p.reeks, ANY_VALUE(p.w) AS totaal,
    SUM(k.w) AS som, COUNT(*) AS delen,
    afstand(totaal, som, ANY_VALUE(telling), ANY_VALUE(s), vloer() / keer(), herteld()) AS verschil
  FROM query_table(reeksen) AS p JOIN schaal USING (meting)
  JOIN (FROM gebied_relatie WHERE van_niveau IN (SELECT DISTINCT gebiedsniveau FROM reeks_oud))
    ON naar_niveau = p.gebiedsniveau AND naar = p.eenheid
  JOIN query_table(reeksen) AS k ON k.gebiedsniveau = van_niveau AND k.eenheid = van AND k.jaar = p.jaar
    AND k.deel = p.deel AND k.meting = p.meting AND k.reeks = p.reeks
  WHERE p.eenheid <> '' AND soort = 'meting' GROUP BY ALL;
