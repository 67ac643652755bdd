"""A delivery's way in: fetch, read, judge, accept; the register of areas first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from pipelines.config import Settings
from pipelines.describe.catalogue import City, delivering, load_cities
from pipelines.describe.specs import Dataset
from pipelines.home import Home, quoted
from pipelines.ingest.fetch import MissingYears, SourceError, fetch
from pipelines.ingest.raw import Delivery
from pipelines.ingest.reading import ReadDelivery, read_delivery
from pipelines.landing.areas import city_units
from pipelines.landing.beside import Areas, others
from pipelines.landing.due import for_some, to_judge
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import NAME, RegisterError, register_sources, settle_register
from pipelines.later import import_beside

if TYPE_CHECKING:
    from pipelines.accept import Units

Say = Callable[[str, str], None]
Read = dict[tuple[str, str], ReadDelivery]  # by dataset and delivery, each read once
AT_ONCE = 2  # DuckDB and the library that judges are busy by turns; more datasets would take more memory
ROUNDS = 4  # publishers' figures are held against each other, so what one brings may settle what another holds


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
    if kept := land_register(landings):
        landed.append(kept)
        say(kept.dataset, f"{kept.state}: {kept.reason}")
        if kept.state == "ontbreekt":
            return landed, kept.reason
    units = city_units(known_cities, landings.home) if cities else {}
    only = set().union(*(units[c] for c in cities)) if cities else None
    others = [i for i in chosen if i not in register_sources()]
    return [*landed, *land_datasets(landings, others, profile, settings, say, only, cities)], ""


def land_dataset(
    landings: Landings, dataset: str, profile: str, settings: Settings, say: Callable[[str], None]
) -> Landed:
    """Land one dataset, and the register where that follows from it; the caller holds the lock."""
    (landed,) = land_datasets(landings, [dataset], profile, settings, lambda _, text: say(text))
    if dataset in register_sources() and (kept := land_register(landings)):
        say(f"{kept.dataset} {kept.state}: {kept.reason}")
    return landed


def land_register(landings: Landings) -> Landed | None:
    """Derive the register of areas from what is accepted; what became of it, where it is not the newest."""
    try:
        why = settle_register(landings)
    except RegisterError as err:
        return Landed(NAME, "ontbreekt", str(err))
    return Landed(NAME, "oud", why) if why else None


def land_datasets(
    landings: Landings,
    chosen: list[str],
    profile: str,
    settings: Settings,
    say: Say,
    only: Units | None = None,
    cities: list[str] | None = None,
) -> list[Landed]:
    """Fetch, read, judge and accept what is new for every dataset.

    With `only`, news is taken for those (gebiedsniveau, unit) of these `cities` and waits for the others; where each
    city gives its own, only theirs is fetched.
    """
    before = {i: landings[i].state.version for i in chosen}
    for dataset in chosen:
        _fetch(landings[dataset], profile, landings.home, settings, cities)
    settle_datasets(landings, chosen, settings, say, only, cities)
    landed = []
    for dataset in chosen:
        for_some = only is not None and not landings[dataset].spec.per_stad
        landed.append(one := _outcome(landings[dataset], before[dataset], for_some))
        say(dataset, f"{one.state}: {one.reason}" if one.reason else one.state)
    return landed


def settle_datasets(
    landings: Landings,
    chosen: list[str],
    settings: Settings,
    say: Say,
    only: Units | None = None,
    cities: list[str] | None = None,
) -> None:
    """Read, judge and accept what came in and is to be judged, until what one brings settles nothing of another."""
    with Areas(landings.home) as areas:
        known: Read = {}
        for _ in range(ROUNDS):
            if not _settle_all(landings, areas, chosen, known, settings, say, only, cities):
                break


def _settle_all(
    landings: Landings,
    areas: Areas,
    chosen: list[str],
    known: Read,
    settings: Settings,
    say: Say,
    only: Units | None,
    cities: list[str] | None,
) -> bool:
    """Read and judge what is to be judged now of every dataset, the largest first; whether there was anything.

    Several at once: one waits only for those before it that it is held against, or that are held against it, so each
    is judged beside the same figures as if they went one after another.
    """
    whole = {i for i in chosen if only is None or landings[i].spec.per_stad}
    judged = {i: _due(landings, i, cities) if i in whole else for_some(landings[i]) for i in chosen}
    size = {i: sum(f.size for d in ds for f in d.files) for i, ds in judged.items() if ds}
    ordered = sorted(size, key=lambda i: -size[i])
    if not ordered:
        return False
    import_beside("pipelines.gate.gx")
    from pipelines.accept import Acceptance  # the gate takes long to import, and most nights bring nothing

    met = {i: others(landings, landings[i]) for i in ordered}
    settled: dict[str, Future[None]] = {}

    def read(dataset: str, delivery: Delivery) -> ReadDelivery:
        if (dataset, delivery.id) not in known:
            known[dataset, delivery.id] = _read(landings, areas, dataset, delivery)
        return known[dataset, delivery.id]

    def settle(dataset: str, earlier: list[Future[None]]) -> None:
        for delivery in judged[dataset]:
            read(dataset, delivery)
        wait(earlier)
        acceptance = Acceptance(landings, areas, dataset, settings, partial(read, dataset), partial(say, dataset))
        if only is None or dataset in whole:
            acceptance.settle(judged[dataset])
        else:
            acceptance.settle_for(judged[dataset], only)

    with ThreadPoolExecutor(AT_ONCE) as lanes:
        for dataset in ordered:
            earlier = [done for i, done in settled.items() if i in met[dataset] or dataset in met[i]]
            settled[dataset] = lanes.submit(settle, dataset, earlier)
        try:
            for done in settled.values():
                done.result()
        except BaseException:
            lanes.shutdown(wait=False, cancel_futures=True)
            raise
    return only is None


def _due(landings: Landings, dataset: str, cities: list[str] | None) -> list[Delivery]:
    """What is judged now; of what waits, where each city gives its own, that of these cities."""
    known = landings[dataset].state.processed
    return [d for d in to_judge(landings, dataset) if cities is None or d.city in cities or d.id in known]


def _fetch(landing: Landing, profile: str, home: Home, settings: Settings, cities: list[str] | None) -> None:
    """Bring in what is new; a source that is out of reach, or has no file of a year, is written down. Where each city
    gives its own, one that is out of reach keeps the others from nothing."""
    trouble, missing = None, ()
    wanted = landing.spec.id in register_sources() or settings.brings_in(landing.spec.id)
    stand_in = wanted and landing.wants_stand_in
    if landing.spec.per_stad:
        away = dict(landing.state.out_of_reach)
        for city in delivering(landing.spec, load_cities()):
            if cities is None or city in cities:
                away.pop(city, None)
                try:
                    fetch(landing.spec, profile, home, settings, stand_in, city)
                except SourceError as err:
                    away[city] = str(err)
        landing.note_fetch(None, away=away)
        return
    try:
        fetch(landing.spec, profile, home, settings, stand_in)
    except MissingYears as err:
        missing = err.years
    except SourceError as err:
        trouble = str(err)
    landing.note_fetch(trouble, missing)


def _read(landings: Landings, areas: Areas, dataset: str, delivery: Delivery) -> ReadDelivery:
    with areas.beside(dataset) as con:
        landing = landings[dataset]
        read = read_delivery(con, landing.spec, delivery, landings.home, landing.read_at(delivery.id))
        return _of_its_city(con, landings[dataset].spec, read, landings.home) if delivery.city else read


def _of_its_city(con: duckdb.DuckDBPyConnection, spec: Dataset, read: ReadDelivery, home: Home) -> ReadDelivery:
    """The same without the tables that hold rows of another city than the one whose delivery it is."""
    city, own = read.delivery.city, []
    units, errors = city_units(load_cities(), home)[city], [*read.errors]
    for table in read.tables:
        found = con.execute(f"SELECT DISTINCT gebiedsniveau, {spec.unit} FROM {quoted(table.path)}").fetchall()
        if strange := sorted({*found} - units):
            where = f"{table.file}: is the file of {city} and holds rows of {strange[0][1]}"
            errors.append(f"{where}, which lies elsewhere; hand over a file of {city} alone")
        else:
            own.append(table)
    return replace(read, tables=own, errors=errors)


def _outcome(landing: Landing, before: str | None, for_some: bool) -> Landed:
    status, why = landing.freshness
    if status == "ontbreekt" and for_some:
        why = "no version was accepted yet; refresh all cities once before one alone"
    if status == "vers" and landing.state.version == before:
        status = "ongewijzigd"
    return Landed(landing.spec.id, status, why)
