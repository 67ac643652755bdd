"""The municipalities of any year: the versions of a release, and its figures on the territory of one of them."""

from __future__ import annotations

import duckdb

from pipelines.home import Problem, quoted
from pipelines.publish.named import VIEW, read_out

MACRO = "op_grondgebied"
COMMENT = (
    "mart.waarneming op het grondgebied van een jaar: mart.op_grondgebied(2024) toont de gemeenten van toen onder het "
    "niveau gemeente, en alle andere niveaus ongewijzigd. De namen van toen staan in mart.gebied, bij hun niveau. "
    "Wie het bestand met ATTACH opent, kiest het eerst met USE."
)


class TerritoryError(Problem):
    """A year or version without a territory: one sentence."""


def _version(schema: str, year: object) -> str:
    """A query for the level that holds the municipalities of a year; years that a release cannot know are an error.
    Of versions that no relation leads from, only the names are known."""
    return f"""
      SELECT CASE WHEN COALESCE({year} BETWEEN eerste AND nu, FALSE) THEN niveau
        ELSE error(CONCAT('the territory of the municipalities is known from ', eerste, ' to ', nu,
          ', not in ', COALESCE(CAST({year} AS TEXT), 'no year'), '; ask for a year in between')) END AS niveau
      FROM (SELECT MIN(laatste) AS eerste, MAX(vanaf) AS vanaf,
          MIN_BY(niveau, laatste) FILTER (WHERE laatste >= {year}) AS niveau
        FROM (SELECT gebiedsniveau AS niveau, COALESCE(YEAR(MAX(geldig_tot)), 9999) AS laatste,
            YEAR(MAX(geldig_tot)) + 1 AS vanaf
          FROM {schema}.gebied WHERE gebiedsniveau LIKE 'gemeente%'
            AND gebiedsniveau IN (SELECT van_niveau FROM {schema}.gebied_relatie) GROUP BY gebiedsniveau)),
        (SELECT YEAR(gemaakt_op) AS gemaakt FROM {schema}.release), (SELECT GREATEST(vanaf, gemaakt) AS nu)"""


def _on_territory(schema: str, table: str, year: object) -> str:
    return f"""
      SELECT t.* REPLACE (
        CASE WHEN t.gebiedsniveau = v.niveau THEN 'gemeente' ELSE t.gebiedsniveau END AS gebiedsniveau)
      FROM {schema}.{table} AS t, ({_version(schema, year)}) AS v
      WHERE t.gebiedsniveau = v.niveau OR NOT t.gebiedsniveau LIKE 'gemeente%'"""


def macro_sql(catalog: str) -> str:
    """Statements that store the table macro in a release file that is attached to an in-memory database.

    DuckDB stores a macro as text and looks its tables up where it is called, so they have no catalog in it.
    """
    return (
        f"USE {catalog};"
        f"CREATE OR REPLACE MACRO mart.{MACRO}(jaar) AS TABLE {_on_territory('mart', 'waarneming', 'jaar')};"
        f"COMMENT ON MACRO TABLE mart.{MACRO} IS {quoted(COMMENT)};"
        "USE memory;"
    )


def version_of(con: duckdb.DuckDBPyConnection, year: int) -> str:
    """The level that holds the municipalities of a year, in the release attached as `obmi`. Raises TerritoryError."""
    try:
        return con.execute(_version("obmi.mart", year)).fetchone()[0]
    except duckdb.InvalidInputException as err:
        raise TerritoryError(str(err).removeprefix("Invalid Input Error: ")) from None


def show(con: duckdb.DuckDBPyConnection, year: int) -> None:
    """Make `mart` in this connection the release attached as `obmi`, with its figures and its areas on the territory
    of a year. Raises TerritoryError."""
    found = con.execute(
        "SELECT COUNT(*) FROM duckdb_functions() WHERE database_name = 'obmi' AND function_name = ?", [MACRO]
    ).fetchone()[0]
    if not found:
        raise TerritoryError("this release was made before there were territories; leave out --territory or --asof")
    version_of(con, year)
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'obmi' AND schema_name = 'mart'"
    ).fetchall()
    con.execute("CREATE SCHEMA memory.mart")
    for (table,) in tables:
        moved = table in ("waarneming", "gebied")
        rows = _on_territory("obmi.mart", table, year) if moved else f"SELECT * FROM obmi.mart.{table}"
        con.execute(f"CREATE VIEW memory.mart.{table} AS {rows}")
    con.execute(f"CREATE VIEW memory.mart.{VIEW} AS {read_out('memory.mart')}")
    rows = _on_territory("obmi.mart", "waarneming", "jaar")
    con.execute(f"CREATE MACRO memory.mart.{MACRO}(jaar) AS TABLE {rows}")
    con.execute("USE memory.mart")
