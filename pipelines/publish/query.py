"""Ask a release a question in SQL: in a closed process of its own, held from outside in time and size."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipelines.config import Query
from pipelines.home import Problem

BOX = [sys.executable, "-P", "-m", "pipelines.publish.box"]
KEPT = ("PYTHONPATH", "LANG", "LC_ALL", "TZ")  # of the environment; a query has no business with a secret
FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
ROOM = 1.5  # of memory, for the whole process: libraries, and what the allocator holds beyond DuckDB's own count
CHUNK = 1 << 20


class QueryError(Problem):
    """A query that cannot be answered: one sentence."""


def run(path: Path, sql: str, form: str, limits: Query, territory: int | None = None) -> Iterator[str]:
    """The whole answer of one SQL statement on a release file as `table`, `csv` or `json`, its municipalities those of
    the year `territory`, in pieces of text. Raises QueryError, before the first piece."""
    asked = {
        "path": str(path),
        "sql": sql,
        "form": form,
        "territory": territory,
        "memory": limits.memory,
        "threads": limits.threads,
        "room": int(ROOM * limits.memory_bytes),
        "seconds": math.ceil(limits.timeout_s * limits.threads) + 1,
    }
    with tempfile.TemporaryFile() as stored:
        _ask(asked, limits, stored)
        stored.seek(0)
        text = io.TextIOWrapper(stored, encoding="utf-8", newline="")
        while piece := text.read(CHUNK):
            yield piece


def _ask(asked: dict[str, object], limits: Query, stored: IO[bytes]) -> None:
    """Store what the box answers. Raises QueryError where it refuses, breaks, or gives too much or too late."""
    until = time.monotonic() + limits.timeout_s
    with subprocess.Popen(
        BOX,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**{k: os.environ[k] for k in KEPT if k in os.environ}, **FRUGAL},
    ) as box:
        try:
            with contextlib.suppress(BrokenPipeError), box.stdin:  # its exit code tells why
                box.stdin.write(json.dumps(asked).encode())
            left = limits.memory_bytes
            for chunk in _chunks(box.stdout, limits, until):
                left -= len(chunk)
                if left < 0:
                    raise QueryError(f"the answer is larger than {limits.memory}; ask for fewer rows or columns")
                stored.write(chunk)
            said = b"".join(_chunks(box.stderr, limits, until)).decode(errors="replace")
        finally:
            box.kill()
    if box.returncode == QueryError.code:
        raise QueryError(said)
    if box.returncode:
        raise QueryError(f"the query needed more than {limits.memory} or broke its process; narrow it")


def _chunks(source: IO[bytes], limits: Query, until: float) -> Iterator[bytes]:
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise QueryError(f"the query took longer than {limits.timeout_s:g} seconds and was stopped; narrow it")
        chunk = os.read(source.fileno(), CHUNK)
        if not chunk:
            return
        yield chunk
