"""What befalls a home beside damage: leftovers, a link that points elsewhere, a clock that goes back, hostile names."""

from __future__ import annotations

import csv
import io
import json
import struct
import subprocess
import sys
from functools import reduce
from hashlib import sha256
from operator import xor
from pathlib import Path

import duckdb
import pytest
from pydantic import TypeAdapter

from pipelines.describe.specs import load_datasets
from pipelines.home import FORMAT, FORMAT_FILE, Home, quoted
from pipelines.ingest.drop import drop
from pipelines.ingest.raw import Delivery, RawStore
from pipelines.ingest.reading import read_delivery
from pipelines.landing.state import Decision, State
from pipelines.publish.keeping import tidy
from pipelines.publish.releases import facts_of
from pipelines.transform.kept import Kept
from tests.helpers import FIGURES, land_all, landings, obmi, status, with_register
from tests.proof.fault_rows import absent, faults
from tests.small import landed, spec_of
from tests.unit.test_damaged import DATASET, NAMES, PATH, QUERY, home  # noqa: F401 (a fixture)

HOSTILE = ('x"; DROP TABLE t; --', "'; DROP TABLE t; --", "../../etc", "x" * 4096, "\u202egent", "gent\n", "")


def refused(*command: str | Path) -> str:
    """The one sentence that a command is refused with."""
    result = obmi(*command)
    assert (result.code, len(result.err.splitlines())) == (30, 1), result.err
    return result.err


def test_a_stale_wal_beside_a_release_is_named_and_not_replayed(home: Path) -> None:  # noqa: F811
    wal = home / "releases" / NAMES[1] / "obmi.duckdb.wal"
    with duckdb.connect(str(home / "other.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT 1")
    wal.write_bytes((home / "other.duckdb").read_bytes()[:5000])
    for command in (PATH, QUERY):
        assert f"{wal} does not belong there" in refused(*command)
    wal.unlink()
    assert obmi(*QUERY).code == 0


def test_a_link_to_the_release_that_leads_nowhere_or_outside_is_said_to(home: Path) -> None:  # noqa: F811
    current = home / "current"
    current.unlink()
    assert "there is no release" in refused(*PATH)
    current.symlink_to(Path("releases") / "2020-01-01-0001")
    assert "there is no release" in refused(*PATH)
    current.unlink()
    outside = home.parent / "elsewhere"
    outside.mkdir()
    (outside / "manifest.json").write_bytes((home / "releases" / NAMES[1] / "manifest.json").read_bytes())
    current.symlink_to(outside)
    for command in (PATH, QUERY):
        assert f"{current} points outside" in refused(*command)
    assert obmi("rollback", NAMES[0]).code in (0, 30)
    assert (outside / "manifest.json").exists()


def test_a_reader_keeps_what_it_opened_while_releases_come_and_go(home: Path) -> None:  # noqa: F811
    place, path = Home(home), home / "releases" / NAMES[0] / "obmi.duckdb"
    with duckdb.connect(str(path), read_only=True) as reader:
        before = reader.execute("FROM mart.release").fetchall()
        assert tidy(place, 1) == [NAMES[0]]
        assert obmi("verify").code == 0
        assert not path.exists()
        assert reader.execute("FROM mart.release").fetchall() == before


def test_a_process_that_holds_a_release_is_named_and_does_not_keep_readers_on_it(home: Path) -> None:  # noqa: F811
    path = home / "releases" / NAMES[1] / "obmi.duckdb"
    hold = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        said = obmi("verify")
        assert (said.code, len(said.err.splitlines())) == (20, 1)
        for text in (str(path), f"(PID {holder.pid})", "obmi rollback"):
            assert text in said.err
        assert obmi("rollback", NAMES[0]).code == 0
        assert obmi(*QUERY).code == 0
        holder.stdin.close()


def of_a_newer_version(path: Path) -> None:
    """Give a DuckDB file the version of a library that is still to come: a number behind its name, under a checksum."""
    whole = bytearray(path.read_bytes())
    whole[12:20] = struct.pack("<Q", 999)
    words = (word for (word,) in struct.iter_unpack("<Q", whole[8:4096]))
    whole[:8] = struct.pack("<Q", reduce(xor, ((word * 0xBF58476D1CE4E5B9) % 2**64 for word in words), 5381))
    path.write_bytes(whole)


def test_a_release_of_a_newer_library_is_named_and_left_as_it_is(home: Path) -> None:  # noqa: F811
    folder = home / "releases" / NAMES[1]
    path, manifest = folder / "obmi.duckdb", json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    of_a_newer_version(path)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "bestanden": {path.name: facts_of(path)}}))
    before = path.read_bytes()
    for command in (("verify",), QUERY):
        said = obmi(*command)
        assert (said.code in (20, 30), len(said.err.splitlines())) == (True, 1)
        assert "version number 999" in said.err
    assert path.read_bytes() == before
    assert obmi("rollback", NAMES[0]).code == 0


def test_a_home_of_a_later_version_is_named_and_left_as_it_is(home: Path, tmp_path: Path) -> None:  # noqa: F811
    copy = tmp_path / "copy.tar"
    assert obmi("backup", copy).code == 0
    assert (home / FORMAT_FILE).read_text() == str(FORMAT), "a home says of which version it is"
    (home / FORMAT_FILE).write_text(str(FORMAT + 1))
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    for command in (("refresh",), ("status",), ("rollback", NAMES[0]), ("drop", DATASET, copy), PATH, QUERY):
        assert "was written by a later version of obmi" in refused(*command)
    assert before == {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}


def test_the_format_rises_with_the_shape_of_what_is_written_down() -> None:
    """When this fails, code of before may misread a home: raise FORMAT where it would, and put the new hash here."""
    shapes = [_fields(TypeAdapter(shape).json_schema()) for shape in (State, Decision, Delivery)]
    assert (FORMAT, sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()[:12]) == (3, "ce8c1424e9a4")


def _fields(schema: object) -> object:
    """A schema without the sentences in it."""
    if isinstance(schema, list):
        return [_fields(s) for s in schema]
    if isinstance(schema, dict):
        return {k: _fields(s) for k, s in schema.items() if not (k == "description" and isinstance(s, str))}
    return schema


def test_a_build_that_was_altered_after_its_audits_is_not_used(tmp_path: Path) -> None:
    kept = Kept(Home(tmp_path))
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA mart; CREATE TABLE mart.proef AS SELECT range AS n FROM range(1000)")
        tables = kept.keep(con, "stap", ["mart.proef"])
    assert kept.is_whole({"stap": tables})
    path = kept.path("stap", "mart.proef")
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    assert not kept.is_whole({"stap": tables}), "no release is made of it"
    assert kept.find("stap") is None, "and the step is done anew"


def test_two_files_that_hold_the_same_are_not_counted_twice(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    spec, place = load_datasets()[DATASET], Home(tmp_path / "home")
    place.tmp.mkdir(parents=True)
    text = (FIGURES / str(spec.voorbeeld)).read_text(encoding="utf-8")
    files = [tmp_path / "een.csv", tmp_path / "twee.csv"]
    for path in files:
        path.write_text(text, encoding="utf-8")
        text += "\n"  # other bytes, the same rows
    got = read_delivery(con, spec, drop(spec, files, place), place)
    assert [table.file for table in got.tables] == ["een.csv"]
    assert got.errors == ["twee.csv and een.csv both hold 2015; hand over one file per jaar"]


def test_a_formula_in_a_cell_is_exported_as_a_text(home: Path) -> None:  # noqa: F811
    cells = ["=cmd|'/c calc'!A0", "@SUM(1)", "\t=1", "+1", "-1+1"]
    told = ", ".join(f"{quoted(cell)} AS c{n}" for n, cell in enumerate(cells))
    said = obmi("query", f"SELECT {told}, -5 AS min, -0.5 AS half", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert [row[f"c{n}"] for n in range(len(cells))] == [f"'{cell}" for cell in cells]
    assert (row["min"], row["half"]) == ("-5", "-0.5")


def test_every_fault_has_a_test_or_a_proof_that_is_there() -> None:
    assert absent() == []
    assert len(faults()) == 47


def test_what_a_process_that_died_left_behind_is_cleaned_and_not_used(tmp_path: Path) -> None:
    place = Home(tmp_path / "home")
    left = [
        place.tmp / "kept-x" / "a.parquet",
        place.releases / ".new-2026-01-01-0001" / "obmi.duckdb",
        place.root / ".tmp-current",
        place.raw / "objects" / ".tmp-abc",
        place.landing / DATASET / ".tmp-accepted",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half", encoding="utf-8")
    (place.root / "refresh.lock").write_text("pid 999999 since 2026-01-01 00:00:00 UTC", encoding="utf-8")
    with place.lock():
        assert [path for path in left if path.exists()] == []


def test_a_refresh_that_starts_takes_nothing_from_who_hands_over_a_file(tmp_path: Path) -> None:
    """`obmi drop` waits for no lock: its half-written file was taken for a leftover, and the drop ended in an error."""
    place = Home(tmp_path / "home")

    class File(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with place.lock():
                return super().read(size)

    store = RawStore(place)
    file = store.keep(File(b"1;2"), "a.csv", {})
    assert store.verified(file).read_bytes() == b"1;2"
    assert list((place.raw / "objects").glob(".tmp-*")) == []


def test_a_version_that_nothing_refers_to_is_let_go(empty_home: Path) -> None:
    place = with_register(Home(empty_home))
    land_all(empty_home, DATASET)
    landing = landings(place)[DATASET]
    (landing.root / "oud").mkdir()
    (landing.root / "oud" / "deel-1.parquet").touch()
    before = {path for path in landing.root.rglob("*") if "oud" not in path.parts}
    landing.let_go()
    assert {*landing.root.rglob("*")} == before
    assert landing.folder(landing.state.version).exists()


@pytest.mark.proof
def test_a_clock_that_goes_back_makes_no_age_negative(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_register(Home(empty_home))
    monkeypatch.setenv("OBMI_NOW", "2026-03-29T01:30:00+00:00")
    land_all(empty_home, DATASET)
    for moment, age in (("2026-03-28T12:00:00", 0), ("2026-03-29T03:30:00", 0), ("2027-01-01T00:00:00", 277)):
        monkeypatch.setenv("OBMI_NOW", f"{moment}+00:00")
        assert status()[DATASET]["age_days"] == age
        assert [one.state for one in land_all(empty_home, DATASET)] == ["ongewijzigd"]


def test_a_source_that_goes_back_to_an_older_edition_has_no_news(tmp_path: Path) -> None:
    store = RawStore(Home(tmp_path))
    first, second = (store.keep(io.BytesIO(text), "cijfers.csv", {}) for text in (b"1", b"2"))
    news = [store.deliver(DATASET, "live", [file]) is not None for file in (first, second, first, second)]
    assert news == [True, True, False, False]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_no_dataset_and_no_city(empty_home: Path, name: str) -> None:
    for command in (("drop", name, __file__), ("refresh", "--dataset", name), ("refresh", "--city", name)):
        assert "choose from" in refused(*command)
    assert not (empty_home / "raw").exists()


def test_a_hostile_column_is_new_and_not_read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    spec = spec_of({"aantal": {"type": "integer", "measure": True}}, {"header": {"nis": "gebied", "n": "aantal"}})
    names = ['x""; DROP TABLE gebied; --', "'; DROP TABLE gebied; --", "../x", "y" * 500, "\u202ez"]
    header = ";".join(["nis", "n", *(f'"{n}"' for n in names)])
    before = con.execute("SELECT COUNT(*) FROM gebied").fetchone()
    assert len(landed(con, spec, f"{header}\n11001;5;1;2;3;4;5\n", tmp_path)) == 1
    assert con.execute("SELECT COUNT(*) FROM gebied").fetchone() == before
    assert load_datasets()[DATASET].id == DATASET


@pytest.mark.parametrize("cause", [None, KeyboardInterrupt()])
def test_who_stops_a_command_gets_a_sentence(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, cause: BaseException | None
) -> None:
    """DuckDB makes an error of its own of Ctrl-C."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt if cause is None else RuntimeError("Query interrupted") from cause

    monkeypatch.setattr("pipelines.refresh.refresh", stop)
    result = obmi("refresh")
    assert (result.code, len(result.err.splitlines()), "stopped" in result.err) == (130, 1, True)
