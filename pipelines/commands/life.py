"""Commands on the life of releases and of the home: releases, pin, verify, rollback, rebuild, backup, restore."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.commands.common import NOTHING, OK, Add, own_city
from pipelines.config import load_home, load_settings
from pipelines.home import Damaged, Problem


class Damage(Problem):
    """A release that is not what was published, or not there."""

    code = NOTHING


def commands(add: Add) -> None:
    """The commands of this module and their options."""
    add("releases", _releases, "all releases")
    sub = add("pin", _pin, "keep a release for ever, under a name by which --asof finds it")
    sub.add_argument("release", metavar="RELEASE|DATE")
    sub.add_argument("name", metavar="NAAM", help="such as begroting-2027")
    sub = add("unpin", _unpin, "let a pinned release go when its time comes")
    sub.add_argument("name", metavar="NAAM")
    sub = add("verify", _verify, "check that a release is what was published")
    sub.add_argument("release", nargs="?", metavar="RELEASE")
    sub = add("rollback", _rollback, "point readers to an earlier release")
    sub.add_argument("release", metavar="RELEASE")
    sub = add(
        "rebuild", _rebuild, "make a release again from raw bytes, offline, and tell which table came out otherwise"
    )
    sub.add_argument("release", metavar="RELEASE", help="also one that is no longer on disk")
    sub.add_argument("--to", type=Path, metavar="MAP", help="a new home, which stays; thrown away when left out")
    sub = add("backup", _backup, "copy all that was delivered, decided and published into one file")
    sub.add_argument("file", type=Path, metavar="FILE")
    sub = add("restore", _restore, "make an empty home from such a copy")
    sub.add_argument("file", type=Path, metavar="FILE")


def _releases(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import damaged_releases, list_releases, pin_of, sound_current

    home = load_home()
    current = sound_current(home)
    for m in list_releases(home):
        mark = "*" if current and m["release"] == current["release"] else " "
        print(
            f"{mark} {m['release']}  made {m['gemaakt_op']} UTC  "
            f"{m['cijfers']:>9,} figures  {m['revisies']:>7,} revised"
            + (f"  pinned as {name}" if (name := pin_of(home, m["release"])) else "")
        )
    for err in damaged_releases(home).values():
        print(f"! {err}")
    return OK


def _pin(args: argparse.Namespace) -> int:
    from pipelines.publish.keeping import pin

    home = load_home()
    with home.lock():
        manifest = pin(home, args.release, args.name)
    print(f"{manifest['release']} stays, as {args.name}: obmi query --asof {args.name} reads it")
    return OK


def _unpin(args: argparse.Namespace) -> int:
    from pipelines.publish.keeping import unpin

    home = load_home()
    with home.lock():
        manifest = unpin(home, args.name)
    print(f"{manifest['release']} goes when it is one of the oldest beyond releases.keep")
    return OK


def _verify(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import ReleaseError, find_release, verify

    home = load_home()
    try:
        manifest = find_release(home, args.release)
        verify(home, manifest)
    except (ReleaseError, Damaged) as err:
        raise Damage(str(err)) from err
    print(f"{manifest['release']}: {len(manifest['bestanden'])} files, every one as published")
    return OK


def _rollback(args: argparse.Namespace) -> int:
    from pipelines.publish.keeping import rollback

    home = load_home()
    with home.lock():
        manifest = rollback(home, args.release)
    print(f"readers now get {manifest['release']}, made {manifest['gemaakt_op']} UTC")
    return OK


def _rebuild(args: argparse.Namespace) -> int:
    from pipelines.rebuild import rebuild

    same = True
    with TemporaryDirectory(prefix="obmi-") as work:
        to = args.to or Path(work)
        for one in rebuild(load_home(), load_settings(), args.release, to, lambda text: print(f"  {text}"), own_city()):
            same = not one.differ
            told = f"{len(one.differ)} of them otherwise" if one.differ else "all the same"
            print(f"{one.release}: {one.tables} tables, {told}")
            for line in (*(f"{table}: {said}" for table, said in one.differ.items()), *one.why):
                print(f"  {line}")
    return OK if same else NOTHING


def _backup(args: argparse.Namespace) -> int:
    from pipelines.backup import backup

    home = load_home()
    with home.lock():
        files = backup(home, args.file)
    print(f"{args.file}: {files:,} files, {args.file.stat().st_size / 1e6:,.0f} MB")
    return OK


def _restore(args: argparse.Namespace) -> int:
    from pipelines.backup import restore
    from pipelines.publish.releases import find_release, verify
    from pipelines.serve.people import People

    home = load_home()
    with home.lock():
        files = restore(home, args.file)
        People(home).end_all()  # whoever was logged out since the copy stays out
        manifest = find_release(home, None)
        verify(home, manifest)
    print(f"{home.root}: {files:,} files; readers get {manifest['release']}, made {manifest['gemaakt_op']} UTC")
    return OK
