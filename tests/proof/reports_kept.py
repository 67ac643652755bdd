"""`make long-proof`: a half-year report made again after refreshes with revisions is the same bytes.

python -m tests.proof.reports_kept [REFRESHES]

The goals, the targets and the revised figures are made up; the figures before are the built-in ones of five datasets.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.orba.editions import Editions
from pipelines.orba.frozen import reports_of
from pipelines.orba.plan import Doel, Streefwaarde
from pipelines.publish.releases import find_release, list_releases, pin_of, verify
from tests.helpers import Row, alone, area, configured, edited, obmi, query, refreshed, value
from tests.homes import linked, made_once
from tests.made_plan import followed_by, plan_of

DATASET, CITY, NIS = "statbel_armoederisico", "gent", "44021"
STATES = """
  SELECT (SELECT COUNT(*) FROM orba.stand),
    (SELECT waarde FROM orba.meting WHERE periode = '2021')"""
SHARED_TABLES = "SELECT COUNT(*) FROM duckdb_tables() WHERE schema_name = 'orba'"
ASKED = ("orba", "rapport", "--city", CITY, "--periode", "2026H1")


def main() -> int:
    """Print what was compared; the exit code is 1 where a byte differs."""
    times = int(sys.argv[1]) if sys.argv[1:] else 20
    place = made_once("released", refreshed)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        work = Path(folder)
        home = Home(linked(place, work / "home"))
        patch.setenv("OBMI_HOME", str(home.root))
        configured(home.root, alone(), lambda: _run(home, work, times))
    return 0


def _run(home: Home, work: Path, times: int) -> None:
    goal = Doel(sleutel="gent/d", titel="Meer inkomen (verzonnen)", volgen="indicator", publiek=True)
    measure = followed_by("gent/i", "gent/d", "vg3101_mediaan", "hoger", 20_000.0)
    target = Streefwaarde(sleutel="gent/i/t", indicator="gent/i", op=date(2030, 12, 31), waarde=30_000.0)
    editions = Editions(home, CITY)
    with editions.alone():
        editions.add(plan_of([goal, measure, target]).rows, "An", "proef", "", [])
    said = obmi(*ASKED)
    assert said.code == 0, said.err
    ((_, _, report),) = reports_of(home, CITY)
    before = {path.name: path.read_bytes() for path in report.iterdir()}
    release, first = find_release(home, None)["release"], value(home.root, "vg3101_mediaan", NIS, "2021")
    start = time.perf_counter()
    for number in range(1, times + 1):
        file = edited(DATASET, work, lambda row, n=number: _revised(row, n))
        assert obmi("drop", DATASET, file, "--by", "An").code == 0
        said = obmi("refresh")
        assert said.code in (0, 10), said.out + said.err
        assert value(home.root, "vg3101_mediaan", NIS, "2021") == first + number, "the revision reached readers"
    took = time.perf_counter() - start
    assert query(home.root, STATES, CITY) == [(1, first + times)], "the city's file holds how its goal stands now"
    assert query(home.root, SHARED_TABLES) == [(0,)], "and that of all nothing that it does not share"
    print(f"{times} refreshes with a revision in {took:.0f} s, {len(list_releases(home))} releases", flush=True)
    for name in before:
        if name not in ("verslag.json", "bestanden.json"):
            (report / name).unlink()
    said = obmi(*ASKED)
    assert said.code == 0, said.err
    assert {path.name: path.read_bytes() for path in report.iterdir()} == before, "the bytes differ"
    kept = find_release(home, release)
    verify(home, kept)
    assert pin_of(home, release) == "orba-2026h1"
    print(f"{len(before)} files of the report are the same bytes, and its release {release} is as it was published")
    said = obmi(*ASKED, "--opnieuw")
    assert said.code == 0, said.err
    told = (reports_of(home, CITY)[-1][2] / "raad.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "Herzien door de uitgever" in told or "door een herziening" in told
    print("made anew it says what was revised")


def _revised(row: Row, number: int) -> Row:
    """The median of Gent in 2021 so many euro higher."""
    if (area(row), row["jaar"]) != (NIS, "2021"):
        return row
    return row | {"mediaan_inkomen": f"{float(row['mediaan_inkomen']) + number:.0f}"}


if __name__ == "__main__":
    sys.exit(main())
