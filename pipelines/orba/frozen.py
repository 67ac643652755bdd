"""What a half-year report stands on, whole: the goals with their figures as they were, and what changed since before.

A report is made from this and from nothing else, so that it can be made again when the release is long gone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from pipelines.home import Home, Problem
from pipelines.orba.changed import changed, revisions
from pipelines.orba.plan import Actie, Doel, Oordeel, Plan
from pipelines.orba.verdict import Followed, judge
from pipelines.site.numbers import measured

FROZEN = "verslag.json"
TODO = "put back a copy of it from a backup, or make the report anew with --opnieuw"
HALF_YEAR = re.compile(r"(20\d\d)H([12])")


class NoReport(Problem):
    """A report that cannot be made: one sentence with what and what to do."""


@dataclass(frozen=True)
class Part:
    """A goal or an action in a report, with all that it is judged by."""

    sleutel: str
    code: str
    titel: str
    tekst: str
    eigenaar: str
    partners: str
    begin: date | None
    einde: date | None
    toelichting: str
    volgt: Followed
    mens: Oordeel | None = None


@dataclass(frozen=True)
class Goal:
    """A goal in a report: who may see it, its actions, and what changed since the report before."""

    doel: Part
    thema: str
    akkoord: str
    sdg: str
    publiek: bool
    voorbeeld: bool
    acties: tuple[Part, ...]
    sinds: tuple[str, ...] = ()

    @property
    def planned(self) -> dict[int, Decimal]:
        """Euro by year that its actions were to cost."""
        return _added(action.volgt.gepland for action in self.acties)

    @property
    def spent(self) -> dict[int, Decimal]:
        """Euro by year that was spent on them, where somebody filled it in."""
        return _added(action.volgt.uitgegeven for action in self.acties)


@dataclass(frozen=True)
class Content:
    """A report without its looks. `bronnen` says per subject where its figures come from; `vorige` is the report that
    it is held beside, `weg` are the goals that were in that one alone. What the city alone may see is in one that is
    `eigen`, which is not made for the public."""

    stad: str
    naam: str
    kleur: str
    periode: str
    versie: int
    op: date
    release: Mapping[str, str]
    doelen: tuple[Goal, ...]
    bronnen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vorige: str = ""
    weg: tuple[str, ...] = ()
    eigen: bool = False


def reports_of(home: Home, city: str) -> list[tuple[str, int, Path]]:
    """The half years that a city has a report of, with version and folder, oldest first."""
    found = []
    for folder in (home.root / "orba" / city / "verslagen").glob("20*"):
        period, _, version = folder.name.partition("-")
        found.append((period, int(version or 1), folder))
    return sorted(found)


def last_day(period: str) -> date:
    """The last day of a half year such as 2026H1. Raises NoReport."""
    if not (found := HALF_YEAR.fullmatch(period)):
        raise NoReport(f"'{period[:20]}' is no half year; write it as 2026H1 or 2026H2")
    return date(int(found[1]), 6, 30) if found[2] == "1" else date(int(found[1]), 12, 31)


def goals_of(plan: Plan, followed: Mapping[str, Followed], today: date) -> tuple[Goal, ...]:
    """The goals of a plan as a report holds them, with what is followed and the last judgements by that day."""
    said: dict[str, Oordeel] = {}
    for row in sorted(plan.of("oordeel"), key=lambda row: row.op):
        if row.op <= today:
            said[row.onderdeel] = row
    actions: dict[str, list[Part]] = {}
    for action in (row for row in plan.of("actie") if row.sleutel in followed):
        goal = plan.goal_of(action.sleutel)
        actions.setdefault(goal.sleutel if goal else "", []).append(_part(action, followed, said))
    example = {row.onderdeel for row in plan.of("indicator") if row.voorbeeld}
    return tuple(
        Goal(
            _part(row, followed, said),
            *(row.thema, row.bestuursakkoord, row.sdg, row.publiek),
            voorbeeld=bool(example & {row.sleutel, *(a.sleutel for a in actions.get(row.sleutel, []))}),
            acties=tuple(actions.get(row.sleutel, [])),
        )
        for row in plan.of("doel")
        if row.sleutel in followed
    )


def _part(row: Doel | Actie, followed: Mapping[str, Followed], said: Mapping[str, Oordeel]) -> Part:
    told = (row.titel, row.omschrijving, row.eigenaar, row.partners, row.begin, row.einde, row.toelichting)
    return Part(row.sleutel, row.code, *told, followed[row.sleutel], said.get(row.sleutel))


def since(before: Goal, then: date, now: Goal, today: date) -> tuple[str, ...]:
    """What changed of a goal between two reports, in sentences: its verdict and why, its figures, its actions and its
    money. The last sentence says it where nothing did."""
    found = []
    if change := changed(before.doel.volgt, then, now.doel.volgt, today):
        found.append(change.reden)
    old = {measure.code: measure for measure in before.doel.volgt.metingen}
    for measure in now.doel.volgt.metingen:
        was = old[measure.code].cijfers if measure.code in old else ()
        known = {figure.periode for figure in was}
        fresh = [f for f in measure.cijfers if f.periode not in known and f.waarde is not None and f.dag <= today]
        if was and fresh:
            value = measured(fresh[-1].waarde or 0, measure.afronding, measure.eenheid)
            found.append(f"Nieuw cijfer van {measure.naam}: {value} in {fresh[-1].periode}.")
        told = revisions(measure, was)
        if told and not (change and any(row in change.reden for row in told)):
            found.append(f"Herzien door de uitgever: {'; '.join(told)}.")
    return (*found, *_actions_since(before, then, now, today)) or ("Er is niets veranderd.",)


def _actions_since(before: Goal, then: date, now: Goal, today: date) -> list[str]:
    """What changed of the actions of a goal, and of the money that is planned for them."""
    old, new = ({action.sleutel: action for action in goal.acties} for goal in (before, now))
    found = [f"Nieuwe actie: {new[key].titel}." for key in new if key not in old]
    found += [f"Niet meer in het plan: {old[key].titel}." for key in old if key not in new]
    moved = Counter(
        (a.oordeel, b.oordeel)
        for key in new.keys() & old.keys()
        if (a := judge(old[key].volgt, then)).oordeel != (b := judge(new[key].volgt, today)).oordeel
    )
    for (was, to), number in sorted(moved.items()):
        found.append(f"{'Een actie ging' if number == 1 else f'{number} acties gingen'} van ‘{was}’ naar ‘{to}’.")
    more = sum(now.planned.values()) - sum(before.planned.values())
    if more:
        said = measured(float(abs(more)), 0, "€")
        found.append(f"Voor de acties is {said} {'meer' if more > 0 else 'minder'} gepland dan in het vorige verslag.")
    return found


def held_beside(content: Content, before: Content) -> tuple[tuple[Goal, ...], tuple[str, ...]]:
    """The goals of a report with what changed since another one, and the titles of the goals that it no longer has."""
    old = {goal.doel.sleutel: goal for goal in before.doelen}
    new = {goal.doel.sleutel for goal in content.doelen}
    goals = []
    for goal in content.doelen:
        was = old.get(goal.doel.sleutel)
        told = since(was, before.op, goal, content.op) if was else ("Dit doel stond niet in het vorige verslag.",)
        goals.append(replace(goal, sinds=told))
    return tuple(goals), tuple(goal.doel.titel for key, goal in old.items() if key not in new)


def _added(years: Iterable[Mapping[int, Decimal]]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for euros in years:
        for year, euro in euros.items():
            found[year] = found.get(year, Decimal(0)) + euro
    return found


def half_year_said(period: str) -> str:
    """A half year in words: `eerste helft 2026`."""
    return f"{'eerste' if period.endswith('1') else 'tweede'} helft {period[:4]}"
