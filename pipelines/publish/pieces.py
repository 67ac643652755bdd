"""What a release is made of: per table the files of the build that it comes from, each with what the release adds.

A piece that the last release was made of too has the same rows in both: only the subjects of other pieces can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.later import pa
from pipelines.publish.grades import Grades
from pipelines.publish.patch import WHOLE, Change
from pipelines.transform.kept import Built
from pipelines.transform.reach import Group

Parts = dict[str, dict[str, list[str] | None]]  # per table and part its subjects, None where it is of all or of none
NAME = "opbouw.stuk"
COLUMNS = {"tabel": "VARCHAR", "bestand": "VARCHAR", "stuk": "VARCHAR", "onderwerpen": "VARCHAR[]"}
AREAS, EXPECTED = "ref.gebied_relatie", "ref.verwacht"  # by which what is held reaches larger areas
TOLD = "SELECT onderwerp, [periodesoort, naam, thema, eenheid] FROM build.mart.onderwerp"


@dataclass(frozen=True)
class Pieces:
    """The files of a build that a release comes from, and the pieces that they are in it, in the same order."""

    files: Parts
    pieces: Parts


def pieces(
    con: duckdb.DuckDBPyConnection, built: Built, tables: Iterable[str], month: str, grades: Grades, held: pa.Table
) -> Pieces:
    """What a release is made of in a month from a build, which is attached as `build`: `grades` say of every dataset
    what takes a grade off its figures, and `held` which figures are older than their newest delivery."""
    told_of = dict(con.execute(TOLD).fetchall())
    waiting = held.to_pylist()
    reached = [t[name] for t in built.steps.values() for name in (AREAS, EXPECTED) if name in t]

    def added(table: str, group: Group | None) -> list[Any]:
        """What decides the columns that the build does not have."""
        if group is None or table not in ("waarneming", "profiel"):
            return []
        own = [row for row in waiting if row["onderwerp"] in group.subjects]
        told = [[grades.get(source) for source in group.sources], own, reached if own else []]
        return told if table == "waarneming" else [*told, month, [told_of.get(code) for code in group.subjects]]

    files: Parts = {table: {} for table in tables}
    found: Parts = {table: {} for table in files}
    for table, mark, group in _files(built, files):
        subjects = list(group.subjects) if group else None
        files[table][mark] = subjects
        found[table][digest_of([mark, added(table, group)])] = subjects
    return Pieces(files, found)


def _files(built: Built, tables: Iterable[str]) -> Iterator[tuple[str, str, Group | None]]:
    for key, kept in built.steps.items():
        group = built.groups.get(key)
        for table in tables:
            if (sha256 := kept.get(f"mart.{table}")) is not None:
                yield table, digest_of([sha256, group and group.subjects]), group


def write_down(con: duckdb.DuckDBPyConnection, catalog: str, made_of: Pieces) -> None:
    """Say in a release what it is made of, for the one after it."""
    rows = [
        (table, file, piece, subjects)
        for table, own in made_of.pieces.items()
        for file, (piece, subjects) in zip(made_of.files[table], own.items(), strict=True)
    ]
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {catalog}.opbouw; CREATE OR REPLACE TABLE {catalog}.{NAME} ({columns})")
    con.register("stukken", pa.table([[r[i] for r in rows] for i in range(len(COLUMNS))], names=[*COLUMNS]))
    con.execute(f"INSERT INTO {catalog}.{NAME} FROM stukken")
    con.unregister("stukken")


def may_differ(con: duckdb.DuckDBPyConnection, catalog: str, made_of: Pieces) -> dict[str, Change]:
    """Of every table what may be otherwise than in an earlier release: the subjects of the pieces that only one has."""
    return _otherwise(con, catalog, "stuk", made_of.pieces)


def other_files(con: duckdb.DuckDBPyConnection, catalog: str, built: Built, tables: Iterable[str]) -> dict[str, Change]:
    """The same of what the build itself holds, before a release adds to it; everything where the release does not say
    what it is made of."""
    said = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name || '.' || table_name = ?"
    if not con.execute(said, [catalog, NAME]).fetchone():
        return dict.fromkeys(tables, WHOLE)
    files: Parts = {table: {} for table in tables}
    for table, mark, group in _files(built, files):
        files[table][mark] = list(group.subjects) if group else None
    return _otherwise(con, catalog, "bestand", files)


def _otherwise(con: duckdb.DuckDBPyConnection, catalog: str, by: str, parts: Parts) -> dict[str, Change]:
    known: Parts = {table: {} for table in parts}
    for table, part, subjects in con.execute(f"SELECT tabel, {by}, onderwerpen FROM {catalog}.{NAME}").fetchall():
        if table in known:
            known[table][part] = subjects
    found = {}
    for table, own in parts.items():
        other = [(known[table] | own)[part] for part in sorted(known[table].keys() ^ own.keys())]
        if None in other:
            found[table] = WHOLE
        else:
            found[table] = Change(tuple(sorted({code for subjects in other for code in subjects or []})))
    return found
