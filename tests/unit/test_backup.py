"""A copy of the home has all that was delivered, decided and published, and makes the same home again."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from pipelines.backup import BackupError, backup, restore
from pipelines.home import FORMAT, FORMAT_FILE, Home, file_sha256
from pipelines.publish.releases import point
from tests.helpers import obmi

RELEASE = "2026-01-01-0001"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with every kind of file; `build` and `site` follow from the rest, and `.tmp-` are leftovers."""
    place = Home(tmp_path / "home")
    own = ("raw/d/a.json", "landing/d/accepted.json", f"releases/{RELEASE}/obmi.duckdb")
    for name in (*own, "build/x", "site/x", "raw/.tmp-1"):
        (place.root / name).parent.mkdir(parents=True, exist_ok=True)
        (place.root / name).write_bytes(name.encode() * 1000)
    os.link(place.releases / RELEASE / "obmi.duckdb", place.releases / RELEASE / "linked")
    point(place, RELEASE)
    return place


def copied(home: Home, file: Path) -> Path:
    with home.lock():
        backup(home, file)
    return file


def made_from(file: Path, target: Home) -> Home:
    with target.lock():
        restore(target, file)
    return target


def files(home: Home) -> dict[str, str]:
    found = (p for p in home.root.rglob("*") if p.is_file() and not p.is_relative_to(home.current))
    return {home.relative(p): file_sha256(p) for p in found if p.name not in {"refresh.lock", FORMAT_FILE}}


def test_a_restored_home_is_the_one_that_was_copied(home: Home, tmp_path: Path) -> None:
    file = copied(home, tmp_path / "copy.tar")
    again = made_from(file, Home(tmp_path / "again"))
    assert files(again) == {k: v for k, v in files(home).items() if not k.startswith(("build/", "site/", "raw/.tmp-"))}
    assert again.current.resolve() == again.releases / RELEASE


def test_the_command_makes_a_copy_that_others_cannot_read(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMI_HOME", str(home.root))
    file = home.root.with_name("copy.tar")
    told = obmi("backup", file)
    assert (told.code, told.out.split(", ")[0]) == (0, f"{file}: 5 files")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "never written over" in obmi("backup", file).err


def test_a_database_is_copied_as_it_is_while_somebody_writes_to_it(home: Home, tmp_path: Path) -> None:
    path = home.root / "dagster" / "runs.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE run (id INT)")
        writer.commit()
        writer.execute("INSERT INTO run VALUES (1)")
        writer.commit()  # lies in the file beside it
        writer.execute("INSERT INTO run VALUES (2)")
        again = made_from(copied(home, tmp_path / "copy.tar"), Home(tmp_path / "again"))
        writer.rollback()
    assert sorted(p.name for p in (again.root / "dagster").iterdir()) == ["runs.db"]
    assert sqlite3.connect(again.root / "dagster" / "runs.db").execute("SELECT id FROM run").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b[: len(b) // 2],
        lambda b: b.replace(b"accepted.jsonlanding", b"Accepted.jsonlanding", 1),
        lambda b: b"",
    ],
    ids=["cut short", "altered", "empty"],
)
def test_a_copy_that_is_not_whole_restores_nothing(home: Home, tmp_path: Path, change) -> None:
    file = copied(home, tmp_path / "copy.tar")
    file.write_bytes(change(file.read_bytes()))
    target = Home(tmp_path / "again")
    with pytest.raises(BackupError, match="take another copy"):
        made_from(file, target)
    assert files(target) == {}
    assert not target.current.exists()


def test_a_copy_of_a_later_version_is_not_restored(home: Home, tmp_path: Path) -> None:
    (home.root / FORMAT_FILE).write_text(str(FORMAT + 1))
    backup(home, tmp_path / "copy.tar")
    with pytest.raises(BackupError, match="was made by a later version of obmi"):
        made_from(tmp_path / "copy.tar", Home(tmp_path / "new"))
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"refresh.lock", FORMAT_FILE}


def test_a_home_in_use_and_a_file_that_is_there_are_left_alone(home: Home, tmp_path: Path) -> None:
    file = copied(home, tmp_path / "copy.tar")
    before = files(home), file_sha256(file)
    with pytest.raises(BackupError, match="restore into an empty home"):
        made_from(file, home)
    with pytest.raises(BackupError, match="never written over"):
        copied(home, file)
    with pytest.raises(BackupError, match="outside of"):
        copied(home, home.root / "copy.tar")
    assert (files(home), file_sha256(file)) == before
    with pytest.raises(BackupError, match="nothing to copy"):
        copied(Home(tmp_path / "new"), tmp_path / "other.tar")
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".tar") == ["copy.tar"]
