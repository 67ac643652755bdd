"""`obmi diff`: what the next refresh would change, and nothing of it happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.home import Home
from pipelines.publish.changes import as_text, compare
from pipelines.transform.kept import Built
from tests.helpers import Row, area, edited, obmi, served

RATE, THEFT = "vp2801_vh_totcrim", "v2801_vh_ds_fiets"


@dataclass(frozen=True)
class Shown:
    """What a diff said, and the home before and after it."""

    found: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


def state(home: Path) -> dict[str, Any]:
    """All that decides what is read, accepted or built next."""
    accepted = {p.parent.name: p.read_text(encoding="utf-8") for p in home.glob("landing/*/*.json")}
    folders = {str(p.relative_to(home)) for p in home.glob("landing/*/*")}
    receipt = (home / "build" / "receipt.json").read_text(encoding="utf-8")
    return {"served": served(home), "accepted": accepted, "folders": folders, "receipt": receipt}


@pytest.fixture(scope="module")
def shown(scene, session_env: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Seven thefts more in Gent in a file that waits, and one line of the catalogue that says otherwise."""
    home = scene.reset()

    def more(row: Row) -> Row | None:
        if row["period"] != "2020":
            return None
        return {**row, THEFT: str(int(row[THEFT]) + 7)} if area(row) == "44021" else row

    file = edited("politie_criminaliteit", tmp_path_factory.mktemp("diff"), more)
    topics = load_topics()
    other = {**topics, RATE: topics[RATE].model_copy(update={"factor": 2000.0})}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_HOME", str(home))
        assert obmi("drop", "politie_criminaliteit", file).code == 0
        before = state(home)
        patch.setattr("pipelines.project.load_topics", lambda datasets: other)
        result = obmi("diff", "--json")
        assert result.code == 0, result.err
        yield Shown(json.loads(result.out), before, state(home))


@pytest.mark.proof
def test_it_names_the_cells_that_change_and_no_others(shown: Shown) -> None:
    rows = {r["onderwerp"]: r for r in shown.found["per_onderwerp"]}
    assert set(rows) == {RATE, THEFT, "vp2801_vh_ds_fiets"}
    theft = rows[THEFT]
    assert (theft["nieuw"], theft["weg"], theft["status"]) == (0, 0, 0)
    assert (theft["eerste_periode"], theft["laatste_periode"], theft["steden"]) == ("2020", "2020", ["gent"])
    assert theft["waarde"] == theft["gebieden"] == 6  # three versions of Gent, the thirteen, the province and Flanders
    assert rows[RATE]["waarde"] == shown.found["cellen"]["waarde"] - 12 > 1000
    assert shown.found["onderwerpen"] == {"nieuw": [], "weg": [], "anders_beschreven": {RATE: ["factor"]}}
    assert shown.found["leveringen"] == [{"dataset": "politie_criminaliteit", "state": "vers", "reason": ""}]
    assert shown.found["kubus"] == []
    largest = {r["onderwerp"]: r for r in shown.found["grootste"]}
    assert largest[THEFT]["nieuw"] == largest[THEFT]["oud"] + 7
    assert largest[THEFT]["naam"] == "Gent"


@pytest.mark.proof
def test_it_runs_the_models_that_the_change_reaches(shown: Shown) -> None:
    ran = set(shown.found["modellen"])
    assert ran >= {"ref.onderwerp", "bron.politie_criminaliteit", "onderwerp.plat", "onderwerp.formule"}
    assert not ran & {"bron.statbel_bevolking", "bron.statbel_bouwvergunningen", "ref.gebied", "ref.gebied_relatie"}


@pytest.mark.proof
def test_nothing_is_published_accepted_or_built(shown: Shown) -> None:
    assert shown.after == shown.before


@pytest.mark.proof
def test_a_person_reads_it_on_one_screen(shown: Shown) -> None:
    lines = as_text(shown.found).splitlines()
    assert len(lines) <= 40
    assert lines[0].endswith("nothing is published.")
    assert f"Other metadata: {RATE} (factor)" in lines
    assert any(line.startswith("Cells: ") and "with another value" in line for line in lines)
    assert any(line.startswith(THEFT) and "Gent" in line for line in lines)


def test_a_build_that_is_published_changes_nothing(released: Path) -> None:
    home = Home(released)
    found = compare(released / "current" / "obmi.duckdb", home, Built.of(home))
    assert [key for key in ("per_onderwerp", "per_stad", "grootste", "kubus") if found[key]] == []
    assert as_text({"release": "x", "leveringen": [], "modellen": [], **found}).endswith("Nothing changes.")


def test_without_a_release_there_is_nothing_to_compare_with(empty_home: Path) -> None:
    result = obmi("diff")
    assert result.code == 30
    assert "run obmi refresh first" in result.err
