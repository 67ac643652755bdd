"""What a release says of a city in more detail than a year of the whole: its parts, its months, and its cubes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from pipelines.home import among

MONTHS_SHOWN = 24  # older ones are in the release
FIXED = {
    "onderwerp",
    "gebiedsniveau",
    "gebied",
    "periode",
    "periode_begin",
    "waarde",
    "status",
}  # no dimension of a cube
WITHOUT_VALUE = ("onbekend", "verborgen", "onderdrukt")  # one such cell, and nobody knows the sum; the first one wins
Key = tuple[str, str]  # (area, subject)


class Point(NamedTuple):
    """One figure of an area: as in mart.waarneming."""

    periode: str
    jaar: int
    waarde: float | None
    status: str
    reden: str | None
    ondergrens: float | None
    bovengrens: float | None
    voorlopig: bool | None


@dataclass(frozen=True)
class Inside:
    """The parts of a city at one level in the newest period that has a figure: their codes, names and figures."""

    level: str
    period: str
    parts: list[tuple[str, str, Point]]


@dataclass(frozen=True)
class Split:
    """A cube along one of its dimensions: per class the sum of its cells, or the status of what is missing."""

    cube: str
    dimension: str
    period: str
    classes: list[tuple[tuple[Any, ...], float | None, str]]


@dataclass(frozen=True)
class Detail:
    """What a city has beside its years."""

    inside: dict[Key, list[Inside]]
    months: dict[Key, list[Point]]  # oldest first
    splits: dict[Key, list[Split]]  # by cube, and by the subject that it adds up to


def read_detail(con: duckdb.DuckDBPyConnection, areas: dict[str, str]) -> Detail:
    """The detail of these cities: their areas by name."""
    return Detail(_inside(con, areas), _months(con, list(areas.values())), read_splits(con, list(areas.values())))


def _inside(con: duckdb.DuckDBPyConnection, areas: dict[str, str]) -> dict[Key, list[Inside]]:
    rows = con.execute(
        f"""
        WITH deel AS (
          SELECT w.*, g.stad, g.naam FROM mart.waarneming AS w JOIN mart.gebied AS g USING (gebiedsniveau, gebied)
          WHERE g.stad IN {among(areas)} AND LENGTH(w.periode) <> 7
            AND (
              REGEXP_MATCHES(w.gebiedsniveau, '^(statsec|wijk|deelgemeente)')
              OR (w.gebiedsniveau, g.stad) = ('gemeente', 'vgc')
            )
        ), gekozen AS (
          SELECT stad, onderwerp, gebiedsniveau, MAX(periode_begin) AS periode_begin
          FROM deel WHERE waarde IS NOT NULL GROUP BY ALL
        )
        SELECT stad, onderwerp, gebiedsniveau, gebied, naam, periode, YEAR(periode_begin), waarde, status, reden,
          ondergrens, bovengrens, voorlopig
        FROM deel JOIN gekozen USING (stad, onderwerp, gebiedsniveau, periode_begin)
        ORDER BY stad, onderwerp, gebiedsniveau DESC, waarde DESC NULLS LAST, naam, gebied"""
    ).fetchall()
    found: dict[Key, dict[str, Inside]] = defaultdict(dict)
    for city, topic, level, code, name, *rest in rows:
        point = Point(*rest)
        of_level = found[areas[city], topic].setdefault(level, Inside(level, point.periode, []))
        of_level.parts.append((code, name or code, point))
    return {key: list(levels.values()) for key, levels in found.items()}


def _months(con: duckdb.DuckDBPyConnection, areas: list[str]) -> dict[Key, list[Point]]:
    rows = con.execute(
        f"""
        SELECT gebied, onderwerp, periode, YEAR(periode_begin) * 12 + MONTH(periode_begin) - 1, waarde, status, reden,
          ondergrens, bovengrens, voorlopig
        FROM mart.waarneming
        WHERE gebiedsniveau IN ('gemeente', 'vgc') AND gebied IN {among(areas)}
          AND REGEXP_MATCHES(periode, '^\\d{{4}}-\\d\\d$')
        QUALIFY ROW_NUMBER() OVER (PARTITION BY gebied, onderwerp ORDER BY periode DESC) <= {MONTHS_SHOWN}
        ORDER BY gebied, onderwerp, periode"""
    ).fetchall()
    found: dict[Key, list[Point]] = defaultdict(list)
    for area, topic, *rest in rows:
        found[area, topic].append(Point(*rest))
    return {key: points for key, points in found.items() if any(p.waarde is not None for p in points)}


def read_splits(con: duckdb.DuckDBPyConnection, areas: list[str]) -> dict[Key, list[Split]]:
    """The newest period of every cube, added up along each of its dimensions."""
    cells = con.execute(
        f"""
        SELECT k.*, o.rol_van FROM mart.kubus AS k JOIN mart.onderwerp AS o USING (onderwerp)
        WHERE k.gebiedsniveau IN ('gemeente', 'vgc') AND k.gebied IN {among(areas)}
        QUALIFY k.periode_begin = MAX(k.periode_begin) OVER (PARTITION BY k.onderwerp, k.gebied)
        ORDER BY ALL"""
    )
    names = [column[0] for column in cells.description]
    dimensions = [name for name in names if name not in FIXED | {"rol_van", "leeftijd_tot"}]
    cubes: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for values in cells.fetchall():
        row = dict(zip(names, values, strict=True))
        cubes[row["gebied"], row["onderwerp"]].append(row)
    found: dict[Key, list[Split]] = defaultdict(list)
    for (area, cube), rows in sorted(cubes.items()):
        for dimension in dimensions:
            ends = ("leeftijd_van", "leeftijd_tot") if dimension == "leeftijd_van" else (dimension,)
            if all(row[dimension] is None for row in rows):
                continue
            split = Split(cube, dimension, rows[0]["periode"], _sums(rows, ends))
            found[area, cube].append(split)
            if not any(s.dimension == dimension for s in found[area, rows[0]["rol_van"]]):
                found[area, rows[0]["rol_van"]].append(split)
    return dict(found)


def _sums(rows: list[dict[str, Any]], ends: tuple[str, ...]) -> list[tuple[tuple[Any, ...], float | None, str]]:
    """The sum of the cells of every class, which has no value where a cell has none that is known."""
    sums: dict[tuple[Any, ...], float] = defaultdict(float)
    missing: dict[tuple[Any, ...], str] = {}
    for row in rows:
        of = tuple(row[end] for end in ends)
        sums[of] += row["waarde"] or 0.0
        if row["status"] in WITHOUT_VALUE:
            missing[of] = min(missing.get(of, row["status"]), row["status"], key=WITHOUT_VALUE.index)
    return [(of, None if of in missing else value, missing.get(of, "ok")) for of, value in sums.items()]
