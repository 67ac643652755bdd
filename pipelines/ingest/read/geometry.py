"""Coordinates: from the systems of Belgian publishers to longitude and latitude, and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from pipelines.ingest.read.errors import ParseError
from pipelines.later import np

Axes = Literal["xy", "yx"]
Numbers = Any  # an array of numpy

LON, LAT = (2.3, 6.6), (49.3, 51.7)
# The reach of Belgium in metres, with some room: Lambert 72 and Lambert 2008.
METRES = {
    "EPSG:31370": ((0, 310_000), (10_000, 260_000)),
    "EPSG:3812": ((500_000, 810_000), (510_000, 760_000)),
}
NAMES = {"EPSG:31370": "Lambert 72", "EPSG:3812": "Lambert 2008"}
DEGREES = ("EPSG:4326", "CRS84")


class FeatureError(ParseError):
    """A feature that cannot be read: one sentence with what, which one, and what to do."""


def crs_code(name: str | int, *, lonlat: bool = False) -> str:
    """One way to write a coordinate system: `EPSG:<code>` or `CRS84`, from an id, a URN or an address of it.

    With `lonlat`, EPSG:4326 is CRS84 too: GeoJSON writes longitude first under either name.
    """
    text = str(name)
    if re.search(r"\bCRS:?84$", text, re.I):
        return "CRS84"
    found = re.fullmatch(r"(?:.*\bEPSG\b.*?[:/#])?(\d{4,6})", text, re.I)
    code = f"EPSG:{found[1]}" if found else text
    return "CRS84" if lonlat and code == "EPSG:4326" else code


def axes_of(name: str) -> Axes:
    """The order in which an OGC API writes coordinates: latitude first in EPSG:4326, else x first."""
    return "yx" if crs_code(name) == "EPSG:4326" else "xy"


def declared_crs(data: Mapping[str, Any]) -> str | None:
    """The coordinate system that a GeoJSON document names in its `crs` member."""
    crs = data.get("crs")
    if isinstance(crs, Mapping):
        properties = crs.get("properties")
        crs = properties.get("name") if isinstance(properties, Mapping) else None
    return crs if isinstance(crs, str) else None


def lonlat(x: Sequence[float], y: Sequence[float], crs: str, axes: Axes = "xy") -> tuple[Numbers, Numbers]:
    """WGS84 longitudes and latitudes in degrees of coordinates in `crs` (metres or degrees).

    `axes` is the order in which they are written: `yx` when `x` holds northings or latitudes.
    Raises FeatureError for a system that is not known.
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if axes == "yx":
        first, second = second, first
    code = crs_code(crs)
    if code in DEGREES:
        return first, second
    if code not in METRES:
        known = ", ".join([*METRES, *DEGREES])
        raise FeatureError(f"coordinates in {crs} are not known; ask the publisher for one of {known}")
    lon, lat = _to_degrees(code).transform(first, second)
    return np.asarray(lon), np.asarray(lat)


def in_belgium(
    x: Sequence[float], y: Sequence[float], crs: str, names: Sequence[str], axes: Axes = "xy"
) -> tuple[Numbers, Numbers]:
    """As `lonlat`, and every point lies in Belgium.

    `names` say which feature each point is. Raises FeatureError with one sentence about the first point that
    cannot be right: metres taken for degrees, swapped axes, or outside of Belgium.
    """
    lon, lat = lonlat(x, y, crs, axes)
    wrong = np.flatnonzero(~(_within(lon, LON) & _within(lat, LAT)))
    if wrong.size:
        at = int(wrong[0])
        first, second = float(x[at]), float(y[at])
        more = f" and {wrong.size - 1} more" if wrong.size > 1 else ""
        lies = misread(second, first, crs) if axes == "yx" else misread(first, second, crs)
        why = lies or "lies outside of Belgium; ask the publisher for the right place"
        raise FeatureError(f"feature {names[at]}{more}: ({first!r}, {second!r}) declared as {crs} {why}")
    return lon, lat


def misread(x: float, y: float, crs: str) -> str | None:
    """How a point declared in `crs` was misread, and what to do: metres for degrees, the reverse, or swapped axes.
    None when it is none of these."""
    code = crs_code(crs)
    for metres, (east, north) in METRES.items():
        if metres != code and _within(x, east) and _within(y, north):
            return f"looks like {NAMES[metres]} ({metres}); correct the coordinate system in the source spec"
    if code in METRES and _within(x, LON) and _within(y, LAT):
        return "looks like degrees (EPSG:4326); correct the coordinate system in the source spec"
    east, north = METRES.get(code, (LON, LAT))
    if _within(y, east) and _within(x, north):
        return "has its axes swapped; correct the order of the axes in the source spec"
    return None


def _within(value: Any, bounds: tuple[float, float]) -> Any:
    return (value >= bounds[0]) & (value <= bounds[1])


@lru_cache
def _to_degrees(code: str) -> Any:
    from pyproj import Transformer  # slow to import, and few files have coordinates

    return Transformer.from_crs(code, "EPSG:4326", always_xy=True)
