"""Checks of a delivery against what was accepted before. They follow from the description, for every dataset."""

from __future__ import annotations

from pipelines.home import now, quoted
from pipelines.quality.parts import series
from pipelines.quality.series import (
    ENOUGH_AREAS,
    FEW,
    PARTS,
    RECENT,
    WIDER,
    dimensions,
    held_by,
    in_hand,
    is_strict,
    lands,
    measures,
    setup,
)
from pipelines.specs import Dataset

SOMETIMES = ("maandelijks", "driemaandelijks", "dagelijks", "per uur")
# How far, as a logarithm, a cell may be revised; a late one, and late ones together.
REVISED, REVISED_LATEST, REVISED_LATEST_SUM = 0.09, 0.7, 0.35
# Which share of at least so many cells may be revised by more than this share of that.
REVISED_SHARE, ENOUGH_CELLS, REVISED_SOME = 0.25, 4, 0.3
# Which share of at least so many cells may be another figure at all.
MANY_CHANGED, MANY_CELLS = 0.5, 20
EVIDENCE = 5  # a copy is one that chance makes less than once in ten to this power
# How far a whole and its parts differed when they were one, and how far they may now, as a share and a number: of two
# editions of the same figures one may be of a later day.
ADDED_UP, ADDED_UP_NOW, ADDED_UP_FEW = 0.005, 0.1, 10
SEVERAL = 4  # rows that can all have one figure
# Which share of the cells of an area may be gone, or how many times the share that ever was.
GONE, MORE_GONE = 0.05, 2

Sql = tuple[str, str, str, str, str]  # id, what is true, dimension, rows, wrong


def history_checks(spec: Dataset) -> list[tuple[Sql, tuple[str, ...]]]:
    """Every check as SQL, with the tables that must be made first."""
    tables = setup(spec, now().year)
    found = [(_series_of_all(spec), tables)]
    if measures(spec):
        found += [(_series(spec), tables), (_copy(), tables), (_constant(spec), ())]
    if measures(spec) and (dimensions(spec) or len(measures(spec)) >= 3):
        found.append((_copy_of_area(spec), tables))
    if cells(spec):
        found.append((_gone(spec), (*tables, *_missing(spec))))
    if spec.key:
        found.append((_revision(), (_revised(spec),)))
        if spec.gebied.niveau == "kolom":
            found.append((_levels(), tables))
    return found


def _series(spec: Dataset) -> Sql:
    over = (
        "SELECT gebiedsniveau, eenheid, jaar, deel, meting, reeks, w AS waargenomen, verwacht, laagst AS laagste, "
        f"hoogst AS hoogste, beoordeeld, overschrijding FROM {held_by(spec, 'toets')} WHERE eenheid <> ''"
    )
    says = "Een cijfer van een gebied verandert niet meer dan het in aanvaarde versies deed."
    return "reeks", says, "juistheid", over, "beoordeeld AND overschrijding > 1"


def _series_of_all(spec: Dataset) -> Sql:
    """What all areas are together, without what single areas are too high or too low: those are held one by one."""
    counts = [m for m in ("rijen", *measures(spec)) if m == "rijen" or spec.columns[m].type == "integer"]
    over = f"""
      WITH enkele AS (SELECT gebiedsniveau, jaar, deel, meting, reeks, SUM(w - verwacht) AS teveel FROM toets
          WHERE eenheid <> '' AND beoordeeld AND overschrijding > 1 AND meting IN ({", ".join(map(quoted, counts))})
          GROUP BY ALL)
      SELECT gebiedsniveau, jaar, deel, meting, reeks, w - COALESCE(teveel, 0) AS waargenomen, verwacht,
        laagst AS laagste, hoogst AS hoogste, beoordeeld
      FROM toets LEFT JOIN enkele USING (gebiedsniveau, jaar, deel, meting, reeks) WHERE eenheid = ''"""
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
      WHERE eenheid <> '' AND meting <> 'rijen' AND NOT verhouding AND stap > 0 AND w IS NOT NULL
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
      WITH n AS (SELECT * FROM reeks_nieuw WHERE eenheid <> '' AND reeks = '' AND meting <> 'rijen' AND noemer IS NULL
            AND w <> 0),
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
    """Per area and year: how many of the cells of the last year before it are not there; months and quarters after the
    last one that is there may still come."""
    key = ", ".join(cells(spec))
    on = " AND ".join(f"n.{c} = o.{c}" for c in cells(spec))
    turns = [c for c in cells(spec) if c in ("maand", "kwartaal")]
    others = [c for c in cells(spec) if c in PARTS and c not in turns]

    def gone(new: str, old: str) -> str:
        there = "".join(f", {c}" for c in others) + "".join(f", MIN({c}) AS eerste_{c}, MAX({c}) AS {c}" for c in turns)
        same = "".join(f" AND o.{c} = j.{c}" for c in others) + "".join(
            f" AND o.{c} BETWEEN j.eerste_{c} AND j.{c}" for c in turns
        )
        return f"""WITH o AS (SELECT DISTINCT {key}, jaar FROM {old}), n AS (SELECT DISTINCT {key}, jaar FROM {new}),
            jaar_van AS (SELECT *, (SELECT MAX(o.jaar) FROM o
                WHERE o.gebiedsniveau = n.gebiedsniveau AND o.jaar < n.jaar) AS ander
              FROM (SELECT gebiedsniveau, jaar{there} FROM n GROUP BY ALL) AS n)
          SELECT o.gebiedsniveau, o.{spec.unit} AS eenheid, j.jaar, COUNT(*) AS cellen,
            COUNT(*) FILTER (WHERE n.jaar IS NULL) AS weg
          FROM o JOIN jaar_van AS j ON j.gebiedsniveau = o.gebiedsniveau AND j.ander = o.jaar{same}
          LEFT JOIN n ON n.jaar = j.jaar AND {on} GROUP BY ALL"""

    return (
        f"CREATE OR REPLACE TABLE weg_oud AS {gone(RECENT, RECENT)}",
        f"CREATE OR REPLACE TABLE weg_nieuw AS {gone(lands(spec), RECENT)}",
    )


def _gone(spec: Dataset) -> Sql:
    """An area of which more cells are gone than ever were, or, in its first years, than are of the other areas."""
    over = f"""
      WITH eigen AS (SELECT gebiedsniveau, eenheid, MAX(weg / cellen) AS deel, COUNT(*) AS keren FROM weg_oud
          GROUP BY ALL),
        alle AS (SELECT gebiedsniveau, quantile_cont(weg / cellen, 0.99) AS deel FROM weg_oud GROUP BY ALL),
        naast AS (SELECT gebiedsniveau, jaar, COALESCE(MAX(weg / cellen, 3)[3], 0) AS deel, COUNT(*) AS gebieden
          FROM weg_nieuw GROUP BY ALL)
      SELECT n.gebiedsniveau, n.eenheid, n.jaar, weg AS waargenomen, 0 AS verwacht, cellen,
        cellen * GREATEST({GONE}, {MORE_GONE} * COALESCE(GREATEST(e.deel, a.deel), b.deel)) AS grens_weg,
        (gebieden >= {ENOUGH_AREAS} OR keren >= {FEW}) AND n.jaar <= {spec.dekking.tot or now().year}
          AND NOT ({in_hand(spec, now().year)}) AS bekend
      FROM weg_nieuw AS n LEFT JOIN eigen AS e USING (gebiedsniveau, eenheid) LEFT JOIN alle AS a USING (gebiedsniveau)
      LEFT JOIN naast AS b USING (gebiedsniveau, jaar)
      WHERE (n.gebiedsniveau, n.eenheid, n.jaar) NOT IN (
        SELECT (gebiedsniveau, {spec.unit}, jaar) FROM vorige)"""
    says = "Van een gebied verdwijnt niet meer dan er in aanvaarde versies verdween."
    return "verdwenen", says, "volledigheid", over, "bekend AND waargenomen > grens_weg"


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
      WHERE p.eenheid <> '' AND p.meting <> 'rijen' AND p.noemer IS NULL GROUP BY ALL"""


def _revision() -> Sql:
    says = "Een cijfer dat al aanvaard was, wordt niet sterk herzien en verdwijnt niet."
    return "herziening", says, "juistheid", "SELECT * FROM herzien", "te_sterk"


def _revised(spec: Dataset) -> str:
    """Every cell that was there already, and per area and year what they are together: how many changed, and the one
    that changed most. Late registrations are for sources that publish within the year, and for their last years."""
    key = [k for k in spec.key if k not in ("gebiedsniveau", "jaar", spec.unit)]
    on = ["gebiedsniveau", spec.unit, "jaar", *key]
    scope = ", ".join(spec.replaces)
    known = ", ".join(dict.fromkeys(["gebiedsniveau", spec.unit, "jaar", *spec.replaces]))
    often = spec.cadans in SOMETIMES
    late = f"jaar = (SELECT jaar FROM laatst) AND jaar >= {now().year - 1}" if often else "FALSE"
    settled = "jaar < (SELECT jaar FROM laatst)" if often else "TRUE"
    told = "".join(f", {c}" for c in series(spec) if c in key)  # what is given out apart is held apart
    place = f"gebiedsniveau, {spec.unit} AS eenheid, jaar{told}"
    cell = f"SELECT {place}, concat_ws(', ', {_key_text(key)}) AS cel"
    numbers = measures(spec)
    texts = [n for n, c in spec.columns.items() if not c.measure and n not in (*on, "gebied") and c.type == "text"]
    rows = [_changed(cell, n, spec) for n in numbers] + [
        f"{cell}, {quoted(n)} AS kolom, NULL AS w, NULL AS e, 99 AS mate FROM cel "
        f"WHERE n_.er AND o_.er AND n_.{n} IS DISTINCT FROM o_.{n}"
        for n in texts
    ]
    if not numbers:
        lost = "n_.er IS NULL OR o_.er IS NULL"
        rows.append(f"{cell}, 'rij' AS kolom, NULL AS w, NULL AS e, 99 AS mate FROM cel WHERE {lost}")
    both = ", ".join(f"COALESCE(n_.{c}, o_.{c}) AS {c}" for c in on)
    sums = [_changed_together(place, n, spec) for n in numbers if spec.columns[n].type == "integer"]
    scales = "".join(
        f"maat_{n} AS (SELECT GREATEST(0.05 * COALESCE(MEDIAN(ABS({n})), 1), 1e-6) AS s FROM oud), "
        for n in numbers
        if spec.columns[n].type != "integer"
    )
    filled = " + ".join(f"COUNT(*) FILTER (WHERE o_.{n} <> 0)" for n in numbers) or "0"
    by = f"gebiedsniveau, eenheid, jaar{told}"
    whole = "OVER (PARTITION BY gebiedsniveau, eenheid, jaar)"
    return f"""CREATE OR REPLACE TABLE herzien AS
      WITH oud AS (SELECT *, TRUE AS er FROM vorige WHERE {spec.key_where}
          AND ({scope}) IN (SELECT DISTINCT ({scope}) FROM kandidaat)),
        nieuw AS (SELECT *, TRUE AS er FROM kandidaat WHERE {spec.key_where}
          AND ({known}) IN (SELECT DISTINCT ({known}) FROM oud)),
        laatst AS (SELECT MAX(jaar) AS jaar FROM vorige),
        cel AS (SELECT *, {late} AS laat FROM (SELECT {both}, n_, o_
          FROM nieuw AS n_ FULL JOIN oud AS o_ ON {" AND ".join(f"n_.{c} = o_.{c}" for c in on)})),
        {scales}
        anders AS (SELECT *, FALSE AS samen FROM ({" UNION ALL ".join(rows)})
          {"".join(f" UNION ALL SELECT *, TRUE FROM ({one})" for one in sums)}),
        gebied_jaar AS (SELECT {place}, COUNT(*) * {len(rows)} AS cellen, {filled} AS gevuld FROM cel GROUP BY ALL),
        maat AS (SELECT {by}, COUNT(*) FILTER (WHERE sterk > {REVISED_SOME} AND NOT samen) AS gewijzigd,
            COUNT(*) FILTER (WHERE ABS(w - e) > 0.001 * ABS(e) AND NOT samen) AS anders,
            MAX(sterk) AS mate, arg_max(kolom, sterk) AS kolom,
            arg_max(cel, sterk) AS cel, arg_max(w, sterk) AS waargenomen, arg_max(e, sterk) AS verwacht
          FROM (SELECT *, mate / CASE WHEN NOT ({late}) THEN {REVISED} WHEN samen THEN {REVISED_LATEST_SUM}
              ELSE {REVISED_LATEST} END AS sterk
            FROM anders) GROUP BY ALL)
      SELECT {by}, cellen, COALESCE(gewijzigd, 0) AS gewijzigd, kolom, cel, waargenomen, verwacht,
        COALESCE(mate, 0) > 1
        OR ({settled} AND anders >= {MANY_CELLS} AND anders > {MANY_CHANGED} * gevuld)
        OR ({settled} AND gewijzigd > 0 AND SUM(cellen) {whole} >= {ENOUGH_CELLS}
          AND SUM(gewijzigd) {whole} > {REVISED_SHARE} * SUM(cellen) {whole}) AS te_sterk
      FROM gebied_jaar LEFT JOIN maat USING ({by})"""


def _changed(cell: str, name: str, spec: Dataset) -> str:
    """SQL for the cells of a measure that differ: by how much, as a logarithm, where it is more than a few of a small
    count. One that is gone counts fully, unless the publisher hides it."""
    counts = spec.columns[name].type == "integer"
    w, e = _value("n", name, spec), _value("o", name, spec)
    s = "1" if counts else f"(SELECT s FROM maat_{name})"
    hidden = f"COALESCE(n_.{name}_status = 'verborgen', FALSE)" if spec.missing else "FALSE"
    return (
        f"{cell}, {quoted(name)} AS kolom, {w} AS w, {e} AS e, CASE WHEN {e} IS NULL OR {hidden} THEN 0 "
        f"WHEN {w} IS NULL THEN 99 {_small(w, e) if counts else ''} "
        f"ELSE ABS(asinh({w} / {s}) - asinh({e} / {s})) END AS mate "
        f"FROM cel WHERE {w} IS DISTINCT FROM {e}"
    )


def _changed_together(place: str, name: str, spec: Dataset) -> str:
    """SQL for what the counts that were there are together: many small changes in one direction are one large one."""
    w, e = _value("n", name, spec), _value("o", name, spec)
    both = f"o_.er AND {w} IS NOT NULL AND {e} IS NOT NULL"
    return (
        f"SELECT * EXCLUDE (laat), CASE WHEN w = e THEN 0 {_small('w', 'e')} ELSE ABS(asinh(w) - asinh(e)) END AS mate "
        f"FROM (SELECT {place}, 'alles samen' AS cel, {quoted(name)} AS kolom, SUM({w}) AS w, SUM({e}) AS e, "
        f"ANY_VALUE(laat) AS laat FROM cel WHERE {both} GROUP BY ALL)"
    )


def _small(w: str, e: str) -> str:
    """SQL for what a count may change whatever its share: more for late registrations; to none it does not fall."""
    few = f"CASE WHEN laat THEN 3 + 2 * sqrt(ABS({e})) ELSE 1 + 0.5 * sqrt(ABS({e})) END"
    return f"WHEN {w} = 0 AND ABS({e}) >= CASE WHEN laat THEN 10 ELSE 2 END THEN 99 WHEN ABS({w} - {e}) <= {few} THEN 0"


def _key_text(key: list[str]) -> str:
    return ", ".join(f"CAST({k} AS VARCHAR)" for k in key) or "''"


def _value(side: str, name: str, spec: Dataset) -> str:
    """A cell; a count that is not in the file is none."""
    column = f"{side}_.{name}::DOUBLE"
    if spec.columns[name].type == "integer":
        return f"CASE WHEN {side}_.er IS NULL THEN 0 ELSE {column} END"
    return column
