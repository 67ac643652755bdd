"""How a goal stands, by the rules of docs/orba-oordeel.md: a verdict, and the reason for it in one Dutch sentence.

Numbers are compared as the decimals that they are written as, so that a value of exactly what the path asks is on it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from pipelines.site.numbers import between, day, measured, number

ON_PATH, BEHIND, REACHED, UNKNOWN = "op schema", "achter", "bereikt", "niet te zeggen"
DONE, NOT_DONE = "gedaan", "niet gedaan"
WORST_FIRST = (BEHIND, ON_PATH, NOT_DONE, REACHED, DONE, UNKNOWN)  # of several worst_of the first that occurs
MORE, LESS = "hoger", "lager"  # which way a subject should go
FRESH = 36  # months: most subjects are published within two years after their year, and are older for another year
NO_MEASURE = "Er is geen indicator en geen mijlpaal om het aan te zien."
HALF = Decimal("0.5")  # of what was planned: with less spent the work has hardly begun


@dataclass(frozen=True)
class Standing:
    """How something stands, and why in one sentence."""

    oordeel: str
    reden: str


@dataclass(frozen=True)
class Reading:
    """A value of a subject with its 95 % interval, and the day that it is about; `waarom` is why there is no value."""

    periode: str
    dag: date
    waarde: float | None
    ondergrens: float | None = None
    bovengrens: float | None = None
    voorlopig: bool = False
    waarom: str = ""


@dataclass(frozen=True)
class Target:
    """Where a subject should go and when: from `van` on the day `begin` over the milestones to `naar` on `dag`."""

    richting: str
    naar: float
    dag: date
    van: float | None = None
    begin: date | None = None
    tussen: tuple[tuple[date, float], ...] = ()

    @property
    def points(self) -> list[tuple[date, Fraction]]:
        """The path, oldest first; it is straight between its points."""
        first = [(self.begin, self.van)] if self.begin is not None and self.van is not None else []
        return [(when, _exact(value)) for when, value in [*first, *sorted(self.tussen), (self.dag, self.naar)]]


@dataclass(frozen=True)
class Measure:
    """A subject that a goal is followed by: what it is called, how it is written, its target and its figures. `vers` is
    after how many months a figure says nothing any more; `toeval_bekend` is that a value without an interval has no
    chance in it. `code` is unique in a plan; `onderwerp` is the subject in the mart, where it is one."""

    code: str
    naam: str
    eenheid: str = ""
    afronding: int = 1
    doel: Target | None = None
    cijfers: tuple[Reading, ...] = ()
    vers: int = FRESH
    toeval_bekend: bool = True
    onderwerp: str = ""


@dataclass(frozen=True)
class Milestone:
    """A milestone or a tick: what it is, when it should be there, and since when it is."""

    naam: str
    gedaan: date | None
    dag: date | None = None


@dataclass(frozen=True)
class Followed:
    """All that a goal or an action is judged by; planned and spent are euro by year."""

    metingen: tuple[Measure, ...] = ()
    stappen: tuple[Milestone, ...] = ()
    gepland: Mapping[int, Decimal] = field(default_factory=dict)
    uitgegeven: Mapping[int, Decimal] = field(default_factory=dict)


def judge(followed: Followed, today: date) -> Standing:
    """How a goal or an action stands on a day: the worst of what it is followed by. Money decides only where nothing
    else can be told: a goal may be reached with less."""
    told = worst_of(standings(followed, today))
    if told.oordeel != UNKNOWN or not followed.gepland:
        return told
    money = of_money(followed.gepland, followed.uitgegeven, today)
    return told if money.oordeel == UNKNOWN else money


def standings(followed: Followed, today: date) -> list[Standing]:
    """The verdicts of the measures, and those of the milestones and ticks, in the order of the plan."""
    measures = [of_measure(measure, today) for measure in followed.metingen]
    return measures + [of_milestone(step, today) for step in followed.stappen]


def worst_of(found: Sequence[Standing]) -> Standing:
    """Several verdicts as one: behind when one of them is, reached when all that can be told are."""
    if not found:
        return Standing(UNKNOWN, NO_MEASURE)
    worst, told = worst_one(found)
    return worst if len(found) == 1 else Standing(worst.oordeel, f"{told}: {worst.reden[:1].lower()}{worst.reden[1:]}")


def worst_one(found: Sequence[Standing]) -> tuple[Standing, str]:
    """The verdict that decides of several, and how many there are like it: `Van 3 maatstaven is er 1 ‘achter’`."""
    worst = min(found, key=lambda verdict: WORST_FIRST.index(verdict.oordeel))
    same = sum(verdict.oordeel == worst.oordeel for verdict in found)
    return worst, f"Van {len(found)} maatstaven {'is' if same == 1 else 'zijn'} er {same} ‘{worst.oordeel}’"


def wanted(target: Target, when: date) -> Fraction | None:
    """What the path asks on a day: straight between its points, and the target after it; None before it begins."""
    points = target.points
    for (start, low), (end, high) in pairwise(points):
        if start <= when < end:
            return low + (high - low) * Fraction((when - start).days, (end - start).days)
    return points[-1][1] if when >= points[-1][0] else None


def latest(measure: Measure, today: date) -> Reading | None:
    """The last figure with a value that is about a day up to this one."""
    there = (figure for figure in measure.cijfers if figure.waarde is not None and figure.dag <= today)
    return max(there, key=lambda figure: figure.dag, default=None)


def of_measure(measure: Measure, today: date) -> Standing:
    """A measure against its target: the ten rules of docs/orba-oordeel.md, the first that holds. The interval is held
    against the path, so what may be chance is never behind."""
    target, last = measure.doel, latest(measure, today)
    if target is None:
        return Standing(UNKNOWN, f"Voor {measure.naam} is er geen streefwaarde met een datum.")
    if last is None or last.waarde is None:
        why = next((f.waarom for f in reversed(measure.cijfers) if f.waarom), "")
        return Standing(UNKNOWN, f"Er is geen cijfer van {measure.naam}{f' ({why})' if why else ''}.")
    up = target.richting == MORE
    low, high = last.waarde, last.waarde
    if last.ondergrens is not None and last.bovengrens is not None:
        low, high = last.ondergrens, last.bovengrens
    worst, best = map(_exact, (low, high) if up else (high, low))
    sign = 1 if up else -1
    said, aim = _said(measure, last), f"de streefwaarde is {_asked(measure, target.naar, up)}"
    if (months := _months(last.dag, today)) > measure.vers:
        limit = f"het laatste cijfer is {months} maanden oud, meer dan de {measure.vers} waarna het niets meer zegt"
        return Standing(UNKNOWN, f"{said}; {limit}.")
    if sign * worst >= sign * _exact(target.naar):
        return Standing(REACHED, f"{said}; {aim}.")
    if target.begin is not None and last.dag <= target.begin:
        return Standing(UNKNOWN, f"{said}; er is nog geen cijfer van na het begin op {day(target.begin)}.")
    asked = wanted(target, last.dag)
    if asked is None:
        return Standing(UNKNOWN, f"{said}; {aim}, maar zonder startwaarde is er geen pad ernaartoe.")
    goal = f"{measured(target.naar, measure.afronding, measure.eenheid)} op {day(target.dag)}"
    path = f"het pad naar {goal} vraagt dan {_asked(measure, asked, up, last.waarde)}"
    if not measure.toeval_bekend and low == high:
        path += ", waarbij niet bekend is hoe groot het toeval is"
    if sign * best < sign * asked:
        return Standing(BEHIND, f"{said}; {path}.")
    if last.dag >= target.dag:
        return Standing(UNKNOWN, f"{said}; of {_asked(measure, target.naar, up)} gehaald is, valt binnen het toeval.")
    if target.van is not None and sign * worst <= sign * _exact(target.van) and _exact(target.van) != asked:
        begin = measured(target.van, measure.afronding, measure.eenheid)
        return Standing(UNKNOWN, f"{said}; {path}, maar ook {begin}, zoals bij het begin, valt binnen het toeval.")
    chance = ", en het verschil valt binnen het toeval" if sign * _exact(last.waarde) < sign * asked else ""
    return Standing(ON_PATH, f"{said}; {path}{chance}.")


def of_milestone(step: Milestone, today: date) -> Standing:
    """A milestone or a tick: done or not, behind when it is not and its date is past, on the way until that date."""
    if step.gedaan is not None and step.gedaan <= today:
        return Standing(DONE, f"{_capital(step.naam)} is gedaan op {day(step.gedaan)}.")
    if step.dag is None:
        return Standing(NOT_DONE, f"{_capital(step.naam)} is nog niet gedaan, en er is geen datum voor.")
    if step.dag < today:
        return Standing(BEHIND, f"{_capital(step.naam)} moest er zijn op {day(step.dag)}, en is nog niet gedaan.")
    return Standing(ON_PATH, f"{_capital(step.naam)} moet er pas zijn op {day(step.dag)}.")


def of_money(planned: Mapping[int, Decimal], spent: Mapping[int, Decimal], today: date) -> Standing:
    """Money spent against planned, to the end of the last year that is over and has an account."""
    over = [year for year in spent if year < today.year]
    if not over:
        return Standing(
            UNKNOWN, f"Er is nog geen rekening van een jaar voor {today.year} om naast het budget te leggen."
        )
    last = max(over)
    budget, used = (sum(e for year, e in euros.items() if year <= last) for euros in (planned, spent))
    said = f"Tot en met {last} is {measured(float(used), 0, '€')} uitgegeven"
    if budget <= 0:
        return Standing(UNKNOWN, f"{said}, en er was nog niets gepland.")
    share = (
        f"{said}, {number(float(100 * used / budget), 0)} % van de {measured(float(budget), 0, '€')} die gepland was"
    )
    return Standing(BEHIND if used < HALF * budget else ON_PATH, f"{share}.")


def _said(measure: Measure, figure: Reading) -> str:
    """What a figure is, as the start of a sentence."""
    assert figure.waarde is not None, "only a figure with a value is told"
    said = measured(figure.waarde, measure.afronding, measure.eenheid)
    if figure.ondergrens is not None and figure.bovengrens is not None and figure.ondergrens != figure.bovengrens:
        said += f" (met 95 % zekerheid {between(figure.ondergrens, figure.bovengrens, measure.afronding)})"
    return f"{_capital(measure.naam)}: {said} in {figure.periode}{', voorlopig' if figure.voorlopig else ''}"


def _asked(measure: Measure, value: float | Fraction, up: bool, beside: float | None = None) -> str:
    """A limit in words, with more decimals where it would look the same as the value beside it."""
    more = measure.afronding
    while beside is not None and float(value) != beside and more < measure.afronding + 3:
        if number(float(value), more) != number(beside, more):
            break
        more += 1
    return f"{'minstens' if up else 'hoogstens'} {measured(float(value), more, measure.eenheid)}"


def _months(then: date, today: date) -> int:
    """Whole months between two days; the last day of a month ends it."""
    whole = (today.year - then.year) * 12 + today.month - then.month
    short = today.day < then.day and today.day < monthrange(today.year, today.month)[1]
    return whole - short


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _exact(value: float | Fraction) -> Fraction:
    """A number as the decimal that it is written as."""
    return value if isinstance(value, Fraction) else Fraction(*Decimal(str(value)).as_integer_ratio())
