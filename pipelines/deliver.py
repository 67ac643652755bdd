"""A delivery's way in: fetch, read, judge, accept; the register of areas first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb

from pipelines.config import Settings
from pipelines.describe.catalogue import City
from pipelines.gate.judge import check_delivery
from pipelines.home import Home, quoted
from pipelines.ingest.fetch import MissingYears, SourceError, fetch
from pipelines.ingest.raw import Delivery
from pipelines.ingest.reading import ReadDelivery, read_delivery
from pipelines.ingest.unforeseen import unforeseen
from pipelines.landing.areas import city_units, load_areas
from pipelines.landing.compose import compose
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.receipt import Verdict
from pipelines.landing.register import NAME, RegisterError, register_sources, settle_register
from pipelines.landing.stand_in import taken_over
from pipelines.landing.state import NOT_ASKED

Say = Callable[[str, str], None]
Units = set[tuple[str, str]]


@dataclass
class Landed:
    """What became of one dataset: vers, ongewijzigd, deels, oud (last good kept) or ontbreekt."""

    dataset: str
    state: str
    reason: str = ""


def land_all(
    landings: Landings,
    chosen: Iterable[str],
    known_cities: list[City],
    profile: str,
    settings: Settings,
    cities: list[str] | None,
    say: Say,
) -> tuple[list[Landed], str]:
    """Land the sources of the register first, because all others are checked against what follows from them. With
    `cities`, news of the others is taken for those alone.

    Returns what became of each, and why nothing can be built, else "". The caller holds the lock.
    """
    first = [i for i in chosen if i in register_sources()]
    landed = land_datasets(landings, first, profile, settings, say)
    if kept := _land_register(landings):
        landed.append(kept)
        say(kept.dataset, f"{kept.state}: {kept.reason}")
        if kept.state == "ontbreekt":
            return landed, kept.reason
    units = city_units(known_cities, landings.home) if cities else {}
    only = set().union(*(units[c] for c in cities)) if cities else None
    others = [i for i in chosen if i not in register_sources()]
    return [*landed, *land_datasets(landings, others, profile, settings, say, only)], ""


def land_dataset(
    landings: Landings, dataset: str, profile: str, settings: Settings, say: Callable[[str], None]
) -> Landed:
    """Land one dataset, and the register where that follows from it; the caller holds the lock."""
    (landed,) = land_datasets(landings, [dataset], profile, settings, lambda _, text: say(text))
    if dataset in register_sources() and (kept := _land_register(landings)):
        say(f"{kept.dataset} {kept.state}: {kept.reason}")
    return landed


def _land_register(landings: Landings) -> Landed | None:
    """Derive the register of areas from what is accepted; what became of it, where it is not the newest."""
    try:
        why = settle_register(landings)
    except RegisterError as err:
        return Landed(NAME, "ontbreekt", str(err))
    return Landed(NAME, "oud", why) if why else None


def land_datasets(
    landings: Landings, chosen: list[str], profile: str, settings: Settings, say: Say, only: Units | None = None
) -> list[Landed]:
    """Fetch, read, judge and accept what is new for every dataset, reading ahead while the gate judges.

    With `only`, news is taken for those (gebiedsniveau, unit) and waits for the others.
    """
    before = {i: landings[i].state.version for i in chosen}
    for dataset in chosen:
        _fetch(landings[dataset], profile, landings.home, settings)
    waiting = {i: landings[i].pending for i in chosen}
    size = {i: sum(f.size for d in ds for f in d.files) for i, ds in waiting.items()}
    landed = {}
    with ThreadPoolExecutor(1) as reader:
        ordered = sorted(chosen, key=lambda i: -size[i])
        reading = {i: [reader.submit(_read, landings, i, d) for d in waiting[i]] for i in ordered}
        for dataset in ordered:
            for got in reading[dataset]:
                _settle(landings, dataset, got.result(), settings, lambda text, i=dataset: say(i, text), only)
            landed[dataset] = one = _outcome(landings[dataset], before[dataset], only is not None)
            say(dataset, f"{one.state}: {one.reason}" if one.reason else one.state)
    return [landed[i] for i in chosen]


def _fetch(landing: Landing, profile: str, home: Home, settings: Settings) -> None:
    """Bring in what is new; a source that is out of reach, or has no file of a year, is written down."""
    trouble, missing = None, ()
    try:
        wanted = landing.spec.id in register_sources() or settings.brings_in(landing.spec.id)
        fetch(landing.spec, profile, home, settings, stand_in=wanted and landing.wants_stand_in)
    except MissingYears as err:
        missing = err.years
    except SourceError as err:
        trouble = str(err)
    landing.note_fetch(trouble, missing)


def _read(landings: Landings, dataset: str, delivery: Delivery) -> ReadDelivery:
    with _with_areas(landings, dataset) as con:
        return read_delivery(con, landings[dataset].spec, delivery, landings.home)


@contextmanager
def _with_areas(landings: Landings, dataset: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the register, but for what that is made from itself."""
    with duckdb.connect() as con:
        if dataset not in register_sources():
            load_areas(con, landings.home)
        yield con


def _settle(
    landings: Landings,
    dataset: str,
    got: ReadDelivery,
    settings: Settings,
    say: Callable[[str], None],
    only: Units | None,
) -> None:
    """Judge what was read, accept what passes, and write down what became of it; the first real delivery of a dataset
    takes the place of built-in figures whole.

    With `only`, the other units wait at their last accepted value and the delivery stays pending for them.
    """
    landing = landings[dataset]
    before = landing.before(got.delivery)
    if only is not None and before.state.version is None:
        return
    if not got.tables:
        landing.refuse(got.delivery.id, got.errors[0], [])
        return
    with _refusing_it(landings, dataset, got), _with_areas(landings, dataset) as con:
        paths = ", ".join(quoted(t.path) for t in got.tables)
        con.execute(f"CREATE VIEW kandidaat AS SELECT * FROM read_parquet([{paths}])")
        con.execute(f"CREATE VIEW vorige AS SELECT * FROM {before.relation()}")
        lay_out_others(con, landings, dataset)
        say(f"checking {sum(t.rows for t in got.tables):,} rows")
        gate = settings.gate
        verdict = check_delivery(con, landing.spec, gate.timeout_s, gate.max_share, got.notes, landing.let_through)
        if before is not landing and not verdict.refused:
            notice = taken_over(landing.state.parts, got.tables)
            verdict = replace(verdict, outcomes=[*verdict.outcomes, notice])
            say(notice.omschrijving)
        _accept(con, landings.home, landing, got, verdict, only)


@contextmanager
def _refusing_it(landings: Landings, dataset: str, got: ReadDelivery) -> Iterator[None]:
    """One bad delivery stops one dataset, whatever judging it ends with."""
    try:
        yield
    except Exception as err:  # noqa: BLE001
        what = f"{got.tables[0].file} cannot be judged"
        landings[dataset].refuse(got.delivery.id, unforeseen(landings.home, what, err), [])


def lay_out_others(con: duckdb.DuckDBPyConnection, landings: Landings, dataset: str) -> None:
    """Lay out, for the checks between publishers, the accepted landing of every dataset that they name, as a view."""
    for other in sorted({name for check in landings[dataset].spec.checks for name in check.met}):
        con.execute(f"CREATE OR REPLACE VIEW {other} AS SELECT * FROM {landings[other].relation()}")


def _accept(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    landing: Landing,
    got: ReadDelivery,
    verdict: Verdict,
    only: Units | None,
) -> None:
    delivery = got.delivery.id
    if verdict.refused:
        reason = f"{got.tables[0].file}: {verdict.refused}; hand over a corrected file, or withdraw this one"
        landing.refuse(delivery, reason, verdict.outcomes)
        return
    waiting = {}
    if only is not None:
        units = con.execute(f"SELECT DISTINCT gebiedsniveau, {landing.spec.unit} FROM kandidaat").fetchall()
        waiting = {(level, unit, ()): NOT_ASKED for level, unit in set(units) - only}
    new = compose(con, landing.before(got.delivery), got.tables, waiting | verdict.held, delivery, home.tmp)
    outcome = "accepted" if only is None and not verdict.held and not got.errors else "partial"
    landing.accept(new, verdict.outcomes, delivery if only is None else None, outcome)
    if got.errors and only is None:
        landing.refuse(delivery, got.errors[0], verdict.outcomes)


def _outcome(landing: Landing, before: str | None, for_some: bool) -> Landed:
    status, why = landing.state.freshness
    if status == "ontbreekt" and for_some:
        why = "no version was accepted yet; refresh all cities once before one alone"
    if status == "vers" and landing.state.version == before:
        status = "ongewijzigd"
    return Landed(landing.spec.id, status, why)
