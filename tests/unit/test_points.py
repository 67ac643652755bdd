"""Points and their areas: real measuring points against another library, and made-up places for every rule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.ingest.read import points
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.points import NEAR_M, POLYGONS, PointError, add_areas, in_metres, load_spatial, place, placed
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas
from pipelines.voorbeeld.vlakken import SHAPEFILES

NO2 = load_datasets()["curieuzeneuzen_no2"]
Squares = dict[str, tuple[float, float, float, float]]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        load_areas(found)
        load_spatial(found)
        yield found


def rule(con: duckdb.DuckDBPyConnection, areas: str, spots: list[tuple[float, float]]) -> list[tuple]:
    """Area, `ligging` and distance of each spot (x, y in metres), among `areas`: rows of (gebied, WKT)."""
    con.register("spots", pa.table({"plek": range(len(spots)), "x": [x for x, _ in spots], "y": [y for _, y in spots]}))
    listed = f"SELECT gebied, ST_GeomFromText(wkt) AS vlak FROM (VALUES {areas}) AS v(gebied, wkt)"
    found = placed("SELECT plek, ST_Point(x, y) AS punt FROM spots", listed)
    return con.execute(f"SELECT gebied, ligging, afstand_m FROM ({found}) ORDER BY plek").fetchall()


def squares(boxes: Squares) -> str:
    """SQL values of rectangles (left, bottom, right, top) by code."""
    return ", ".join(
        f"('{code}', 'POLYGON(({a} {b}, {c} {b}, {c} {d}, {a} {d}, {a} {b}))')" for code, (a, b, c, d) in boxes.items()
    )


FOUR = squares({"D": (0, 0, 500, 500), "C": (500, 0, 1000, 500), "B": (0, 500, 500, 1000), "A": (500, 500, 1000, 1000)})


@pytest.mark.parametrize(
    ("spot", "expected"),
    [
        ((250, 250), ("D", "binnen", 0)),
        ((500, 250), ("C", "rand", 0)),  # between D and C
        ((250, 500), ("B", "rand", 0)),  # between D and B
        ((500, 500), ("A", "rand", 0)),  # where four meet
        ((0, 250), ("D", "binnen", 0)),  # a border of one area alone
        ((0, 0), ("D", "binnen", 0)),
        ((0, 500), ("B", "rand", 0)),
        ((-30, -40), ("D", "nabij", 50)),
        ((-NEAR_M, 250), ("D", "nabij", NEAR_M)),
        ((-20, 500), ("B", "nabij", 20)),  # as far from D
        ((-NEAR_M - 0.01, 250), (None, "buiten", None)),
        ((-40, -40), (None, "buiten", None)),  # within the box around D, and farther than the corner
        ((90_000, 90_000), (None, "buiten", None)),
    ],
)
def test_how_a_spot_is_placed(con: duckdb.DuckDBPyConnection, spot: tuple[float, float], expected: tuple) -> None:
    assert rule(con, FOUR, [spot]) == [expected]


def test_a_hole_is_outside_and_may_be_another_area(con: duckdb.DuckDBPyConnection) -> None:
    ring = "(0 0, 900 0, 900 900, 0 900, 0 0), (200 200, 200 600, 600 600, 600 200, 200 200)"
    spots = [(400, 400), (210, 400), (200, 400), (100, 100)]
    alone = f"('K', 'POLYGON({ring})')"
    assert rule(con, alone, spots) == [
        (None, "buiten", None),
        ("K", "nabij", 10),
        ("K", "binnen", 0),
        ("K", "binnen", 0),
    ]
    filled = f"{alone}, {squares({'L': (200, 200, 600, 600)})}"
    assert rule(con, filled, spots) == [("L", "binnen", 0), ("L", "binnen", 0), ("K", "rand", 0), ("K", "binnen", 0)]


def test_an_area_of_several_parts_has_them_all(con: duckdb.DuckDBPyConnection) -> None:
    parts = "('M', 'MULTIPOLYGON(((0 0, 9 0, 9 9, 0 9, 0 0)), ((500 0, 509 0, 509 9, 500 9, 500 0)))')"
    assert rule(con, parts, [(5, 5), (505, 5), (250, 5)]) == [
        ("M", "binnen", 0),
        ("M", "binnen", 0),
        (None, "buiten", None),
    ]


GRID = st.integers(-4, 24).map(lambda n: n * 10)
BOX = st.tuples(GRID, GRID, GRID, GRID).filter(lambda b: b[0] < b[2] and b[1] < b[3])
FINE = st.integers(-120, 300)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("PQRSTU"), BOX, max_size=6), st.lists(st.tuples(FINE, FINE), max_size=30))
def test_rectangles_are_as_plain_python_has_them(
    con: duckdb.DuckDBPyConnection, boxes: Squares, spots: list[tuple[int, int]]
) -> None:
    areas = squares(boxes) if boxes else "(NULL, NULL)"
    found = rule(con, areas, spots)
    assert [how for _, how, _ in found] == [expected(boxes, spot)[1] for spot in spots]
    assert found == [pytest.approx(expected(boxes, spot), abs=0.001) for spot in spots]


def expected(boxes: Squares, spot: tuple[float, float]) -> tuple:
    """The rule in plain Python, for rectangles."""
    x, y = spot
    away = {
        code: round(math.hypot(max(a - x, 0, x - c), max(b - y, 0, y - d)), 3) for code, (a, b, c, d) in boxes.items()
    }
    covering = [code for code, far in away.items() if far == 0]
    if covering:
        return min(covering), "rand" if len(covering) > 1 else "binnen", 0
    near = min(((far, code) for code, far in away.items() if far <= NEAR_M), default=None)
    return (near[1], "nabij", near[0]) if near else (None, "buiten", None)


def located(con: duckdb.DuckDBPyConnection, spots: list[tuple], level: str = "gemeente") -> list[tuple]:
    """Area and `ligging` of (longitude, latitude), among the committed polygons."""
    kind = pa.float64()
    lon, lat = pa.array([s[0] for s in spots], kind), pa.array([s[1] for s in spots], kind)
    con.register("rows", pa.table({"nr": range(len(spots)), "de lengte": lon, "breedte": lat}))
    sql = place(con, "rows", "de lengte", "breedte", level)
    return con.execute(f"SELECT {level}, ligging FROM {sql} ORDER BY nr").fetchall()


def test_well_known_places_lie_where_they_are(con: duckdb.DuckDBPyConnection) -> None:
    spots = {
        (4.35248, 50.84667): "21004",  # Grote Markt, Brussel
        (3.72509, 51.05370): "44021",  # Belfort, Gent
        (5.33880, 50.93060): "71072",  # Grote Markt, Hasselt
        (2.91215, 51.23130): "35013",  # Kursaal, Oostende
    }
    assert located(con, list(spots)) == [(area, "binnen") for area in spots.values()]
    assert located(con, [(5.33880, 50.93060)], "gemeente2024") == [("71022", "binnen")]


@pytest.mark.parametrize(
    "spot", [(2.5, 51.35), (4.86746, 50.46390), (2.35, 48.85), (0.0, 0.0)], ids=["sea", "Namen", "Paris", "zero"]
)
def test_the_sea_and_elsewhere_are_no_area(con: duckdb.DuckDBPyConnection, spot: tuple[float, float]) -> None:
    assert located(con, [spot]) == [(None, "buiten")]


def test_equal_points_get_equal_areas_and_no_row_is_lost(con: duckdb.DuckDBPyConnection) -> None:
    gent, sea = (3.72509, 51.05370), (2.5, 51.35)
    assert located(con, [gent, sea, gent, gent, sea]) == [
        ("44021", "binnen"),
        (None, "buiten"),
        ("44021", "binnen"),
        ("44021", "binnen"),
        (None, "buiten"),
    ]
    assert located(con, []) == []


@pytest.mark.parametrize(
    ("spot", "said"),
    [
        ((51.0537, 3.72509), r"at \(51.0537, 3.72509\) has its axes swapped"),
        ((104_800.0, 193_600.0), "looks like Lambert 72"),
        ((604_800.0, 693_600.0), "looks like Lambert 2008"),
        ((193_600.0, 104_800.0), "looks like Lambert 72"),
        ((None, 51.0), "has no longitude or latitude"),
        ((3.7, None), "has no longitude or latitude"),
        ((math.nan, 51.0), "is no longitude and latitude in degrees"),
        ((3.7, math.inf), "is no longitude and latitude in degrees"),
        ((3.7, 91.0), "is no longitude and latitude in degrees"),
    ],
)
def test_what_is_no_place_in_degrees_is_refused(con: duckdb.DuckDBPyConnection, spot: tuple, said: str) -> None:
    good = (3.72509, 51.05370)
    with pytest.raises(PointError, match=said):
        located(con, [good, spot, good])
    with pytest.raises(PointError, match="and 2 more"):
        located(con, [good, spot, spot, spot])


def test_a_level_without_polygons_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(PointError, match="no polygons of level wijk; choose from gemeente, gemeente2024"):
        located(con, [(3.7, 51.0)], "wijk")


@pytest.mark.parametrize("spot", [(2.6, 51.1), (4.35, 50.85), (5.9, 50.7), (4.7, 51.5)])
def test_metres_are_those_of_proj_with_longitude_first(
    con: duckdb.DuckDBPyConnection, spot: tuple[float, float]
) -> None:
    exact = Transformer.from_crs("EPSG:4326", "EPSG:31370", always_xy=True).transform(*spot)
    east, north = con.execute(f"SELECT ST_X(p), ST_Y(p) FROM (SELECT {in_metres(*map(str, spot))} AS p)").fetchone()
    assert (east, north) == pytest.approx(exact, abs=0.001)
    assert 20_000 < east < 260_000
    assert 150_000 < north < 250_000


@pytest.mark.parametrize("level", SHAPEFILES)
def test_every_committed_polygon_holds_a_point_of_its_own(con: duckdb.DuckDBPyConnection, level: str) -> None:
    file = f"read_parquet('{POLYGONS / level}.parquet')"
    assert con.execute(f"SELECT DISTINCT gebiedsniveau FROM {file}").fetchall() == [(level,)]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE own AS SELECT gebied, ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT gebied, "
        "ST_Transform(ST_PointOnSurface(ST_GeomFromWKB(vlak)), 'EPSG:31370', 'EPSG:4326', always_xy := true) AS p "
        f"FROM {file})"
    )
    sql = place(con, "own", "lon", "lat", level)
    assert con.execute(f"SELECT * FROM {sql} WHERE {level} <> gebied OR ligging <> 'binnen'").fetchall() == []
    here = f"gebiedsniveau = '{level}' AND soort = 'gebied' AND gewest IN ('02000', '04000')"
    wanted = con.execute(f"SELECT gebied FROM gebied WHERE {here} ORDER BY 1").fetchall()
    assert con.execute(f"SELECT gebied FROM {file}").fetchall() == wanted, "in order, each once"


def test_the_committed_polygons_are_small() -> None:
    files = {p.name: p.stat().st_size for p in POLYGONS.iterdir()}
    assert set(files) == {"README.md", *(f"{level}.parquet" for level in SHAPEFILES)}
    assert sum(files.values()) < 5_000_000


def landed(con: duckdb.DuckDBPyConnection, path: Path, tmp: Path) -> tuple[list[tuple], list[str]]:
    """What a file of measuring points lands as (code, municipality, `ligging`), and what reading it has to tell."""
    part = parse(con, NO2, open_tables(NO2, [(path, path.name)], tmp), "x", tmp)
    rows = con.execute(f"SELECT gebied, gemeente, ligging FROM read_parquet('{part.path}')").fetchall()
    return rows, part.notes["ligging"]


def written(tmp: Path, *spots: tuple[str, float, float]) -> Path:
    """A made-up file of measuring points: code, latitude, longitude."""
    path = tmp / "in.csv"
    lines = [f'"{code}","facade",20.0,{lat},{lon}' for code, lat, lon in spots]
    path.write_text("\n".join(['"code","campaign","no2","lat","lon"', *lines, ""]), encoding="utf-8")
    return path


def test_a_landing_of_points_has_their_municipality_in_the_order_of_the_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spots = [(f"z{n}", 51.35, 2.5) for n in range(7)]
    path = written(tmp_path, ("g", 51.0537, 3.72509), *spots, ("b", 50.84667, 4.35248))
    rows, notes = landed(con, path, tmp_path)
    assert rows == [
        ("g", "44021", "binnen"),
        *((code, "99999", "buiten") for code, *_ in spots),
        ("b", "21004", "binnen"),
    ]
    assert notes == [
        "in.csv: 7 points count farther than 50 m from every gemeente, elsewhere (99999): z0, z1, z2, z3, z4 and 2 more"
    ]
    known = "gebiedsniveau = 'gemeente' AND gebied = '99999' AND soort = 'onbekend'"
    assert con.execute(f"SELECT COUNT(*) FROM gebied WHERE {known}").fetchone() == (1,)
    assert "ligging" in {c.check.id for c in compile_checks(NO2) if c.reading}


def test_many_rows_keep_their_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Synthetic: more rows than one thread takes, so that an order that is not asked for would be lost."""
    part = tmp_path / "part.parquet"
    con.execute(
        "COPY (SELECT n AS gebied, 3.72509 + n % 3 / 10 AS lengtegraad, 51.05370 AS breedtegraad "
        f"FROM range(600000) AS r(n)) TO '{part}' (FORMAT parquet, ROW_GROUP_SIZE 10000)"
    )
    add_areas(con, NO2, part)
    rows = f"read_parquet('{part}', file_row_number = true)"
    assert con.execute(f"SELECT COUNT(*) FROM {rows} WHERE gebied <> file_row_number").fetchone() == (0,)
    assert con.execute(f"SELECT COUNT(*), COUNT(DISTINCT gemeente) FROM {rows}").fetchone() == (600_000, 3)


def test_a_file_with_swapped_axes_does_not_land(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, ("g", 51.0537, 3.72509), ("b", 4.35248, 50.84667))
    with pytest.raises(ParseError, match=r"^in\.csv: the point at \(50\.84667, 4\.35248\) has its axes swapped"):
        landed(con, path, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"gebied": {"niveau": "gemeente", "punten": {"lon": "lengtegraad", "lat": "breedtegraad"}}},
        {"gebied": {"niveau": "punt", "punten": {"lon": "lengte", "lat": "breedtegraad"}}},
        {"gebied": {"niveau": "punt", "punten": {"lon": "gebied", "lat": "breedtegraad"}}},
        {"gebied": {"niveau": "punt", "punten": {"lon": "lengtegraad", "lat": "no2_ug_m3"}}},
        {"columns": {**NO2.model_dump()["columns"], "ligging": "text"}},
    ],
    ids=["no points", "no such column", "text", "a measure", "a column that points give"],
)
def test_points_that_cannot_be_placed_are_refused_in_the_spec(change: dict) -> None:
    given = NO2.model_dump(exclude_unset=True) | {"dekking": {"gewesten": ["02000"], "vanaf": 2018, "afwezig": "nul"}}
    Dataset(**given)
    given["formats"][0]["constants"] = {"jaar": "2018", **{c: "x" for c in change.get("columns", {}) if c == "ligging"}}
    with pytest.raises(ValueError, match=r"gebied\.punten needs niveau 'punt'"):
        Dataset(**given | change)


def test_another_duckdb_than_the_package_was_built_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points.duckdb, "__version__", "9.9.9")
    with duckdb.connect() as con, pytest.raises(PointError, match=r"DuckDB 9\.9\.9 .* install the duckdb-extension"):
        load_spatial(con)


def test_the_lock_holds_the_one_duckdb_that_the_extension_was_built_for() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^(duckdb|duckdb-extension-spatial)==(\S+)", lock, re.MULTILINE)
    assert locked == [("duckdb", duckdb.__version__), ("duckdb-extension-spatial", duckdb.__version__)]


def test_nothing_is_installed_by_itself(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT current_setting('autoinstall_known_extensions')").fetchone() == (False,)
    path = con.execute("SELECT install_path FROM duckdb_extensions() WHERE extension_name = 'spatial'").fetchone()[0]
    assert "duckdb_extension_spatial" in path or path == ""
