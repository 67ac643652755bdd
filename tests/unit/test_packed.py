"""Earlier releases are packed, and every byte of them is there when somebody asks for it."""

from __future__ import annotations

import argparse
import gzip
import os
import random
from pathlib import Path

import duckdb
import pytest

from pipelines.commands.common import on_release
from pipelines.home import Home, write_json
from pipelines.publish import packed
from pipelines.publish.keeping import last_good, pack_ahead, pin, rollback, tidy, unpin
from pipelines.publish.packed import against, alone, gzipped, pack_against, pack_alone, unpacked
from pipelines.publish.releases import (
    MAIN,
    PIN,
    ReleaseError,
    database_path,
    facts_of,
    find_release,
    list_releases,
    point,
    verify,
)
from tests.helpers import obmi

NAMES = tuple(f"2026-01-0{n}-000{n}" for n in range(1, 6))
TABLE, SAME = "tabellen/a.csv.gz", "tabellen/b.csv.gz"


@pytest.fixture
def home(empty_home: Path) -> Home:
    """Five releases, each with a table that changes and one that never does; the last is current."""
    place = Home(empty_home)
    for number, name in enumerate(NAMES, 1):
        folder = place.releases / name
        (folder / "tabellen").mkdir(parents=True)
        with duckdb.connect(str(folder / MAIN)) as con:
            con.execute("CREATE SCHEMA mart; CREATE TABLE mart.revisie (gebied TEXT)")
            con.execute(f"CREATE TABLE mart.waarneming AS SELECT i, i * {number} AS waarde FROM range(9999) AS t (i)")
            con.execute(
                f"CREATE TABLE mart.release AS SELECT '{name}' AS release, {number} AS volgnummer, "
                f"'v' AS vingerafdruk, 0 AS cijfers, TIMESTAMP '{name[:10]}' AS gemaakt_op"
            )
        for table, text in ((TABLE, f"gebied;waarde\n{number}\n"), (SAME, "gebied;waarde\n1\n")):
            (place.root / "text").write_text(text * 999, encoding="utf-8")
            gzipped(place.root / "text", folder / table)
        told = {"release": name, "volgnummer": number, "vingerafdruk": "v", "cijfers": 0, "revisies": 0}
        files = {path: facts_of(folder / path) for path in (MAIN, TABLE, SAME)}
        made = {**told, "gemaakt_op": f"{name[:10]}T00:00:00", "bestanden": files}
        write_json(folder / "manifest.json", made)
    point(place, NAMES[-1])
    return place


def files_of(home: Home, release: str) -> set[str]:
    folder = home.releases / release
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}


def assert_all_are_there(home: Home) -> None:
    releases = list_releases(home)
    assert [m["release"] for m in releases] == list(NAMES)
    for manifest in releases:
        verify(home, manifest)


def damage(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def test_the_newest_is_whole_the_one_before_stands_alone_and_of_the_others_is_kept_what_differs(home: Home) -> None:
    before = {name: (home.releases / name / MAIN).read_bytes() for name in NAMES}
    assert tidy(home, 30) == []
    assert files_of(home, NAMES[4]) == {MAIN, TABLE, SAME}
    assert files_of(home, NAMES[3]) == {f"{MAIN}.zst", *(f"{name}.tegen-{NAMES[4]}.zst" for name in (TABLE, SAME))}
    assert files_of(home, NAMES[0]) == {f"{name}.tegen-{NAMES[1]}.zst" for name in (MAIN, TABLE, SAME)}
    assert_all_are_there(home)
    for manifest in list_releases(home):
        assert database_path(home, manifest).read_bytes() == before[manifest["release"]]
    written = {p: p.stat().st_mtime_ns for p in home.releases.rglob("*") if p.is_file()}
    tidy(home, 30)
    assert {p: p.stat().st_mtime_ns for p in home.releases.rglob("*") if p.is_file()} == written


def test_what_is_packed_ahead_is_what_tidying_packs_and_shows_nowhere_before_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.releases / NAMES[2] / MAIN).chmod(0o604)  # who may read it, may after a rollback
    newest, published = home.releases / NAMES[4], home.root / "nog-niet"
    newest.rename(published)  # as long as the next release is being made
    point(home, NAMES[3])
    tidy(home, 30)
    there = {name: files_of(home, name) for name in NAMES[:4]}
    pack_ahead(home)
    assert {name: files_of(home, name) for name in NAMES[:4]} == there
    half = home.releases / ".new-ingepakt" / NAMES[2] / f"{MAIN}.tegen-{NAMES[3]}.zst"
    assert half.exists(), "the file that is compared with the newest by then"
    published.rename(newest)
    point(home, NAMES[4])
    packed_now: list[str] = []
    for how in (pack_alone, pack_against):
        counted = lambda *paths, how=how: (packed_now.append(paths[-1].name), how(*paths))  # noqa: E731
        monkeypatch.setattr(f"pipelines.publish.keeping.{how.__name__}", counted)
    tidy(home, 30)
    assert packed_now == [f"{TABLE}.tegen-{NAMES[4]}.zst-half".removeprefix("tabellen/")], "only the changed table"
    assert files_of(home, NAMES[3]) == {f"{MAIN}.zst", *(f"{name}.tegen-{NAMES[4]}.zst" for name in (TABLE, SAME))}
    assert files_of(home, NAMES[2]) == {f"{name}.tegen-{NAMES[3]}.zst" for name in (MAIN, TABLE, SAME)}
    assert not half.exists()
    assert (home.releases / NAMES[2] / f"{MAIN}.tegen-{NAMES[3]}.zst").stat().st_mode & 0o777 == 0o604
    assert_all_are_there(home)


def test_a_day_of_which_the_release_has_gone_is_not_answered_with_an_older_one(home: Home) -> None:
    for name in (*NAMES, "2026-01-04-0005", "2026-01-06-0006"):  # a kill kept the last two from being made
        write_json(home.record / f"{name}.json", {})
    pin(home, NAMES[0], "begroting-2027")
    assert tidy(home, 2) == [NAMES[1], NAMES[2]]
    asked = ("query", "SELECT release FROM mart.release", "--format", "csv")
    for day, told in (("2026-01-01", NAMES[0]), ("2026-01-04", NAMES[3]), ("2026-01-09", NAMES[4])):
        assert obmi(*asked, "--asof", day).out == f"release\n{told}\n"
    refused = obmi(*asked, "--asof", "2026-01-03")
    assert (refused.code, refused.out) == (30, "")
    assert f"the release of 2026-01-03 is {NAMES[2]}, which is no longer kept; obmi rebuild makes it" in refused.err


def test_a_query_on_an_earlier_day_and_a_rollback_need_not_know(home: Home) -> None:
    tidy(home, 30)
    asked = ("query", "SELECT MAX(waarde) AS w FROM mart.waarneming", "--format", "csv")
    assert obmi(*asked, "--asof", "2026-01-02").out == "w\n19996\n"
    assert obmi("rollback", NAMES[1]).code == 0
    assert obmi("verify").code == 0
    assert {MAIN, TABLE, SAME} <= files_of(home, NAMES[1]), "readers open it by its name"
    assert obmi(*asked).out == "w\n19996\n"
    tidy(home, 30)
    assert {MAIN, TABLE, SAME} <= files_of(home, NAMES[1]), "while it is the one that readers get"
    rollback(home, NAMES[4])
    tidy(home, 30)
    assert MAIN not in files_of(home, NAMES[1])
    assert_all_are_there(home)


def test_a_pinned_release_survives_every_tidying_and_is_found_by_its_name(home: Home) -> None:
    before = (home.releases / NAMES[1] / MAIN).read_bytes()
    tidy(home, 30)
    assert obmi("pin", NAMES[1], "begroting-2027").code == 0
    assert files_of(home, NAMES[1]) == {MAIN, TABLE, SAME, PIN}
    assert tidy(home, 2) == [NAMES[0], NAMES[2]]
    assert database_path(home, find_release(home, "begroting-2027")).read_bytes() == before
    verify(home, find_release(home, NAMES[1]))
    asked = ("query", "SELECT MAX(waarde) AS w FROM mart.waarneming", "--format", "csv", "--asof", "begroting-2027")
    assert obmi(*asked).out == "w\n19996\n"
    assert "pinned as begroting-2027" in obmi("releases").out
    assert obmi("unpin", "begroting-2027").code == 0
    assert tidy(home, 2) == [NAMES[1]]


def test_a_pin_that_cannot_be_is_refused_in_a_sentence(home: Home) -> None:
    pin(home, NAMES[1], "begroting-2027")
    for asked, name, said in (
        (NAMES[2], "begroting-2027", f"'begroting-2027' is {NAMES[1]} already"),
        (NAMES[2], "../weg", "is no name for a release"),
        (NAMES[2], NAMES[0], f"'{NAMES[0]}' is {NAMES[0]} already"),
        (NAMES[1], "raad-2027", f"{NAMES[1]} is pinned as 'begroting-2027' already"),
        ("2025-01-01", "oud", "no release is made on or before"),
    ):
        with pytest.raises(ReleaseError, match=said):
            pin(home, asked, name)
    with pytest.raises(ReleaseError, match="no release is pinned as 'begroting'; pinned are begroting-2027"):
        unpin(home, "begroting")
    damage(home.releases / NAMES[3] / MAIN)
    with pytest.raises(ReleaseError):
        pin(home, NAMES[3], "rekening-2026")
    assert pin(home, NAMES[1], "begroting-2027")["release"] == NAMES[1], "once more changes nothing"


def test_one_goes_back_from_a_newest_release_that_is_damaged(home: Home) -> None:
    tidy(home, 30)
    damage(home.releases / NAMES[4] / MAIN)
    assert last_good(home)["release"] == NAMES[3]
    assert (home.releases / NAMES[3] / MAIN).exists(), "whole again, so that the next one is written over it"
    rollback(home, NAMES[1])
    verify(home, find_release(home, None))


def test_a_packed_file_that_was_altered_is_named_and_later_releases_stand(home: Home) -> None:
    tidy(home, 30)
    place = home.releases / NAMES[1] / MAIN
    damage(against(place, NAMES[2]))
    for name in NAMES[2:]:
        verify(home, find_release(home, name))
    for name in NAMES[:2]:
        with pytest.raises(ReleaseError, match=rf"{against(place, NAMES[2])} is missing or damaged"):
            verify(home, find_release(home, name))
    assert obmi("rollback", NAMES[0]).code == 30
    assert find_release(home, None)["release"] == NAMES[4]


def test_what_is_damaged_is_not_packed_and_nothing_is_held_against_it(home: Home) -> None:
    place = home.releases / NAMES[2] / MAIN
    damage(place)
    tidy(home, 30)
    assert place.exists()
    assert alone(home.releases / NAMES[1] / MAIN).exists() or (home.releases / NAMES[1] / MAIN).exists()
    for name in (NAMES[0], NAMES[1], NAMES[3], NAMES[4]):
        verify(home, find_release(home, name))
    with pytest.raises(ReleaseError, match="is not what was published"):
        verify(home, find_release(home, NAMES[2]))


def test_who_found_a_release_that_is_packed_before_it_is_opened_gets_the_next(home: Home) -> None:
    point(home, NAMES[3])
    asked = []

    def opened(path: Path) -> str:
        if not asked:
            point(home, NAMES[4])
            tidy(home, 30)
        asked.append(path)
        with duckdb.connect(str(path), read_only=True) as con:
            return con.execute("SELECT release FROM mart.release").fetchone()[0]

    assert on_release(argparse.Namespace(asof=None), opened) == NAMES[4]
    assert len(asked) == 2
    with pytest.raises(duckdb.Error):
        on_release(
            argparse.Namespace(asof=None),
            lambda path: duckdb.connect(str(path), read_only=True).execute("FROM nothing"),
        )


@pytest.mark.parametrize("calls", ["replace", "unlink"])
@pytest.mark.proof
def test_a_kill_while_packing_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch, calls: str) -> None:
    """At every moment that a file gets its place or leaves it."""
    real = {"replace": os.replace, "unlink": Path.unlink}
    moments = 0

    def stopped(*args: object, **more: object) -> object:
        nonlocal moments
        moments += 1
        if moments % 3 == 0:
            raise KeyboardInterrupt
        return real[calls](*args, **more)

    for _ in range(20):
        monkeypatch.setattr(*(("os.replace", stopped) if calls == "replace" else (Path, "unlink", stopped)))
        try:
            tidy(home, 30)
            break
        except KeyboardInterrupt:
            pass
        finally:
            monkeypatch.undo()
            monkeypatch.setenv("OBMI_HOME", str(home.root))
        with home.lock():
            assert_all_are_there(home)
    else:
        pytest.fail("it never ends")
    assert moments > 3
    assert MAIN not in files_of(home, NAMES[0])
    assert_all_are_there(home)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few kilobytes, so that a small file has many."""
    for name, size in {"CHUNK": 4096, "STEP": 512, "AROUND": 2048, "NEAR": 256}.items():
        monkeypatch.setattr(packed, name, size)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.duckdb", "a.csv.gz"])
def test_whatever_moved_or_changed_every_byte_comes_back(tmp_path: Path, name: str) -> None:
    chance = random.Random(20261128)
    for size in (7, 8, 4096, 4097, 20_000):
        old, half = chance.randbytes(size), size // 2
        one_byte = old[:half] + bytes([old[half] ^ 1]) + old[half + 1 :]
        for new in (old[100:], b"more" + old, one_byte, old[:half] + b"x" + old[half:], b"", chance.randbytes(9)):
            assert_comes_back(tmp_path, name, old, new)
            assert_comes_back(tmp_path, name, new or b"1", old)


def assert_comes_back(folder: Path, name: str, old: bytes, new: bytes) -> None:
    for release, content in (("1", old), ("2", new)):
        path = folder / "releases" / release / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (folder / "text").write_bytes(content)
        gzipped(folder / "text", path) if name.endswith(".gz") else path.write_bytes(content)
    place, later = (folder / "releases" / release / name for release in ("1", "2"))
    before = place.read_bytes()
    pack_against(place, later, against(place, "2"))
    if not name.endswith(".gz"):
        pack_alone(place, alone(place))
    place.unlink()
    for kept in (alone(place), against(place, "2")):
        assert unpacked(folder / "releases", "1", name, folder / "unpacked").read_bytes() == before
        kept.unlink(missing_ok=True)


@pytest.mark.usefixtures("small")
def test_what_has_its_place_in_both_is_only_counted(tmp_path: Path) -> None:
    before = bytearray(random.Random(1).randbytes(512 * 1000))
    (tmp_path / "later").write_bytes(before)
    for place in (700, 512 * 300, 512 * 301, len(before) - 1):
        before[place] ^= 1
    (tmp_path / "old").write_bytes(before)
    pack_against(tmp_path / "old", tmp_path / "later", tmp_path / "kept.zst")
    kept = (tmp_path / "kept.zst").read_bytes()
    assert kept.count(packed.SAME) == 3
    assert len(kept) < 300


@pytest.mark.usefixtures("small")
def test_what_did_not_change_takes_no_room(tmp_path: Path) -> None:
    """Of a file in which a line moves all that comes after it, and of a packed table as its text."""
    lines = [f"{n};{n * 7919 % 104729}\n".encode() for n in range(20_000)]
    for number, own in enumerate((lines, [*lines[:50], b"one more\n", *lines[50:]])):
        (tmp_path / f"{number}.csv").write_bytes(b"".join(own))
        gzipped(tmp_path / f"{number}.csv", tmp_path / f"{number}.csv.gz")
    for suffix in ("csv", "csv.gz"):
        pack_against(tmp_path / f"0.{suffix}", tmp_path / f"1.{suffix}", tmp_path / "kept.zst")
        assert (tmp_path / "kept.zst").stat().st_size < 0.1 * (tmp_path / "0.csv.gz").stat().st_size
    assert gzip.decompress((tmp_path / "0.csv.gz").read_bytes()) == b"".join(lines)
