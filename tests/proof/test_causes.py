"""One change of each cause, planted alone in a small home: every revised figure says that cause.

All changed figures are synthetic, and so are the merger of two municipalities and the threshold of a dataset.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.expectations import Correction, load_corrections
from pipelines.describe.specfile import ROOT
from pipelines.home import Home, now
from pipelines.publish.fingerprint import code_mark
from pipelines.publish.recorded import contents, recorded
from pipelines.publish.releases import current_release
from pipelines.transform import compile as compiled
from tests.helpers import FIGURES, Row, area, edited, obmi, query
from tests.homes import linked, made_once

POVERTY, GHENT = "statbel_armoederisico", "44021"
CAUSES = ("uitgever", "correctie", "definitie", "eigen fout")


def other_file(folder: Path) -> None:
    def more(row: Row) -> Row:
        return {**row, "mediaan_inkomen": str(int(row["mediaan_inkomen"]) + 7)} if area(row) == GHENT else row

    assert obmi("drop", POVERTY, edited(POVERTY, folder, more)).code == 0


def correction(patch: pytest.MonkeyPatch, home: Path) -> None:
    """The text of one figure, which must stand in one row alone."""
    ((old,),) = query(
        home,
        "SELECT waarde::INT::TEXT FROM mart.waarneming WHERE (onderwerp, gebiedsniveau, gebied, periode) = "
        "('vg3101_mediaan', 'gemeente2024', '44021', '2022')",
    )
    told = {"column": "mediaan_inkomen", "values": {old: str(int(old) + 1)}, "jaren": [2022], "bron": "bedacht"}
    one = Correction(dataset=POVERTY, reden="bedacht", gezien=str(now().date()), **told)
    patch.setattr("pipelines.describe.specs.load_corrections", lambda *of: [*load_corrections(*of), one])


def _definition(patch: pytest.MonkeyPatch) -> None:
    def other(**told: object) -> dict:
        topics = load_topics(**told)
        return {**topics, "vg3101_mediaan": topics["vg3101_mediaan"].model_copy(update={"maat": "armoederisico"})}

    patch.setattr("pipelines.project.load_topics", other)
    patch.setattr("pipelines.refresh.fingerprint", lambda *of: "anders")  # the files are the same


def _code(patch: pytest.MonkeyPatch) -> None:
    measures = compiled.measures

    def wrong(topic: object) -> list[tuple[str, str]]:
        return [(code, f"2 * ({sql})" if code == "vg3101_mediaan" else sql) for code, sql in measures(topic)]

    patch.setattr(compiled, "measures", wrong)
    for place in ("fingerprint", "release"):
        patch.setattr(f"pipelines.publish.{place}.code_mark", lambda root: code_mark(root)[::-1])


@pytest.fixture(scope="module")
def first(session_env: pytest.MonkeyPatch) -> Path:
    """A folder with a home of the poverty figures alone. Only for reading."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            configure(patch, folder, folder / "home")
            assert obmi("refresh").code == 0

    return made_once("poverty", fill)


def configure(patch: pytest.MonkeyPatch, folder: Path, home: Path) -> None:
    config = folder / "obmi.toml"
    told = f"sources.{POVERTY}.files = ['{FIGURES / f'{POVERTY}.csv'}']\n[refresh]\ndatasets = ['{POVERTY}']\n"
    config.write_text(told, encoding="utf-8")
    patch.setenv("OBMI_CONFIG", str(config))
    patch.setenv("OBMI_HOME", str(home))


PERMITS = "statbel_bouwvergunningen"
LISTS = "sources/gebieden"
# What is added to which file of the checkout, by what it causes, with the dataset that it is seen in.
ADDED = {
    "grondgebied": (
        POVERTY,
        {
            f"{LISTS}/gebiedsniveau.csv": "gemeente2026;gemeente;2026;ja\n",
            f"{LISTS}/fusies.csv": "".join(f"2027-01-01;{code};32099;Dikmark;;32000;\n" for code in (32003, 32011)),
        },
    ),
    "geheimhouding": (PERMITS, {"sources/statbel/bouwvergunningen.yaml": "drempel: 5\n"}),
}


@pytest.mark.parametrize("cause", ADDED)
def test_other_areas_and_a_threshold_are_told_by_that_cause_alone(
    first: Path, released: Path, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout that is a copy of this one: on a home of this one nothing is new there before the change."""
    dataset, added = ADDED[cause]
    checkout = tmp_path / "checkout"
    for part in ("pipelines", "models", "expectations", "sources"):
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    home = linked(first / "home" if dataset == POVERTY else released, tmp_path / "home")
    if dataset == POVERTY:
        configure(monkeypatch, tmp_path, home)
    monkeypatch.setenv("OBMI_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    command = [sys.executable, "-m", "pipelines.cli", "refresh"]
    same = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert "Nothing new" in same.stdout, same.stdout + same.stderr
    for name, rows in added.items():
        with (checkout / name).open("a", encoding="utf-8") as stream:
            stream.write(rows)
    said = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    told = query(home, "SELECT oorzaak, COUNT(*) FROM mart.revisie GROUP BY 1")
    print(f"\n{cause}: {told}")
    assert [one for one, _ in told] == [cause]
    assert_recorded(Home(home))


def assert_recorded(home: Home) -> None:
    """What is written down of a release is what its files hold, also of tables that were taken over."""
    known = recorded(home, current_release(home)["release"]).tables
    assert contents({name: home.current / name for name in known}, {}, []) == known


@pytest.mark.parametrize("cause", CAUSES)
def test_a_change_of_one_cause_is_told_by_that_cause_alone(
    first: Path, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(first / "home", home, symlinks=True)
    configure(monkeypatch, tmp_path, home)
    plant: dict[str, Callable[[], None]] = {
        "uitgever": lambda: other_file(tmp_path),
        "correctie": lambda: correction(monkeypatch, home),
        "definitie": lambda: _definition(monkeypatch),
        "eigen fout": lambda: _code(monkeypatch),
    }
    plant[cause]()
    result = obmi("refresh")
    assert result.code in (0, 10), result.err
    told = query(home, "SELECT oorzaak, COUNT(*) FROM mart.revisie GROUP BY 1")
    print(f"\n{cause}: {told}")
    assert [one for one, _ in told] == [cause]
    assert_recorded(Home(home))
    before, after = (m.name for m in sorted(Home(home).releases.glob("2*")))
    found = json.loads(obmi("diff", before, after, "--json").out)
    assert {one["oorzaak"]: one["cellen"] for one in found["oorzaken"]} == dict(told)
    said = obmi("diff", after, before).out.splitlines()
    assert said[0] == f"From release {before} to {after}."
    assert any(line.startswith(f"Why: {cause}, ") for line in said)
    assert sum(line.startswith("Not compared: ") for line in said) >= 3
