"""What a delivery is judged beside: the register of areas, and the accepted landings of other publishers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from threading import Lock

import duckdb

from pipelines.home import Home
from pipelines.landing.areas import load_areas
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import register_sources, register_tables


class Areas(AbstractContextManager["Areas"]):
    """The register of a home, loaded once in a DuckDB of its own when it is first needed: whatever is read or judged
    has an empty database beside it there, which nothing else sees and which is gone after. Threads may share it."""

    def __init__(self, home: Home) -> None:
        self._home, self._lock, self._numbers = home, Lock(), count()
        self._con: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def beside(self, dataset: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for a dataset, with the register but for what that is made from itself. Raises RegisterError."""
        if dataset in register_sources():
            with duckdb.connect() as con:
                yield con
            return
        name = f"apart_{next(self._numbers)}"
        con = self._cursor()
        con.execute(f"ATTACH ':memory:' AS {name}")
        try:
            con.execute(f"SET search_path = '{name}.main,memory.main'")
            yield con
        finally:
            con.close()
            with self._cursor() as other:
                other.execute(f"DETACH {name}")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._con is None:
                con = duckdb.connect()
                load_areas(con, self._home)
                self._con = con
            return self._con.cursor()

    def __exit__(self, *_: object) -> None:
        if self._con is not None:
            self._con.close()


def lay_out_others(con: duckdb.DuckDBPyConnection, landings: Landings, dataset: str) -> None:
    """Lay out, for the checks between publishers, the accepted landing of every dataset that they name, as a view."""
    for other in sorted(others(landings, landings[dataset])):
        con.execute(f"CREATE OR REPLACE VIEW {other} AS SELECT * FROM {landings[other].relation()}")


def beside(landings: Landings, landing: Landing) -> dict[str, str | None]:
    """What a delivery is judged by that is not of its own dataset: the areas, and all landings that its checks
    read; each by its version."""
    own = landing.spec.id in register_sources()
    areas = {} if own else {name: path.name for name, path in register_tables(landings.home).items()}
    return areas | others(landings, landing)


def others(landings: Landings, landing: Landing) -> dict[str, str | None]:
    """The version of every dataset whose figures its checks between publishers read."""
    return {name: landings[name].state.version for check in landing.spec.checks for name in check.met}
