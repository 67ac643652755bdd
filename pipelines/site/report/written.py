"""The reports of one website: every text with its figures, as a page and as a PDF that is made where it changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipelines.describe.reports import ReportFault, ReportFile
from pipelines.describe.tiles import Own
from pipelines.home import read_json
from pipelines.site import overview, words
from pipelines.site.numbers import day
from pipelines.site.read_release import TOGETHER, Place, ReleaseFigures
from pipelines.site.report.drawn import Functions
from pipelines.site.report.functions import Tree
from pipelines.site.report.pdf import as_pdf, content_of
from pipelines.site.report.text import marked
from pipelines.site.report.tree import blocks
from pipelines.site.write import Folder

FEWEST = 5  # subjects with a value of which a theme has a report of its own
KEPT = "rapport/inhoud.json"  # per report what it holds and the release that it was made from
Reports = tuple[list[ReportFile], dict[str, ReportFault]]  # as load_reports gives them
Give = Callable[[str, str, dict[str, Any]], None]


@dataclass(frozen=True)
class Site:
    """One website on its way: its folder, what its pages are given, and the facts of a subject."""

    folder: Folder
    path: Path
    give: Give
    figures: ReleaseFigures
    place: Place
    own: Own
    name: str
    facts: Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class _Begun:
    """A report whose text is made: what it holds and the release it is of, where its PDF lies, and that PDF where it is
    not there already."""

    file: ReportFile
    tree: Tree
    release: dict[str, str]
    pdf: str
    drawn: Future[bytes] | None


def begin_reports(site: Site, reports: Reports, drawing: Executor) -> Callable[[], list[str]]:
    """Make the texts of the reports of a website, and begin on their PDFs while its other pages are made. Returns what
    gives the reports and the page that names them to the folder; one with a fault stays as it was. That returns the
    faults."""
    todo = "remove the folder and run obmi site again"
    before = read_json(site.path / KEPT, dict[str, dict[str, str]], todo, default={})
    files, faults = reports
    said = {name: str(fault) for name, fault in faults.items()}
    functions = Functions(site.figures, site.place, site.own.themas, site.facts).all()
    begun = []
    for file, extra in _of(site, files):
        try:
            begun.append(_begin(site, file, _report(site, file, functions | extra), before.get(file.name, {}), drawing))
        except ReportFault as fault:
            said[file.name] = str(fault)

    def give() -> list[str]:
        listed: list[dict[str, str]] = []
        made = {report.file.name: report.release for report in begun}
        for report in begun:
            try:
                listed.append(_written(site, report))
            except ReportFault as fault:
                said[f"{report.file.name}.pdf"] = str(fault)
        for name in said:
            site.folder.keep(f"rapport/{name}")
            made.update({n: held for n, held in before.items() if n.startswith(name)})
        site.give("rapporten.html", "rapporten", {"title": "Rapporten", "reports": listed})
        site.folder.give(KEPT, json.dumps(made, indent=1, sort_keys=True) + "\n")
        return list(dict.fromkeys(said.values()))

    return give


def _of(site: Site, files: list[ReportFile]) -> Iterator[tuple[ReportFile, dict[str, str]]]:
    """The reports that a website has, and the words that its text knows besides the functions."""
    kind = TOGETHER if site.place.stad == TOGETHER else "steden"
    for file in files:
        report = file.report
        if report.voor not in ("alle", kind):
            continue
        if report.per is None:
            yield file, {}
            continue
        for theme, topics in site.figures.themes.items():
            if overview.with_value(site.figures, site.place, topics) >= FEWEST:
                named = report.model_copy(update={"naam": f"{report.naam} {theme}"})
                name = f"{file.name}-{overview.theme_address(theme)}"
                yield replace(file, name=name, report=named), {"thema": theme}


def _report(site: Site, file: ReportFile, given: dict[str, Any]) -> Tree:
    """A report without its looks and its release. Raises ReportFault."""
    text, marks = marked(file, given)
    trees = blocks(file, text, marks)
    notes: dict[str, Tree] = {}
    for piece in _pieces(trees):
        if code := piece.get("code"):
            piece["n"] = [_note(site.figures, notes, name, code) for name in _sources(site.figures, code)]
    for i, table in enumerate((tree for tree in trees if tree["t"] == "table"), 1):
        table["nr"] = i
    parts = [tree for tree in trees if tree["t"] == "h" and tree["level"] == 2]
    return {
        "title": f"{file.report.naam}: {site.name}" if site.name not in file.report.naam else file.report.naam,
        "name": file.report.naam,
        "intro": file.report.inleiding,
        "who": site.name,
        "colour": site.own.kleur,
        "blocks": trees,
        "parts": parts,
        "contents": len(parts) > 3,
        "notes": list(notes.values()),
    }


def _begin(site: Site, file: ReportFile, tree: Tree, held: dict[str, str], drawing: Executor) -> _Begun:
    """A report of the release that it was last changed in, and its PDF in the making where it is not there."""
    pdf = f"rapport/{file.name}_{site.place.stad}.pdf"
    release = {"inhoud": content_of(tree), **_release(site.figures)}
    same = held.get("inhoud") == release["inhoud"]
    release = held if same else release
    tree |= {"release": _again(site.place, release)}
    if same and pdf in site.folder.keep(pdf):
        return _Begun(file, tree, release, pdf, None)
    drawn = drawing.submit(as_pdf, tree, datetime.fromisoformat(release["gemaakt_op"]))
    return _Begun(file, tree, release, pdf, drawn)


def _written(site: Site, begun: _Begun) -> dict[str, str]:
    """Give a report to the folder. Raises ReportFault where no PDF is made; its page is there then."""
    file, tree, pdf = begun.file, begun.tree, begun.pdf
    fault, page = None, f"rapport/{file.name}.html"
    try:
        if begun.drawn is not None:
            site.folder.give(pdf, begun.drawn.result())
    except ReportFault as err:
        pdf, fault = "", err
    site.give(page, "rapport", with_charts(tree) | {"pdf": pdf.removeprefix("rapport/")})
    if fault:
        raise fault
    return {"page": page, "pdf": pdf, "title": file.report.naam, "intro": file.report.inleiding}


def with_charts(tree: Tree) -> Tree:
    """The same with charts as markup: they are made of numbers and escaped names alone."""
    for piece in _pieces(tree["blocks"]):
        if piece.get("t") == "chart":
            piece["svg"] = Markup(piece["svg"])  # noqa: S704 -- drawn by charts.py
    return tree


def _pieces(tree: Any) -> Iterator[Tree]:
    """Every mapping in a tree, in the order in which it is read."""
    if isinstance(tree, dict):
        yield tree
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _pieces(item)


def _sources(figures: ReleaseFigures, code: str) -> list[str]:
    return [name.strip() for name in (figures.topics[code]["bron"] or "").split(",") if name.strip()]


def _note(figures: ReleaseFigures, notes: dict[str, Tree], name: str, code: str) -> int:
    """The number of the note of a dataset, in the order in which they are first used; it names the subjects."""
    if name not in notes:
        source = figures.sources.get(name)
        said = f"{name}: nog geen levering aanvaard."
        if source is not None:
            said = f"{source['uitgever']}, {source['titel']}. Licentie: {source['licentie']}. "
            said += f"Nagekeken op {words.accepted(source)}: {words.checks_said(figures.checks.get(name, []))}."
        notes[name] = {"n": len(notes) + 1, "said": said, "bron": name, "codes": []}
    if code not in notes[name]["codes"]:
        notes[name]["codes"].append(code)
    return notes[name]["n"]


def _release(figures: ReleaseFigures) -> dict[str, str]:
    release = figures.release
    return {name: str(release[name]) for name in ("release", "gemaakt_op", "vingerafdruk", "code")}


def _again(place: Place, release: dict[str, str]) -> str:
    """From which release a report comes, and how it is made again from it."""
    return (
        f"Gemaakt uit release {release['release']} van {day(release['gemaakt_op'])}, met vingerafdruk "
        f"{release['vingerafdruk'][:16]} en code {release['code'][:16]}. "
        f"De opdracht “obmi site --city {place.stad} --asof {release['release']}” maakt het opnieuw."
    )
