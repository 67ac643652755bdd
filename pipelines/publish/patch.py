"""Write a release over a copy of the last one, so that its cost follows the change: only subjects with other rows.

Replaced rows stay in a file, where no query sees them, until their table is written anew, and its old blocks stay
until the file is. So where a row disappears, as after a withdrawal, nothing is patched; a table in which replaced rows
are a third is written anew, and so is a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipelines.home import quoted

SUMS = "SUM(HASH(w)::HUGEINT), BIT_XOR(HASH(w))"  # of whole rows: 128 bits that depend on no order
VERSIONS = "MIN(bronversie), MAX(bronversie)"  # of another delivery all rows differ, without a look at their figures
KEPT = 1 / 3  # the share of replaced rows, of those that count, up to which a table or file keeps them


@dataclass(frozen=True)
class Change:
    """What differs in a table: some subjects, `gone` rows of which are replaced, or `whole`, where it has no subjects
    or other columns."""

    subjects: tuple[str, ...] = ()
    whole: bool = False
    gone: int = field(default=0, compare=False)

    def __bool__(self) -> bool:
        return self.whole or bool(self.subjects)

    @property
    def condition(self) -> str:
        """The rows that it is about, as SQL."""
        return "TRUE" if self.whole else f"onderwerp IN ({', '.join(map(quoted, self.subjects or ('',)))})"


WHOLE = Change(whole=True)


def changes(
    con: duckdb.DuckDBPyConnection, may_differ: dict[str, Change], rows_of: Callable[[str, str], str]
) -> dict[str, Change] | None:
    """What differs between `vorige` and `nieuw` in every table, of what may; None where a row disappears, so that
    nothing may be kept of the last release. The new rows of subjects that differ are laid out in `nieuw.anders`, by
    the SQL for the rows of a table of which something holds."""
    con.execute("CREATE SCHEMA IF NOT EXISTS nieuw.anders")
    columns, before = _columns(con, "nieuw"), _columns(con, "vorige")
    found = {}
    for table, about in may_differ.items():
        if columns[table] != before.get(table) or not about:
            found[table] = about if columns[table] == before.get(table) else WHOLE
            continue
        has_subjects = ("onderwerp", "VARCHAR") in columns[table]
        if not about.whole:
            _lay_out(con, table, rows_of(table, about.condition))
        sides = (f"vorige.mart.{table}", f"nieuw.{'mart' if about.whole else 'anders'}.{table}")
        versioned = ("bronversie", "VARCHAR") in columns[table]
        first = VERSIONS if versioned else SUMS
        old, new = (_told(con, side, has_subjects, about, first) for side in sides)
        if any(count > new.get(part, (0,))[0] for part, (count, *_) in old.items()):
            return None
        if versioned and (same := Change(tuple(part for part in new if new[part] == old.get(part)))):
            for told, side in zip((old, new), sides, strict=True):
                told |= _told(con, side, has_subjects, same, SUMS)
        differ = tuple(part for part in new if new[part] != old.get(part))
        gone = sum(old[part][0] for part in differ if part in old)
        found[table] = Change(differ, gone=gone) if has_subjects else Change(whole=bool(differ))
        if about.whole and differ and has_subjects:
            _lay_out(con, table, rows_of(table, found[table].condition))
    return found


def _lay_out(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    con.execute(f"CREATE OR REPLACE TABLE nieuw.anders.{table} AS {rows}")


def _columns(con: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[tuple[str, str]]]:
    """The columns of every mart of a release, with their types."""
    found: dict[str, list[tuple[str, str]]] = {}
    asked = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ?"
    for table, *column in con.execute(f"{asked} AND schema_name = 'mart' ORDER BY column_index", [catalog]).fetchall():
        found.setdefault(table, []).append(tuple(column))
    return found


def _told(
    con: duckdb.DuckDBPyConnection, table: str, has_subjects: bool, about: Change, told: str
) -> dict[str, tuple[Any, ...]]:
    """Per subject how many rows, and what is asked of them together."""
    part = "onderwerp" if has_subjects else "''"
    asked = f"SELECT {part}, COUNT(*), {told} FROM (FROM {table} WHERE {about.condition}) AS w GROUP BY 1 ORDER BY 1"
    return {part: tuple(found) for part, *found in con.execute(asked).fetchall()}


def is_outgrown(con: duckdb.DuckDBPyConnection, catalog: str, changed: dict[str, Change]) -> bool:
    """Whether, with these changes, more than a third of a file would be empty, or rows that are replaced."""
    live = more = 0
    there = _columns(con, catalog)
    for table, change in changed.items():
        name = f"{catalog}.mart.{table}"
        if table in there:
            (rows,) = con.execute(f"SELECT COUNT(*) FROM {name}").fetchone()
            live, more = live + rows, more + _written(con, name) - (0 if change.whole else rows - change.gone)
    return more > KEPT * live or is_hollow(con, catalog)


def is_hollow(con: duckdb.DuckDBPyConnection, catalog: str) -> bool:
    """Whether more than a third of a file is empty: what tables held that were written anew."""
    of_file = "SELECT free_blocks > ? * total_blocks FROM pragma_database_size() WHERE database_name = ?"
    return con.execute(of_file, [KEPT, catalog]).fetchone() == (True,)


def renew(con: duckdb.DuckDBPyConnection, table: str, rows: str, changed: str, change: Change) -> bool:
    """Bring a table up to date with what the query `rows` gives, which a change is known of: of subjects that differ
    by what is `changed`. True when all of it is written anew."""
    if not change:
        return False
    if not change.whole:
        written, (live,) = _written(con, table), con.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
        (gone,) = con.execute(f"DELETE FROM {table} WHERE {change.condition}").fetchone()
        if written - live + gone <= KEPT * live:
            con.execute(f"INSERT INTO {table} SELECT * FROM ({changed}) WHERE {change.condition}")
            return False
    con.execute(f"CREATE OR REPLACE TABLE {table} AS {rows}")
    return True


def _written(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows are in the file for a table, with those that are replaced: the last one never is, as what replaces
    rows is written behind them."""
    return con.execute(f"SELECT COALESCE(MAX(rowid) + 1, 0) FROM {table}").fetchone()[0]
