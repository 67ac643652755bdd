-- A count on the scale where its chance is the same everywhere (a square root that bears zero and a sign), of which chance
-- draws a share anew.
CREATE OR REPLACE MACRO tel(x, toeval) AS sign(x) * (sqrt(ABS(x) + 1) - 1) / sqrt(2 * toeval);
CREATE OR REPLACE MACRO aantal(x, toeval) AS sign(x) * ((ABS(x) * sqrt(2 * toeval) + 1) ** 2 - 1);
-- How far two figures are apart, in usual changes `h`. A count moves by chance and by its habit (a negative binomial);
-- any other figure by its habit alone, as a logarithm that bears zero and a sign.
CREATE OR REPLACE MACRO afstand(w, e, telling, s, h, toeval) AS CASE
  WHEN telling THEN 2 / h * ABS(asinh(h * tel(w, toeval)) - asinh(h * tel(e, toeval)))
  ELSE ABS(asinh(w / s) - asinh(e / s)) / h END;
-- The same of a figure that is given once more: of a count one more or less says nothing.
CREATE OR REPLACE MACRO herhaald(w, e, telling, s) AS CASE
  WHEN telling AND ABS(w - e) <= 1 THEN 0 ELSE afstand(w, e, telling, s, vloer() / keer(), herteld()) END;
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
  WITH niveaus AS (SELECT DISTINCT gebiedsniveau FROM reeks_oud),
    relaties AS (FROM gebied_relatie WHERE van_niveau IN (FROM niveaus) AND naar_niveau IN (FROM niveaus)),
    cijfers AS (FROM query_table(reeksen) JOIN schaal USING (meting) WHERE eenheid <> '' AND soort = 'meting'),
    som AS (
      SELECT naar_niveau, naar, van_niveau, jaar, deel, meting, reeks, SUM(w) AS som, COUNT(*) AS delen
      FROM cijfers JOIN relaties ON van_niveau = gebiedsniveau AND van = eenheid GROUP BY ALL)
  SELECT gebiedsniveau, van_niveau, eenheid, c.jaar, c.deel, c.meting, c.reeks, w AS totaal, som, delen,
    herhaald(w, som, telling, s) AS verschil
  FROM cijfers AS c JOIN som AS t ON naar_niveau = gebiedsniveau AND naar = eenheid AND t.jaar = c.jaar
    AND t.deel = c.deel AND t.meting = c.meting AND t.reeks = c.reeks;
