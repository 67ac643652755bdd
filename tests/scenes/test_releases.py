"""What is asked of a release: which one, whether it is what was published, and who may read it."""

from __future__ import annotations

import grp
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from pipelines.home import Home, write_json
from pipelines.publish.modes import give
from pipelines.publish.releases import ReleaseError, current_release, database_path, facts_of
from tests.helpers import obmi

FIGURE = ("query", "SELECT COUNT(*) FROM mart.release")


@pytest.fixture
def own(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current release alone, in a home of its own."""
    name = (released / "current").resolve().name
    shutil.copytree(released / "releases" / name, tmp_path / "releases" / name)
    (tmp_path / "current").symlink_to(Path("releases") / name)
    monkeypatch.setenv("OBMI_HOME", str(tmp_path))
    return tmp_path / "releases" / name


def sentence(*asked: str, code: int) -> str:
    """The one sentence that a command is refused with."""
    told = obmi(*asked)
    assert (told.code, told.out, len(told.err.splitlines())) == (code, "", 1)
    return told.err


@pytest.mark.parametrize("asked", ["2026-99-99", "2026-02-30", "2026", "20261130", "2026-W48-1", "1999-01-01", ""])
def test_a_day_that_does_not_exist_or_has_no_release_is_refused(at_released: Path, asked: str) -> None:
    assert f"'{asked}'" in sentence(*FIGURE, "--asof", asked, code=30)


def test_a_day_finds_the_last_release_made_on_or_before_it(at_released: Path) -> None:
    made = json.loads((at_released / "current" / "manifest.json").read_text(encoding="utf-8"))["gemaakt_op"]
    assert obmi(*FIGURE, "--asof", made[:10]).code == 0
    assert obmi(*FIGURE, "--asof", "2999-12-31").code == 0


@pytest.mark.parametrize("command", [FIGURE, ("path",)])
def test_an_empty_city_is_refused(at_released: Path, command: tuple[str, ...]) -> None:
    assert "there is no file for ''" in sentence(*command, "--city", "", code=30)


def test_verify_ends_with_20_for_damage_and_for_no_such_release(own: Path) -> None:
    assert obmi("verify").code == 0
    assert "no release is named" in sentence("verify", "niets", code=20)
    (own / "catalogus.ttl").write_bytes(b"#" * (own / "catalogus.ttl").stat().st_size)
    assert "catalogus.ttl is not what was published" in sentence("verify", code=20)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cijfers", 1),
        ("waarnemingen", 1),
        ("onderwerpen", 1),
        ("revisies", 1),
        ("volgnummer", 7),
        ("gemaakt_op", "2020-01-01T00:00:00"),
        ("vingerafdruk", "0" * 64),
        ("vorige", "2020-01-01-0001"),
        ("nieuw", "x"),
    ],
)
def test_verify_holds_every_field_of_the_manifest_against_the_release(own: Path, field: str, value: object) -> None:
    manifest = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
    write_json(own / "manifest.json", {**manifest, field: value})
    assert "manifest.json is not what was published" in sentence("verify", code=20)


def test_verify_names_a_file_that_the_manifest_does_not(own: Path) -> None:
    manifest = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
    del manifest["bestanden"]["steden/gent.duckdb"]
    write_json(own / "manifest.json", manifest)
    assert "gent.duckdb was not published" in sentence("verify", code=20)


@pytest.mark.parametrize("city", [(), ("--city", "gent")])
def test_a_release_that_was_altered_is_not_served(own: Path, city: tuple[str, ...]) -> None:
    """One byte of the same file, its size and its moment of change as they were."""
    path = own / ("steden/gent.duckdb" if city else "obmi.duckdb")
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(before.st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert f"{path.name} is not what was published" in sentence(*FIGURE, *city, code=30)


def test_a_release_that_was_not_touched_is_not_read_whole(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(own.parents[1])
    manifest = current_release(home)
    manifest["bestanden"]["obmi.duckdb"] = facts_of(own / "obmi.duckdb")
    monkeypatch.setattr("pipelines.publish.releases.file_sha256", lambda path: pytest.fail(f"read {path}"))
    assert database_path(home, manifest) == own / "obmi.duckdb"
    (own / "obmi.duckdb").touch()
    with pytest.raises(pytest.fail.Exception):
        database_path(home, manifest)


def test_a_home_is_closed_to_others(released: Path) -> None:
    modes = {p: stat.S_IMODE(p.lstat().st_mode) for p in [released, *released.rglob("*")] if not p.is_symlink()}
    assert {p: oct(m) for p, m in modes.items() if m & 0o027} == {}
    assert stat.S_IMODE((released / "current" / "obmi.duckdb").stat().st_mode) == 0o640
    assert stat.S_IMODE((released / "current").stat().st_mode) == 0o750


def test_an_open_home_is_closed_when_it_is_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o2777)
    with Home(tmp_path).lock():
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o2750, "and keeps the group of what is made in it"


def test_a_file_of_a_city_goes_to_its_group(tmp_path: Path) -> None:
    own = grp.getgrgid(os.getgid()).gr_name
    (tmp_path / "steden").mkdir()
    for name in ("obmi.duckdb", "steden/gent.duckdb"):
        (tmp_path / name).touch()
    give(tmp_path / "obmi.duckdb", {"gent": "no-such-group"})
    give(tmp_path / "steden" / "gent.duckdb", {"alles": "no-such-group", "gent": own})
    with pytest.raises(ReleaseError, match="'no-such-group' of releases"):
        give(tmp_path / "steden" / "gent.duckdb", {"gent": "no-such-group"})
    with pytest.raises(ReleaseError, match="'no-such-group' of releases"):
        give(tmp_path / "obmi.duckdb", {"alles": "no-such-group"})
