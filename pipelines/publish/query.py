"""Read a release with SQL in a closed box: no files, no network, no settings, and a limit on time."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.config import Query
from pipelines.home import Problem, quoted
from pipelines.publish.territory import show


class QueryError(Problem):
    """A query that cannot be answered: one sentence."""


def run(path: Path, sql: str, limits: Query, territory: int | None = None) -> pa.Table:
    """The result of one SQL statement on a release file, its municipalities those of the year `territory`. Raises
    QueryError and TerritoryError.

    The file is attached read-only before external access is switched off, and the configuration is locked
    last.
    """
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "temp_directory": "",
        }
    )
    timer = threading.Timer(limits.timeout_s, con.interrupt)
    timer.daemon = True
    try:
        con.execute(f"ATTACH {quoted(path)} AS obmi (READ_ONLY)")
        con.execute("USE obmi.mart")
        if territory is not None:
            show(con, territory)
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        if len(con.extract_statements(sql)) != 1:
            raise QueryError("one SQL statement at a time, please")
        timer.start()
        return con.execute(sql).to_arrow_table()
    except duckdb.InterruptException:
        raise QueryError(
            f"the query took longer than {limits.timeout_s:g} seconds and was stopped; narrow it"
        ) from None
    except duckdb.Error as err:
        raise QueryError(f"the query cannot be answered: {str(err).splitlines()[0]}") from err
    finally:
        timer.cancel()
        con.close()
