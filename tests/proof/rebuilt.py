"""`make long-proof`: nights with news, revisions, wrong and withdrawn files, and every release made again elsewhere.

python -m tests.proof.rebuilt [RELEASES]

The nights are a week apart, so that the first ones are half a year old at the end. Readers ask the figures of a day of
then, and of a pinned release, after all that followed; of the oldest only the pinned one is there. Then a second home,
that has the raw bytes and the records alone, makes all of them again. All changed figures are synthetic.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from pipelines.config import load_settings
from pipelines.home import Home
from pipelines.publish.releases import list_releases
from pipelines.rebuild import rebuild
from tests.helpers import Row, alone, area, edited, figures, obmi
from tests.scenes.one_city import times_ten

FIRST, PIN = date(2026, 1, 5), "begroting-2027"
BRUGGE, GENT = "31005", "44021"
DATASETS = ("statbel_armoederisico", "statbel_bouwvergunningen")
FIGURES = "SELECT * FROM mart.waarneming WHERE gebied = '31005' ORDER BY ALL"


def main() -> int:
    """Play the nights, ask and rebuild; the number of what did not hold."""
    releases = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder:
        home, second, config = Path(folder) / "home", Path(folder) / "second", Path(folder) / "obmi.toml"
        told = alone().replace("[refresh]", f"[releases]\nkeep = {max(2, 2 * releases // 3)}\n[refresh]")
        config.write_text(told.partition("datasets = ")[0] + f"datasets = {list(DATASETS)}\n", encoding="utf-8")
        os.environ |= {"OBMI_CONFIG": str(config), "OBMI_HOME": str(home)}
        wrong = _nights(Path(folder), releases)
        wrong += _again(Home(home), second, Path(folder) / "made")
    print(f"{len(wrong)} did not hold", *wrong, sep="\n  ")
    return len(wrong)


def _nights(folder: Path, releases: int) -> list[str]:
    """Play them; what a day of then and the pinned release gave otherwise afterwards."""
    asked: dict[str, str] = {}
    wrong = []
    night = -1
    while night < 0 or len([*(Path(os.environ["OBMI_HOME"]) / "opbouw").glob("2*.json")]) < releases:
        night += 1
        day = FIRST + timedelta(weeks=night)
        os.environ["OBMI_NOW"] = f"{day}T02:00:00+00:00"
        _deliver(folder, night)
        result = obmi("refresh")
        if result.code not in (0, 10, 20):  # 20: the wrong file of a night is refused
            wrong.append(f"night {night}: {result.code} {result.err}")
        asked[str(day)] = obmi("query", FIGURES, "--format", "csv").out
        if night == 1:
            wrong += [done.err for done in [obmi("pin", str(day), PIN)] if done.code]
    if night > 1:
        asked[PIN] = asked[str(FIRST + timedelta(weeks=1))]
    told = [day for day in asked if obmi("query", "SELECT 1", "--asof", day).code == 0]
    same = [day for day in told if obmi("query", FIGURES, "--asof", day, "--format", "csv").out == asked[day]]
    print(f"{len(same)} of {len(told)} moments as they were; the oldest {min(told)}, of {len(asked)} asked", flush=True)
    gone = [obmi("query", "SELECT 1", "--asof", day) for day in asked if day not in told]
    wrong += [f"{day} is otherwise than it was" for day in told if day not in same]
    return wrong + [f"{one.code} {one.err}" for one in gone if one.code != 30 or len(one.err.splitlines()) != 1]


def _deliver(folder: Path, night: int) -> None:
    """Something new, a wrong city, its right file, or a file that is withdrawn."""
    dataset, step = DATASETS[night % 2], night % 7
    if night == 0:
        return
    changes: dict[int, Callable[[Row], Row]] = {
        1: lambda row: more(row, night),
        2: lambda row: more(row, night),
        3: lambda row: times_ten(dataset, row) if area(row) == GENT else row,
        5: lambda row: times_ten(dataset, row) if area(row) == GENT else row,
    }
    if step == 4:
        obmi("drop", dataset, figures(dataset))
    elif step == 6:
        broken = folder / f"{dataset}.csv"
        broken.write_text("geen;tabel\n1;2\n", encoding="utf-8")
        obmi("drop", dataset, broken)
        obmi("refresh")
        obmi("drop", dataset, "--withdraw")
        obmi("drop", DATASETS[0], edited(DATASETS[0], folder, lambda row: more(row, night)))
    else:
        obmi("drop", dataset, edited(dataset, folder, changes.get(step, lambda row: more(row, night))))


def more(row: Row, night: int) -> Row:
    """Synthetic: a little more in Brugge in one year."""
    column = "mediaan_inkomen" if "mediaan_inkomen" in row else "renovaties"
    newest = row.get("jaar") in ("2022", "2024") and row.get("maand", "3") != "0"
    if area(row) == BRUGGE and newest and row[column].isdigit():
        return {**row, column: str(int(row[column]) + night)}
    return row


def _again(home: Home, second: Path, to: Path) -> list[str]:
    """Make all releases again in a second home that has the raw bytes and what was written down alone."""
    for name in (home.raw.name, home.record.name):
        shutil.copytree(home.root / name, second / name)
    os.environ.pop("OBMI_NOW")
    start = time.perf_counter()
    newest = list_releases(home)[-1]["release"]
    made = list(rebuild(Home(second), load_settings(), newest, to, lambda text: print(f"  {text}", flush=True)))
    same = [one for one in made if not one.differ and not one.why]
    seconds = time.perf_counter() - start
    print(f"{len(same)} of {len(made)} releases equal, {sum(one.tables for one in made)} tables, {seconds:.0f} s")
    return [f"{one.release}: {one.differ} {one.why}" for one in made if one not in same]


if __name__ == "__main__":
    sys.exit(main())
