"""Checks of a delivery against what was accepted before. They follow from the description, for every dataset."""

from __future__ import annotations

from pipelines.describe.specs import Dataset
from pipelines.gate.limits import ENOUGH_AREAS, FEW, RECENT, SMALL, WIDER, is_strict, setup
from pipelines.gate.revision import revised
from pipelines.gate.series import PARTS, dimensions, held_by, in_hand, lands, measures, themselves
from pipelines.home import quoted

EVIDENCE = 5  # a copy is one that chance makes less than once in ten to this power
# How far a whole and its parts differed when they were one, and how far they may now, as a share and a number: of two
# editions of the same figures one may be of a later day.
ADDED_UP, ADDED_UP_NOW, ADDED_UP_FEW = 0.005, 0.1, 10
SEVERAL = 4  # rows that can all have one figure
# Which share of the cells of an area may be gone, or how many times the share that ever was; how many times the largest
# cell that ever was.
GONE, MORE_GONE, MORE_GONE_CELL = 0.05, 2, 3

Sql = tuple[str, str, str, str, str]  # id, what is true, dimension, rows, wrong


def history_checks(spec: Dataset, running: int) -> list[tuple[Sql, tuple[str, ...]]]:
    """Every check as SQL, with the tables that must be made first; `running` is the year in hand."""
    tables = setup(spec, running)
    found = [(_series_of_all(spec), tables)]
    if measures(spec):
        found += [(_series(spec), tables), (_copy(), tables), (_constant(spec), ())]
    if measures(spec) and (dimensions(spec) or len(measures(spec)) >= 3):
        found.append((_copy_of_area(spec), tables))
    if cells(spec):
        found.append((_gone(spec, running), (*tables, *_missing(spec))))
    if spec.key:
        found.append((_revision(), (revised(spec, running),)))
        if spec.gebied.niveau == "kolom":
            found.append((_levels(), tables))
    return found


def _series(spec: Dataset) -> Sql:
    over = f"""
      WITH te_ver AS (SELECT DISTINCT gebiedsniveau, eenheid, deel, meting, reeks FROM toets
          WHERE beoordeeld AND overschrijding > 1),
        eerder AS (SELECT gebiedsniveau, eenheid, deel, meting, reeks, COUNT(*) AS jaren, MIN(w) AS laagste_eerder,
            MAX(w) AS hoogste_eerder
          FROM reeks_oud SEMI JOIN te_ver USING (gebiedsniveau, eenheid, deel, meting, reeks) GROUP BY ALL),
        met AS (SELECT * FROM toets LEFT JOIN eerder USING (gebiedsniveau, eenheid, deel, meting, reeks))
      SELECT gebiedsniveau, eenheid, jaar, deel, meting, reeks, w AS waargenomen, verwacht, laagst AS laagste,
        hoogst AS hoogste, jaren AS jaren_eerder, laagste_eerder, hoogste_eerder, beoordeeld, overschrijding
      FROM {held_by(spec, "met")} WHERE eenheid <> ''"""
    says = "Een cijfer van een gebied verandert niet meer dan het in aanvaarde versies deed."
    return "reeks", says, "juistheid", over, "beoordeeld AND overschrijding > 1"


def _series_of_all(spec: Dataset) -> Sql:
    """What all areas are together, without what single areas are too high or too low: those are held one by one. A
    year of few areas is not that of all."""
    counts = [m for m in ("rijen", *measures(spec)) if m == "rijen" or spec.columns[m].type == "integer"]
    over = f"""
      WITH enkele AS (SELECT gebiedsniveau, jaar, deel, meting, reeks, SUM(w - verwacht) AS teveel FROM toets
          WHERE eenheid <> '' AND beoordeeld AND overschrijding > 1 AND meting IN ({", ".join(map(quoted, counts))})
          GROUP BY ALL)
      SELECT gebiedsniveau, jaar, deel, meting, reeks, w - COALESCE(teveel, 0) AS waargenomen, verwacht,
        laagst AS laagste, hoogst AS hoogste, beoordeeld
      FROM toets LEFT JOIN enkele USING (gebiedsniveau, jaar, deel, meting, reeks) WHERE eenheid = ''
        AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM jaar_van_weinig)"""
    says = "Alle gebieden samen veranderen niet meer dan ze in aanvaarde versies deden."
    return "reeks_geheel", says, "juistheid", over, "beoordeeld AND waargenomen NOT BETWEEN laagste AND hoogste"


def _copy_of_area(spec: Dataset) -> Sql:
    """An area whose new year repeats the last one. Each equal figure counts for how seldom figures were equal in
    accepted versions; together that must be less than once in 10 ** EVIDENCE."""
    over = f"""
      WITH gewoonte AS (SELECT gebiedsniveau, meting, (COUNT(*) FILTER (WHERE w = e) + 1) / (COUNT(*) + 2) AS kans
          FROM wissel WHERE eenheid <> '' AND (ABS(e) >= 20 OR NOT telling) AND e <> 0 GROUP BY ALL),
        per AS (SELECT gebiedsniveau, eenheid, jaar, COUNT(*) FILTER (WHERE w = e) AS waargenomen, 0 AS verwacht,
        COUNT(*) AS vergeleken, SUM(CASE WHEN w = e THEN -log10(kans) ELSE 0 END) AS bewijs
      FROM toets JOIN gewoonte USING (gebiedsniveau, meting)
      WHERE eenheid <> '' AND {themselves()} AND stap > 0 AND w IS NOT NULL
        AND (ABS(e) >= 20 OR NOT telling) AND e <> 0 GROUP BY ALL)
      SELECT * FROM {held_by(spec, "(SELECT *, " + is_strict("per") + " AS streng FROM per)")}"""
    says = "Een gebied herhaalt niet zijn cijfers van het vorige jaar."
    return (
        "oude_kopie_gebied",
        says,
        "tijdigheid",
        over,
        (f"bewijs >= CASE WHEN streng THEN 1 ELSE {WIDER} END * {EVIDENCE} AND waargenomen >= 0.8 * vergeleken"),
    )


def _copy() -> Sql:
    """A year that repeats another year in all that is measured. Each equal figure counts for how seldom figures of its
    size were equal in accepted versions."""
    size = "floor(ln(GREATEST(ABS({}), 1)) / ln(4))"
    over = f"""
      WITH n AS (SELECT * FROM reeks_nieuw WHERE eenheid <> '' AND reeks = '' AND {themselves()} AND w <> 0),
        nieuw AS (FROM n WHERE (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM reeks_oud)),
        a AS (SELECT * FROM n UNION ALL SELECT * FROM reeks_oud WHERE eenheid <> '' AND reeks = '' AND noemer IS NULL
          AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM n)),
        gewoonte AS (SELECT gebiedsniveau, meting, {size.format("e")} AS klasse,
            (COUNT(*) FILTER (WHERE w = e) + 1) / (COUNT(*) + 2) AS kans
          FROM wissel WHERE eenheid <> '' AND reeks = '' AND w <> 0 AND NOT verhouding GROUP BY ALL)
      SELECT n.gebiedsniveau, n.jaar, a.jaar AS ander_jaar, COUNT(*) AS vergeleken,
        AVG(CASE WHEN n.w = a.w THEN 1 ELSE 0 END) AS waargenomen, AVG(COALESCE(kans, 0.5)) AS verwacht,
        SUM(CASE WHEN n.w = a.w THEN -log10(COALESCE(kans, 0.5)) ELSE 0 END) AS bewijs
      FROM nieuw AS n LEFT JOIN a ON a.gebiedsniveau = n.gebiedsniveau AND a.eenheid = n.eenheid AND a.deel = n.deel
        AND a.meting = n.meting AND a.jaar <> n.jaar LEFT JOIN gewoonte AS g
        ON g.gebiedsniveau = n.gebiedsniveau AND g.meting = n.meting AND g.klasse = {size.format("n.w")}
      GROUP BY ALL"""
    says = "Een jaargang is geen kopie van een ander jaar."
    wrong = f"bewijs >= {EVIDENCE} AND waargenomen > LEAST(0.95, 0.5 + 0.8 * verwacht)"
    return "oude_kopie", says, "tijdigheid", over, wrong


def _constant(spec: Dataset) -> Sql:
    """One number in all rows, where every accepted year had several."""
    each = " UNION ALL ".join(
        f"SELECT gebiedsniveau, jaar, '{m}' AS meting, COUNT({m}) AS rijen, COUNT(DISTINCT {m}) AS verschillend, "
        f"ANY_VALUE({m})::DOUBLE AS cijfer FROM {{0}} GROUP BY ALL"
        for m in measures(spec)
    )
    over = f"""
      WITH gewoonte AS (SELECT gebiedsniveau, meting, MIN(verschillend) AS verwacht FROM ({each.format("vorige")})
          WHERE rijen >= {SEVERAL} GROUP BY ALL)
      SELECT gebiedsniveau, jaar, meting, cijfer, verschillend AS waargenomen, verwacht
      FROM ({each.format("kandidaat")}) JOIN gewoonte USING (gebiedsniveau, meting) WHERE rijen >= {SEVERAL}"""
    says = "Niet alle rijen hebben hetzelfde cijfer."
    return "constant", says, "juistheid", over, "waargenomen = 1 AND verwacht > 1"


def cells(spec: Dataset) -> list[str]:
    """The columns that tell the cells of an area apart, where those come back every year: no days."""
    names = [k for k in spec.key if k not in ("gebied", "gebiedsniveau", spec.unit) and not k.endswith("jaar")]
    timed = any(spec.columns[k].type in ("date", "time") for k in names)
    return [] if timed or not spec.key or "jaar" not in spec.replaces else ["gebiedsniveau", spec.unit, *names]


def _missing(spec: Dataset) -> tuple[str, ...]:
    """Per area and year: how many of the cells of the last year before it are not there, and how large the largest of
    those was in the first count; months and quarters after the last one that is there may still come."""
    key = ", ".join(cells(spec))
    on = " AND ".join(f"n.{c} = o.{c}" for c in cells(spec))
    turns = [c for c in cells(spec) if c in ("maand", "kwartaal")]
    others = [c for c in cells(spec) if c in PARTS and c not in turns]
    counts = [m for m in measures(spec) if spec.columns[m].type == "integer"]
    size = f"SUM(ABS({counts[0]}))" if counts else "0"

    def gone(new: str, old: str) -> str:
        there = "".join(f", {c}" for c in others) + "".join(f", MIN({c}) AS eerste_{c}, MAX({c}) AS {c}" for c in turns)
        same = "".join(f" AND o.{c} = j.{c}" for c in others) + "".join(
            f" AND o.{c} BETWEEN j.eerste_{c} AND j.{c}" for c in turns
        )
        return f"""WITH o AS (SELECT {key}, jaar, {size} AS grootte FROM {old} GROUP BY ALL),
            n AS (SELECT DISTINCT {key}, jaar FROM {new}),
            jaar_van AS (SELECT *, (SELECT MAX(o.jaar) FROM o
                WHERE o.gebiedsniveau = n.gebiedsniveau AND o.jaar < n.jaar) AS ander
              FROM (SELECT gebiedsniveau, jaar{there} FROM n GROUP BY ALL) AS n)
          SELECT o.gebiedsniveau, o.{spec.unit} AS eenheid, j.jaar, COUNT(*) AS cellen,
            COUNT(*) FILTER (WHERE n.jaar IS NULL) AS weg, MAX(grootte) FILTER (WHERE n.jaar IS NULL) AS grootste
          FROM o JOIN jaar_van AS j ON j.gebiedsniveau = o.gebiedsniveau AND j.ander = o.jaar{same}
          LEFT JOIN n ON n.jaar = j.jaar AND {on} GROUP BY ALL"""

    return (
        f"CREATE OR REPLACE TABLE weg_oud AS {gone(RECENT, RECENT)}",
        f"CREATE OR REPLACE TABLE weg_nieuw AS {gone(lands(spec), RECENT)}",
    )


def _gone(spec: Dataset, running: int) -> Sql:
    """An area of which more cells are gone than ever were, or, in its first years, than are of the other areas; or one
    that is far larger than any that ever was."""
    over = f"""
      WITH eigen AS (SELECT gebiedsniveau, eenheid, MAX(weg / cellen) AS deel, COUNT(*) AS keren FROM weg_oud
          GROUP BY ALL),
        alle AS (SELECT gebiedsniveau, quantile_cont(weg / cellen, 0.99) AS deel,
            GREATEST({MORE_GONE_CELL} * MAX(grootste), {SMALL}) AS cel FROM weg_oud GROUP BY ALL),
        naast AS (SELECT gebiedsniveau, jaar, COALESCE(MAX(weg / cellen, 3)[3], 0) AS deel, COUNT(*) AS gebieden
          FROM weg_nieuw GROUP BY ALL),
        alles AS (SELECT n.*, a.cel,
            cellen * GREATEST({GONE}, {MORE_GONE} * COALESCE(GREATEST(e.deel, a.deel), b.deel)) AS meer,
            gebieden >= {ENOUGH_AREAS} AS veel, keren
          FROM weg_nieuw AS n LEFT JOIN eigen AS e USING (gebiedsniveau, eenheid)
          LEFT JOIN alle AS a USING (gebiedsniveau) LEFT JOIN naast AS b USING (gebiedsniveau, jaar)
          WHERE (n.gebiedsniveau, n.eenheid, n.jaar) NOT IN (SELECT (gebiedsniveau, {spec.unit}, jaar) FROM vorige)
            AND (n.gebiedsniveau, n.jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM jaar_van_weinig)
            AND n.jaar <= {spec.dekking.tot or running} AND NOT ({in_hand(spec, running)}))
      SELECT gebiedsniveau, eenheid, jaar, 'cellen' AS soort, weg AS waargenomen, 0 AS laagste, meer AS hoogste,
        veel OR COALESCE(keren, 0) >= {FEW} AS beoordeeld FROM alles
      UNION ALL SELECT gebiedsniveau, eenheid, jaar, 'grootste cel', grootste, 0, cel, veel FROM alles
      WHERE grootste IS NOT NULL"""
    says = "Van een gebied verdwijnt niet meer dan er in aanvaarde versies verdween."
    return "verdwenen", says, "volledigheid", over, "beoordeeld AND waargenomen > hoogste"


def _levels() -> Sql:
    """The sum of the parts is the whole, where that was so in accepted versions. Of the whole and its parts, the one is
    held that would come most into line if it made up the difference. One that was accepted before is known."""
    by = "gebiedsniveau, van_niveau, meting, reeks"
    group = f"eenheid, jaar, deel, {by}"
    over = f"""
      WITH deel_van AS (SELECT naar_niveau AS gebiedsniveau, naar AS eenheid, van_niveau, van FROM gebied_relatie),
        nu AS ({_sums("reeks_nieuw")}), toen AS ({_sums("reeks_oud")}),
        geleerd AS (SELECT {by} FROM toen GROUP BY ALL
          HAVING COUNT(*) >= 5
            AND AVG(CASE WHEN ABS(geheel - som) <= {ADDED_UP} * ABS(geheel) THEN 1 ELSE 0 END) > 0.98),
        volledig AS (SELECT gebiedsniveau, van_niveau, eenheid, MAX(delen) AS delen FROM toen GROUP BY ALL),
        fout AS (SELECT nu.* FROM nu JOIN geleerd USING ({by}) JOIN volledig USING (gebiedsniveau, van_niveau, eenheid)
          LEFT JOIN toen USING ({group})
          WHERE nu.delen = volledig.delen AND ABS(nu.geheel - nu.som) > {ADDED_UP_NOW} * ABS(nu.geheel) + {ADDED_UP_FEW}
            AND ABS(nu.geheel - nu.som - COALESCE(toen.geheel - toen.som, 0)) > 0),
        verdacht AS (SELECT f.*, f.gebiedsniveau AS niveau_, f.eenheid AS eenheid_, FALSE AS is_deel FROM fout AS f
          UNION ALL SELECT f.*, f.van_niveau, d.van, TRUE FROM fout AS f
          JOIN deel_van AS d USING (gebiedsniveau, eenheid, van_niveau)),
        beter AS (SELECT v.*, (sprong - ABS(asinh((CASE WHEN is_deel THEN t.w + v.geheel - v.som ELSE v.som END) / s)
              - asinh(t.verwacht / s))) / marge AS winst
          FROM verdacht AS v LEFT JOIN toets AS t ON t.gebiedsniveau = v.niveau_ AND t.eenheid = v.eenheid_
            AND t.jaar = v.jaar AND t.deel = v.deel AND t.meting = v.meting AND t.reeks = v.reeks),
        dader AS (SELECT gebiedsniveau, eenheid, van_niveau, jaar, niveau_, eenheid_
          FROM (SELECT gebiedsniveau, eenheid, van_niveau, jaar, niveau_, eenheid_, SUM(winst) AS winst FROM beter
            GROUP BY ALL)
          QUALIFY ROW_NUMBER() OVER (PARTITION BY gebiedsniveau, eenheid, van_niveau, jaar
            ORDER BY winst DESC NULLS LAST, niveau_, eenheid_) = 1)
      SELECT CASE WHEN f.som IS NULL THEN gebiedsniveau ELSE niveau_ END AS gebiedsniveau,
        CASE WHEN f.som IS NULL THEN eenheid ELSE eenheid_ END AS eenheid, jaar, deel, meting, reeks,
        eenheid AS geheel_van, nu.geheel AS waargenomen, nu.som AS verwacht, nu.som, f.som IS NOT NULL AS niet_gelijk
      FROM nu LEFT JOIN fout AS f USING ({group}) LEFT JOIN dader USING (gebiedsniveau, eenheid, van_niveau, jaar)"""
    says = "De som van de delen is het geheel, waar dat in aanvaarde versies zo was."
    return "delen_en_geheel", says, "consistentie", over, "niet_gelijk"


def _sums(series: str) -> str:
    return f"""SELECT p.gebiedsniveau, d.van_niveau, p.eenheid, p.jaar, p.deel, p.meting, p.reeks,
        ANY_VALUE(p.w) AS geheel, SUM(k.w) AS som, COUNT(*) AS delen
      FROM {series} AS p JOIN deel_van AS d USING (gebiedsniveau, eenheid)
      JOIN {series} AS k ON k.gebiedsniveau = d.van_niveau AND k.eenheid = d.van AND k.jaar = p.jaar
        AND k.deel = p.deel AND k.meting = p.meting AND k.reeks = p.reeks
      WHERE p.eenheid <> '' AND {themselves("p.")} GROUP BY ALL"""


def _revision() -> Sql:
    says = "Een cijfer dat al aanvaard was, wordt niet sterk herzien en verdwijnt niet."
    return "herziening", says, "juistheid", "SELECT * FROM herzien", "te_sterk"
