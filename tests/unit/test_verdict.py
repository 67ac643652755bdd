"""Verdicts on made-up paths: the rules one by one, and thousands of paths against a plain implementation of them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from pipelines.orba.changed import NEW, PLAN, REVISION, TIME, changed
from pipelines.orba.verdict import (
    BEHIND,
    DONE,
    FRESH,
    LESS,
    MORE,
    NOT_DONE,
    ON_PATH,
    REACHED,
    UNKNOWN,
    Followed,
    Measure,
    Milestone,
    Reading,
    Standing,
    Target,
    judge,
    of_measure,
    of_milestone,
    of_money,
    wanted,
    worst_of,
)

MANY = pytest.mark.parametrize("paths", [400, pytest.param(10_000, marks=pytest.mark.proof)])
TODAY = date(2026, 6, 30)
DOWN = Target(LESS, 10.0, date(2030, 1, 1), 20.0, date(2020, 1, 1))


def measure(value: float | None, day: date = date(2025, 1, 1), target: Target | None = DOWN, **more: Any) -> Measure:
    limits = {name: more.pop(name) for name in ("ondergrens", "bovengrens", "waarom") if name in more}
    return Measure("x", "armoede", "%", 1, target, (Reading(str(day.year), day, value, **limits),), **more)


@pytest.mark.parametrize(
    ("made", "verdict", "said"),
    [
        (measure(12.0, target=None), UNKNOWN, "geen streefwaarde met een datum"),
        (measure(None, waarom="niet geleverd"), UNKNOWN, "Er is geen cijfer van armoede (niet geleverd)."),
        (measure(12.0, date(2023, 5, 31)), UNKNOWN, "37 maanden oud, meer dan de 36"),
        (measure(10.0), REACHED, "Armoede: 10,0 % in 2025; de streefwaarde is hoogstens 10,0 %."),
        (measure(9.0, ondergrens=8.0, bovengrens=10.1), ON_PATH, "met 95 % zekerheid 8,0 tot 10,1"),
        (measure(19.0, target=replace(DOWN, begin=date(2025, 1, 1))), UNKNOWN, "na het begin op 1 januari 2025"),
        (measure(19.0, target=replace(DOWN, begin=None)), UNKNOWN, "zonder startwaarde is er geen pad"),
        (measure(15.1), BEHIND, "het pad naar 10,0 % op 1 januari 2030 vraagt dan hoogstens 15,0 %"),
        (measure(14.9), ON_PATH, "vraagt dan hoogstens 15,0 %."),
        (measure(15.01), BEHIND, "hoogstens 15,00 %"),  # a limit that differs looks different
        (measure(16.0, ondergrens=14.9, bovengrens=17.0), ON_PATH, "het verschil valt binnen het toeval"),
        (measure(16.0, ondergrens=14.9, bovengrens=21.0), UNKNOWN, "maar ook 20,0 %, zoals bij het begin"),
        (
            measure(10.5, target=replace(DOWN, dag=date(2024, 1, 1)), ondergrens=9.0, bovengrens=12.0),
            UNKNOWN,
            "gehaald",
        ),
        (measure(15.1, toeval_bekend=False), BEHIND, "niet bekend is hoe groot het toeval is"),
        (measure(14.0, target=replace(DOWN, tussen=((date(2025, 1, 1), 13.0),))), BEHIND, "hoogstens 13,0 %"),
        (measure(15.0, target=Target(MORE, 30.0, date(2030, 1, 1), 0.0, date(2020, 1, 1))), BEHIND, "minstens 15,0 %"),
    ],
)
def test_each_rule_with_its_reason(made: Measure, verdict: str, said: str) -> None:
    if said == "minstens 15,0 %":  # five years of ten less two leap days
        said, made = "minstens 15,0", replace(made, cijfers=(replace(made.cijfers[0], waarde=14.9),))
    found = of_measure(made, TODAY)
    assert found.oordeel == verdict, found
    assert said in found.reden.replace("\u00a0", " ")


def test_a_later_gap_does_not_hide_the_figure_before_it() -> None:
    one = measure(15.1)
    gap = Reading("2026", date(2026, 1, 1), None, waarom="niet geleverd")
    assert of_measure(replace(one, cijfers=(*one.cijfers, gap)), TODAY) == of_measure(one, TODAY)


def test_a_milestone_is_behind_from_the_day_after_it() -> None:
    step = Milestone("het plein ligt er", None, TODAY)
    assert of_milestone(step, TODAY).oordeel == ON_PATH
    assert of_milestone(step, TODAY + timedelta(1)) == Standing(
        BEHIND, "Het plein ligt er moest er zijn op 30 juni 2026, en is nog niet gedaan."
    )
    assert of_milestone(replace(step, gedaan=TODAY), TODAY).oordeel == DONE
    assert of_milestone(replace(step, gedaan=TODAY + timedelta(1)), TODAY).oordeel == ON_PATH
    assert of_milestone(replace(step, dag=None), TODAY).oordeel == NOT_DONE


def test_money_is_behind_below_half_of_what_was_planned_and_decides_only_where_nothing_else_can_be_told() -> None:
    planned = {2024: Decimal(100), 2025: Decimal(100), 2026: Decimal(800)}
    half = {2024: Decimal(50), 2025: Decimal(50), 2026: Decimal(0)}  # of a year that goes on nothing is asked
    assert of_money(planned, half, TODAY).oordeel == ON_PATH
    assert of_money(planned, half | {2025: Decimal("49.99")}, TODAY).oordeel == BEHIND
    assert of_money(planned, {}, TODAY).oordeel == UNKNOWN
    assert of_money({2026: Decimal(1)}, {2025: Decimal(0)}, TODAY).oordeel == UNKNOWN
    spent = {2024: Decimal(0)}
    assert judge(Followed((measure(9.0),), (), planned, spent), TODAY).oordeel == REACHED
    assert judge(Followed((measure(None),), (), planned, spent), TODAY).oordeel == BEHIND
    assert judge(Followed(), TODAY).reden == "Er is geen indicator en geen mijlpaal om het aan te zien."


def test_the_worst_of_several_decides_and_says_how_many() -> None:
    three = [Standing(REACHED, "Een."), Standing(BEHIND, "Twee."), Standing(UNKNOWN, "Drie.")]
    assert worst_of(three) == Standing(BEHIND, "Van 3 maatstaven is er 1 ‘achter’: twee.")
    assert worst_of(three[::2]).oordeel == REACHED


def test_what_moved_a_verdict_is_named() -> None:
    before = Followed((measure(14.9),))
    (one,) = before.metingen
    revised = replace(one, cijfers=(replace(one.cijfers[0], waarde=15.5),))
    added = replace(one, cijfers=(*one.cijfers, Reading("2026", date(2026, 1, 1), 15.5)))
    stricter = replace(one, doel=replace(DOWN, naar=5.0))

    def causes(now: Measure, today: date = TODAY) -> tuple[str, ...]:
        found = changed(before, TODAY, Followed((now,)), today)
        return found.oorzaken if found else ()

    assert causes(one) == ()
    assert causes(revised) == (REVISION,)
    assert causes(added) == (NEW,)
    assert causes(stricter) == (PLAN,)
    assert causes(one, date(2029, 1, 1)) == (TIME,)
    found = changed(before, TODAY, Followed((revised,)), TODAY)
    assert found
    assert found.reden.replace("\u00a0", " ") == (
        "Was ‘op schema’ en is ‘achter’ door een herziening (armoede van 2025 was 14,9 % en is nu 15,5 %)."
    )


def made_path(rng: random.Random) -> tuple[Measure, date]:
    """A made-up measure on a coarse grid, so that values often lie exactly on a limit."""
    start = date(rng.randint(2018, 2024), rng.choice([1, 1, 7]), 1)
    until = date(rng.randint(2024, 2032), rng.choice([1, 12]), rng.choice([1, 31]))
    until = max(until, start + timedelta(rng.choice([100, 200, 400])))
    van, naar = rng.randint(0, 20) / 10, rng.randint(0, 20) / 10
    between = sorted(rng.sample(range(1, (until - start).days), rng.choice([0, 0, 1, 2])))
    tussen = tuple((start + timedelta(n), rng.randint(0, 20) / 10) for n in between)
    known = rng.random() < 0.85
    target = Target(MORE if naar >= van else LESS, naar, until, van if known else None, start, tussen)
    figures = []
    for year in range(rng.randint(2015, 2022), 2027):
        if rng.random() < 0.3:
            continue  # a gap
        day = rng.choice([date(year, 1, 1), date(year, 12, 31), start, until])
        value = None if rng.random() < 0.15 else rng.randint(0, 200) / 100 if rng.random() < 0.5 else van
        wide = rng.choice([None, 0.0, 0.1, 0.5, 2.0])
        limits = (None, None) if value is None or wide is None else (value - wide, value + wide)
        figures.append(Reading(f"{year}", day, value, *limits, waarom="" if value is not None else "niet geleverd"))
    days = {f.dag: f for f in figures}  # one figure of a day
    made = Measure("x", "iets", "%", 1, target if rng.random() < 0.97 else None, tuple(days.values()), FRESH)
    return made, date(rng.randint(2020, 2030), rng.randint(1, 12), rng.randint(1, 28))


def plain(made: Measure, today: date) -> str:
    """The rules of docs/orba-oordeel.md as a table of facts, each in arithmetic of its own: whole hundredths times
    days, without a division."""
    goal = made.doel
    if goal is None:
        return UNKNOWN
    there = sorted((f.dag, n) for n, f in enumerate(made.cijfers) if f.waarde is not None and not f.dag > today)
    if not there:
        return UNKNOWN
    figure = made.cijfers[there[-1][1]]
    flip = Decimal(1) if goal.richting == "hoger" else Decimal(-1)
    ends = [figure.waarde] if figure.ondergrens is None else [figure.ondergrens, figure.bovengrens]
    ends = sorted(flip * Decimal(repr(end)) for end in ends)
    aim = flip * Decimal(repr(goal.naar))
    months = 0
    while _later(figure.dag, months + 1) <= today:
        months += 1
    corners = {goal.dag: aim} | {d: flip * Decimal(repr(v)) for d, v in goal.tussen}
    if goal.van is not None:
        corners[goal.begin] = flip * Decimal(repr(goal.van))
    days = sorted(corners)
    gap = None  # how far the best end lies above the path, times a positive number; and the worst end
    if figure.dag >= days[-1]:
        gap = ends[-1] - aim
    elif figure.dag >= days[0]:
        left = max(d for d in days if d <= figure.dag)
        right = min(d for d in days if d > figure.dag)
        whole, done = (right - left).days, (figure.dag - left).days
        gap = ends[-1] * whole - (corners[left] * (whole - done) + corners[right] * done)
        moved = corners[left] * (whole - done) + corners[right] * done != flip * Decimal(repr(goal.van or 0)) * whole
    if months > FRESH:
        return UNKNOWN
    if ends[0] >= aim:
        return REACHED
    if figure.dag <= goal.begin or gap is None:
        return UNKNOWN
    if gap < 0:
        return BEHIND
    if figure.dag >= goal.dag:
        return UNKNOWN
    start_too = goal.van is not None and ends[0] <= flip * Decimal(repr(goal.van)) and moved
    return UNKNOWN if start_too else ON_PATH


def _later(then: date, months: int) -> date:
    """So many months after a day, at the latest on the last day of that month."""
    year, month = divmod(then.year * 12 + then.month - 1 + months, 12)
    first_after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(then.day - 1), first_after - timedelta(1))


@MANY
def test_made_up_paths_equal_a_plain_implementation_and_chance_is_never_behind(paths: int) -> None:
    rng, seen = random.Random(21), dict.fromkeys((UNKNOWN, BEHIND, ON_PATH, REACHED), 0)
    for _ in range(paths):
        made, today = made_path(rng)
        found = of_measure(made, today)
        assert found.oordeel == plain(made, today), (made, today, found)
        assert found.reden.endswith("."), found
        assert found.reden[:1].isupper()
        assert "\n" not in found.reden
        seen[found.oordeel] += 1
        if found.oordeel == BEHIND:
            last = max((f for f in made.cijfers if f.waarde is not None and f.dag <= today), key=lambda f: f.dag)
            ends = (last.waarde, last.waarde) if last.ondergrens is None else (last.ondergrens, last.bovengrens)
            asked = wanted(made.doel, last.dag)
            assert not Fraction(str(ends[0])) <= asked <= Fraction(str(ends[1])), "chance"
    assert min(seen.values()) > paths / 50, seen


@MANY
def test_made_up_revisions_have_a_cause_exactly_where_the_verdict_moved(paths: int) -> None:
    rng, moved = random.Random(22), 0
    for _ in range(paths):
        made, today = made_path(rng)
        figures = tuple(replace(f, waarde=f.waarde and f.waarde + rng.choice([0, 0, 0.3, -0.3])) for f in made.cijfers)
        figures = tuple(replace(f, ondergrens=None, bovengrens=None) for f in figures)[rng.choice([0, 0, 1]) :]
        now = Followed((replace(made, cijfers=figures),))
        before, later = Followed((made,)), today + timedelta(rng.choice([0, 182]))
        found = changed(before, today, now, later)
        assert (found is not None) == (plain(made, today) != plain(now.metingen[0], later))
        if found:
            moved += 1
            assert found.oorzaken, (before, now)
            assert found.reden.endswith(".")
            assert PLAN not in found.oorzaken
            assert NEW not in found.oorzaken  # a figure was revised or went, none came
            assert later != today or TIME not in found.oorzaken
    assert moved > paths / 20
