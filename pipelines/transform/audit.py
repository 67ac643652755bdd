"""Judge a table by its audits: what must be filled and unique in one pass, what else must hold by a query each."""

from __future__ import annotations

from typing import Any

import duckdb

SHOWN = 5


def broken(con: duckdb.DuckDBPyConnection, name: str, audits: list[dict[str, Any]]) -> str | None:
    """The first audit that fails, on how many rows, and one of them; else None."""
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
                return f"'{audit['name']}' fails on {_rows(rows)}, such as {_one(con, query)}"
    return None


def _one_pass(
    con: duckdb.DuckDBPyConnection, name: str, filled: list[str], keys: list[tuple[str, list[str]]]
) -> str | None:
    """Count what is empty, and the keys by their hash: where no two are the same, no two keys are. Where two are, the
    keys themselves are counted."""
    counts = [*(f"COUNT({c})" for c in filled), *(f"COUNT(DISTINCT HASH({', '.join(key)}))" for _, key in keys)]
    ((total, *found),) = con.execute(f"SELECT COUNT(*), {', '.join(counts)} FROM {name}").fetchall()
    for column, rows in zip(filled, found, strict=False):
        if rows < total:
            return f"'not_null' fails on {_rows(total - rows)} without {column}"
    for (audit, key), hashes in zip(keys, found[len(filled) :], strict=True):
        if hashes < total:
            distinct = f"SELECT DISTINCT {', '.join(key)} FROM {name}"
            ((different,),) = con.execute(f"SELECT COUNT(*) FROM ({distinct})").fetchall()
            if different < total:
                return f"'{audit}' fails on {_rows(total - different)}"
    return None


def _one(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """What the first columns of a row that fails say: its subject, area and period come first in every table."""
    found = con.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT 1")
    told = zip((c[0] for c in found.description), found.fetchone() or (), strict=True)
    return ", ".join(f"{column} {value}" for column, value in list(told)[:SHOWN] if value is not None)


def _rows(count: int) -> str:
    return f"{count} row{'s' if count > 1 else ''}"
