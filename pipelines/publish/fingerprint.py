"""The fingerprint of a release: a hash of all that decides what stands in it. Another one makes a new release."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pipelines.describe.specfile import digest_of
from pipelines.home import file_sha256

START = "pipelines.refresh"
# What is fetched, read and judged is in the accepted version; what tells of a release is not in it.
APART = (
    *("pipelines.ingest", "pipelines.deliver", "pipelines.accept", "pipelines.config"),
    *("pipelines.landing.incidents", "pipelines.publish.alerts", "pipelines.publish.heartbeat"),
)
IMPORT = re.compile(r"^\s*from (pipelines[\w.]*) import (\([^)]*\)|.*)|^\s*import (pipelines[\w.]*)", re.MULTILINE)
BESIDE = (".sql", ".jinja")  # what a module reads from its own folder
DATA = ("models/**/*.sql", "models/**/*.yaml", "sources/**/*.yaml", "sources/gebieden/gebiedsniveau.csv")


def fingerprint(versions: dict[str, str | None], root: Path) -> str:
    """Content hash of the accepted versions of data and areas, and of every module and file that decides a release."""
    return digest_of([versions, code_mark(root), data_files(root)])


def data_files(root: Path) -> list[tuple[str, str]]:
    """Every description, list and model that decides a release, with its content hash."""
    return _hashes(sorted({path for pattern in DATA for path in root.glob(pattern)}), root)


def code_mark(root: Path) -> str:
    """Content hash of every module that decides a release, with what it reads from its own folder."""
    modules = deciding_modules(root).values()
    beside = {path for folder in {m.parent for m in modules} for path in folder.iterdir() if path.suffix in BESIDE}
    return digest_of(_hashes(sorted({*modules, *beside}), root))


def _hashes(files: list[Path], root: Path) -> list[tuple[str, str]]:
    return [(str(path.relative_to(root)), file_sha256(path)) for path in files]


@cache
def deciding_modules(root: Path) -> dict[str, Path]:
    """Every module that a refresh imports, at the top or inside a function, beyond what stands apart; its file."""
    found: dict[str, Path] = {}
    waiting = [START]
    while waiting:
        name = waiting.pop()
        path = root / f"{name.replace('.', '/')}.py"
        if name not in found and not f"{name}.".startswith(tuple(f"{a}." for a in APART)) and path.exists():
            found[name] = path
            waiting += _imports(path)
    return found


def _imports(path: Path) -> list[str]:
    """What a module imports of ours; of `from package import name` both, because a name may be a module.

    By its text: to parse thirty modules takes a tenth of a refresh without news, and a word too many only adds one.
    """
    found = []
    for package, names, module in IMPORT.findall(path.read_text(encoding="utf-8")):
        found += [module or package, *(f"{package}.{name}" for name in re.findall(r"\w+", names))]
    return found
