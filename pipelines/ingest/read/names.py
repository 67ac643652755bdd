"""Codes for areas that a publisher only names: the one place where a name becomes a code (docs/adr/0032)."""

from __future__ import annotations

import duckdb

from pipelines.describe.placenames import candidates
from pipelines.ingest.read.cast import GIVEN, PLACE, PLACES, left_out, published_name
from pipelines.ingest.read.errors import OtherCodes
from pipelines.ingest.read.source import Source

SAID = "niveau, naam, provincie, postcode"


def resolve(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> None:
    """Keep in a table the code of every area that the rows name.

    Needs the area lists and their names in the connection. Raises ParseError with the first row whose name is
    unknown at its level and version, lies elsewhere than the row says, or can mean several places.
    """
    if not sources:
        return
    named = [_named(s, s.rows, "NULL") for s in sources]
    parts = ", ".join(f"cel[{i}] AS {part}" for i, part in enumerate(SAID.split(", "), 1))
    con.execute(f"CREATE OR REPLACE TEMP TABLE cellen AS SELECT DISTINCT {parts} FROM ({' UNION ALL '.join(named)})")
    con.execute(f"CREATE OR REPLACE TEMP TABLE mogelijk AS {candidates('FROM cellen')}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {PLACES} AS SELECT [{SAID}] AS {GIVEN}, gebied AS {PLACE} "
        "FROM mogelijk WHERE zeker"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE naamloos AS SELECT [{SAID}] AS {GIVEN} FROM cellen "
        f"ANTI JOIN (FROM mogelijk WHERE zeker) USING ({SAID})"
    )
    if number := con.execute("SELECT COUNT(*) FROM naamloos").fetchone()[0]:
        raise OtherCodes(_first(con, sources, number))


def _named(source: Source, rows: str, row: str) -> str:
    """SQL of what every row that lands says of its area, where that is a name and no alias; and its number."""
    cells = published_name(source.spec, source.table, source.raws)
    reason = left_out(source.spec, source.table.form)
    landed = f" WHERE {reason} IS NULL" if reason else ""
    said = f"SELECT {cells} AS cel, {row} AS regel FROM {rows}{landed}"
    return f"SELECT * FROM ({said}) WHERE cel[1] IS NOT NULL AND cel[2] <> ''"


def _first(con: duckdb.DuckDBPyConnection, sources: list[Source], number: int) -> str:
    for source in sources:
        found = con.execute(
            f"SELECT regel, cel FROM ({_named(source, source.numbered, 'regel')}) "
            f"WHERE cel IN (SELECT {GIVEN} FROM naamloos) ORDER BY regel LIMIT 1"
        ).fetchone()
        if found:
            more = f" ({number} such names)" if number > 1 else ""
            return (
                f"{source.table.place}, row {found[0]}, column {source.theirs('gebied')}: "
                f"{_why(con, found[1])}{more}; correct the cell, or add the name to the source's aliassen"
            )
    raise AssertionError(f"{sources[0].spec.id}: {number} names without a code, and none found again")


def _why(con: duckdb.DuckDBPyConnection, cell: list[str]) -> str:
    """Why a name gives no code, as a part of a sentence."""
    level, name, province, postcode = cell
    meant, number, fitting = con.execute(
        "SELECT string_agg(concat(g.naam, ' (', g.gebied, ')'), ' or ' ORDER BY g.gebied), COUNT(*), "
        f"COUNT(*) FILTER (WHERE past) FROM (FROM mogelijk WHERE [{SAID}] = [?, ?, ?, ?]) AS m "
        "JOIN gebied AS g ON g.gebiedsniveau = m.niveau AND g.gebied = m.gebied",
        cell,
    ).fetchone()
    if not number:
        return f"'{name}' is no area of level {level}{_nearest(con, level, name)}"
    if not fitting:
        where = " and ".join(part for part in (province, postcode) if part) or "what stands behind it"
        return f"'{name}' is {meant} at level {level}, which does not lie in {where}"
    also = "" if number > 1 else ", another place bears that name"
    return f"'{name}' is {meant} at level {level}{also}, and only a province or a postcode can tell"


def _nearest(con: duckdb.DuckDBPyConnection, level: str, name: str) -> str:
    """The levels that do know the name, and else the name of the level that looks most like it."""
    elsewhere = con.execute(
        "SELECT string_agg(DISTINCT gebiedsniveau, ', ' ORDER BY gebiedsniveau) FROM genoemd WHERE kern = naamkern(?)",
        [name],
    ).fetchone()[0]
    if elsewhere:
        return f", it belongs to {elsewhere}"
    near = con.execute(
        "SELECT g.naam, g.gebied FROM genoemd AS n JOIN gebied AS g USING (gebiedsniveau, gebied) "
        "WHERE n.gebiedsniveau = ? ORDER BY jaro_winkler_similarity(n.kern, naamkern(?)) DESC, g.gebied LIMIT 1",
        [level, name],
    ).fetchone()
    return f", the nearest name is {near[0]} ({near[1]})" if near else ""
