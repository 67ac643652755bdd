"""`make ui-proof`: every city gives its own file and Genk's is a web page; the others have their news, and Dagster's
page shows it in a real browser.

python -m tests.proof.own_files [FOLDER]    the picture for docs/desk.md goes to a folder, where one is named
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.helpers import alone, refreshed
from tests.homes import made_once
from tests.proof.desk import FAILED, ROOT, at_the_page, awaited, launched, page, runs
from tests.proof.system import installed
from tests.scenes.test_per_city import FEW, REPLAY, Nights

DEFINITIONS = "tests.proof.replayed"
MAINTENANCE = "<html>Onderhoud</html>"
STANDS = (
    f'query {{ assetNodeOrError(assetKey: {{path: ["stad", "{REPLAY}"]}}) {{ ... on AssetNode {{ '
    f"assetPartitionStatuses {{ ... on DefaultPartitionStatuses {{ materializedPartitions {FAILED} }} }} }} }} }}"
)


def stands(port: int) -> dict[str, set[str]]:
    """The cities by how their partitions stand."""
    return {k: {*v} for k, v in page(port, STANDS)["assetNodeOrError"]["assetPartitionStatuses"].items()}


def landed(port: int, times: int) -> Any:
    """Land what the cities give, and wait until that and what follows from it is done, so many times in all."""
    page(port, launched([{"path": ["landing", REPLAY]}], DEFINITIONS))

    def done() -> bool:
        seen = runs(port)
        return seen.count(("publicatie", "SUCCESS")) == times and all(s == "SUCCESS" for _, s in seen)

    awaited(done, "the landing and the release after it", port)


def main() -> int:
    """Two nights: one that is right, and one on which Genk's file is none. Raises AssertionError."""
    if not installed("chromium"):
        print("chromium is not on this machine and cannot be installed; install it, and start this again")
        return 1
    with tempfile.TemporaryDirectory(prefix="obmi-own-") as name:
        work = Path(name)
        nights = Nights(work / "home", work)
        shutil.copytree(made_once("released", refreshed), nights.home.root, symlinks=True)
        nights.files(0)
        config = f"sources.{REPLAY}.files = ['{work}/{{stad}}.csv']\n{alone()}"
        pictures = ROOT / sys.argv[1] if sys.argv[1:] else work
        with at_the_page(nights.home, config, pictures, DEFINITIONS) as desk:
            landed(desk.port, 1)
            right = {"materializedPartitions": {*FEW}, FAILED: set()}
            awaited(lambda: stands(desk.port) == right, "all cities", desk.port)
            nights.files(1, {"genk": MAINTENANCE})
            landed(desk.port, 2)
            wrong = {"materializedPartitions": {*FEW} - {"genk"}, FAILED: {"genk"}}
            awaited(lambda: stands(desk.port) == wrong, "Genk's partition, which fails", desk.port)
            assert nights.more() == {city: int(city != "genk") for city in FEW}, "the others have their news"
            desk.open(f"assets/stad/{REPLAY}?view=partitions&partition=genk", "genk")
            desk.tab.wait_for_timeout(4000)
            desk.picture("per_stad")
    print(f"Genk's file is a web page: {', '.join(sorted({*FEW} - {'genk'}))} have their news, and Genk fails alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
