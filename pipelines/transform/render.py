"""The models as DuckDB gets them: SQLMesh parses them, and writes out their macros and their audits."""

from __future__ import annotations

import os
import re
from typing import Any

os.environ.setdefault("SQLMESH__DISABLE_ANONYMIZED_ANALYTICS", "true")
os.environ.setdefault("MAX_FORK_WORKERS", "1")  # forking a process that holds DuckDB threads is unsafe

from sqlglot import exp
from sqlglot.schema import MappingSchema
from sqlmesh.core.dialect import parse
from sqlmesh.core.model import Model, load_sql_based_model

from pipelines.transform import macros  # noqa: F401  # SQLMesh finds them once they are imported

INPUT = re.compile(r"READ_PARQUET\('((?:invoer|landing)\.\w+)(?:/deel-\*\.parquet)?'\)")


def load_model(text: str, variables: dict[str, Any], source: dict[str, str]) -> Model:
    """A model from its text; its variable `datasets` names the tables of bron, which have the columns of `source`."""
    model = load_sql_based_model(parse(text, default_dialect="duckdb"), dialect="duckdb", variables=variables)
    if source and variables["datasets"]:
        columns = {name: exp.DataType.build(kind) for name, kind in source.items()}
        model.update_schema(MappingSchema({"bron": dict.fromkeys(variables["datasets"], columns)}, dialect="duckdb"))
    return model


def plain_name(name: str) -> str:
    """`"mart"."waarneming"` as mart.waarneming."""
    return ".".join(p.strip('"') for p in name.split("."))


def rendered(text: str, variables: dict[str, Any], source: dict[str, str]) -> dict[str, Any]:
    """What the build needs of a model, as plain values: its query, what that reads, its audits and its comments."""
    model = load_model(text, variables, source)
    query = model.render_query_or_raise().sql("duckdb")
    audits = [(audit.name, model.render_audit_query(audit, **args)) for audit, args in model.audits_with_args]
    inputs = {found[1] for found in INPUT.finditer(query)}
    return {
        "view": model.kind.is_view,
        "query": _tables(query),
        "reads": sorted({plain_name(d) for d in model.depends_on} | inputs),
        "columns": [[name, kind.sql("duckdb")] for name, kind in model.columns_to_types_or_raise.items()],
        "audits": [_audit(*audit) for audit in audits],
        "comments": {"description": model.description, "columns": dict(model.column_descriptions)},
    }


def _audit(name: str, query: exp.Query) -> dict[str, Any]:
    """An audit: the columns that must be filled, the keys that must be unique, else a query that must find no row."""
    if name == "not_null":
        return {"name": name, "filled": [test.this.name for test in query.find_all(exp.Is)]}
    if name == "unique_combination_of_columns":
        return {"name": name, "keys": [[column.name for column in query.args["group"].expressions]]}
    if name == "unique_values":
        keys = [[column.name for column in window.args["partition_by"]] for window in query.find_all(exp.Window)]
        return {"name": name, "keys": keys}
    return {"name": name, "query": _tables(query.sql("duckdb"))}


def _tables(query: str) -> str:
    """What enters is laid out as tables of that name."""
    return INPUT.sub(r"\1", query)
