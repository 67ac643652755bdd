"""Which releases stay, and how: whole, or packed in what they take beside the release after them.

The newest release, the one that readers get and those that a person pinned are whole. The databases of the one before
the newest depend on no other file, so that there is something to go back to where the newest is damaged; of its tables
as text, and of every older release, is kept what differs from the next. A file leaves its place when what takes its
place is written, so a kill loses nothing, and who has it open keeps it.
"""

from __future__ import annotations

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines.home import Home, fsync, now, read_or_set_aside, write_json
from pipelines.publish.packed import GZ, Unpackable, against, alone, pack_against, pack_alone, packed_file, unpacked
from pipelines.publish.releases import (
    PIN,
    ReleaseError,
    file_of,
    find_release,
    intact,
    list_releases,
    pin_of,
    point,
    sound_current,
    untouched,
    verify,
)

Manifest = dict[str, Any]
NAMES = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def pack_ahead(home: Home) -> None:
    """Pack, beside the making of a next release, what `tidy` will pack once it is there: of the two that are."""
    releases = [m for m in list_releases(home)[-2:] if pin_of(home, m["release"]) is None]
    if releases:
        shutil.rmtree(_work(home), ignore_errors=True)
    for manifest, later in pairwise([*releases, None]):
        _pack(home, manifest, later, alone_is_enough=later is None, install=False)


def tidy(home: Home, keep: int) -> list[str]:
    """Remove the oldest releases beyond `keep`, never the current one or one that is pinned, and pack those before the
    newest; the names of what is gone."""
    current = sound_current(home)
    whole = [current["release"]] if current else []
    whole += [m["release"] for m in list_releases(home) if pin_of(home, m["release"])]
    old = [m["release"] for m in list_releases(home)[:-keep] if m["release"] not in whole]
    for name in old:
        shutil.rmtree(home.releases / name)
    releases = list_releases(home)
    for manifest, later in pairwise(releases):  # the oldest first: what it is held against is packed after it
        if manifest["release"] not in whole:
            _pack(home, manifest, later, later is releases[-1])
    shutil.rmtree(_work(home), ignore_errors=True)
    return old


def _pack(home: Home, manifest: Manifest, later: Manifest | None, alone_is_enough: bool, install: bool = True) -> None:
    with ThreadPoolExecutor(2 if install else 1) as pool:
        names = sorted(manifest["bestanden"], key=lambda name: -manifest["bestanden"][name]["bytes"])
        list(pool.map(lambda name: _pack_file(home, manifest, later, name, alone_is_enough, install), names))


def _pack_file(
    home: Home, manifest: Manifest, later: Manifest | None, name: str, alone_is_enough: bool, install: bool
) -> None:
    """Pack a file; what is damaged stays as it is, for `obmi verify` to name."""
    place = home.releases / manifest["release"] / name
    by_itself = alone(place)
    if alone_is_enough and place.suffix != GZ:
        kept = by_itself
    elif later:
        kept = against(place, later["release"])
    else:
        return
    there = [path for path in (place, by_itself) if path.exists()]
    if there in ([], [kept]):
        return
    if not kept.exists():
        made = _work(home) / kept.relative_to(home.releases)
        try:
            if not made.exists():
                _make(home, manifest, later, name, made, kept == by_itself)
        except (ReleaseError, Unpackable, KeyError):
            return
        if not install:
            return
        _install(made, kept, there[0])
    for path in (place, by_itself):
        if path != kept:
            path.unlink(missing_ok=True)


def _make(home: Home, manifest: Manifest, later: Manifest | None, name: str, target: Path, by_itself: bool) -> None:
    """Pack a file of a release, by itself or as what differs from a later one. Raises ReleaseError, Unpackable,
    KeyError."""
    own = _sound(home, manifest, name, _work(home) / "own")
    half = target.with_name(f"{target.name}-half")
    half.parent.mkdir(parents=True, exist_ok=True)
    if by_itself:
        pack_alone(own, half)
    else:
        base = _sound(home, later, name, _work(home) / "later")
        same = later["bestanden"][name]["sha256"] == manifest["bestanden"][name]["sha256"]
        half.touch() if same else pack_against(own, base, half)
    os.replace(half, target)


def _work(home: Home) -> Path:
    """The folder in which files are packed."""
    work = home.releases / ".new-ingepakt"
    work.mkdir(mode=0o700, exist_ok=True)
    return work


def _sound(home: Home, manifest: Manifest, name: str, folder: Path) -> Path:
    """A whole file of a release, unpacked into a folder where it must be. Raises ReleaseError, Unpackable, KeyError."""
    path = unpacked(home.releases, manifest["release"], name, folder)
    if not path.is_relative_to(folder):
        untouched(path, manifest["bestanden"][name])
    return path


def last_good(home: Home) -> Manifest | None:
    """The release that readers get, or the newest that is as it was published; whole."""
    found = (m for m in [sound_current(home), *reversed(list_releases(home))] if m and intact(home, m))
    manifest = next(found, None)
    if manifest:
        unpack(home, manifest)
    return manifest


def unpack(home: Home, manifest: Manifest) -> None:
    """Put the files of a release that are packed in their place. Raises ReleaseError."""
    work = home.releases / ".new-uitgepakt"
    work.mkdir(mode=0o700, exist_ok=True)
    for name in manifest["bestanden"]:
        place = home.releases / manifest["release"] / name
        if not place.exists():
            path = file_of(home, manifest, name, work)
            _install(path, place, packed_file(place))
    shutil.rmtree(work, ignore_errors=True)


def pin(home: Home, asked: str, name: str) -> Manifest:
    """Keep a release for ever, under a name by which it is found; verified first. Raises ReleaseError."""
    if not NAMES.fullmatch(name):
        raise ReleaseError(f"'{name[:60]}' is no name for a release; take lower-case letters, digits and hyphens")
    manifest = find_release(home, asked)
    own = pin_of(home, manifest["release"])
    others = [m["release"] for m in list_releases(home) if name in (m["release"], pin_of(home, m["release"]))]
    if own not in (None, name) or others not in ([], [manifest["release"]]):
        said = f"{manifest['release']} is pinned as '{own}'" if own else f"'{name}' is {others[0]}"
        raise ReleaseError(f"{said} already; take another name, or obmi unpin first")
    unpack(home, manifest)
    verify(home, manifest)
    for file in manifest["bestanden"]:  # held against a release that may go
        while packed := packed_file(home.releases / manifest["release"] / file):
            packed.unlink()
    write_json(home.releases / manifest["release"] / PIN, name)
    return manifest


def unpin(home: Home, name: str) -> Manifest:
    """Let a pinned release go the way of the others. Raises ReleaseError."""
    pinned = {p: m for m in list_releases(home) if (p := pin_of(home, m["release"]))}
    if name not in pinned:
        raise ReleaseError(f"no release is pinned as '{name[:60]}'; pinned are {', '.join(sorted(pinned)) or 'none'}")
    (home.releases / pinned[name]["release"] / PIN).unlink()
    return pinned[name]


def _install(path: Path, place: Path, like: Path) -> None:
    """Move a file to its place in one step, for those who may read the other."""
    shutil.copymode(like, path)
    if like.stat().st_gid != path.stat().st_gid:
        os.chown(path, -1, like.stat().st_gid)
    fsync(path)
    os.replace(path, place)
    fsync(place.parent)


def rollback(home: Home, asked: str) -> Manifest:
    """Point readers to an earlier release, after verifying it; written down in releases/log.json."""
    manifest = find_release(home, asked)
    unpack(home, manifest)
    verify(home, manifest)
    before = sound_current(home)
    point(home, manifest["release"])
    log = read_or_set_aside(home.releases / "log.json", list[Any], [])
    entry = {
        "at": now().isoformat(timespec="seconds"),
        "from": before and before["release"],
        "to": manifest["release"],
    }
    write_json(home.releases / "log.json", [*log, entry])
    return manifest
