"""Every merger since 2019, in every aggregable subject and period: the new area is exactly the sum of its parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pipelines.catalogue import Topic, load_topics
from pipelines.specs import load_datasets
from tests.helpers import areas, query
from tests.plain_rule import combined, divided

IN_2019 = "12030+12034→12041 44011+44049→44083 44001+44029→44084 44036+44072+44080→44085 45017+45057→45068 " \
    "71047+72040→72042 72025+72029→72043"  # fmt: skip
IN_2025 = "11002+11007→11002 23023+23024+23032→23106 37012+37018→37021 37007+37015→37022 44012+44048→44086 " \
    "44034+44073→44087 46014+44045→46029 44040+44043→44088 46003+46013+11056→46030 73006+73032→73110 " \
    "73009+73083→73111 71069+71057→71071 71022+73040→71072"  # fmt: skip
IN_WALLONIA = "82003+82005→82039"
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


@pytest.fixture(scope="module")
def figures(everything: Path) -> Figures:
    """Every built-in figure of the areas that merged, and of what they became."""
    merged = {new: parts for pair in OLD_TO_NEW for new, parts in mergers(*pair).items()}
    codes = tuple(sorted({*merged, *set().union(*merged.values())}))
    rows = query(
        everything,
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


def test_the_mergers_are_those_of_the_tables() -> None:
    for old, new, text in (
        ("gemeente2018", "gemeente2024", IN_2019),
        ("gemeente2024", "gemeente", f"{IN_2025} {IN_WALLONIA}"),
    ):
        with areas() as con:
            rows = con.execute(
                "SELECT naar, list(van) FROM gebied_relatie WHERE (van_niveau, naar_niveau) = (?, ?) "
                "GROUP BY naar HAVING COUNT(*) > 1",
                [old, new],
            ).fetchall()
        assert {naar: set(van) for naar, van in rows} == listed(text)


def test_a_merged_municipality_is_the_sum_of_its_parts(figures: Figures) -> None:
    number, wrong = wrong_cells(figures)
    print(f"{number} merged cells, {len(wrong)} wrong")
    assert (len(wrong), number >= 12730) == (0, True), f"{len(wrong)} of {number} merged cells are wrong: {wrong[:5]}"


def sources(code: str) -> set[str]:
    """The datasets that a subject comes from, by way of its parts."""
    topic = TOPICS[code]
    return set(topic.bron).union(*(sources(part) for part in topic.parts))


def test_no_merger_and_no_subject_is_left_out(figures: Figures) -> None:
    tested: dict[tuple[str, str], set[str]] = {}
    for topic, old, _, _, merged, _ in cells(figures, ("som", "ratio")):
        tested.setdefault((topic.onderwerp, old), set()).add(merged)
    assert {pair: codes for pair, codes in tested.items() if codes != set(mergers(pair[1], "gemeente"))} == {}
    flat = {o: t for o, t in TOPICS.items() if t.aggregatie != "geen" and t.soort != "kubus" and not t.in_voorbereiding}
    built_in = {i for i, spec in load_datasets().items() if spec.voorbeeld}
    here = {o: t for o, t in flat.items() if sources(o) and sources(o) <= built_in}
    levels = {(o, level) for o, t in here.items() for level in t.publicatieniveaus}
    assert set(tested) == {(o, level) for o, level in levels if level.startswith("gemeente20")}
    elsewhere = {level for o, level in levels if not {(o, "gemeente2018"), (o, "gemeente2024")} & set(tested)}
    assert elsewhere == {"gemeente", "provincie", "gewest", "statsec2019"}, "these have no older municipality"


def test_two_mergers_after_each_other_are_one(figures: Figures) -> None:
    chain = mergers("gemeente2018", "gemeente")
    assert set(chain) == set(listed(IN_2019)) | set(listed(IN_2025))
    seen = {(merged, periode) for _, old, new, periode, merged, _ in cells(figures, ("som",)) if old == "gemeente2018"}
    assert {(merged, "2018") for merged in chain} <= seen


@pytest.mark.parametrize(
    ("level", "code"), [("gemeente2018", "44080"), ("gemeente2024", "11007"), ("gemeente", "71072")]
)
def test_the_proof_sees_one_too_many(figures: Figures, level: str, code: str) -> None:
    key = ("v1101_t", level, "2018" if level == "gemeente2018" else "2021", code)
    counted = figures[key]
    damaged = {**figures, key: counted._replace(waarde=counted.waarde + 1)}
    assert len(wrong_cells(damaged)[1]) > 0
    damaged = {**figures, key: counted._replace(status="verborgen", waarde=None)}
    assert len(wrong_cells(damaged)[1]) > 0


def test_what_cannot_be_aggregated_is_empty_and_names_the_merger(figures: Figures) -> None:
    number, wrong = 0, []
    for topic, old, new, periode, merged, parts in cells(figures, ("geen",)):
        found = figures[topic.onderwerp, new, periode, merged]
        named = f"fusie {' + '.join(sorted(parts))} → {merged}"
        number += 1
        if found.waarde is not None or found.status == "ok" or named not in (found.reden or ""):
            wrong.append(f"{topic.onderwerp} {periode} {old} → {new} {merged}: {found}")
    assert (len(wrong), number) == (0, 2 * 8 * 13), f"{len(wrong)} of {number} cells are wrong: {wrong[:5]}"


def test_a_median_of_sectors_is_on_no_merged_municipality(figures: Figures) -> None:
    merged = mergers("gemeente2018", "gemeente")
    found = [f for (o, n, _, g), f in figures.items() if (o, n) == ("vg3102_mediaan", "gemeente") and g in merged]
    assert len(found) == len(merged)
    assert [f for f in found if f.waarde is not None or not (f.reden or "").startswith("niet aggregeerbaar")] == []
