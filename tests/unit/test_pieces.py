"""What a release is made of tells which subjects can be otherwise than in the last one, and never too few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from pipelines.publish.patch import WHOLE, Change
from pipelines.publish.pieces import Pieces, may_differ, pieces, write_down
from pipelines.transform.kept import Built
from pipelines.transform.reach import Group

TABLES = ("waarneming", "profiel", "kubus", "gebied", "onderwerp")
HELD = {"onderwerp": "auto", "jaar": "2020"}
BUILT = Built(
    steps={
        "gebieden": {"mart.gebied": "1", "ref.gebied_relatie": "2"},
        "catalogus": {"ref.verwacht": "3"},
        "samen": {"mart.onderwerp": "4"},
        "wagens": {"mart.waarneming": "5", "mart.kubus": "0"},
        "mensen": {"mart.waarneming": "6", "mart.kubus": "0"},
        "wagens later": {"mart.profiel": "7"},
        "mensen later": {"mart.profiel": "8"},
    },
    groups={
        "wagens": (cars := Group(("wagens",), ("auto", "fiets"), ())),
        "wagens later": cars,
        "mensen": (people := Group(("mensen", "wagens"), ("auto_per_mens",), ())),
        "mensen later": people,
    },
)
FINE = {"wagens": (False, False), "mensen": (False, False)}
Made = Callable[..., Pieces]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("ATTACH ':memory:' AS build; CREATE SCHEMA build.mart; ATTACH ':memory:' AS vorige")
        con.execute(
            "CREATE TABLE build.mart.onderwerp AS SELECT UNNEST(['auto', 'fiets']) AS onderwerp, "
            "'stand' AS periodesoort, onderwerp AS naam, 'mobiliteit' AS thema, 'aantal' AS eenheid"
        )
        yield con


@pytest.fixture
def made(con: duckdb.DuckDBPyConnection) -> Made:
    def pieces_of(built: Built = BUILT, month: str = "2026-11", grades: dict = FINE, held: list = ()) -> Pieces:
        rows = pa.Table.from_pylist([*held], pa.schema([("onderwerp", pa.string()), ("jaar", pa.string())]))
        return pieces(con, built, TABLES, month, grades, rows)

    write_down(con, "vorige", pieces_of())
    return pieces_of


def told(con: duckdb.DuckDBPyConnection, made_of: Pieces) -> dict[str, Change]:
    return {table: change for table, change in may_differ(con, "vorige", made_of).items() if change}


def with_file(step: str, table: str) -> Built:
    return replace(BUILT, steps=BUILT.steps | {step: BUILT.steps[step] | {table: "anders"}})


def test_what_is_made_of_the_same_cannot_differ(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    assert told(con, made()) == {}


def test_another_file_is_about_the_subjects_in_it(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    assert told(con, made(with_file("wagens", "mart.waarneming"))) == {"waarneming": Change(("auto", "fiets"))}
    assert told(con, made(with_file("mensen", "mart.kubus"))) == {"kubus": Change(("auto_per_mens",))}
    assert told(con, made(with_file("mensen later", "mart.profiel"))) == {"profiel": Change(("auto_per_mens",))}
    assert told(con, made(with_file("samen", "mart.onderwerp"))) == {"onderwerp": WHOLE}
    assert told(con, made(with_file("gebieden", "mart.gebied"))) == {"gebied": WHOLE}


def test_subjects_that_come_and_go_are_both_named(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    other = Group(("wagens",), ("auto", "bus"), ())
    moved = replace(BUILT, groups=BUILT.groups | {"wagens": other})
    assert told(con, made(moved))["waarneming"] == Change(("auto", "bus", "fiets"))
    without = {key: tables for key, tables in BUILT.steps.items() if key != "mensen"}
    assert told(con, made(replace(BUILT, steps=without)))["waarneming"] == Change(("auto_per_mens",))


@pytest.mark.parametrize("grade", [(True, False), (False, True)])
def test_a_grade_is_about_all_that_hangs_on_its_dataset(
    con: duckdb.DuckDBPyConnection, made: Made, grade: tuple[bool, bool]
) -> None:
    everything = Change(("auto", "auto_per_mens", "fiets"))
    assert told(con, made(grades=FINE | {"wagens": grade})) == {"waarneming": everything, "profiel": everything}
    own = Change(("auto_per_mens",))
    assert told(con, made(grades=FINE | {"mensen": grade})) == {"waarneming": own, "profiel": own}


def test_what_is_held_reaches_its_subject_by_way_of_the_areas(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    own = Change(("auto", "fiets"))
    assert told(con, made(held=[HELD])) == {"waarneming": own, "profiel": own}
    write_down(con, "vorige", made(held=[HELD]))
    assert told(con, made(held=[HELD])) == {}
    assert told(con, made(with_file("gebieden", "ref.gebied_relatie"), held=[HELD])) == {
        "waarneming": own,
        "profiel": own,
    }
    assert told(con, made(held=[HELD | {"jaar": "2021"}])) == {"waarneming": own, "profiel": own}


def test_a_profile_grows_older_with_the_month(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    assert told(con, made(month="2026-12")) == {"profiel": Change(("auto", "auto_per_mens", "fiets"))}
    con.execute("UPDATE build.mart.onderwerp SET periodesoort = 'stroom' WHERE onderwerp = 'fiets'")
    assert told(con, made()) == {"profiel": Change(("auto", "fiets"))}


@pytest.mark.parametrize("told_as", ["naam = 'rijwiel'", "thema = 'vrije tijd'", "eenheid = '%'"])
def test_a_profile_says_how_its_subject_is_called(con: duckdb.DuckDBPyConnection, made: Made, told_as: str) -> None:
    con.execute(f"UPDATE build.mart.onderwerp SET {told_as} WHERE onderwerp = 'fiets'")
    assert told(con, made()) == {"profiel": Change(("auto", "fiets"))}
