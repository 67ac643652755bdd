"""A small source of a test's own making, and what a file of it lands as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset, load_datasets
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables


def landed(con: duckdb.DuckDBPyConnection, spec: Dataset, text: str, tmp: Path) -> list[tuple[Any, ...]]:
    """What a file with this text lands as; it is `kandidaat` from then on."""
    path = tmp / "in.csv"
    path.write_text(text, encoding="utf-8")
    part = parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "x", tmp)
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS FROM read_parquet('{part.path}')")
    con.execute("CREATE OR REPLACE VIEW vorige AS FROM kandidaat WHERE FALSE")
    return con.execute("FROM kandidaat ORDER BY ALL").fetchall()


def spec_of(columns: dict[str, Any], form: dict[str, Any], **more: Any) -> Dataset:
    """A small source: the one of pinc_kadaster_capa5 with other columns and another layout."""
    given = load_datasets()["pinc_kadaster_capa5"].model_dump(exclude_unset=True)
    given["formats"] = [{"name": "klein", "kind": "csv", "constants": {"jaar": "2020"}, **form}]
    return Dataset(**{**given, "columns": {"jaar": "integer", "gebied": "text", **columns}, "key": ["gebied"], **more})
