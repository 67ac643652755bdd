"""A publisher's file as one table of text that can be asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.home import Problem
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.table import BLANKS

Say = Callable[[str, str], None]
SHEET = "blad "
NO_NAME = "(no name)"


class NotDescribed(Problem):
    """A file that cannot be described by looking at it: what stands in the way, and what to do."""


@dataclass
class Sample:
    """Every cell of a file as text, in the table `monster` beside the area lists.

    `form` holds what a format of a source spec says of such a file. A cell of a sheet that lacks the column is
    NULL, an empty cell is ''.
    """

    name: str
    con: duckdb.DuckDBPyConnection
    header: list[str]
    form: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def rows(self) -> int:
        """How many rows the file has below its header."""
        return self.one("SELECT COUNT(*) FROM monster")

    def one(self, sql: str) -> Any:
        """The only value of a query."""
        return self.con.execute(sql).fetchone()[0]  # type: ignore[index]

    def column(self, sql: str) -> list[Any]:
        """The first column of a query."""
        return [row[0] for row in self.con.execute(sql).fetchall()]

    def distinct(self, column: str, limit: int = 50_000) -> list[str]:
        """The texts that a column holds, empty ones left out, in order."""
        cell = named(column)
        return self.column(f"SELECT DISTINCT {cell} FROM monster WHERE {cell} <> '' ORDER BY 1 LIMIT {limit}")

    def unique(self, columns: Sequence[str]) -> bool:
        """True when these columns tell the rows of a sheet apart."""
        listed = ", ".join(map(named, [SHEET, *columns]))
        return self.one(f"SELECT COUNT(*) FROM (SELECT 1 FROM monster GROUP BY {listed} HAVING COUNT(*) > 1)") == 0

    def determines(self, columns: Sequence[str], other: str) -> bool:
        """True when the values of these columns leave one value for the other."""
        listed = ", ".join(map(named, columns))
        twice = f"SELECT 1 FROM monster GROUP BY {listed} HAVING COUNT(DISTINCT COALESCE({named(other)}, '')) > 1"
        return self.one(f"SELECT COUNT(*) FROM ({twice})") == 0

    def trim(self) -> None:
        """Take the blanks around every cell away, as the format says from now on."""
        cells = ", ".join(f"trim({named(c)}, '{BLANKS}') AS {named(c)}" for c in self.header)
        self.con.execute(f"CREATE OR REPLACE TABLE monster AS SELECT {named(SHEET)}, {cells} FROM monster")
        self.form["trim"] = True

    def padded(self) -> bool:
        """True when blanks stand around some cell."""
        tests = " OR ".join(f"{named(c)} <> trim({named(c)}, '{BLANKS}')" for c in self.header)
        return self.one(f"SELECT COUNT(*) FROM (SELECT 1 FROM monster WHERE {tests} LIMIT 1)") == 1


def fill(con: duckdb.DuckDBPyConnection, sheets: dict[str, tuple[list[str], Sequence[Sequence[str]]]]) -> list[str]:
    """Lay sheets of text cells below each other as the table `monster`; returns the columns of all of them."""
    header = list(dict.fromkeys(name for names, _ in sheets.values() for name in names))
    parts = []
    for sheet, (names, rows) in sheets.items():
        columns = {n: [row[i] if i < len(row) else "" for row in rows] for i, n in enumerate(names)}
        blank: list[str | None] = [None] * len(rows)
        cells = [[sheet] * len(rows), *(columns.get(n, blank) for n in header)]
        parts.append(pa.table([pa.array(c, pa.string()) for c in cells], names=[SHEET, *header]))
    con.register("bladen", pa.concat_tables(parts))
    con.execute("CREATE OR REPLACE TABLE monster AS SELECT * FROM bladen")
    con.unregister("bladen")
    return header


def named_once(name: str, header: list[str]) -> list[str]:
    """The header, with a name for the one column that may have none. Raises NotDescribed where a name stands there
    twice."""
    names = [h or NO_NAME for h in header]
    if doubled := sorted({h for h in names if names.count(h) > 1}):
        raise NotDescribed(
            f"{name}: column {', '.join(doubled)} stands there twice, so its cells cannot be told apart; give every "
            "column a name of its own"
        )
    return names
