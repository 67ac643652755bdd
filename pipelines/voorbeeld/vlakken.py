"""Makes the committed polygons of areas (sources/gebieden/vlakken/) from the publishers' own files."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from pipelines.home import Problem, quoted
from pipelines.ingest.read.points import METRES, POLYGONS, load_spatial
from pipelines.landing.areas import load_areas

# Per level the publisher's file and the column that holds the code.
SHAPEFILES = {
    "gemeente2024": ("pinc-gebiedsniveaus/shapefiles/gemeente2024.shp", "gemeente"),
    "gemeente": ("pinc-gebiedsniveaus/shapefiles/gemeente.shp", "geoitem"),
}
PRECISION_M = 0.01


class PolygonError(Problem):
    """Polygons that are not those of the area list: one sentence."""


def make(data: Path, folder: Path) -> None:
    """Write one table per level to `folder`: gebiedsniveau, gebied, and the polygon as WKB in Lambert 72 (metres).

    Raises PolygonError when the areas differ from the list of areas of Flanders and Brussels, or a polygon is broken.
    """
    with duckdb.connect() as con:
        load_spatial(con)
        load_areas(con)
        for level, (file, code) in SHAPEFILES.items():
            con.execute(
                f"CREATE OR REPLACE TABLE vlak AS SELECT {quoted(level)} AS gebiedsniveau, "
                f"trim(CAST({code} AS VARCHAR)) AS gebied, ST_ReducePrecision(geom, {PRECISION_M}) AS vlak, "
                f"ST_CRS(geom) AS stelsel FROM ST_Read({quoted(data / file)})"
            )
            _check(con, level, file)
            con.execute(
                "COPY (SELECT gebiedsniveau, gebied, CAST(ST_AsWKB(vlak) AS BLOB) AS vlak FROM vlak ORDER BY gebied) "
                f"TO {quoted(folder / f'{level}.parquet')} (FORMAT parquet, COMPRESSION zstd)"
            )


def _check(con: duckdb.DuckDBPyConnection, level: str, file: str) -> None:
    here = f"gebiedsniveau = {quoted(level)} AND soort = 'gebied' AND gewest IN ('02000', '04000')"
    differ = con.execute(
        f"SELECT COALESCE(v.gebied, l.gebied) FROM vlak AS v FULL JOIN (FROM gebied WHERE {here}) AS l "
        "ON l.gebied = v.gebied GROUP BY 1 HAVING COUNT(v.gebied) <> 1 OR COUNT(l.gebied) <> 1 ORDER BY 1"
    ).fetchall()
    if differ:
        named = ", ".join(code for (code,) in differ[:5])
        raise PolygonError(
            f"{file}: {len(differ)} areas are not once in it and in the list of {level}, such as {named}"
        )
    wrong = f"NOT ST_IsValid(vlak) OR stelsel IS DISTINCT FROM {quoted(METRES)}"
    if broken := con.execute(f"SELECT MIN(gebied) FROM vlak WHERE {wrong}").fetchone()[0]:
        raise PolygonError(f"{file}: the polygon of {broken} is broken or not in {METRES}; ask for the file again")


def main() -> None:
    """Make every table from the folder with the publishers' files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="folder with the publishers' files")
    POLYGONS.mkdir(exist_ok=True)
    make(options.parse_args().data, POLYGONS)


if __name__ == "__main__":
    main()
