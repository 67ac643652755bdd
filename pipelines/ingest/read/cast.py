"""From text cells to typed values, as SQL: a value that does not fit becomes NULL here and an error in parse."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from pipelines.describe.area import PLACED
from pipelines.describe.formats import Format
from pipelines.describe.levels import version_sql
from pipelines.describe.specs import CALENDAR_PARTS, Column, Dataset
from pipelines.home import quoted
from pipelines.ingest.read.calendar import BELGIAN, is_skipped, local_of, utc_of
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.table import BLANKS, Table

CODE, CELL = '"(code)"', '"(cel)"'  # of measures below each other; no publisher's column has such a name
GIVEN, PLACE, PLACES = '"(genoemd)"', '"(plaats)"', '"(plaatsen)"'  # of names that became codes, likewise
DUCKDB_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE", "time": "TIMESTAMP"}


def named(value: str) -> str:
    """A column's name in SQL."""
    return '"' + value.replace('"', '""') + '"'


def landing_types(spec: Dataset) -> dict[str, str]:
    """The DuckDB type of every landing column."""
    types = {n: DUCKDB_TYPES[c.type] for n, c in spec.columns.items()}
    types |= dict.fromkeys(["gebiedsniveau", *(f"{n}_status" for n in spec.with_status), *PLACED], "VARCHAR")
    return {n: types[n] for n in spec.landing_columns}


def raw_cells(spec: Dataset, table: Table) -> dict[str, str]:
    """Our column → SQL of its text cell: from the header, from inside a cell, the file's name, a constant, or
    when it came in."""
    form = table.form
    raws = {ours: _cell(form, theirs) for ours, theirs in form.targets().items()}
    for ours, extract in form.extract.items():
        raws[ours] = f"regexp_extract({_cell(form, extract.column)}, {quoted(extract.pattern)}, 1)"
    for ours, pattern in form.from_name.items():
        names = (re.search(pattern, name) for name in table.file.split("/"))  # of an archive, and of what is in it
        said = sorted({found.group(1) for found in names if found})
        if not said:
            raise ParseError(
                f"{table.file}: the file's name does not say the {ours} (expected {pattern}); "
                "give the file its publisher's name again"
            )
        if len(said) > 1:
            raise ParseError(
                f"{table.file}: the names of the file and of what is in it say {ours} {' and '.join(said)}; "
                "look which it is, and hand it over under its publisher's name"
            )
        raws[ours] = quoted(said[0])
    raws |= {ours: quoted(value) for ours, value in form.constants.items()}
    if form.arrived:
        assert table.arrived is not None, "open_tables tells every table when it came in"
        moment = table.arrived.astimezone(ZoneInfo(BELGIAN))
        raws |= {ours: quoted(moment.strftime(written)) for ours, written in form.arrived.items()}
    if spec.codes:
        code = CODE
        if spec.codes.pattern and re.compile(spec.codes.pattern).groups:
            code = f"regexp_extract({CODE}, {quoted(spec.codes.pattern)}, 1)"
        raws |= {spec.codes.column: code, spec.codes.value: _trim(form, f"COALESCE({CELL}, '')")}
    return raws | {ours: raws[c.uit] for ours, c in spec.columns.items() if c.uit}


def corrected(spec: Dataset, raws: dict[str, str]) -> dict[str, str]:
    """The text cells, with what is known to be wrong at the publisher put right."""
    out = dict(raws)
    for known in spec.corrections:
        out[known.column] = _mapped(out[known.column], known.values, out[known.column])
    return out


def _cell(form: Format, column: str) -> str:
    return _trim(form, f"COALESCE({named(column)}, '')")


def _trim(form: Format, raw: str) -> str:
    return f"trim({raw}, {quoted(BLANKS)})" if form.trim else raw


def _mapped(raw: str, values: dict[str, str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {quoted(k)} THEN {quoted(v)}" for k, v in values.items())
    return f"CASE {raw} {cases} ELSE {otherwise} END"


def left_out(spec: Dataset, form: Format) -> str | None:
    """SQL that says why a row of the file is known and not landed; NULL for a row that is landed."""
    cases = []
    for excluded in form.excluded:
        holds = {excluded.column: excluded.values, **excluded.also}
        where = " AND ".join(f"{_cell(form, column)} IN ({_listed(values)})" for column, values in holds.items())
        cases.append(f"WHEN {where} THEN {quoted(excluded.reason)}")
    if (skipped := form.skipped) and set(skipped.columns) <= form.known:
        clock = f"concat_ws(' ', {', '.join(_cell(form, c) for c in skipped.columns)})"
        theirs = form.targets()
        empty = [f"{_cell(form, theirs[n])} IN ('', '0')" for n, c in spec.columns.items() if c.measure and n in theirs]
        where = " AND ".join([is_skipped(clock, skipped.written), *empty])
        cases.append(f"WHEN {where} THEN {quoted(skipped.reason)}")
    return f"CASE {' '.join(cases)} END" if cases else None


def _listed(values: object) -> str:
    return ", ".join(quoted(v) for v in values)  # type: ignore[attr-defined]


def published_name(spec: Dataset, table: Table, raws: dict[str, str]) -> str:
    """SQL of what a row says of its area, which has no code: the list [level, name, province, postcode]; NULL for
    an alias."""
    cells = _cells(spec, _written(spec, table, raws))
    if not spec.gebied.aliassen:
        return cells
    return f"CASE WHEN {raws['gebied']} NOT IN ({_listed(spec.gebied.aliassen)}) THEN {cells} END"


def _cells(spec: Dataset, typed: dict[str, str]) -> str:
    names = spec.gebied.namen
    assert names is not None, "only for a publisher that gives no codes"
    where = [f"COALESCE({typed[column]}, '')" if column else "''" for column in (names.provincie, names.postcode)]
    return f"[{', '.join([typed['gebiedsniveau'], typed['gebied'], *where])}]"


def expressions(spec: Dataset, table: Table, raws: dict[str, str]) -> dict[str, str]:
    """Landing column → SQL of its typed value, given the SQL of every column's text."""
    out = _written(spec, table, raws)
    if spec.gebied.by_name:
        out["gebied"] = f"(SELECT {PLACE} FROM {PLACES} WHERE {GIVEN} = {_cells(spec, out)})"
    if spec.gebied.aliassen:
        out["gebied"] = _mapped(raws["gebied"], spec.gebied.aliassen, out["gebied"])
    for n in spec.with_status:
        statuses = {mark: "ok" if status == "nul" else status for mark, status in spec.missing.items()}
        out[f"{n}_status"] = _mapped(raws[n], statuses, "'ok'")
    return out


def _written(spec: Dataset, table: Table, raws: dict[str, str]) -> dict[str, str]:
    """The typed values with the area as the publisher writes it, and its level."""
    out = {n: _value(c, table.form, raws[n], spec.missing) for n, c in spec.columns.items() if not c.uit}
    out |= {n: _of_the_day(n, c, spec.columns[c.uit], out[c.uit]) for n, c in spec.columns.items() if c.uit}
    area = spec.gebied
    for pattern, replacement in area.patronen.items():
        out["gebied"] = f"regexp_replace({out['gebied']}, {quoted(pattern)}, {quoted(replacement)})"
    if area.breedte:
        out["gebied"] = _padded(out["gebied"], area.breedte)
    if area.niveau == "jaar":
        out["gebiedsniveau"] = version_sql(f"({out['jaar']})")
    elif area.niveau != "kolom":
        out["gebiedsniveau"] = quoted(area.niveau)
    return out


def _value(column: Column, form: Format, raw: str, marks: dict[str, str]) -> str:
    """SQL that casts one text cell; NULL where it does not fit or is a missing mark."""
    if column.values:
        sql = _mapped(raw, column.values, "NULL")
        return sql if column.type == "text" else f"TRY_CAST({sql} AS {DUCKDB_TYPES[column.type]})"
    if column.type == "text" and column.leeg is not None:
        return f"COALESCE(NULLIF({raw}, ''), {quoted(column.leeg)})"
    if column.type == "text":
        return _padded(f"NULLIF({raw}, '')", column.breedte) if column.breedte else f"NULLIF({raw}, '')"
    if column.type == "date":
        return f"CAST(TRY_STRPTIME({raw}, {quoted(column.written or '%Y-%m-%d')}) AS DATE)"
    if column.type == "time":
        return utc_of(raw, column.written or "%Y-%m-%dT%H:%M:%S%z", column.zone)
    sql = _number(column, form, raw)
    if column.measure and marks:
        cases = " ".join(f"WHEN {quoted(m)} THEN {'0' if s == 'nul' else 'NULL'}" for m, s in marks.items())
        return f"CASE {raw} {cases} ELSE {sql} END"
    return sql


def _of_the_day(name: str, column: Column, moment: Column, utc: str) -> str:
    """SQL of a part of the Belgian calendar day that a moment falls in."""
    local = local_of(utc, moment.einde)
    return f"CAST({local} AS DATE)" if column.type == "date" else f"{CALENDAR_PARTS[name]}({local})"


def _padded(code: str, width: int) -> str:
    """A code of digits with the leading zeros that a spreadsheet lost; other codes as they are."""
    short = f"regexp_full_match({code}, '\\d{{1,{width}}}')"
    return f"CASE WHEN {short} THEN lpad({code}, {width}, '0') ELSE {code} END"


def _number(column: Column, form: Format, raw: str) -> str:
    """A number as declared: exactly one decimal sign, thousands in groups of three, no sign before a zero."""
    plain, point = _bare(column, raw), re.escape(form.decimal)
    if form.thousands:
        between = f"[{BLANKS}]" if form.thousands == " " else re.escape(form.thousands)
        grouped = rf"^-?\d{{1,3}}({between}\d{{3}})+({point}\d+)?$"
        joined = f"regexp_replace({plain}, {quoted(between)}, '', 'g')"
        plain = f"CASE WHEN regexp_matches({plain}, {quoted(grouped)}) THEN {joined} ELSE {plain} END"
    if column.type == "integer":
        whole = f"regexp_replace({plain}, {quoted(rf'{point}0+$')}, '')"
        return f"COALESCE({_exact(plain)}, {_exact(whole)})" if column.measure else _exact(plain)
    shape = rf"^(-?\d+({point}\d+)?([eE][-+]?\d+)?)$"
    negative_zero = rf"^-0+({point}0+)?$"
    pointed = plain if form.decimal == "." else f"replace({plain}, {quoted(form.decimal)}, '.')"
    fits = f"regexp_matches({plain}, {quoted(shape)}) AND NOT regexp_matches({plain}, {quoted(negative_zero)})"
    finite = f"NULLIF(NULLIF(CAST({pointed} AS DOUBLE), 'inf'), '-inf')"  # what is too large becomes endless
    return f"CASE WHEN {fits} THEN {finite} END"


def _exact(text: str) -> str:
    cast = f"TRY_CAST({text} AS BIGINT)"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {text} THEN {cast} END"


def _bare(column: Column, raw: str) -> str:
    """A number without the text that stands around it; the text must be there."""
    if not column.prefix and not column.suffix:
        return raw
    pattern = rf"^{re.escape(column.prefix)}(.*){re.escape(column.suffix)}$"
    return f"regexp_extract({raw}, {quoted(pattern)}, 1)"
