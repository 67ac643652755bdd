"""The short form of `make gate-proof`: one dataset of the fixtures, every gross defect and real consecutive editions.

And what limits follow from: a delivery that was refused moves none, one that was accepted does.
"""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.specs import load_datasets
from pipelines.gate.change import change_checks
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landing
from tests.helpers import edited, landings, with_register
from tests.proof.gate.clean import clean_refreshes
from tests.proof.gate.defects import SUBTLE
from tests.proof.gate.proof import holds, report
from tests.proof.gate.world import Case, World

pytestmark = pytest.mark.proof

DATASET = "statbel_armoederisico"
SPEC = load_datasets()[DATASET]
GENT = "gebiedsniveau = 'gemeente2024' AND eenheid = '44021'"


@pytest.fixture(scope="module")
def world(released: Path) -> World:
    return World(Home(released), SPEC)


@pytest.fixture(scope="module")
def spoilt(world: World) -> list[Case]:
    """Every defect that is not subtle, each in another city."""
    dice, cities = random.Random(1), sorted(world.cities)
    gross = [(d, s) for d, s in world.possible(dice) if d.name not in SUBTLE]
    cases = [world.spoil(d, s, cities[i % len(cities)], dice) for i, (d, s) in enumerate(gross)]
    return [case for case in cases if case is not None]


def test_every_gross_defect_is_caught_and_no_other_city_is_kept_back(spoilt: list[Case]) -> None:
    assert len(spoilt) >= 15
    assert len({c.city for c in spoilt}) == 13
    assert [(c.name, c.setting, c.city) for c in spoilt if not c.caught] == []
    assert [(c.name, c.setting, c.others) for c in spoilt if c.others] == []


def test_what_is_too_high_is_told_in_words(world: World) -> None:
    world.candidate("reeks")
    world.con.execute("UPDATE kandidaat SET armoederisico = 95 WHERE gebied = '44021' AND jaar = 2022")
    told = {o.controle: o.boodschap.split("): ", 1)[1] for o in world.judge()[0].outcomes if o.blocks}
    seen = "Gent (44021), 2022"
    assert told["reeks"].startswith(f"{seen}, armoederisico: 95; tussen ")
    assert " verwacht, want de laatste 7 jaar lag het tussen 11" in told["reeks"]
    assert told["niveausprong_armoederisico"] == (
        f"{seen}: 95; tussen 7,312 en 18,72 verwacht, want de beschrijving laat hoogstens een factor 1,6 toe tegenover "
        "het naaste jaar"
    )


@pytest.mark.parametrize("setting", ["reeks", "herlevering"])
def test_a_year_of_one_city_alone_holds_that_city_and_no_other(world: World, setting: str) -> None:
    world.candidate(setting)
    world.con.execute("UPDATE kandidaat SET jaar = 2025 WHERE gebied = '44021' AND jaar = 2022")
    verdict, _ = world.judge()
    assert verdict.refused is None
    assert {(area, dict(part).get("jaar")) for _, area, part in verdict.held} == {("44021", 2022), ("44021", 2025)}
    said = next(o.boodschap for o in verdict.outcomes if o.controle == "periode_alleen")
    assert said.endswith("Gent (44021), 2025: 1; ongeveer 318 verwacht")


def test_real_editions_and_small_revisions_pass(world: World) -> None:
    clean = clean_refreshes(world, random.Random(1), editions=3)
    assert len(clean) == 6
    assert [(c.name, c.said) for c in clean if not c.caught] == []


def test_the_report_names_what_was_missed(spoilt: list[Case]) -> None:
    missed = Case(DATASET, "nieuw", "maal 1,1", "gent", False, ["aalst"], [], "te weinig", 0.1)
    alarm = Case(DATASET, "nieuw", "jaargang 2022", "-", False, [], ["reeks"], "te veel", 0.1)
    text = report([*spoilt, missed], [alarm], 1.0)
    assert f"| maal 1,1 | 1 | 0 | {DATASET} (new year) |" in text
    assert f"| {DATASET} | jaargang 2022 | te veel |" in text
    assert not holds([*spoilt, missed], [alarm])


def limits(home: Home) -> list[tuple]:
    """Between which bounds the figures of Gent may lie in the next year, as the accepted version stands."""
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW vorige AS SELECT * FROM {Landing(home, SPEC).relation()}")
        con.execute("CREATE TABLE kandidaat AS SELECT * REPLACE (2023 AS jaar) FROM vorige WHERE jaar = 2020")
        con.execute("CREATE TABLE gebied_relatie (van_niveau TEXT, van TEXT, naar_niveau TEXT, naar TEXT)")
        con.execute("CREATE TABLE gebiedsniveau (gebiedsniveau TEXT, reeks TEXT)")
        for statement in next(tables for (check, *_), tables in change_checks(SPEC, 2026) if check == "reeks"):
            con.execute(statement)
        return con.execute(f"SELECT meting, laagste, hoogste FROM toets WHERE {GENT} AND meting <> 'rijen'").fetchall()


def test_a_refused_version_moves_no_limit_and_an_accepted_one_does(tmp_path: Path) -> None:
    home = with_register(Home(tmp_path / "home"))
    alone = SPEC.model_copy(update={"voorbeeld": None})

    def deliver(name: str, last: int, factor: int) -> str:
        """The real figures until a year, the last of them times a factor (synthetic where it is not 1)."""

        def change(row: dict[str, str]) -> dict[str, str] | None:
            if int(row["jaar"]) > last:
                return None
            wrong = factor != 1 and int(row["jaar"]) == last and row["mediaan_inkomen"]
            return {**row, "mediaan_inkomen": str(int(row["mediaan_inkomen"]) // factor)} if wrong else row

        path = edited(DATASET, tmp_path, change, name)
        with home.lock():
            drop(SPEC, [path], home)
            known = landings(home, alone)
            land_dataset(known, alone.id, "voorbeeld", Settings(), lambda _: None)
        return [*known[alone.id].state.processed.values()][-1]

    assert deliver("tot_2020.csv", 2020, 1) == "accepted"
    before = limits(home)
    assert len(before) == 2
    assert deliver("fout.csv", 2021, 1000) == "refused"
    assert limits(home) == before
    assert deliver("goed.csv", 2021, 1) == "accepted"
    assert all(new != old for new, old in zip(limits(home), before, strict=True))
