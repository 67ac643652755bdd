"""The reports of one website: every text with its figures, as a page and as a PDF that is made where it changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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


def give_reports(site: Site, reports: Reports) -> list[str]:
    """The reports of a website and the page that names them; one with a fault stays as it was. Returns the faults."""
    todo = "remove the folder and run obmi site again"
    before = read_json(site.path / KEPT, dict[str, dict[str, str]], todo, default={})
    made: dict[str, dict[str, str]] = {}
    listed: list[dict[str, str]] = []
    files, faults = reports
    said = {name: str(fault) for name, fault in faults.items()}
    functions = Functions(site.figures, site.place, site.own.themas, site.facts).all()
    for file, extra in _of(site, files):
        try:
            tree = _report(site, file, functions | extra)
        except ReportFault as fault:
            said[file.name] = str(fault)
            continue
        release = _release(site.figures)
        made[file.name] = {"inhoud": content_of(tree), **release}
        held = before.get(file.name, {})
        if held.get("inhoud") == made[file.name]["inhoud"]:
            made[file.name] = held
        try:
            listed.append(_written(site, file, tree, made[file.name], held))
        except ReportFault as fault:
            said[f"{file.name}.pdf"] = str(fault)
    for name in said:
        site.folder.keep(f"rapport/{name}")
        made |= {n: held for n, held in before.items() if n.startswith(name)}
    site.give("rapporten.html", "rapporten", {"title": "Rapporten", "reports": listed})
    site.folder.give(KEPT, json.dumps(made, indent=1, sort_keys=True) + "\n")
    return list(dict.fromkeys(said.values()))


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
        for theme, topics in overview.themes(site.figures).items():
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


def _written(site: Site, file: ReportFile, tree: Tree, release: dict[str, str], held: dict[str, str]) -> dict[str, str]:
    """Give a report to the folder, its PDF where it is not there already. Raises ReportFault where no PDF is made."""
    pdf, page = f"rapport/{file.name}_{site.place.stad}.pdf", f"rapport/{file.name}.html"
    tree = tree | {"release": _again(site.place, release)}
    fault = None
    if held is not release or pdf not in site.folder.keep(pdf):
        try:
            site.folder.give(pdf, as_pdf(tree, datetime.fromisoformat(release["gemaakt_op"])))
        except ReportFault as err:
            pdf, fault = "", err
    site.give(page, "rapport", _for_page(tree) | {"pdf": pdf.removeprefix("rapport/")})
    if fault:
        raise fault
    return {"page": page, "pdf": pdf, "title": file.report.naam, "intro": file.report.inleiding}


def _for_page(tree: Tree) -> Tree:
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
