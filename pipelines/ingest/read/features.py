"""Features as a table of text cells: GeoJSON and ArcGIS JSON, with every value as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pipelines.ingest.read.geometry import Axes, FeatureError, crs_code, declared_crs, in_belgium
from pipelines.ingest.read.records import Number, cell, inside, load_json

Kind = Literal["geojson", "arcgis"]
PLACE = ("lon", "lat")


def features(
    path: Path, kind: Kind, crs: str = "CRS84", axes: Axes = "xy", name: str = ""
) -> tuple[list[str], list[list[str]]]:
    """The columns and rows of one page; null is an empty cell, and nested values are JSON text. `name` is what the
    file is called in messages.

    Points give two columns more, `lon` and `lat` in degrees (WGS84); other shapes give none. `crs` and `axes`
    say what the coordinates are where the page itself does not. Raises FeatureError.
    """
    file, page = name or path.name, load_json(path, name or path.name)
    found = page.get("features") if isinstance(page, dict) else None
    if not isinstance(found, list) or not all(isinstance(f, Mapping) for f in found):
        raise FeatureError(f"{file} holds no features; look at the file")
    rows = [inside(f, "attributes" if kind == "arcgis" else "properties") for f in found]
    columns = list(dict.fromkeys([*_fields(page, kind), *(name for row in rows for name in row)]))
    table = [[cell(row.get(name)) for name in columns] for row in rows]
    names = [_name(feature, number, page) for number, feature in enumerate(found, 1)]
    shapes = [inside(f, "geometry") for f in found]
    pairs = [_pair(shape, name) for shape, name in zip(shapes, names, strict=True)]
    points = [n for n, pair in enumerate(pairs) if pair]
    if not points:
        return columns, table
    other = [name for name, pair, shape in zip(names, pairs, shapes, strict=True) if not pair and not _is_empty(shape)]
    if other:
        raise FeatureError(f"feature {other[0]} is no point, as others are; ask for points only")
    if taken := [name for name in columns if name.lower() in PLACE]:
        raise FeatureError(f"{file} has columns {taken} beside its points; leave one of both out of the query")
    if kind == "arcgis":
        told = inside(page, "spatialReference")
        crs, axes = str(told.get("latestWkid") or told.get("wkid") or crs), "xy"
    elif declared := declared_crs(page):
        crs = crs_code(declared, lonlat=True)
    x, y = zip(*(pairs[n] for n in points), strict=True)
    lon, lat = in_belgium(x, y, crs, [names[n] for n in points], axes)
    places = {n: [repr(float(a)), repr(float(b))] for n, a, b in zip(points, lon, lat, strict=True)}
    return [*columns, *PLACE], [row + places.get(n, ["", ""]) for n, row in enumerate(table)]


def _fields(page: Mapping[str, Any], kind: Kind) -> list[str]:
    """The columns that an ArcGIS page declares, also where no row has a value for them."""
    fields = page.get("fields")
    if kind != "arcgis" or not isinstance(fields, list):
        return []
    return [str(field["name"]) for field in fields if isinstance(field, Mapping) and "name" in field]


def _name(feature: Mapping[str, Any], number: int, page: Mapping[str, Any]) -> str:
    ident = feature.get("id")
    if ident is None:
        ident = inside(feature, "attributes").get(str(page.get("objectIdFieldName")))
    return str(ident) if ident is not None else f"number {number}"


def _is_empty(shape: Mapping[str, Any]) -> bool:
    """Whether there is no geometry: an empty point has x null or NaN in ArcGIS, and no coordinates in GeoJSON."""
    return not shape or not shape.get("coordinates", True) or shape.get("x", True) in (None, "NaN")


def _pair(shape: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """The coordinates of a point, as they were written; None for another shape or none at all."""
    if _is_empty(shape):
        return None
    if "x" in shape:
        pair = [shape["x"], shape.get("y")]
    elif shape.get("type") == "Point":
        pair = shape.get("coordinates")
    elif shape.get("type") == "MultiPoint" and len(inner := shape.get("coordinates") or []) == 1:
        pair = inner[0]
    else:
        return None
    if not isinstance(pair, list) or len(pair) < 2 or not all(isinstance(number, Number) for number in pair[:2]):
        raise FeatureError(f"feature {name} has a point without two numbers; ask the publisher")
    return float(pair[0]), float(pair[1])
