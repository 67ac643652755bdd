"""What the page tells of the goals of a city, and what it keeps to itself. The plan and the release are made up."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.desk import goals
from pipelines.desk.goals import PLAN, REPORT, STANDING, doelen, goals_asset
from pipelines.home import Home
from pipelines.orba import report
from pipelines.orba.editions import Editions
from tests.made_plan import CITY, made_plan, made_release

FACTS = {"release": "2026-12-01-0001", "gemaakt_op": "2026-12-01T12:00:00", "vingerafdruk": "a" * 64, "code": "b" * 64}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    found, path = Home(tmp_path / "home"), made_release(tmp_path / "r.duckdb")
    editions = Editions(found, "gent")
    with editions.alone():
        editions.add(made_plan().rows, "An", "proef", "", [])
    monkeypatch.setenv("OBMI_HOME", str(found.root))
    monkeypatch.setenv("OBMI_NOW", "2026-12-01T12:00:00+00:00")
    monkeypatch.setattr(goals, "sound_current", lambda home: FACTS)
    monkeypatch.setattr(report, "find_release", lambda home, asof: FACTS)
    monkeypatch.setattr(report, "pin_of", lambda home, name: "gehouden")
    for module in (goals, report):
        monkeypatch.setattr(module, "database_path", lambda home, manifest, city=None: path)
    return found


def test_a_city_has_its_plan_its_states_and_its_report(home: Home) -> None:
    made = dg.materialize([goals_asset([CITY])], partition_key="gent")
    told = {
        key: {n: v.value for n, v in made.asset_materializations_for_node("orba")[i].metadata.items()}
        for i, key in enumerate((PLAN, STANDING, REPORT))
    }
    assert told[PLAN] == {"versie": 1, "doelen": 4, "acties": 3, "indicatoren": 3}
    assert (told[STANDING]["achter"], told[STANDING]["niet te zeggen"]) == (4, 1)
    assert (told[REPORT]["periode"], told[REPORT]["nieuw"]) == ("2026H1", True)
    assert "verzonnen" not in str(told)


def test_the_sensor_tells_a_city_with_a_plan_once_a_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance)
        doelen(context)
        doelen(context)
        key = dg.AssetRecordsFilter(asset_key=STANDING)
        assert [r.partition_key for r in instance.fetch_materializations(key, limit=9).records] == ["gent"]
        monkeypatch.setenv("OBMI_NOW", "2026-12-02T12:00:00+00:00")
        doelen(context)
        assert len(instance.fetch_materializations(key, limit=9).records) == 2


def test_a_city_without_a_plan_fails_with_a_sentence(home: Home) -> None:
    other = CITY.model_copy(update={"stad": "genk", "naam": "Genk", "nis_code": "71016"})
    made = dg.materialize([goals_asset([other])], partition_key="genk", raise_on_error=False)
    assert not made.success
