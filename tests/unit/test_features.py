"""Features as text cells, and coordinates that cannot be right: every value as written, or one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.features import features
from pipelines.ingest.read.geometry import crs_code, in_belgium, lonlat

OWN_LON = '{"features": [{"properties": {"Lon": 1}, "geometry": {"type": "Point", "coordinates": [4, 51]}}]}'
GENT_72, GENT_2008, GENT = (104_000.0, 194_000.0), (604_000.0, 694_000.0), (3.71268, 51.05433)


def written(folder: Path, text: str) -> Path:
    path = folder / "verzonnen.json"
    path.write_text(text, encoding="utf-8")
    return path


def geojson(folder: Path, *shapes: Any, **members: Any) -> Path:
    found = [
        {"type": "Feature", "id": f"paal.{n}", "properties": {"nr": n}, "geometry": shape}
        for n, shape in enumerate(shapes, 1)
    ]
    return written(folder, json.dumps({"type": "FeatureCollection", "features": found, **members}))


def point(x: Any, y: Any, kind: str = "Point") -> dict[str, Any]:
    return {"type": kind, "coordinates": [x, y] if kind == "Point" else [[x, y]]}


def test_cells_keep_what_was_written(tmp_path: Path) -> None:
    text = r"""{"features": [
      {"properties": {"a": 0.10, "b": 12345678901234567890, "c": null, "d": true, "e": "Li\u00e8ge", "f": 1E-7,
                      "g": {"h": [1.50, null, "x\"y"], "i": false}, "j": "", "k": [], "l": "007"}},
      {"properties": {"m": "extra"}}, {"properties": null}]}"""
    columns, rows = features(written(tmp_path, text), "geojson")
    assert columns == list("abcdefgjklm")
    assert rows[0] == [
        "0.10", "12345678901234567890", "", "true", "Liège", "1E-7",
        '{"h":[1.50,null,"x\\"y"],"i":false}', "", "[]", "007", "",
    ]  # fmt: skip
    assert json.loads(rows[0][6]) == {"h": [1.5, None, 'x"y'], "i": False}
    assert rows[1:] == [[""] * 10 + ["extra"], [""] * 11]


def test_arcgis_cells_are_attributes_and_codes_stay_codes(tmp_path: Path) -> None:
    page = {
        "objectIdFieldName": "OBJECTID",
        "spatialReference": {"wkid": 31370},
        "fields": [{"name": "OBJECTID"}, {"name": "leeg"}, {"name": "soort", "domain": {"type": "codedValue"}}],
        "features": [
            {"attributes": {"OBJECTID": 1, "soort": 2, "datum": 1700000000000}, "geometry": {"x": 104000, "y": 194000}},
            {"attributes": {"OBJECTID": 2, "soort": 3, "datum": None}, "geometry": {"x": "NaN", "y": "NaN"}},
            {"attributes": {"OBJECTID": 3, "soort": 3, "datum": None}},
        ],
    }
    columns, rows = features(written(tmp_path, json.dumps(page)), "arcgis")
    assert columns == ["OBJECTID", "leeg", "soort", "datum", "lon", "lat"]
    assert rows[0] == ["1", "", "2", "1700000000000", "3.7126794925896927", "51.05433010825828"]
    assert rows[1:] == [["2", "", "3", "", "", ""], ["3", "", "3", "", "", ""]]


def test_points_become_two_columns_and_other_shapes_none(tmp_path: Path) -> None:
    columns, rows = features(geojson(tmp_path, point(*GENT), None, point(*GENT, "MultiPoint")), "geojson")
    assert columns == ["nr", "lon", "lat"]
    assert rows == [["1", "3.71268", "51.05433"], ["2", "", ""], ["3", "3.71268", "51.05433"]]
    area = {"type": "Polygon", "coordinates": [[[3.7, 51.0], [3.8, 51.0], [3.8, 51.1], [3.7, 51.0]]]}
    assert features(geojson(tmp_path, area, None), "geojson") == (["nr"], [["1"], ["2"]])


@pytest.mark.parametrize(
    ("crs", "axes", "xy"),
    [
        pytest.param("CRS84", "xy", GENT, id="crs84"),
        pytest.param("EPSG:4326", "xy", GENT, id="epsg4326-longitude-first"),
        pytest.param("http://www.opengis.net/def/crs/EPSG/0/4326", "yx", GENT[::-1], id="epsg4326-latitude-first"),
        pytest.param("EPSG:31370", "xy", GENT_72, id="lambert72"),
        pytest.param("urn:ogc:def:crs:EPSG::31370", "yx", GENT_72[::-1], id="lambert72-northing-first"),
        pytest.param("31370", "xy", GENT_72, id="lambert72-wkid"),
        pytest.param("EPSG:3812", "xy", GENT_2008, id="lambert2008"),
    ],
)
def test_the_same_place_in_every_system(crs: str, axes: str, xy: tuple[float, float], tmp_path: Path) -> None:
    _, [row] = features(geojson(tmp_path, point(*xy)), "geojson", crs, axes)
    assert (float(row[1]), float(row[2])) == pytest.approx(GENT, abs=1e-4), "within some ten metres"


def test_the_system_that_a_page_names_goes_before_the_one_that_was_asked(tmp_path: Path) -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    _, [row] = features(geojson(tmp_path, point(*GENT_72), crs=named), "geojson", "EPSG:4326")
    assert (float(row[1]), float(row[2])) == pytest.approx(GENT, abs=1e-4)


def test_a_known_corner_of_belgium_keeps_its_place_in_many_points_at_once() -> None:
    lon, lat = lonlat(np.full(100_000, 155_000.0), np.full(100_000, 212_000.0), "EPSG:31370")
    assert len(lon) == len(lat) == 100_000
    assert (lon[0], lat[-1]) == pytest.approx((4.4417, 51.2172), abs=0.01), "Antwerpen"


@pytest.mark.parametrize(
    ("crs", "axes", "xy", "why"),
    [
        pytest.param("EPSG:4326", "xy", GENT_72, "looks like Lambert 72 (EPSG:31370)", id="unnoticed-lambert72"),
        pytest.param("CRS84", "xy", GENT_2008, "looks like Lambert 2008 (EPSG:3812)", id="unnoticed-lambert2008"),
        pytest.param("EPSG:31370", "xy", GENT_2008, "looks like Lambert 2008", id="lambert2008-as-72"),
        pytest.param("EPSG:3812", "xy", GENT_72, "looks like Lambert 72", id="lambert72-as-2008"),
        pytest.param("EPSG:31370", "xy", GENT, "looks like degrees", id="degrees-as-metres"),
        pytest.param("EPSG:4326", "xy", GENT[::-1], "has its axes swapped", id="swapped"),
        pytest.param("EPSG:4326", "yx", GENT, "has its axes swapped", id="swapped-the-other-way"),
        pytest.param("CRS84", "xy", (0.0, 0.0), "lies outside of Belgium", id="null-island"),
        pytest.param("EPSG:31370", "xy", (1000.0, 259_000.0), "lies outside of Belgium", id="north-sea"),
        pytest.param("CRS84", "xy", (4.9, 52.37), "lies outside of Belgium", id="amsterdam"),
    ],
)
def test_a_point_that_cannot_be_right_names_its_feature(
    crs: str, axes: str, xy: tuple[float, float], why: str, tmp_path: Path
) -> None:
    good = {"CRS84": GENT, "EPSG:4326": GENT, "EPSG:31370": GENT_72, "EPSG:3812": GENT_2008}[crs]
    good = good[::-1] if axes == "yx" else good
    with pytest.raises(ParseError) as found:
        features(geojson(tmp_path, point(*good), point(*xy), point(*xy)), "geojson", crs, axes)
    said = str(found.value)
    assert said.startswith(f"feature paal.2 and 1 more: ({xy[0]!r}, {xy[1]!r}) declared as {crs} ")
    assert why in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        pytest.param([point(float("nan"), 51.0)], "NaN is no number", id="nan"),
        pytest.param([point("3.7", "51.0")], "paal.1 has a point without two numbers", id="text"),
        pytest.param([{"type": "Point", "coordinates": [3.7]}], "paal.1 has a point without two numbers", id="one"),
        pytest.param([point(*GENT), {"type": "LineString", "coordinates": [GENT]}], "paal.2 is no point", id="line"),
        pytest.param([{"type": "LineString", "coordinates": [GENT]}, point(*GENT)], "paal.1 is no point", id="first"),
    ],
)
def test_a_point_that_is_none_is_refused(shapes: list, said: str, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=said.replace("(", r"\(").replace(")", r"\)")):
        features(geojson(tmp_path, *shapes), "geojson")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("geen json", "not JSON", id="no-json"),
        pytest.param("[]", "holds no features", id="list"),
        pytest.param('{"features": null}', "holds no features", id="no-features"),
        pytest.param(OWN_LON, "has columns ['Lon'] beside its points", id="own-lon"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ParseError) as found:
        features(written(tmp_path, text), "geojson")
    assert said in str(found.value)


def test_a_system_that_is_not_known_is_refused() -> None:
    with pytest.raises(ParseError, match="EPSG:28992 are not known"):
        in_belgium([1.0], [1.0], "EPSG:28992", ["paal.1"])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("EPSG:31370", "EPSG:31370"),
        ("http://www.opengis.net/def/crs/EPSG/0/31370", "EPSG:31370"),
        ("urn:ogc:def:crs:EPSG::3812", "EPSG:3812"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "CRS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84"),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", "EPSG:4326"),
    ],
)
def test_a_system_has_one_name_however_it_is_written(name: str, code: str) -> None:
    assert crs_code(name) == code
