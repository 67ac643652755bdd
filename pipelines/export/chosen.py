"""The release that is exported, and which of its subjects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Problem, quoted

Topic = dict[str, Any]


class NothingToExport(Problem):
    """No subject, or no figure, is left to write: which, and what to do."""


def choose(con: duckdb.DuckDBPyConnection, database: Path, asked: Sequence[str]) -> list[Topic]:
    """Attach a release as `rel`, and lay out the rows of mart.onderwerp of the subjects that are asked for, or of all
    that have rows, as `topic`: with the numerator and denominator of every rate among them. Raises NothingToExport."""
    con.execute(f"ATTACH {quoted(database)} AS rel (READ_ONLY)")
    known = {c for (c,) in con.execute("SELECT onderwerp FROM rel.mart.onderwerp").fetchall()}
    if unknown := [code for code in asked if code not in known]:
        raise NothingToExport(f"'{unknown[0]}' is no subject of this release; obmi zoek WOORD finds its code")
    con.execute(
        "CREATE TABLE topic AS WITH gevraagd AS (FROM rel.mart.onderwerp "
        "  WHERE LEN($1::TEXT[]) = 0 OR onderwerp IN (SELECT UNNEST($1::TEXT[]))) "
        "FROM rel.mart.onderwerp WHERE eerste_periode IS NOT NULL AND onderwerp IN "
        "  (SELECT UNNEST([onderwerp, teller, noemer]) FROM gevraagd) ORDER BY thema, onderwerp",
        [list(asked)],
    )
    topics = fetched(con, "FROM topic")
    if not topics:
        raise NothingToExport("none of these subjects has a figure in this release; ask for others")
    return topics


def fetched(con: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """What a query gives, by the names of its columns."""
    found = con.execute(sql, list(values))
    names = [c for c, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def theme_file(theme: str) -> str:
    """A theme as the name of a file."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in theme.lower().replace("ë", "e"))
