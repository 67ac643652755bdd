"""The life of releases on disk: list, point, verify, roll back, tidy up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from pipelines.home import Home, Problem, file_sha256, fsync_dir, now, read_json, write_json

MAIN = "obmi.duckdb"


class ReleaseError(Problem):
    """A release that cannot be used: one sentence with which, what, and what to do."""


def list_releases(home: Home) -> list[dict[str, Any]]:
    """The manifests of all complete releases, oldest first."""
    found = [read_json(p) for p in home.releases.glob("*/manifest.json")]
    return sorted(found, key=lambda m: m["volgnummer"])


def current_release(home: Home) -> dict[str, Any] | None:
    """The manifest of the release that readers get, or None where `current` points nowhere."""
    if not home.current.is_symlink():
        return None
    target = home.current.resolve()
    if not target.is_relative_to(home.releases):
        raise ReleaseError(f"{home.current} points outside {home.releases}; remove it and run obmi refresh")
    return read_json(target / "manifest.json")


def find_release(home: Home, asked: str | None) -> dict[str, Any]:
    """The current release, the one with this name, or the last one made on or before a date."""
    if asked is None:
        current = current_release(home)
        if current is None:
            raise ReleaseError(f"there is no release in {home.releases} yet; run obmi refresh")
        return current
    releases = list_releases(home)
    exact = [m for m in releases if m["release"] == asked]
    by_date = [m for m in releases if asked[:1].isdigit() and m["gemaakt_op"][: len(asked)] <= asked]
    if exact:
        return exact[0]
    if len(asked) == 10 and asked.count("-") == 2 and by_date:
        return by_date[-1]
    raise ReleaseError(f"no release is named {asked} or made on or before it; obmi releases lists them")


def database_path(home: Home, manifest: dict[str, Any], city: str | None = None) -> Path:
    """The DuckDB file of a release, or of one city in it. A .wal beside it is refused."""
    name = f"steden/{city}.duckdb" if city else MAIN
    if name not in manifest["bestanden"]:
        cities = sorted(Path(n).stem for n in manifest["bestanden"] if n.startswith("steden/"))
        raise ReleaseError(
            f"there is no file for '{city}' in {manifest['release']}; the cities are {', '.join(cities)}"
        )
    path = _file(home, manifest, name)
    if path.with_name(path.name + ".wal").exists():
        raise ReleaseError(f"{path}.wal does not belong there; remove it, a release is never written to")
    return path


def _file(home: Home, manifest: dict[str, Any], name: str) -> Path:
    """One file of a release, which must be as large as it was."""
    path = home.releases / manifest["release"] / name
    if not path.exists() or path.stat().st_size != manifest["bestanden"][name]["bytes"]:
        raise ReleaseError(f"{path} is missing or damaged; obmi rollback goes back to an earlier release")
    return path


def verify(home: Home, manifest: dict[str, Any]) -> None:
    """Every file of a release is there, unaltered and without a .wal. Raises ReleaseError naming the file."""
    for name, facts in manifest["bestanden"].items():
        if name.endswith(".duckdb"):
            path = database_path(home, manifest, Path(name).stem if name.startswith("steden/") else None)
        else:
            path = _file(home, manifest, name)
        if file_sha256(path) != facts["sha256"]:
            raise ReleaseError(f"{path} is not what was published; obmi rollback goes back to an earlier release")


def intact(home: Home, manifest: dict[str, Any] | None) -> bool:
    """True when the release exists and verifies."""
    if manifest is None:
        return False
    try:
        verify(home, manifest)
    except ReleaseError:
        return False
    return True


def point(home: Home, release: str) -> None:
    """Make `current` point to a release, in one atomic step."""
    link = home.root / ".tmp-current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / release)
    os.replace(link, home.current)
    fsync_dir(home.root)


def rollback(home: Home, asked: str) -> dict[str, Any]:
    """Point readers to an earlier release, after verifying it; written down in releases/log.json."""
    manifest = find_release(home, asked)
    verify(home, manifest)
    before = current_release(home)
    point(home, manifest["release"])
    log = read_json(home.releases / "log.json", [])
    entry = {
        "at": now().isoformat(timespec="seconds"),
        "from": before and before["release"],
        "to": manifest["release"],
    }
    write_json(home.releases / "log.json", [*log, entry])
    return manifest


def tidy(home: Home, keep: int) -> list[str]:
    """Remove the oldest releases beyond `keep`; never the current one."""
    current = current_release(home)
    old = [m["release"] for m in list_releases(home)[:-keep] if current is None or m["release"] != current["release"]]
    for name in old:
        shutil.rmtree(home.releases / name)
    return old
