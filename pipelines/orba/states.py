"""How a city's goals and actions stand on a day: the plan's indicators with the figures of a release, judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import among, quoted
from pipelines.orba.plan import LAPSED, Actie, Doel, Indicator, Oordeel, Plan
from pipelines.orba.verdict import FRESH, Followed, Measure, Milestone, Reading, Standing, Target, judge, of_money

STATUS_OK = "ok"
# A figure of a moment is about the first day of its period, any other about the last; a month has no place among years.
SERIES = """
  SELECT v.sleutel, w.periode, CAST(CASE WHEN o.periodesoort = 'stand' THEN w.periode_begin
    ELSE w.periode_begin + INTERVAL 1 YEAR - INTERVAL 1 DAY END AS DATE) AS dag,
    w.waarde, w.ondergrens, w.bovengrens, COALESCE(w.voorlopig, FALSE), w.status, w.reden
  FROM (VALUES {given}) AS v (sleutel, onderwerp, gebiedsniveau, gebied)
  JOIN {mart}.waarneming AS w USING (onderwerp, gebiedsniveau, gebied)
  JOIN {mart}.onderwerp AS o USING (onderwerp)
  WHERE w.gebied IN {areas} AND LENGTH(w.periode) <> 7
  ORDER BY v.sleutel, dag, w.periode"""
SLICE = """
  SELECT {key}, periode, periode_begin, CASE WHEN COUNT(*) = COUNT(waarde) THEN SUM(waarde) END, NULL, NULL, FALSE,
    CASE WHEN COUNT(*) = COUNT(waarde) THEN 'ok' ELSE MAX(status) FILTER (waarde IS NULL) END, NULL
  FROM {mart}.kubus WHERE onderwerp = {topic} AND gebiedsniveau = {level} AND gebied = {area} AND {slice}
  GROUP BY periode, periode_begin ORDER BY periode_begin"""
OF_A_CELL = {"onderwerp", "gebiedsniveau", "gebied", "periode", "periode_begin", "waarde", "status"}


@dataclass(frozen=True)
class PartState:
    """How one goal or action stands: what is computed, that of its money, and a person's judgement beside it."""

    onderdeel: str
    op: date
    oordeel: str
    reden: str
    geld: Standing | None = None
    mens: Oordeel | None = None


def part_states(plan: Plan, followed: Mapping[str, Followed], today: date) -> list[PartState]:
    """The state of every goal and action of a plan on a day, in the order of the plan."""
    said: dict[str, Oordeel] = {}
    for row in plan.of("oordeel"):
        if row.op <= today and (row.onderdeel not in said or said[row.onderdeel].op <= row.op):
            said[row.onderdeel] = row
    found = []
    for key, one in followed.items():
        money = of_money(one.gepland, one.uitgegeven, today) if one.gepland else None
        standing = judge(one, today)
        found.append(PartState(key, today, standing.oordeel, standing.reden, money, said.get(key)))
    return found


def follow(plan: Plan, con: duckdb.DuckDBPyConnection, city: City, mart: str = "mart") -> dict[str, Followed]:
    """What every goal and action of a plan is judged by, with the figures of the release whose tables `con` knows under
    `mart`; what is no longer reported is left out."""
    topics = _topics(con, plan, mart)
    series = _series(con, plan.of("indicator"), city, topics, mart)
    for key, rows in _by(plan.of("eigen_meting"), "indicator").items():
        ordered = sorted(rows, key=lambda row: row.op)
        series[key] = [Reading(f"{r.op:%d-%m-%Y}", r.op, r.waarde, r.ondergrens, r.bovengrens) for r in ordered]
    targets, steps = _by(plan.of("streefwaarde"), "indicator"), _by(plan.of("mijlpaal"), "onderdeel")
    money, indicators = _by(plan.of("bedrag"), "onderdeel"), _by(plan.of("indicator"), "onderdeel")
    projects = _by(plan.of("project"), "actie")
    found = {}
    for row in (*plan.of("doel"), *plan.of("actie")):
        if row.herkomst == LAPSED:
            continue
        measures = [
            _measure(one, topics.get(one.onderwerp), targets.get(one.sleutel, []), series.get(one.sleutel, []))
            for one in indicators.get(row.sleutel, [])
        ]
        euros = [euro for key in (row, *projects.get(row.sleutel, [])) for euro in money.get(key.sleutel, [])]
        planned, spent = _years(euros, "gepland_eur"), _years(euros, "besteed_eur")
        found[row.sleutel] = Followed(tuple(measures), _steps(row, steps.get(row.sleutel, [])), planned, spent)
    return found


def _measure(row: Indicator, topic: dict[str, Any] | None, targets: Sequence[Any], figures: list[Reading]) -> Measure:
    """An indicator with its target; the last of its target values is what it goes to, the others lie on the way."""
    *between, last = sorted(targets, key=lambda one: one.op) or [None]
    target = None
    if last is not None and row.richting:
        way = tuple((one.op, one.waarde) for one in between)
        target = Target(row.richting, last.waarde, last.op, row.beginwaarde, row.begin_op, way)
    if topic is None:
        name, unit = row.naam or row.onderwerp, row.eenheid
        missing = () if not row.onderwerp else (Reading("", date.min, None, waarom="het onderwerp is er niet"),)
        return Measure(row.sleutel, name, unit, 1, target, tuple(figures) or missing, row.oud_na or FRESH)
    known = not (topic["interval"] or "").startswith("geen")
    name, unit = row.naam or topic["naam"], topic["eenheid"] or ""
    unit = "" if unit in name else unit  # `per 1.000` once is enough
    told = {"toeval_bekend": known, "onderwerp": row.onderwerp}
    return Measure(row.sleutel, name, unit, topic["afronding"], target, tuple(figures), row.oud_na or FRESH, **told)


def _steps(row: Doel | Actie, milestones: Iterable[Any]) -> tuple[Milestone, ...]:
    """The milestones of a goal or action, and whether it is done where that is what it is followed by."""
    found = [Milestone(one.naam, one.bereikt, one.gepland) for one in milestones]
    if row.volgen == "gedaan" or row.gedaan_op is not None:
        found.append(Milestone(row.titel, row.gedaan_op, row.einde))
    return tuple(found)


def _years(rows: Iterable[Any], column: str) -> dict[int, Any]:
    """Euro by year, of an action and its projects; a year that nobody filled in is not there."""
    found: dict[int, Any] = {}
    for row in rows:
        if (euro := getattr(row, column)) is not None:
            found[row.jaar] = found.get(row.jaar, 0) + euro
    return found


def _topics(con: duckdb.DuckDBPyConnection, plan: Plan, mart: str) -> dict[str, dict[str, Any]]:
    codes = sorted({row.onderwerp for row in plan.of("indicator") if row.onderwerp})
    rows = con.execute(
        f"SELECT onderwerp, naam, eenheid, afronding, interval FROM {mart}.onderwerp WHERE onderwerp IN {among(codes)}"
    )
    names = [column[0] for column in rows.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}


def _series(
    con: duckdb.DuckDBPyConnection, asked: Sequence[Indicator], city: City, topics: Mapping[str, Any], mart: str
) -> dict[str, list[Reading]]:
    """The figures of every indicator by its key, oldest first."""
    level, own = ("gemeente", city.nis_code) if city.nis_code else (city.stad, city.stad)
    rows = [
        (one.sleutel, one.onderwerp, one.gebiedsniveau or level, one.gebied or own, one.doorsnede)
        for one in asked
        if one.onderwerp in topics
    ]
    found: dict[str, list[Reading]] = defaultdict(list)
    flat, told = [row for row in rows if not row[4]], []
    if flat:
        given = ", ".join(f"({', '.join(map(quoted, row[:4]))})" for row in flat)
        told = con.execute(SERIES.format(mart=mart, given=given, areas=among({row[3] for row in flat}))).fetchall()
    # by its columns alone: who looks at all databases opens those that another thread is writing, and stops it
    kinds = {column[0] for column in con.execute(f"FROM {mart}.kubus LIMIT 0").description or ()} - OF_A_CELL
    for key, topic, level, area, part in (row for row in rows if row[4]):
        values = {name.strip(): value.strip() for name, _, value in (p.partition("=") for p in part.split(";"))}
        if not values.keys() <= kinds:
            found[key].append(Reading("", date.min, None, waarom=f"‘{part}’ is geen deel van een kubus"))
            continue
        where = " AND ".join(f"CAST({name} AS VARCHAR) = {quoted(value)}" for name, value in values.items())
        given = {"key": quoted(key), "topic": quoted(topic), "level": quoted(level), "area": quoted(area)}
        told += con.execute(SLICE.format(mart=mart, slice=where, **given)).fetchall()
    for key, period, day, value, low, high, provisional, status, reason in told:
        why = "" if status == STATUS_OK else f"{status}: {reason}" if reason else status
        found[key].append(Reading(period, day, value, low, high, provisional, why))
    return found


def _by(rows: Iterable[Any], name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
