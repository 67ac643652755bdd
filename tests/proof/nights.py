"""`make long-proof`: so many nights, each with news of every city but one and one fault by chance, while people read.

python -m tests.proof.nights [NIGHTS [SEED]]

After the fault the release is the one before, byte for byte, or a whole new one; the exit code and `obmi status` tell
the truth; what is wrong is alerted once and, when it is over, once more; the next refresh brings the news unaided, and
one after it nothing. At the end the release is that of a clean build, nobody read half a refresh or went back in time,
and no file, process or open file is left behind. All changed figures are synthetic.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.home import Home
from pipelines.publish.releases import current_release, list_releases
from tests.helpers import FIGURES, alone, query, refreshed, served
from tests.homes import made_once
from tests.proof.faults import mounted
from tests.proof.kill import ROOT, complete, equals_a_clean_build
from tests.proof.night_faults import ANYHOW, FRESH, KEPT, NONE, PARTLY, Night, possible
from tests.proof.readers import NEWS, STILL, WAYS, YEAR, Readers, reading
from tests.proof.system import installed
from tests.unit.raw_server import Server, answer

SEED, KEEP, DATASET = 20261128, 8, "statbel_armoederisico"
PLANTED = "planted0secret0token"
CODES = {FRESH: {0}, NONE: {0}, KEPT: {20}, PARTLY: {10}, ANYHOW: {0, 1, 10, 20, 30, 130, -2, -9, -15, 137, 143}}
WITHIN_S = 300  # a refresh, on a machine that does other things too
BESIDE = ("raw", "landing", "releases")  # grow by what is new; what may stay of them is counted apart
SETTINGS = """
[http]
loopback = true
attempts = 3
deadline_s = 20
[releases]
keep = {keep}
[sources.{dataset}]
url = ["{url}?key={planted}"]
"""


@dataclass(frozen=True)
class Ended:
    """How a refresh ended, and what it said."""

    code: int
    said: str


@dataclass
class Year:
    """The nights of one home, and what is wrong with them."""

    home: Path
    chance: random.Random
    publisher: Server
    canary: Server
    wrong: list[str] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)

    def run(self, night: Night, *, fault: bool) -> Ended:
        """One refresh, under the fault or without it."""
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1 + len(self.sizes), hours=not fault)
        env = {**os.environ, "OBMI_HOME": str(self.home), "OBMI_CONFIG": str(self.home.parent / "nights.toml")}
        env |= {"OBMI_NOW": moment.isoformat()}
        env |= {"OBMI_KEY_PROEF": PLANTED, "TMPDIR": str(self.home.parent / "tmp"), "PYTHONUNBUFFERED": "1"}
        command = [*(night.before if fault else ()), sys.executable, "-m", "pipelines.cli", "refresh"]
        if fault:
            env |= night.env | {"OBMI_NOW": (moment - night.behind).isoformat()}
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        told = [*command, "--profile", "live"]
        with subprocess.Popen(told, cwd=ROOT, env=env, start_new_session=True, **pipes) as process:
            if fault:
                night.meanwhile(process)
            try:
                ended = Ended(process.wait(WITHIN_S), process.stdout.read())
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return Ended(99, f"still there after {WITHIN_S} seconds")
        if hidden := [word for word in (PLANTED, "Traceback") if word in ended.said]:
            self.check("a refresh", says=(hidden, []))
            print(ended.said, flush=True)
        return ended

    def alerts(self) -> list[dict[str, Any]]:
        """Everything that was told."""
        path = self.home / "meldingen.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def check(self, what: str, **facts: tuple[Any, Any]) -> None:
        """Write down every fact that is not as it should be."""
        for name, (found, right) in facts.items():
            if found != right:
                self.wrong.append(f"{what}: {name.replace('_', ' ')}: {found}, not {right}")
                print(f"  WRONG {self.wrong[-1]}", flush=True)


def edition(number: int) -> bytes:
    """The publisher's file of a night: of every city but one the median of the last year is a euro higher each time."""
    first, *rows = (FIGURES / f"{DATASET}.csv").read_text(encoding="utf-8").splitlines()
    told = [row.split(";") for row in rows]
    more = [[y, a, str(int(m) + number) if y == YEAR and a != STILL and m else m, r] for y, a, m, r in told]
    return "\n".join([first, *(";".join(row) for row in more), ""]).encode()


def figures(home: Path) -> tuple[float, float, float]:
    """What the release says: of the city with news, and two figures of the one without."""
    sql = (
        f"SELECT MAX(waarde) FILTER (gebied = '{NEWS}' AND onderwerp = 'vg3101_mediaan'), MAX(waarde) FILTER (gebied = "
    )
    sql += f"'{STILL}' AND onderwerp = 'vg3101_mediaan'), MAX(waarde) FILTER (gebied = '{STILL}' AND onderwerp = "
    sql += f"'vp3101_arop') FROM mart.waarneming WHERE gebiedsniveau = 'gemeente2024' AND periode = '{YEAR}'"
    (row,) = query(home, sql)
    return row


def play(year: Year, number: int, name: str, outcome: str, of: Any, right: tuple[float, float, float]) -> None:
    """One night: the fault, what became of it, and the refreshes after it."""
    start, home = time.monotonic(), year.home
    before, was, told = served(home), figures(home), len(year.alerts())
    night = Night(home, edition(number), edition(max(number - 2, 0)), year.publisher, year.canary, year.chance)
    year.publisher.reply = answer(night.body)
    new = (right[0] + number, *right[1:])
    with contextmanager(of)(night):
        ended = year.run(night, fault=True)
        if outcome in (KEPT, PARTLY):
            after = len(year.alerts())
            again = year.run(night, fault=True)
            code = {KEPT: 20, PARTLY: 20}[outcome]
            year.check(name, again=(again.code, code), alerts_of_a_repeat=(len(year.alerts()) - after, 0))
    after, now = served(home), figures(home)
    year.check(name, ends_as_it_may=(ended.code in CODES[outcome], True))
    fresh = {FRESH: new, PARTLY: new, KEPT: was, NONE: was}.get(outcome, new if now != was else was)
    year.check(name, figures=(now, fresh), untouched=(after == before, now == was))
    if outcome == ANYHOW:
        year.check(name, told_as_it_is=(ended.code == 0 and now == was, False))
    lines = ended.said.strip().splitlines()
    said = [line.strip() for line in lines if "why:" in line] or lines[-1:] or ["killed"]
    year.check(name, complete=(complete(home), (home / "current").resolve().name))
    if outcome in (KEPT, PARTLY):
        kinds = Counter(line["soort"] for line in year.alerts()[told:])
        year.check(name, alerts=(dict(kinds), {"nieuw": 1}))
    year.publisher.reply = answer(night.body)
    healed = year.run(night, fault=False)
    year.check(name, next_refresh=(healed.code, 0), next_figures=(figures(home), new))
    if outcome in (KEPT, PARTLY):
        kinds = Counter(line["soort"] for line in year.alerts()[told:])
        year.check(name, alerts_after=(dict(kinds), {"nieuw": 1, "voorbij": 1}))
    release = complete(home)
    if number % 3 == 0:
        year.check(name, once_more=(year.run(night, fault=False).code, 0), releases=(complete(home), release))
    year.sizes.append(left(home))
    took = time.monotonic() - start
    print(f"night {number:2d} {took:3.0f} s, {name}: exit {ended.code}, {outcome}: {said[0][:110]}", flush=True)


def left(home: Path) -> dict[str, int]:
    """How many files there are that should not become more, by kind."""
    files = [p for p in home.rglob("*") if p.is_file() and not p.is_symlink()]
    inside = Counter(p.relative_to(home).parts[0] for p in files)
    odd = [p for p in files if p.name.startswith((".tmp", ".new")) or p.suffix == ".wal"]
    found = {name: inside[name] for name in inside if name not in (*BESIDE, "meldingen.jsonl")}
    accepted = [*(home / "landing").glob("*/*/deel-*.parquet")]  # beside what each delivery holds, as raw has it
    temporary = len([*(home.parent / "tmp").rglob("*")])
    return {**found, "half written": len(odd), "landed tables": len(accepted), "temporary files": temporary}


def growth(year: Year, opened: list[list[int]]) -> None:
    """Nothing is more after the last night than after the second."""
    first, last = year.sizes[1], year.sizes[-1]
    more = {name: (first.get(name, 0), last[name]) for name in last if last[name] > first.get(name, 0)}
    kept = len(list_releases(Home(year.home)))
    year.check("after all", files_that_grew=(more, {}), releases_kept=(kept <= KEEP, True))
    grown = {w: (a, b) for w, a, b in zip(WAYS, opened[0], opened[-1], strict=True) if b > a + 1}
    year.check("after all", open_files_of_readers=(grown, {}))
    print(f"{kept} releases; files {last}; open files of readers {opened[0]} at first, {opened[-1]} at last")


def read(year: Year, readers: Readers) -> None:
    """What the readers saw was always one whole release, and never an earlier one than before."""
    known: dict[int, Any] = {}
    asked = 0
    for reader in readers.ended():
        asked += reader["questions"]
        for row in reader["seen"]:
            year.check("readers", **{f"release_{row[0]}": (known.setdefault(row[0], row), row)})
        year.check("readers", errors=(reader["wrong"], []))
    print(f"{asked} questions of {len(WAYS)} readers, {len(known)} releases seen")


def planted(home: Path) -> list[str]:
    """Files in which the secret of the address or of the environment stands."""
    return [str(p) for p in home.rglob("*") if p.is_file() and PLANTED.encode() in p.read_bytes()]


@contextmanager
def place(work: Path) -> Iterator[tuple[Path, bool]]:
    """A folder for the home, on a small disk of its own where that may be."""
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", str(work)], check=False)
    disk = tried.returncode == 0
    with mounted(work / "disk", "size=1g,nr_inodes=100k") if disk else nullcontext(work) as folder:
        yield folder, disk


def main() -> int:
    """Play the nights; returns how many things went wrong."""
    nights, seed = (int(a) for a in [*sys.argv[1:], *("30", str(SEED))[len(sys.argv) - 1 :]])
    chance, start = random.Random(seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="obmi-nights-") as name, place(Path(name)) as (folder, disk):
        home = Path(shutil.copytree(made_once("released", refreshed), folder / "home", symlinks=True))
        (folder / "tmp").mkdir()
        publisher, canary = Server(answer(edition(0))), Server(answer(edition(0)), "127.0.0.2")
        told = SETTINGS.format(keep=KEEP, dataset=DATASET, url=publisher.url, planted=PLANTED)
        (folder / "nights.toml").write_text(alone(DATASET) + told, encoding="utf-8")
        faults = possible(disk, {"strace": installed("strace")})
        chosen = chance.sample(list(faults), min(nights, len(faults)))
        year, right, opened = Year(home, chance, publisher, canary), figures(home), []
        with reading(home) as readers:
            for number, fault in enumerate(chosen, 1):
                try:
                    play(year, number, fault, *faults[fault], right)
                except AssertionError as err:  # a release that is not whole
                    year.check(fault, release=(str(err)[:300], "whole"))
                opened.append(readers.open_files())
            read(year, readers)
        growth(year, opened)
        year.check("after all", asked_of_another_address=(canary.hits, 0), secrets=(planted(home), []))
        release = current_release(Home(home))
        assert release is not None
        os.environ["OBMI_NOW"] = release["gemaakt_op"]  # a profile says how many months old a figure is
        equals_a_clean_build(home)
    print(f"{len(chosen)} nights in {time.monotonic() - start:.0f} s; wrong: {len(year.wrong)}", *year.wrong, sep="\n")
    return len(year.wrong)


if __name__ == "__main__":
    sys.exit(main())
