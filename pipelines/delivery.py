"""From what was delivered to what is accepted: parse, gate, compose, one delivery after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import Home, quoted
from pipelines.ingest.raw import Delivery, RawFile, RawStore
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import Part, parse
from pipelines.ingest.read.table import Table
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas
from pipelines.landing.held import NOT_ASKED
from pipelines.landing.landing import Landing
from pipelines.landing.register import register_sources

Judge = Callable[[duckdb.DuckDBPyConnection, Dataset, dict[str, list[str]]], Any]


def pending(spec: Dataset, home: Home) -> list[Delivery]:
    """Deliveries that no refresh has looked at: what was fetched first, then what was handed over.

    The newest delivery, when it was refused, is looked at again once the source's spec or checks have changed.
    """
    state = Landing(home, spec).state
    done = dict(state.get("processed", {}))
    latest = state.get("latest", {})
    if latest.get("outcome") == "refused" and latest["rules"] != spec.rules:
        done.pop(latest["delivery"], None)
    waiting = [d for d in RawStore(home).deliveries(spec.id) if d.id not in done]
    return sorted(waiting, key=lambda d: d.via == "drop")


@dataclass(frozen=True)
class Read:
    """One delivery, parsed: its parts, and one sentence per file that could not be read."""

    spec: Dataset
    delivery: Delivery
    parts: list[Part]
    errors: list[str]

    @property
    def notes(self) -> dict[str, list[str]]:
        """What was seen while reading, per check that tells it."""
        found: dict[str, list[str]] = {}
        for part in self.parts:
            for check, said in part.notes.items():
                found.setdefault(check, []).extend(said)
        return found


def read(spec: Dataset, delivery: Delivery, home: Home) -> Read:
    """Parse every file of a delivery, unpacking the next one meanwhile; a bad file does not stop the others."""
    con = duckdb.connect()
    try:
        _load_areas(con, spec, home)
        return Read(spec, delivery, *_parse_all(con, spec, delivery, home))
    finally:
        con.close()


def _load_areas(con: duckdb.DuckDBPyConnection, spec: Dataset, home: Home) -> None:
    """The register, but for what it is made from itself."""
    if spec.id not in register_sources():
        load_areas(con, home)


def settle(
    got: Read, home: Home, judge: Judge, say: Callable[[str], None], only: set[tuple[str, str]] | None = None
) -> None:
    """Take a delivery through the gate and write down what became of it.

    With `only`, the other units wait at their last accepted value and the delivery stays pending for them.
    """
    landing = Landing(home, got.spec)
    if only is not None and "version" not in landing.state:
        return
    if not got.parts:
        landing.refuse(got.delivery.id, got.errors[0], [])
        return
    con = duckdb.connect()
    try:
        _load_areas(con, got.spec, home)
        paths = ", ".join(quoted(p.path) for p in got.parts)
        con.execute(f"CREATE VIEW kandidaat AS SELECT * FROM read_parquet([{paths}])")
        con.execute(f"CREATE VIEW vorige AS SELECT * FROM {landing.relation()}")
        say(f"checking {sum(p.rows for p in got.parts):,} rows")
        _decide(con, landing, got, judge(con, got.spec, got.notes), only)
    finally:
        con.close()


def _decide(
    con: duckdb.DuckDBPyConnection, landing: Landing, got: Read, verdict: Any, only: set[tuple[str, str]] | None
) -> None:
    checks = [o.as_dict() for o in verdict.outcomes]
    if verdict.refused:
        reason = f"{got.parts[0].file}: {verdict.refused}; hand over a corrected file, or withdraw this one"
        landing.refuse(got.delivery.id, reason, checks)
        return
    if only is not None:
        units = con.execute(f"SELECT DISTINCT gebiedsniveau, {got.spec.unit} FROM kandidaat").fetchall()
        waiting = {(level, unit, ()): NOT_ASKED for level, unit in set(units) - only}
        composed = landing.compose(con, got.parts, waiting | verdict.held, got.delivery.id)
        landing.accept(composed, None, checks, "partial")
        return
    composed = landing.compose(con, got.parts, verdict.held, got.delivery.id)
    landing.accept(composed, got.delivery.id, checks, "partial" if verdict.held or got.errors else "accepted")
    if got.errors:
        landing.refuse(got.delivery.id, got.errors[0], checks)


def _parse_all(
    con: duckdb.DuckDBPyConnection, spec: Dataset, delivery: Delivery, home: Home
) -> tuple[list[Part], list[str]]:
    parts: list[Part] = []
    errors: list[str] = []
    store = RawStore(home)
    work = home.tmp / f"{spec.id}-{delivery.id}"
    work.mkdir()

    def unpack(files: list[RawFile]) -> list[Table]:
        folder = work / files[0].sha256
        folder.mkdir()
        arrived = datetime.fromisoformat(files[0].origin.get("at", delivery.arrived))
        return open_tables(spec, [(store.path(f.sha256), f.name) for f in files], folder, arrived)

    with ThreadPoolExecutor(1) as pool:
        waiting = [(files, pool.submit(unpack, files)) for files in delivery.parts]
        for files, tables in waiting:
            try:
                part = parse(con, spec, tables.result(), ", ".join(f.sha256 for f in files), work)
            except ParseError as err:
                errors.append(str(err))
                continue
            finally:
                shutil.rmtree(work / files[0].sha256, ignore_errors=True)
            if twice := _twice(con, spec, parts, part):
                errors.append(twice)
                continue
            parts.append(part)
    return parts, errors


def _twice(con: duckdb.DuckDBPyConnection, spec: Dataset, parts: list[Part], part: Part) -> str | None:
    """What two files of a delivery both hold, as one sentence: they would replace each other."""
    columns = ", ".join(named(c) for c in spec.replaces)
    for other in parts:
        if not set(other.years) & set(part.years):
            continue
        both = con.execute(
            f"SELECT {columns} FROM {quoted(other.path)} INTERSECT SELECT {columns} FROM {quoted(part.path)} "
            "ORDER BY ALL LIMIT 1"
        ).fetchone()
        if both:
            held = " ".join(str(v) for v in both)
            return (
                f"{part.file} and {other.file} both hold {held}; hand over one file per {' and '.join(spec.replaces)}"
            )
    return None
