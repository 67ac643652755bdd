"""A table of text cells as DuckDB reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import now, quoted
from pipelines.ingest.read.cast import CELL, CODE, corrected, expressions, left_out, named, raw_cells
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.table import Table
from pipelines.ingest.read.withheld import EMBARGO, first_of, from_when, waits

UNNAMED = "zonder naam "


@dataclass(frozen=True)
class Source:
    """A table as DuckDB reads it, by `spec`: `sql` gives every row, `rows` measures below each other, `given` the text
    of every column and `raws` the same with known errors put right."""

    spec: Dataset
    table: Table
    sql: str
    given: dict[str, str]
    raws: dict[str, str]
    rows: str
    read: int
    per_row: int
    as_of: datetime

    @property
    def left_out(self) -> str | None:
        """SQL that says why a row is not landed, an embargo first; None where every row is."""
        reason = left_out(self.spec, self.table.form)
        if not self._waits:
            return reason
        return f"CASE WHEN {self._waits} THEN {quoted(EMBARGO)} ELSE {reason or 'NULL'} END"

    def until(self, con: duckdb.DuckDBPyConnection) -> datetime | None:
        """When the first of the rows under an embargo may be published; None where there is none."""
        return first_of(con, self.rows, self._from, self._waits, by_day=self._by_day) if self._waits else None

    @property
    def _waits(self) -> str:
        return waits(self._from, self.as_of, by_day=self._by_day) if self.spec.embargo else ""

    @property
    def _from(self) -> str:
        assert self.spec.embargo is not None, "only of rows under an embargo"
        return from_when(self.spec.embargo, expressions(self.spec, self.table, self.raws))

    @property
    def _by_day(self) -> bool:
        column = self.spec.embargo and self.spec.embargo.kolom
        return bool(column) and self.spec.columns[column].type == "date"

    @property
    def numbered(self) -> str:
        """`rows` with the row in the file as `regel`."""
        counted = f"(SELECT *, row_number() OVER () + {self.table.first_row - 1} AS regel FROM {self.sql})"
        return self.rows.replace(self.sql, counted, 1)

    def theirs(self, column: str) -> str:
        """The publisher's column that gives ours; our own name where it stands in no column."""
        described = self.spec.columns.get(column)
        column = (described and described.uit) or column
        extract = self.table.form.extract.get(column)
        return extract.column if extract else self.table.form.targets().get(column, column)


def open_source(
    con: duckdb.DuckDBPyConnection, spec: Dataset, table: Table, number: int, as_of: datetime | None = None
) -> Source:
    """How the connection reads a table, the `number`th of its part, as of a moment or now. Raises ParseError for a cell
    beside the header."""
    if table.path is not None:
        sql, read = _delimited(table), table.lines
        _check_unnamed(con, table, sql)
    else:
        assert table.cells is not None
        con.register(f"cellen_{number}", table.cells)
        sql, read = f"cellen_{number}", table.cells.num_rows
    measures = table.measures(spec)
    below = f" UNPIVOT INCLUDE NULLS ({CELL} FOR {CODE} IN ({', '.join(map(named, measures))}))" if measures else ""
    given = raw_cells(spec, table)
    return Source(
        spec, table, sql, given, corrected(spec, given), sql + below, read, max(len(measures), 1), as_of or now()
    )


def _check_unnamed(con: duckdb.DuckDBPyConnection, table: Table, sql: str) -> None:
    """What stands beside the columns of the header holds nothing; else ParseError."""
    if not table.unnamed:
        return
    beside = " OR ".join(f"{named(f'{UNNAMED}{n}')} <> ''" for n in range(table.unnamed))
    counted = f"(SELECT *, row_number() OVER () + {table.first_row - 1} AS regel FROM {sql})"
    if (row := con.execute(f"SELECT MIN(regel) FROM {counted} WHERE {beside}").fetchone()[0]) is not None:
        raise ParseError(
            f"{table.place}, row {row}: a cell stands beside the columns of the header; "
            "take it out or give its column a name"
        )


def _delimited(table: Table) -> str:
    names = [*table.header, *(f"{UNNAMED}{n}" for n in range(table.unnamed))]
    columns = ", ".join(f"{quoted(c or '(no name)')}: 'VARCHAR'" for c in names)
    quote = quoted(table.form.quote)
    return (
        f"read_csv({quoted(table.path)}, auto_detect=false, header=false, skip={table.first_row - 1}, "
        f"delim={quoted(table.form.delimiter)}, quote={quote}, escape={quote}, columns={{{columns}}}, "
        "strict_mode=true, null_padding=false)"
    )
