"""One refresh, for the command line and for Dagster alike: land, build, release."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.config import Settings
from pipelines.deliver import Landed, land_all
from pipelines.describe.catalogue import sources_of
from pipelines.describe.specfile import ROOT, SpecError, digest_of
from pipelines.home import Home, now
from pipelines.landing.incidents import incidents
from pipelines.landing.landings import Landings
from pipelines.landing.mending import mend
from pipelines.landing.register import has_register, register_sources
from pipelines.later import import_beside
from pipelines.orba.editions import Editions
from pipelines.orba.intake import plan_versions, take_reports
from pipelines.orba.news import verdict_news
from pipelines.orba.standing import PlansWithStates
from pipelines.own import own_cities, own_parts, take_in_all
from pipelines.project import Project
from pipelines.publish.alerts import tell
from pipelines.publish.behind import origin_rows
from pipelines.publish.causes import defined_as
from pipelines.publish.expected import calendar_rows
from pipelines.publish.fingerprint import fingerprint
from pipelines.publish.grades import held_figures
from pipelines.publish.heartbeat import beat
from pipelines.publish.keeping import pack_ahead, tidy
from pipelines.publish.known import newest
from pipelines.publish.maturity import maturity_rows
from pipelines.publish.own_file import with_totals
from pipelines.publish.provenance import processing_rows, quality_rows, source_rows
from pipelines.publish.receipts import Refused, check_receipt
from pipelines.publish.recorded import remember
from pipelines.publish.release import publish
from pipelines.publish.releases import intact, list_releases, point, sound_current
from pipelines.transform.build import build
from pipelines.transform.inputs import accepted_versions, inputs
from pipelines.transform.kept import Built, Kept
from pipelines.transform.steps import BuildError
from pipelines.transform.waiting import with_figures

Say = Callable[[str], None]
PLAN, OWN = "orba/", "eigen/"  # before the name of a city: the version of its plan, and of what it has of its own


@dataclass
class Report:
    """What a refresh did. `release` is None when nothing was published; seconds per stage."""

    landed: list[Landed]
    ran: list[str] = field(default_factory=list)
    release: dict[str, Any] | None = None
    problem: str = ""
    own_well: bool = True
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all fresh or unchanged, 10 published with degradation, 20 nothing published."""
        late = any(x.state not in ("vers", "ongewijzigd", "op proef") for x in self.landed)
        degraded = bool(self.problem) or not self.own_well or late
        return (10 if self.release else 20) if degraded else 0


def build_mark(project: Project, landings: Landings) -> str:
    """Content hash of all that decides what is built and what everybody gets. Raises NothingAccepted."""
    plans = {f"{PLAN}{stad}": version for stad, version in plan_versions(landings.home, project.cities).items()}
    return fingerprint(accepted_versions(landings, with_figures(project.topics, landings)) | plans, ROOT)


def known_to_readers(project: Project, home: Home) -> Path | None:
    """The file of what readers have by now, where a dataset is not public at the source."""
    return newest(home) if any(spec.drempel for spec in project.datasets.values()) else None


def release_mark(project: Project, landings: Landings, own: dict[str, str] | None = None) -> str:
    """Content hash of all that decides a release: what everybody gets, and what each city gets of its `own`."""
    mark, parts = build_mark(project, landings), own_parts(landings.home, project.cities)
    own = {city: part.built.fingerprint for city, part in parts.items()} if own is None else own
    return digest_of([mark, own]) if own else mark


def is_published(home: Home, mark: str) -> bool:
    """True when the newest release was made from exactly these inputs, and nobody touched it since."""
    releases = list_releases(home)
    same = bool(releases) and releases[-1]["vingerafdruk"] == mark
    return same and intact(home, releases[-1], every_byte=False)


def stays_published(project: Project, landings: Landings) -> bool:
    """True when the newest release holds exactly what is accepted now; readers are sure to get a release."""
    home = landings.home
    if not is_published(home, release_mark(project, landings)):
        return False
    if sound_current(home) is None:
        point(home, list_releases(home)[-1]["release"])
    return True


def build_models(project: Project, landings: Landings) -> list[str]:
    """Build what changed and leave a receipt bound to the inputs and to what was built; the models that ran. Raises
    BuildError, also where a dataset lost what was accepted of it: its figures would vanish."""
    if lost := [f"{landing.root}" for landing in landings.values() if landing.is_lost]:
        raise BuildError(
            f"nothing says any more what is accepted in {', '.join(lost)}; put back a copy of accepted.json, hand over "
            "its files again, or remove the folder if its figures may go"
        )
    mark, used = build_mark(project, landings), project.in_use(landings)
    entering = inputs(landings.in_use(), used.topics, used.cities, known_to_readers(used, landings.home))
    built = build(landings.home, entering, used.topics, used.datasets)
    built.leave_receipt(landings.home, mark)
    return built.ran


def take_in_own(project: Project, landings: Landings, profile: str, say: Say) -> bool:
    """Land and build what cities have of their own; whether all of it went well. The caller holds the lock."""
    if not any(own_cities(landings.home, project.cities)):
        return True
    used = project.in_use(landings)
    return take_in_all(landings, used.datasets, used.topics, project.cities, profile, project.settings, say)


def publish_release(
    project: Project, landings: Landings, settings: Settings, say: Say, again: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Publish the build, if it is the checked build of what is accepted now; maybe `again`. Raises Refused."""
    home, mark = landings.home, build_mark(project, landings)
    built = Built.of(home)
    if built.fingerprint != mark or not Kept(home).is_whole(built.steps):
        raise Refused("the build is not the checked build of what is accepted now; materialise the models first")
    for landing in landings.values():
        if landing.state.version:
            check_receipt(landing)
    shown, used = project.taking_part(landings, "voorbeeld").in_use(), project.in_use(landings)
    defined = defined_as(used.topics)
    rows = {"bron": source_rows(shown), "kwaliteit": quality_rows(shown, built.audits)}
    rows |= {"verwerking": processing_rows(shown), "kalender": calendar_rows(shown)}
    rows["herkomst"] = origin_rows(landings.in_use(), used.topics, defined)
    rows["datamaturiteit"] = maturity_rows(home, built, used.datasets, used.topics, used.cities, rows)
    themes = {i: spec.thema for i, spec in project.datasets.items()}
    held = held_figures(shown, used.topics)
    groups, own = settings.releases.groups, own_parts(home, project.cities)
    built, whole = with_totals(home, built, rows, own), release_mark(project, landings, again and again["eigen"])
    themes |= {name: theme for part in own.values() for name, theme in part.themes.items()}
    made = {city.stad: Editions(home, city.stad).plan() for city in project.cities}
    private = {city: {*part.subjects} - {*part.shared} for city, part in own.items()}
    plans = PlansWithStates(made, project.cities, home, now().date(), private)
    versions = accepted_versions(landings, used.topics)
    versions |= {f"{PLAN}{stad}": mark for stad, mark in plan_versions(home, project.cities).items()}
    versions |= {f"{OWN}{stad}": part.built.fingerprint for stad, part in own.items()}
    made_of = remember(landings, shown, settings.gate.max_share, versions, defined)
    manifest = publish(home, built, whole, rows, held, project.cities, themes, groups, made_of, say, plans, own, again)
    if again is None:
        tidy(home, settings.releases.keep)
    for landing in landings.values():
        landing.let_go()
    return manifest


def refresh(
    home: Home,
    settings: Settings,
    profile: str,
    datasets: list[str] | None,
    cities: list[str] | None,
    say: Callable[[str, str], None],
) -> Report:
    """The whole refresh under the one lock. Raises Busy."""
    gc.set_threshold(500_000)  # SQL trees and expectations are many small objects that all live to the end
    clock = _Clock()
    with home.lock():
        project = Project.load(settings)
        landings = Landings(home, project.datasets)
        mended = mend(landings)
        for dataset, said in mended.items():
            say(dataset, said)
        present = project.taking_part(landings, profile)
        chosen = list(datasets or present)
        if not has_register(home):
            chosen = list(dict.fromkeys([*register_sources(), *chosen]))
        if not all(landings[i].state.version for i in chosen):
            import_beside("pipelines.gate.gx")
        landed, problem = land_all(landings, chosen, project.cities, profile, settings, cities, say)
        report = Report(landed, problem=problem)
        take_reports(landings, project.cities, say)
        clock.lap("land", report)
        sources = sources_of(with_figures(project.topics, landings))
        for dataset, landing in present.items():
            if dataset in sources and dataset not in chosen and landing.state.version is None:
                report.landed.append(Landed(dataset, *landing.freshness))
        if not any(landings[i].state.version for i in sources):
            report.problem = report.problem or "nothing can be built before a dataset has an accepted version"
        if not report.problem:
            _build_and_publish(project, landings, profile, report, clock, say)
        tell_about(project, landings, settings, report.problem, mended)
        beat(landings, report.problem)
    return report


def tell_about(
    project: Project,
    landings: Landings,
    settings: Settings,
    problem: str = "",
    mended: Mapping[str, str] | None = None,
) -> None:
    """Alert on what is new, on what is over and on verdicts that changed; `problem` is why nothing was built, `mended`
    what was damaged."""
    news = verdict_news(landings.home, project.cities)
    told = [one.said for one in news if one.said]
    tell(landings.home, settings, incidents(landings, project.cities, problem, mended), told)
    for one in news:
        one.remember()


def _build_and_publish(
    project: Project, landings: Landings, profile: str, report: Report, clock: _Clock, say: Callable[[str, str], None]
) -> None:
    unchanged = stays_published(project, landings)
    if not unchanged:
        say("build", "building the models")
        try:
            with ThreadPoolExecutor(1) as beside:
                beside.submit(pack_ahead, landings.home)  # what of it fails, `tidy` tries again
                report.ran = build_models(project, landings)
        except (BuildError, SpecError) as err:
            report.problem = str(err)
            return
        say("build", f"built {', '.join(report.ran)}")
        clock.lap("build", report)
    if any(own_cities(landings.home, project.cities)):
        report.own_well = take_in_own(project, landings, profile, lambda text: say("eigen", text))
        unchanged = stays_published(project, landings)
    clock.lap("own", report)
    if not unchanged:
        report.release = publish_release(project, landings, project.settings, lambda text: say("release", text))
        clock.lap("release", report)


class _Clock:
    def __init__(self) -> None:
        self._at = time.perf_counter()

    def lap(self, stage: str, report: Report) -> None:
        now = time.perf_counter()
        report.seconds[stage] = round(now - self._at, 3)
        self._at = now
