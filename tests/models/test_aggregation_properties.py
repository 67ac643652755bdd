"""The text of the models on made-up areas and values against a plain rule: synthetic, and any order or depth."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import PROOF
from tests.models.area_model import (
    HIDDEN_BELOW,
    PROVINCE,
    QUARTER,
    SECTOR,
    SECTOR_2024,
    TOWN,
    TOWN_2024,
    Area,
    Model,
    Values,
)
from tests.models.plain_rule import STRONGEST_FIRST, Cell, combined

Tree = dict[Area, Area]
PROVEN = settings(max_examples=100 if PROOF else 5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    made = Model(tmp_path_factory.mktemp("model"))
    yield made
    made.con.close()


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Any status; a value only where there is one, of any size that a count can have."""
    status = draw(st.sampled_from(STRONGEST_FIRST + ("ok",) * 5))
    return status, float(draw(st.integers(0, 2**40))) if status == "ok" else None


@st.composite
def countries(draw: st.DrawFn) -> tuple[Tree, Values]:
    """Provinces of towns of sectors, some sectors impossible to place, each sector with a cell.

    Every whole has two parts or more, because a whole of one part is that part.
    """
    tree: Tree = {}
    values: Values = {}
    for p in range(2):
        for t in range(draw(st.integers(2, 3))):
            town = (TOWN, f"{p}{t}")
            tree[town] = (PROVINCE, f"{p}")
            for s in range(draw(st.integers(2, 4))):
                sector = (SECTOR, f"{p}{t}{s}ZZZZ" if s == 1 and draw(st.booleans()) else f"{p}{t}{s}")
                tree[sector] = town
                values[sector] = draw(cells())
    return tree, values


def under(tree: Tree, values: Values, whole: Area) -> list[Cell]:
    """The cells of everything within an area, however deep."""
    return [cell for area, cell in values.items() if area in within(tree, whole)]


def within(tree: Tree, whole: Area) -> set[Area]:
    parts = {area for area, above in tree.items() if above == whole}
    return parts.union(*(within(tree, part) for part in parts))


def at(found: Values, *levels: str) -> Values:
    return {area: cell for area, cell in found.items() if area[0] in levels}


@PROVEN
@given(countries())
def test_every_area_is_what_the_plain_rule_makes_of_its_sectors(model: Model, country: tuple[Tree, Values]) -> None:
    tree, values = country
    found = model.run(tree.items(), values)
    expected = {area: combined(under(tree, values, area)) for area in set(tree.values())}
    shown = {area: cell for area, cell in values.items() if not area[1].endswith("ZZZZ")}
    assert found == expected | shown


@pytest.mark.proof
@PROVEN
@given(countries())
def test_provinces_of_towns_are_provinces_of_sectors(model: Model, country: tuple[Tree, Values]) -> None:
    tree, values = country
    of_sectors = model.run(tree.items(), values)
    of_towns = model.run(tree.items(), at(of_sectors, TOWN))
    assert at(of_towns, TOWN, PROVINCE) == at(of_sectors, TOWN, PROVINCE)


@pytest.mark.proof
@PROVEN
@given(countries())
def test_a_level_in_between_changes_no_total(model: Model, country: tuple[Tree, Values]) -> None:
    tree, values = country
    before = model.run(tree.items(), values)
    deeper = {part: whole for part, whole in tree.items() if part[0] != SECTOR}
    for sector, town in tree.items():
        if sector[0] == SECTOR:
            half = (TOWN_2024, f"{town[1]}-{int(sector[1][2]) % 2}")  # two old towns in every new one
            deeper |= {sector: half, half: town}
    after = model.run(deeper.items(), values)
    assert at(after, TOWN, PROVINCE) == at(before, TOWN, PROVINCE)
    direct = [*tree.items(), *((s, tree[t]) for s, t in tree.items() if s[0] == SECTOR)]
    assert model.run(direct, values) == before


@pytest.mark.proof
@PROVEN
@given(countries(), st.data())
def test_a_version_that_nobody_publishes_on_changes_no_total(
    model: Model, country: tuple[Tree, Values], data: st.DataObject
) -> None:
    """A later version of the sectors has the same real ones but not every unknown place, and quarters have none."""
    tree, values = country
    before = model.run(tree.items(), values)
    kept = {a for a in values if not a[1].endswith("ZZZZ") or data.draw(st.booleans())}
    other = [(a, (SECTOR_2024, a[1])) for a in sorted(kept)]
    other += [((SECTOR_2024, a[1]), tree[a]) for a in sorted(kept)]
    real = [a for a in sorted(values) if not a[1].endswith("ZZZZ")]
    other += [(a, (QUARTER, tree[a][1])) for a in real] + [
        ((QUARTER, t[1]), t) for t in sorted({tree[a] for a in real})
    ]
    assert model.run([*tree.items(), *other], values) == before


@pytest.mark.proof
@PROVEN
@given(countries(), st.data())
def test_a_whole_of_which_a_part_is_split_is_no_sum(
    model: Model, country: tuple[Tree, Values], data: st.DataObject
) -> None:
    """What lies only partly in an area is not added up to it, and neither are the other parts without it."""
    tree, values = country
    part = data.draw(st.sampled_from(sorted(a for a in values if not a[1].endswith("ZZZZ"))))
    town, province = tree[part], tree[tree[part]]
    before = model.run(tree.items(), values)
    found = model.run(tree.items(), values, split=frozenset({part}))
    assert [found[a][1] for a in (town, province) if a in found] == [None] * sum(a in found for a in (town, province))
    assert {a: c for a, c in found.items() if a not in (town, province)} == {
        a: c for a, c in before.items() if a not in (town, province)
    }


@pytest.mark.proof
@PROVEN
@given(countries(), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(
    model: Model, country: tuple[Tree, Values], order: random.Random
) -> None:
    tree, values = country
    pairs, given = list(tree.items()), list(values.items())
    before = model.run(pairs, values)
    order.shuffle(pairs)
    order.shuffle(given)
    assert model.run(pairs, dict(given)) == before


@pytest.mark.proof
@PROVEN
@given(countries(), st.data())
def test_what_the_publisher_gives_for_a_whole_beats_the_sum(
    model: Model, country: tuple[Tree, Values], data: st.DataObject
) -> None:
    """Towns as well as sectors, both complete: a town is as given, and a province the sum of the towns as given."""
    tree, values = country
    towns = {area: data.draw(cells()) for area in sorted(set(tree.values())) if area[0] == TOWN}
    found = model.run(tree.items(), values | towns)
    assert at(found, TOWN) == towns
    expected = {area: combined(c for t, c in towns.items() if tree[t] == area) for area in at(found, PROVINCE)}
    assert at(found, PROVINCE) == expected
    own = {(PROVINCE, "0"): data.draw(cells()), (PROVINCE, "1"): data.draw(cells())}
    assert at(model.run(tree.items(), values | towns | own), TOWN, PROVINCE) == towns | own


@pytest.mark.proof
@PROVEN
@given(countries(), st.data())
def test_a_province_of_sectors_and_a_few_towns_is_the_sum_of_what_its_towns_are(
    model: Model, country: tuple[Tree, Values], data: st.DataObject
) -> None:
    """Every sector is given, and some towns too: those are as given, the others the sum of their sectors."""
    tree, values = country
    towns = sorted(area for area in set(tree.values()) if area[0] == TOWN)
    chosen = data.draw(st.sets(st.sampled_from(towns), min_size=1, max_size=len(towns) - 1))
    given = {town: data.draw(cells()) for town in sorted(chosen)}
    for absent in ("nul", "onbekend"):
        found = model.run(tree.items(), values | given, absent)
        expected = {town: given.get(town, combined(under(tree, values, town))) for town in towns}
        assert at(found, TOWN) == expected
        wholes = {p: combined(expected[t] for t in towns if tree[t] == p) for p in set(tree.values()) - set(towns)}
        assert at(found, PROVINCE) == wholes


@PROVEN
@given(countries(), st.sampled_from(["nul", "onbekend"]), st.data())
def test_a_sector_that_is_not_listed_is_zero_or_unknown(
    model: Model, country: tuple[Tree, Values], absent: str, data: st.DataObject
) -> None:
    tree, values = country
    placed = sorted(area for area in values if not area[1].endswith("ZZZZ"))
    gone = data.draw(st.sets(st.sampled_from(placed), min_size=1, max_size=len(placed) - 1))
    listed = {area: cell for area, cell in values.items() if area not in gone}
    found = model.run(tree.items(), listed, absent)
    filled = listed | dict.fromkeys(gone, ("ok", 0.0) if absent == "nul" else ("onbekend", None))
    assert at(found, TOWN, PROVINCE) == {a: combined(under(tree, filled, a)) for a in set(tree.values())}


@PROVEN
@given(countries())
def test_what_cannot_be_aggregated_stays_where_the_publisher_gives_it(
    model: Model, country: tuple[Tree, Values]
) -> None:
    tree, values = country
    found = model.run(tree.items(), values, kind="geen")
    assert set(at(found, TOWN, PROVINCE).values()) == {("onbekend", None)}
    assert at(found, SECTOR) == {area: cell for area, cell in values.items() if not area[1].endswith("ZZZZ")}


@PROVEN
@given(countries(), st.data())
def test_bounds_contain_the_truth(model: Model, country: tuple[Tree, Values], data: st.DataObject) -> None:
    """What is hidden is a count from 1 to 4, and nobody is told which."""
    tree, values = country
    values = {area: cell if cell[0] != "onbekend" else ("verborgen", None) for area, cell in values.items()}
    hidden = {a: data.draw(st.integers(1, HIDDEN_BELOW - 1)) for a, cell in sorted(values.items()) if cell[1] is None}
    hidden = {area: count for area, count in hidden.items() if values[area][0] == "verborgen"}
    truth = {area: ("ok", float(hidden[area])) if area in hidden else cell for area, cell in values.items()}
    found = model.run(tree.items(), values)
    bounds = {(level, code): rest for level, code, _, *rest in model.shown("mart.grens")}
    assert set(bounds) == {area for area, (status, _) in found.items() if status == "verborgen"}
    for area, (low, high, parts) in bounds.items():
        below = [a for a in hidden if a == area or a in within(tree, area)]
        true = combined(under(tree, truth, area))[1] if area in tree.values() else truth[area][1]
        assert (low <= true <= high, parts) == (True, len(below))
        assert high - low == len(below) * (HIDDEN_BELOW - 2), "no wider than the hidden parts make it"


@PROVEN
@given(countries(), st.sampled_from([7, 11, 12, 12, 12]), st.booleans(), st.data())
def test_a_year_is_the_sum_of_its_months_when_all_are_there(
    model: Model, country: tuple[Tree, Values], months: int, own: bool, data: st.DataObject
) -> None:
    """Over areas and months in either order; the publisher's own year beats it. At most two cells are no number."""
    tree, values = country
    counts = st.integers(0, 2**40).map(lambda n: ("ok", float(n)))
    given = {f"2020-{m:02}": {area: data.draw(counts) for area in sorted(values)} for m in range(1, months + 1)}
    for _ in range(data.draw(st.integers(0, 2))):
        month, area = data.draw(st.sampled_from(sorted(given))), data.draw(st.sampled_from(sorted(values)))
        given[month][area] = data.draw(cells())
    given |= {"2020": values} if own else {}
    found = model.series(tree.items(), given)
    for area in set(tree.values()):
        status, value, reason = found[*area, "2020"]
        if own:
            assert (status, value) == combined(under(tree, values, area))
        elif months < 12:
            assert (status, value, reason) == ("onbekend", None, f"{months} van 12 maanden")
        else:
            assert (status, value) == combined(c for v in given.values() for c in under(tree, v, area))


def test_a_year_of_quarters_is_their_sum_and_stocks_make_no_year(model: Model) -> None:
    tree = {(SECTOR, "1"): (TOWN, "1"), (SECTOR, "2"): (TOWN, "1")}
    quarters = {f"2020-Q{q}": dict.fromkeys(tree, ("ok", float(q))) for q in range(1, 5)}
    found = model.series(tree.items(), quarters)
    assert found[SECTOR, "1", "2020"] == ("ok", 10, None)
    assert found[TOWN, "1", "2020"] == ("ok", 20, None)
    assert {p for _, _, p in model.series(tree.items(), quarters, flow="stand")} == set(quarters)


@pytest.mark.parametrize("absent", ["nul", "onbekend"])
def test_of_part_of_a_year_no_area_has_a_figure_not_even_zero(model: Model, absent: str) -> None:
    tree = {(TOWN, code): (PROVINCE, "1") for code in "12"}
    days = "152 van 366 dagen, 2020-01-01 tot 2020-05-31"
    found = model.series(tree.items(), {"2020": {(TOWN, "1"): ("onbekend", None)}}, absent, there=days)
    given = {TOWN: "1", PROVINCE: "1"} | ({TOWN: "2"} if absent == "nul" else {})
    assert {found[level, code, "2020"] for level, code in [*given.items(), (TOWN, "1")]} == {("onbekend", None, days)}
    assert {(status, value) for status, value, _ in found.values()} == {("onbekend", None)}


def test_school_years_go_to_older_municipalities_and_months_do_not(model: Model) -> None:
    tree = {(TOWN_2024, "1"): (TOWN, "1"), (TOWN_2024, "2"): (TOWN, "3"), (TOWN_2024, "3"): (TOWN, "3")}
    figures = {(TOWN, "1"): ("ok", 7.0), (TOWN, "3"): ("ok", 9.0)}
    found = model.series(tree.items(), dict.fromkeys(("2020", "2020-2021", "2020-03", "2020-Q1"), figures))
    older = {(code, period): cell for (level, code, period), cell in found.items() if level == TOWN_2024}
    assert {p for _, p in older} == {"2020", "2020-2021"}
    assert older["1", "2020-2021"] == ("ok", 7, None)
    assert older["2", "2020-2021"] == ("onbekend", None, "niet te splitsen over de fusie 2 + 3 → 3")


def test_points_add_up_and_an_area_without_any_is_zero(model: Model) -> None:
    tree = {(TOWN, code): (PROVINCE, "1") for code in "123"}
    found = model.run(tree.items(), {(TOWN, "1"): ("ok", 4.0), (TOWN, "2"): ("ok", 3.0)}, "nul", "punten")
    assert found == {(TOWN, "1"): ("ok", 4), (TOWN, "2"): ("ok", 3), (TOWN, "3"): ("ok", 0), (PROVINCE, "1"): ("ok", 7)}


def test_a_median_of_sectors_names_the_merger_of_a_later_municipality(model: Model) -> None:
    tree = {(SECTOR, f"{town}{s}"): (TOWN_2024, town) for town in "123" for s in "ab"}
    medians = dict.fromkeys(tree, ("ok", 5.0))
    tree |= {(TOWN_2024, "1"): (TOWN, "1"), (TOWN_2024, "2"): (TOWN, "3"), (TOWN_2024, "3"): (TOWN, "3")}
    found = model.series(tree.items(), {"2020": medians}, kind="geen")
    assert found[TOWN, "3", "2020"] == ("onbekend", None, "niet aggregeerbaar over de fusie 2 + 3 → 3")
    level = "niet aggregeerbaar: de uitgever geeft geen cijfer op dit niveau"
    assert found[TOWN, "1", "2020"] == found[TOWN_2024, "2", "2020"] == ("onbekend", None, level)


def test_the_difference_between_a_whole_and_its_parts_is_shown_where_both_are_known(model: Model) -> None:
    tree = {(TOWN, code): (PROVINCE, code[0]) for code in ("11", "12", "21", "22")}
    figures = {(TOWN, "11"): ("ok", 5.0), (TOWN, "12"): ("ok", 6.0), (TOWN, "21"): ("ok", 1.0)}
    figures |= {(TOWN, "22"): ("verborgen", None), (PROVINCE, "1"): ("ok", 13.0), (PROVINCE, "2"): ("ok", 3.0)}
    found = model.run(tree.items(), figures)
    assert at(found, PROVINCE) == {(PROVINCE, "1"): ("ok", 13), (PROVINCE, "2"): ("ok", 3)}
    assert model.shown("mart.verschil") == [(PROVINCE, "1", "2020", 13, 11, 2, "proef")]


def test_a_territory_given_on_two_versions_keeps_both_values(model: Model) -> None:
    tree = {(TOWN_2024, code): (TOWN, code) for code in "12"} | {(TOWN, code): (PROVINCE, "1") for code in "12"}
    figures = {(level, code): ("ok", float(n)) for level, n in ((TOWN_2024, 1), (TOWN, 2)) for code in "12"}
    assert model.run(tree.items(), figures) == figures | {(PROVINCE, "1"): ("ok", 4)}
