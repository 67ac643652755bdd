"""Makes the committed shapes of the maps (sources/gebieden/kaart.csv) from those in sources/gebieden/vlakken/."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import duckdb
import shapely

from pipelines.describe.specfile import ROOT
from pipelines.home import quoted
from pipelines.ingest.read.points import POLYGONS

SHAPES = ROOT / "sources" / "gebieden" / "kaart.csv"
GRID_M = 1000  # a unit of the map: half a pixel of a map that is 480 wide
SIMPLER_M = 2500  # what is finer than this may go; a border stays one line for both its areas
SMALLEST_M2 = 4e6  # a part that is smaller is not drawn, unless the area has no larger one
BRUSSELS = "vgc"  # its 19 municipalities are one area here: at this size nobody tells them apart
Dots = list[tuple[int, int]]


def shapes() -> dict[str, str]:
    """The outline of every municipality of Flanders, and of Brussels as one, as SVG path data in whole kilometres."""
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT gebied, CAST(vlak AS BLOB) FROM {quoted(POLYGONS / 'gemeente.parquet')} ORDER BY gebied"
        ).fetchall()
    areas = {code: shapely.from_wkb(bytes(shape)) for code, shape in found}
    brussels = shapely.union_all([shape for code, shape in areas.items() if code.startswith("21")])
    drawn = {code: shape for code, shape in areas.items() if not code.startswith("21")} | {BRUSSELS: brussels}
    left, _, _, top = shapely.total_bounds(list(drawn.values()))
    simple = shapely.coverage_simplify(list(drawn.values()), SIMPLER_M)
    return {code: _path(shape, left, top) for code, shape in zip(drawn, simple, strict=True)}


def _path(shape: shapely.Geometry, left: float, top: float) -> str:
    parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    kept = [part for part in parts if part.area >= SMALLEST_M2] or parts[:1]
    rings = [[(round((x - left) / GRID_M), round((top - y) / GRID_M)) for x, y in p.exterior.coords] for p in kept]
    return "".join(_ring(_corners(ring), ring[0]) for ring in rings)


def _corners(ring: Dots) -> Dots:
    """The corners of a ring: what is on the line between its neighbours is none."""
    dots = [dot for dot, after in pairwise([*ring, ring[0]]) if dot != after]

    def turns(before: tuple[int, int], dot: tuple[int, int], after: tuple[int, int]) -> bool:
        return (dot[0] - before[0]) * (after[1] - dot[1]) != (dot[1] - before[1]) * (after[0] - dot[0])

    return [d for i, d in enumerate(dots) if turns(dots[i - 1], d, dots[(i + 1) % len(dots)])]


def _ring(dots: Dots, at: tuple[int, int]) -> str:
    """One ring, every corner as the step from the one before; what is nothing at this size is a square of a unit."""
    if len(dots) < 3:
        return f"M{at[0]} {at[1]}h1v1h-1z"
    steps = "".join(
        f" {step}" if step >= 0 else str(step) for a, b in pairwise(dots) for step in (b[0] - a[0], b[1] - a[1])
    )
    return f"M{dots[0][0]} {dots[0][1]}l{steps.lstrip()}z"


def write(path: Path) -> None:
    """Write the table: gebied and pad."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, delimiter=";", lineterminator="\n")
        lines.writerow(("gebied", "pad"))
        lines.writerows(shapes().items())


if __name__ == "__main__":
    write(SHAPES)
