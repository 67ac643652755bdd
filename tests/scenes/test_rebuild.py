"""A release made again: what is written down of it, and when that is refused. tests/proof/rebuilt.py makes thirty."""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from pipelines.publish.recorded import contents, recorded
from pipelines.publish.releases import MAIN, current_release
from pipelines.rebuild import _differently_made
from tests.helpers import obmi


def test_what_every_table_holds_is_written_down(released: Path, tmp_path: Path) -> None:
    home = Home(released)
    release = current_release(home)["release"]
    known = recorded(home, release).tables
    assert known.keys() == {name for name in current_release(home)["bestanden"] if name.endswith(".duckdb")}
    copy = tmp_path / MAIN
    shutil.copyfile(home.current / MAIN, copy)
    assert contents({MAIN: copy}, {}, []) == {MAIN: known[MAIN]}
    with duckdb.connect(str(copy)) as con:
        con.execute("UPDATE mart.waarneming SET waarde = waarde + 1 WHERE rowid = 7")
    found = contents({MAIN: copy}, known, ["kubus"])[MAIN]
    assert {table for table, told in found.items() if told != known[MAIN][table]} == {"mart.waarneming"}


def test_what_was_accepted_and_described_is_written_down(released: Path) -> None:
    home = Home(released)
    record = recorded(home, current_release(home)["release"])
    accepted = {name: one.state.version for name, one in record.then(home).items()}
    assert {name: version for name, version in record.versions.items() if version}.items() >= accepted.items()
    assert "models/mart/waarneming.sql" in record.described(home)


def test_other_code_and_descriptions_are_named(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(released)
    record = recorded(home, current_release(home)["release"])
    assert _differently_made(home, record) == []
    monkeypatch.setattr("pipelines.rebuild.code_mark", lambda root: "f" * 64)
    monkeypatch.setattr("pipelines.rebuild.data_files", lambda root: list(record.described(home).items())[1:])
    first = next(iter(record.described(home)))
    code, described = _differently_made(home, record)
    assert code.startswith(f"made by another version of the code: {record.facts['code'][:12]}")
    assert code.endswith("this is ffffffffffff")
    assert described == f"made by other descriptions or models: {first}"


def test_one_that_cannot_be_made_again_is_refused_in_a_sentence(at_released: Path, tmp_path: Path) -> None:
    (tmp_path / "iets").touch()
    name = current_release(Home(at_released))["release"]
    for asked, why in (
        (("1999-01-01-0001",), "no release is named '1999-01-01-0001'"),
        ((name, "--to", str(tmp_path)), f"{tmp_path} has files in it"),
    ):
        told = obmi("rebuild", *asked)
        assert (told.code, told.out, len(told.err.splitlines())) == (30, "", 1)
        assert why in told.err


def test_altered_bytes_are_refused_before_anything_is_made(home: Path) -> None:
    raw = max((p for p in (home / "raw" / "objects").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    content = raw.read_bytes()
    raw.unlink()
    raw.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    told = obmi("rebuild", current_release(Home(home))["release"])
    assert told.code == 30
    assert f"{raw} is gone or altered since it came in" in told.err


@pytest.mark.parametrize(
    "command",
    [
        ("query", "SELECT 1"),
        ("zoek", "inwoners"),
        ("herkomst", "v1101_t", "gent"),
        ("maturiteit",),
        ("catalogus",),
        ("profiel", "gent"),
        ("site",),
        ("export", "--to", "map"),
        ("path",),
        ("gebieden", "diff", "2024", "2025"),
    ],
)
def test_whatever_reads_a_release_can_read_an_earlier_one(
    at_released: Path, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = obmi(*command, "--asof", "1999-01-01")
    assert (told.code, told.err.count("1999-01-01")) == (30, 1)
