"""Rows under an embargo: nothing of them is read before their moment, not one second early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from tests.small import spec_of

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FILE = """nis;aantal;op
44021;11;2026-12-01T12:00:00+0000
31005;12;2026-12-02T12:00:00+0000
11002;13;2020-01-01T00:00:00+0000
"""
FORM = {"header": {"nis": "gebied", "aantal": "aantal", "op": "op"}}


def read(con: duckdb.DuckDBPyConnection, tmp: Path, as_of: datetime, text: str = FILE, **embargo: Any) -> ParsedTable:
    column = embargo.pop("column", {"type": "time", "written": "%Y-%m-%dT%H:%M:%S%z"})
    spec = spec_of(
        {"aantal": {"type": "integer", "measure": True}, "op": column},
        FORM,
        gebied={"niveau": "gemeente2024"},
        embargo=embargo,
    )
    path = tmp / "in.csv"
    path.write_text(text, encoding="utf-8")
    return parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "x", tmp, as_of)


def landed(table: ParsedTable) -> list[str]:
    return [area for (area,) in duckdb.sql(f"SELECT gebied FROM '{table.path}' ORDER BY aantal").fetchall()]


@pytest.mark.parametrize(
    ("as_of", "areas", "until"),
    [
        (NOON - SECOND, ["11002"], NOON),
        (NOON, ["44021", "11002"], NOON + timedelta(days=1)),
        (NOON + timedelta(days=1) - SECOND, ["44021", "11002"], NOON + timedelta(days=1)),
        (NOON + timedelta(days=1), ["44021", "31005", "11002"], None),
    ],
)
def test_a_row_is_read_from_its_moment_on(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, as_of: datetime, areas: list[str], until: datetime | None
) -> None:
    table = read(con, tmp_path, as_of, kolom="op")
    assert (landed(table), table.until) == (areas, until)
    assert (table.rows, table.read, table.excluded) == (len(areas), len(areas), {}), "no count tells of the others"


def test_a_day_starts_at_midnight_in_belgium(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    text = "nis;aantal;op\n44021;11;01/12/2026\n11002;13;01/01/2020\n"
    day = {"type": "date", "written": "%d/%m/%Y"}
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)
    early = read(con, tmp_path, midnight - SECOND, text, kolom="op", column=day)
    assert (landed(early), early.until) == (["11002"], midnight)
    assert landed(read(con, tmp_path, midnight, text, kolom="op", column=day)) == ["44021", "11002"]


def test_the_rows_of_a_year_wait_for_its_moment(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    moment = {2020: "2026-12-01T13:00:00+01:00"}
    early = read(con, tmp_path, NOON - SECOND, jaren=moment)
    assert (early.rows, early.years, early.until) == (0, (), NOON)
    assert read(con, tmp_path, NOON, jaren=moment).rows == 3
    assert read(con, tmp_path, NOON - SECOND, jaren={2021: "2026-12-01T13:00:00+01:00"}).rows == 3


def test_a_wrong_cell_under_an_embargo_is_not_told(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    text = FILE.replace("12;2026", "geheim;2026").replace("31005", "99999")
    assert landed(read(con, tmp_path, NOON, text, kolom="op")) == ["44021", "11002"]


@pytest.mark.parametrize(
    "embargo",
    [
        {},
        {"kolom": "op", "jaren": {2020: NOON}},
        {"kolom": "aantal"},
        {"kolom": "x"},
        {"jaren": {2020: "2026-12-01T06:00"}},
    ],
)
def test_an_embargo_that_names_no_moment_is_refused(embargo: dict[str, Any]) -> None:
    columns = {"aantal": {"type": "integer", "measure": True}, "op": {"type": "time"}}
    with pytest.raises(ValidationError, match=r"embargo|timezone"):
        spec_of(columns, FORM, embargo=embargo)
