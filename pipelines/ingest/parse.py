"""Parse renames and casts, nothing else: a value that does not fit is an error, never a null."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipelines.home import file_sha256, quoted
from pipelines.ingest.tables import ParseError, Table, transcode
from pipelines.specs import Column, Dataset, Format

OWN_YEAR = "CASE WHEN {jaar} < 2019 THEN 'gemeente2018' WHEN {jaar} < 2025 THEN 'gemeente2024' ELSE 'gemeente' END"
DUCKDB_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}


@dataclass(frozen=True)
class Part:
    """One parsed file: typed Parquet, addressed by its content; `years` are the periods it holds."""

    path: Path
    sha256: str
    rows: int
    years: tuple[int, ...]
    file: str
    raw_sha256: str


def landing_types(spec: Dataset) -> dict[str, str]:
    """The DuckDB type of every landing column."""
    types = {n: DUCKDB_TYPES[c.type] for n, c in spec.columns.items()}
    types |= {"gebiedsniveau": "VARCHAR"} | {f"{n}_status": "VARCHAR" for n in spec.with_status}
    return {n: types[n] for n in spec.landing_columns}


def parse(con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[Table], raw_sha256: str, tmp: Path) -> Part:
    """Parse the tables of one delivered file to a Parquet file in `tmp`.

    Needs the table `gebied` (gebiedsniveau, gebied) in the connection. Raises ParseError naming file, row
    and column; counts rows in and rows out.
    """
    target = tmp / f"part-{raw_sha256[:16]}.parquet"
    try:
        sources = _copy(con, spec, tables, target)
    except duckdb.InvalidInputException as err:
        first = tables[0]
        if first.path is None or "utf-8" not in str(err).lower():
            raise ParseError(_csv_error(first.place, err)) from err
        if "cp1252" not in first.form.encodings:
            raise ParseError(
                f"{first.place} is not UTF-8 as declared; ask {spec.uitgever} for the file in UTF-8"
            ) from err
        tables = [replace(first, path=transcode(first.path, first.place, tmp))]
        sources = _copy(con, spec, tables, target)
    landed = f"read_parquet({quoted(target)})"
    rows = _check_values(con, spec, tables, sources, landed)
    _check_areas(con, spec, tables, sources, landed)
    years = con.execute(f"SELECT DISTINCT jaar FROM {landed} ORDER BY 1").fetchall()
    return Part(target, file_sha256(target), rows, tuple(y for (y,) in years), tables[0].file, raw_sha256)


def _copy(con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[Table], target: Path) -> list[str]:
    sources = [_source(con, t, i) for i, t in enumerate(tables)]
    selects = " UNION ALL ".join(_select(spec, t, s) for t, s in zip(tables, sources, strict=True))
    con.execute(f"COPY ({selects}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)")
    return sources


def _source(con: duckdb.DuckDBPyConnection, table: Table, number: int) -> str:
    if table.path is not None:
        columns = ", ".join(f"{quoted(c)}: 'VARCHAR'" for c in table.header)
        options = (
            f"delim={quoted(table.form.delimiter)}, quote={quoted(table.form.quote)}, escape={quoted(table.form.quote)}"
        )
        return (
            f"read_csv({quoted(table.path)}, auto_detect=false, header=true, {options}, "
            f"columns={{{columns}}}, strict_mode=true, null_padding=false)"
        )
    import pyarrow as pa

    assert table.rows is not None
    cells = {h: [r[i] if i < len(r) else "" for r in table.rows] for i, h in enumerate(table.header)}
    con.register(f"sheet_{number}", pa.table({h: pa.array(v, pa.string()) for h, v in cells.items()}))
    return f"sheet_{number}"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _raw(column: str) -> str:
    return f"COALESCE({_name(column)}, '')"


def _value(column: Column, form: Format, raw: str, marks: dict[str, str]) -> str:
    """SQL that casts one text cell; NULL where it does not fit or is a missing mark."""
    if column.values:
        cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(v)}" for k, v in column.values.items())
        sql = f"CASE {raw} {cases} END"
        return sql if column.type == "text" else f"TRY_CAST({sql} AS {DUCKDB_TYPES[column.type]})"
    if column.type == "text":
        return f"NULLIF({raw}, '')"
    plain = raw
    if form.thousands:
        grouped = rf"^-?\d{{1,3}}({re.escape(form.thousands)}\d{{3}})+$"
        joined = f"replace({raw}, {quoted(form.thousands)}, '')"
        plain = f"CASE WHEN regexp_matches({raw}, {quoted(grouped)}) THEN {joined} ELSE {raw} END"
    if column.type == "integer":
        cast = f"TRY_CAST({plain} AS BIGINT)"
        sql = f"CASE WHEN CAST({cast} AS VARCHAR) = {plain} THEN {cast} END"
    else:
        shape = rf"^-?\d+({re.escape(form.decimal)}\d+)?$"
        pointed = f"CAST(replace({plain}, {quoted(form.decimal)}, '.') AS DOUBLE)"
        sql = f"CASE WHEN regexp_matches({plain}, {quoted(shape)}) THEN {pointed} END"
    if column.measure and marks:
        listed = ", ".join(quoted(m) for m in marks)
        return f"CASE WHEN {raw} IN ({listed}) THEN NULL ELSE {sql} END"
    return sql


def _expressions(spec: Dataset, table: Table, raws: dict[str, str]) -> dict[str, str]:
    """Our column → SQL, given the SQL of every column's text."""
    out = {n: _value(c, table.form, raws[n], spec.missing) for n, c in spec.columns.items()}
    if spec.gebied.aliassen:
        cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(v)}" for k, v in spec.gebied.aliassen.items())
        out["gebied"] = f"CASE {raws['gebied']} {cases} ELSE {out['gebied']} END"
    if spec.gebied.niveau == "jaar":
        out["gebiedsniveau"] = OWN_YEAR.format(jaar=f"({out['jaar']})")
    elif spec.gebied.niveau != "kolom":
        out["gebiedsniveau"] = quoted(spec.gebied.niveau)
    for n in spec.with_status:
        marks = " ".join(f"WHEN {quoted(m)} THEN {quoted(s)}" for m, s in spec.missing.items())
        out[f"{n}_status"] = f"CASE {raws[n]} {marks} ELSE 'ok' END"
    return out


def _raws(spec: Dataset, table: Table) -> dict[str, str]:
    """Our column → SQL of its text cell: from the header, the file's name, or a constant."""
    form = table.form
    raws = {ours: _raw(theirs) for ours, theirs in form.targets().items()}
    for ours, pattern in form.from_name.items():
        found = re.search(pattern, table.file)
        if not found:
            raise ParseError(
                f"{table.file}: the file's name does not say the {ours} (expected {pattern}); "
                "give the file its publisher's name again"
            )
        raws[ours] = quoted(found.group(1))
    raws |= {ours: quoted(value) for ours, value in form.constants.items()}
    if spec.codes:
        raws |= {spec.codes.column: "code", spec.codes.value: "COALESCE(cel, '')"}
    return raws


def _relation(spec: Dataset, table: Table, source: str) -> str:
    if not spec.codes:
        return source
    measures = [h for h in table.header if h not in table.form.header]
    listed = ", ".join(_name(m) for m in measures)
    return f"{source} UNPIVOT INCLUDE NULLS (cel FOR code IN ({listed}))"


def _select(spec: Dataset, table: Table, source: str) -> str:
    expressions = _expressions(spec, table, _raws(spec, table))
    types = landing_types(spec)
    listed = ", ".join(f"CAST({expressions[n]} AS {types[n]}) AS {_name(n)}" for n in spec.landing_columns)
    return f"SELECT {listed} FROM {_relation(spec, table, source)}"


def _check_values(
    con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[Table], sources: list[str], landed: str
) -> int:
    """Every cell has a value or a known mark, and every row read is a row landed; else ParseError."""
    wrong = {
        n: f"{_name(n)} IS NULL" + (f" AND {_name(n + '_status')} = 'ok'" if n in spec.with_status else "")
        for n in spec.landing_columns
        if not n.endswith("_status") or n[: -len("_status")] not in spec.with_status
    }
    counts = ", ".join(f"COUNT(*) FILTER (WHERE {w})" for w in wrong.values())
    rows, *bad = con.execute(f"SELECT COUNT(*), {counts} FROM {landed}").fetchone()
    for column, number in zip(wrong, bad, strict=True):
        if number:
            raise ParseError(_first_wrong(con, spec, tables, sources, column, number))
    for table, source in zip(tables, sources, strict=True):
        read = con.execute(f"SELECT COUNT(*) FROM {source}").fetchone()[0] if table.path is None else table.lines - 1
        factor = len(table.header) - len(table.form.header) if spec.codes else 1
        if len(tables) == 1 and read * factor != rows:
            raise ParseError(
                f"{table.place} has {read} rows and {rows // factor} were read; "
                "look for line breaks inside a cell or empty lines and hand over a clean file"
            )
    return rows


def _first_wrong(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    tables: list[Table],
    sources: list[str],
    column: str,
    number: int,
) -> str:
    for table, source in zip(tables, sources, strict=True):
        raws = _raws(spec, table)
        expressions = _expressions(spec, table, raws)
        status = expressions.get(f"{column}_status", "'ok'")
        relation = _relation(spec, table, f"(SELECT *, row_number() OVER () + 1 AS regel FROM {source})")
        theirs = quoted(_theirs(table.form, column))
        if spec.codes and column == spec.codes.value:
            theirs = "code"
        shown = raws.get(column, "gebied")
        found = con.execute(
            f"SELECT regel, {theirs}, {shown} FROM {relation} "
            f"WHERE ({expressions[column]}) IS NULL AND {status} = 'ok' ORDER BY regel LIMIT 1"
        ).fetchone()
        if found:
            row, named, value = found
            more = f" ({number} such cells)" if number > 1 else ""
            marks = f" or one of {sorted(spec.missing)}" if column in spec.with_status else ""
            wanted = spec.columns[column]
            fits = f"one of {sorted(wanted.values)}" if wanted.values else f"{wanted.type}{marks}"
            return (
                f"{table.place}, row {row}, column {named}: '{value}' is not {fits}{more}; "
                "correct the cell, or add the mark or code to the source if the publisher means it"
            )
    raise AssertionError(f"{spec.id}: {number} wrong cells in {column}, and none found again")


def _theirs(form: Format, column: str) -> str:
    return form.targets().get(column, column)


def _check_areas(
    con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[Table], sources: list[str], landed: str
) -> None:
    """Every area code is known at its level and version; else ParseError naming the first one."""
    unknown = con.execute(
        f"SELECT l.gebiedsniveau, l.gebied, MIN(l.jaar), COUNT(*) FROM {landed} AS l "
        "ANTI JOIN gebied AS g ON g.gebiedsniveau = l.gebiedsniveau AND g.gebied = l.gebied "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not unknown:
        return
    level, code, year, number = unknown[0]
    row = _row_of(con, spec, tables, sources, code)
    elsewhere = [
        n for (n,) in con.execute("SELECT DISTINCT gebiedsniveau FROM gebied WHERE gebied = ?", [code]).fetchall()
    ]
    successor = con.execute(
        "SELECT string_agg(DISTINCT naar, ', ') FROM gebied_relatie "
        "WHERE van = ? AND naar <> van AND naar_niveau LIKE 'gemeente%'",
        [code],
    ).fetchone()[0]
    hint = f", it belongs to {', '.join(elsewhere)}" if elsewhere else ""
    hint += f", its successor is {successor}" if successor else ""
    theirs = " ".join(_theirs(t.form, "gebied") for t in tables[:1])
    raise ParseError(
        f"{tables[0].file}, row {row}, column {theirs}: area {code} is unknown at level {level} in {year}{hint} "
        f"({len(unknown)} unknown codes, {number} rows with this one); correct the code or the source's area version"
    )


def _row_of(
    con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[Table], sources: list[str], code: str
) -> int | str:
    for table, source in zip(tables, sources, strict=True):
        raw = _raws(spec, table)["gebied"]
        found = con.execute(
            f"SELECT MIN(regel) FROM (SELECT *, row_number() OVER () + 1 AS regel FROM {source}) WHERE {raw} = ?",
            [code],
        ).fetchone()[0]
        if found:
            return found
    return "?"


def _csv_error(name: str, err: Exception) -> str:
    line = re.search(r"Line: (\d+)", str(err))
    reason = str(err).splitlines()[0].removeprefix("Invalid Input Error: ")
    where = f", row {line.group(1)}" if line else ""
    return f"{name}{where}: the row cannot be read ({reason[:160]}); correct the file or ask for it again"
