"""The text of a model as SQLMesh hands it to DuckDB, to run on tables of a test's own."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

import pipelines.transform.macros  # noqa: F401, SQLMesh finds them once they are imported
from pipelines.describe.specfile import ROOT
from pipelines.transform.render import load_model

SOURCE_COLUMNS = {
    "onderwerp": "TEXT",
    "gebiedsniveau": "TEXT",
    "gebied": "TEXT",
    "periode": "TEXT",
    "waarde": "DOUBLE",
    "status": "TEXT",
    "jaarreden": "TEXT",
}


def rendered(name: str, **variables: Any) -> exp.Query:
    """The query of models/<name>.sql with its macros written out; `datasets` names the tables of bron."""
    text = (ROOT / "models" / f"{name}.sql").read_text(encoding="utf-8")
    return load_model(text, {"datasets": [], **variables}, SOURCE_COLUMNS).render_query_or_raise()
