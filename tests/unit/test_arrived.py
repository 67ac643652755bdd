"""A snapshot that does not say when it was taken carries the day on which it came in, also when it is read again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.ingest.raw import RawStore
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.ingest.reading import read_delivery
from pipelines.landing.areas import load_areas
from tests.helpers import areas, with_register

SNAPSHOTS = [s for s in load_datasets().values() if any(f.arrived and f.names for f in s.formats)]
BODY = b"7,a,4.4,51.0,Brug,x,x,x,x,60,2019-08-01\n"  # synthetic


@pytest.fixture
def spec() -> Dataset:
    return SNAPSHOTS[0]


def landed(spec: Dataset, body: Path, arrived: datetime, tmp: Path) -> tuple:
    with duckdb.connect() as con:
        load_areas(con)
        part = parse(con, spec, open_tables(spec, [(body, "sites.csv")], tmp, arrived), "x", tmp)
        return con.execute(f"SELECT jaar, peildag::VARCHAR FROM '{part.path}'").fetchone()


def test_the_day_is_the_belgian_one(spec: Dataset, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(BODY)
    assert landed(spec, body, datetime(2025, 12, 31, 22, 30, tzinfo=UTC), tmp_path) == (2025, "2025-12-31")
    assert landed(spec, body, datetime(2025, 12, 31, 23, 30, tzinfo=UTC), tmp_path) == (2026, "2026-01-01")


def test_a_delivery_keeps_its_day_when_it_is_read_later(
    spec: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = with_register(Home(tmp_path))
    with home.lock():
        store = RawStore(home)
        monkeypatch.setenv("OBMI_NOW", "2026-01-10T03:00:00+00:00")
        kept = store.keep(io.BytesIO(BODY), "sites.csv", {"at": "2026-01-09T03:00:00+00:00"})
        delivery = store.deliver(spec.id, "live", [kept])
        assert delivery is not None
        monkeypatch.setenv("OBMI_NOW", "2026-06-01T03:00:00+00:00")
        with areas() as con:
            got = read_delivery(con, spec, delivery, home)
        assert got.errors == []
        found = duckdb.execute(f"SELECT jaar, peildag::VARCHAR FROM '{got.tables[0].path}'").fetchall()
    assert found == [(2026, "2026-01-09")]
