"""What befalls one night (tests.proof.nights): the publisher's server, his file, the process, the disk and the home."""

from __future__ import annotations

import gzip
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.proof.faults import RENAMES, SYNCS, used
from tests.proof.readers import STILL, YEAR
from tests.unit.raw_server import Server, answer

# How a night may end: all news is in; nothing is, and what was served is not touched; the news is in but for the city
# with the fault; there is no news; the process ended somewhere, with the release of before or a whole new one.
FRESH, KEPT, PARTLY, NONE, ANYHOW = "fresh", "kept", "partly", "no news", "anyhow"
PAUSE_S = 60  # of a server that says nothing more, which is longer than a download may take


@dataclass
class Night:
    """One night: the home, what the publisher gives, and what a fault makes of the refresh: a command before its own,
    its environment, how far its clock is behind, and what happens to
    its process once it runs."""

    home: Path
    body: bytes
    earlier: bytes
    publisher: Server
    canary: Server
    chance: random.Random
    on_a_disk: bool = False
    before: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    behind: timedelta = timedelta()
    meanwhile: Callable[[subprocess.Popen[str]], None] = lambda process: None

    def rows(self) -> list[list[str]]:
        """The rows of the publisher's file."""
        return [line.split(";") for line in self.body.decode().splitlines()]

    def gives(self, rows: list[list[str]]) -> None:
        """The publisher gives these rows."""
        self.publisher.reply = answer("".join(";".join(row) + "\n" for row in rows).encode())


Fault = Callable[[Night], Iterator[None]]
FAULTS: dict[str, tuple[str, Fault]] = {}


def fault(outcome: str) -> Callable[[Fault], Fault]:
    """A fault with how a night with it must end; its name is what it says of itself."""

    def keep(of: Fault) -> Fault:
        FAULTS[" ".join((of.__doc__ or "").split()).rstrip(".")] = (outcome, of)
        return of

    return keep


def answers(name: str, outcome: str, reply: Callable[[Night], Any]) -> None:
    """A fault that is another answer of the publisher's server."""

    def of(night: Night) -> Iterator[None]:
        night.publisher.reply = reply(night)
        yield

    FAULTS[name] = (outcome, of)


def gives(name: str, outcome: str, change: Callable[[list[str]], list[list[str]]]) -> None:
    """A fault that is another row, or more or none, for rows of the publisher's file."""

    def of(night: Night) -> Iterator[None]:
        night.gives([new for row in night.rows() for new in change(row)])
        yield

    FAULTS[name] = (outcome, of)


def _stalls(whole: bytes) -> Callable[[int], Iterator[bytes]]:
    def reply(hit: int) -> Iterator[bytes]:
        yield whole[: len(whole) // 2]
        time.sleep(PAUSE_S)

    return reply


def _elsewhere(night: Night) -> bytes:
    return answer(b"", "302 Found", [f"Location: {night.canary.url}"])


def _zipped(body: bytes, cut: int = 0) -> bytes:
    packed = gzip.compress(body)
    return answer(packed[: len(packed) - cut], headers=["Content-Encoding: gzip"])


answers("a server that answers 503", KEPT, lambda n: answer(b"", "503 Service Unavailable"))
answers("a server that hangs up", KEPT, lambda n: None)
answers("a server that asks to come back in a day", KEPT, lambda n: answer(b"", "429 Slow", ["Retry-After: 99999"]))
answers("two answers 500, and then the file", FRESH, lambda n: _after_two(n.publisher, answer(n.body)))
answers("a server that stops halfway", KEPT, lambda n: _stalls(answer(n.body)))
answers("a body shorter than it says", KEPT, lambda n: answer(n.body)[:-9000])
answers("a body without a length that ends early", KEPT, lambda n: answer(n.body[:-9000], length=False))
answers("a packed body that ends early", KEPT, lambda n: _zipped(n.body, 500))
answers("a packed body of 200 MB of nothing", KEPT, lambda n: _zipped(bytes(200_000_000)))
answers("a page that says maintenance", KEPT, lambda n: answer(b"<html><body>Onderhoud</body></html>"))
answers("nothing at all", KEPT, lambda n: answer(b""))
answers("a heading alone", KEPT, lambda n: answer(n.body.splitlines(keepends=True)[0]))
answers("an error as JSON", KEPT, lambda n: answer(b'{"error": "no such table"}'))
answers("an address that leads to another one of this machine", KEPT, _elsewhere)
answers("the edition of an earlier night", NONE, lambda n: answer(n.earlier))


def _after_two(publisher: Server, good: bytes) -> Callable[[int], bytes]:
    first = publisher.hits
    return lambda hit: good if hit > first + 2 else answer(b"", "500 Internal Server Error")


def _of(row: list[str], area: str, *change: str) -> list[list[str]]:
    """The same row, but of one area in the last year with other measures."""
    return [[*row[:2], *change]] if row[:2] == [YEAR, area] else [row]


def _head(row: list[str], **names: str) -> list[list[str]]:
    return [[names.get(name, name) for name in row]]


gives("a column of another name", KEPT, lambda r: _head(r, armoederisico="risico"))
gives("a column less", KEPT, lambda r: [r[:3]])
gives("a column more", FRESH, lambda r: [[*r, "nota" if r[0] == "jaar" else "x"]])
gives("the columns in another order", FRESH, lambda r: [[r[1], r[0], r[3], r[2]]])
gives("every row twice", KEPT, lambda r: [r] if r[0] == "jaar" else [r, r])
gives("a year less", FRESH, lambda r: [] if r[0] == "2019" else [r])
gives("a third of the rows less", KEPT, lambda r: [] if r[1].isdecimal() and int(r[1]) % 3 == 0 else [r])
gives("every figure in thousands", KEPT, lambda r: [[*r[:2], r[2][:-3], r[3]] if r[2].isdecimal() else r])
gives("a text among the figures", KEPT, lambda r: _of(r, STILL, "geheim", r[3]))
gives("one city ten times too rich", PARTLY, lambda r: _of(r, STILL, "273710", r[3]))
gives("one city poorer than can be", PARTLY, lambda r: _of(r, STILL, r[2], "95"))
gives("one city half as rich as before", PARTLY, lambda r: _of(r, STILL, "13686", r[3]))


@fault(ANYHOW)
def killed(night: Night) -> Iterator[None]:
    """A kill of all its processes."""
    night.meanwhile = lambda process: _later(night, process, "KILL")
    yield


@fault(ANYHOW)
def terminated(night: Night) -> Iterator[None]:
    """A signal to end."""
    night.meanwhile = lambda process: _later(night, process, "TERM")
    yield


@fault(ANYHOW)
def interrupted(night: Night) -> Iterator[None]:
    """Ctrl-C."""
    night.meanwhile = lambda process: _later(night, process, "INT")
    yield


def _later(night: Night, process: subprocess.Popen[str], name: str) -> None:
    time.sleep(night.chance.uniform(0.5, 8))
    if process.poll() is None:
        subprocess.run(["kill", f"-{name}", "--", f"-{process.pid}"], check=False)


@fault(ANYHOW)
def renamed(night: Night) -> Iterator[None]:
    """A kill before a rename."""
    night.before = _injected(RENAMES, "signal=KILL", night.chance.randint(1, 12))
    yield


@fault(ANYHOW)
def unwritten(night: Night) -> Iterator[None]:
    """A write that the disk refuses."""
    night.before = _injected(SYNCS, "error=EIO", night.chance.randint(1, 60))
    yield


def _injected(calls: str, what: str, moment: int) -> list[str]:
    told = ["-e", f"trace={calls}", "-e", f"inject={calls}:{what}:when={moment}"]
    return ["strace", "-f", "-qq", "-o", "/dev/null", *told]


@fault(ANYHOW)
def small(night: Night) -> Iterator[None]:
    """Little memory."""
    night.before = ["prlimit", f"--as={int(night.chance.uniform(1.2e9, 3e9))}"]
    yield


@fault(ANYHOW)
def full(night: Night) -> Iterator[None]:
    """A disk that runs full."""
    size, _ = used(night.home)
    with _remounted(night, f"size={size + night.chance.randint(200_000, 20_000_000)}", "size=1g"):
        yield


@fault(ANYHOW)
def without_inodes(night: Night) -> Iterator[None]:
    """A disk without inodes."""
    _, files = used(night.home)
    with _remounted(night, f"nr_inodes={files + night.chance.randint(20, 200)}", "nr_inodes=100k"):
        yield


@fault(ANYHOW)
def read_only(night: Night) -> Iterator[None]:
    """A disk that is read-only."""
    with _remounted(night, "ro", "rw"):
        yield


@contextmanager
def _remounted(night: Night, options: str, again: str) -> Iterator[None]:
    def mount(told: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{told}", str(night.home.parent)], check=True)

    mount(options)
    try:
        yield
    finally:
        mount(again)


@fault(FRESH)
def left_over(night: Night) -> Iterator[None]:
    """Leftovers of a process that died."""
    left = ("tmp/kept-x/a.parquet", "releases/.new-2026-01-01-0001/obmi.duckdb", ".tmp-current", "raw/objects/.tmp-abc")
    for name in left:
        path = night.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half", encoding="utf-8")
    (night.home / "refresh.lock").write_text("pid 999999 since 2026-01-01 00:00:00 UTC", encoding="utf-8")
    yield


@fault(FRESH)
def unbuilt(night: Night) -> Iterator[None]:
    """A build that is gone."""
    subprocess.run(["rm", "-r", str(night.home / "build")], check=True)
    yield


@fault(FRESH)
def altered_build(night: Night) -> Iterator[None]:
    """A build of which a byte is another."""
    _flip(night, night.home.glob("build/kept/*/*.parquet"))
    yield


@fault(FRESH)
def altered_raw(night: Night) -> Iterator[None]:
    """Raw bytes of which one is another."""
    _flip(night, (p for p in night.home.glob("raw/objects/**/*") if p.is_file()))
    yield


@fault(FRESH)
def nowhere(night: Night) -> Iterator[None]:
    """Alerts that cannot be sent."""
    night.env["OBMI_WEBHOOK"] = "http://127.0.0.1:9/nobody"
    yield


@fault(FRESH)
def back(night: Night) -> Iterator[None]:
    """A clock that is a day and a half behind."""
    night.behind = timedelta(hours=36)
    yield


def _flip(night: Night, among: Iterator[Path]) -> None:
    path = night.chance.choice(sorted(among))
    whole = bytearray(path.read_bytes())
    whole[night.chance.randrange(len(whole))] ^= 1
    path.unlink()  # it may be a link to a file of another home
    path.write_bytes(whole)


def possible(on_a_disk: bool, programs: Mapping[str, bool]) -> dict[str, tuple[str, Fault]]:
    """The faults that this machine can play."""
    needs = {full: on_a_disk, without_inodes: on_a_disk, read_only: on_a_disk}
    needs |= {renamed: programs["strace"], unwritten: programs["strace"]}
    return {name: (outcome, of) for name, (outcome, of) in FAULTS.items() if needs.get(of, True)}
