"""The file of one city: of every table of a release what is about the city, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import quoted
from pipelines.publish.contract import STORAGE, TABLES, comments_sql
from pipelines.publish.marts import SORTED
from pipelines.publish.named import view_sql
from pipelines.publish.patch import Change, is_hollow, renew
from pipelines.publish.territory import macro_sql

SHARED = "gebiedsniveau IN ('provincie', 'gewest', 'centrumsteden', 'vgc')"
OWN = "(gebiedsniveau, gebied) IN (SELECT gebiedsniveau, gebied FROM eigen)"
MARK = "opbouw.eigen"  # the subjects that are a city's own (own_file.py); where it is, they are in the file
# Of a table: what the files of all cities have, and what one has beside it. A table that is not here is whole in each.
PARTS = {
    "waarneming": (SHARED, OWN),
    "kubus": ("FALSE", OWN),
    "verschil": (SHARED, OWN),
    "grens": (SHARED, OWN),
    "gebied": (SHARED, "stad = '{stad}'"),
    "gebied_relatie": ("FALSE", "(van_niveau, van) IN (SELECT gebiedsniveau, gebied FROM eigen)"),
    "profiel": ("FALSE", "stad = '{stad}'"),
    "buur": ("FALSE", "gebied IN (SELECT gebied FROM eigen)"),
    "buur_kenmerk": ("FALSE", "gebied IN (SELECT gebied FROM eigen)"),
    "revisie": (SHARED, OWN),
    "kwaliteit": ("gebied IS NULL", "gebied IN (SELECT gebied FROM eigen)"),
    "datamaturiteit": ("FALSE", "stad = '{stad}'"),
}
# A city's own figures lie together (ADR 0010), and without those that all cities get DuckDB reads no more than them.
OWN_FIGURES = f"WHERE {OWN} AND NOT {SHARED}"
FIGURES = f"FROM rel.mart.waarneming WHERE {SHARED} UNION ALL FROM rel.mart.waarneming {OWN_FIGURES}"
CHANGED = f"FROM gedeeld.anders UNION ALL FROM nieuw.anders.waarneming {OWN_FIGURES}"


class Beside(Protocol):
    """What a file of a release holds beside the marts, made by a later stage: of a city, or ("") of all."""

    def is_in(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> bool:
        """Whether the file that is attached under this name holds exactly this."""

    def is_private(self, stad: str) -> bool:
        """Whether what a city's file holds of it is that city's alone."""

    def write(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> None:
        """Write it into the file that is attached under this name."""

    def follow(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str, mart: str = "rel.mart") -> None:
        """Write what of it follows from the figures of a mart, over what was there."""


def to_write_over(folder: Path, cities: Iterable[City], beside: Beside) -> set[str]:
    """The cities whose file of the last release, in this folder, can be written over: it is not hollow, holds nothing
    of the city's own, and what it has beside the marts stays.

    In a DuckDB of its own: a file that is detached stays open while another thread looks at all databases."""
    found = set()
    with duckdb.connect() as con:
        for city in cities:
            path, own = folder / f"{city.stad}.duckdb", city.stad
            if path.exists():
                con.execute(f'ATTACH {quoted(path)} AS "{own}" (READ_ONLY)')
                if not is_hollow(con, own) and not has_own(con, own) and beside.is_in(con, own, own):
                    found.add(own)
                con.execute(f'DETACH "{own}"')
    return found


def rows_of_city(table: str, stad: str) -> str:
    """SQL for the rows of a table that are in the file of a city, where `eigen` holds its areas."""
    shared, own = PARTS.get(table, ("TRUE", "FALSE"))
    return f"({shared} OR {own.format(stad=stad)})"


def lay_out_cities(
    con: duckdb.DuckDBPyConnection, change: Change, comments: dict[str, dict[str, Any]], form: Path | None
) -> None:
    """Put apart what the files of all cities have of the release attached as `rel`. For those that are written over,
    the changed figures that all get (`gedeeld`) and, without a row, as comments take longer than rows, the tables that
    describe the release (`lijst`). For new ones a `form`, a file to begin as a copy of, with all rows that all get."""
    con.execute("ATTACH ':memory:' AS gedeeld; ATTACH ':memory:' AS lijst; CREATE SCHEMA lijst.mart")
    if change.subjects:
        con.execute(f"CREATE TABLE gedeeld.anders AS FROM nieuw.anders.waarneming WHERE {SHARED}")
    for table in TABLES:
        con.execute(f"CREATE TABLE lijst.mart.{table} AS FROM rel.mart.{table} LIMIT 0")
    con.execute(comments_sql("lijst", comments, TABLES))
    if form:
        con.execute(f"ATTACH {quoted(form)} AS vorm ({STORAGE}); BEGIN; CREATE SCHEMA vorm.mart")
        for table in [*SORTED, *TABLES]:
            shared, _ = PARTS.get(table, ("TRUE", ""))
            con.execute(f"CREATE TABLE vorm.mart.{table} AS FROM rel.mart.{table} WHERE {shared}")
        con.execute(comments_sql("vorm", comments, [*SORTED, *TABLES]) + macro_sql("vorm") + view_sql("vorm", comments))
        con.execute("COMMIT; CHECKPOINT vorm; DETACH vorm")


def write_city(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    city: City,
    changed: dict[str, Change],
    comments: dict[str, dict[str, Any]],
    beside: Beside,
) -> None:
    """Write what one city gets of the release attached as `rel`, after `lay_out_cities`: over a copy of the form, or
    over its file of the last release what is `changed`, of subjects that differ from `nieuw.anders`."""
    own = f'"{city.stad}"'
    con.execute(f"ATTACH {quoted(path)} AS {own} ({STORAGE})")
    con.execute(f"BEGIN; CREATE TEMP TABLE eigen AS SELECT * FROM rel.mart.gebied WHERE stad = '{city.stad}'")
    if changed:
        _write_over(con, city, changed, comments)
    else:
        for table, (shared, mine) in PARTS.items():
            rows = f"FROM rel.mart.{table} WHERE {mine.format(stad=city.stad)} AND NOT ({shared})"
            con.execute(f"INSERT INTO {own}.mart.{table} {rows}")
        beside.write(con, city.stad, city.stad)
    beside.follow(con, city.stad, city.stad)
    con.execute("COMMIT")
    con.execute(f"CHECKPOINT {own}")
    con.execute(f"DETACH {own}")


def _write_over(
    con: duckdb.DuckDBPyConnection, city: City, changed: dict[str, Change], comments: dict[str, dict[str, Any]]
) -> None:
    own, anew = f'"{city.stad}"', []
    con.execute("; ".join(f"DROP TABLE {own}.mart.{table}" for table in TABLES))
    con.execute(f"COPY FROM DATABASE lijst TO {own} (SCHEMA)")
    for table in [*SORTED, *TABLES]:
        where = rows_of_city(table, city.stad)
        asked = [f"FROM {side}.{table} WHERE {where}" for side in ("rel.mart", "nieuw.anders")]
        rows, some = (FIGURES, CHANGED) if table == "waarneming" else asked
        if table in TABLES:
            con.execute(f"INSERT INTO {own}.mart.{table} {rows}")
        elif renew(con, f"{own}.mart.{table}", rows, some, changed[table]):
            anew.append(table)
    con.execute(comments_sql(own, comments, anew))


def has_own(con: duckdb.DuckDBPyConnection, catalog: str) -> bool:
    """Whether the file of a city, attached under this name, holds what is its own."""
    said = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name || '.' || table_name = ?"
    return con.execute(said, [catalog, MARK]).fetchone() is not None
