"""The rows of the catalogue that a group is built from, and those that its models read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.home import quoted
from pipelines.transform.reach import Group
from pipelines.transform.texts import Text


def said_by(text: Text) -> list[str]:
    """The SQL of a model and of its audits."""
    return [text.query, *(a["query"] for a in text.audits if "query" in a)]


def rows_about(group: Group, rows: list[dict[str, Any]], columns: list[str] | None) -> list[list[Any]]:
    """The rows about a group, in the columns that it reads."""
    subjects = {*group.subjects}
    found = (r for r in rows if (r["onderwerp"] in subjects if "onderwerp" in r else r["bron"] in group.sources))
    return [[r[c] for c in (columns or r)] for r in found]


def in_group(group: Group, columns: list[str]) -> str:
    """SQL for the rows about a group in a table with these columns."""
    if "onderwerp" in columns:
        return f"onderwerp IN ({name_list(group.subjects)})"
    return f"bron IN ({name_list(group.sources)})"


def name_list(names: Iterable[str]) -> str:
    """Names as they stand in a list of SQL."""
    return ", ".join(map(quoted, names))
