"""A city's own data: described, delivered, judged and built in a home of its own, and in the file of that city alone.

Everything else reads the descriptions of the checkout and the home around it, in which nothing of this is. So nothing
has to be left out anywhere: neither a table, a page, a log nor a run can tell what it never had (docs/adr/0052).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.config import Alerts, Refresh, Settings
from pipelines.deliver import Landed, land_datasets
from pipelines.describe.catalogue import City, Topic, load_topics, sources_of
from pipelines.describe.specfile import ROOT, SpecError, digest_of
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home, file_sha256, was_interrupted
from pipelines.landing.incidents import incidents
from pipelines.landing.landings import Landings
from pipelines.landing.mending import mend
from pipelines.publish.alerts import tell
from pipelines.publish.behind import origin_rows
from pipelines.publish.causes import defined_as
from pipelines.publish.expected import calendar_rows
from pipelines.publish.fingerprint import fingerprint
from pipelines.publish.grades import held_figures
from pipelines.publish.heartbeat import beat, ended
from pipelines.publish.known import newest
from pipelines.publish.landed_then import land_again, settings_then
from pipelines.publish.maturity import maturity_rows
from pipelines.publish.own_file import OwnPart
from pipelines.publish.provenance import processing_rows, quality_rows, source_rows
from pipelines.publish.recorded import Recorded, remember
from pipelines.transform.build import build
from pipelines.transform.inputs import NothingAccepted, accepted_versions, inputs, sources
from pipelines.transform.kept import Built, Kept
from pipelines.transform.reach import Group
from pipelines.transform.waiting import with_figures

DESCRIBED = ("sources", "models", "expectations")


@dataclass(frozen=True)
class OwnData:
    """What one city has of its own: its home, its datasets, and its `subjects` among those of everybody."""

    city: City
    home: Home
    datasets: dict[str, Dataset]
    topics: dict[str, Topic]
    subjects: tuple[str, ...]

    @classmethod
    def load(cls, home: Home, city: City, datasets: dict[str, Dataset], topics: dict[str, Topic]) -> OwnData:
        """Read what a city describes in its own folder beside the shared datasets and subjects. Raises SpecError."""
        place = home.of_city(city.stad)
        own = load_datasets(place.root)
        for ident, spec in own.items():
            if ident in datasets:
                raise SpecError(f"{spec.file}: {ident} is a dataset that everybody has; choose another name")
            if spec.verwerking is None:
                raise SpecError(
                    f"{spec.file}: verwerking is missing; say for the register of processing what the data is for, on "
                    "which ground, how long it is kept and who gets it (docs/eigen.md)"
                )
        every = load_topics(place.root, datasets | own, topics)
        subjects = tuple(code for code in every if code not in topics)
        for topic in (every[code] for code in subjects):
            if topic.buurgewicht:
                raise SpecError(f"{topic.place}: peers are chosen by what every city has; take out buurgewicht")
            if not topic.in_voorbereiding and not {*sources(topic, every)} & {*own}:
                raise SpecError(f"{topic.place}: nothing in it is the city's own; put it in models/indicatoren")
        return cls(city, place, own, every, subjects)

    def take_in(self, shared: Landings, profile: str, settings: Settings, cities: list[City]) -> list[Landed]:
        """Land what came in and build what changed; what became of every dataset. The last good figures stay whatever
        goes wrong; faults are told in its own home alone. Raises Problem; the caller holds the lock of both homes."""
        self._share_register(shared.home)
        landings = Landings(self.home, self.datasets).beside(shared)
        own = landings.only(self.datasets)
        mended = mend(own)
        here = [i for i, spec in self.datasets.items() if spec.in_profile(profile) or own[i].is_here]
        alone = settings.model_copy(update={"refresh": Refresh(), "meldingen": Alerts()})
        landed = land_datasets(landings, here, profile, alone, lambda *_: None)
        problem = ""
        try:
            self._build(shared, settings, cities)
        except Exception as err:
            problem = str(err)
            raise
        finally:
            tell(self.home, alone, incidents(own, [self.city], problem, mended), outside=False)
            beat(own, problem)
        return landed

    def take_in_again(
        self, home: Home, shared: Landings, then: Recorded, settings: Settings, cities: list[City]
    ) -> list[str]:
        """Land again what was accepted in the city's home when a release was made, and build it; a sentence for each
        dataset that lands otherwise. The caller holds the lock of both homes."""
        self._share_register(shared.home)
        told = settings_then(then, settings, self.datasets)
        news = {name: one for name, one in then.then(home).items() if name in self.datasets}
        _, why = land_again(home, self.home, self.datasets, news, told, shared)
        self._build(shared, settings, cities)
        return why

    def _share_register(self, home: Home) -> None:
        """The areas are those of everybody."""
        place = self.home.landing / "_lijsten"
        self.home.landing.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to(Path("../../../landing/_lijsten"))
        assert place.resolve() == home.landing / "_lijsten"

    def _build(self, shared: Landings, settings: Settings, cities: list[City]) -> None:
        here = {name for name, landing in shared.items() if landing.state.version}
        needed = self._needed()
        taken = sorted(sources_of(needed) & {*shared})
        # the models have the columns of all cubes that everybody has, so that they are the same, and made once
        cubes = {c: t for c, t in self.topics.items() if t.soort == "kubus" and {*t.bron} & here}
        lent = Landings(self.home, {i: shared[i].spec for i in sources_of(cubes) - {*taken}})
        used = Landings(self.home, self.datasets).beside(lent.beside(shared.only(taken))).in_use()
        topics = with_figures(needed | {c: self.topics[c] for c in _with_parts(cubes, self.topics)}, used)
        before, mark = Built.of(self.home), self._mark(used, topics)
        if before.fingerprint == mark and Kept(self.home).is_whole(before.steps):
            return
        specs = {name: landing.spec for name, landing in used.items()}
        own = used.only(self.datasets)
        built = Built()
        if any(landing.state.version for landing in own.values()):
            closed = any(spec.drempel for spec in self.datasets.values())  # what the city has of it by now counts
            known = newest(shared.home, self.city.stad) if closed else None
            built = build(self.home, inputs(used, topics, cities, known), topics, specs, lent)
            built = replace(built, steps={k: v for k, v in built.steps.items() if self._has(built.groups.get(k))})
        rows: dict[str, list[dict[str, Any]]] = {"bron": source_rows(own), "kwaliteit": quality_rows(own, {})}
        rows |= {"verwerking": processing_rows(own, self.city.stad), "kalender": calendar_rows(own)}
        whole = defined_as(topics)
        defined = {code: whole[code] for code in self.subjects if code in whole}
        rows["herkomst"] = origin_rows(used, topics, defined)
        if built.steps:
            rows["datamaturiteit"] = maturity_rows(self.home, built, specs, topics, [self.city], rows)
        held = held_figures(used, topics).to_pylist()
        themes = {name: spec.thema for name, spec in self.datasets.items()}
        versions = {name: landing.state.version for name, landing in own.items()}
        made_of = remember(own, own, settings.gate.max_share, versions, defined, self.home.root)
        OwnPart(self.home, built, list(self.subjects), rows, held, self._shared(topics), themes, made_of).keep()
        built.leave_receipt(self.home, mark)

    def _shared(self, topics: dict[str, Topic]) -> list[str]:
        """The subjects of which everybody gets the total of the city: all that is its own in them, it shares so."""
        totals = {name for name, spec in self.datasets.items() if spec.deelt == "totaal"}
        flat = [c for c in self.subjects if topics[c].soort != "kubus" and not topics[c].in_voorbereiding]
        return [c for c in flat if {*sources(topics[c], topics)} & {*self.datasets} <= totals]

    def _needed(self) -> dict[str, Topic]:
        """Its subjects, with all that these are computed from; of shared ones whole groups, which everybody's build
        has made already."""
        hangs_on = {code: frozenset(sources(t, self.topics)) for code, t in self.topics.items()}
        codes: set[str] = set()
        found = {*_with_parts(self.subjects, self.topics)}
        while found - codes:
            codes = found
            sets = {hangs_on[code] for code in codes}
            found = {*_with_parts((c for c, hangs in hangs_on.items() if hangs in sets), self.topics)}
        return {code: t for code, t in self.topics.items() if code in codes}

    def _has(self, group: Group | None) -> bool:
        """Whether a step is of no group, or of one with something of the city's own."""
        return group is None or bool({*group.sources} & {*self.datasets})

    def _mark(self, landings: Landings, topics: dict[str, Topic]) -> str:
        """Content hash of all that decides its figures."""
        try:
            told = fingerprint(accepted_versions(landings, topics), ROOT)
        except NothingAccepted:
            told = ""
        files = sorted(p for part in DESCRIBED for p in (self.home.root / part).rglob("*") if p.is_file())
        return digest_of([told, [(self.home.relative(p), file_sha256(p)) for p in files]])


def own_cities(home: Home, cities: list[City]) -> Iterator[City]:
    """The cities with data of their own: those that have a folder in `eigen`."""
    return (city for city in cities if home.of_city(city.stad).root.is_dir())


def take_in_all(
    landings: Landings,
    datasets: dict[str, Dataset],
    topics: dict[str, Topic],
    cities: list[City],
    profile: str,
    settings: Settings,
    say: Callable[[str], None],
) -> bool:
    """Land and build what cities have of their own beside the shared landings, datasets and subjects, each by itself:
    what goes wrong there is written down in its home alone, and keeps nobody from a release. Whether all went well."""
    well = True
    for city in own_cities(landings.home, cities):
        home = landings.home.of_city(city.stad)
        try:
            with home.lock():
                own = OwnData.load(landings.home, city, datasets, topics)
                landed = own.take_in(landings, profile, settings, cities)
            fine = all(one.state in ("vers", "ongewijzigd") for one in landed)
        except Exception as err:
            if was_interrupted(err):
                raise
            ended(home, str(err))
            fine = False
        well = well and fine
        say(f"eigen gegevens van {city.stad}: {'in orde' if fine else f'zie obmi --eigen {city.stad} status'}")
    return well


def own_parts(home: Home, cities: list[City]) -> dict[str, OwnPart]:
    """Per city what a release holds of its own: what was built last."""
    parts = {city.stad: OwnPart.of(home.of_city(city.stad)) for city in own_cities(home, cities)}
    return {city: part for city, part in parts.items() if part}


def _with_parts(codes: Iterable[str], topics: dict[str, Topic]) -> list[str]:
    """Subjects, and all that they are computed from or refer to, in the order of the catalogue."""
    found, waiting = set(), [*codes]
    while waiting:
        if (code := waiting.pop()) not in found:
            found.add(code)
            t = topics[code]
            waiting += [p for p in (*t.parts, t.drempelonderwerp, t.opvolger, t.plat, t.deel_van) if p]
    return [code for code in topics if code in found]
