"""Every figure as a series per area: what the series of a dataset are, in SQL.

A series is one measure (or the number of rows) of one area, whole or for one category of one dimension, in one part of
the year.
"""

from __future__ import annotations

from itertools import chain, product

from pipelines.describe.levels import MUNICIPAL
from pipelines.describe.specs import Dataset
from pipelines.home import quoted

PARTS = ("maand", "kwartaal", "periode")
LARGEST = "hoogste "  # before a measure: its largest cell of an area in a year, which is judged for being too large

MUNICIPAL_LEVELS = f"(SELECT gebiedsniveau FROM gebiedsniveau WHERE reeks = {quoted(MUNICIPAL)})"
# a query of its own: with its conditions in the join, every row is held against every relation
_SECTORS = (
    "(SELECT van_niveau, van, naar FROM gebied_relatie "
    f"WHERE van_niveau LIKE 'statsec%' AND naar_niveau IN {MUNICIPAL_LEVELS})"
)


def parts(spec: Dataset) -> list[str]:
    """SQL for the part of the year that a row stands for: its month or quarter, the month of its day."""
    found = []
    for name in spec.key:
        column = spec.columns.get(name)
        if column is None or name in ("gebied", "gebiedsniveau", "jaar"):
            continue
        if column.type in ("date", "time"):
            found.append(f"strftime({name}, '%m')")
        elif name in PARTS:
            found.append(f"lpad(CAST({name} AS VARCHAR), 2, '0')")
    return found


def dimensions(spec: Dataset) -> dict[str, str]:
    """The columns of the key that split an area's figures, with SQL for the category; ages by ten."""
    found = {}
    for name in spec.key:
        column = spec.columns.get(name)
        if column is None or name in ("gebied", "gebiedsniveau", spec.unit, *PARTS) or name.endswith("jaar"):
            continue
        if column.type == "text":
            found[name] = name
        elif column.type == "integer":
            found[name] = f"CAST({name} // 10 * 10 AS VARCHAR)"
    return found


def measures(spec: Dataset) -> list[str]:
    """The measured columns; none for a list of codes."""
    return [n for n, c in spec.columns.items() if c.measure]


def ratios(spec: Dataset) -> list[tuple[str, str]]:
    """Every other measure by the first: what moves together, as the rows of a year in hand, moves no ratio."""
    first, *others = measures(spec) or [""]
    return [(m, first) for m in others]


def themselves(row: str = "") -> str:
    """SQL that says whether a series is a measure itself: not the number of rows, a ratio or a largest cell."""
    return f"({row}meting <> 'rijen' AND {row}noemer IS NULL AND NOT starts_with({row}meting, '{LARGEST}'))"


def largest(spec: Dataset) -> list[str]:
    """The measures of which an area has several cells in a year: of those the largest is a series too."""
    several = [k for k in spec.key if k not in ("gebied", "gebiedsniveau", "jaar", spec.unit)]
    return measures(spec) if several or not spec.key else []


def held_by(spec: Dataset, relation: str) -> str:
    """SQL for what was found per area, with the unit that it is held back by: all sectors of a municipality."""
    if not _has_sectors(spec):
        return relation
    return (
        f"(SELECT t.* REPLACE (COALESCE(van, t.eenheid) AS eenheid) FROM {relation} AS t "
        f"LEFT JOIN {_SECTORS} ON van_niveau = t.gebiedsniveau AND naar = t.eenheid)"
    )


def _has_sectors(spec: Dataset) -> bool:
    column = spec.columns.get("gebiedsniveau")
    levels = [spec.gebied.niveau, *(column.values.values() if column and column.values else ())]
    return spec.unit == "gebied" and any(level.startswith("statsec") for level in levels)


def series_sql(spec: Dataset, relation: str) -> str:
    """SQL for the series of a relation: level, unit ('' for the level as a whole), year, part, measure, series, value,
    and of a ratio what it is divided by. Sectors are one series per municipality: one sector alone moves too much. A
    ratio is over the whole year.

    Counts are summed. Of other measures an area has the mean over its rows, a level as a whole the median: one area
    that is wrong does not move it.
    """
    dims = dimensions(spec)
    unit, rows = (
        ("COALESCE(naar, gebied)", f"{relation} LEFT JOIN {_SECTORS} ON van_niveau = gebiedsniveau AND van = gebied")
        if _has_sectors(spec)
        else (spec.unit, relation)
    )
    deel = f"concat_ws('-', {', '.join(parts(spec))})" if parts(spec) else "''"
    columns = "".join(f", {sql} AS {name}_" for name, sql in dims.items())
    values = "".join(
        f", SUM({m})::DOUBLE AS {m}"
        if spec.columns[m].type == "integer"
        else f", CASE WHEN GROUPING(eenheid) = 1 THEN MEDIAN({m}) ELSE AVG({m}) END::DOUBLE AS {m}"
        for m in measures(spec)
    )
    values += "".join(f", SUM({m})::DOUBLE AS {m}_som" for m in dict.fromkeys(chain(*ratios(spec))))
    label = (
        "concat_ws(', ', "
        + ", ".join(f"CASE WHEN GROUPING({d}_) = 0 THEN '{d} ' || COALESCE({d}_, '?') END" for d in dims)
        + ")"
        if dims
        else "''"
    )
    split = [f"{d}_" for d in dims]
    many = largest(spec)
    values += "".join(f", MAX({m})::DOUBLE AS {m}_hoogste" for m in many)
    whole = _sets([["deel"]], [[], ["eenheid"]], [[], *([d] for d in split)])
    year = _sets([[]], [["eenheid"]], [[], *([d] for d in split)]) if parts(spec) and (ratios(spec) or many) else []
    listed = ", ".join(["rijen", *measures(spec)])
    over = " UNION ALL ".join(
        f"SELECT gebiedsniveau, jaar, deel, eenheid, reeks, '{m} per {n}' AS meting, {m}_som / {n}_som AS w, "
        f"{n}_som AS noemer FROM per WHERE {n}_som <> 0 AND eenheid <> ''"
        + (" AND deel IS NULL" if parts(spec) else "")
        for m, n in ratios(spec)
    )
    highest = "".join(
        f" UNION ALL BY NAME (SELECT gebiedsniveau, jaar, '' AS deel, eenheid, reeks, '{LARGEST}{m}' AS meting, "
        f"{m}_hoogste AS w FROM per WHERE eenheid <> '' AND reeks = ''{' AND deel IS NULL' if parts(spec) else ''})"
        for m in many
    )
    return f"""
      WITH rij AS (SELECT gebiedsniveau, {unit} AS eenheid, jaar, {deel} AS deel{columns},
          {", ".join(measures(spec)) or "1 AS een"} FROM {rows}),
        per AS (SELECT gebiedsniveau, jaar, CASE WHEN GROUPING(deel) = 0 THEN deel END AS deel,
          CASE WHEN GROUPING(eenheid) = 1 THEN '' ELSE eenheid END AS eenheid,
          {label} AS reeks, COUNT(*)::DOUBLE AS rijen{values}
          FROM rij GROUP BY GROUPING SETS ({", ".join([*whole, *year])})),
        deze AS (SELECT gebiedsniveau, jaar, deel, eenheid, reeks, {listed} FROM per WHERE deel IS NOT NULL)
      SELECT *, NULL::DOUBLE AS noemer FROM (UNPIVOT deze ON {listed} INTO NAME meting VALUE w)
      {f"UNION ALL BY NAME (SELECT * REPLACE ('' AS deel) FROM ({over}))" if over else ""}{highest}"""


def _sets(*choices: list[list[str]]) -> list[str]:
    """Grouping sets of a level and a year with one of every choice."""
    return [f"({', '.join(['gebiedsniveau', 'jaar', *chain(*one)])})" for one in product(*choices)]


def in_hand(spec: Dataset, running: int) -> str:
    """SQL that says whether the year of a row is not over: what was counted until now is not all of it."""
    return f"jaar >= {running}" if spec.periode.soort == "lopend" else "FALSE"


def lands(spec: Dataset) -> str:
    """SQL for the years of the candidate as they would land: a source that comes in windows keeps its earlier ones."""
    if spec.replaces == ["jaar"]:
        return "kandidaat"
    scope = ", ".join(spec.replaces)
    return (
        "(SELECT * FROM kandidaat UNION ALL BY NAME SELECT * FROM vorige WHERE jaar IN (SELECT jaar FROM kandidaat) "
        f"AND ({scope}) NOT IN (SELECT ({scope}) FROM kandidaat))"
    )
