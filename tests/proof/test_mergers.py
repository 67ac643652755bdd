"""Every merger since 2019, in every aggregable subject and period of all built-in figures: the new area is exactly the
sum of its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.describe.specs import load_datasets
from tests.models.merged import (
    IN_2019,
    IN_2025,
    TOPICS,
    Figures,
    cells,
    figures_of,
    listed,
    mergers,
    wrong_cells,
    wrong_empty_cells,
)


@pytest.fixture(scope="module")
def figures(everything: Path) -> Figures:
    return figures_of(everything)


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
    number, wrong = wrong_empty_cells(figures)
    assert (len(wrong), number) == (0, 2 * 8 * 13), f"{len(wrong)} of {number} cells are wrong: {wrong[:5]}"


def test_a_median_of_sectors_is_on_no_merged_municipality(figures: Figures) -> None:
    merged = mergers("gemeente2018", "gemeente")
    found = [f for (o, n, _, g), f in figures.items() if (o, n) == ("vg3102_mediaan", "gemeente") and g in merged]
    assert len(found) == len(merged)
    assert [f for f in found if f.waarde is not None or not (f.reden or "").startswith("niet aggregeerbaar")] == []
