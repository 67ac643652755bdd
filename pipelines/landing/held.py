"""The parts of a landing that are held back: which rows they are, and what is written down about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.landing.parts import Part, parts_sql, told_sql

NOT_ASKED = SimpleNamespace(
    controle="niet_gevraagd",
    omschrijving="Deze verversing was voor andere steden.",
    boodschap="this refresh was asked for other cities",
)


@dataclass(frozen=True)
class Held:
    """A part that is held back: one unit in one year, or one series of it, at its last accepted value or without one.

    `reeks` are the columns that tell the series, none for all of it. `reden` is the sentence for the analyst,
    `omschrijving` says in Dutch what the mart shows. `sinds` is when it was first held, `aanvaard_op` when the version
    that stays in its place was accepted.
    """

    gebiedsniveau: str
    eenheid: str
    jaar: int
    reeks: dict[str, str]
    controle: str
    omschrijving: str
    reden: str
    levering: str
    sinds: str
    aanvaard_op: str | None
    had_value: bool


def held_rows(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    held: dict[Part, Any],
    state: dict[str, Any],
    landed: str | None,
    delivery: str,
) -> list[dict[str, Any]]:
    """What is held after a delivery, `kandidaat`, per part and year: its own parts, and those of earlier deliveries
    that it does not replace. `landed` is SQL for the rows that are accepted now."""
    delivered = con.execute("SELECT DISTINCT gebiedsniveau, jaar FROM kandidaat ORDER BY ALL").fetchall()
    earlier = {_key(h): h for h in state.get("held", [])}
    there = _there(con, spec, held, landed) if landed else set()
    rows = {}
    for (level, unit, told), why in held.items():
        series = {name: v for name, v in told if name != "jaar"}
        asked = dict(told).get("jaar")
        for year in [y for at, y in delivered if at == level and asked in (None, y)]:
            key = (level, unit, year, tuple(series.items()))
            before = earlier.get(key, {})
            row = Held(
                level,
                unit,
                year,
                series,
                why.controle,
                why.omschrijving,
                why.boodschap,
                delivery,
                before.get("sinds") or now().isoformat(timespec="seconds"),
                (before.get("aanvaard_op") or state.get("accepted_at")) if key in there else None,
                key in there,
            )
            rows[key] = asdict(row)
    replaced = _Replaced(con, spec)
    kept = [h for key, h in earlier.items() if key not in rows and not replaced(h)]
    return [*(rows[key] for key in sorted(rows)), *kept]


def _key(row: dict[str, Any]) -> tuple[str, str, int, tuple[tuple[str, str], ...]]:
    return row["gebiedsniveau"], row["eenheid"], row["jaar"], tuple(row["reeks"].items())


def without_value(rows: list[dict[str, Any]]) -> list[Any]:
    """The held parts that have no earlier value, which are part of what a version is."""
    return sorted(_key(r) for r in rows if not r["had_value"])


def _there(con: duckdb.DuckDBPyConnection, spec: Dataset, held: Iterable[Part], landed: str) -> set[Any]:
    """Which of the held parts have rows, by their key."""
    found: set[Any] = set()
    for names in {tuple(name for name, _ in told if name != "jaar") for _, _, told in held}:
        columns = ", ".join(["gebiedsniveau", spec.unit, "jaar", *map(told_sql, names)])
        rows = con.execute(f"SELECT DISTINCT {columns} FROM {landed} WHERE {parts_sql(spec, held)}").fetchall()
        found |= {(*r[:3], tuple(zip(names, r[3:], strict=True))) for r in rows}
    return found


class _Replaced:
    """Whether a delivery, `kandidaat`, takes the place of a part that was held before."""

    def __init__(self, con: duckdb.DuckDBPyConnection, spec: Dataset) -> None:
        self._con, self._spec = con, spec
        self._delivered: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}

    def __call__(self, row: dict[str, Any]) -> bool:
        known = {"jaar": row["jaar"], "gebiedsniveau": row["gebiedsniveau"], self._spec.unit: row["eenheid"]}
        known |= row["reeks"]
        columns = tuple(c for c in self._spec.replaces if c in known) or ("jaar",)
        if columns not in self._delivered:
            found = self._con.execute(f"SELECT DISTINCT {', '.join(map(told_sql, columns))} FROM kandidaat").fetchall()
            self._delivered[columns] = set(found)
        return tuple(known[c] for c in columns) in self._delivered[columns]


def is_held(rows: list[dict[str, Any]], wrong: dict[str, Any]) -> bool:
    """Whether a wrong part of a check lies within what is held."""
    told = wrong["deel"]
    return any(
        (h["gebiedsniveau"], h["eenheid"]) == (wrong["gebiedsniveau"], wrong["eenheid"])
        and told.get("jaar", h["jaar"]) == h["jaar"]
        and all(told.get(name) == v for name, v in h["reeks"].items())
        for h in rows
    )


def held_level(spec: Dataset, level: str, municipal: dict[str, str]) -> str:
    """The level of the unit that is held: that of its rows, or the municipalities that they lie in."""
    return municipal[level] if spec.unit == "gemeente" else level
