"""Every figure as a series per area: what the series of a dataset are, in SQL.

A series is one measure (or the number of rows) of one area, whole or for one category of one dimension, in one part of
the year.
"""

from __future__ import annotations

from itertools import chain, product

from pipelines.describe.levels import MUNICIPAL
from pipelines.describe.specs import Dataset
from pipelines.gate.statements import sql
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


def largest(spec: Dataset) -> list[str]:
    """The measures of which an area has several cells in a year: of those the largest is a series too."""
    several = [k for k in spec.key if k not in ("gebied", "gebiedsniveau", "jaar", spec.unit)]
    return measures(spec) if several or not spec.key else []


def proportions(spec: Dataset) -> dict[str, str]:
    """The measures of a flow that keep their proportion to the first one while the year is in hand, by what that is
    called."""
    first, *others = measures(spec) or [""]
    return {f"{m} tegenover {first}": m for m in others} if spec.periode.soort == "lopend" else {}


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
    """SQL for the series of a relation. Sectors are one series per municipality: one sector alone moves too much."""
    dims, many, within, together = dimensions(spec), largest(spec), bool(parts(spec)), proportions(spec)
    unit, rows = (
        ("COALESCE(naar, gebied)", f"{relation} LEFT JOIN {_SECTORS} ON van_niveau = gebiedsniveau AND van = gebied")
        if _has_sectors(spec)
        else (spec.unit, relation)
    )
    values = [
        f"SUM({m})::DOUBLE AS {m}"
        if spec.columns[m].type == "integer"
        else f"CASE WHEN GROUPING(eenheid) = 1 THEN MEDIAN({m}) ELSE AVG({m}) END::DOUBLE AS {m}"
        for m in measures(spec)
    ]
    values += [f'MAX({m})::DOUBLE AS "{LARGEST}{m}"' for m in many]
    values += [f'SUM({m})::DOUBLE AS "som {m}"' for m in (measures(spec) if together else [])]
    label = ", ".join(f"CASE WHEN GROUPING({d}_) = 0 THEN '{d} ' || COALESCE({d}_, '?') END" for d in dims)
    splits = [[], *([f"{d}_"] for d in dims)]
    groups = _sets([["deel"]], [[], ["eenheid"]], splits) + (
        _sets([[]], [["eenheid"]], [[]]) if within and (many or together) else []
    )
    found = sql(
        "reeksen",
        eenheid=unit,
        deel=f"concat_ws('-', {', '.join(parts(spec))})" if within else "''",
        kolommen=", ".join([*(f"{text} AS {d}_" for d, text in dims.items()), *(measures(spec) or ["1 AS een"])]),
        rijen=rows,
        reeks=f"concat_ws(', ', {label})" if dims else "''",
        waarden="".join(f", {value}" for value in values),
        groepen=", ".join(groups),
        metingen=", ".join(["rijen", *measures(spec)]),
    )
    whole_year = "deel IS NULL" if within else "TRUE"
    if many:
        found += sql("reeksen_hoogste", hoogste=", ".join(f'"{LARGEST}{m}"' for m in many), heel_jaar=whole_year)
    if together:
        beside = ", ".join(f'"som {m}" AS "{name}"' for name, m in together.items())
        names = ", ".join(f'"{name}"' for name in together)
        first = f'"som {measures(spec)[0]}"'
        found += sql("reeksen_verhouding", teller=beside, noemer=first, namen=names, heel_jaar=whole_year)
    return found


def _sets(*choices: list[list[str]]) -> list[str]:
    """Grouping sets of a level and a year with one of every choice."""
    return [f"({', '.join(['gebiedsniveau', 'jaar', *chain(*one)])})" for one in product(*choices)]
