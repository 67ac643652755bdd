"""The benchmarks still run: three of them ended in an error for days, and no test said so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.landing.register import built_in
from tests.bench import areas
from tests.bench.plain import Plain
from tests.bench.process import run
from tests.bench.reports import WANTED, measured
from tests.homes import linked
from tests.proof.test_causes import configure, first, other_file

__all__ = ["first"]

pytestmark = pytest.mark.proof


def test_every_side_of_the_areas_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(areas, "SUBJECTS", 1)
    monkeypatch.setattr(areas, "YEARS", 2)
    file = tmp_path / "areas.duckdb"
    rows = {}
    for side in ("made", *areas.SIDES):
        monkeypatch.setattr("sys.argv", ["areas", side, str(file)])
        areas.main()
        if side != "made":
            rows[side] = json.loads(capsys.readouterr().out)["rows"]
    total = {side: sum(of_levels.values()) for side, of_levels in rows.items()}
    assert total["alike"] > total["plain"] > 0
    assert total["sums"] > total["plain"]
    levels = "a plain join is held against the models on the levels that they have"
    assert rows["sums"].keys() == rows["alike"].keys() == {*areas.NINE}, levels


def test_the_plain_script_accepts_the_publishers_files(shared: Path, tmp_path: Path) -> None:
    plain = Plain(shared / "data", built_in()["gebied"].parent)
    assert plain.run(tmp_path / "plain.duckdb") > 700_000


def test_the_work_of_a_refresh_is_measured_per_stage(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = linked(first / "home", tmp_path / "home")
    configure(monkeypatch, tmp_path, home)
    other_file(tmp_path)
    found = json.loads(run(["-m", "tests.bench.work"]).line)
    assert 0 < found["stages"]["gate"] < found["seconds"]


def test_what_is_told_of_a_release_is_measured(everything: Path, shared: Path, tmp_path: Path) -> None:
    found = measured(Home(linked(everything, tmp_path / "home", build=False)), shared / "data")
    assert found.keys() == WANTED.keys()
    assert all(taken > 0 for taken in found.values())
