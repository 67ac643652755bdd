"""`obmi rebuild`: a release made again, offline, from the raw bytes and what was written down of it, in a home of its
own; and which table came out otherwise, and why (docs/adr/0050)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pipelines.config import Settings
from pipelines.describe.specfile import ROOT
from pipelines.home import Home, Problem, quoted, write_json
from pipelines.landing.landings import Landings
from pipelines.own import DESCRIBED, OwnData
from pipelines.project import Project
from pipelines.publish.cities import has_own
from pipelines.publish.fingerprint import code_mark, data_files
from pipelines.publish.landed_then import at, begin, land_again, settings_then
from pipelines.publish.recorded import Recorded, record_of, recorded
from pipelines.publish.releases import ReleaseError, database_path, file_of, find_release, list_releases, point
from pipelines.refresh import OWN, PLAN, build_models, publish_release
from pipelines.transform.inputs import accepted_versions

Say = Callable[[str], None]
SHOWN = 3  # names in a sentence


class CannotRebuild(Problem):
    """A release that cannot be made again here: one sentence."""


@dataclass(frozen=True)
class Rebuilt:
    """A release that was made again: how many tables it has, those that came out otherwise with what is to be seen of
    it, and what was otherwise from the start."""

    release: str
    tables: int
    differ: dict[str, str] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)


def rebuild(home: Home, settings: Settings, asked: str, to: Path, say: Say, city: str = "") -> Iterator[Rebuilt]:
    """Make a release again in a new home, and before it those that it is held against and that are no longer there;
    of what cities have of their own that of one `city`, or nothing.

    What lands is read from the raw bytes once more, judged as of the moments at which it was, and must be what was
    accepted then. Raises CannotRebuild, ReleaseError, Damaged and Altered.
    """
    second = Home(to)
    if to.exists() and any(to.iterdir()):
        raise CannotRebuild(f"{to} has files in it; name a new folder, a release is made again from nothing")
    wanted = recorded(home, asked)
    before, there = [wanted], {m["release"]: m for m in list_releases(home)}
    while (earlier := before[0].facts["vorige"]) and earlier not in there:
        before.insert(0, recorded(home, earlier))
    with second.lock():
        begin(home, second)
        second.releases.mkdir()
        if earlier:
            say(f"copying {earlier}, which it is held against")
            _copy(home, second, there[earlier], city)
            if (home.record / f"{earlier}.json").exists():
                shutil.copytree(home.record / "delen", second.record / "delen")
                shutil.copy2(home.record / f"{earlier}.json", second.record)
        landed: dict[str, str] = {}
        for record in before:
            say(f"making {record.facts['release']} again")
            with at(record.facts["gemaakt_op"]):
                why = _differently_made(home, record)
                project, landings = _landed(home, second, settings, record, landed, say, why)
                build_models(project, landings)
                pairs = [(home, second)]
                if city and (told := _own_again(home, second, city, project, landings, record, say)) is not None:
                    why += told
                    pairs.append((home.of_city(city), second.of_city(city)))
                own = {n.removeprefix(OWN): str(v) for n, v in record.versions.items() if n.startswith(OWN)}
                made = [stad for stad in own if len(pairs) > 1 and stad == city]
                why += [f"what {stad} has of its own is not made again" for stad in own if stad not in made]
                publish_release(project, landings, project.settings, say, again={**record.facts, "eigen": own})
            landed = record.landed
            yield _compared(pairs, record.facts["release"], why)
            for old in second.releases.iterdir():
                if old.is_dir() and old.name != record.facts["release"]:
                    shutil.rmtree(old)


def _differently_made(home: Home, record: Recorded) -> list[str]:
    """What decides a release and is otherwise than it was."""
    why = []
    if (own := code_mark(ROOT)) != record.facts["code"]:
        at = f" (commit {record.commit[:12]})" if record.commit else ""
        why.append(f"made by another version of the code: {record.facts['code'][:12]}{at}, this is {own[:12]}")
    if record.library != duckdb.__version__:
        why.append(f"made by DuckDB {record.library}, this is {duckdb.__version__}")
    return why + _otherwise_described(home, record, ROOT)


def _otherwise_described(home: Home, record: Recorded, root: Path) -> list[str]:
    """Which descriptions, lists and models below a root are otherwise than they were."""
    then, here = record.described(home), dict(data_files(root))
    other = sorted(name for name in then.keys() | here.keys() if then.get(name) != here.get(name))
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return [f"made by other descriptions or models: {', '.join(other[:SHOWN])}{more}"] if other else []


def _landed(
    home: Home, second: Home, settings: Settings, record: Recorded, before: dict[str, str], say: Say, why: list[str]
) -> tuple[Project, Landings]:
    """Land in the second home, from raw bytes, what was accepted when a release was made: of what was the same
    `before`, it lies there already. What lands otherwise is added to `why`."""
    then = record.then(home)
    declared = Project.load(Settings())
    if gone := sorted(then.keys() - declared.datasets.keys()):
        why.append(f"no longer described: {', '.join(gone)}")
    shown = [name for name in record.shown if name in declared.datasets]
    project = replace(declared, settings=settings_then(record, settings, shown))
    news = {name: one for name, one in then.items() if name not in gone and record.landed[name] != before.get(name)}
    _take_plans(home, second, record.versions)
    say(f"reading {sum(len(one.state.processed) for one in news.values())} deliveries again")
    why += land_again(home, second, declared.datasets, news, project.settings, {})[1]
    landings = Landings(second, declared.datasets)
    versions = accepted_versions(landings, project.in_use(landings).topics)
    other = sorted(n for n, was in record.versions.items() if not n.startswith((PLAN, OWN)) and versions.get(n) != was)
    if other and not why:
        why.append(f"something else is accepted of {', '.join(other[:SHOWN])}")
    return project, landings


def _own_again(
    home: Home, second: Home, city: str, project: Project, landings: Landings, record: Recorded, say: Say
) -> list[str] | None:
    """Land and build in the second home what a city had of its own; what of it is otherwise, None where nothing says
    what it had then."""
    place, other = home.of_city(city), second.of_city(city)
    then = record_of(place, record.facts["release"])
    if then is None:
        return None
    if not other.root.exists():
        begin(place, other)
        for part in filter(Path.exists, (place.root / part for part in DESCRIBED)):
            shutil.copytree(part, other.root / part.name)
    say(f"making what {city} has of its own again")
    used = project.in_use(landings)
    with other.lock():
        (found,) = (one for one in project.cities if one.stad == city)
        own = OwnData.load(second, found, used.datasets, used.topics)
        why = own.take_in_again(place, landings, then, project.settings, project.cities)
    return why + _otherwise_described(place, then, place.root)


def _take_plans(home: Home, second: Home, versions: Mapping[str, str | None]) -> None:
    """Put in the second home what every city's plan was made of then: its versions up to that one."""
    for name, version in versions.items():
        if name.startswith(PLAN) and version:
            (second.root / name).mkdir(parents=True, exist_ok=True)
            for path in (home.root / name).glob("[0-9]*.json"):
                if path.stem <= version.partition("-")[0]:
                    shutil.copyfile(path, second.root / name / path.name)


def _copy(home: Home, second: Home, manifest: dict[str, Any], city: str) -> None:
    """Put a release of the home in the second one, whole but for what other cities than this one have of their own."""
    place, kept = second.releases / manifest["release"], {}
    with home.lock(), TemporaryDirectory(prefix="obmi-") as work:
        for name in manifest["bestanden"]:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            file = file_of(home, manifest, name, Path(work))
            if name.startswith("steden/") and Path(name).stem != city and _holds_own(file):
                continue
            shutil.copyfile(file, place / name)
            (place / name).chmod(0o600)
            kept[name] = manifest["bestanden"][name]
    write_json(place / "manifest.json", {**manifest, "bestanden": kept})
    point(second, manifest["release"])


def _holds_own(file: Path) -> bool:
    with duckdb.connect(str(file), read_only=True) as con:
        return has_own(con, file.stem)


def _compared(homes: list[tuple[Home, Home]], name: str, why: list[str]) -> Rebuilt:
    """Hold every table that was made again against what was written down of it in its home."""
    home, second = homes[0]
    pairs = {
        (file, table): (tables.get(table), made.tables.get(file, {}).get(table))
        for was, made in ((recorded(one, name), recorded(other, name)) for one, other in homes)
        for file, tables in was.tables.items()  # of cities with data of their own that of the city that is asked for
        for table in tables.keys() | made.tables.get(file, {}).keys()
    }
    differ = {key: pair for key, pair in sorted(pairs.items()) if pair[0] != pair[1]}
    said = {
        f"{file} {table}": _said((home, second), name, file, table, *pair) for (file, table), pair in differ.items()
    }
    return Rebuilt(name, len(pairs), said, why)


def _said(homes: tuple[Home, Home], release: str, file: str, table: str, was: str | None, made: str | None) -> str:
    """How a table came out otherwise: by its rows where the release is still there, else by how many there are."""
    if was is None or made is None:
        return "was not in it" if was is None else "is not made any more"
    rows = f"{int(was.partition('-')[0]):,} rows, now {int(made.partition('-')[0]):,}"
    city = None if file == "obmi.duckdb" else Path(file).stem
    try:
        paths = [database_path(home, find_release(home, release), city) for home in homes]
    except ReleaseError:
        return rows
    with duckdb.connect() as con:
        for side, path in zip(("was", "is"), paths, strict=True):
            con.execute(f"ATTACH {quoted(path)} AS {side}_rel (READ_ONLY)")
        gone, more = f"was_rel.{table}", f"is_rel.{table}"
        try:
            other = con.execute(f"SELECT COUNT(*) FROM (FROM {more} EXCEPT ALL FROM {gone})").fetchone()[0]
        except duckdb.BinderException:
            return f"{rows}; it has other columns"
    return f"{rows}; {other:,} of them otherwise"
