"""Every open form of a release, read back by another library than wrote it, holds what the mart says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import csvw
import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyjstat import pyjstat

from pipelines.export.open_forms import FIGURES, NUMBERS, write_tables
from tests.helpers import obmi, query

CODES = ("vp2801_vh_totcrim",)
ALL = {*CODES, "v2801_vh_totcrim", "v1101_t"}  # a rate, with what it is computed from
KEY = ["onderwerp", "gebiedsniveau", "gebied", "periode"]
Cells = dict[tuple[str, ...], dict[str, Any]]


def from_parquet(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("[!_]*.parquet")) for row in pq.read_table(path).to_pylist()]


def from_csv(folder: Path) -> list[dict[str, Any]]:
    found = [csvw.Table.from_file(path) for path in sorted(folder.glob("*-metadata.json"))]
    return [dict(row) for table in found for row in table.iterdicts(strict=True)]


def from_xlsx(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for path in sorted(folder.glob("*.xlsx")):
        heads, *cells = openpyxl.load_workbook(path, read_only=True)["cijfers"].iter_rows(values_only=True)
        rows += [dict(zip(heads, row, strict=True)) for row in cells]
    return rows


def by_key(rows: list[dict[str, Any]]) -> Cells:
    cells = {tuple(row[k] for k in KEY): {n: None if row[n] == "" else row[n] for n in FIGURES} for row in rows}
    assert len(cells) == len(rows)
    return cells


def of_the_mart(home: Path) -> Cells:
    columns = ", ".join(
        {"naam": "o.naam", "eenheid": "o.eenheid", "gebiedsnaam": "g.naam"}.get(c, f"w.{c}") for c in FIGURES
    )
    rows = query(
        home,
        f"SELECT {columns} FROM mart.waarneming AS w JOIN mart.onderwerp AS o USING (onderwerp) "
        f"LEFT JOIN mart.gebied AS g USING (gebiedsniveau, gebied) WHERE onderwerp IN ({', '.join(map(repr, ALL))})",
    )
    return by_key([dict(zip(FIGURES, row, strict=True)) for row in rows])


@pytest.mark.parametrize(
    ("form", "read"),
    [("parquet", from_parquet), ("csv", from_csv), pytest.param("xlsx", from_xlsx, marks=pytest.mark.proof)],
)
def test_tables_hold_the_rows_of_the_mart(at_released: Path, tmp_path: Path, form: str, read: Any) -> None:
    done = obmi("export", *CODES, "--format", form, "--to", tmp_path)
    assert done.code == 0, done.err
    found, wanted = by_key(read(tmp_path)), of_the_mart(at_released)
    assert len(wanted) > 5_000
    assert found.keys() == wanted.keys()
    assert [key for key in wanted if not same(found[key], wanted[key])] == []


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Equal, numbers to the fifteen digits that a spreadsheet keeps."""
    numbers = {n: pytest.approx(float(v), rel=1e-15) for n, v in ours.items() if n in NUMBERS and v is not None}
    return {**ours, **numbers} == theirs


def test_json_stat_holds_the_values_and_statuses_of_the_mart(at_released: Path, tmp_path: Path) -> None:
    assert obmi("export", *CODES, "--format", "jsonstat", "--to", tmp_path).code == 0
    wanted = of_the_mart(at_released)
    assert {path.stem for path in tmp_path.iterdir()} == ALL
    for code in ALL:
        text = (tmp_path / f"{code}.json").read_text(encoding="utf-8")
        frame = pyjstat.Dataset.read(text).write("dataframe", naming="id")
        status = json.loads(text)["status"]
        found = {
            (code, *area.split(" ", 1), period): (None if pd.isna(value) else value, status.get(str(place)))
            for place, (area, period, value) in enumerate(frame.itertuples(index=False))
        }
        ours = {key: cell for key, cell in wanted.items() if key[0] == code}
        assert [
            k for k, c in ours.items() if found[k] != (c["waarde"], None if c["status"] == "ok" else c["status"])
        ] == []
        assert {v for k, v in found.items() if k not in ours} <= {(None, None)}


def test_a_text_that_a_spreadsheet_would_run_is_written_as_text(at_released: Path, tmp_path: Path) -> None:
    """Names come from publishers; what begins as a formula is text in every cell."""
    path = tmp_path / "release.duckdb"
    source = next((at_released / "releases").glob("*/obmi.duckdb"))
    path.write_bytes(source.read_bytes())
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE mart.gebied SET naam = '=1+1' WHERE gebied = '44021'")
    for form in ("csv", "xlsx"):
        write_tables(form, path, tmp_path / form, ["v1101_t"], lambda _: None)
    lines = (tmp_path / "csv" / "demografie.csv").read_text(encoding="utf-8").splitlines()
    assert any(";'=1+1;" in line for line in lines)
    assert not any(";=1+1;" in line for line in lines)
    sheet = openpyxl.load_workbook(tmp_path / "xlsx" / "demografie.xlsx")["cijfers"]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"}
    assert kinds == {"s"}
