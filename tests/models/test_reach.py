"""What a change reaches is built anew, and nothing else; whatever the history, a build is that of its inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.transform import steps
from pipelines.transform.steps import BuildError
from tests.helpers import PROOF
from tests.models.small_world import CARS, FIRMS, INHABITANTS, MEDIAN, POOR, RATIO, World, table_hashes

HISTORIES, CHANGES = (200 if PROOF else 2), 3


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "landed").mkdir()
    return World(tmp_path / "landed")


@pytest.fixture
def place(tmp_path: Path, texts_of_the_models: Path) -> Home:
    """A home in which nothing was built, that knows the texts of the models."""
    return _home(tmp_path / "home", texts_of_the_models)


def _home(folder: Path, texts: Path) -> Home:
    (folder / "build").mkdir(parents=True)
    (folder / "build" / "texts.json").write_bytes(texts.read_bytes())
    return Home(folder)


@pytest.mark.proof
def test_nothing_runs_twice(world: World, place: Home) -> None:
    first = world.build(place)
    assert {f"bron.{d}" for d in (INHABITANTS, FIRMS, POOR, CARS)} <= set(first.ran)
    assert world.build(place).ran == []


def test_a_change_of_one_dataset_runs_what_hangs_on_it(world: World, place: Home) -> None:
    first = world.build(place)
    world.cells[POOR, "mediaan_inkomen", "44021", "2020"] += 1
    ran = set(world.build(place).ran)
    assert f"bron.{POOR}" in ran
    assert not ran & {*(f"bron.{d}" for d in (INHABITANTS, FIRMS, CARS)), "ref.gebied", "mart.gebied", "mart.kubus"}
    assert not ran & {"mart.onderwerp", "mart.buur"}, "the same periods, and it is no characteristic of the peers"
    world.cells[INHABITANTS, "aantal", "44021", "2020"] += 1
    second = world.build(place)
    assert "onderwerp.formule" in second.ran
    assert f"bron.{POOR}" not in second.ran
    assert len(second.steps) == len(first.steps)


@pytest.mark.proof
def test_a_profile_is_made_anew_for_the_subjects_that_changed_alone(world: World, place: Home) -> None:
    first = world.build(place)
    world.cells[CARS, "wagens", "44021", "2021"] += 1
    second = world.build(place)
    anew = [tables for key, tables in second.steps.items() if key not in first.steps and "mart.profiel" in tables]
    all_of_them = [tables for tables in second.steps.values() if "mart.profiel" in tables]
    assert (len(anew), len(all_of_them)) == (1, 5)


@pytest.mark.proof
def test_a_home_with_one_dataset_and_no_cube_is_built(world: World, place: Home) -> None:
    """The first day of who hands over one file."""
    world.away |= {INHABITANTS, FIRMS, CARS}
    built = world.build(place)
    assert dict(built.columns["mart.kubus"])["huishoudtype"] == "TEXT"
    assert table_hashes(place, built)["mart.kubus"] == (0, 0)
    assert table_hashes(place, built)["mart.waarneming"][0] > 0


@pytest.mark.proof
def test_an_entry_that_only_tells_runs_no_figure(world: World, place: Home) -> None:
    world.build(place)
    world.say(RATIO, omschrijving="[aantal] Anders gezegd (proef)")
    ran = {n for n in world.build(place).ran if not n.startswith("ref.")}
    assert ran == {"onderwerp.bronversie", "mart.buur_kenmerk", "mart.onderwerp"}
    assert world.build(place).ran == []


@pytest.mark.proof
def test_what_comes_out_as_it_was_reaches_no_further(world: World, place: Home) -> None:
    first = world.build(place)
    world.say("v1101_t", start=2000)  # before the first year with figures
    second = world.build(place)
    assert f"bron.{INHABITANTS}" in second.ran
    anew = second.steps.keys() - first.steps.keys()
    assert len(anew) == 4, "the catalogue, the group, mart.onderwerp, mart.buur_kenmerk: not the ratio that reads it"


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_any_history_gives_what_one_build_gives(
    seed: int, tmp_path: Path, place: Home, texts_of_the_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "landed").mkdir()
    world = World(tmp_path / "landed", seed)
    world.build(place)
    happened = []
    for _ in range(CHANGES):
        name, change = world.chance.choice(sorted(world.changes().items()))
        change()
        happened.append(name)
        if len(world.away) == 4:
            world.away.clear()
        built = world.build(place)
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    clean = _home(tmp_path / "clean", texts_of_the_models)
    assert table_hashes(place, built) == table_hashes(clean, world.build(clean)), happened


@pytest.mark.proof
def test_an_audit_that_fails_is_told_and_keeps_nothing(world: World, place: Home) -> None:
    first = world.build(place)
    world.promised.add("2030")
    before = sorted(place.build.glob("kept/*/mart.waarneming.parquet"))
    receipt = (place.build / "receipt.json").read_bytes()
    with pytest.raises(BuildError, match=r"nothing was published: mart\.waarneming: 'alles_wat_verwacht_is"):
        world.build(place)
    assert (place.build / "receipt.json").read_bytes() == receipt
    assert sorted(place.build.glob("kept/*/mart.waarneming.parquet")) == before
    world.promised.clear()
    again = world.build(place)
    assert (again.ran, again.steps) == ([], first.steps)


@pytest.mark.proof
def test_a_file_that_changed_since_is_built_anew(world: World, place: Home) -> None:
    first = world.build(place)
    hashes = table_hashes(place, first)
    (damaged,) = [p for p in (place.build / "kept").rglob("statistiek.trend.parquet") if len(p.read_bytes()) > 100][:1]
    damaged.write_bytes(damaged.read_bytes()[:-10])
    second = world.build(place)
    assert second.ran
    assert table_hashes(place, second) == hashes


@pytest.mark.proof
def test_what_no_build_needs_any_more_is_let_go(world: World, place: Home) -> None:
    world.build(place)
    world.say(MEDIAN, buurgewicht=3.0)
    second = world.build(place)
    assert {p.name for p in (place.build / "kept").iterdir()} == set(second.steps)
