"""Files that publishers give twice, in another layout or by another name: both land as the same rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas
from tests.helpers import landings, with_register

UPLOADS = Path("data") / "pinc-swing-uploads"
TWINS = [
    ("politie_criminaliteit", "Upload_PinC_level_gemeente.txt", "Upload_PinC_level_gemeente.xlsx"),
    ("pinc_verkeersongevallen", "20210623_Upload crimi en verkeer.xlsx", "testbestand.xlsx"),
]


def rows(con: duckdb.DuckDBPyConnection, dataset: str, path: Path, tmp: Path) -> list[tuple[object, ...]]:
    """What a file lands as, in order."""
    spec = load_datasets()[dataset]
    tmp.mkdir()
    part = parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "x", tmp)
    return con.execute(f"SELECT * FROM read_parquet('{part.path}') ORDER BY ALL").fetchall()


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    load_areas(con)
    return con


@pytest.mark.parametrize(("dataset", "one", "other"), TWINS)
def test_twins_land_alike(
    dataset: str, one: str, other: str, con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path
) -> None:
    first = rows(con, dataset, shared / UPLOADS / one, tmp_path / "one")
    assert first
    assert first == rows(con, dataset, shared / UPLOADS / other, tmp_path / "other")


def test_an_upload_without_regions_is_the_other_one_less_its_regions(
    con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path
) -> None:
    folder = shared / UPLOADS
    whole = rows(con, "pinc_kredieten", folder / "v3122_nbb_20_21.xlsx", tmp_path / "whole")
    less = rows(con, "pinc_kredieten", folder / "v3122_nbb_20_21_zondergewest.xlsx", tmp_path / "less")
    assert len(whole) == len(less) + 4
    assert [r for r in whole if r[0] != "gewest"] == less


def test_columns_in_another_order_and_another_missing_code_are_read(
    con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path
) -> None:
    old = rows(
        con,
        "pinc_elektriciteit_sector",
        shared / "data" / "pinc-fluvius" / "upload_elektriciteit_verbruik OUDE VERSIE.xlsx",
        tmp_path / "old",
    )
    statuses = [value for row in old for value in row if value in ("leeg", "onbekend")]
    assert (len(old), statuses.count("leeg"), statuses.count("onbekend")) == (10234, 15099, 6687)


def test_an_older_upload_with_fewer_subjects_and_one_level_takes_nothing_back(shared: Path, tmp_path: Path) -> None:
    spec = load_datasets()["politie_criminaliteit"].model_copy(update={"voorbeeld": None})
    home = with_register(Home(tmp_path))
    known = landings(home, spec)
    found, outcomes = [], []
    with home.lock():
        for name in ("Upload_2008_2020.xlsx", "Upload_PinC_level_provincie.txt", "Upload_PinC_level_gemeente.txt"):
            drop(spec, [shared / UPLOADS / name], home)
            landing = known[spec.id]
            land_dataset(known, spec.id, "voorbeeld", Settings(), lambda _: None)
            outcomes.append([*landing.state.processed.values()][-1])
            cells = (
                f"SELECT COUNT(*), COUNT(*) FILTER (WHERE jaar = 2015 AND gebiedsniveau = 'provincie2024'), "
                f"SUM(waarde) FILTER (WHERE jaar = 2015 AND gebied = '44021' AND onderwerp = 'v2801_vh_moord') "
                f"FROM {landing.relation()}"
            )
            found.append(duckdb.sql(cells).fetchall())
    assert found == [[(140283, 198, found[0][0][2])]] * 3
    # the figures of 2019 were not final then: what was accepted is not taken back for them
    assert outcomes == ["accepted", "refused", "refused"]
