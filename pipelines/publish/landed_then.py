"""What was accepted when a release was made: where it still lies, or landed again in another home from raw bytes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

from pipelines.config import Settings
from pipelines.deliver import land_register, settle_datasets
from pipelines.describe.specs import Dataset
from pipelines.home import Home, write_json
from pipelines.ingest.raw import RawStore
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import register_sources
from pipelines.landing.state import State
from pipelines.publish.recorded import Recorded, Then


def landed_then(
    home: Home,
    second: Home,
    declared: Mapping[str, Dataset],
    record: Recorded,
    names: Iterable[str],
    settings: Settings,
    beside: Mapping[str, Landing] | None = None,
) -> tuple[Landings, list[str]]:
    """The landings with these names as they were when a release was made; what is no longer there is landed again in
    the second home, which is empty, `beside` those of another home. A sentence for each that lands otherwise, which has
    nothing accepted then.

    Raises Damaged, Altered and SpecError.
    """
    before, why = record.then(home, names), list[str]()
    here = Landings(home, {name: declared[name] for name in names})
    found = {name: landing.then(State(dataset=name), landing.spec) for name, landing in here.items()}
    found |= {name: here[name].then(one.state, one.reading(here[name].spec)) for name, one in before.items()}
    if absent := {name for name, landing in found.items() if not landing.lies}:
        news = record.then(home, absent | {*register_sources(), *_judged_by(absent, declared)})
        news = {name: one for name, one in news.items() if name in declared}
        begin(home, second)
        with second.lock(), at(record.facts["gemaakt_op"]):
            made, why = land_again(home, second, declared, news, settings_then(record, settings, news), beside or {})
        again = {name: made[name] for name in absent}
        found |= {name: one if one.lies else one.then(State(dataset=name), one.spec) for name, one in again.items()}
    return Landings(home, {}).beside(found), why


def _judged_by(names: Iterable[str], declared: Mapping[str, Dataset]) -> set[str]:
    """The datasets whose figures these are held against, and that those are."""
    found: set[str] = set()
    waiting = [*names]
    while waiting:
        met = {other for check in declared[waiting.pop()].checks for other in check.met if other in declared}
        waiting += met - found
        found |= met
    return found


def begin(home: Home, second: Home) -> None:
    """Make an empty home that reads the raw bytes of another; that of a city has the areas of the home around it."""
    for folder in (second.root, second.landing, second.raw):
        folder.mkdir(parents=True, exist_ok=True)
    (second.raw / "objects").symlink_to(home.raw / "objects")
    if second.around and home.around:
        areas = [around.landing / "_lijsten" for around in (second.around, home.around)]
        (second.landing / "_lijsten").symlink_to(next(place for place in areas if place.exists()))


def settings_then(record: Recorded, settings: Settings, names: Iterable[str]) -> Settings:
    """The settings by which a release was made, for these datasets alone."""
    gate = settings.gate.model_copy(update={"max_share": record.max_share})
    told = settings.refresh.model_copy(update={"datasets": [*names]})
    return settings.model_copy(update={"refresh": told, "gate": gate})


def land_again(
    home: Home,
    second: Home,
    declared: Mapping[str, Dataset],
    news: Mapping[str, Then],
    settings: Settings,
    beside: Mapping[str, Landing],
) -> tuple[Landings, list[str]]:
    """Land in the second home, from raw bytes, what was accepted of these datasets then, judged as of the moments at
    which it was, `beside` those of another home, and read by the description and the corrections of then; a sentence
    for each that lands otherwise."""
    specs = {name: news[name].reading(spec) if name in news else spec for name, spec in declared.items()}
    landings = Landings(second, specs).beside(beside)
    for name, one in news.items():
        _prepare(home, second, landings[name], one)
    first = [name for name in news if name in register_sources()]
    settle_datasets(landings, first, settings, lambda *_: None)
    if first:
        land_register(landings)
    settle_datasets(landings, [name for name in news if name not in first], settings, lambda *_: None)
    return landings, [said for name, one in news.items() if (said := _taken_up(landings[name], one.state))]


def _prepare(home: Home, second: Home, landing: Landing, then: Then) -> None:
    """Put the deliveries of a dataset that were known then where it lands, to be judged as of their moments."""
    store, dataset = RawStore(home), landing.spec.id
    for folder in (second.raw / dataset, landing.root):
        shutil.rmtree(folder, ignore_errors=True)
    (second.raw / dataset).mkdir()
    for path in store.manifests(dataset):
        if path.stem in then.state.processed:
            for file in store.delivery(path).files:
                store.verified(file)
            shutil.copyfile(path, second.raw / dataset / path.name)
    write_json(landing.log, [asdict(one) for one in then.decisions])
    kept = {name: getattr(then.state, name) for name in ("dataset", "processed", "turns", "waived")}
    landing.settle(State(**kept, again=bool(then.state.processed), **then.state.reached))


def _taken_up(landing: Landing, then: State) -> str | None:
    """Take what landed for what was accepted then, with the moments that no byte tells; where it is something else,
    which."""
    now, dataset = landing.state, landing.spec.id
    if now.version == then.version and {h.key for h in now.held} == {h.key for h in then.held}:
        landing.settle(then)
        return None
    if now.version != then.version:
        return f"{dataset} lands as {str(now.version)[:12]}, and was accepted as {str(then.version)[:12]}"
    return f"of {dataset} something else is held back than was then"


@contextmanager
def at(moment: str) -> Iterator[None]:
    """The clock at a moment of before (UTC), for what asks it."""
    before = os.environ.get("OBMI_NOW")
    os.environ["OBMI_NOW"] = moment
    try:
        yield
    finally:
        os.environ.pop("OBMI_NOW") if before is None else os.environ.update(OBMI_NOW=before)
