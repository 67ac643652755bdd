"""The tables `orba.*` of a city's file, and in that of all what cities share: a star that other tools take in one go.

Facts stand in the middle, each with the key of what it is about: a part of the plan (`onderdeel`), an indicator, a day
(`datum`). `onderdeel` has the goal, action plan, action and project of each part, so that no fact needs more than one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.home import quoted
from pipelines.later import pa
from pipelines.orba.plan import ELEMENTS, SHAPES, Plan, columns_of, type_of
from pipelines.orba.takeover import written_about

SQL = {str: "VARCHAR", int: "INTEGER", float: "DOUBLE", Decimal: "DECIMAL(18, 2)", date: "DATE", bool: "BOOLEAN"}
Columns = Mapping[str, tuple[str, str]]  # name → type in SQL, and meaning
HUB: Columns = {
    "sleutel": ("VARCHAR", "Sleutel van het doel, actieplan, de actie of het project."),
    "soort": ("VARCHAR", "doel, actieplan, actie of project."),
    "titel": ("VARCHAR", "Korte titel."),
    **{name: ("VARCHAR", f"Sleutel in orba.{name}; leeg hoger in het plan.") for name in ELEMENTS},
}
DAYS: Columns = {
    "datum": ("DATE", "Dag."),
    "jaar": ("INTEGER", "Jaar."),
    "halfjaar": ("VARCHAR", "Halfjaar, zoals 2026H1."),
    "kwartaal": ("VARCHAR", "Kwartaal, zoals 2026-Q1."),
    "maand": ("VARCHAR", "Maand, zoals 2026-01."),
}
VERSION: Columns = {
    "stad": ("VARCHAR", "Stad."),
    "versie": ("INTEGER", "Versie van het plan; nul voor wat gedeeld is."),
    "inhoud": ("VARCHAR", "Inhoudshash van de tabellen."),
}
# A column, and the column whose values it may have: many to one, never the other way.
RELATIONS = (
    *((f"onderdeel.{name}", f"{name}.sleutel") for name in ELEMENTS),
    *((f"{fact}.onderdeel", "onderdeel.sleutel") for fact in ("mijlpaal", "bedrag", "oordeel", "indicator")),
    *((f"{fact}.indicator", "indicator.sleutel") for fact in ("streefwaarde", "eigen_meting")),
    *(("mijlpaal.gepland", "datum.datum"), ("bedrag.datum", "datum.datum"), ("oordeel.op", "datum.datum")),
    *(("streefwaarde.op", "datum.datum"), ("eigen_meting.op", "datum.datum")),
)


@dataclass(frozen=True)
class StarTable:
    """One table of the star: what it holds, its columns, and its rows."""

    meaning: str
    columns: Columns
    rows: Sequence[tuple[Any, ...]]


def star(plans: Iterable[Plan]) -> dict[str, StarTable]:
    """The tables of some plans by name; empty where these hold nothing."""
    given = [plan for plan in plans if any(plan.rows.values())]
    if not given:
        return {}
    found = {table: _as_given(table, given) for table in SHAPES}
    parts = [_place(plan, key) for plan in given for key in plan.elements]
    found["onderdeel"] = StarTable("Alle onderdelen van het plan, met wat erboven staat.", HUB, parts)
    days = [value for one in found.values() for row in one.rows for value in row if isinstance(value, date)]
    found["datum"] = StarTable("Alle dagen van de jaren waarin iets gepland of gemeten is.", DAYS, days_of(days))
    return found


def _as_given(table: str, plans: Iterable[Plan]) -> StarTable:
    columns = {n: (SQL[type_of(table, n)], f.metadata["meaning"]) for n, f in columns_of(table).items()}
    names = [f.name for f in fields(SHAPES[table])]
    rows = [tuple(getattr(row, name) for name in names) for plan in plans for row in plan.of(table)]
    if table == "bedrag":
        columns["datum"] = ("DATE", "Eerste dag van het boekjaar.")
        rows = [(*row, date(row[names.index("jaar")], 1, 1)) for row in rows]
    return StarTable((SHAPES[table].__doc__ or "").strip(), columns, rows)


def _place(plan: Plan, key: str) -> tuple[Any, ...]:
    row = plan.elements[key]
    above = {one.table: one.sleutel for one in plan.path(key)}
    return (key, row.table, row.titel, *(above.get(name) for name in ELEMENTS))


def days_of(used: Sequence[date]) -> list[tuple[Any, ...]]:
    """Every day of the years that occur: a table of dates has no gaps."""
    if not used:
        return []
    first, last = date(min(used).year, 1, 1), date(max(used).year, 12, 31)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    return [
        (d, d.year, f"{d.year}H{(d.month + 5) // 6}", f"{d.year}-Q{(d.month + 2) // 3}", f"{d:%Y-%m}") for d in days
    ]


class PlanTables:
    """What the plans of the cities put into the files of a release."""

    def __init__(self, plans: Mapping[str, Plan], private: Mapping[str, Container[str]] | None = None) -> None:
        """The plans by city, and by city the subjects that it alone may see."""
        self._plans, self._private = plans, private or {}

    def of(self, stad: str) -> dict[str, StarTable]:
        """The tables in the file of a city, or ("") in that of all."""
        if stad:
            plan = self._plans.get(stad)
            return _marked(star([plan] if plan else []), stad, plan.versie if plan else 0)
        return _marked(star(map(self.shared, self._plans)), "", 0)

    def shared(self, stad: str) -> Plan:
        """What everybody gets of the plan of a city."""
        return self._plans[stad].shared().without(self._private.get(stad, ()))

    def is_private(self, stad: str) -> bool:
        """Whether people of a city added something to its plan; what was reported anybody may read."""
        return stad in self._plans and bool(written_about(self._plans[stad]))

    def is_in(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> bool:
        """Whether a file, attached under this name, holds exactly this. What it holds more may not be written over: the
        bytes would stay."""
        told = (
            "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'orba' AND table_name = 'versie'"
        )
        there = con.execute(told, [catalog.strip('"')]).fetchone()
        mark = con.execute(f'SELECT inhoud FROM "{catalog}".orba.versie').fetchone() if there else None
        wanted = self.of(stad).get("versie")
        return (mark[0] if mark else None) == (wanted.rows[0][2] if wanted else None)

    def write(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> None:
        """Write them into the file that is attached under this name."""
        write_star(con, f'"{catalog}"', self.of(stad))

    def follow(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str, mart: str = "rel.mart") -> None:
        """Of the plan itself nothing follows from the figures of a release."""


def _marked(tables: dict[str, StarTable], stad: str, version: int) -> dict[str, StarTable]:
    """The same with what tells them from those of another release."""
    if not tables:
        return {}
    mark = digest_of([[name, one.columns, one.rows] for name, one in tables.items()])
    return tables | {"versie": StarTable("Welke versie van het plan dit is.", VERSION, [(stad, version, mark)])}


def write_star(con: duckdb.DuckDBPyConnection, catalog: str, tables: Mapping[str, StarTable]) -> None:
    """Write these tables, with what they and their columns mean, in the place of those of before."""
    if tables:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {catalog}.orba")
    for name, table in tables.items():
        place = f"{catalog}.orba.{name}"
        casts = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, (kind, _) in table.columns.items())
        cells = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
        texts = {
            c: pa.array([_text(v) for v in values], pa.string()) for c, values in zip(table.columns, cells, strict=True)
        }
        con.register("orba_rijen", pa.table(texts))
        con.execute(f"CREATE OR REPLACE TABLE {place} AS SELECT {casts} FROM orba_rijen")
        con.unregister("orba_rijen")
        con.execute(f"COMMENT ON TABLE {place} IS {quoted(table.meaning)}")
        for column, (_, meaning) in table.columns.items():
            con.execute(f"COMMENT ON COLUMN {place}.{column} IS {quoted(meaning)}")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
