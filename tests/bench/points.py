"""Placing alone: synthetic points, spread evenly over the box around Flanders, and the municipality of each.

`python -m tests.bench.points NUMBER` prints its seconds; `make bench` runs it. Four in ten of such points lie in the
sea or abroad, far more than any publisher's, and each of them is looked up beside every area that may be near.
"""

from __future__ import annotations

import json
import sys
import time

import duckdb

BOX = "2.54 + random() * 3.38 AS lon, 50.68 + random() * 0.83 AS lat"


def place_points(number: int) -> tuple[float, dict[str, int]]:
    """Seconds to load the extension and to place that many points, and how many were placed in which way."""
    from pipelines.ingest.read.points import place

    with duckdb.connect() as con:
        con.execute("SELECT setseed(0.5)")
        con.execute(f"CREATE TABLE spots AS SELECT {BOX} FROM range({number})")
        started = time.perf_counter()
        con.execute(f"CREATE TABLE found AS SELECT * FROM {place(con, 'spots', 'lon', 'lat', 'gemeente')}")
        seconds = time.perf_counter() - started
        return seconds, dict(con.execute("SELECT ligging, COUNT(*) FROM found GROUP BY 1 ORDER BY 1").fetchall())


def main() -> None:
    """Place the points and print seconds and counts as JSON."""
    seconds, counts = place_points(int(sys.argv[1]))
    print(json.dumps({"seconds": seconds, "counts": counts}))


if __name__ == "__main__":
    main()
