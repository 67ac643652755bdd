"""Checks of a delivery against what was accepted before. They follow from the description, for every dataset."""

from __future__ import annotations

from pipelines.home import now, quoted
from pipelines.quality.parts import series
from pipelines.quality.series import SMALL, dimensions, held_by, measures, setup
from pipelines.specs import Dataset

SOMETIMES = ("maandelijks", "driemaandelijks", "dagelijks", "per uur")
REVISED, REVISED_LATEST, REVISED_SHARE, REVISED_SOME, ENOUGH_CELLS = 0.09, 0.7, 0.25, 0.3, 4
EVIDENCE = 5
ADDED_UP, ADDED_UP_NOW = 0.005, 0.01

Sql = tuple[str, str, str, str, str]  # id, what is true, dimension, rows, wrong


def history_checks(spec: Dataset) -> list[tuple[Sql, tuple[str, ...]]]:
    """Every check as SQL, with the tables that must be made first."""
    tables = setup(spec, now().year)
    found = [(_series_of_all(spec), tables)]
    if measures(spec):
        found += [(_series(spec), tables), (_copy(), tables)]
    if len(measures(spec)) * (1 + len(dimensions(spec))) >= 3:
        found.append((_copy_of_area(spec), tables))
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
      WHERE eenheid <> '' AND meting <> 'rijen' AND stap > 0 AND w IS NOT NULL AND (ABS(e) >= 20 OR NOT telling)
        AND e <> 0 GROUP BY ALL)
      SELECT * FROM {held_by(spec, "per")}"""
    says = "Een gebied herhaalt niet zijn cijfers van het vorige jaar."
    return "oude_kopie_gebied", says, "tijdigheid", over, f"bewijs >= {EVIDENCE} AND waargenomen >= 0.8 * vergeleken"


def _copy() -> Sql:
    """A year that repeats another year in all that is measured of most areas, where that hardly ever happened."""
    over = f"""
      WITH n AS (SELECT * FROM reeks_nieuw WHERE eenheid <> '' AND reeks = '' AND meting <> 'rijen' AND w <> 0),
        nieuw AS (FROM n WHERE (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM reeks_oud)),
        a AS (SELECT * FROM n UNION ALL SELECT * FROM reeks_oud WHERE eenheid <> '' AND reeks = ''
          AND (gebiedsniveau, jaar) NOT IN (SELECT (gebiedsniveau, jaar) FROM n)),
        gewoonte AS (SELECT gebiedsniveau, meting, AVG(CASE WHEN w = e THEN 1 ELSE 0 END) AS kans FROM wissel
          WHERE eenheid <> '' AND reeks = '' AND w <> 0 GROUP BY ALL),
        per AS (SELECT n.gebiedsniveau, n.jaar, a.jaar AS ander_jaar, n.meting, COUNT(*) AS vergeleken,
            AVG(CASE WHEN n.w = a.w THEN 1 ELSE 0 END) AS gelijk, COALESCE(ANY_VALUE(kans), 0) AS kans
          FROM nieuw AS n LEFT JOIN a ON a.gebiedsniveau = n.gebiedsniveau AND a.eenheid = n.eenheid AND a.deel = n.deel
            AND a.meting = n.meting AND a.jaar <> n.jaar LEFT JOIN gewoonte AS g
            ON g.gebiedsniveau = n.gebiedsniveau AND g.meting = n.meting GROUP BY ALL
          HAVING MEDIAN(ABS(n.w)) >= {SMALL})
      SELECT gebiedsniveau, jaar, ander_jaar, MIN(vergeleken) AS vergeleken, MIN(gelijk) AS waargenomen,
        MIN(kans) AS verwacht FROM per GROUP BY ALL"""
    says = "Een jaargang is geen kopie van een ander jaar."
    wrong = "vergeleken >= 10 AND waargenomen > 0.5 AND verwacht < 0.2"
    return "oude_kopie", says, "tijdigheid", over, wrong


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
          WHERE nu.delen = volledig.delen AND ABS(nu.geheel - nu.som) > {ADDED_UP_NOW} * ABS(nu.geheel) + 3
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
      WHERE p.eenheid <> '' AND p.meting <> 'rijen' GROUP BY ALL"""


def _revision() -> Sql:
    says = "Een cijfer dat al aanvaard was, wordt niet sterk herzien en verdwijnt niet."
    return "herziening", says, "juistheid", "SELECT * FROM herzien", "te_sterk"


def _revised(spec: Dataset) -> str:
    """Every cell that was there already: how many changed, and the one that changed most."""
    key = [k for k in spec.key if k not in ("gebiedsniveau", "jaar", spec.unit)]
    on = ["gebiedsniveau", spec.unit, "jaar", *key]
    scope = ", ".join(spec.replaces)
    known = ", ".join(dict.fromkeys(["gebiedsniveau", spec.unit, "jaar", *spec.replaces]))
    often = spec.cadans in SOMETIMES
    late = REVISED_LATEST if often else REVISED
    settled = "jaar < (SELECT jaar FROM laatst)" if often else "TRUE"
    told = "".join(f", {c}" for c in series(spec) if c in key)  # what is given out apart is held apart
    cell = f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar{told}, concat_ws(', ', {_key_text(key)}) AS cel"
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
    scales = "".join(
        f"maat_{n} AS (SELECT GREATEST(0.05 * COALESCE(MEDIAN(ABS({n})), 1), 1e-6) AS s FROM oud), "
        for n in numbers
        if spec.columns[n].type != "integer"
    )
    by = f"gebiedsniveau, eenheid, jaar{told}"
    whole = "OVER (PARTITION BY gebiedsniveau, eenheid, jaar)"
    return f"""CREATE OR REPLACE TABLE herzien AS
      WITH oud AS (SELECT *, TRUE AS er FROM vorige WHERE {spec.key_where}
          AND ({scope}) IN (SELECT DISTINCT ({scope}) FROM kandidaat)),
        nieuw AS (SELECT *, TRUE AS er FROM kandidaat WHERE {spec.key_where}
          AND ({known}) IN (SELECT DISTINCT ({known}) FROM oud)),
        cel AS (SELECT {", ".join(f"COALESCE(n_.{c}, o_.{c}) AS {c}" for c in on)}, n_, o_
          FROM nieuw AS n_ FULL JOIN oud AS o_ ON {" AND ".join(f"n_.{c} = o_.{c}" for c in on)}),
        laatst AS (SELECT MAX(jaar) AS jaar FROM vorige),
        {scales}
        anders AS ({" UNION ALL ".join(rows)}),
        gebied_jaar AS (SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar{told}, COUNT(*) * {len(rows)} AS cellen
          FROM cel GROUP BY ALL),
        maat AS (SELECT {by}, COUNT(*) FILTER (WHERE sterk > {REVISED_SOME}) AS gewijzigd,
            MAX(sterk) AS mate, arg_max(kolom, sterk) AS kolom,
            arg_max(cel, sterk) AS cel, arg_max(w, sterk) AS waargenomen, arg_max(e, sterk) AS verwacht
          FROM (SELECT *, mate / CASE WHEN jaar = (SELECT jaar FROM laatst) THEN {late} ELSE {REVISED} END AS sterk
            FROM anders) GROUP BY ALL)
      SELECT {by}, cellen, COALESCE(gewijzigd, 0) AS gewijzigd, kolom, cel, waargenomen, verwacht,
        COALESCE(mate, 0) > 1 OR ({settled} AND gewijzigd > 0 AND SUM(cellen) {whole} >= {ENOUGH_CELLS}
          AND SUM(gewijzigd) {whole} > {REVISED_SHARE} * SUM(cellen) {whole}) AS te_sterk
      FROM gebied_jaar LEFT JOIN maat USING ({by})"""


def _changed(cell: str, name: str, spec: Dataset) -> str:
    """SQL for the cells of a measure that differ: by how much, as a logarithm, where it is more than a few of a small
    count. One that is gone counts fully, unless the publisher hides it."""
    counts = spec.columns[name].type == "integer"
    w, e = _value("n", name, spec), _value("o", name, spec)
    s = "1" if counts else f"(SELECT s FROM maat_{name})"
    small = f"WHEN ABS({w} - {e}) <= 3 + 2 * sqrt(ABS({e})) THEN 0" if counts else ""  # late registrations
    hidden = f"COALESCE(n_.{name}_status = 'verborgen', FALSE)" if spec.missing else "FALSE"
    return (
        f"{cell}, {quoted(name)} AS kolom, {w} AS w, {e} AS e, CASE WHEN {e} IS NULL OR {hidden} THEN 0 "
        f"WHEN {w} IS NULL THEN 99 {small} ELSE ABS(asinh({w} / {s}) - asinh({e} / {s})) END AS mate "
        f"FROM cel WHERE {w} IS DISTINCT FROM {e}"
    )


def _key_text(key: list[str]) -> str:
    return ", ".join(f"CAST({k} AS VARCHAR)" for k in key) or "''"


def _value(side: str, name: str, spec: Dataset) -> str:
    """A cell; a count that is not in the file is none."""
    column = f"{side}_.{name}::DOUBLE"
    if spec.columns[name].type == "integer":
        return f"CASE WHEN {side}_.er IS NULL THEN 0 ELSE {column} END"
    return column
