"""`make long-proof`: what a machine does to a refresh. There is little memory, a disk is full, out of inodes or
read-only, a write fails, a folder is a disk of its own, a rename never happens, a signal comes. Each time the last
release stays, or the new one is whole.

python -m tests.proof.faults [TIMES]

It needs strace, which it installs where it may, and the right to mount; without one of these it says which faults it
left out.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers import refreshed
from tests.homes import linked, made_once
from tests.proof.kill import ROOT, SEED, changed, complete, obmi
from tests.proof.system import installed

RENAMES, SYNCS = "rename,renameat,renameat2", "fsync,fdatasync"
STOPS_WITHIN_S = 10
Random = random.Random


@dataclass(frozen=True)
class Ended:
    """How a refresh ended, and what it said."""

    code: int
    said: str


def run(home: Path, *before: str) -> Ended:
    """A refresh, as the argument of other commands."""
    env = {**os.environ, "OBMI_HOME": str(home), "OBMI_CONFIG": str(home.parent / "obmi.toml")}
    command = [*before, sys.executable, "-m", "pipelines.cli", "refresh"]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Ended(done.returncode, done.stdout)


def injected(home: Path, calls: str, what: str, moment: int) -> Ended:
    """A refresh in which the so manieth of some system calls fails, or is the last."""
    told = ["-e", f"trace={calls}", "-e", f"inject={calls}:{what}:when={moment}"]
    return run(home, "strace", "-f", "-qq", "-o", "/dev/null", *told)


def calls_of(home: Path, calls: str) -> int:
    """How many of these system calls a thread of a whole refresh makes at most: strace counts them per thread."""
    with tempfile.NamedTemporaryFile("r") as log:
        assert run(home, "strace", "-f", "-qq", "-o", log.name, "-e", f"trace={calls}").code == 0
        return max(Counter(line.split()[0] for line in log if "(" in line).values())


def signalled(home: Path, which: signal.Signals, moment_s: float) -> Ended:
    """A refresh that gets a signal after so many seconds, and must end soon."""
    process = obmi(home, "refresh")
    try:
        process.wait(moment_s)
    except subprocess.TimeoutExpired:
        process.send_signal(which)
    try:
        return Ended(process.wait(STOPS_WITHIN_S), process.stdout.read())
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return Ended(0, f"still there after {STOPS_WITHIN_S} seconds")


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A small disk of its own at a folder."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def used(home: Path) -> tuple[int, int]:
    """The bytes and files of a home."""
    sizes = [p.lstat().st_size for p in home.rglob("*")]
    return sum(-(-size // 4096) * 4096 for size in sizes), len(sizes)


class Proof:
    """Plays faults on copies of one home, and remembers what went wrong."""

    def __init__(self, base: Path, work: Path, chance: Random) -> None:
        self._base, self._work, self.chance, self._number = base, work, chance, 0
        self.wrong: list[str] = []

    @contextmanager
    def home(self, disk: str = "") -> Iterator[Path]:
        """A copy of the home with news that waits, on a disk of its own where options for one are told."""
        self._number += 1
        folder = self._work / f"{self._number}"
        with ExitStack() as stack:
            if disk:
                stack.enter_context(mounted(folder, disk))
            folder.mkdir(exist_ok=True)
            home = (
                linked(self._base, folder / "home")
                if not disk
                else shutil.copytree(self._base, folder / "home", symlinks=True)
            )
            changed(home, self._number)
            yield home
        shutil.rmtree(folder, ignore_errors=True)

    def judge(self, what: str, home: Path, ended: Ended, before: str | None, *, again: bool = True) -> None:
        """The release is the one before or a whole new one, nothing is a traceback, and the next refresh succeeds."""
        faults = []
        after = complete(home)
        if after is None or (ended.code == 0) != (after != before):
            faults.append(f"exit {ended.code} with {after} after {before}")
        if "Traceback" in ended.said:
            faults.append(ended.said.splitlines()[-1])
        if again:
            healed = run(home)
            if healed.code or complete(home) is None:
                faults.append(f"the next refresh ended with {healed.code}: {healed.said[-300:]}")
        said = ended.said.strip().splitlines()[-1:] or ["killed"]
        print(f"{what}: exit {ended.code}, {before} -> {after}: {said[0][:110]} {faults or ''}", flush=True)
        self.wrong += [f"{what}: {fault}" for fault in faults]


def memory(proof: Proof, times: int) -> None:
    """A process that may have little memory: what cannot be read or judged in it is refused until it comes again."""
    for number in range(times):
        most = int(1.2e9 + number * 3e9 / times)
        with proof.home() as home:
            before = complete(home)
            proof.judge(
                f"{most / 1e9:.1f} GB of memory", home, run(home, "prlimit", f"--as={most}"), before, again=False
            )


def traced(proof: Proof, times: int) -> None:
    """Renames that a kill comes before, and writes that fail."""
    for calls, what in ((RENAMES, "signal=KILL"), (SYNCS, "error=EIO")):
        with proof.home() as home:
            number = calls_of(home, calls)
        for moment in sorted(proof.chance.sample(range(1, number + 1), min(times, number))):
            with proof.home() as home:
                before = complete(home)
                proof.judge(f"{what} at call {moment} of {number}", home, injected(home, calls, what, moment), before)


def signals(proof: Proof, times: int) -> None:
    """SIGTERM and Ctrl-C at random moments."""
    for number in range(times):
        with proof.home() as home:
            before, which = complete(home), (signal.SIGTERM, signal.SIGINT)[number % 2]
            moment = proof.chance.uniform(0.5, 8)
            proof.judge(f"{which.name} after {moment:.1f} s", home, signalled(home, which, moment), before)


def disks(proof: Proof, times: int) -> None:
    """Disks without room, without inodes, without the right to write, and a folder that is a disk of its own."""
    size, files = used(proof._base)
    for number in range(times):
        room = int(size * 0.02 * 1.6**number) + 200_000
        for disk, what in ((f"size={size + room}", "bytes"), (f"nr_inodes={files + 40 + 12 * number}", "inodes")):
            with proof.home(disk) as home:
                before = complete(home)
                proof.judge(f"a disk with few {what} left ({disk})", home, run(home), before, again=False)
    with proof.home("size=2g") as home:
        before = complete(home)
        subprocess.run(["mount", "-o", "remount,ro", str(home.parent)], check=True)
        ended = run(home)
        subprocess.run(["mount", "-o", "remount,rw", str(home.parent)], check=True)
        proof.judge("a disk that is read-only", home, ended, before)
    for name in ("releases", "build", "raw", "landing"):
        with proof.home() as home:
            before, aside = complete(home), home / f"{name}.old"
            (home / name).rename(aside)
            with mounted(home / name, "size=2g"):
                shutil.copytree(aside, home / name, symlinks=True, dirs_exist_ok=True)
                proof.judge(f"{name} on a disk of its own", home, run(home), before, again=False)


def main() -> int:
    """Every kind of fault so many times; returns how many went wrong."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        proof = Proof(made_once("released", refreshed), Path(folder), Random(SEED))
        signals(proof, times)
        memory(proof, times)
        tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder], check=False)
        kinds = (("strace", traced, installed("strace")), ("the right to mount", disks, tried.returncode == 0))
        for name, play, can in kinds:
            if can:
                play(proof, times)
            else:
                print(f"left out, for want of {name}: {play.__doc__}")
    print(f"wrong: {len(proof.wrong)}", *proof.wrong, sep="\n")
    return len(proof.wrong)


if __name__ == "__main__":
    sys.exit(main())
