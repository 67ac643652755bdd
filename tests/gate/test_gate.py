"""The gate itself: a check that did not run has failed, a warning never blocks, one area never stops the rest."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from great_expectations.datasource.fluent.interfaces import Batch

from pipelines.describe.expectations import Check
from pipelines.describe.specs import load_datasets
from pipelines.gate import judge as the_gate
from pipelines.gate.checks import compile_checks
from pipelines.gate.described import Compiled
from pipelines.gate.outcome import ROWS_KEPT
from tests.helpers import accepted

DATASET = "statbel_armoederisico"
SPEC = load_datasets()[DATASET]
PER_AREA = "SELECT gebiedsniveau, gebied AS eenheid, jaar, armoederisico AS waargenomen FROM kandidaat"
ENDLESS = "SELECT COUNT(*) AS n FROM range(1000000000) AS a, range(1000000000) AS b WHERE a.range = b.range * 7 + 3"


def check(over: str, wrong: str, ernst: str = "blokkerend", name: str = "proef") -> Compiled:
    """A check for these tests alone."""
    spec = Check(id=name, omschrijving="Proef.", dimensie="geldigheid", ernst=ernst, over=over, fout=wrong)
    return Compiled(spec, over, wrong)


@pytest.fixture
def con(released: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with accepted(released, DATASET) as connection:
        yield connection


@pytest.fixture
def verdict(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch):
    """What the gate makes of the delivery with only these checks."""

    def judge(*checks: Compiled, seconds: float = 60) -> the_gate.Verdict:
        monkeypatch.setattr(the_gate, "compile_checks", lambda spec, today=None: list(checks))
        return the_gate.check_delivery(con, SPEC, seconds, 0.1)

    return judge


def refused_because(verdict: the_gate.Verdict, said: str) -> None:
    """The delivery is refused whole, because its first check did not run."""
    assert verdict.outcomes[0].uitslag == "fout"
    assert verdict.outcomes[0].blocks
    assert said in verdict.outcomes[0].boodschap
    assert verdict.refused == verdict.outcomes[0].boodschap


def test_a_delivery_that_passes_is_let_through(verdict) -> None:
    found = verdict(check(PER_AREA, "waargenomen > 100"))
    assert (found.refused, found.held) == (None, {})
    assert [o.uitslag for o in found.outcomes] == ["geslaagd"]


@pytest.mark.parametrize(
    "over",
    ["SELECT * FROM bestaat_niet", "SELECT kolom_weg FROM kandidaat", "SELECT error('kapot') AS x FROM kandidaat"],
)
def test_a_check_that_raises_while_it_collects_its_rows_blocks(verdict, over: str) -> None:
    refused_because(verdict(check(over, "TRUE")), "did not run: ")


@pytest.mark.parametrize("wrong", ["CAST(eenheid || 'x' AS INTEGER) = 1", "kolom_weg = 1", "error('kapot')"])
def test_a_check_that_raises_while_it_judges_blocks(verdict, wrong: str) -> None:
    refused_because(verdict(check(PER_AREA, wrong)), "did not run: ")


def test_a_check_whose_expectation_raises_blocks(verdict) -> None:
    spec = Check(
        id="proef",
        omschrijving="Proef.",
        dimensie="geldigheid",
        expectation="expect_column_values_to_be_between",
        kwargs={"column": "kolom_weg", "min_value": 0},
    )
    refused_because(verdict(Compiled(spec)), "did not run: ")


def test_a_check_that_takes_too_long_is_stopped_and_blocks(verdict) -> None:
    refused_because(verdict(check(ENDLESS, "n < 0"), seconds=0.2), "did not run: INTERRUPT")


def test_a_second_slow_check_is_stopped_too(verdict) -> None:
    slow = [check(ENDLESS, "n < 0", name=f"proef_{i}") for i in range(3)]
    found = verdict(*slow, seconds=0.2)
    assert [o.uitslag for o in found.outcomes] == ["fout"] * 3
    assert found.refused


def test_a_check_that_is_slow_in_judging_is_stopped_and_blocks(verdict) -> None:
    refused_because(verdict(check(PER_AREA, f"({ENDLESS}) < jaar"), seconds=1), "did not run: ran out of time")


def test_a_check_that_sees_no_rows_blocks(verdict) -> None:
    refused_because(verdict(check(f"{PER_AREA} WHERE FALSE", "waargenomen > 100")), "saw no rows")


def test_checks_of_an_empty_delivery_block(con: duckdb.DuckDBPyConnection, verdict) -> None:
    con.execute("DELETE FROM kandidaat")
    history = Compiled(check(PER_AREA, "TRUE").check, PER_AREA, "TRUE", history=True)
    found = verdict(check(PER_AREA, "waargenomen > 100"), history)
    assert [o.uitslag for o in found.outcomes] == ["fout", "fout"]
    assert found.refused


def test_a_check_on_history_waits_for_a_first_version_and_only_then(con: duckdb.DuckDBPyConnection, verdict) -> None:
    nothing = f"{PER_AREA} WHERE FALSE"
    history = Compiled(check(nothing, "TRUE").check, nothing, "TRUE", history=True)
    refused_because(verdict(history), "saw no rows")
    con.execute("CREATE OR REPLACE VIEW vorige AS SELECT * FROM kandidaat WHERE FALSE")
    found = verdict(history)
    assert ([o.uitslag for o in found.outcomes], found.refused) == (["nvt"], None)


BROKEN = {
    "over raises": lambda c: replace(c, over="SELECT * FROM bestaat_niet"),
    "judging raises": lambda c: replace(c, wrong="error('kapot')"),
    "no rows": lambda c: replace(c, over=f"SELECT * FROM ({c.over}) WHERE FALSE", tables=None),
    "too slow": lambda c: replace(c, over=ENDLESS, wrong="n < 0"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_each_of_five_real_checks_that_is_broken_blocks(verdict, way: str) -> None:
    """Twenty of twenty: whatever the check and however it fails to run, it counts as failed."""
    real = [c for c in compile_checks(SPEC) if c.over and not c.history and c.check.ernst == "blokkerend"]
    broken = [BROKEN[way](c) for c in real[:5]]
    found = verdict(*broken, seconds=0.5 if way == "too slow" else 60)
    assert [o.uitslag for o in found.outcomes] == ["fout"] * 5
    assert all(o.blocks for o in found.outcomes)
    assert found.refused


@pytest.mark.parametrize("kept", [0, 1])
def test_a_check_that_great_expectations_does_not_report_blocks(verdict, monkeypatch, kept: int) -> None:
    validate = Batch.validate

    def forgetful(batch, suite):
        return SimpleNamespace(results=list(validate(batch, suite).results)[:kept])

    monkeypatch.setattr(Batch, "validate", forgetful)
    found = verdict(*(check(PER_AREA, "waargenomen > 100", name=f"proef_{i}") for i in range(2)))
    assert sorted(o.uitslag for o in found.outcomes) == sorted(["geslaagd"] * kept + ["fout"] * (2 - kept))
    assert "the check did not run" in found.refused


@pytest.mark.parametrize(
    ("over", "wrong", "state"),
    [
        (PER_AREA, "waargenomen > 1", "gefaald"),
        (PER_AREA, "eenheid = '44021'", "gefaald"),
        ("SELECT jaar FROM kandidaat", "TRUE", "gefaald"),
        ("SELECT * FROM bestaat_niet", "TRUE", "fout"),
        (f"{PER_AREA} WHERE FALSE", "TRUE", "fout"),
    ],
)
def test_a_warning_never_blocks_and_is_written_down(verdict, over: str, wrong: str, state: str) -> None:
    found = verdict(check(over, wrong, ernst="waarschuwing"))
    assert (found.refused, found.held) == (None, {})
    assert [(o.uitslag, o.ernst) for o in found.outcomes] == [(state, "waarschuwing")]
    assert found.outcomes[0].boodschap


def test_an_area_that_fails_is_held_and_the_rest_goes_on(verdict) -> None:
    found = verdict(check(PER_AREA, "eenheid IN ('44021', '31005')"))
    assert found.refused is None
    assert {part[:2] for part in found.held} == {("gemeente2024", "44021"), ("gemeente2024", "31005")}
    assert {o.controle for o in found.held.values()} == {"proef"}


def test_what_lands_without_a_held_area_is_judged_in_all_that_a_check_asks(
    con: duckdb.DuckDBPyConnection, verdict
) -> None:
    """The second look of a check that compares figures is at the delivery as it would land, in what it lays out and in
    what it calls wrong."""
    con.execute("UPDATE kandidaat SET armoederisico = 95 WHERE gebied = '44021' AND jaar = 2022")
    whole = check("SELECT DISTINCT jaar FROM kandidaat", "95 IN (SELECT armoederisico FROM kandidaat)", name="samen")
    found = verdict(check(PER_AREA, "waargenomen > 90"), whole)
    assert found.refused is None
    assert list(found.held) == [("gemeente2024", "44021", (("jaar", 2022),))]


def test_the_rows_that_are_wrong_are_kept_of_every_area_before_any_has_two(verdict) -> None:
    with_limits = PER_AREA.replace("FROM", ", 0.0 AS laagste, 20.5 AS hoogste FROM")
    one, many = (verdict(check(with_limits, w)).outcomes[0] for w in ("eenheid = '44021'", "TRUE"))
    assert one.rijen[0].keys() == {"gebiedsniveau", "eenheid", "jaar", "waargenomen", "laagste", "hoogste"}
    assert {r["eenheid"] for r in one.rijen} == {"44021"}
    assert len(one.rijen) == one.afwijkend == len(one.jaren)
    assert one.grens == "tussen 0 en 20,5 zou het aanvaard zijn"
    assert len({r["eenheid"] for r in many.rijen}) == len(many.rijen) == ROWS_KEPT < many.afwijkend


def test_what_an_outcome_keeps_can_be_written_down(verdict) -> None:
    odd = "SELECT DATE '2021-01-01' AS dag, 'nan'::DOUBLE AS waargenomen, 1.5::DECIMAL(3, 1) AS verwacht, NULL AS niets"
    (outcome,) = verdict(check(odd, "TRUE")).outcomes
    assert outcome.rijen == [{"dag": "2021-01-01", "waargenomen": "nan", "verwacht": 1.5, "niets": None}]
    assert json.loads(json.dumps(asdict(outcome), allow_nan=False))["rijen"] == outcome.rijen


def test_too_many_failing_areas_refuse_the_whole_delivery(con: duckdb.DuckDBPyConnection, verdict) -> None:
    total = con.execute("SELECT COUNT(DISTINCT gebied) FROM kandidaat").fetchone()[0]
    codes = [c for (c,) in con.execute("SELECT DISTINCT gebied FROM kandidaat ORDER BY 1").fetchall()]
    most = int(total * 0.1)
    listed = {n: ", ".join(f"'{c}'" for c in codes[:n]) for n in (most, most + 1)}
    assert len(verdict(check(PER_AREA, f"eenheid IN ({listed[most]})")).held) == most
    found = verdict(check(PER_AREA, f"eenheid IN ({listed[most + 1]})"))
    assert found.held == {}
    assert f"({most + 1} van de {total} gebieden: te veel om apart vast te houden)" in found.refused


def test_the_fault_is_named_and_not_the_check_that_it_left_without_rows(verdict) -> None:
    found = verdict(check(f"{PER_AREA} WHERE FALSE", "TRUE", name="leeg"), check(PER_AREA, "TRUE", name="oorzaak"))
    assert found.refused.startswith("check 'oorzaak'")


def test_judging_again_keeps_nothing_of_the_time_before(verdict, con: duckdb.DuckDBPyConnection) -> None:
    """A transaction that is left open keeps every table that is replaced after it."""
    used = "SELECT SUM(memory_usage_bytes) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"
    found = []
    for _ in range(4):
        con.execute("CREATE OR REPLACE TABLE groot AS SELECT range AS n FROM range(2000000)")
        verdict(check(PER_AREA, "waargenomen > 100"))
        found.append(con.execute(used).fetchone()[0])
    assert found[-1] < 1.5 * found[0]
