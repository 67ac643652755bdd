"""The committed polygons against the publisher's own, and real measuring points against another library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import shapefile
import shapely
from pyproj import Transformer
from shapely.geometry import shape

from pipelines.ingest.read.points import POLYGONS, load_spatial
from pipelines.landing.areas import load_areas
from pipelines.voorbeeld.vlakken import SHAPEFILES, PolygonError, make
from tests.unit.test_points import landed

MEASURED = "ds-python-course/CN_Flanders_open_dataset.csv"


# Measuring points that no polygon of the publisher covers: their municipality, and how far outside they lie in metres.
# All stand at the outer border of Flanders, which the publisher has simplified.
BESIDE = {
    "314808": ("46024", 0.1),
    "293808": ("45060", 2.3),
    "317172": ("23101", 4.3),
    "286611": ("45064", 5.7),
    "309006": ("13002", 11.3),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        load_areas(found)
        load_spatial(found)
        yield found


def test_the_committed_polygons_are_what_the_maker_makes(
    con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path
) -> None:
    make(shared / "data", tmp_path)
    for level in SHAPEFILES:
        made, ours = f"FROM '{tmp_path / level}.parquet'", f"FROM '{POLYGONS / level}.parquet'"
        assert con.execute(made).fetchall() == con.execute(ours).fetchall()


def test_the_maker_refuses_other_areas_than_those_of_the_list(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.voorbeeld.vlakken.SHAPEFILES", {"gemeente": SHAPEFILES["gemeente2024"]})
    with pytest.raises(PolygonError, match=r"gemeente2024\.shp: \d+ areas are not once .* such as 11007"):
        make(shared / "data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_measuring_points_are_where_another_library_finds_them(
    con: duckdb.DuckDBPyConnection, shared: Path, tmp_path: Path
) -> None:
    """17,886 points, against shapely and pyproj on the polygons as pyshp reads them from the publisher's own file."""
    rows, notes = landed(con, shared / "data" / MEASURED, tmp_path)
    reader = shapefile.Reader(shared / "data" / SHAPEFILES["gemeente"][0])
    codes = [record[0].strip() for record in reader.records()]
    polygons = [shape(s.__geo_interface__) for s in reader.shapes()]
    measured = con.execute(f"SELECT code, lon, lat FROM read_csv('{shared / 'data' / MEASURED}', all_varchar=true)")
    places = {code: (float(lon), float(lat)) for code, lon, lat in measured.fetchall()}
    exact = Transformer.from_crs("EPSG:4326", "EPSG:31370", always_xy=True)
    spots = shapely.points(*exact.transform(*zip(*places.values(), strict=True)))
    at, area = shapely.STRtree(polygons).query(spots, predicate="intersects")
    names = list(places)
    theirs = {names[i]: codes[j] for i, j in zip(at, area, strict=True)}
    assert len(at) == len(theirs), "none on a shared border"
    assert len(rows) == 17_886
    assert [code for code, *_ in rows] == list(places), "in the order of the file"
    differ = {code: gemeente for code, gemeente, _ in rows if theirs.get(code) != gemeente}
    assert len(differ) <= len(rows) / 1000
    assert differ == {code: gemeente for code, (gemeente, _) in BESIDE.items()}
    assert {code for code, _, how in rows if how != "binnen"} == set(BESIDE)
    for code, (gemeente, away) in BESIDE.items():
        distances = shapely.distance(spots[names.index(code)], polygons)
        assert (codes[distances.argmin()], distances.min()) == (gemeente, pytest.approx(away, abs=0.06))
        assert f"{code} in {gemeente} at {away} m" in notes[0]
