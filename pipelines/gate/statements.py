"""The SQL of the gate, in the files of the folder sql."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


def sql(name: str, **parts: object) -> str:
    """The query in a file, with the parts of a dataset where their names stand."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8").format(**parts)
