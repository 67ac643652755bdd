"""The parts of a landing that are held back: which rows they are, and what is written down about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.landing.parts import Part, parts_sql, told_sql
from pipelines.landing.receipt import Why, Wrong
from pipelines.landing.state import HeldPart, State


def held_parts(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    held: Mapping[Part, Why],
    state: State,
    landed: str | None,
    delivery: str,
) -> list[HeldPart]:
    """What is held after a delivery, `kandidaat`, per part and year: its own parts, and those of earlier deliveries
    that it does not replace. `landed` is SQL for the rows that are accepted now."""
    delivered = con.execute("SELECT DISTINCT gebiedsniveau, jaar FROM kandidaat ORDER BY ALL").fetchall()
    earlier = {h.key: h for h in state.held}
    there = _there(con, spec, held, landed) if landed else set()
    found = {}
    for (level, unit, told), why in held.items():
        series = {name: v for name, v in sorted(told) if name != "jaar"}
        asked = dict(told).get("jaar")
        for year in [y for at, y in delivered if at == level and asked in (None, y)]:
            key = (level, unit, year, tuple(series.items()))
            before = earlier.get(key)
            since = before.sinds if before else now().isoformat(timespec="seconds")
            good = ((before and before.aanvaard_op) or state.accepted_at) if key in there else None
            said = (why.controle, why.omschrijving, why.boodschap, delivery, since, good, key in there)
            found[key] = HeldPart(level, unit, year, series, *said)
    replaced = _Replaced(con, spec)
    kept = [h for key, h in earlier.items() if key not in found and not replaced(h)]
    return [*(found[key] for key in sorted(found)), *kept]


def without_value(held: list[HeldPart]) -> list[Any]:
    """The held parts that have no earlier value, which are part of what a version is."""
    return sorted(h.key for h in held if not h.had_value)


def _there(con: duckdb.DuckDBPyConnection, spec: Dataset, held: Iterable[Part], landed: str) -> set[Any]:
    """Which of the held parts have rows, by their key."""
    found: set[Any] = set()
    for names in {tuple(name for name, _ in sorted(told) if name != "jaar") for _, _, told in held}:
        columns = ", ".join(["gebiedsniveau", spec.unit, "jaar", *map(told_sql, names)])
        rows = con.execute(f"SELECT DISTINCT {columns} FROM {landed} WHERE {parts_sql(spec, held)}").fetchall()
        found |= {(*r[:3], tuple(zip(names, r[3:], strict=True))) for r in rows}
    return found


class _Replaced:
    """Whether a delivery, `kandidaat`, takes the place of a part that was held before."""

    def __init__(self, con: duckdb.DuckDBPyConnection, spec: Dataset) -> None:
        self._con, self._spec = con, spec
        self._delivered: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}

    def __call__(self, part: HeldPart) -> bool:
        known = {"jaar": part.jaar, "gebiedsniveau": part.gebiedsniveau, self._spec.unit: part.eenheid} | part.reeks
        columns = tuple(c for c in self._spec.replaces if c in known) or ("jaar",)
        if columns not in self._delivered:
            found = self._con.execute(f"SELECT DISTINCT {', '.join(map(told_sql, columns))} FROM kandidaat").fetchall()
            self._delivered[columns] = set(found)
        return tuple(known[c] for c in columns) in self._delivered[columns]


def is_held(held: list[HeldPart], wrong: Wrong) -> bool:
    """Whether a wrong part of a check lies within what is held."""
    return any(
        (h.gebiedsniveau, h.eenheid) == (wrong.gebiedsniveau, wrong.eenheid)
        and wrong.deel.get("jaar", h.jaar) == h.jaar
        and all(wrong.deel.get(name) == v for name, v in h.reeks.items())
        for h in held
    )


def held_level(spec: Dataset, level: str, municipal: dict[str, str]) -> str:
    """The level of the unit that is held: that of its rows, or the municipalities that they lie in."""
    return municipal[level] if spec.unit == "gemeente" else level
