"""Parse renames and casts, nothing else: a value that does not fit is an error, never a null."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.describe.levels import load_levels
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import file_sha256, quoted
from pipelines.ingest.read.cast import CODE, expressions, landing_types, named
from pipelines.ingest.read.delimited import count_records
from pipelines.ingest.read.errors import OtherCodes, ParseError
from pipelines.ingest.read.names import resolve
from pipelines.ingest.read.own_table import is_own, layout
from pipelines.ingest.read.points import PointError, add_areas
from pipelines.ingest.read.said_years import refuse_other_years
from pipelines.ingest.read.source import Source, open_source
from pipelines.ingest.read.table import Table, new_column_notes
from pipelines.ingest.read.withheld import EMBARGO


@dataclass(frozen=True)
class ParsedTable:
    """One parsed table: typed Parquet, addressed by its content; `years` are the periods it holds.

    `read` rows stood in the file; those `excluded` for a known reason did not land. `notes` say per check what was
    seen while reading that a person should know. Rows under an embargo are not in it at all; `until` is when the first
    of them may be published.
    """

    path: Path
    sha256: str
    rows: int
    years: tuple[int, ...]
    file: str
    raw_sha256: str
    read: int
    excluded: dict[str, int]
    notes: dict[str, list[str]]
    until: datetime | None = None


def parse(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    tables: list[Table],
    raw_sha256: str,
    tmp: Path,
    as_of: datetime | None = None,
) -> ParsedTable:
    """Parse tables that belong together to one Parquet file in `tmp`: what may be published now, or was at a moment.

    Needs the table `gebied` (gebiedsniveau, gebied) in the connection. Raises ParseError naming file, row
    and column. Every row read is a row landed or one that is excluded for a known reason.
    """
    con.execute("SET TimeZone = 'UTC'")
    target = tmp / f"part-{digest_of(raw_sha256)[:16]}.parquet"
    try:
        sources = [open_source(con, layout(spec, t.form), t, i, as_of) for i, t in enumerate(tables)]
        resolve(con, [s for s in sources if s.spec.gebied.by_name])
        selects = " UNION ALL ".join(map(_select, sources))
        con.execute(f"COPY ({selects}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.InvalidInputException as err:
        raise ParseError(_csv_error(tables[0].place, err)) from err
    landed = f"read_parquet({quoted(target)})"
    rows = _check_values(con, spec, sources, landed)
    excluded = _excluded(con, sources)
    read = _count(sources, rows + sum(excluded.values()))
    until = min((u for s in sources if (u := s.until(con))), default=None)
    if excluded.pop(EMBARGO, 0):
        read = rows + sum(excluded.values())
    if spec.gebied.niveau != "punt":
        _check_areas(con, spec, sources, landed)
    years = tuple(y for (y,) in con.execute(f"SELECT DISTINCT jaar FROM {landed} ORDER BY 1").fetchall())
    refuse_other_years(spec, tables, years)
    notes = {"kolommen": new_column_notes(spec, tables), "correctie": _mended(con, spec, sources, set(years))}
    if spec.gebied.punten:
        notes["ligging"] = _placed(con, spec, tables[0].place, target)
    return ParsedTable(
        target, file_sha256(target), rows, years, tables[0].file, raw_sha256, read, excluded, notes, until
    )


def _placed(con: duckdb.DuckDBPyConnection, spec: Dataset, place: str, target: Path) -> list[str]:
    try:
        return [f"{place}: {said}" for said in add_areas(con, spec, target)]
    except PointError as err:
        raise ParseError(f"{place}: {err}") from err


def _select(source: Source) -> str:
    spec = source.spec
    typed = expressions(spec, source.table, source.raws)
    types = landing_types(spec)
    listed = ", ".join(f"CAST({typed[n]} AS {types[n]}) AS {named(n)}" for n in spec.read_columns)
    reason = source.left_out
    return f"SELECT {listed} FROM {source.rows}" + (f" WHERE {reason} IS NULL" if reason else "")


def _check_values(con: duckdb.DuckDBPyConnection, spec: Dataset, sources: list[Source], landed: str) -> int:
    """Every cell has a value or a known mark; else ParseError. Returns the rows landed."""
    statuses = {f"{n}_status" for n in spec.with_status}
    wrong = {
        n: f"{named(n)} IS NULL" + (f" AND {named(n + '_status')} = 'ok'" if n in spec.with_status else "")
        for n in spec.read_columns
        if n not in statuses
    }
    counts = ", ".join(f"COUNT(*) FILTER (WHERE {w})" for w in wrong.values())
    rows, *bad = con.execute(f"SELECT COUNT(*), {counts} FROM {landed}").fetchone()
    for column, number in zip(wrong, bad, strict=True):
        if number:
            coded = column in ("gebied", "gebiedsniveau") or spec.columns[column].values
            raise (OtherCodes if coded else ParseError)(_first_wrong(con, sources, column, number))
    return rows


def _excluded(con: duckdb.DuckDBPyConnection, sources: list[Source]) -> dict[str, int]:
    """How many rows did not land, per known reason; measures below each other count each."""
    found: dict[str, int] = {}
    for source in sources:
        if reason := source.left_out:
            query = f"SELECT {reason} AS reden, COUNT(*) FROM {source.rows} GROUP BY 1 HAVING reden IS NOT NULL"
            for why, number in con.execute(query).fetchall():
                found[why] = found.get(why, 0) + number
    return found


def _count(sources: list[Source], found: int) -> int:
    """The rows of the files, where what was read from them is what was `found`: landed and excluded.

    Lines are counted first, and where quoted line breaks or empty lines make another number, rows are. Raises
    ParseError.
    """
    lines = [s.read for s in sources]
    if sum(n * s.per_row for n, s in zip(lines, sources, strict=True)) == found:
        return sum(lines)
    read = [count_records(s.table) if s.table.path is not None else s.read for s in sources]
    if sum(n * s.per_row for n, s in zip(read, sources, strict=True)) != found:
        raise ParseError(
            f"{sources[0].table.place} has {sum(read)} rows and {found} cells were read from them; "
            "look for an unclosed quote and hand over a clean file"
        )
    return sum(read)


def _first_wrong(con: duckdb.DuckDBPyConnection, sources: list[Source], column: str, number: int) -> str:
    for source in sources:
        spec, table, raws = source.spec, source.table, source.raws
        typed = expressions(spec, table, raws)
        status = typed.get(f"{column}_status", "'ok'")
        shown_name = quoted(source.theirs(column))
        if spec.codes and column == spec.codes.value:
            shown_name = CODE
        landed = f" AND {reason} IS NULL" if (reason := source.left_out) else ""
        found = con.execute(
            f"SELECT regel, {shown_name}, {raws.get(column, raws['gebied'])} FROM {source.numbered} "
            f"WHERE ({typed[column]}) IS NULL AND {status} = 'ok'{landed} ORDER BY regel LIMIT 1"
        ).fetchone()
        if found:
            row, name, value = found
            more = f" ({number} such cells)" if number > 1 else ""
            return (
                f"{table.place}, row {row}, column {name}: '{value}' is not {_wanted(spec, column)}{more}; "
                "correct the cell, or add the mark or code to the source if the publisher means it"
            )
    raise AssertionError(f"{sources[0].spec.id}: {number} wrong cells in {column}, and none found again")


def _wanted(spec: Dataset, column: str) -> str:
    if column == "gebiedsniveau" and column not in spec.columns:
        return "a known level"
    wanted = spec.columns[spec.columns[column].uit or column]
    if wanted.values:
        return f"one of {sorted(wanted.values)}"
    around = f" written as '{wanted.prefix}…{wanted.suffix}'" if wanted.prefix or wanted.suffix else ""
    written = f" written as {wanted.written}" if wanted.written else ""
    marks = f" or one of {sorted(spec.missing)}" if column in spec.with_status else ""
    return f"{wanted.type}{around}{written}{marks}"


def _check_areas(con: duckdb.DuckDBPyConnection, spec: Dataset, sources: list[Source], landed: str) -> None:
    """Every area code is known at its level and version; else ParseError naming the first one."""
    unknown = con.execute(
        f"SELECT l.gebiedsniveau, l.gebied, MIN(l.jaar), COUNT(*) FROM {landed} AS l "
        "ANTI JOIN gebied AS g ON g.gebiedsniveau = l.gebiedsniveau AND g.gebied = l.gebied "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not unknown:
        return
    level, code, year, number = unknown[0]
    source, row = _row_of(con, sources, code)
    known = con.execute("SELECT DISTINCT gebiedsniveau FROM gebied WHERE gebied = ?", [code]).fetchall()
    elsewhere = [n for n in load_levels() if (n,) in known]
    successor, parts = con.execute(
        "SELECT string_agg(DISTINCT naar, ', ' ORDER BY naar) FILTER (WHERE van = $code), "
        "string_agg(DISTINCT van, ' + ' ORDER BY van) FILTER (WHERE naar = $code) FROM gebied_relatie "
        "WHERE naar <> van AND van_niveau LIKE 'gemeente%' AND naar_niveau LIKE 'gemeente%'",
        {"code": code},
    ).fetchone()
    hint = f", it belongs to {', '.join(elsewhere)}" if elsewhere else ""
    hint += f", its successor is {successor}" if successor else ""
    hint += f", it is the successor of {parts}" if parts else ""
    raise OtherCodes(
        f"{source.table.file}, row {row}, column {source.theirs('gebied')}: "
        f"area {code} is unknown at level {level} in {year}{hint} "
        f"({len(unknown)} unknown codes, {number} rows with this one); correct the code or the source's area version"
    )


def _row_of(con: duckdb.DuckDBPyConnection, sources: list[Source], code: str) -> tuple[Source, int | str]:
    for source in sources:
        area = expressions(source.spec, source.table, source.raws)["gebied"]
        found = con.execute(f"SELECT MIN(regel) FROM {source.numbered} WHERE {area} = ?", [code]).fetchone()[0]
        if found:
            return source, found
    return sources[0], "?"


def _mended(con: duckdb.DuckDBPyConnection, spec: Dataset, sources: list[Source], years: set[int]) -> list[str]:
    """The known errors that should be in these years and are not: the publisher has mended them."""
    out = []
    theirs = [s for s in sources if not is_own(s.table.form)]
    for correction in spec.corrections if theirs else []:
        if correction.jaren and not years & set(correction.jaren):
            continue
        listed = ", ".join(quoted(v) for v in correction.values)
        hits = sum(
            con.execute(f"SELECT COUNT(*) FROM {s.rows} WHERE {s.given[correction.column]} IN ({listed})").fetchone()[0]
            for s in theirs
        )
        if not hits:
            out.append(f"the publisher no longer makes this error: {correction.reden} Take it out of correcties.yaml")
    return out


def _csv_error(name: str, err: Exception) -> str:
    said = str(err)
    line = re.search(r"Line: (\d+)", said)
    cause = re.search(
        r"(Value with unterminated quote|Maximum line size[^\n]*exceeded|Expected Number of [^\n]*)", said
    )
    reason = cause.group(1) if cause else said.splitlines()[0].removeprefix("Invalid Input Error: ")[:160]
    where = f", row {line.group(1)}" if line else ""
    return f"{name}{where}: the row cannot be read ({reason}); correct the file or ask for it again"
