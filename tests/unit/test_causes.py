"""Why a figure is otherwise than in the release before: what of all that its subject follows from is otherwise."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.home import Home, write_json
from pipelines.publish.causes import UNKNOWN, causes, defined_as
from pipelines.publish.contract import TABLES
from pipelines.publish.marts import add_revisions
from pipelines.publish.patch import WHOLE
from pipelines.publish.recorded import DefinedAs, Recorded, recorded
from pipelines.publish.releases import current_release

POVERTY, RATE, THEFT = "statbel_armoederisico", "vp2801_vh_totcrim", "v2801_vh_totcrim"


class Record:
    """A release that was just made, and one that differs from it in one thing."""

    def __init__(self, released: Path, own: Home) -> None:
        self.home, place = own, Home(released)
        self.now = recorded(place, current_release(place)["release"])
        (own.record / "delen").symlink_to(place.record / "delen")

    def why(self, then: Recorded) -> dict[str, str]:
        return causes(self.home, then, self.now)

    def kept(self, name: str, told: object) -> str:
        """Keep something beside the records, as it was then."""
        delen = self.home.record / "delen"
        if delen.is_symlink():
            place = delen.resolve()
            delen.unlink()
            delen.mkdir()
            for path in place.iterdir():
                (delen / path.name).symlink_to(path)
        write_json(delen / f"{name}.json", told)
        return name


@pytest.fixture
def record(released: Path, tmp_path: Path) -> Record:
    (tmp_path / "opbouw").mkdir()
    return Record(released, Home(tmp_path))


def poverty(record: Record, **changes: object) -> Recorded:
    """The same release, with something else of what was accepted of the poverty figures."""
    then = record.now.then(record.home)[POVERTY]
    state = replace(then.state, **{k: v for k, v in changes.items() if k != "corrections"})
    other = replace(then, state=state, corrections=changes.get("corrections", then.corrections))
    return replace(record.now, landed={**record.now.landed, POVERTY: record.kept("anders", asdict(other))})


def test_other_bytes_are_the_publishers(record: Record) -> None:
    then = record.now.then(record.home)[POVERTY].state
    why = record.why(poverty(record, version="v", parts=[replace(p, raw_sha256="r") for p in then.parts]))
    assert {code for code, cause in why.items() if cause == "uitgever"} == {
        code for code, subject in record.now.defined(record.home).items() if POVERTY in subject.sources
    }
    assert set(why.values()) == {"uitgever", UNKNOWN}


def test_another_correction_and_another_description_are_told_apart(record: Record) -> None:
    assert record.why(poverty(record, version="v", corrections="c"))["vp3101_arop"] == "correctie"
    assert record.why(poverty(record, version="v", description={}))["vp3101_arop"] == "definitie"
    assert record.why(poverty(record, version="v", description={}, corrections="c"))["vp3101_arop"] == (
        "correctie, definitie"
    )


def test_another_definition_reaches_what_is_computed_of_it(record: Record) -> None:
    topics = load_topics()
    other = {**topics, THEFT: topics[THEFT].model_copy(update={"waar": {"x": ["y"]}})}
    told = {code: asdict(subject) for code, subject in defined_as(other).items()}
    then = replace(record.now, subjects=record.kept("onderwerpen", told))
    assert {THEFT, RATE} <= {code for code, why in record.why(then).items() if why == "definitie"}
    named = {**topics, THEFT: topics[THEFT].model_copy(update={"naam": "anders", "voetnoot": "anders"})}
    assert defined_as(named) == defined_as(topics), "no figure follows from a text"
    assert isinstance(defined_as(topics)[RATE], DefinedAs)


def test_other_areas_reach_every_subject_and_other_code_those_that_nothing_else_reaches(record: Record) -> None:
    areas = replace(record.now, versions={**record.now.versions, "gebied_relatie": "anders"})
    assert set(record.why(areas).values()) == {"grondgebied"}
    code = replace(record.now, facts={**record.now.facts, "code": "anders"})
    assert set(record.why(code).values()) == {"eigen fout"}
    assert record.why(record.now)[RATE] == UNKNOWN


def test_a_cell_that_we_hide_says_so_and_another_has_the_cause_of_its_subject() -> None:
    columns = "onderwerp VARCHAR, gebiedsniveau VARCHAR, gebied VARCHAR, periode VARCHAR, waarde DOUBLE, "
    columns += "status VARCHAR, reden VARCHAR"
    hidden = "NULL, 'verborgen', 'verborgen: kleiner dan 5, of nodig'"
    with duckdb.connect() as con:
        for side in ("vorige", "rel"):
            con.execute(f"ATTACH ':memory:' AS {side}; CREATE SCHEMA {side}.mart")
            con.execute(f"CREATE TABLE {side}.mart.waarneming ({columns})")
        con.execute("INSERT INTO vorige.mart.waarneming VALUES ('a', 'g', '1', '2020', 3, 'ok', NULL)")
        con.execute("INSERT INTO vorige.mart.waarneming VALUES ('a', 'g', '2', '2020', 9, 'ok', NULL)")
        con.execute("INSERT INTO vorige.mart.waarneming VALUES ('b', 'g', '2', '2020', 9, 'ok', NULL)")
        con.execute(f"INSERT INTO rel.mart.waarneming VALUES ('a', 'g', '1', '2020', {hidden})")
        con.execute("INSERT INTO rel.mart.waarneming VALUES ('a', 'g', '2', '2020', 8, 'ok', NULL)")
        for side, rate in (
            ("vorige", "3, 'ok', NULL"),
            ("rel", "NULL, 'verborgen', 'teller: verborgen: kleiner dan 5, of'"),
        ):
            con.execute(f"INSERT INTO {side}.mart.waarneming VALUES ('c', 'g', '1', '2020', {rate})")
        assert add_revisions(con, "vorige", WHOLE, {"a": "uitgever", "c": "uitgever"}) == 4
        told = con.execute("SELECT onderwerp, gebied, soort, oorzaak FROM rel.mart.revisie ORDER BY 1, 2").fetchall()
    assert told == [
        ("a", "1", "gewijzigd", "geheimhouding"),
        ("a", "2", "gewijzigd", "uitgever"),
        ("b", "2", "verdwenen", UNKNOWN),
        ("c", "1", "gewijzigd", "geheimhouding"),
    ]
    assert "oorzaak" in TABLES["revisie"][1]
