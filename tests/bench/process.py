"""Whole processes, timed: seconds by the clock and of processor, and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.describe.specfile import ROOT


@dataclass(frozen=True)
class Ran:
    """What a process took: seconds by the clock and of processor, MiB at its peak; and the last line that it said."""

    wall: float
    processor: float
    peak: float
    line: str


def run(command: list[str], env: dict[str, str] | None = None, folder: Path = ROOT) -> Ran:
    """Run a command of this Python in a checkout. Raises SystemExit with what it said where it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        told = {**os.environ, **(env or {})}
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=told, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        out.seek(0)
        text = out.read()
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    return Ran(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, (text.strip().splitlines() or [""])[-1])
