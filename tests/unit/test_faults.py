"""What befalls a home beside damage: leftovers, a link that points elsewhere, a clock that goes back, hostile names."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.raw import RawStore
from tests.helpers import land_all, obmi, status, with_register
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
