"""Readers of a home while it is refreshed, each a process of its own in one of the ways in which people read.

python -m tests.proof.readers HOME WAY    reads until its input is closed, and prints what it saw
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specfile import ROOT

# The poverty figure of two cities, one that has news every night and one that never has.
NEWS, STILL, YEAR = "31005", "44021", "2022"
ASKED = f"""
    SELECT r.volgnummer, r.cijfers, COUNT(*), COUNT(waarde),
      MAX(w.waarde) FILTER (w.gebied = '{NEWS}' AND w.onderwerp = 'vg3101_mediaan'),
      MAX(w.waarde) FILTER (w.gebied = '{STILL}' AND w.onderwerp = 'vg3101_mediaan'),
      MAX(w.waarde) FILTER (w.gebied = '{STILL}' AND w.onderwerp = 'vp3101_arop')
    FROM {{place}}mart.release AS r, {{place}}mart.waarneming AS w
    WHERE w.gebiedsniveau = 'gemeente2024' AND w.periode = '{YEAR}'
    GROUP BY ALL
"""
PAUSE_S = 0.4  # between two questions, to leave the processor to the refresh
HELD = 40  # questions before a reader that holds a release takes the next one
WAYS = ("reopening", "the folder", "holding", "attaching")


def asked(con: duckdb.DuckDBPyConnection, place: str = "") -> list[Any]:
    """What one question gives: the number of the release, and what must be the same wherever that release is read."""
    (row,) = con.execute(ASKED.format(place=place)).fetchall()
    return list(row)


def seen(home: Path, way: str) -> Iterator[list[Any]]:
    """What a reader sees, question after question, in one of the ways."""
    file = home / "current" / "obmi.duckdb"
    while True:
        if way == "attaching":
            with duckdb.connect() as con:
                con.execute(f"ATTACH '{file}' AS obmi (READ_ONLY)")
                yield asked(con, "obmi.")
        elif way == "the folder":
            folder = file.parent.resolve()
            number = "SELECT volgnummer FROM mart.release"
            with duckdb.connect(str(folder / "obmi.duckdb"), read_only=True) as con:
                row = asked(con)
            with duckdb.connect(str(folder / "steden" / "brugge.duckdb"), read_only=True) as con:
                assert con.execute(number).fetchone() == (row[0],), "the file of a city is of another release"
            yield row
        else:
            with duckdb.connect(str(file), read_only=True) as con:
                first = asked(con)
                yield first
                for _ in range(HELD if way == "holding" else 0):
                    row = asked(con)
                    assert row == first, "a release that is held changed"
                    yield row


def main() -> None:
    """Read until the input is closed."""
    home, way = Path(sys.argv[1]), sys.argv[2]
    ended, found, wrong, number = threading.Event(), {}, [], 0
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    last, reader = 0, seen(home, way)
    while not ended.is_set():
        try:
            row = next(reader)
            if row[0] < last:
                wrong.append(f"{way}: from release {last} back to {row[0]}")
            if found.setdefault(row[0], row) != row:
                wrong.append(f"{way}: two things of release {row[0]}: {found[row[0]]} and {row}")
            last = row[0]
        except (duckdb.Error, AssertionError, OSError, ValueError) as err:
            wrong.append(f"{way}: {type(err).__name__}: {err}")
            reader = seen(home, way)
        number += 1
        ended.wait(PAUSE_S)
    print(json.dumps({"way": way, "questions": number, "seen": list(found.values()), "wrong": wrong[:20]}))


class Readers:
    """One reader of every way, in processes of their own."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "tests.proof.readers", str(home)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._running = [subprocess.Popen([*command, way], cwd=ROOT, **pipes) for way in WAYS]

    def open_files(self) -> list[int]:
        """How many files each has open now."""
        return [len([*Path(f"/proc/{p.pid}/fd").iterdir()]) for p in self._running]

    def ended(self) -> list[dict[str, Any]]:
        """End them; what each saw."""
        return [json.loads(process.communicate()[0]) for process in self._running]


@contextmanager
def reading(home: Path) -> Iterator[Readers]:
    """Readers of a home; none is left behind."""
    readers = Readers(home)
    try:
        yield readers
    finally:
        for process in readers._running:
            with closing(process.stdin):
                process.kill()


if __name__ == "__main__":
    main()
