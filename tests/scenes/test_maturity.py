"""Data maturity and the grade of a figure: from facts, only where they hold, with the step that brings most."""

from pathlib import Path

import pytest

from pipelines.describe.specfile import SpecError
from pipelines.publish.maturity import load_rules
from tests.helpers import BUILT_IN, Row, area, edited, obmi, query

DATASET = "statbel_armoederisico"
DIMENSIONS = {
    "beschikbaarheid",
    "toegankelijkheid",
    "actualiteit",
    "volledigheid",
    "dekking",
    "standaarden",
    "partners",
}
NOW = "release = (SELECT release FROM mart.release)"


def scores(home: Path) -> dict[tuple[str, str, str], tuple[int, str]]:
    """Score and reason of this release per city, dataset and dimension."""
    rows = query(home, f"SELECT stad, dataset, dimensie, score, reden FROM mart.datamaturiteit WHERE {NOW}")
    return {(city, dataset, dimension): (score, why) for city, dataset, dimension, score, why in rows}


@pytest.fixture(scope="module")
def empty(scene, session_env: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gent's poverty risk of 2022 not there."""
    session_env.setenv("OBMI_HOME", str(scene.reset()))

    def change(row: Row) -> Row:
        return row | ({"armoederisico": ""} if (area(row), row["jaar"]) == ("44021", "2022") else {})

    obmi("drop", DATASET, edited(DATASET, tmp_path_factory.mktemp("aangereikt"), change))
    obmi("refresh")
    return scene.keep("leeg")


def test_every_city_dataset_and_dimension_has_a_score_with_its_reason(released: Path) -> None:
    found = scores(released)
    assert {d for _, _, d in found} == DIMENSIONS
    assert len(found) == 14 * 5 * 7
    assert all(why for _, why in found.values())
    wrong = query(
        released,
        "SELECT * FROM mart.datamaturiteit WHERE score < 0 OR score > maximum OR maximum <> 5 "
        "OR (score < maximum) <> (volgende_stap IS NOT NULL AND winst BETWEEN 1 AND maximum - score AND wie IN "
        "('stad', 'uitgever', 'obmi')) OR (score = maximum AND (winst <> 0 OR wie IS NOT NULL))",
    )
    assert wrong == []


@pytest.mark.proof
def test_an_impossible_figure_costs_only_its_own_city(released: Path, one_city: dict) -> None:
    before, after = scores(released), scores(one_city["home"])
    moved = {k for k in before if before[k] != after[k]}
    assert moved == {("gent", d, dimension) for d in BUILT_IN for dimension in ("volledigheid", "actualiteit")}
    assert before["gent", DATASET, "volledigheid"][0] == 5
    assert after["gent", DATASET, "volledigheid"][0] == 4
    assert "vastgehouden delen: 1 (0/1)" in after["gent", DATASET, "volledigheid"][1]
    assert after["gent", DATASET, "actualiteit"][0] == before["gent", DATASET, "actualiteit"][0]


@pytest.mark.proof
def test_a_missing_year_moves_what_hangs_on_it_and_nothing_else(released: Path, empty: Path) -> None:
    before, after = scores(released), scores(empty)
    moved = {k for k in before if before[k] != after[k]}
    assert {(city, dataset) for city, dataset, _ in moved} == {("gent", DATASET)}
    assert before["gent", DATASET, "volledigheid"][0] > after["gent", DATASET, "volledigheid"][0]


@pytest.mark.proof
def test_the_releases_before_stay_beside_this_one(empty: Path) -> None:
    counts = query(empty, "SELECT release, COUNT(*) FROM mart.datamaturiteit GROUP BY 1 ORDER BY 1")
    assert [n for _, n in counts] == [14 * 5 * 7] * 2


def test_a_city_file_holds_its_own_scores(released: Path) -> None:
    assert query(released, "SELECT DISTINCT stad FROM mart.datamaturiteit", city="gent") == [("gent",)]


@pytest.mark.proof
def test_an_older_figure_is_graded_c(one_city: dict) -> None:
    grades = query(
        one_city["home"],
        "SELECT kwaliteit, COUNT(*), COUNT(*) FILTER (gebied = '44021') FROM mart.waarneming "
        f"WHERE bron = '{DATASET}' GROUP BY 1 ORDER BY 1",
    )
    (a, n, no), (c, held, own), (none, *_) = grades
    assert (a, c, none) == ("A", "C", None)
    assert n > held == own > 0
    assert no == 7 * own, "the seven other years of the delivery are new"
    places = query(
        one_city["home"],
        f"SELECT DISTINCT periode, reden FROM mart.waarneming WHERE kwaliteit = 'C' AND bron = '{DATASET}'",
    )
    assert places == [("2022", "vastgehouden: Het armoederisico ligt tussen 0,5 en 60 procent.")]


def test_a_value_has_a_grade_and_no_value_has_none(released: Path) -> None:
    rows = query(released, "SELECT COUNT(*) FROM mart.waarneming WHERE (waarde IS NULL) <> (kwaliteit IS NULL)")
    assert rows == [(0,)]


def test_the_command_tells_what_a_city_can_do(at_released: Path) -> None:
    whole = obmi("maturiteit")
    assert whole.code == 0
    assert "175" in whole.out, "points for each of the seven dimensions of five datasets"
    own = obmi("maturiteit", "Gent")
    score, most = query(
        at_released, f"SELECT SUM(score), SUM(maximum) FROM mart.datamaturiteit WHERE stad = 'gent' AND {NOW}"
    )[0]
    assert own.out.startswith(f"gent: {score} van {most} punten")
    gains = [int(line.split()[0][1:]) for line in own.out.split("Wat alleen de uitgever kan")[1].splitlines()[1:11]]
    assert gains == sorted(gains, reverse=True)
    assert "no city is named 'gant'" in obmi("maturiteit", "gant").err


def test_a_rule_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "maturiteit.yaml").write_text("dekking:\n  - {punten: 1, wanneer: TRUE}\n")
    with pytest.raises(SpecError, match="dekking: "):
        load_rules(tmp_path)
