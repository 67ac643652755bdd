"""Judge a table by its audits: what must be filled and unique in one pass, what else must hold by a query each."""

from __future__ import annotations

from typing import Any

import duckdb


def broken(con: duckdb.DuckDBPyConnection, name: str, audits: list[dict[str, Any]]) -> str | None:
    """The first audit that fails, and on how many rows; else None."""
    filled = list(dict.fromkeys(c for a in audits for c in a.get("filled", [])))
    keys = [(a["name"], key) for a in audits for key in a.get("keys", [])]
    if filled or keys:
        failed = _one_pass(con, name, filled, keys)
        if failed:
            return failed
    for audit in audits:
        if query := audit.get("query"):
            ((rows,),) = con.execute(f"SELECT COUNT(*) FROM ({query})").fetchall()
            if rows:
                return f"'{audit['name']}' fails on {rows} row{'s' if rows > 1 else ''}"
    return None


def _one_pass(
    con: duckdb.DuckDBPyConnection, name: str, filled: list[str], keys: list[tuple[str, list[str]]]
) -> str | None:
    """Count what is empty on the way to the first key; further keys take a pass each."""
    counts = [f"COUNT(*) - COUNT({c}) AS leeg_{i}" for i, c in enumerate(filled)]
    key = keys[0][1] if keys else []
    inner = ", ".join(["COUNT(*) AS n", *counts])
    outer = ", ".join(["SUM(n - 1)", *(f"SUM(leeg_{i})" for i in range(len(filled)))])
    grouped = f" GROUP BY {', '.join(key)}" if key else ""
    ((twice, *empty),) = con.execute(f"SELECT {outer} FROM (SELECT {inner} FROM {name}{grouped})").fetchall()
    for column, rows in zip(filled, empty, strict=True):
        if rows:
            return f"'not_null' fails on {rows} row{'s' if rows > 1 else ''} without {column}"
    if key and twice:
        return f"'{keys[0][0]}' fails on {twice} row{'s' if twice > 1 else ''}"
    return _one_pass(con, name, [], keys[1:]) if len(keys) > 1 else None
