"""A half-year report on disk: frozen with the release that it stands on, given again as it was, or made anew.

A folder `orba/<stad>/verslagen/<periode>` of the home holds what the report is made from (`verslag.json`), the digest
of every file (`bestanden.json`), and a page and a PDF per kind of reader. A later version lies in `<periode>-2`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from pipelines.describe.catalogue import City, load_cities
from pipelines.describe.tiles import load_tiles
from pipelines.home import PRIVATE, Home, fsync, read_json
from pipelines.orba.editions import Editions
from pipelines.orba.frozen import FROZEN, TODO, Content, NoReport, goals_of, held_beside, last_day, reports_of
from pipelines.orba.goal_page import PUBLIC, Tree
from pipelines.orba.plan import Plan
from pipelines.orba.states import follow
from pipelines.orba.told import FOR, told
from pipelines.publish.keeping import NAMES, pin
from pipelines.publish.releases import database_path, find_release, pin_of
from pipelines.site.escaped import page
from pipelines.site.numbers import day
from pipelines.site.report.pdf import as_pdf

RELEASE = ("release", "gemaakt_op", "vingerafdruk", "code")
LIST, STYLE_FILE = "bestanden.json", "stijl.css"
SOURCES = """
  SELECT o.onderwerp, b.uitgever, b.titel, b.licentie, b.aanvaard_op
  FROM (SELECT onderwerp, UNNEST(STRING_SPLIT(bron, ', ')) AS bron FROM mart.onderwerp) AS o
  JOIN mart.bron AS b ON b.bron = o.bron ORDER BY o.onderwerp, b.bron"""


@dataclass(frozen=True)
class OnDisk:
    """A report that lies there: where, which version, and whether this made it."""

    folder: Path
    content: Content
    new: bool


def half_year_report(
    home: Home, city: City, plan: Plan, period: str, anew: bool = False, asof: str | None = None, own: bool = False
) -> OnDisk:
    """The report of a half year: as it lies there, made again from what it holds where a file is gone; else made of the
    release that readers get. `anew` makes a next version, which says what changed. One of the city's `own` has the
    figures that it alone may see, lies in its own home and is not for the public. Raises NoReport, ReleaseError."""
    place = home.of_city(city.stad) if own else home
    end, there = last_day(period), reports_of(place, city.stad)
    made = [one for one in there if one[0] == period]
    if made and not anew:
        return OnDisk(made[-1][2], again(made[-1][2]), new=False)
    if not plan.elements:
        raise NoReport(f"{city.stad} has no plan yet; hand over the reported plans with obmi drop and run obmi refresh")
    manifest = find_release(home, asof)
    today = min(end, date.fromisoformat(manifest["gemaakt_op"][:10]))
    if period > f"{today.year}H{1 if today.month < 7 else 2}":
        raise NoReport(
            f"{period} has not begun on {today}, the day of release {manifest['release']}; ask an earlier one"
        )
    path = database_path(home, manifest, city.stad if own else None)
    with duckdb.connect(str(path), read_only=True) as con:
        content = _content(con, city, plan, period, today, manifest, made[-1][1] + 1 if made else 1)
    content = replace(content, eigen=own)
    before = made or [one for one in there if one[0] < period]
    if before:
        earlier = read_json(before[-1][2] / FROZEN, Content, TODO)
        goals, gone = held_beside(content, earlier)
        said = f"van {day(earlier.op)}" + (f", dat op release {earlier.release['release']} stond" if made else "")
        content = replace(content, doelen=goals, weg=gone, vorige=said)
    name = f"orba-{period.lower()}"
    if NAMES.fullmatch(name) and pin_of(home, manifest["release"]) is None:
        free = all(pin_of(home, folder.name) != name for folder in home.releases.glob("20*"))
        pin(home, manifest["release"], name if free else f"{name}-{manifest['release']}")
    folder = place.root / "orba" / city.stad / "verslagen" / (period + (f"-{content.versie}" if made else ""))
    _write(folder, content)
    return OnDisk(folder, content, new=True)


def again(folder: Path) -> Content:
    """Make sure that every file of a report is there as it was made; what is gone or altered is made again from what
    the report holds. Raises NoReport where this code would give other bytes."""
    content = read_json(folder / FROZEN, Content, TODO)
    listed = read_json(folder / LIST, dict[str, str], TODO)
    wrong = [name for name, digest in listed.items() if _digest_of(folder / name) != digest]
    made = drawn_files(content) if wrong else {}
    for name in wrong:
        if _digest(made[name]) != listed[name]:
            raise NoReport(
                f"{folder / name} is gone or altered, and this code does not give the same bytes; make it with code "
                f"{content.release['code'][:16]}, or put back a copy of it from a backup"
            )
        _put(folder / name, made[name])
    return content


def drawn_files(content: Content) -> dict[str, bytes]:
    """Every file of a report by its name: the same bytes from the same content, whatever the day."""
    moment = datetime.fromisoformat(content.release["gemaakt_op"])
    style = files("pipelines.site").joinpath("vast", STYLE_FILE).read_text(encoding="utf-8")
    made = {STYLE_FILE: style.replace("#0b4f6c", content.kleur).encode()}
    for reader in [one for one in FOR if not (content.eigen and one == PUBLIC)]:
        tree = told(content, reader)
        made[f"{reader}.pdf"] = as_pdf(tree, moment)
        for block in tree["blocks"]:
            for chart in block["items"] if block["t"] == "charts" else ():
                chart["svg"] = Markup(chart["svg"])  # noqa: S704 -- drawn by charts.py
        facts = {**tree, "site": content.naam, "root": "", "address": "", "pdf": f"{reader}.pdf"}
        made[f"{reader}.html"] = page("verslag", **facts).encode()
    return made


def public_goals(home: Home, path: Path) -> dict[str, Tree]:
    """By city the page of what is public of its goals, by the figures of the release at this path and on its day."""
    found: dict[str, Tree] = {}
    with duckdb.connect(str(path), read_only=True) as con:
        rows = con.execute("SELECT release, gemaakt_op, vingerafdruk, code FROM mart.release").fetchall()
        facts = dict(zip(RELEASE, map(str, rows[0]), strict=True))
        today = date.fromisoformat(facts["gemaakt_op"][:10])
        for city in load_cities():
            plan = Editions(home, city.stad).plan()
            if any(goal.publiek for goal in plan.of("doel")):
                period = f"{today.year}H{1 if today.month < 7 else 2}"
                content = _content(con, city, plan, period, today, facts, 1)
                told_ = told(content, PUBLIC, linked=True)
                intro = f"Wat {content.naam} wil bereiken, en hoe dat ervoor staat op {day(today)}."
                found[city.stad] = told_ | {"title": f"Doelen van {content.naam}", "intro": intro}
    return found


def _content(
    con: duckdb.DuckDBPyConnection, city: City, plan: Plan, period: str, today: date, release: Any, version: int
) -> Content:
    """What a report of this plan and of the release that `con` reads stands on: of what is followed by subjects that
    this file has."""
    known = {code for (code,) in con.execute("SELECT onderwerp FROM mart.onderwerp").fetchall()}
    plan = plan.without({row.onderwerp for row in plan.of("indicator")} - known)
    followed = follow(plan, con, city)
    used = {measure.onderwerp for one in followed.values() for measure in one.metingen}
    sources: dict[str, tuple[str, ...]] = {}
    for topic, *said in con.execute(SOURCES).fetchall():
        if topic in used:
            sources[topic] = (*sources.get(topic, ()), _source_said(*said))
    own = load_tiles().of(city.stad)
    return Content(
        *(city.stad, f"{city.naam[:1].upper()}{city.naam[1:]}", own.kleur or "#0b4f6c", period, version, today),
        release={name: str(release[name]) for name in RELEASE},
        doelen=goals_of(plan, followed, today),
        bronnen=sources,
    )


def _source_said(publisher: str, title: str, licence: str, accepted: object) -> str:
    since = f" Aanvaard op {day(accepted)}." if accepted else ""
    return f"{publisher}, {title}. Licentie: {licence}.{since}"


def _write(folder: Path, content: Content) -> None:
    """Write a report whole or not at all."""
    from pydantic import TypeAdapter

    work = folder.with_name(f".new-{folder.name}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    work.chmod(0o777 & ~PRIVATE)
    made = drawn_files(content)
    digests = {name: _digest(found) for name, found in made.items()}
    made[FROZEN] = TypeAdapter(Content).dump_json(content, indent=1)
    made[LIST] = TypeAdapter(dict[str, str]).dump_json(digests, indent=1)
    for name, found in made.items():
        _put(work / name, found)
    fsync(work)
    os.rename(work, folder)
    fsync(folder.parent)


def _put(path: Path, content: bytes) -> None:
    begun = path.with_name(f".{path.name}.tmp")
    begun.write_bytes(content)
    begun.chmod(0o666 & ~PRIVATE)
    fsync(begun)
    os.replace(begun, path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(path: Path) -> str:
    return _digest(path.read_bytes()) if path.exists() else ""
