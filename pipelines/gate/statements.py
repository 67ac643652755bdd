"""The SQL of the gate, in the files of the folder sql."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


def sql(name: str, **parts: object) -> str:
    """The query in a file, with the parts of a dataset where their names stand."""
    return text(name).format(**parts)


def steps(name: str) -> tuple[str, ...]:
    """The statements of a file, which are the same for every dataset."""
    return tuple(step.strip() for step in text(name).split(";\n") if step.strip())


@cache
def text(name: str) -> str:
    """A file as it is written."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
