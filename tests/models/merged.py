"""What became of the areas that merged since 2019 in a release, beside the sum of their parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipelines.describe.catalogue import Topic, load_topics
from tests.helpers import query
from tests.models.plain_rule import combined, divided

IN_2019 = "12030+12034→12041 44011+44049→44083 44001+44029→44084 44036+44072+44080→44085 45017+45057→45068 " \
    "71047+72040→72042 72025+72029→72043"  # fmt: skip
IN_2025 = "11002+11007→11002 23023+23024+23032→23106 37012+37018→37021 37007+37015→37022 44012+44048→44086 " \
    "44034+44073→44087 46014+44045→46029 44040+44043→44088 46003+46013+11056→46030 73006+73032→73110 " \
    "73009+73083→73111 71069+71057→71071 71022+73040→71072"  # fmt: skip
OLD_TO_NEW = [("gemeente2018", "gemeente2024"), ("gemeente2018", "gemeente"), ("gemeente2024", "gemeente")]
TOPICS = load_topics()


class Figure(NamedTuple):
    """One row of mart.waarneming."""

    status: str
    waarde: float | None
    teller: float | None
    noemer: float | None
    reden: str | None


Figures = dict[tuple[str, str, str, str], Figure]


def listed(text: str) -> dict[str, set[str]]:
    """The mergers by new code."""
    return {new: set(old.split("+")) for old, new in (merger.split("→") for merger in text.split())}


def mergers(old: str, new: str) -> dict[str, set[str]]:
    """What changed between two versions of the municipalities; one merger after the other where both lie between."""
    found = listed(IN_2019) if old == "gemeente2018" else {}
    if new == "gemeente":
        for merged, parts in listed(IN_2025).items():
            found[merged] = set().union(*(found.pop(part, {part}) for part in parts))
    return found


def figures_of(home: Path) -> Figures:
    """Every figure in a release of the areas that merged, and of what they became."""
    merged = {new: parts for pair in OLD_TO_NEW for new, parts in mergers(*pair).items()}
    codes = tuple(sorted({*merged, *set().union(*merged.values())}))
    rows = query(
        home,
        "SELECT onderwerp, gebiedsniveau, periode, gebied, status, waarde, teller, noemer, reden FROM mart.waarneming "
        f"WHERE gebiedsniveau LIKE 'gemeente%' AND gebied IN {codes}",
    )
    return {tuple(row[:4]): Figure(*row[4:]) for row in rows}


def cells(figures: Figures, kind: tuple[str, ...]) -> Iterator[tuple[Topic, str, str, str, set[str]]]:
    """(topic, old level, new level, period, new code, parts): every merged area of the subjects of this kind, in every
    period before the merger and on every old level that the publisher gives."""
    present = {(o, level, p) for o, level, p, _ in figures}
    for old, new in OLD_TO_NEW:
        for onderwerp, level, periode in sorted(present):
            topic = TOPICS[onderwerp]
            before = level == old and periode[:4] <= old[-4:]
            published = topic.aggregatie in kind and old in topic.publicatieniveaus
            if before and published and (onderwerp, new, periode) in present:
                for merged, parts in mergers(old, new).items():
                    yield topic, old, new, periode, merged, parts


def parts_of(figures: Figures, onderwerp: str, level: str, periode: str, codes: set[str]) -> list[Figure]:
    return [figures[onderwerp, level, periode, code] for code in sorted(codes)]


def same(found: float | None, sum_of_parts: float | None) -> bool:
    """Equal: to the unit when both are whole numbers, to 1e-12 when a euro has cents."""
    if found is None or sum_of_parts is None or (found.is_integer() and sum_of_parts.is_integer()):
        return found == sum_of_parts
    return math.isclose(found, sum_of_parts, rel_tol=1e-12)


def wrong_cells(figures: Figures) -> tuple[int, list[str]]:
    """How many merged cells there are, and those that are not exactly what their parts make."""
    number, wrong = 0, []
    for topic, old, new, periode, merged, parts in cells(figures, ("som", "ratio")):
        code = topic.onderwerp
        found = figures[code, new, periode, merged]
        if topic.aggregatie == "som":
            status, waarde = combined((f.status, f.waarde) for f in parts_of(figures, code, old, periode, parts))
            right = found.status == status and same(found.waarde, waarde)
        else:
            sides = [
                combined((f.status, f.waarde) for f in parts_of(figures, side, old, periode, parts))
                for side in (topic.teller, topic.noemer)
            ]
            status, waarde = divided(*sides, topic.factor)
            right = (
                found.status == status
                and same(found.teller, sides[0][1])
                and same(found.noemer, sides[1][1])
                and (found.waarde is None if waarde is None else math.isclose(found.waarde, waarde, rel_tol=1e-12))
            )
        number += 1
        if not right:
            wrong.append(
                f"{code} {periode} {'+'.join(sorted(parts))} ({old}) → {merged} ({new}): {found}, not {waarde}"
            )
    return number, wrong


def wrong_empty_cells(figures: Figures) -> tuple[int, list[str]]:
    """How many merged cells there are of what cannot be aggregated, and those that have a value or do not name the
    merger as the reason for none."""
    number, wrong = 0, []
    for topic, old, new, periode, merged, parts in cells(figures, ("geen",)):
        found = figures[topic.onderwerp, new, periode, merged]
        named = f"fusie {' + '.join(sorted(parts))} → {merged}"
        number += 1
        if found.waarde is not None or found.status == "ok" or named not in (found.reden or ""):
            wrong.append(f"{topic.onderwerp} {periode} {old} → {new} {merged}: {found}")
    return number, wrong
