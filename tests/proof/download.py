"""`make proof`: kill -9 of the process group at random moments of a download; raw stays complete or absent.

Run as `python -m tests.proof.download 200`. The files are synthetic, and other ones in every round.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pipelines.config import Http, Settings, SourceSetting
from pipelines.describe.specs import load_datasets
from pipelines.home import Home, file_sha256, read_json
from pipelines.ingest.fetch import fetch
from pipelines.ingest.raw import Delivery, RawStore

ROOT = Path(__file__).resolve().parents[2]
SEED = 20261124
DATASET = "statbel_bouwvergunningen"
FILES = 4
PIECE = 32 * 1024


class Publisher:
    """Serves four files of 128 to 320 kB; every other one has a tag and can be continued.

    `round` makes the bytes differ, `pause_s` is how long it takes between pieces of 32 kB, and `served` counts
    the bodies that have gone out to their last byte.
    """

    def __init__(self) -> None:
        self.round, self.pause_s, self.served = 0, 0.0, threading.Semaphore(0)

    def body(self, number: int) -> bytes:
        """File `number` of this round."""
        return random.Random(f"{SEED}-{self.round}-{number}").randbytes(PIECE * (4 + 2 * number))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Send one file at our own pace."""
        number = int(request.path.strip("/").removesuffix(".csv"))
        body, tag = self.body(number), f'"{self.round}-{number}"' if number % 2 else ""
        known = tag and request.headers.get("If-None-Match") == tag
        request.send_response(304 if known else 200)
        if tag:
            request.send_header("ETag", tag)
            request.send_header("Accept-Ranges", "bytes")
        if not known:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        for at in range(0, 0 if known else len(body), PIECE):
            request.wfile.write(body[at : at + PIECE])
            time.sleep(self.pause_s)
        self.served.release()

    @contextmanager
    def serving(self) -> Iterator[list[str]]:
        """The addresses of the files, on a port of 127.0.0.1."""
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    publisher.answer(self)
                except OSError:
                    return  # the client was killed

            def log_message(self, *args: object) -> None:
                """Keep the output clean."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield [f"http://127.0.0.1:{server.server_port}/{n}.csv" for n in range(FILES)]
            server.shutdown()


def download(home: Home, urls: list[str]) -> Delivery | None:
    """One refresh as far as the raw store goes."""
    settings = Settings(http=Http(loopback=True, attempts=1, deadline_s=30), sources={DATASET: SourceSetting(url=urls)})
    with home.lock():
        return fetch(load_datasets()[DATASET], "live", home, settings)


def runs(home: Home, urls: list[str]) -> None:
    """In a child: fork a download for every line that comes in, tell its pid, and how it ended."""
    from pipelines.ingest.web import asker  # noqa: F401 (loaded before forking, so that a run downloads at once)

    load_datasets()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.setpgid(0, 0)
                download(home, urls)
                code = 0
            finally:
                os._exit(code)
        with suppress(PermissionError, ProcessLookupError):  # it was faster
            os.setpgid(pid, pid)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


@dataclass
class Tally:
    """What was counted over all kills; `leftovers` are temporary files that a kill left for the next run."""

    kills: int = 0
    objects: int = 0
    partial: int = 0
    leftovers: int = 0
    between: int = 0


class Proof:
    """A home under kills: what is in it after each, and whether the next run mends it."""

    def __init__(self, home: Home, urls: list[str], publisher: Publisher) -> None:
        self.home, self.urls, self.publisher, self.tally = home, urls, publisher, Tally()
        self.store = RawStore(home)
        self._chance = random.Random(SEED)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.download", "--runs", str(home.root), json.dumps(urls)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        """End the child that forks."""
        self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()

    def start(self) -> int:
        """Begin one download; its pid, which is its process group."""
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return int(self._child.stdout.readline())

    def ended(self) -> int:
        """The exit code of the download that was begun."""
        return int(self._child.stdout.readline())

    def check(self) -> set[str]:
        """The names of all objects, once every one holds the bytes that it is named after and every manifest
        is whole."""
        objects = [p for p in (self.store.root / "objects").glob("*/*") if p.is_file()]
        partial = [p for p in objects if file_sha256(p) != p.name]
        self.tally.partial += len(partial)
        assert not partial, f"partial objects: {partial}"
        for delivery in self.store.deliveries(DATASET):
            for file in delivery.files:
                path = self.store.path(file.sha256)
                assert path.stat().st_size == file.size, f"{delivery.id} names {file.sha256}, which is not whole"
        read_json(self.store.root / DATASET / "hints" / "web.json", dict[str, Any], "", {})
        return {p.name for p in objects}

    def temporary(self) -> list[Path]:
        """Files that are not finished."""
        unfinished = [p for p in self.home.root.rglob(".tmp-*") if p.is_file()]
        return unfinished + [p for p in self.home.tmp.glob("**/*") if p.is_file()]

    def kill(self, length_s: float) -> None:
        """Kill one download of new files: at any moment of it, or just when a body came whole and is stored."""
        self.publisher.round += 1
        before = self.check()
        self.publisher.pause_s, stored = 0.004, self._chance.random() < 0.5
        bodies, delay = self._chance.randint(1, FILES), self._chance.uniform(0, length_s)
        self.publisher.served = threading.Semaphore(0)
        pid = self.start()
        if stored:
            for _ in range(bodies):
                self.publisher.served.acquire(timeout=5)
            delay = self._chance.uniform(0, 0.012)
        time.sleep(delay)
        with suppress(ProcessLookupError):  # it had ended
            os.killpg(pid, signal.SIGKILL)
        self.publisher.pause_s = 0
        code = self.ended()
        assert code in (0, -signal.SIGKILL), f"the download ended by itself with {code}"
        self.tally.kills += code != 0
        self.tally.leftovers += len(self.temporary())
        after = self.check()
        wanted = {self.object_name(n) for n in range(FILES)}
        assert before <= after <= before | wanted, "a kill lost an object or left one of nobody's"
        self.tally.between += 0 < len(after - before) < FILES
        self.mend(before | wanted)

    def object_name(self, number: int) -> str:
        """The name of a file's object."""
        return hashlib.sha256(self.publisher.body(number)).hexdigest()

    def mend(self, wanted: set[str]) -> None:
        """The next download completes unaided and cleans up; one more adds nothing."""
        download(self.home, self.urls)
        assert self.check() == wanted, "the next download is not complete"
        manifests = self.store.deliveries(DATASET)
        assert {f.sha256 for d in manifests for f in d.files} == wanted
        assert self.temporary() == [], "the next download did not clean up"
        assert download(self.home, self.urls) is None
        assert self.check() == wanted, "the same bytes again added an object"
        assert self.store.deliveries(DATASET) == manifests


def prove(kills: int, folder: Path) -> Tally:
    """Kill so many downloads in a new home in `folder`, and count."""
    publisher = Publisher()
    with publisher.serving() as urls:
        proof = Proof(Home(folder / "home"), urls, publisher)
        try:
            publisher.pause_s = 0.004
            proof.start()
            assert proof.ended() == 0
            publisher.round += 1
            begin = time.monotonic()
            proof.start()
            assert proof.ended() == 0
            length_s = time.monotonic() - begin
            while proof.tally.kills < kills:
                proof.kill(length_s)
        finally:
            proof.close()
        proof.tally.objects = len(proof.check())
    assert proof.tally.objects == FILES * (publisher.round + 1)
    return proof.tally


def main() -> None:
    """Run the long proof."""
    if sys.argv[1:2] == ["--runs"]:
        runs(Home(Path(sys.argv[2])), json.loads(sys.argv[3]))
        return
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        tally = prove(int(sys.argv[1]) if len(sys.argv) > 1 else 200, Path(folder))
    assert tally.partial == 0
    assert tally.between + tally.leftovers > 0, "no kill came while something was being written"
    print(
        f"downloads killed: {tally.kills}; {tally.between} with some files stored and some not, "
        f"{tally.leftovers} temporary files left and cleaned; {tally.objects} objects, {tally.partial} partial; "
        f"{time.monotonic() - begin:.0f} s"
    )


if __name__ == "__main__":
    main()
