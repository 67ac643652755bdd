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
# A city's own figures lie together (ADR 0010), and without those that all cities get DuckDB reads no more than them.
FIGURES = f"FROM gedeeld.waarneming UNION ALL FROM rel.mart.waarneming WHERE {OWN} AND NOT {SHARED}"
CHANGED = f"FROM gedeeld.anders UNION ALL FROM nieuw.anders.waarneming WHERE {OWN} AND NOT {SHARED}"
MARK = "opbouw.eigen"  # the subjects that are a city's own (own_file.py); where it is, they are in the file
FILTERS = {
    "waarneming": f"{SHARED} OR {OWN}",
    "kubus": OWN,
    "verschil": f"{SHARED} OR {OWN}",
    "grens": f"{SHARED} OR {OWN}",
    "gebied": SHARED + " OR stad = '{stad}'",
    "gebied_relatie": "(van_niveau, van) IN (SELECT gebiedsniveau, gebied FROM eigen)",
    "profiel": "stad = '{stad}'",
    "buur": "gebied IN (SELECT gebied FROM eigen)",
    "buur_kenmerk": "gebied IN (SELECT gebied FROM eigen)",
    "revisie": f"{SHARED} OR {OWN}",
    "kwaliteit": "gebied IS NULL OR gebied IN (SELECT gebied FROM eigen)",
    "datamaturiteit": "stad = '{stad}'",
}


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


def lay_out_cities(
    con: duckdb.DuckDBPyConnection, change: Change, comments: dict[str, dict[str, Any]], *, some_new: bool
) -> None:
    """Put apart what the files of all cities have of the release attached as `rel`: the figures that all get, and those
    of them that a `change` is about (`gedeeld`); and without a row, as comments take longer than rows, the tables that
    describe the release (`lijst`) and all of a new file (`vorm`). Where a change is not about all figures, few files
    are new and ask for them all."""
    con.execute("ATTACH ':memory:' AS gedeeld")
    kind = "TABLE" if change.whole else "VIEW"
    con.execute(f"CREATE {kind} gedeeld.waarneming AS FROM rel.mart.waarneming WHERE {SHARED}")
    if change.subjects:
        con.execute(f"CREATE TABLE gedeeld.anders AS FROM nieuw.anders.waarneming WHERE {SHARED}")
    _lay_out(con, "lijst", [*TABLES], comments)
    if some_new:
        _lay_out(con, "vorm", [*SORTED, *TABLES], comments)
        con.execute(macro_sql("vorm") + view_sql("vorm", comments))


def _lay_out(
    con: duckdb.DuckDBPyConnection, catalog: str, tables: Iterable[str], comments: dict[str, dict[str, Any]]
) -> None:
    con.execute(f"ATTACH ':memory:' AS {catalog}; CREATE SCHEMA {catalog}.mart")
    for table in tables:
        con.execute(f"CREATE TABLE {catalog}.mart.{table} AS FROM rel.mart.{table} LIMIT 0")
    con.execute(comments_sql(catalog, comments, tables))


def write_city(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    city: City,
    changed: dict[str, Change],
    comments: dict[str, dict[str, Any]],
    beside: Beside,
) -> None:
    """Write what one city gets of the release attached as `rel`, after `lay_out_cities`: a new file, or over the one of
    the last release what is `changed`, of subjects that differ from `nieuw.anders`."""
    own = f'"{city.stad}"'
    con.execute(f"ATTACH {quoted(path)} AS {own} ({STORAGE})")
    gone = "; ".join(f"DROP TABLE {own}.mart.{table}" for table in TABLES) if changed else ""
    con.execute(f"BEGIN; {gone}; COPY FROM DATABASE {'lijst' if changed else 'vorm'} TO {own} (SCHEMA)")
    con.execute(f"CREATE TEMP TABLE eigen AS SELECT * FROM rel.mart.gebied WHERE stad = '{city.stad}'")
    anew = []
    for table in [*SORTED, *TABLES]:
        where = FILTERS.get(table, "TRUE").format(stad=city.stad)
        # or two threads give another order every time, and every byte of an equal file differs
        order = f" ORDER BY {SORTED[table]}" if table in SORTED else ""
        asked = [f"FROM {side}.{table} WHERE {where}" for side in ("rel.mart", "nieuw.anders")]
        rows, some = (f"SELECT * FROM ({q}){order}" for q in ((FIGURES, CHANGED) if table == "waarneming" else asked))
        if not changed or table in TABLES:
            con.execute(f"INSERT INTO {own}.mart.{table} {rows}")
        elif renew(con, f"{own}.mart.{table}", rows, some, changed[table]):
            anew.append(table)
    con.execute(comments_sql(own, comments, anew))
    if not changed:
        beside.write(con, city.stad, city.stad)
    beside.follow(con, city.stad, city.stad)
    con.execute("COMMIT")
    con.execute(f"CHECKPOINT {own}")
    con.execute(f"DETACH {own}")


def has_own(con: duckdb.DuckDBPyConnection, catalog: str) -> bool:
    """Whether the file of a city, attached under this name, holds what is its own."""
    said = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name || '.' || table_name = ?"
    return con.execute(said, [catalog, MARK]).fetchone() is not None
