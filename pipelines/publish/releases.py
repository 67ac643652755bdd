"""Releases on disk: which there are, which one readers get, and whether one is what was published."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from pipelines.home import (
    Damaged,
    Home,
    Problem,
    file_sha256,
    fsync,
    quoted,
    read_json,
)
from pipelines.publish.packed import Unpackable, of_packed, packed_file, unpacked

MAIN = "obmi.duckdb"
PIN = "vastgezet"  # in the folder of a release that stays for ever: the name that it goes by
FACTS = ("release", "volgnummer", "gemaakt_op", "vingerafdruk", "cijfers", "revisies", "bestanden")


class ReleaseError(Problem):
    """A release that cannot be used: one sentence with which, what, and what to do."""


def list_releases(home: Home) -> list[dict[str, Any]]:
    """The manifests of all complete releases, oldest first, without those that are damaged."""
    found = [m for m in _manifests(home).values() if isinstance(m, dict)]
    return sorted(found, key=lambda m: m["volgnummer"])


def damaged_releases(home: Home) -> dict[str, Damaged]:
    """The releases whose manifest is not as it was written, by name, with what to do about each."""
    return {name: m for name, m in sorted(_manifests(home).items()) if isinstance(m, Damaged)}


def next_number(home: Home) -> int:
    """The number of the next release; by the names of those that are there, damaged ones too."""
    names = [path.parent.name for path in home.releases.glob("*/manifest.json")]
    return max((int(name.rpartition("-")[2]) for name in names), default=0) + 1


def _manifests(home: Home) -> dict[str, dict[str, Any] | Damaged]:
    found: dict[str, dict[str, Any] | Damaged] = {}
    for path in home.releases.glob("*/manifest.json"):
        try:
            found[path.parent.name] = _manifest(path)
        except Damaged as err:
            found[path.parent.name] = err
    return found


def _manifest(path: Path) -> dict[str, Any]:
    todo = "obmi rollback goes back to an earlier release, and obmi refresh makes a new one"
    return read_json(path, Annotated[dict[str, Any], AfterValidator(_complete)], todo)


def _complete(manifest: dict[str, Any]) -> dict[str, Any]:
    if absent := [name for name in FACTS if name not in manifest]:
        raise ValueError(f"'{absent[0]}' is missing")
    return manifest


def current_release(home: Home) -> dict[str, Any] | None:
    """The manifest of the release that readers get, or None where `current` points nowhere. Raises Damaged."""
    if not home.current.is_symlink():
        return None
    target = home.current.resolve()
    if not target.is_relative_to(home.releases):
        raise ReleaseError(f"{home.current} points outside {home.releases}; remove it and run obmi refresh")
    path = target / "manifest.json"
    return _manifest(path) if path.exists() else None


def sound_current(home: Home) -> dict[str, Any] | None:
    """The same for who can do without: None where the manifest is damaged."""
    try:
        return current_release(home)
    except Damaged:
        return None


def pin_of(home: Home, release: str) -> str | None:
    """The name under which a release stays for ever, or None where it does not."""
    path = home.releases / release / PIN
    todo = f"remove it, and pin the release again with obmi pin {release} NAME"
    return read_json(path, str, todo) if path.exists() else None


def find_release(home: Home, asked: str | None) -> dict[str, Any]:
    """The current release, the one with this name or pinned under it, or the last one made on or before a date."""
    if asked is None:
        current = current_release(home)
        if current is None:
            raise ReleaseError(f"there is no release in {home.releases} yet; run obmi refresh")
        return current
    releases = list_releases(home)
    exact = [m for m in releases if asked in (m["release"], pin_of(home, m["release"]))]
    on_a_day = _is_day(asked)
    by_date = [m for m in releases if on_a_day and m["gemaakt_op"][:10] <= asked]
    if exact:
        return exact[0]
    for name, err in damaged_releases(home).items():
        if name == asked or (by_date and by_date[-1]["release"] < name and name[:10] <= asked):
            raise err
    if by_date:
        if gone := _gone_between(home, by_date[-1], releases[-1], asked):
            raise ReleaseError(
                f"the release of {asked} is {gone}, which is no longer kept; obmi rebuild makes it again"
            )
        return by_date[-1]
    what = "made on or before" if on_a_day else "named"
    raise ReleaseError(f"no release is {what} '{asked}'; obmi releases lists them, a day is written as 2026-11-30")


def _gone_between(home: Home, before: dict[str, Any], newest: dict[str, Any], day: str) -> str | None:
    """The last release made after one and before the newest, on or before a day, that is no longer there; None where
    there is none. What was written down and never came to be has the number of a later one, or that of none yet."""
    made = {int(path.stem.rpartition("-")[2]): path.stem for path in sorted(home.record.glob("*.json"))}
    between = [n for n, name in made.items() if before["volgnummer"] < n < newest["volgnummer"] and name[:10] <= day]
    return made[max(between)] if between else None


def _is_day(asked: str) -> bool:
    try:
        return date.fromisoformat(asked).isoformat() == asked
    except ValueError:
        return False


def database_path(home: Home, manifest: dict[str, Any], city: str | None = None) -> Path:
    """The DuckDB file of a release, or of one city in it. One that was altered, or has a .wal beside it, is refused."""
    name = MAIN if city is None else f"steden/{city}.duckdb"
    if name not in manifest["bestanden"]:
        cities = sorted(Path(n).stem for n in manifest["bestanden"] if n.startswith("steden/"))
        raise ReleaseError(
            f"there is no file for '{city}' in {manifest['release']}; the cities are {', '.join(cities)}"
        )
    path = home.releases / manifest["release"] / name
    if packed_file(path) and not path.exists():
        folder = Path(tempfile.mkdtemp(prefix="obmi-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return file_of(home, manifest, name, folder)
    untouched(_in_place(path, manifest["bestanden"][name]), manifest["bestanden"][name])
    return path


def facts_of(path: Path) -> dict[str, Any]:
    """What a manifest says of one of its files; `ctime_ns` changes with every write, and cannot be set back."""
    return {"sha256": file_sha256(path), "bytes": path.stat().st_size, "ctime_ns": path.stat().st_ctime_ns}


def file_of(home: Home, manifest: dict[str, Any], name: str, folder: Path) -> Path:
    """One file of a release as it was published: in its place, or unpacked in this folder. Raises ReleaseError."""
    facts = manifest["bestanden"][name]
    try:
        path = unpacked(home.releases, manifest["release"], name, folder)
    except Unpackable as err:
        raise ReleaseError(f"{err} is missing or damaged; obmi rollback goes to another release") from err
    _unaltered(_in_place(path, facts), facts)
    return path


def _in_place(path: Path, facts: dict[str, Any]) -> Path:
    """A file of a release, which must be as large as it was and without a .wal."""
    if not path.exists() or path.stat().st_size != facts["bytes"]:
        raise ReleaseError(f"{path} is missing or damaged; obmi rollback goes back to an earlier release")
    if path.with_name(path.name + ".wal").exists():
        raise ReleaseError(f"{path}.wal does not belong there; remove it, a release is never written to")
    return path


def untouched(path: Path, facts: dict[str, Any]) -> None:
    """Raises ReleaseError for a file that was altered; one that nobody touched since it was published is not read."""
    if path.stat().st_ctime_ns != facts.get("ctime_ns"):  # touched since it was published, or copied
        _unaltered(path, facts)


def _unaltered(path: Path, facts: dict[str, Any]) -> None:
    if file_sha256(path) != facts["sha256"]:
        raise ReleaseError(f"{path} is not what was published; obmi rollback goes back to an earlier release")


def verify(home: Home, manifest: dict[str, Any], *, every_byte: bool = True) -> None:
    """A release holds the files that its manifest names and no other, each unaltered and without a .wal, and what the
    manifest says of the release is what the release says of itself. Without `every_byte` those files are read that
    were touched since they were published. Raises ReleaseError naming the file."""
    folder = home.releases / manifest["release"]
    with tempfile.TemporaryDirectory(prefix="obmi-") as unpacked_in, ThreadPoolExecutor(2) as pool:

        def sound(name: str) -> Path:
            if every_byte or not (folder / name).exists():
                path = file_of(home, manifest, name, Path(unpacked_in))
            else:
                path = _in_place(folder / name, manifest["bestanden"][name])
                untouched(path, manifest["bestanden"][name])
            if name != MAIN and path.is_relative_to(unpacked_in):
                path.unlink()
            return path

        main = dict(zip(manifest["bestanden"], pool.map(sound, manifest["bestanden"]), strict=True))[MAIN]
        known = {folder / name for name in ("manifest.json", PIN, *manifest["bestanden"])}
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if not known & {path, path.with_name(of_packed(path))}:
                raise ReleaseError(f"{path} was not published; remove it, a release is never added to")
        told = {name: value for name, value in manifest.items() if name != "bestanden"}
        if told != _of_itself(main):
            raise ReleaseError(
                f"{folder / 'manifest.json'} is not what was published; obmi rollback goes back to an earlier release"
            )


def _of_itself(path: Path) -> dict[str, Any]:
    """What a release says of itself, as in its manifest. Raises ReleaseError."""
    import duckdb

    with duckdb.connect() as con:
        try:
            con.execute(f"ATTACH {quoted(path)} AS rel (READ_ONLY)")
        except duckdb.IOException as err:  # another process has it open for writing, or a newer DuckDB wrote it
            why = str(err).splitlines()[0].rstrip(".")
            raise ReleaseError(
                f"{path} cannot be opened ({why}); obmi rollback goes back to an earlier release"
            ) from err
        con.execute("SELECT *, (SELECT COUNT(*) FROM rel.mart.revisie) AS revisies FROM rel.mart.release")
        found = dict(zip((c[0] for c in con.description), con.fetchone(), strict=True))
    return {**found, "gemaakt_op": found["gemaakt_op"].isoformat(timespec="seconds")}


def intact(home: Home, manifest: dict[str, Any] | None, *, every_byte: bool = True) -> bool:
    """True when the release exists and verifies."""
    if manifest is None:
        return False
    try:
        verify(home, manifest, every_byte=every_byte)
    except ReleaseError:
        return False
    return True


def point(home: Home, release: str) -> None:
    """Make `current` point to a release, in one atomic step."""
    link = home.root / ".tmp-current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / release)
    os.replace(link, home.current)
    fsync(home.root)
