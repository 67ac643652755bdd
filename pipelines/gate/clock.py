"""The time that checks may take."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator

import duckdb


class Clock:
    """A deadline that interrupts what runs, again and again until all has stopped; a check that did not run by
    then has failed."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._left = seconds
        self._until = math.inf
        self._running: list[duckdb.DuckDBPyConnection] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_time, daemon=True)

    def watch(self, con: duckdb.DuckDBPyConnection) -> None:
        self._running.append(con)

    def start(self) -> None:
        self._until = time.monotonic() + self._left
        self._thread.start()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the time inside not count."""
        left, self._until = self._until - time.monotonic(), math.inf
        yield
        self._until = time.monotonic() + left

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _keep_time(self) -> None:
        left = self._left
        while not self._over.wait(left if 0.05 < left < math.inf else 0.05):
            left = self._until - time.monotonic()
            if left <= 0:
                self.expired = True
                for con in list(self._running):
                    with contextlib.suppress(duckdb.Error):
                        con.interrupt()


@contextlib.contextmanager
def deadline(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[Clock]:
    """Bound everything inside by a number of seconds."""
    clock = Clock(seconds)
    clock.watch(con)
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()
