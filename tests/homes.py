"""Homes that are made once, kept by the hash of what they follow from, and linked into the tests that change them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pipelines.describe.specfile import ROOT, digest_of
from pipelines.home import file_sha256

KEPT = ROOT / ".cache" / "homes"
DECIDES = ("pipelines", "models", "sources", "expectations", "tests/helpers.py", "tests/homes.py", "tests/conftest.py")
DECIDES += ("tests/scenes/one_city.py", "tests/proof/conftest.py", "tests/proof/test_causes.py")
DECIDES += ("requirements.lock", "pyproject.toml")
A_DAY = 24 * 3600
# What is never written in place: the raw objects, what landed, and the files of a release.
FIXED = ("raw/objects/", "landing/", "releases/")


@cache
def mark() -> str:
    """Content hash of all that a home follows from: code, models, data, what the tests make of it, and libraries."""
    files = [f for part in DECIDES for f in ([ROOT / part] if (ROOT / part).is_file() else (ROOT / part).rglob("*"))]
    read = sorted(f for f in files if f.is_file() and f.suffix != ".pyc")
    return digest_of([sys.version, [(str(f.relative_to(ROOT)), file_sha256(f)) for f in read]])


def made_once(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder that the first process to ask for it fills, for all to read; the others wait. One that somebody has
    written in since then is made anew."""
    folder = KEPT / mark()
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for old in KEPT.iterdir():
        if time.time() - old.stat().st_mtime > A_DAY:
            shutil.rmtree(old, ignore_errors=True)
    place, listed = folder / name, folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        if not listed.exists() or json.loads(listed.read_text(encoding="utf-8")) != state(place):
            for left in (place, folder / f"{name}.new"):
                shutil.rmtree(left, ignore_errors=True)
            fill(folder / f"{name}.new")
            (folder / f"{name}.new").rename(place)
            listed.write_text(json.dumps(state(place)), encoding="utf-8")
    return place


def state(place: Path) -> dict[str, list[int]]:
    """Size and last change of every file in a folder."""
    files = (p for p in sorted(place.rglob("*")) if p.is_file() and p.name != "refresh.lock")
    return {str(p.relative_to(place)): [p.stat().st_size, p.stat().st_mtime_ns] for p in files}


def linked(home: Path, target: Path, *, build: bool = True) -> Path:
    """A home of its own: hard links to what is never written in place, copies of the rest."""

    def link(source: str, place: str) -> str:
        inside = str(Path(source).relative_to(home))
        fixed = inside.startswith(FIXED) and not inside.endswith(".json")
        return os.link(source, place) or place if fixed else shutil.copy2(source, place)

    left_out = None if build else shutil.ignore_patterns("build")
    shutil.copytree(home, target, symlinks=True, copy_function=link, ignore=left_out)
    return target
