"""What is too small to show is hidden everywhere, with what would give it away, and no more than it takes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipelines.describe.catalogue import _sourced, load_topics
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.publish.known import told_prices
from pipelines.transform.kept import Built
from pipelines.transform.suppress import System, Unprotected, suppress
from tests.models.attack import Attack, told
from tests.models.closed_world import AMOUNT, BELOW, CLOSED, CUBE, PUBLIC, RATE, TOTAL, ClosedWorld
from tests.models.small_world import CARS
from tests.models.unpublished import unpublished

WIDE = BELOW - 2  # from 1 up to below the threshold


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory, texts_of_the_models: Path) -> tuple[ClosedWorld, Home, Built]:
    """A world of two municipalities with two sectors each, built."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "build").mkdir()
    (folder / "build" / "texts.json").write_bytes(texts_of_the_models.read_bytes())
    world = ClosedWorld(folder, towns=2, sectors=2, months=4)
    world.plant(30)
    return world, Home(folder), world.build_after(Home(folder), None)


def rows(hidden: tuple[ClosedWorld, Home, Built], sql: str) -> list[tuple]:
    _, home, built = hidden
    with duckdb.connect() as con:
        built.lay_out(con, home)
        return con.execute(sql).fetchall()


def test_an_attacker_learns_no_small_count(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    world, home, built = hidden
    attack, narrow = Attack(), []
    with duckdb.connect() as con:
        built.lay_out(con, home)
        seen = attack.add(told(con, "build", world), world.persons)
    small = [cell for cell, count in world.persons.items() if 0 < count < BELOW]
    assert len(small) > 25
    for cell in small:
        low, high = attack.interval([cell], seen)
        assert low - 1e-6 <= world.persons[cell] <= high + 1e-6
        narrow += [cell] if high - low < WIDE - 1e-6 else []
    assert narrow == []


def test_the_attacker_wins_where_only_the_small_counts_are_hidden(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    world, _, _ = hidden
    attack = Attack()
    months = {(s, y, m) for s, _, _, y, m in world.persons}
    cells = [[(s, g, a, y, m) for g in "mv" for a in ("jong", "midden", "oud")] for s, y, m in months]
    attack.add(((c, float(sum(world.persons[p] for p in c))) for c in cells), world.persons)
    big = [(c, float(n)) for c, n in world.persons.items() if not 0 < n < BELOW]
    seen = attack.add((([c], n) for c, n in big), world.persons)
    small = [cell for cell, count in world.persons.items() if 0 < count < BELOW]
    found = [attack.interval([cell], seen) for cell in small]
    assert any(high - low < 1e-6 for low, high in found)


def test_no_small_count_is_in_any_table(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    shown = "SELECT COUNT(*) FROM build.mart.{} WHERE onderwerp LIKE '%8901%' AND {} > 0 AND {} < 5"
    for table, column in (
        ("waarneming", "waarde"),
        ("waarneming", "teller"),
        ("kubus", "waarde"),
        ("profiel", "waarde"),
    ):
        codes = "" if column == "teller" else f" AND onderwerp <> '{RATE}'"
        assert rows(hidden, shown.format(table, column, column) + codes) == [(0,)]
    assert rows(hidden, "SELECT COUNT(*) FROM build.mart.grens UNION ALL SELECT COUNT(*) FROM build.mart.verschil") == [
        (0,),
        (0,),
    ]
    told = "SELECT COUNT(*), COUNT(COALESCE(waarde, teller, ondergrens, bovengrens)) FROM build.mart.waarneming "
    ((many, left),) = rows(hidden, told + "WHERE status = 'verborgen'")
    assert many > 0
    assert left == 0


def test_a_hidden_figure_says_why_and_an_amount_follows_its_count(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    said = rows(hidden, "SELECT DISTINCT reden FROM build.mart.waarneming WHERE status = 'verborgen'")
    assert ("verborgen: kleiner dan 5, of nodig om zo'n getal niet te kunnen terugrekenen",) in said
    other = f"""SELECT COUNT(*) FROM build.mart.waarneming AS a JOIN build.mart.waarneming AS t
        USING (gebiedsniveau, gebied, periode) WHERE a.onderwerp = '{AMOUNT}' AND t.onderwerp = '{TOTAL}'
        AND t.status = 'verborgen' AND a.status <> 'verborgen'"""
    assert rows(hidden, other) == [(0,)]


def test_a_public_dataset_hides_nothing(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    _, _, built = hidden
    assert rows(
        hidden, "SELECT COUNT(*) FROM build.mart.waarneming WHERE onderwerp = 'v1101_t' AND status <> 'ok'"
    ) == [(0,)]
    of = {group.name: "geheim.stand" in built.steps[key] for key, group in built.groups.items() if group.name}
    assert of[PUBLIC] is False
    assert CLOSED in {g.name for key, g in built.groups.items() if "geheim.stand" in built.steps[key]}


def test_the_same_figures_hide_the_same(hidden: tuple[ClosedWorld, Home, Built], tmp_path: Path) -> None:
    world, home, built = hidden
    texts = (home.build / "texts.json").read_bytes()
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "texts.json").write_bytes(texts)
    again = world.build_after(Home(tmp_path), None)
    assert {k: t.get("geheim.stand") for k, t in again.steps.items()} == {
        k: t.get("geheim.stand") for k, t in built.steps.items()
    }


def test_what_was_hidden_stays_so_when_it_is_zero(hidden: tuple[ClosedWorld, Home, Built], tmp_path: Path) -> None:
    """A cell that does not occur there any more, and one that occurs nowhere any more."""
    world, home, _ = hidden
    *place, year, month = min(cell for cell, count in world.persons.items() if count == 0)
    earlier, period = tmp_path / "obmi.duckdb", f"{year}-{month:02d}"
    with duckdb.connect(earlier) as con:
        con.execute(f"""CREATE SCHEMA opbouw; CREATE TABLE opbouw.eerder AS
            SELECT '{CUBE}' AS onderwerp, 'statsec2024' AS gebiedsniveau, '{place[0]}' AS gebied, '{period}' AS periode,
              UNNEST(['{place[1]}\x1f{place[2]}', 'm\x1fstokoud']) AS cel, NULL::DOUBLE AS waarde""")
    asked = f"""SELECT geslacht || leeftijd, status, waarde FROM build.mart.kubus WHERE gebied = '{place[0]}'
        AND periode = '{period}' AND geslacht || leeftijd IN ('{place[1]}{place[2]}', 'mstokoud') ORDER BY ALL"""
    assert rows(hidden, asked) == []
    again = world.build_after(home, earlier)
    both = sorted([place[1] + place[2], "mstokoud"])
    assert rows((world, home, again), asked) == [(cell, "verborgen", None) for cell in both]


def test_a_dataset_without_a_cube_is_hidden_too(hidden: tuple[ClosedWorld, Home, Built], tmp_path: Path) -> None:
    _, home, _ = hidden
    world = ClosedWorld(tmp_path, towns=2, sectors=2, months=4)
    world.plant(30)
    del world.topics[CUBE]
    world.topics |= {code: load_topics()[code] for code in ("v6101_wagens", "kubus6101_wagens")}  # that one has a cube
    world.specs[CARS] = load_datasets()[CARS]
    built = world.build_after(home, None)
    ((small, dark),) = rows(
        (world, home, built),
        "SELECT COUNT(*) FILTER (waarde > 0 AND waarde < 5), COUNT(*) FILTER (status = 'verborgen') "
        "FROM build.mart.waarneming WHERE onderwerp LIKE 'v8901%'",
    )
    assert (small, dark > 5) == (0, True)


def test_a_release_tells_what_hiding_costs(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "obmi.duckdb") as con:
        con.execute("""CREATE SCHEMA mart; CREATE TABLE mart.kwaliteit AS FROM (VALUES
            ('proef_steun', 'geheimhouding', 'v1: 12.0 % verborgen'), ('proef_steun', 'telt_op', 'niet dit'),
            ('proef_steun', 'geheimhouding', 'v0: 3.0 % verborgen')) AS t(bron, controle, waargenomen)""")
    told = told_prices(tmp_path / "obmi.duckdb")
    assert told == {"proef_steun": ["v0: 3.0 % verborgen", "v1: 12.0 % verborgen"]}


def test_a_median_of_what_is_not_public_needs_the_count_that_decides(hidden: tuple[ClosedWorld, Home, Built]) -> None:
    world, _, _ = hidden
    median = world.topics[TOTAL].model_copy(update={"aggregatie": "geen"})
    median._path = load_topics()["v1101_t"]._path
    with pytest.raises(SpecError, match="drempelonderwerp"):
        _sourced(median, world.specs[CLOSED])
    cube = world.topics[CUBE].model_copy(update={"drempelonderwerp": TOTAL})
    cube._path = median._path
    with pytest.raises(SpecError, match="only counts can be hidden"):
        _sourced(cube, world.specs[CLOSED])


def _row_of(*values: float) -> System:
    """One total with its parts."""
    value = np.array([sum(values), *values])
    sign = np.array([-1, *[1] * len(values)])
    return unpublished(value, BELOW, np.zeros(len(value), dtype=int), np.arange(len(value)), sign)


@pytest.mark.parametrize(
    ("parts", "hidden_cells"),
    [
        ((3, 20, 50), [1, 2]),  # the cheapest other part
        ((50, 60), []),
        ((3, 0, 50), [1, 3]),  # a zero protects nothing
        ((1, 1, 50), [1, 2, 3]),  # two ones are told by their sum
        ((4, 4, 50), [1, 2]),
    ],
)
def test_of_one_row_no_more_is_hidden_than_it_takes(parts: tuple[float, ...], hidden_cells: list[int]) -> None:
    assert [*np.flatnonzero(suppress(_row_of(*parts)))] == hidden_cells


def test_a_zero_that_stays_hidden_needs_another() -> None:
    system = _row_of(0, 20, 50)
    system.kept[1] = system.small[1] = True
    system.fixed = system.fixed & ~system.kept
    assert [*np.flatnonzero(suppress(system))] == [1, 2]


def test_what_cannot_be_protected_is_refused() -> None:
    system = _row_of(3, 20)
    system.out = np.array([True, False, True])
    system.fixed = system.out.copy()
    with pytest.raises(Unprotected, match="1 small count"):
        suppress(system)
