"""The areas that every candidate is checked against and every build goes through."""

from __future__ import annotations

import duckdb

from pipelines.describe.catalogue import City
from pipelines.describe.levels import MUNICIPAL
from pipelines.describe.placenames import load_names
from pipelines.home import Home, quoted
from pipelines.landing.register import register_tables


def load_areas(con: duckdb.DuckDBPyConnection, home: Home | None = None) -> None:
    """Load the register of a home as gebied, gebied_relatie and gebiedsniveau, and the names of its areas; without a
    home the register of the built-in lists. Views: most checks read two columns of it. Raises RegisterError."""
    for table, path in register_tables(home).items():
        con.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet({quoted(path)})")
    load_names(con)


def municipal_levels(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Per level below the municipalities the version of the municipalities that it lies in."""
    rows = con.execute(
        "SELECT DISTINCT r.van_niveau, r.naar_niveau FROM gebied_relatie AS r "
        "JOIN gebiedsniveau AS n ON n.gebiedsniveau = r.naar_niveau AND n.reeks = $gemeente "
        "JOIN gebiedsniveau AS v ON v.gebiedsniveau = r.van_niveau AND v.reeks <> $gemeente",
        {"gemeente": MUNICIPAL},
    ).fetchall()
    return dict(rows)


def municipal_levels_of(home: Home) -> dict[str, str]:
    """The same, of a home's register."""
    with duckdb.connect() as con:
        load_areas(con, home)
        return municipal_levels(con)


def city_units(cities: list[City], home: Home | None = None) -> dict[str, set[tuple[str, str]]]:
    """Per city every (gebiedsniveau, unit) that is held back for it: its areas of any version, and for what lies
    below them the municipality that it is held back by."""
    con = duckdb.connect()
    try:
        load_areas(con, home)
        pairs = con.execute(
            """
            WITH RECURSIVE keten AS (
              SELECT gebiedsniveau AS van_niveau, gebied AS van, gebiedsniveau AS naar_niveau, gebied AS naar
              FROM gebied JOIN gebiedsniveau USING (gebiedsniveau) WHERE reeks = $gemeente
              UNION
              SELECT k.van_niveau, k.van, r.naar_niveau, r.naar FROM keten AS k
              JOIN gebied_relatie AS r ON r.van_niveau = k.naar_niveau AND r.van = k.naar
              JOIN gebiedsniveau AS n ON n.gebiedsniveau = r.naar_niveau AND n.reeks = $gemeente),
            deel AS (
              SELECT r.van_niveau, r.van, r.naar_niveau, r.naar FROM gebied_relatie AS r
              JOIN gebiedsniveau AS n ON n.gebiedsniveau = r.van_niveau AND n.reeks <> $gemeente)
            SELECT van_niveau, van, naar FROM keten WHERE naar_niveau = $gemeente
            UNION
            SELECT d.van_niveau, UNNEST([d.van, d.naar]), k.naar FROM deel AS d
            JOIN keten AS k ON k.van_niveau = d.naar_niveau AND k.van = d.naar AND k.naar_niveau = $gemeente
            """,
            {"gemeente": MUNICIPAL},
        ).fetchall()
    finally:
        con.close()
    of_today: dict[str, set[tuple[str, str]]] = {}
    for level, unit, today in pairs:
        of_today.setdefault(today, set()).add((level, unit))
    return {c.stad: set().union(*(of_today.get(g, set()) for g in c.gemeenten)) for c in cities}
