"""The page of one goal in a half-year report: how it stands and why, its figures, its actions, what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.orba.frozen import Content, Goal, Part
from pipelines.orba.verdict import (
    BEHIND,
    WORST_FIRST,
    Measure,
    Reading,
    Standing,
    judge,
    latest,
    of_measure,
    standings,
    wanted,
    worst_one,
)
from pipelines.site.charts import Dot, Line, line_chart
from pipelines.site.numbers import between, day, in_unit, measured
from pipelines.site.words import in_a_row

Tree = dict[str, Any]
COUNCIL, MANAGEMENT, PUBLIC = "raad", "management", "publiek"
ROWS, BULLETS, CHARTS, WORDS = 10, 6, 2, 420  # of a goal, so that it stays on one page
YEARS = 15  # that a chart goes back
EXAMPLE = "De streefwaarden hier zijn een voorbeeld, en geen beslissing van de stad."


@dataclass(frozen=True)
class ForReader:
    """A report for one kind of reader, with the number of the note of each source; in a website its subjects are
    `linked` to their pages."""

    content: Content
    reader: str
    notes: Mapping[str, int]
    linked: bool = False
    known: dict[str, Standing] = field(default_factory=dict)  # by part: each is asked several times

    @property
    def today(self) -> date:
        """The day that it tells of."""
        return self.content.op

    def standing(self, part: Part) -> Standing:
        """How a goal or an action stands on that day."""
        if part.sleutel not in self.known:
            self.known[part.sleutel] = judge(part.volgt, self.today)
        return self.known[part.sleutel]


def goal_page(report: ForReader, goal: Goal) -> list[Tree]:
    """All blocks of a goal below its title."""
    part, verdict = goal.doel, report.standing(goal.doel)
    facts = [part.code, goal.thema, goal.akkoord, f"SDG {goal.sdg}" if goal.sdg else ""]
    if report.reader != PUBLIC:
        facts.append(f"eigenaar: {part.eigenaar}" if part.eigenaar else "")
    found = [paragraph(" · ".join(filter(None, facts)))] if any(facts) else []
    reasons = standings(part.volgt, report.today)
    said = f"{worst_one(reasons)[1]}." if len(reasons) > 1 else verdict.reden  # each reason stands below
    found.append({"t": "verdict", "word": verdict.oordeel, "c": [words_of(said)]})
    if mine := part.mens:
        who = "De stad" if report.reader == PUBLIC else mine.door
        said = f"{who} oordeelde op {day(mine.op)} ‘{mine.oordeel}’: {mine.reden.rstrip('.')}."
        found.append(
            paragraph(said + ("" if mine.oordeel == verdict.oordeel else f" Berekend is ‘{verdict.oordeel}’."))
        )
    if part.tekst.strip().lower() not in part.titel.lower():
        found.append(paragraph(_short(part.tekst)))
    if part.toelichting and report.reader != PUBLIC:
        found.append(paragraph(_short(part.toelichting)))
    if goal.voorbeeld:
        found.append(paragraph(EXAMPLE))
    if part.volgt.metingen:
        found.append(_measures(report, part.volgt.metingen))
    if len(reasons) > 1:
        found.append(bullets([one.reden for one in reasons]))
    order = sorted(part.volgt.metingen, key=lambda one: WORST_FIRST.index(of_measure(one, report.today).oordeel))
    if charts := [chart for one in order if (chart := _chart(one, report.today))]:
        found.append({"t": "charts", "items": charts[:CHARTS]})
    if goal.sinds:
        found += [heading("Sinds het vorige verslag", 3), bullets(goal.sinds)]
    return [*found, heading("Acties", 3), *_actions(report, goal)]


def actions_table(report: ForReader, actions: Sequence[Part]) -> Tree:
    """Actions, those that are behind first; with owner and money for the management team."""
    order = sorted(actions, key=lambda action: WORST_FIRST.index(report.standing(action).oordeel))
    rows = []
    for action in order:
        verdict = report.standing(action).oordeel
        cells = [action.titel, f"{verdict}{f' ({action.mens.oordeel})' if action.mens else ''}"]
        cells.append(day(action.einde) if action.einde else "–")
        if report.reader == MANAGEMENT:
            cells += [euros(action.volgt.gepland), euros(action.volgt.uitgegeven)]
        rows.append(cells)
    head = ["Actie", "Oordeel", "Gepland einde", "Gepland", "Uitgegeven"][: len(rows[0])]
    return tabular(head, rows, "kttnn")


def _actions(report: ForReader, goal: Goal) -> list[Tree]:
    """How the actions stand in a sentence, and as many as fit on the page; the council gets those that are behind."""
    if not goal.acties:
        return [paragraph("Er zijn geen acties bij dit doel.")]
    verdicts = Counter(report.standing(action).oordeel for action in goal.acties)
    counted = in_a_row([f"{verdicts[word]} ‘{word}’" for word in WORST_FIRST if verdicts[word]])
    said = f"Van de {len(goal.acties)} acties zijn er {counted}."
    if len(goal.acties) == 1:
        said = f"De enige actie is {counted[2:]}."
    shown = [a for a in goal.acties if report.reader != COUNCIL or report.standing(a).oordeel == BEHIND]
    shown = sorted(shown, key=lambda action: WORST_FIRST.index(report.standing(action).oordeel))[:ROWS]
    if shown and len(shown) < len(goal.acties):
        said += f" Hier {'staat er 1' if len(shown) == 1 else f'staan er {len(shown)}'}"
        first = ", die achter zijn eerst" if verdicts[BEHIND] else ""
        said += f"{first if report.reader != COUNCIL else ' van wat achter is'}."
    return [paragraph(said), *([actions_table(report, shown)] if shown else [])]


def _measures(report: ForReader, measures: Iterable[Measure]) -> Tree:
    """The figures of a goal: where each began, what it is, what the path asks of it, and where it goes."""
    rows: list[list[Any]] = []
    for one in measures:
        target, last = one.doel, latest(one, report.today)
        asked = wanted(target, last.dag) if target and last else None
        note = [report.notes[name] for name in report.content.bronnen.get(one.onderwerp, ())]
        name = words_of(f"{one.naam[:1].upper()}{one.naam[1:]}") | {"n": note}
        if report.linked:
            name["code"] = one.onderwerp
        begin = _written(one, target.van) if target and target.van is not None else "–"
        if target and target.begin and target.van is not None:
            begin += f" ({target.begin.year})"
        goal = f"{_written(one, target.naar)} ({target.dag.year})" if target else "–"
        value = _figure_said(one, last) if last else "–"
        path = _written(one, float(asked)) if asked is not None else "–"
        rows.append([name, begin, value, path, goal, of_measure(one, report.today).oordeel])
    head = ["Indicator", "Begin", "Laatste cijfer", "Pad dan", "Streefwaarde", "Oordeel"]
    return tabular(head, rows, "knnnnt")


def _figure_said(measure: Measure, figure: Reading) -> str:
    said = f"{_written(measure, figure.waarde or 0)} ({figure.periode})"
    if figure.ondergrens is None or figure.bovengrens is None or figure.ondergrens == figure.bovengrens:
        return said
    return f"{said}, {between(figure.ondergrens, figure.bovengrens, measure.afronding)}"


def _written(measure: Measure, value: float) -> str:
    return measured(value, measure.afronding, "%" if measure.eenheid == "%" else "€" if measure.eenheid == "€" else "")


def _chart(measure: Measure, today: date) -> Tree | None:
    """The line of a measure beside the path to its target, with both told in words."""
    last, target = latest(measure, today), measure.doel
    if last is None:
        return None
    years = {
        f.dag.year: Dot(f.dag.year, f.waarde, f.ondergrens, f.bovengrens)
        for f in measure.cijfers
        if f.waarde is not None and last.dag.year - YEARS < f.dag.year and f.dag <= today
    }
    own = [years[year] for year in sorted(years)]
    lines = [Line("Cijfer", "own", own)]
    said = [_line_said(measure, measure.naam, own)]
    if target and len(path := _path(target, last)) > 1:
        lines.append(Line("Pad naar de streefwaarde", "ref r1", path))
        said.append(_line_said(measure, "het pad naar de streefwaarde", path))
    if sum(len(line.dots) for line in lines) < 2:
        return None
    drawn = line_chart(lines, measure.afronding, "").split(">", 1)[1]
    title = f"{measure.naam[:1].upper()}{measure.naam[1:]}{in_unit(measure.eenheid)}"
    band = "De band is het 95 %-interval." if sum(dot.low is not None for dot in own) > 1 else ""
    legend = [line.name for line in lines]
    return {"t": "chart", "title": [words_of(title)], "alt": " ".join(said), "svg": drawn} | {
        "legend": legend,
        "notes": band,
    }


def _path(target: Any, last: Reading) -> list[Dot]:
    """The path by year, on the day of the year that the last figure is about; its ends as they are."""
    found = []
    first = target.points[0][0].year
    for year in range(first, target.dag.year + 1):
        asked = wanted(target, date(year, last.dag.month, min(last.dag.day, 28)))
        if year == target.dag.year:
            asked = target.points[-1][1]
        elif year == first:
            asked = target.points[0][1]
        if asked is not None:
            found.append(Dot(year, float(asked)))
    return found


def _line_said(measure: Measure, name: str, dots: Sequence[Dot]) -> str:
    first, last = (f"{_written(measure, dot.value)} in {dot.year}" for dot in (dots[0], dots[-1]))
    return f"{name[:1].upper()}{name[1:]}: {first}, {last}."


def _short(text: str) -> str:
    """The first sentences of a long text, so many as fit."""
    plain = " ".join(text.split())
    if len(plain) <= WORDS:
        return plain
    cut = plain[:WORDS]
    end = max(cut.rfind(mark) for mark in (". ", "? ", "! "))
    return cut[: end + 1] if end > WORDS // 3 else f"{cut[: cut.rfind(' ')]} …"


def euros(years: Mapping[int, Any]) -> str:
    """The sum of euro by year, or a dash where nobody filled any in."""
    return measured(float(sum(years.values())), 0, "€") if years else "–"


def words_of(said: str) -> Tree:
    """A piece of a line."""
    return {"t": "text", "s": said, "code": ""}


def paragraph(said: str) -> Tree:
    """A paragraph of text alone."""
    return {"t": "p", "c": [words_of(said)]}


def heading(said: str, level: int = 2) -> Tree:
    """A title."""
    return {"t": "h", "level": level, "c": [words_of(said)]}


def bullets(said: Sequence[str]) -> Tree:
    """A list, of so many points as fit; the last says how many more there are."""
    more = len(said) - BULLETS
    shown = [*said[: BULLETS - 1], f"En nog {more + 1} andere."] if more > 0 else said
    return {"t": "list", "ordered": False, "items": [[paragraph(one)] for one in shown]}


def tabular(head: list[str], rows: Sequence[Sequence[Any]], kinds: str) -> Tree:
    """A table; of each column `kinds` says whether it is the name of its row, text, or a number. A column of dashes
    tells nothing, and is left out."""
    kept = [n for n in range(len(head)) if n == 0 or any(row[n] != "–" for row in rows)]
    head, kinds = [head[n] for n in kept], "".join(kinds[n] for n in kept)
    rows = [[row[n] for n in kept] for row in rows]
    cells = [
        {"own": False, "cells": [cell if isinstance(cell, dict) else words_of(cell) for cell in row]} for row in rows
    ]
    return {"t": "table", "caption": [], "head": head, "rows": cells, "kinds": kinds}
