"""One website: every page of it from the figures of a release, into its folder."""

from __future__ import annotations

import gc
import json
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipelines.describe.catalogue import load_cities
from pipelines.describe.reports import ReportFault, load_reports
from pipelines.describe.tiles import Own, load_tiles
from pipelines.home import Problem
from pipelines.site import detail, downloads, overview, subject, words
from pipelines.site.escaped import page
from pipelines.site.read_release import TOGETHER, Place, ReleaseFigures, read_figures
from pipelines.site.report.functions import Tree
from pipelines.site.report.written import Reports, Site, begin_reports, with_charts
from pipelines.site.spread import Spread, spread, spread_facts
from pipelines.site.write import Folder

Goals = Mapping[str, Tree]  # by city: a report without its looks
NO_GOALS: Goals = {}
THIRTEEN = Place(TOGETHER, TOGETHER, "de 13 centrumsteden")


class NoSuchCity(Problem):
    """A website that was asked for a city that is not one of ours."""


class Ended(Problem):
    """A process that was ended while it made websites."""


@dataclass(frozen=True)
class Made:
    """A website that is made: where it starts, of how many files, how many of them were written, and what is wrong in
    its reports."""

    path: Path
    files: int
    written: int
    faults: list[str]

    @property
    def stad(self) -> str:
        """Whose website it is."""
        return self.path.parent.name

    def said(self) -> str:
        """How much of it was written."""
        return f"{self.stad}: {self.files} files, {self.written} written"


def make_websites(
    release: Path, to: Path, asked: str | None, say: Callable[[str], None], goals: Goals = NO_GOALS
) -> list[Made]:
    """The website of one city, or of every city and the thirteen together, each in a folder of its own name below `to`;
    with the page of the `goals` of a city that has any.

    Raises NoSuchCity, NoPlace, and ReportFault for reports that are not as they should be, when all else is made."""
    names = [place.stad for place in _places()]
    if asked is not None and asked not in names:
        raise NoSuchCity(f"no website is made of '{asked[:60]}'; choose from {', '.join(names)}")
    made = _make(release, to, [asked], say, goals) if asked else make_by_two(release, to, names, say, goals)
    if faults := dict.fromkeys(fault for site in made for fault in site.faults):
        raise ReportFault("\n".join(faults))
    return made


def _places() -> list[Place]:
    return [*(Place(c.stad, c.nis_code or c.stad, c.naam) for c in load_cities()), THIRTEEN]


def make_by_two(
    release: Path, to: Path, names: list[str], say: Callable[[str], None], goals: Goals = NO_GOALS
) -> list[Made]:
    """Half of the websites here and half in a second process, which ends by itself when this one is killed."""
    receive, send = get_context("spawn").Pipe(duplex=False)
    other = get_context("spawn").Process(
        target=make_and_send, args=(release, to, names[1::2], send, goals), daemon=True
    )
    other.start()
    send.close()
    try:
        made, theirs = _make(release, to, names[::2], say, goals), receive.recv()
    except EOFError as err:
        raise Ended("half of the websites were not made: the process that made them was ended; run it again") from err
    finally:
        other.terminate()
    if isinstance(theirs, Exception):
        raise theirs
    for site in theirs:
        say(site.said())
    return sorted([*made, *theirs], key=lambda site: names.index(site.stad))


def make_and_send(release: Path, to: Path, names: list[str], send: Connection, goals: Goals = NO_GOALS) -> None:
    """What the second process does. Whatever goes wrong is told in the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        send.send(_make(release, to, names, lambda said: None, goals))
    except Exception as err:  # noqa: BLE001 -- raised there
        send.send(err)


def _make(release: Path, to: Path, names: list[str], say: Callable[[str], None], goals: Goals) -> list[Made]:
    """The websites of these cities, from figures that are read once."""
    tiles, reports, made = load_tiles(), load_reports(), []
    gc.disable()  # what is read stays: a twentieth of the time went to looking through it for what may go
    try:
        figures = read_figures(release, load_cities(), names)
        spreads = {code: found for code, topic in figures.topics.items() if (found := spread(figures, topic))}
        gc.freeze()
        gc.enable()
        with ThreadPoolExecutor(1) as drawing:
            for place in _places():
                if place.stad in names:
                    own = tiles.of(place.stad)
                    page_of_goals = goals.get(place.stad)
                    made.append(
                        _website(figures, spreads, reports, place, own, to / place.stad, drawing, page_of_goals)
                    )
                    say(made[-1].said())
    finally:
        gc.enable()
        gc.unfreeze()
    return made


def _website(
    figures: ReleaseFigures,
    spreads: dict[str, Spread],
    reports: Reports,
    place: Place,
    own: Own,
    to: Path,
    drawing: Executor,
    goals: Tree | None,
) -> Made:
    """Every page, download and shared file of one website."""
    folder = Folder(to)
    cities = [(figures.area(c), c.naam) for c in figures.cities]
    shared = {"place": place, "site": own.naam or f"{place.naam[:1].upper()}{place.naam[1:]}", "cities": cities}
    shared |= {"own_page": f"gebied/{place.gebied}.html", "goals": goals is not None}

    def give(name: str, template: str, facts: dict[str, Any]) -> None:
        folder.give(name, page(template, **shared, root="../" * name.count("/"), address=name, **facts))

    facts = cache(lambda code: subject.facts(figures, place, figures.topics[code]))
    rest = begin_reports(Site(folder, to, give, figures, place, own, shared["site"], facts), reports, drawing)
    if goals is not None:
        give("doelen.html", "doelen", with_charts(goals))
    themes = figures.themes
    give("index.html", "start", {"title": shared["site"], **overview.start(figures, place, own.start)})
    for name in themes:
        at = f"{overview.theme_address(name)}.html"
        give(f"thema/{at}", "thema", overview.theme(figures, place, name, own.themas.get(name, [])))
        give(f"vergelijk/{at}", "vergelijk", overview.cities_beside(figures, place, name))
    compared = [(name, overview.theme_address(name)) for name in themes]
    give("vergelijk.html", "vergelijken", {"title": "Vergelijken", "themes": compared})
    for name, topics in themes.items():
        rows = [
            row
            for topic in topics
            for row in _subject(folder, give, figures, spreads, place, topic, facts(topic["onderwerp"]))
        ]
        folder.give(f"downloads/{overview.theme_address(name)}.xlsx", downloads.workbook(figures, topics, rows))
    for code in overview.areas(figures, place):
        give(f"gebied/{code}.html", "gebied", overview.area(figures, code))
    give("kwaliteit.html", "kwaliteit", overview.quality(figures, place))
    give("onderwerpen.html", "onderwerpen", {"title": "Zoeken", "themes": overview.every_subject(figures, place)})
    give("over.html", "over", {"title": "Over deze cijfers", "release": figures.release, "words": words})
    for name in ("stijl.css", "zoek.js", "kies.js", "beeld.js"):
        text = files("pipelines.site").joinpath("vast", name).read_text(encoding="utf-8")
        folder.give(name, text.replace("#0b4f6c", own.kleur or "#0b4f6c"))
    folder.give("woorden.js", _index(figures, place))
    faults = rest()
    return Made(to / "index.html", folder.end(), folder.written, faults)


def _subject(
    folder: Folder,
    give: Callable[[str, str, dict[str, Any]], None],
    figures: ReleaseFigures,
    spreads: dict[str, Spread],
    place: Place,
    topic: dict[str, Any],
    facts: dict[str, Any],
) -> list[downloads.Cells]:
    """The page of a subject, that of it in all municipalities, and its downloads. Returns its figures by year."""
    code = topic["onderwerp"]
    years = [period for period, _, _ in facts["years"]]
    download = f"{code}_{place.stad}" + (f"_{years[-1]}-{years[0]}" if years else "")
    theme = (topic["thema"], overview.theme_address(topic["thema"]))
    more = {"splits": detail.splits(figures, place, topic), "months": detail.months(figures, place, topic)}
    more["inside"] = detail.parts_within(figures, place, topic)
    named = {"code": code, "name": facts["title"], "theme": theme, "unit": facts["unit"]}
    if more["inside"]:
        title = f"{facts['title']} binnen {place.naam}"
        give(f"binnen/{code}.html", "binnen", {**named, "title": title, "levels": more["inside"]})
    everywhere = None
    if code in spreads:
        everywhere = spread_facts(spreads[code], place, topic, [figures.area(city) for city in figures.cities])
        title = f"{facts['title']}: de gemeenten van Vlaanderen"
        give(f"gemeenten/{code}.html", "gemeenten", {**everywhere, **named, "title": title})
    give(
        f"onderwerp/{code}.html",
        "onderwerp",
        {**facts, "theme": theme, "download": download, "spread": everywhere, **more},
    )
    rows = downloads.by_year(figures, place, topic)
    if years:
        folder.give(f"downloads/{code}.csv", downloads.csv_text(rows))
    if more["months"]:
        by_month = downloads.csv_text(downloads.figure_rows(figures, topic, {place.gebied: more["months"]["points"]}))
        folder.give(f"downloads/{code}_maanden.csv", by_month)
    if facts["chart"]:
        folder.give(f"downloads/{code}.svg", subject.chart_file(figures, place, topic, facts["chart"]))
    return rows if years else []


def _index(figures: ReleaseFigures, place: Place) -> str:
    """What the search goes through, as a script: a file on disk may not be fetched. Of subjects with as many points the
    first here is the first there, in the order of `obmi zoek`: those with figures, those that stand alone, by code."""
    columns = ("onderwerp", "naam", "thema", "omschrijving", "synoniemen")
    rows = [
        [*(topic[c] or "" for c in columns), int(overview.with_value(figures, place, [topic]))]
        for topic in sorted(
            figures.topics.values(), key=lambda t: (t["rol"] == "hulp", t["rol"] != "zelfstandig", t["onderwerp"])
        )
    ]
    rows.sort(key=lambda row: not row[-1])
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"const WOORDEN = {text};\n"
