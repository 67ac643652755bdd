"""An area's full profile from a release of a hundred million synthetic observations.

`python -m tests.bench.profile made FILE ROWS` writes the file as a release does: its columns, storage and order.
`python -m tests.bench.profile ask FILE` asks it for the profile of random areas, and prints milliseconds: the lookup in
mart.profiel that `obmi profiel` does, the latest value of every subject from mart.waarneming, and the same with a
connection of its own. Areas, subjects and values are synthetic.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines.home import quoted
from pipelines.publish.contract import STORAGE
from pipelines.publish.marts import SORTED

AREAS, SUBJECTS, CHUNKS, ASKED = 10_000, 400, 50, 300
Area = tuple[str, str]
Asked = Callable[[str, Area], list[tuple]]
MUNICIPALITIES = 300  # of the areas, those that have a row in mart.profiel
PLACES = """
CREATE TEMP TABLE plaats AS SELECT a, CASE WHEN a % {each} = 0 THEN 'gemeente' ELSE 'statsec2019' END AS gebiedsniveau,
  printf('%05dA%03d', 10000 + a, a % 1000) AS gebied FROM range({areas}) AS areas (a);
CREATE TEMP TABLE reeks AS SELECT s, printf('v9%03d_synthetisch', s) AS onderwerp, s % 2 = 0 AS ratio,
  'synthetisch_' || (s % 30) AS bron, md5((s % 30)::TEXT) AS bronversie FROM range({subjects}) AS subjects (s);
CREATE TEMP TABLE jaar AS SELECT (2025 - p)::TEXT AS periode, MAKE_DATE((2025 - p)::INT, 1, 1) AS periode_begin
  FROM range({periods}) AS periods (p);
"""
ROWS = """
SELECT onderwerp, gebiedsniveau, gebied, periode, periode_begin, waarde,
  CASE WHEN waarde IS NULL THEN 'verborgen' ELSE 'ok' END AS status,
  CASE WHEN waarde IS NULL THEN 'verborgen door de uitgever' END AS reden,
  CASE WHEN ratio THEN waarde / 2 END AS teller, CASE WHEN ratio THEN waarde * 3 END AS noemer,
  waarde * 0.9 AS ondergrens, waarde * 1.1 AS bovengrens, FALSE AS voorlopig, bron, bronversie,
  CASE WHEN waarde IS NOT NULL THEN 'A' END AS kwaliteit
FROM (SELECT *, hash(a, s, periode) AS h, CASE WHEN h % 25 > 0 THEN (h % 1000000) / 7 END AS waarde
  FROM plaats, reeks, jaar WHERE a >= {first} AND a < {last})
"""
NAMED = "o.naam AS onderwerp_naam, o.thema, o.eenheid"
BESIDE = ", ".join(f"w.waarde * {n} AS vergelijking_{n}" for n in range(1, 28))  # as wide as a real profile
LOOKUP = "SELECT * FROM mart.profiel WHERE gebiedsniveau = ? AND gebied = ?"
LATEST = """
SELECT onderwerp, ARG_MAX({'periode': periode, 'waarde': waarde, 'status': status, 'ondergrens': ondergrens,
  'bovengrens': bovengrens, 'kwaliteit': kwaliteit}, periode)
FROM mart.waarneming WHERE gebiedsniveau = ? AND gebied = ? GROUP BY onderwerp"""


def made(file: Path, rows: int) -> None:
    """Write the observations in the order of a release, a share of the areas at a time, and their profile."""
    con = duckdb.connect(config={"memory_limit": "6GB", "temp_directory": str(file.parent)})
    con.execute(f"ATTACH {quoted(file)} AS rel ({STORAGE})")
    con.execute("USE rel")
    con.execute("CREATE SCHEMA mart")
    periods = max(1, rows // (AREAS * SUBJECTS))
    con.execute(PLACES.format(areas=AREAS, subjects=SUBJECTS, periods=periods, each=AREAS // MUNICIPALITIES))
    for number in range(CHUNKS):
        select = ROWS.format(first=number * AREAS // CHUNKS, last=(number + 1) * AREAS // CHUNKS)
        head = "INSERT INTO mart.waarneming" if number else "CREATE TABLE mart.waarneming AS"
        con.execute(f"{head} {select} ORDER BY {SORTED['waarneming']}")
    con.execute(
        "CREATE TABLE mart.onderwerp AS SELECT onderwerp, 'synthetisch ' || onderwerp AS naam, "
        "'thema ' || s % 12 AS thema, 'aantal' AS eenheid FROM reeks ORDER BY onderwerp"
    )
    con.execute(
        f"CREATE TABLE mart.profiel AS SELECT w.*, {NAMED}, {BESIDE} FROM mart.waarneming AS w JOIN (SELECT onderwerp, "
        "gebied, MAX(periode) AS periode FROM mart.waarneming WHERE gebiedsniveau = 'gemeente' GROUP BY ALL) AS l "
        "USING (onderwerp, gebied, periode) JOIN mart.onderwerp AS o USING (onderwerp) "
        f"WHERE gebiedsniveau = 'gemeente' ORDER BY {SORTED['profiel']}"
    )
    con.execute("CHECKPOINT rel")
    con.close()


def ask(file: Path) -> dict[str, float]:
    """Milliseconds of a profile, at the median and for 95 of 100, by how it is asked; and what was asked of."""
    single = {"threads": 1}  # one thread is as quick for so few rows, and leaves the others alone
    con = duckdb.connect(str(file), read_only=True, config=single)
    areas = con.execute(
        "SELECT DISTINCT gebiedsniveau, gebied FROM mart.waarneming WHERE onderwerp = 'v9000_synthetisch' ORDER BY ALL"
    ).fetchall()
    own = [a for a in areas if a[0] == "gemeente"]
    count = con.execute("SELECT COUNT(*) FROM mart.waarneming").fetchone()[0]

    def fresh(sql: str, area: Area) -> list[tuple]:
        with duckdb.connect(str(file), read_only=True, config=single) as own_connection:
            return own_connection.execute(sql, area).fetchall()

    asked = {
        "lookup": (LOOKUP, own, lambda sql, area: con.execute(sql, area).fetchall()),
        "latest": (LATEST, areas, lambda sql, area: con.execute(sql, area).fetchall()),
        "latest, own connection": (LATEST, areas, fresh),
    }
    facts: dict[str, float] = {"rows": count, "bytes": file.stat().st_size}
    for name, (sql, places, run) in asked.items():
        if name.endswith("own connection"):
            con.close()
        for clock, times in zip(("", " of CPU"), _times(run, sql, places), strict=True):
            high = statistics.quantiles(times, n=20)[-1]
            facts |= {f"{name} p50 ms{clock}": statistics.median(times), f"{name} p95 ms{clock}": high}
    return facts


def _times(run: Asked, sql: str, places: list[Area]) -> tuple[list[float], list[float]]:
    """Milliseconds of every question, by the clock and of processor, which others on the machine do not lengthen."""
    chance = random.Random(2026)
    walls, works = [], []
    for _ in range(ASKED):
        area = chance.choice(places)
        wall, work = time.perf_counter(), time.process_time()
        found = run(sql, area)
        walls.append(1000 * (time.perf_counter() - wall))
        works.append(1000 * (time.process_time() - work))
        if len(found) != SUBJECTS:
            raise SystemExit(f"the profile of {area} has {len(found)} subjects, not {SUBJECTS}")
    return walls, works


def main() -> None:
    """Write the file, or ask it and print the milliseconds as JSON."""
    side, file = sys.argv[1], Path(sys.argv[2])
    if side == "made":
        made(file, int(sys.argv[3]))
        return
    print(json.dumps(ask(file)))


if __name__ == "__main__":
    main()
