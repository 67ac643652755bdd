"""The parts of a delivery: an area, and the year and series of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.describe.specs import Dataset
from pipelines.home import quoted

# Level, unit, and the year and series of it that a fault is in; all of the unit when nothing more is told.
Part = tuple[str, str, tuple[tuple[str, Any], ...]]
# Level, unit, year and series of what is held.
PartKey = tuple[str, str, int, tuple[tuple[str, str], ...]]


def lies_in(held: PartKey, part: Part) -> bool:
    """Whether what is held lies in a part."""
    level, unit, told = part
    has = {"jaar": held[2], **dict(held[3])}
    return held[:2] == (level, unit) and all(has.get(name, value) == value for name, value in told)


def parts_sql(spec: Dataset, parts: Iterable[Part]) -> str:
    """SQL that says whether a row of the landing is in one of the parts."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for level, unit, told in sorted(parts):
        values = ", ".join(str(v) if name == "jaar" else quoted(v) for name, v in told)
        where = f"({quoted(level)}, {quoted(unit)}{', ' + values if told else ''})"
        groups.setdefault(tuple(name for name, _ in told), []).append(where)
    tests = [
        f"({', '.join(['gebiedsniveau', spec.unit, *map(told_sql, names)])}) IN ({', '.join(listed)})"
        for names, listed in groups.items()
    ]
    return f"({' OR '.join(tests) or 'FALSE'})"


def told_sql(column: str) -> str:
    """SQL for what tells parts apart: the year as it is, a series as text."""
    return column if column == "jaar" else f'CAST("{column}" AS TEXT)'
