"""What is written is what is read: parse(render(x)) = x for every kind of file, on made-up tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.read.errors import ParseError
from tests.helpers import PROOF
from tests.unit.made import COLUMNS, MARKS, Row, read, spec

AREAS = ["01000"]
SLOW = settings(max_examples=600 if PROOF else 40)


def texts(alphabet: str | None = None, codec: str = "utf-8") -> st.SearchStrategy[str]:
    """Any text that a cell can hold and that is not damage: no NUL, no lost or doubly encoded character."""
    characters = (
        st.sampled_from(alphabet)
        if alphabet
        else st.characters(codec=codec, exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd\ufeffÂÃÄÅâ")
    )
    special = st.sampled_from(
        ["é", '"', '""', ";", ",", "|", "a\tb", "a\nb", "'", "=1+1", "007", " a ", "-", "NA", "<5"]
    )
    return st.one_of(special, st.text(characters, min_size=1, max_size=12))


def rows(text: st.SearchStrategy[str], exact: bool = False) -> st.SearchStrategy[list[Row]]:
    """Made-up tables: numbers, or the marks of the publisher in their place."""
    marks = st.sampled_from(sorted(MARKS))
    whole = st.integers(-(10**9), 10**12)
    amount = st.decimals(-(10**8), 10**9, places=2).map(lambda d: abs(d) if d == 0 else d)
    row = st.fixed_dictionaries(
        {
            "jaar": st.integers(1990, 2026),
            "gebied": st.sampled_from(AREAS),
            "dag": st.dates(dt.date(1900, 1, 1), dt.date(9999, 12, 31)),
            "naam": text,
            "aantal": st.one_of(whole, marks),
            "bedrag": st.one_of(amount, marks),
        }
    )
    return st.lists(row, min_size=1, max_size=8)


def landed(row: Row) -> Row:
    """A made-up row as it must land: marks as their status, decimals as doubles."""
    out = {c: MARKS.get(v, v) if c in ("aantal", "bedrag") and isinstance(v, str) else v for c, v in row.items()}
    return {c: float(v) if isinstance(v, Decimal) else v for c, v in out.items()}


def written(value: Any, decimal: str, thousands: str) -> str:
    """A number in the publisher's way."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:,}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def delimited(table: list[Row], encoding: str, newline: str, form: dict[str, str], blanks: bool) -> bytes:
    """A delimited file, by a writer of its own; the year is never grouped."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=form["delimiter"], lineterminator=newline)
    writer.writerow(COLUMNS)
    for row in table:
        if blanks:
            out.write(newline)
        cells = [written(row[c], form["decimal"], form["thousands"] if c != "jaar" else "") for c in COLUMNS]
        writer.writerow(cells)
    return out.getvalue().encode(encoding)


STYLES = [
    {"delimiter": ";", "decimal": ",", "thousands": "."},
    {"delimiter": ";", "decimal": ".", "thousands": ""},
    {"delimiter": ",", "decimal": ".", "thousands": ","},
    {"delimiter": "|", "decimal": ",", "thousands": " "},
    {"delimiter": "\t", "decimal": ",", "thousands": "\u202f"},
    {"delimiter": ";", "decimal": ",", "thousands": "\u00a0"},
]


def grouped(style: dict[str, str]) -> dict[str, str]:
    """How the spec says it: a space stands for every kind of space."""
    return {
        **style,
        "thousands": " " if style["thousands"].strip() == "" and style["thousands"] else style["thousands"],
    }


@SLOW
@given(
    table=rows(texts()),
    style=st.sampled_from(STYLES),
    newline=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    blanks=st.booleans(),
)
def test_delimited_text(
    con: duckdb.DuckDBPyConnection,
    table: list[Row],
    style: dict[str, str],
    newline: str,
    encoding: str,
    blanks: bool,
) -> None:
    declared = ["utf-16" if encoding == "utf-16" else "utf-8"]
    described = spec("csv", encodings=declared, **grouped(style))
    got = read(con, described, "proef.csv", delimited(table, encoding, newline, style, blanks))
    assert got == [landed(r) for r in table]


@pytest.mark.proof
@SLOW
@given(table=rows(texts(codec="cp1252")), style=st.sampled_from(STYLES[:4]))
def test_windows_1252(con: duckdb.DuckDBPyConnection, table: list[Row], style: dict[str, str]) -> None:
    content = delimited(table, "cp1252", "\r\n", style, False)
    described = spec("csv", encodings=["cp1252"], **grouped(style))
    if not content.isascii() and _is_utf8(content):
        with pytest.raises(ParseError, match="is UTF-8 where the source declares Windows-1252"):
            read(con, described, "proef.csv", content)
        return
    assert read(con, described, "proef.csv", content) == [landed(r) for r in table]


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def in_xlsx(table: list[Row]) -> bytes:
    """A workbook with typed cells: numbers as numbers, dates as dates, marks and codes as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(COLUMNS)
    for number, row in enumerate(table, 2):
        for column, name in enumerate(COLUMNS, 1):
            cell = sheet.cell(number, column)
            cell.value = row[name] if not isinstance(row[name], Decimal) else float(row[name])
            if isinstance(row[name], str):
                cell.data_type = "s"  # a text that starts with = is no formula
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_xls(table: list[Row]) -> bytes:
    """The old kind of workbook; its dates are written as text, as publishers do."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("blad")
    for column, name in enumerate(COLUMNS):
        sheet.write(0, column, name)
        for number, row in enumerate(table, 1):
            value = row[name]
            sheet.write(number, column, value.isoformat() if isinstance(value, dt.date) else value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_sqlite(table: list[Row]) -> bytes:
    """A database with typed cells; dates are text in SQLite."""
    con = sqlite3.connect(":memory:")
    con.execute(f"CREATE TABLE cijfers ({', '.join(COLUMNS)})")
    values = [[_plain(row[c]) for c in COLUMNS] for row in table]
    con.executemany(f"INSERT INTO cijfers VALUES ({', '.join('?' * len(COLUMNS))})", values)
    con.commit()
    return con.serialize()


def in_json(table: list[Row]) -> bytes:
    return json.dumps({"facts": [{c: _plain(row[c]) for c in COLUMNS} for row in table]}).encode()


def in_lines(table: list[Row]) -> bytes:
    return "".join(json.dumps({c: _plain(row[c]) for c in COLUMNS}) + "\n" for row in table).encode()


def in_parquet(table: list[Row]) -> bytes:
    """Text columns where a mark stands, typed columns otherwise."""
    columns = {}
    for name in COLUMNS:
        values = [float(v) if isinstance(v, Decimal) else v for v in (row[name] for row in table)]
        mixed = any(isinstance(v, str) for v in values)
        columns[name] = [written(v, ".", "") if mixed and not isinstance(v, str) else v for v in values]
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def in_zip(table: list[Row]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cijfers.json", in_json(table))
    return out.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


KINDS: dict[str, tuple[Callable[[list[Row]], bytes], str, dict[str, Any]]] = {
    "proef.xlsx": (in_xlsx, "xlsx", {}),
    "proef.xls": (in_xls, "xlsx", {}),
    "proef.sqlite": (in_sqlite, "sqlite", {"sheets": ["cijfers"]}),
    "proef.parquet": (in_parquet, "parquet", {}),
    "proef.json": (in_json, "json", {"records": "facts"}),
    "proef.jsonl": (in_lines, "json", {"records": "."}),
    "proef.zip": (in_zip, "json", {"records": "facts"}),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", KINDS)
@SLOW
@given(data=st.data())
def test_every_other_kind(con: duckdb.DuckDBPyConnection, name: str, data: st.DataObject) -> None:
    write, kind, form = KINDS[name]
    table = data.draw(rows(texts()))
    assert read(con, spec(kind, **form), name, write(table)) == [landed(r) for r in table]


@SLOW
@given(table=rows(texts()), blanks=st.text("\t \u00a0\u202f", min_size=1, max_size=3))
@pytest.mark.proof
def test_padding_is_taken_off_where_the_source_says_so(
    con: duckdb.DuckDBPyConnection, table: list[Row], blanks: str
) -> None:
    style = {"delimiter": ";", "decimal": ",", "thousands": "."}
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([f"{blanks}{c} " for c in COLUMNS])
    for row in table:
        cells = [written(row[c], ",", "." if c != "jaar" else "") for c in COLUMNS]
        writer.writerow([f"{blanks}{c}{blanks}" for c in cells])
    stripped = [{**r, "naam": r["naam"].strip("\t \u00a0\u202f\u2009")} for r in table]
    if not all(r["naam"] for r in stripped):
        return
    got = read(con, spec("csv", trim=True, **style), "proef.csv", out.getvalue().encode())
    assert got == [landed(r) for r in stripped]


@SLOW
@given(table=rows(texts()), at=st.integers(0, 7), column=st.sampled_from(["aantal", "bedrag", "dag", "gebied"]))
def test_a_cell_that_does_not_fit_is_named_with_its_row(
    con: duckdb.DuckDBPyConnection, table: list[Row], at: int, column: str
) -> None:
    """1,234 where the decimal sign is a point, a date in another order, an unknown area: never another value."""
    bad = {"aantal": "1,234", "bedrag": "1,234", "dag": "31/12/2020", "gebied": "99999x"}[column]
    number = at % len(table)
    plain = [{**r, "naam": "naam"} for r in table]
    plain[number] = {**plain[number], column: bad}
    style = {"delimiter": ";", "decimal": ".", "thousands": ""}
    with pytest.raises(ParseError) as caught:
        read(con, spec("csv", **style), "proef.csv", delimited(plain, "utf-8", "\n", style, False))
    assert f"row {number + 2}, column {column}: " in str(caught.value)
    assert bad in str(caught.value)
