"""What is held back, and what a person decides about it: by name, with a reason, on exactly what was observed.

All changed figures here are synthetic.
"""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.home import file_sha256, write_json
from pipelines.landing.receipt import Outcome
from tests.helpers import Result, area, edited, land_all, landings, obmi, status

DATASET = "statbel_armoederisico"
GENT = "44021"
RISK, MEDIAN = "armoederisico", "mediaan_inkomen"
Deliver = Callable[..., None]


@pytest.fixture
def deliver(home: Path, tmp_path: Path) -> Deliver:
    """Hand over the built-in figures with one figure of Gent in 2022 changed, and land them."""

    def one(column: str, value: str, by: str = "An") -> None:
        here = {(GENT, "2022"): {column: value}}
        file = edited(DATASET, tmp_path, lambda row: row | here.get((area(row), row["jaar"]), {}))
        assert obmi("drop", DATASET, file, "--by", by).code == 0
        land_all(home, DATASET)

    return one


def held() -> list[dict]:
    return json.loads(obmi("quarantaine", "--json").out)


def decide(command: str, by: str = "Bo", *more: str) -> Result:
    """Accept or reject the one item that is held."""
    (item,) = held()
    return obmi(command, item["id"], "--reason", "nagevraagd bij Statbel", "--by", by, *more)


def figure(home: Path, column: str) -> float:
    relation = landings(home)[DATASET].relation()
    return duckdb.sql(f"SELECT {column} FROM {relation} WHERE gebied = '{GENT}' AND jaar = 2022").fetchone()[0]


def outcomes(home: Path) -> dict[str, Outcome]:
    return {c.controle: c for c in landings(home)[DATASET].state.checks}


def test_what_is_held_is_listed_with_all_that_a_person_needs(home: Path, deliver: Deliver) -> None:
    assert obmi("quarantaine").out == "nothing is held back\n"
    before = landings(home)[DATASET].state.accepted_at
    deliver(RISK, "95")
    (item,) = held()
    assert (item["dataset"], item["steden"], item["jaren"]) == (DATASET, ["gent"], [2022])
    assert (item["controle"], item["waargenomen"], item["verwacht"]) == ("armoederisico_is_percentage", "95", "11.9")
    assert item["grens"] == "tussen 7,438 en 19,04 zou het aanvaard zijn"
    failed = {"armoederisico_is_percentage", "niveausprong_armoederisico", "herziening"}
    assert {r["controle"] for r in item["rijen"]} == failed
    assert {(r["eenheid"], r["jaar"], r["waargenomen"]) for r in item["rijen"]} == {(GENT, 2022, 95.0)}
    assert "niveausprong_armoederisico" in item["ook"][0]
    assert item["laatste_goede"] == before
    (raw,) = item["bestanden"]
    assert file_sha256(Path(raw["pad"])) == raw["sha256"]
    shown = obmi("quarantaine").out
    for text in (
        item["id"],
        "gent",
        "95",
        "11.9",
        "factor 1,6",
        raw["pad"],
        f"obmi accept {item['id']}",
        "1 held back",
    ):
        assert text in shown


@pytest.mark.proof
def test_a_real_change_is_let_through_by_name_and_becomes_the_baseline(home: Path, deliver: Deliver) -> None:
    deliver(MEDIAN, "36000")
    assert figure(home, MEDIAN) < 30000
    done = decide("accept")
    assert (done.code, "the next obmi refresh takes it in" in done.out) == (0, True)
    land_all(home, DATASET)
    assert figure(home, MEDIAN) == 36000
    check = outcomes(home)["niveausprong_mediaan"]
    assert (check.uitslag, check.ernst, check.afwijkend) == ("aanvaard", "blokkerend", 1)
    assert check.gezien > 1000
    assert f"{GENT}: aanvaard door Bo tot " in check.besluiten[0]
    assert check.besluiten[0].endswith(": nagevraagd bij Statbel")
    assert (held(), status()[DATASET]["state"]) == ([], "vers")
    deliver(MEDIAN, "37000")
    assert figure(home, MEDIAN) == 37000
    assert outcomes(home)["niveausprong_mediaan"].uitslag == "geslaagd"
    deliver(MEDIAN, "27390")
    assert figure(home, MEDIAN) == 37000
    assert held()[0]["verwacht"] == "37000"


@pytest.mark.proof
def test_a_decision_is_on_exactly_what_was_observed(home: Path, deliver: Deliver) -> None:
    deliver(RISK, "95")
    assert decide("accept").code == 0
    deliver(RISK, "96")
    assert (figure(home, RISK), held()[0]["waargenomen"]) == (95, "96")
    deliver(RISK, "95")
    assert (figure(home, RISK), held()) == (95, [])


@pytest.mark.proof
def test_a_decision_expires(home: Path, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(RISK, "95")
    assert decide("accept", "Bo", "--days", "2").code == 0
    monkeypatch.setenv("OBMI_NOW", "2199-01-01")
    land_all(home, DATASET)
    assert (figure(home, RISK), len(held())) == (11.9, 1)
    assert decide("accept", "Bo", "--days", "0").code == 30


@pytest.mark.proof
@pytest.mark.parametrize("by", ["An", " an ", "AN"])
def test_who_handed_it_over_never_lets_it_through(home: Path, deliver: Deliver, by: str) -> None:
    deliver(RISK, "95")
    refused = decide("accept", by)
    assert (refused.code, refused.out) == (30, "")
    assert f"{by.strip()} handed over this delivery" in refused.err
    land_all(home, DATASET)
    assert (figure(home, RISK), len(held())) == (11.9, 1)


@pytest.mark.proof
def test_who_hands_over_without_a_name_is_whoever_is_logged_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "cas")
    file = edited(DATASET, tmp_path, lambda r: r | ({RISK: "95"} if (area(r), r["jaar"]) == (GENT, "2022") else {}))
    assert obmi("drop", DATASET, file).code == 0
    land_all(home, DATASET)
    assert "Cas handed over" in decide("accept", "Cas").err


@pytest.mark.proof
def test_a_newer_delivery_is_not_overwritten_by_an_older_decision(home: Path, deliver: Deliver) -> None:
    deliver(RISK, "95")
    old = held()[0]["id"]
    deliver(RISK, "11.8")
    answer = obmi("accept", old, "--reason", "x", "--by", "Bo")
    assert (answer.code, "obmi quarantaine lists what is held" in answer.err) == (30, True)
    assert figure(home, RISK) == 11.8


@pytest.mark.proof
def test_what_is_rejected_stays_out_and_says_who_kept_it_out(home: Path, deliver: Deliver) -> None:
    deliver(RISK, "95")
    assert decide("reject").code == 0
    land_all(home, DATASET)
    (item,) = held()
    assert (figure(home, RISK), item["besluit"]["besluit"], item["besluit"]["door"]) == (11.9, "afgewezen", "Bo")
    assert "afgewezen by Bo on " in obmi("quarantaine").out
    deliver(RISK, "11.8")
    assert (figure(home, RISK), held()) == (11.8, [])


@pytest.mark.proof
def test_a_whole_delivery_is_let_through_or_withdrawn(home: Path, tmp_path: Path) -> None:
    """A tenth of the cells empty, which holds no area in particular."""
    file = edited(
        DATASET, tmp_path, lambda r: r | ({RISK: ""} if area(r).endswith("1") and r["jaar"] == "2022" else {})
    )
    assert obmi("drop", DATASET, file, "--by", "An").code == 0
    land_all(home, DATASET)
    (item,) = held()
    assert (item["controle"], item["gebied"], status()[DATASET]["state"]) == ("weinig_leeg", "", "oud")
    assert decide("accept").code == 0
    land_all(home, DATASET)
    assert (outcomes(home)["weinig_leeg"].uitslag, status()[DATASET]["state"]) == ("aanvaard", "vers")
    twice = edited(DATASET, tmp_path, lambda row: [row, row])
    assert obmi("drop", DATASET, twice).code == 0
    land_all(home, DATASET)
    assert decide("reject").code == 0
    assert (held(), status()[DATASET]["state"]) == ([], "vers")


def test_what_could_not_be_read_or_checked_cannot_be_let_through(home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "leeg.csv"
    empty.touch()
    assert obmi("drop", DATASET, empty).code == 0
    land_all(home, DATASET)
    (item,) = held()
    assert item["controle"] == "lezen"
    assert "with obmi drop" in item["volgende_stap"]
    answer = decide("accept")
    assert (answer.code, len(answer.err.splitlines())) == (30, 1)
    assert "cannot be let through" in answer.err
    assert decide("reject").code == 0
    assert held() == []


@pytest.mark.proof
@pytest.mark.parametrize(("reason", "by"), [("", "Bo"), ("x", " ")])
def test_a_decision_has_a_name_and_a_reason(home: Path, deliver: Deliver, reason: str, by: str) -> None:
    deliver(RISK, "95")
    answer = obmi("accept", held()[0]["id"], "--reason", reason, "--by", by)
    assert (answer.code, "needs a name in --by and a reason in --reason" in answer.err) == (30, True)


@pytest.mark.proof
def test_what_an_earlier_version_held_is_refused_and_read_again(home: Path, deliver: Deliver) -> None:
    """It did not write down which series of an area it held."""
    deliver(RISK, "95")
    folder = home / "landing" / DATASET
    state = json.loads((folder / "accepted.json").read_text(encoding="utf-8"))
    version, rows = state["version"], [{k: v for k, v in h.items() if k != "reeks"} for h in state["held"]]
    write_json(folder / "accepted.json", {**state, "held": rows})
    result = obmi("status")
    assert result.code == 30
    assert f"{folder / 'accepted.json'} is cut short, altered or of an earlier version (held.0.reeks" in result.err
    assert "run obmi refresh" in result.err
    assert len(result.err.splitlines()) == 1
    (folder / "accepted.json").rename(folder / "accepted.json.opzij")
    land_all(home, DATASET)
    (item,) = held()
    assert (item["steden"], item["jaren"]) == (["gent"], [2022])
    assert figure(home, RISK) == 11.9
    assert landings(home)[DATASET].state.version == version
