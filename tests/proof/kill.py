"""`make proof`: kill -9 of the whole process group at random moments of a refresh, and two refreshes at once.

It takes the number of kills from the command line. What is killed, and the refresh after it, run in processes of their
own; what is handed over and verified in between is done here.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from pipelines.describe.catalogue import load_topics
from pipelines.publish.marts import SORTED
from tests.helpers import Result, alone, configured, figures, refreshed
from tests.helpers import obmi as obmi_here
from tests.homes import made_once

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261124
TOPICS = load_topics()
# What a refresh of an empty home brings in: it goes through every stage, and five datasets go through no other.
FEW = ("statbel_armoederisico", "statbel_bevolking")
LONGEST_FIRST_S = 10.0


def obmi(home: Path, *args: str, **popen: object) -> subprocess.Popen:
    """Start an obmi command in its own process group on a home."""
    env = {**os.environ, "OBMI_HOME": str(home), "OBMI_CONFIG": str(_config(home))}
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *args],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **popen,
    )


def _config(home: Path) -> Path:
    """What a home is configured with, beside it: to bring in the five, where nothing else stands there."""
    path = home.parent / "obmi.toml"
    if not path.exists():
        path.write_text(alone(), encoding="utf-8")
    return path


def here(home: Path, *args: str) -> None:
    """Run an obmi command in this process on a home; it succeeds."""
    said: list[Result] = []
    configured(home, _config(home).read_text(encoding="utf-8"), lambda: said.append(obmi_here(*args)))
    assert said[0].code == 0, said[0].out + said[0].err


def changed(home: Path, number: int) -> None:
    """Hand over a synthetic edition of the poverty figures: one municipality's median a euro higher each time."""
    source = (ROOT / "sources" / "voorbeeld" / "statbel_armoederisico.csv").read_text(encoding="utf-8")
    lines = source.splitlines()
    year, area, median, risk = lines[1].split(";")
    lines[1] = ";".join([year, area, str(int(median) + number), risk])
    path = home.parent / "statbel_armoederisico.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    here(home, "drop", "statbel_armoederisico", str(path))


def complete(home: Path) -> str | None:
    """The name of the release that readers get, after opening every file and counting; None before the first."""
    current = home / "current"
    if not current.is_symlink():
        return None
    files = sorted(current.resolve().rglob("*.duckdb"))
    assert len(files) == 15, f"{current.resolve()} holds {len(files)} files"
    assert not list(current.resolve().rglob("*.wal"))
    for file in files:
        with duckdb.connect(str(file), read_only=True) as con:
            assert con.execute("SELECT COUNT(*) FROM mart.waarneming").fetchone()[0] > 0
            assert con.execute("SELECT COUNT(*) FROM mart.onderwerp").fetchone()[0] == len(TOPICS)
    here(home, "verify")
    return current.resolve().name


def kill(home: Path, moment: float, stage: str = "") -> tuple[str | None, str | None, bool]:
    """Kill a refresh so many seconds after it began, or after it told of a stage: the release before and after, which
    must be complete, and whether it was still running."""
    before = complete(home)
    process = obmi(home, "refresh")
    _told_of(process, stage)
    try:
        process.wait(moment)
        hit = False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        hit = True
    after = complete(home)
    assert after is not None or before is None, "the release was lost"
    return before, after, hit


def _told_of(process: subprocess.Popen, stage: str) -> None:
    """Wait until a refresh tells of a stage, if one is asked for, or ends."""
    for line in process.stdout if stage else ():
        if line.split()[:1] == [stage]:
            return


def kills(home: Path, number: int) -> None:
    """Kill that many refreshes at random moments, half of them while what one changed cell reaches is built, released
    or packed, the others of an empty home; each time the last release is complete and the next refresh succeeds
    unaided."""
    chance, hits = random.Random(SEED), {"a first": 0, "a next": 0}
    changed(home, number + 1)
    process = obmi(home, "refresh")
    _told_of(process, "build")
    started = time.perf_counter()
    assert process.wait() == 0
    longest = {"a first": LONGEST_FIRST_S, "a next": time.perf_counter() - started}
    empty = home.parent / "leeg" / "home"
    empty.parent.mkdir()
    told = "".join(f"sources.{d}.files = ['{figures(d)}']\n" for d in FEW) + f"[refresh]\ndatasets = {list(FEW)}\n"
    (empty.parent / "obmi.toml").write_text(told, encoding="utf-8")
    for i in range(number):
        kind = "a first" if i % 2 else "a next"
        target = empty if i % 2 else home
        if i % 2:
            shutil.rmtree(target, ignore_errors=True)
        else:
            changed(target, i + 1)
        moment = chance.uniform(0, longest[kind])
        before, after, hit = kill(target, moment, "" if i % 2 else "build")
        hits[kind] += hit
        again = obmi(target, "refresh")
        said = again.communicate()[0]
        assert again.returncode == 0, said
        print(
            f"kill {i + 1:3d} after {moment:5.2f} s of {kind} refresh: {before} -> {after} -> {complete(target)}",
            flush=True,
        )
    fell = " and ".join(f"{hit} of {kind} refresh" for kind, hit in hits.items())
    print(f"of {number} kills fell while it ran: {fell}; of a next one all in the build or the release")
    for manifest in (home / "releases").glob("*/manifest.json"):
        here(home, "verify", manifest.parent.name)
    assert obmi(home, "verify").wait() == 0, "a process of its own says so too"


def equals_a_clean_build(home: Path) -> None:
    """The release of a home, after all that happened to it, holds what one that is built and written anew holds."""
    clean = home.parent / "schoon"
    shutil.rmtree(clean, ignore_errors=True)
    shutil.copytree(home, clean, symlinks=True, ignore=shutil.ignore_patterns("build", "releases", "current"))
    done = obmi(clean, "refresh")
    said = done.communicate()[0]
    assert done.returncode == 0, said
    with duckdb.connect() as con:
        for name, place in (("na", home), ("schoon", clean)):
            con.execute(f"ATTACH '{(place / 'current').resolve() / 'obmi.duckdb'}' AS {name} (READ_ONLY)")
        for table in SORTED:
            for one, other in (("na", "schoon"), ("schoon", "na")):
                more = f"SELECT COUNT(*) FROM (FROM {one}.mart.{table} EXCEPT ALL FROM {other}.mart.{table})"
                assert con.execute(more).fetchone() == (0,), f"mart.{table} is not that of a clean build"


def two_after_a_kill(home: Path) -> list[int]:
    """Kill a refresh at a random moment from its start, then start two at the same time: the exit codes."""
    moment = random.uniform(1, 7)
    before, after, _ = kill(home, moment)
    codes = two_at_once(home)
    assert before is not None
    assert complete(home) not in (None, before) or after != before, f"killed after {moment:.2f} s"
    return codes


def two_at_once(home: Path) -> list[int]:
    """Two refreshes at the same time: the exit codes."""
    pair = [obmi(home, "refresh") for _ in range(2)]
    said = [p.communicate()[0] for p in pair]
    codes = sorted(p.returncode for p in pair)
    refused = next((s for s, p in zip(said, pair, strict=True) if p.returncode == 30), "")
    assert codes == [0, 30], (codes, said)
    assert "another refresh is running" in refused
    return codes


def main() -> None:
    """Run the long proof."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        home = Path(shutil.copytree(made_once("released", refreshed), Path(folder) / "home", symlinks=True))
        kills(home, number)
        equals_a_clean_build(home)
        changed(home, 1000)
        print("two refreshes at once after a kill: exit codes", *two_after_a_kill(home))


if __name__ == "__main__":
    main()
