"""The text of a model as SQLMesh hands it to DuckDB, to run on tables of a test's own."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.schema import MappingSchema
from sqlmesh.core.dialect import parse
from sqlmesh.core.model import load_sql_based_model

import pipelines.transform.macros  # noqa: F401, SQLMesh finds them once they are imported
from pipelines.describe.specfile import ROOT

SOURCE_COLUMNS = {
    "onderwerp": "TEXT",
    "gebiedsniveau": "TEXT",
    "gebied": "TEXT",
    "periode": "TEXT",
    "waarde": "DOUBLE",
    "status": "TEXT",
}


def rendered(name: str, **variables: Any) -> exp.Query:
    """The query of models/<name>.sql with its macros written out; `datasets` names the tables of bron."""
    text = (ROOT / "models" / f"{name}.sql").read_text(encoding="utf-8")
    model = load_sql_based_model(parse(text, default_dialect="duckdb"), dialect="duckdb", variables=variables)
    columns = {column: exp.DataType.build(kind) for column, kind in SOURCE_COLUMNS.items()}
    datasets = {dataset: columns for dataset in variables.get("datasets", [])}
    model.update_schema(MappingSchema({"bron": datasets} if datasets else {}, dialect="duckdb"))
    query = model.render_query()
    assert query is not None, f"SQLMesh renders {name} to nothing"
    return query
