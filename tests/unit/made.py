"""A made-up table that tests write in every way a publisher might, its description, and how it is read back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from tests.replay.server import dataset

Row = dict[str, Any]
MARKS = {"": "onbekend", ".": "verborgen", "<5": "verborgen", "-99996": "leeg", "n.v.t.": "nvt"}
COLUMNS = ["jaar", "gebied", "dag", "naam", "aantal", "bedrag"]


def spec(kind: str, **form: Any) -> Dataset:
    """The description of such a file."""
    made = dataset("drop", {})
    data = made.model_dump() | {
        "gebied": {"niveau": "belgie"},
        "columns": {
            "jaar": "integer",
            "gebied": "text",
            "dag": "date",
            "naam": "text",
            "aantal": {"type": "integer", "measure": True},
            "bedrag": {"type": "number", "measure": True},
        },
        "missing": MARKS,
        "formats": [{"name": kind, "kind": kind, "header": {c: c for c in COLUMNS}, **form}],
        "options": {},
    }
    return Dataset(**data)


def read(con: duckdb.DuckDBPyConnection, described: Dataset, name: str, content: bytes) -> list[Row]:
    """The rows that land, as they were made."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inhoud"
        path.write_bytes(content)
        part = parse(con, described, open_tables(described, [(path, name)], Path(folder)), "0" * 64, Path(folder))
        got = con.execute(f"SELECT * EXCLUDE gebiedsniveau FROM read_parquet('{part.path}')").to_arrow_table()
        assert part.read == part.rows == got.num_rows
    return [_made(row) for row in got.to_pylist()]


def _made(row: Row) -> Row:
    return {c: row[c] if row.get(f"{c}_status", "ok") == "ok" else row[f"{c}_status"] for c in COLUMNS}
