"""What a release says that a website shows, read once for all of the cities."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import among, quoted
from pipelines.site.read_detail import Detail, Point, read_detail

TOGETHER, FLANDERS, VGC = "centrumsteden", "02000", "vgc"  # the thirteen as one area, the region, Brussels
BESIDE = {"percentage", "ratio", "gemiddelde", "mediaan", "enquête"}  # kinds whose areas fit on one scale
Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """The area that a website is about: its code in the mart, its name in a sentence, and what its page is called."""

    stad: str
    gebied: str
    naam: str


@dataclass(frozen=True)
class ReleaseFigures:
    """The tables of a release as the pages need them, by subject, area and dataset."""

    release: Row
    topics: dict[str, Row]
    sources: dict[str, Row]
    profiles: dict[tuple[str, str], Row]  # (area, subject)
    series: dict[tuple[str, str], list[Point]]  # (area, subject), oldest first
    everywhere: dict[str, tuple[str, dict[str, Point]]]  # by subject a period, and each municipality of Flanders in it
    detail: Detail
    names: dict[str, str]  # of every municipality and region, of all versions, by code
    peers: dict[tuple[str, str], list[str]]  # (municipality, group)
    checks: dict[str, list[Row]]  # by dataset
    revisions: dict[tuple[str, str], list[Row]]  # (area, subject)
    maturity: dict[str, list[Row]]  # by city
    cities: list[City]
    merged: dict[str, tuple[int, list[str]]] = field(default_factory=dict)  # by municipality: since when, and of which

    @cached_property
    def themes(self) -> dict[str, list[Row]]:
        """The subjects of every theme, by the name of the theme."""
        return dict(sorted(_by(list(self.topics.values()), "thema").items()))

    def area(self, city: City) -> str:
        """The code of a city in the mart."""
        return city.nis_code or city.stad

    def latest(self, area: str, topic: str) -> Row | None:
        """The profile of a subject in an area, or None where there is none."""
        return self.profiles.get((area, topic))


def read_figures(path: Path, cities: list[City], asked: list[str]) -> ReleaseFigures:
    """Read a release file, with the detail of the cities asked. Raises duckdb.Error where it holds no mart."""
    with duckdb.connect(str(path), read_only=True) as con:
        centre = [city.nis_code or city.stad for city in cities]
        peers: dict[tuple[str, str], list[str]] = defaultdict(list)
        for area, group, peer in con.execute(
            f"SELECT gebied, groep, buur FROM mart.buur WHERE gebied IN {among(centre)} ORDER BY ALL"
        ).fetchall():
            peers[area, group].append(peer)
        of = {city.stad: city.nis_code or city.stad for city in cities if city.stad in asked}
        alike = (p for (area, _), found in peers.items() if area in of.values() for p in found)
        shown = list(dict.fromkeys([*centre, TOGETHER, FLANDERS, *alike]))
        profiles = _rows(con, f"SELECT * FROM mart.profiel WHERE gebied IN {among(shown)}")
        return ReleaseFigures(
            release=_rows(con, "SELECT * FROM mart.release")[0],
            topics={t["onderwerp"]: t for t in _rows(con, "SELECT * FROM mart.onderwerp ORDER BY thema, onderwerp")},
            sources={b["bron"]: b for b in _rows(con, "SELECT * FROM mart.bron ORDER BY uitgever, titel, bron")},
            profiles={(p["gebied"], p["onderwerp"]): p for p in profiles},
            series=_series(con, [*centre, TOGETHER, FLANDERS]),
            everywhere=_everywhere(con),
            detail=read_detail(con, of),
            names=_names(con),
            peers=dict(peers),
            checks=_by(_rows(con, "SELECT * FROM mart.kwaliteit ORDER BY ALL"), "bron"),
            revisions=_revisions(con, [*centre, TOGETHER, FLANDERS]),
            maturity=_by(
                _rows(
                    con,
                    "SELECT * FROM mart.datamaturiteit WHERE release = (SELECT release FROM mart.release) ORDER BY ALL",
                ),
                "stad",
            ),
            cities=cities,
            merged={
                area: (year, parts.split(" + "))
                for area, year, parts in con.execute(
                    "SELECT gebied, YEAR(geldig_van), voorganger FROM mart.gebied "
                    "WHERE gebiedsniveau = 'gemeente' AND CONTAINS(voorganger, ' + ')"
                ).fetchall()
            },
        )


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = con.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _by(rows: list[Row], key: str) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return dict(found)


def _series(con: duckdb.DuckDBPyConnection, areas: list[str]) -> dict[tuple[str, str], list[Point]]:
    """Every yearly figure of these areas of today, school years too; a month has no place in a line of years."""
    found: dict[tuple[str, str], list[Point]] = defaultdict(list)
    rows = con.execute(
        "SELECT gebied, onderwerp, periode, YEAR(periode_begin), waarde, status, reden, ondergrens, bovengrens, "
        "voorlopig "
        "FROM mart.waarneming WHERE gebiedsniveau IN ('gemeente', 'vgc', 'centrumsteden', 'gewest') "
        f"AND gebied IN {among(areas)} AND LENGTH(periode) <> 7 ORDER BY gebied, onderwerp, periode_begin, periode"
    )
    for area, topic, *rest in rows.fetchall():
        found[area, topic].append(Point(*rest))
    return dict(found)


def _everywhere(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, dict[str, Point]]]:
    """Of every subject on one scale all municipalities, in the newest year that nine in ten with figures have."""
    rows = con.execute(
        f"""
        WITH vlaams AS (
          SELECT w.* EXCLUDE gebiedsniveau
          FROM mart.waarneming AS w JOIN mart.gebied AS g USING (gebiedsniveau, gebied)
          WHERE w.gebiedsniveau = 'gemeente' AND g.gewest = {quoted(FLANDERS)} AND LENGTH(w.periode) <> 7
            AND w.onderwerp IN (SELECT onderwerp FROM mart.onderwerp WHERE soort IN {among(sorted(BESIDE))})
        ), jaar AS (
          SELECT onderwerp, periode_begin, COUNT(waarde) AS gevuld FROM vlaams GROUP BY onderwerp, periode_begin
        ), gekozen AS (
          SELECT onderwerp, MAX(periode_begin) AS periode_begin
          FROM (SELECT *, MAX(gevuld) OVER (PARTITION BY onderwerp) AS meest FROM jaar)
          WHERE gevuld > 0 AND gevuld >= 0.9 * meest GROUP BY onderwerp
        )
        SELECT onderwerp, gebied, periode, YEAR(periode_begin), waarde, status, reden, ondergrens, bovengrens, voorlopig
        FROM vlaams JOIN gekozen USING (onderwerp, periode_begin) ORDER BY onderwerp, gebied"""
    )
    found: dict[str, tuple[str, dict[str, Point]]] = {}
    for topic, area, *rest in rows.fetchall():
        point = Point(*rest)
        found.setdefault(topic, (point.periode, {}))[1][area] = point
    return found


def _names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names by code; that of today wins, and that of the latest version else."""
    rows = con.execute(
        "SELECT gebied, naam FROM mart.gebied WHERE gebiedsniveau LIKE 'gemeente%' OR gebiedsniveau LIKE 'provincie%' "
        "OR gebiedsniveau IN ('gewest', 'vgc', 'centrumsteden') "
        "ORDER BY geldig_tot NULLS LAST, gebiedsniveau DESC"
    ).fetchall()
    return {**dict(rows), TOGETHER: "de 13 centrumsteden", FLANDERS: "Vlaanderen"}


def _revisions(con: duckdb.DuckDBPyConnection, areas: list[str]) -> dict[tuple[str, str], list[Row]]:
    rows = _rows(
        con,
        f"SELECT * FROM mart.revisie WHERE gebied IN {among(areas)} AND gebiedsniveau IN "
        "('gemeente', 'vgc', 'centrumsteden', 'gewest') ORDER BY periode DESC",
    )
    found = defaultdict(list)
    for row in rows:
        found[row["gebied"], row["onderwerp"]].append(row)
    return dict(found)
