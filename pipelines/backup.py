"""A copy of the home in one tar file, and a home made from it again."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipelines.home import FORMAT_FILE, Home, Problem, file_sha256, fsync, now

FOLLOWS = {"build", "site", "tmp", "refresh.lock", "README.md"}  # from the rest, or from the checkout
LIST = "backup.json"
BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")  # a copy made through SQLite has what they hold


class BackupError(Problem):
    """A copy that cannot be made or used: one sentence with what and what to do."""


def backup(home: Home, file: Path) -> int:
    """Copy the home, whose lock is held, to a file outside of it, whole or not at all; how many files it holds.

    What was delivered, accepted, decided and published goes in, and the history of Dagster, whose databases may be in
    use meanwhile. Raises BackupError.
    """
    if file.exists():
        raise BackupError(f"{file} is there already; choose another name, a copy is never written over")
    if file.resolve().is_relative_to(home.root):
        raise BackupError(f"{file} lies in the home that is to be copied; choose a place outside of {home.root}")
    if not home.current.exists():
        raise BackupError(f"{home.root} has no release yet, so there is nothing to copy; run obmi refresh")
    begun = file.with_name(f".tmp-{file.name}")
    hashes: dict[str, str] = {}
    try:
        begun.touch(0o600)  # its owner's alone: it holds who may log in
        with begun.open("wb") as stream:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for path in _files(home):
                    name, copied = home.relative(path), _as_it_is(path, home)
                    if not path.is_symlink():
                        hashes[name] = file_sha256(copied)
                    tar.add(copied, arcname=name, recursive=False)
                told = json.dumps({"gemaakt_op": now().isoformat(timespec="seconds"), "bestanden": hashes}).encode()
                entry = tarfile.TarInfo(LIST)
                entry.size = len(told)
                tar.addfile(entry, io.BytesIO(told))
            stream.flush()
            os.fsync(stream.fileno())
        begun.replace(file)
    finally:
        begun.unlink(missing_ok=True)
    fsync(file.resolve().parent)
    return len(hashes)


def restore(home: Home, file: Path) -> int:
    """Make a home, whose lock is held and which is empty, from a copy; how many files it holds.

    Every file is held against the list in the copy before anything is put in its place; `current` comes last. Raises
    BackupError.
    """
    target = home.tmp / "restore"
    try:
        with tarfile.open(file) as tar:
            tar.extractall(target, filter="data")
        hashes = json.loads((target / LIST).read_bytes())["bestanden"]
    except (OSError, tarfile.TarError, ValueError, KeyError) as err:
        raise BackupError(f"{file} is no whole copy of a home ({err}); take another copy") from err
    (target / LIST).unlink()
    found = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file() and not p.is_symlink()}
    wrong = sorted(hashes.keys() ^ found.keys()) or [n for n, p in found.items() if file_sha256(p) != hashes[n]]
    if wrong:
        raise BackupError(f"{file} is not as it was written ({wrong[0]} differs); take another copy")
    if Home(target).later_format:
        raise BackupError(f"{file} was made by a later version of obmi; restore it with that version or a later one")
    (target / FORMAT_FILE).unlink(missing_ok=True)  # the home has that of this version
    top = sorted(target.iterdir(), key=lambda p: p.name == home.current.name)
    if there := [p.name for p in top if (home.root / p.name).exists()]:
        raise BackupError(f"{home.root} has a folder {there[0]} already; restore into an empty home (OBMI_HOME)")
    for entry in top:
        entry.rename(home.root / entry.name)
    fsync(home.root)
    return len(hashes)


def _files(home: Home) -> Iterator[Path]:
    """The files and links of the home that do not follow from the rest, without leftovers."""
    for folder, folders, names in os.walk(home.root):
        at = Path(folder)
        if at == home.root:
            folders[:] = [f for f in folders if f not in FOLLOWS]
            names = [n for n in names if n not in FOLLOWS]
        folders[:] = sorted(f for f in folders if not f.startswith((".tmp-", ".new-")))
        links = [f for f in folders if (at / f).is_symlink()]
        for name in sorted([*names, *links]):
            path = at / name
            of_database = any(name.endswith(e) and _is_database(at / name.removesuffix(e)) for e in BESIDE_A_DATABASE)
            if not name.startswith(".tmp-") and not of_database and (path.is_file() or path.is_symlink()):
                yield path


def _as_it_is(path: Path, home: Home) -> Path:
    """The file, or a copy of a database as it is at this moment, whoever writes to it."""
    if not _is_database(path):
        return path
    copied = home.tmp / "database"
    copied.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copied)) as to:
        source.backup(to)
    copied.chmod(path.stat().st_mode)
    return copied


def _is_database(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\0"
