"""Answer one SQL statement on a release file, in a process that is closed for writing (box.py)."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa

from pipelines.home import Problem, quoted
from pipelines.publish.closed import read_only_one
from pipelines.publish.show import as_csv, as_json, table

READS = (duckdb.StatementType.SELECT,)  # and describe, summarize, show and unpivot, which DuckDB reads as one
MADE = duckdb.StatementType.CREATE  # without a text: the type that DuckDB makes for the columns of a PIVOT
FORMS = {"table": table, "csv": as_csv, "json": as_json}
ROWS = 20_000  # of a batch


class NoAnswer(Problem):
    """A query that is not answered: one sentence."""


def answer(
    path: Path, sink: IO[bytes], sql: str, form: str, territory: int | None, memory: str, threads: int, room: int
) -> None:
    """Write the answer as text, after closing what is still open. Raises NoAnswer, ShowError and TerritoryError.

    The file is attached before external access is switched off, and the configuration is locked last.
    """
    if territory is not None:
        from pipelines.publish.territory import show  # reads what people write, for which the others need not wait
    try:
        con = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
                "python_enable_replacements": "false",
                "memory_limit": memory,
                "threads": 1,
                "temp_directory": "",
            }
        )
        read_only_one(path, room)  # not sooner: DuckDB ends the process where it may not read how much memory there is
        con.execute(f"SET threads = {threads}")
        con.execute(f"ATTACH {quoted(path)} AS obmi (READ_ONLY)")
        con.execute("USE obmi.mart")
        if territory is not None:
            show(con, territory)
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        must_read(con, sql)
        for piece in FORMS[form](_told_apart(con.execute(sql).to_arrow_reader(ROWS))):
            sink.write(piece.encode())
        sink.close()
    except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as err:  # a stream of Arrow fails with an OSError
        what = str(err).splitlines()[0] if str(err) else "out of memory"
        raise NoAnswer(f"the query cannot be answered: {what}") from err


def _told_apart(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same rows, the second column of one name with _2 behind it; capitals make no difference, as in SQL."""
    taken = {n.casefold() for n in rows.schema.names}
    names: dict[str, str] = {}
    for name in rows.schema.names:
        if name.casefold() in names:
            numbered = (f"{name}_{number}" for number in itertools.count(2))
            name = next(n for n in numbered if n.casefold() not in {*taken, *names})
        names[name.casefold()] = name
    told = list(names.values())
    schema = pa.schema([f.with_name(n) for f, n in zip(rows.schema, told, strict=True)])
    return pa.RecordBatchReader.from_batches(schema, (batch.rename_columns(told) for batch in rows))


def must_read(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises NoAnswer for anything but one statement that reads."""
    written = [s for s in con.extract_statements(sql) if s.query or s.type != MADE]
    if any(_kind(con, s) not in READS for s in written):
        raise NoAnswer("a query only reads: SELECT, DESCRIBE, SUMMARIZE, SHOW, PIVOT, or EXPLAIN of one of them")
    if len(written) != 1:
        raise NoAnswer("one SQL statement at a time, please")


def _kind(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> duckdb.StatementType | None:
    """What a statement is; of EXPLAIN, what it explains, because EXPLAIN ANALYZE also does it."""
    if statement.type != duckdb.StatementType.EXPLAIN:
        return statement.type
    for start, _ in duckdb.tokenize(statement.query)[1:]:
        with contextlib.suppress(duckdb.Error):  # what stands before it are options, which are no statement
            return con.extract_statements(statement.query.encode()[start:].decode())[0].type
    return None
