"""Great Expectations inside DuckDB: a SQL datasource whose engine keeps our one open connection.

GX has no DuckDB source, and its generic SQL path loses the tables when it closes the connection
(docs/adr/0005).
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any, Literal

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import duckdb
import duckdb_engine
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.batch import Batch  # noqa: F401  (resolves a forward reference of the datasource)
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.pool import StaticPool

from pipelines.gate.clock import Clock

_ONE = threading.Lock()  # the library keeps the project that it works for in one place, so one judges at a time
PROJECT = DataContextConfig(
    store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    progress_bars={"globally": False},
)


class HeldEngine(SqlAlchemyExecutionEngine):
    """An execution engine that never closes the connection it was given."""

    @contextlib.contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if not hasattr(self, "_held"):
            self._held = self.engine.connect()
        yield self._held


class DuckDBDatasource(SQLDatasource):
    """The tables of one open DuckDB connection as a GX datasource."""

    type: Literal["duckdb_open"] = "duckdb_open"  # type: ignore[assignment]
    connection_string: str = "duckdb:///:memory:"
    _open: Any = None

    @property
    def execution_engine_type(self) -> type[SqlAlchemyExecutionEngine]:
        return HeldEngine

    def get_engine(self) -> sa.Engine:
        return self.get_execution_engine().engine

    def get_execution_engine(self) -> HeldEngine:
        return self._open


def validate(con: duckdb.DuckDBPyConnection, table: str, expectations: list[Any], clock: Clock) -> list[dict[str, Any]]:
    """Run expectations on a table; one result per expectation, in order.

    Each result has `success`, `result` and `raised` (text or None).
    """
    if not expectations:
        return []
    own = con.cursor()  # GX closes what it is given; a cursor starts without the search path
    own.execute("SET search_path = ?", con.execute("SELECT current_setting('search_path')").fetchone())
    clock.watch(own)
    with in_turn(clock):
        return _validated(own, table, expectations, clock)


@contextlib.contextmanager
def in_turn(clock: Clock) -> Iterator[None]:
    """Have the library for oneself; the time of waiting for it does not count."""
    with clock.paused():
        _ONE.acquire()
    try:
        yield
    finally:
        _ONE.release()


def _validated(
    own: duckdb.DuckDBPyConnection, table: str, expectations: list[Any], clock: Clock
) -> list[dict[str, Any]]:
    context = gx.get_context(mode="ephemeral", project_config=PROJECT)
    source = DuckDBDatasource(name="obmi")
    source._data_context = context
    engine = sa.create_engine(
        "duckdb:///:memory:",
        poolclass=StaticPool,
        pool_reset_on_return=None,
        creator=lambda: duckdb_engine.ConnectionWrapper(own),
    )
    object.__setattr__(source, "_open", HeldEngine(engine=engine, create_temp_table=False))
    batch = source.add_table_asset(name=table, table_name=table).add_batch_definition_whole_table("all").get_batch()
    for number, expectation in enumerate(expectations):
        expectation.meta = {"number": number}
    try:
        report = batch.validate(gx.ExpectationSuite(name=table, expectations=expectations))
    finally:
        own.close()  # its transaction keeps every table that is replaced after it
    by_number = {r.expectation_config.meta["number"]: r for r in report.results}
    out = []
    for number in range(len(expectations)):
        found = by_number.get(number)
        raised = "ran out of time" if clock.expired else _raised(found)
        result = dict(found.result) if found else {}
        out.append({"success": bool(found and found.success and not raised), "result": result, "raised": raised})
    return out


def _raised(found: Any) -> str | None:
    if found is None:
        return "the check did not run"
    info = found.exception_info or {}
    nested = [info, *(v for v in info.values() if isinstance(v, dict))]
    said = next((i for i in nested if i.get("raised_exception")), None)
    return str(said.get("exception_message"))[:300] if said else None


def expectation(kind: str, kwargs: dict[str, Any]) -> Any:
    """A GX expectation by its snake-case name, such as `expect_column_values_to_be_between`."""
    name = "".join(word.capitalize() for word in kind.split("_"))
    return getattr(gx.expectations, name)(**kwargs)


def unexpected_rows(query: str, description: str) -> Any:
    """Rows that the query returns are failures; `{batch}` names the table under test."""
    return gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query=query, description=description)
