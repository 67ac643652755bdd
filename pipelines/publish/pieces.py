"""What a release is made of: per table the files of the build that it comes from, each with what the release adds.

A piece that the last release was made of too has the same rows in both: only the subjects of other pieces can differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.describe.specfile import digest_of
from pipelines.publish.grades import Grades
from pipelines.publish.patch import WHOLE, Change
from pipelines.transform.kept import Built
from pipelines.transform.reach import Group

Pieces = dict[
    str, dict[str, list[str] | None]
]  # per table and piece the subjects in it, None where it has none of its own
NAME = "opbouw.stuk"
ADDED = "tabel VARCHAR, stuk VARCHAR, onderwerpen VARCHAR[]"
AREAS, EXPECTED = "ref.gebied_relatie", "ref.verwacht"  # by which what is held reaches larger areas
KINDS = "SELECT onderwerp, periodesoort FROM build.mart.onderwerp"


def pieces(
    con: duckdb.DuckDBPyConnection, built: Built, tables: Iterable[str], month: str, grades: Grades, held: pa.Table
) -> Pieces:
    """The pieces of a release that is made in a month from a build, which is attached as `build`: `grades` say of every
    dataset what takes a grade off its figures, and `held` which figures are older than their newest delivery."""
    kinds = dict(con.execute(KINDS).fetchall())
    waiting = held.to_pylist()
    reached = [t[name] for t in built.steps.values() for name in (AREAS, EXPECTED) if name in t]

    def added(table: str, group: Group | None) -> list[Any]:
        """What decides the columns that the build does not have."""
        if group is None or table not in ("waarneming", "profiel"):
            return []
        own = [row for row in waiting if row["onderwerp"] in group.subjects]
        told = [[grades.get(source) for source in group.sources], own, reached if own else []]
        return told if table == "waarneming" else [*told, month, [kinds.get(code) for code in group.subjects]]

    found: Pieces = {table: {} for table in tables}
    for key, kept in built.steps.items():
        group = built.groups.get(key)
        for table in found:
            if (sha256 := kept.get(f"mart.{table}")) is not None:
                subjects = list(group.subjects) if group else None
                found[table][digest_of([sha256, subjects, added(table, group)])] = subjects
    return found


def write_down(con: duckdb.DuckDBPyConnection, catalog: str, made_of: Pieces) -> None:
    """Say in a release what it is made of, for the one after it."""
    rows = [(table, piece, subjects) for table, own in made_of.items() for piece, subjects in own.items()]
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {catalog}.opbouw; CREATE OR REPLACE TABLE {catalog}.{NAME} ({ADDED})")
    con.register("stukken", pa.table([[r[i] for r in rows] for i in range(3)], names=["tabel", "stuk", "onderwerpen"]))
    con.execute(f"INSERT INTO {catalog}.{NAME} FROM stukken")
    con.unregister("stukken")


def may_differ(con: duckdb.DuckDBPyConnection, catalog: str, made_of: Pieces) -> dict[str, Change]:
    """Of every table what may be otherwise than in an earlier release: the subjects of the pieces that only one has."""
    known: Pieces = {table: {} for table in made_of}
    for table, piece, subjects in con.execute(f"FROM {catalog}.{NAME}").fetchall():
        known[table][piece] = subjects
    found = {}
    for table, own in made_of.items():
        other = [(known[table] | own)[piece] for piece in sorted(known[table].keys() ^ own.keys())]
        if None in other:
            found[table] = WHOLE
        else:
            found[table] = Change(tuple(sorted({code for subjects in other for code in subjects or []})))
    return found
