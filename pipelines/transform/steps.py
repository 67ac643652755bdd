"""The steps of a build: models that run in a database of their own and are judged there, and what is kept of them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.home import Problem
from pipelines.transform.audit import broken
from pipelines.transform.concealed import STATE, Hiding
from pipelines.transform.kept import Kept, Tables, write_table
from pipelines.transform.suppress import Unprotected
from pipelines.transform.texts import GROUP, Text
from pipelines.transform.totals import TotalAmongParts

AT_ONCE = 2  # queries
STOPPED = "the build stopped and nothing was published"
SCHEMAS = ("invoer", "landing", "ref", "bron", "onderwerp", "statistiek", "mart")


class BuildError(Problem):
    """A build that its audits stopped: one sentence naming the model and the audit."""


@contextlib.contextmanager
def _stopping(name: str) -> Iterator[None]:
    """What DuckDB refuses, told with the model that asked it."""
    try:
        yield
    except (duckdb.Error, Unprotected, TotalAmongParts) as err:
        raise BuildError(f"{STOPPED}: {name}: {' '.join(str(err).split())[:300]}") from err


@dataclass(frozen=True)
class BuildStep:
    """Models that run in a database of their own: what it is prepared with, and what is kept of it."""

    key: str
    names: list[str]
    shown: list[str]
    prepare: Callable[[duckdb.DuckDBPyConnection], None]
    hide: tuple[str, Hiding] | None = None  # after which model, what
    rows: int = 0  # that enter


class Doer:
    """Does the steps of a build, whose tables are attached to one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection, kept: Kept, texts: dict[str, Text]) -> None:
        self._con, self._kept, self._texts = con, kept, texts
        self._lanes = threading.Semaphore(AT_ONCE)

    def do(self, steps: list[BuildStep]) -> list[tuple[Tables, list[str]]]:
        """Do steps that do not read each other, the largest first, so that none runs on alone; of each what is kept of
        it, and the models that ran for it: none if it was done before. Raises BuildError."""
        largest = sorted(steps, key=lambda one: -one.rows)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = dict(zip((step.key for step in largest), pool.map(self._done, largest), strict=True))
        return [made[step.key] for step in steps]

    def _done(self, step: BuildStep) -> tuple[Tables, list[str]]:
        """What is kept of a step, and the models that ran for it: none if it was done before."""
        if (tables := self._kept.find(step.key)) is not None:
            return tables, []
        place = f"werk_{step.key}"
        with self._con.cursor() as con, self._kept.begun(step.key) as folder:
            con.execute(f"ATTACH ':memory:' AS {place}; USE {place}")
            try:
                con.execute("; ".join(f"CREATE SCHEMA {schema}" for schema in SCHEMAS))
                step.prepare(con)
                self._make(step, con, folder)
                return self._kept.install(step.key, folder, step.shown), step.names
            finally:
                con.execute(f"USE memory; DETACH {place}")

    def _make(self, step: BuildStep, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Run the models of a step, and judge and write down each while the next runs, so that a step that is alone has
        both cores; what no other of its models reads is made then too."""
        source, place = step.names[0], f"werk_{step.key}"
        first = step.names[: step.names.index(step.hide[0]) + 1] if step.hide else []
        read = {source, *first, *(name for model in step.names for name in self._texts[model].reads)}

        def run(name: str, on: duckdb.DuckDBPyConnection) -> None:
            with self._lanes, _stopping(name):
                self._run(on, name, source)

        def finish(name: str) -> None:
            with con.cursor() as beside:
                beside.execute(f"USE {place}")
                if name not in read:
                    run(name, beside)
                with self._lanes:
                    with _stopping(name):
                        if failed := broken(beside, name, self._texts[name].audits):
                            raise BuildError(f"{STOPPED}: {name}: {failed}")
                    if name in step.shown:
                        write_table(beside, folder, name)

        for name in first:
            run(name, con)
        if step.hide:
            with self._lanes:
                with _stopping(first[-1]):
                    step.hide[1](con)
                write_table(con, folder, STATE)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            finished = []
            for name in step.names:
                if name in read and name not in first:
                    run(name, con)
                finished.append(pool.submit(finish, name))
            for one in finished:
                one.result()

    def _run(self, con: duckdb.DuckDBPyConnection, name: str, source: str) -> None:
        text = self._texts[name]
        con.execute(f"CREATE {'VIEW' if text.view else 'TABLE'} {name} AS {text.query}")
        if name == source and name.startswith("bron."):  # of a group that has a landing of its own
            con.execute(f"CREATE VIEW bron.{GROUP} AS FROM {source}")
