"""What was accepted before, cell by cell: how far a delivery changes it."""

from __future__ import annotations

from pipelines.describe.specs import Dataset
from pipelines.gate.faults import series
from pipelines.gate.series import measures
from pipelines.home import quoted

SOMETIMES = ("maandelijks", "driemaandelijks", "dagelijks", "per uur")
# How far, as a logarithm, a cell may be revised; a late one, and late ones together.
REVISED, REVISED_LATEST, REVISED_LATEST_SUM = 0.09, 0.7, 0.35
# Which share of at least so many cells may be revised by more than this share of that.
REVISED_SHARE, ENOUGH_CELLS, REVISED_SOME = 0.25, 4, 0.3
# Which share of at least so many cells may be another figure at all.
MANY_CHANGED, MANY_CELLS = 0.5, 20


def revised(spec: Dataset, running: int) -> str:
    """Every cell that was there already, and per area and year what they are together: how many changed, and the one
    that changed most. Late registrations are for sources that publish within the year, and for their last years;
    `running` is the year in hand."""
    key = [k for k in spec.key if k not in ("gebiedsniveau", "jaar", spec.unit)]
    on = ["gebiedsniveau", spec.unit, "jaar", *key]
    scope = ", ".join(spec.replaces)
    known = ", ".join(dict.fromkeys(["gebiedsniveau", spec.unit, "jaar", *spec.replaces]))
    often = spec.cadans in SOMETIMES
    late = f"jaar = (SELECT jaar FROM laatst) AND jaar >= {running - 1}" if often else "FALSE"
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
        f"WHEN {w} IS NULL THEN 99 {_small(w, e, 2) if counts else ''} "
        f"ELSE ABS(asinh({w} / {s}) - asinh({e} / {s})) END AS mate "
        f"FROM cel WHERE {w} IS DISTINCT FROM {e}"
    )


def _changed_together(place: str, name: str, spec: Dataset) -> str:
    """SQL for what the counts that were there are together: many small changes in one direction are one large one."""
    w, e = _value("n", name, spec), _value("o", name, spec)
    both = f"o_.er AND {w} IS NOT NULL AND {e} IS NOT NULL"
    mate = f"CASE WHEN w = e THEN 0 {_small('w', 'e', 1)} ELSE ABS(asinh(w) - asinh(e)) END AS mate"
    return (
        f"SELECT * EXCLUDE (laat), {mate} "
        f"FROM (SELECT {place}, 'alles samen' AS cel, {quoted(name)} AS kolom, SUM({w}) AS w, SUM({e}) AS e, "
        f"ANY_VALUE(laat) AS laat FROM cel WHERE {both} GROUP BY ALL)"
    )


def _small(w: str, e: str, few: int) -> str:
    """SQL for what a count may change whatever its share: more for late registrations; from `few` it does not fall to
    none."""
    room = f"CASE WHEN laat THEN 3 + 2 * sqrt(ABS({e})) ELSE 1 + 0.5 * sqrt(ABS({e})) END"
    none = f"{w} = 0 AND ABS({e}) >= CASE WHEN laat THEN 10 ELSE {few} END"
    return f"WHEN {none} THEN 99 WHEN ABS({w} - {e}) <= {room} THEN 0"


def _key_text(key: list[str]) -> str:
    return ", ".join(f"CAST({k} AS VARCHAR)" for k in key) or "''"


def _value(side: str, name: str, spec: Dataset) -> str:
    """A cell; a count that is not in the file is none."""
    column = f"{side}_.{name}::DOUBLE"
    if spec.columns[name].type == "integer":
        return f"CASE WHEN {side}_.er IS NULL THEN 0 ELSE {column} END"
    return column
