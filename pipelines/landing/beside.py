"""What a delivery is judged beside: the register of areas, and the accepted landings of other publishers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from pipelines.landing.areas import load_areas
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import register_sources, register_tables


@contextmanager
def with_areas(landings: Landings, dataset: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the register, but for what that is made from itself."""
    with duckdb.connect() as con:
        if dataset not in register_sources():
            load_areas(con, landings.home)
        yield con


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
