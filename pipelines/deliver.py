"""Bring in, check and accept what is new, the register of areas first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb

from pipelines.config import Settings
from pipelines.delivery import pending, read, settle
from pipelines.describe.catalogue import City
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.judge import Verdict, check_delivery
from pipelines.home import Home
from pipelines.ingest.fetch import SourceError, fetch
from pipelines.landing.areas import city_units
from pipelines.landing.freshness import freshness, missing_reason
from pipelines.landing.landing import Landing
from pipelines.landing.quarantine import decisions
from pipelines.landing.register import NAME, RegisterError, register_sources, settle_register


@dataclass
class Landed:
    """What became of one dataset: vers, ongewijzigd, deels, oud (last good kept) or ontbreekt."""

    dataset: str
    state: str
    reason: str = ""


def land_dataset(spec: Dataset, profile: str, home: Home, settings: Settings, say: Callable[[str], None]) -> Landed:
    """Bring in, check and accept what is new for one dataset; the caller holds the lock."""
    (landed,) = land_datasets([spec], profile, home, settings, lambda _, text: say(text))
    if spec.id in register_sources() and (kept := land_register(home)):
        say(f"{kept.dataset} {kept.state}: {kept.reason}")
    return landed


def land_register(home: Home) -> Landed | None:
    """Derive the register of areas from what is accepted; what became of it, where it is not the newest."""
    try:
        why = settle_register(home)
    except RegisterError as err:
        return Landed(NAME, "ontbreekt", str(err))
    return Landed(NAME, "oud", why) if why else None


def land_datasets(
    specs: list[Dataset],
    profile: str,
    home: Home,
    settings: Settings,
    say: Callable[[str, str], None],
    only: set[tuple[str, str]] | None = None,
) -> list[Landed]:
    """Bring in, check and accept what is new for every dataset, reading ahead while the gate judges.

    With `only`, news is taken for those (gebiedsniveau, unit) and waits for the others.
    """
    for spec in specs:
        trouble = None
        try:
            fetch(spec, profile, home, settings)
        except SourceError as err:
            trouble = str(err)
        Landing(home, spec).note_fetch(trouble)
    before = {spec.id: Landing(home, spec).state.get("version") for spec in specs}
    waiting = {spec.id: pending(spec, home) for spec in specs}
    size = {i: sum(f.size for d in ds for f in d.files) for i, ds in waiting.items()}
    ordered = sorted(specs, key=lambda spec: -size[spec.id])

    def judge(con: duckdb.DuckDBPyConnection, dataset: Dataset, notes: dict[str, list[str]]) -> Verdict:
        lay_out_others(con, dataset, home)
        gate = settings.gate
        return check_delivery(con, dataset, gate.timeout_s, gate.max_share, notes, decisions(home, dataset))

    landed = {}
    with ThreadPoolExecutor(1) as reader:
        reading = {s.id: [reader.submit(read, s, d, home) for d in waiting[s.id]] for s in ordered}
        for spec in ordered:
            for got in reading[spec.id]:
                settle(got.result(), home, judge, lambda text, i=spec.id: say(i, text), only)
            landed[spec.id] = _outcome(spec, home, before[spec.id], only is not None)
            say(spec.id, f"{landed[spec.id].state}{': ' + landed[spec.id].reason if landed[spec.id].reason else ''}")
    return [landed[spec.id] for spec in specs]


def lay_out_others(con: duckdb.DuckDBPyConnection, spec: Dataset, home: Home) -> None:
    """Lay out, for the checks between publishers, the accepted landing of every dataset that they name, as a view."""
    others = sorted({name for check in spec.checks for name in check.met})
    known = load_datasets() if others else {}
    for other in others:
        con.execute(f"CREATE OR REPLACE VIEW {other} AS SELECT * FROM {Landing(home, known[other]).relation()}")


def _outcome(spec: Dataset, home: Home, before: str | None, for_some: bool) -> Landed:
    state = Landing(home, spec).state
    if "version" not in state:
        first = "no version was accepted yet; refresh all cities once before one alone"
        return Landed(spec.id, "ontbreekt", first if for_some else missing_reason(state))
    status, why = freshness(state)
    if status != "vers":
        return Landed(spec.id, status, why or "")
    return Landed(spec.id, "ongewijzigd" if state["version"] == before else "vers")


def land_all(
    chosen: list[Dataset],
    known_cities: list[City],
    profile: str,
    home: Home,
    settings: Settings,
    cities: list[str] | None,
    say: Callable[[str, str], None],
) -> tuple[list[Landed], str]:
    """Land the sources of the register first, because all others are checked against what follows from them. With
    `cities`, news of the others is taken for those alone.

    Returns what became of each, and why nothing can be built, else "".
    """
    first = [s for s in chosen if s.id in register_sources()]
    landed = land_datasets(first, profile, home, settings, say)
    if kept := land_register(home):
        landed.append(kept)
        say(kept.dataset, f"{kept.state}: {kept.reason}")
        if kept.state == "ontbreekt":
            return landed, kept.reason
    units = city_units(known_cities, home) if cities else {}
    only = set().union(*(units[c] for c in cities)) if cities else None
    others = [s for s in chosen if s.id not in register_sources()]
    return [*landed, *land_datasets(others, profile, home, settings, say, only)], ""
