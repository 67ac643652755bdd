"""The area lists that every candidate is checked against and every build goes through."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.catalogue import City
from pipelines.home import quoted
from pipelines.specfile import ROOT

AREAS = ROOT / "sources" / "gebieden" / "gebied.csv"
RELATIONS = ROOT / "sources" / "gebieden" / "gebied_relatie.csv"
LEVELS = ROOT / "sources" / "gebieden" / "gebiedsniveau.csv"


def area_files() -> dict[str, Path]:
    """The committed area lists by the name of their table."""
    return {"gebied": AREAS, "gebied_relatie": RELATIONS, "gebiedsniveau": LEVELS}


def load_areas(con: duckdb.DuckDBPyConnection) -> None:
    """Load the area lists as tables; every column is text, so that leading zeros stay."""
    for table, path in area_files().items():
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS "
            f"SELECT * FROM read_csv({quoted(path)}, delim=';', header=true, all_varchar=true, nullstr='')"
        )


def city_units(cities: list[City]) -> dict[str, set[tuple[str, str]]]:
    """Per city every (gebiedsniveau, unit) that is held back for it: its areas of any version, and for sectors
    the municipality of 2024 that they are held back by."""
    con = duckdb.connect()
    try:
        load_areas(con)
        pairs = con.execute(
            """
            WITH RECURSIVE keten AS (
              SELECT gebiedsniveau AS van_niveau, gebied AS van, gebied AS naar, gebiedsniveau AS naar_niveau
              FROM gebied WHERE gebiedsniveau LIKE 'gemeente%' OR gebiedsniveau LIKE 'statsec%'
              UNION
              SELECT k.van_niveau, k.van, r.naar, r.naar_niveau FROM keten AS k
              JOIN gebied_relatie AS r ON r.van_niveau = k.naar_niveau AND r.van = k.naar
                AND r.naar_niveau LIKE 'gemeente%')
            SELECT DISTINCT van_niveau, van, naar FROM keten WHERE naar_niveau = 'gemeente'
            """
        ).fetchall()
    finally:
        con.close()
    of_today: dict[str, set[tuple[str, str]]] = {}
    for level, area, today in pairs:
        of_today.setdefault(today, set()).add((level, area))
    for today in list(of_today):
        of_today[today] |= {("statsec2019", area) for level, area in of_today[today] if level == "gemeente2024"}
    return {c.stad: set().union(*(of_today.get(g, set()) for g in c.gemeenten)) for c in cities}
