"""Why a verdict is another than before: the day, the plan, a revised figure or a new one, each changed in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from pipelines.orba.verdict import Followed, Measure, Reading, judge
from pipelines.site.numbers import measured

TIME, PLAN, REVISION, NEW = "de datum", "wat de stad invulde", "een herziening", "een nieuw cijfer"


@dataclass(frozen=True)
class Shift:
    """A verdict that changed: from what to what, by which causes, and that in one sentence."""

    van: str
    naar: str
    oorzaken: tuple[str, ...]
    reden: str


def changed(before: Followed, then: date, now: Followed, today: date) -> Shift | None:
    """What changed between two days, or None where the verdict is the same. The causes are the steps that moved it,
    when one after another is set to what it is now: the day, the plan, the figures that were there, new figures."""
    was, to = judge(before, then), judge(now, today)
    if was.oordeel == to.oordeel:
        return None
    planned, revised = _with_figures(now, before, False), _with_figures(now, before, True)
    found = [was, judge(before, today), judge(planned, today), judge(revised, today), to]
    moved = [
        cause
        for cause, (a, b) in zip((TIME, PLAN, REVISION, NEW), pairwise(found), strict=True)
        if a.oordeel != b.oordeel
    ]
    told = f"Was ‘{was.oordeel}’ en is ‘{to.oordeel}’ door {_in_a_row(moved)}"
    rows = (
        [said for old, new in _pairs(before, now) for said in revisions(new, old.cijfers)] if REVISION in moved else []
    )
    which = f" ({'; '.join(rows)})" if rows else ""
    return Shift(was.oordeel, to.oordeel, tuple(moved), f"{told}{which}.")


def revisions(measure: Measure, before: Sequence[Reading]) -> list[str]:
    """The figures of a measure that had another value before, in words."""
    then, said = {figure.periode: figure.waarde for figure in before}, []
    for figure in measure.cijfers:
        was = then.get(figure.periode, figure.waarde)
        if was != figure.waarde:
            old, new = (
                "geen cijfer" if value is None else measured(value, measure.afronding, measure.eenheid)
                for value in (was, figure.waarde)
            )
            said.append(f"{measure.naam} van {figure.periode} was {old} en is nu {new}")
    return said


def _pairs(before: Followed, now: Followed) -> list[tuple[Measure, Measure]]:
    """The measures that were there before, with what they are now."""
    old = {measure.code: measure for measure in before.metingen}
    return [(old[measure.code], measure) for measure in now.metingen if measure.code in old]


def _with_figures(now: Followed, before: Followed, revised: bool) -> Followed:
    """The plan of now with the figures that were there before, at their value of then or as revised since; a measure
    that is new has its own."""
    old = {measure.code: measure.cijfers for measure in before.metingen}

    def figures(measure: Measure) -> tuple[Reading, ...]:
        if measure.code not in old:
            return measure.cijfers
        periods = {figure.periode for figure in old[measure.code]}
        return tuple(f for f in measure.cijfers if f.periode in periods) if revised else old[measure.code]

    spent = {year: (now if revised else before).uitgegeven.get(year, euro) for year, euro in before.uitgegeven.items()}
    return replace(now, metingen=tuple(replace(m, cijfers=figures(m)) for m in now.metingen), uitgegeven=spent)


def _in_a_row(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}"
