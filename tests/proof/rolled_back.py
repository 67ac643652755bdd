"""`make long-proof`: readers are sent back and forth between releases while refreshes run.

python -m tests.proof.rolled_back [ROUNDS]

A rollback is refused while a refresh runs, or done whole and written down; a reader sees one release at a time, and
what it saw of it before. Every fifth refresh has news, which takes readers on. All changed figures are synthetic.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import duckdb

from tests.helpers import alone, edited, obmi
from tests.proof.readers import asked
from tests.proof.rebuilt import DATASETS, more


def main() -> int:
    """Play the rounds; the number of what did not hold."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, config = folder / "home", folder / "obmi.toml"
        told = alone().partition("datasets = ")[0] + f"datasets = {list(DATASETS)}\n"
        config.write_text(told, encoding="utf-8")
        os.environ |= {"OBMI_CONFIG": str(config), "OBMI_HOME": str(home)}
        assert obmi("refresh").code == 0
        _news(folder, 1)
        assert obmi("refresh").code == 0
        wrong, done, refused, seen = _play(folder, home, rounds)
    print(f"{rounds} rounds: {done} rollbacks done, {refused} refused while a refresh ran")
    print(f"{seen} answers to readers, {len(wrong)} wrong")
    print(*wrong, sep="\n")
    return len(wrong)


def _play(folder: Path, home: Path, rounds: int) -> tuple[list[str], int, int, int]:
    wrong: list[str] = []
    seen: list[Any] = []
    ended = threading.Event()
    readers = [threading.Thread(target=_read, args=(home, seen, wrong, ended)) for _ in range(2)]
    for reader in readers:
        reader.start()
    done = refused = 0
    for turn in range(rounds):
        if turn % 5 == 4:
            _news(folder, turn)
        refresh = subprocess.Popen([sys.executable, "-m", "pipelines.cli", "refresh"], stdout=subprocess.DEVNULL)
        while refresh.poll() is None:
            time.sleep(1)  # or it would find the home busy at every turn
            names = sorted(p.name for p in (home / "releases").glob("2*"))
            told = obmi("rollback", names[turn % 2])
            done, refused = done + (told.code == 0), refused + (told.code == 30)
            if told.code not in (0, 30) or (told.code == 30 and "another refresh is running" not in told.err):
                wrong.append(f"{turn}: {told.code} {told.err}")
        if refresh.returncode not in (0, 30):
            wrong.append(f"{turn}: the refresh ended with {refresh.returncode}")
    ended.set()
    for reader in readers:
        reader.join()
    log = json.loads((home / "releases" / "log.json").read_text(encoding="utf-8"))
    if len(log) != done:
        wrong.append(f"{done} rollbacks, and {len(log)} written down")
    return wrong, done, refused, len(seen)


def _read(home: Path, seen: list[Any], wrong: list[str], ended: threading.Event) -> None:
    known: dict[int, list[Any]] = {}
    while not ended.wait(0.05):
        try:
            with duckdb.connect() as con:
                con.execute(f"ATTACH '{(home / 'current' / 'obmi.duckdb').resolve()}' AS rel (READ_ONLY)")
                row = asked(con, "rel.")
        except Exception as err:  # noqa: BLE001 (whatever it is, a reader saw it)
            wrong.append(f"a reader saw {str(err).splitlines()[0]}")
            continue
        seen.append(row[0])
        if known.setdefault(row[0], row) != row:
            wrong.append(f"release {row[0]} was otherwise than before")


def _news(folder: Path, turn: int) -> None:
    assert obmi("drop", DATASETS[0], edited(DATASETS[0], folder, lambda row: more(row, turn))).code == 0


if __name__ == "__main__":
    sys.exit(main())
