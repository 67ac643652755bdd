"""The order in which the deliveries of a dataset are judged: that of their periods, whichever came first.

Deliveries that hold the same are versions of it: of these the order in which they came stands (docs/adr/0040).
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Collection, Iterable
from pathlib import Path

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.later import pq


class Scopes:
    """What every delivery of a dataset holds: the distinct values of the columns by which one replaces another, and
    the year, as a Parquet file per delivery beside the accepted versions."""

    def __init__(self, folder: Path, spec: Dataset) -> None:
        self._folder = folder
        self._columns = [named(c) for c in spec.replaces]
        self._names = list(dict.fromkeys(["jaar", *spec.replaces]))
        self._all = [named(c) for c in self._names]

    def note(self, con: duckdb.DuckDBPyConnection, delivery: str, tables: Iterable[Path]) -> None:
        """Write down what a delivery holds."""
        path, files = self._path(delivery), [quoted(t) for t in tables]
        self._folder.mkdir(parents=True, exist_ok=True)
        work = path.with_name(f".tmp-{path.name}")
        rows = f"SELECT DISTINCT {', '.join(self._all)} FROM read_parquet([{', '.join(files)}])"
        con.execute(f"COPY ({rows}) TO {quoted(work)} (FORMAT parquet)")
        os.replace(work, path)

    def forget(self, delivery: str) -> None:
        """A delivery that was read once cannot be read any more."""
        self._path(delivery).unlink(missing_ok=True)

    def known(self, delivery: str) -> bool:
        """Whether a delivery was ever read, and what it holds was written down in these columns."""
        path = self._path(delivery)
        return path.exists() and pq.read_schema(path).names == self._names

    def in_order(self, turns: list[str]) -> list[str]:
        """The same deliveries, which were read and are given as they came, in order: of what may come next always the
        one with the earliest period."""
        if len(turns) < 2:
            return turns
        with duckdb.connect() as con:
            self._load(con, turns)
            place = f"DENSE_RANK() OVER (ORDER BY {', '.join(self._all)})"
            firsts = dict(
                con.execute(
                    f"SELECT beurt, MIN(plaats) FROM (SELECT beurt, {place} AS plaats FROM bereik) GROUP BY 1"
                ).fetchall()
            )
            before = f"LAG(beurt) OVER (PARTITION BY {', '.join(self._columns)} ORDER BY beurt)"
            both = f"SELECT DISTINCT {before} AS eerder, beurt FROM bereik"
            pairs = con.execute(f"FROM ({both}) WHERE eerder < beurt").fetchall()
        after: dict[int, list[int]] = {}
        waits = dict.fromkeys(firsts, 0)
        for earlier, later in pairs:
            after.setdefault(earlier, []).append(later)
            waits[later] += 1
        free = [(firsts[n], n) for n, left in waits.items() if not left]
        heapq.heapify(free)
        found = []
        while free:
            _, number = heapq.heappop(free)
            found.append(turns[number])
            for later in after.get(number, []):
                waits[later] -= 1
                if not waits[later]:
                    heapq.heappush(free, (firsts[later], later))
        return found

    def given_again(self, delivery: str, later: Collection[str]) -> bool:
        """Whether one of the later deliveries holds something of this one."""
        if not later:
            return False
        columns = ", ".join(self._columns)
        with duckdb.connect() as con:
            self._load(con, [delivery, *later])
            both = (
                f"SELECT 1 FROM bereik WHERE beurt = 0 AND ({columns}) IN "
                f"(SELECT ({columns}) FROM bereik WHERE beurt > 0) LIMIT 1"
            )
            return con.execute(both).fetchone() is not None

    def _load(self, con: duckdb.DuckDBPyConnection, deliveries: list[str]) -> None:
        listed = ", ".join(f"({n}, {quoted(self._path(d))})" for n, d in enumerate(deliveries))
        files = f"read_parquet([{', '.join(quoted(self._path(d)) for d in deliveries)}], filename = true)"
        con.execute(
            f"CREATE TABLE bereik AS SELECT beurt, {', '.join(self._all)} "
            f"FROM {files} JOIN (VALUES {listed}) AS b(beurt, filename) USING (filename)"
        )

    def _path(self, delivery: str) -> Path:
        return self._folder / f"bereik-{delivery}.parquet"
