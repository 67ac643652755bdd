"""Points to areas: in which polygon each place lies, by DuckDB's spatial extension from its own package."""

from __future__ import annotations

from pathlib import Path

import duckdb
import duckdb_extension_spatial

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.geometry import LAT, LON, misread

POLYGONS = ROOT / "sources" / "gebieden" / "vlakken"
LEVEL, ELSEWHERE = "gemeente", "99999"
METRES = "EPSG:31370"
# Two simplifications of the same outer border lie within 44 m of each other over 99 % of its length (docs/adr/0023).
NEAR_M = 50
NAMED = 5  # points that a message names


class PointError(ParseError):
    """Points that cannot be placed: one sentence with how many, which one, and what to do."""


def load_spatial(con: duckdb.DuckDBPyConnection) -> None:
    """Load the spatial extension from the package installed beside DuckDB; nothing is fetched. Raises PointError."""
    folder = Path(duckdb_extension_spatial.__file__).parent / "extensions"
    path = folder / f"v{duckdb.__version__}" / "spatial.duckdb_extension"
    if not path.exists():
        raise PointError(
            f"there is no spatial extension for DuckDB {duckdb.__version__} in {folder}; "
            "install the duckdb-extension-spatial of the same version"
        )
    con.execute("SET autoinstall_known_extensions = false")
    con.execute(f"LOAD {quoted(path)}")


def place(con: duckdb.DuckDBPyConnection, relation: str, lon: str, lat: str, level: str) -> str:
    """SQL of `relation` with three columns more: its area (named as the level), `ligging` and `afstand_m`.

    `lon` and `lat` are its columns in degrees (WGS84); `ligging` and the distance in metres are as `placed` gives
    them. Raises PointError, before anything is placed, for a level without polygons, and for points without a place,
    with swapped axes or in metres.
    """
    path = POLYGONS / f"{level}.parquet"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in POLYGONS.glob("*.parquet")))
        raise PointError(f"there are no polygons of level {level}; choose from {known}")
    load_spatial(con)
    x, y = named(lon), named(lat)
    _refuse(con, relation, x, y)
    # One row per place, so that equal points get equal areas and are looked up once.
    points = (
        f"SELECT *, row_number() OVER () AS plek, {in_metres('lon', 'lat')} AS punt "
        f"FROM (SELECT DISTINCT {x} AS lon, {y} AS lat FROM {relation})"
    )
    areas = f"SELECT gebied, ST_GeomFromWKB(vlak) AS vlak FROM read_parquet({quoted(path)})"
    return (
        f"(SELECT p.*, z.gebied AS {named(level)}, z.ligging, z.afstand_m FROM {relation} AS p "
        f"JOIN ({placed(points, areas)}) AS z ON z.lon = p.{x} AND z.lat = p.{y})"
    )


def in_metres(lon: str, lat: str) -> str:
    """SQL of a point in Lambert 72 from SQL of its degrees (WGS84).

    Without `always_xy`, EPSG:4326 wants latitude first, and gives a place in the ocean for longitude first.
    """
    return f"ST_Transform(ST_Point({lon}, {lat}), 'EPSG:4326', {quoted(METRES)}, always_xy := true)"


def placed(points: str, areas: str) -> str:
    """SQL of `points` (plek, punt) with their area among `areas` (gebied, vlak), both in metres.

    `ligging` is `binnen` (one area covers the point), `rand` (several do: the lowest code), `nabij` (none does: the
    nearest one within NEAR_M metres, of equals to the millimetre the lowest code) or `buiten` (no area). `afstand_m`
    is how far outside of its area a point lies, 0 for `binnen` and `rand`, NULL for `buiten`.
    """
    return f"""
      WITH plaats AS MATERIALIZED ({points}), vlak AS MATERIALIZED ({areas}),
      raak AS MATERIALIZED (
        SELECT plek, MIN(gebied) AS gebied, COUNT(*) AS vlakken
        FROM plaats JOIN vlak ON ST_Intersects(vlak.vlak, plaats.punt) GROUP BY plek),
      mis AS (SELECT plek, punt FROM plaats ANTI JOIN raak USING (plek)),
      doos AS (
        SELECT gebied, vlak, ST_MakeEnvelope(ST_XMin(vlak) - {NEAR_M}, ST_YMin(vlak) - {NEAR_M},
          ST_XMax(vlak) + {NEAR_M}, ST_YMax(vlak) + {NEAR_M}) AS ruim
        FROM vlak),
      buur AS (
        SELECT plek, gebied, ROUND(ST_Distance(vlak, punt), 3) AS afstand_m
        FROM mis JOIN doos ON ST_Intersects(doos.ruim, mis.punt)),
      naast AS (
        SELECT plek, MIN({{'afstand_m': afstand_m, 'gebied': gebied}}) AS van
        FROM buur WHERE afstand_m <= {NEAR_M} GROUP BY plek)
      SELECT plaats.*, COALESCE(raak.gebied, naast.van.gebied) AS gebied,
        CASE WHEN raak.vlakken = 1 THEN 'binnen' WHEN raak.vlakken > 1 THEN 'rand'
          WHEN naast.plek IS NOT NULL THEN 'nabij' ELSE 'buiten' END AS ligging,
        CASE WHEN raak.plek IS NOT NULL THEN 0 ELSE naast.van.afstand_m END AS afstand_m
      FROM plaats LEFT JOIN raak USING (plek) LEFT JOIN naast USING (plek)"""


def add_areas(con: duckdb.DuckDBPyConnection, spec: Dataset, part: Path) -> list[str]:
    """Add to a parsed file the municipality of today of each point and its `ligging`, row by row in the same order.

    A point that is `buiten` is elsewhere (99999). Returns what a person should know: which points are not simply
    inside of one area. Raises PointError.
    """
    points = spec.gebied.punten
    assert points is not None, "the caller asked"
    rows = f"read_parquet({quoted(part)}, file_row_number = true)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE geplaatst AS SELECT * FROM {place(con, rows, points.lon, points.lat, LEVEL)}"
    )
    target = part.with_suffix(".placed")
    area = f"COALESCE({LEVEL}, {quoted(ELSEWHERE)}) AS {LEVEL}"
    con.execute(
        f"COPY (SELECT * EXCLUDE (file_row_number, afstand_m) REPLACE ({area}) FROM geplaatst "
        f"ORDER BY file_row_number) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)"
    )
    target.replace(part)
    where = f"concat(gebied, ' in ', {LEVEL})"
    told = {
        "rand": ("on a border, in the lowest code", where),
        "nabij": (
            f"outside of every {LEVEL}, in the nearest within {NEAR_M} m",
            f"concat({where}, ' at ', printf('%.1f', afstand_m), ' m')",
        ),
        "buiten": (f"farther than {NEAR_M} m from every {LEVEL}, elsewhere ({ELSEWHERE})", "gebied"),
    }
    return [said for how, (what, shown) in told.items() if (said := _told(con, how, what, shown))]


def _told(con: duckdb.DuckDBPyConnection, how: str, what: str, shown: str) -> str:
    """The points placed in one way, the first ones by name; empty when there are none."""
    number, first = con.execute(
        f"SELECT COUNT(*), list({shown} ORDER BY file_row_number)[:{NAMED}] FROM geplaatst WHERE ligging = ?", [how]
    ).fetchone()
    if not number:
        return ""
    more = f" and {number - NAMED} more" if number > NAMED else ""
    return f"{number} points count {what}: {', '.join(first)}{more}"


def _refuse(con: duckdb.DuckDBPyConnection, relation: str, x: str, y: str) -> None:
    """Raise PointError where a longitude or latitude is absent, is none, or where the two changed places."""
    degrees = f"({x} BETWEEN -180 AND 180 AND {y} BETWEEN -90 AND 90) IS TRUE"
    swapped = f"{x} BETWEEN {LAT[0]} AND {LAT[1]} AND {y} BETWEEN {LON[0]} AND {LON[1]}"
    number, lon, lat = con.execute(
        f"SELECT COUNT(*), arg_min_null({x}, regel), arg_min_null({y}, regel) "
        f"FROM (SELECT {x}, {y}, row_number() OVER () AS regel FROM {relation}) WHERE NOT {degrees} OR {swapped}"
    ).fetchone()
    if not number:
        return
    more = f" and {number - 1} more" if number > 1 else ""
    if lon is None or lat is None:
        raise PointError(f"a point{more} has no longitude or latitude; leave it out or ask the publisher for its place")
    why = misread(lon, lat, "EPSG:4326") or "is no longitude and latitude in degrees; ask the publisher for the place"
    raise PointError(f"the point at ({lon!r}, {lat!r}){more} {why}")
