"""What became of one check of one delivery, and what a person must know of it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.gate.checks import Compiled
from pipelines.landing.receipt import Outcome

LABELS = {"eenheid": "area", "jaar": "year"}
HIDDEN = {
    *("waargenomen", "verwacht", "gebiedsniveau", "grens", "laagste", "hoogste", "beoordeeld", "overschrijding"),
    *("niet_gelijk", "te_sterk", "vergeleken", "grootte", "bewijs", "som", "streng"),
}
ROWS_KEPT = 50  # of every area one wrong row before any has two


def wrong_rows(table: str, compiled: Compiled) -> str:
    """SQL for the rows that are wrong among those laid out."""
    return f"SELECT * FROM {table} WHERE {compiled.wrong}"


def failed(
    con: duckdb.DuckDBPyConnection, table: str, compiled: Compiled, seen: int, result: dict[str, Any]
) -> Outcome:
    """What a check found wrong in the rows laid out as `table`; `result` is what the expectation said."""
    if compiled.over is None:
        count = int(result.get("unexpected_count") or 0)
        listed = result.get("partial_unexpected_list", [])[:3]
        said = f"{count} cells, among them {listed}" if count else f"observed {result.get('observed_value')}"
        return outcome(compiled, "gefaald", seen, said=said, afwijkend=count)
    wrong = f"({wrong_rows(table, compiled)})"
    names = [d[0] for d in con.execute(f"FROM {wrong} LIMIT 0").description]
    area = "gebiedsniveau, eenheid" if "eenheid" in names else "NULL"
    worst = ["overschrijding DESC NULLS LAST"] if "overschrijding" in names else []
    order = ", ".join([*worst, *(f'"{n}"' for n in names)])
    nth = f"ROW_NUMBER() OVER (PARTITION BY {area} ORDER BY {order})"
    rows = _dicts(con, f"SELECT * FROM {wrong} ORDER BY {nth}, {order} LIMIT {ROWS_KEPT}")
    count = con.execute(f"SELECT COUNT(*) FROM {wrong}").fetchone()[0]
    first = rows[0]
    observed, expected = _short(first.get("waargenomen")), _short(first.get("verwacht"))
    where = ", ".join(f"{LABELS.get(k, k)} {_short(v)}" for k, v in first.items() if k not in HIDDEN and v != "")
    said = where + (f": {observed}" if observed else "") + (f", expected about {expected}" if expected else "")
    return outcome(
        compiled,
        "gefaald",
        seen,
        said=said + (f" (and {count - 1} more)" if count > 1 else ""),
        afwijkend=count,
        waargenomen=observed,
        verwacht=expected,
        grens=_limit(first),
        eenheden=_distinct(con, area, wrong) if "eenheid" in names else [],
        jaren=[y for (y,) in _distinct(con, "jaar", wrong)] if "jaar" in names else [],
        rijen=rows,
    )


def _distinct(con: duckdb.DuckDBPyConnection, columns: str, wrong: str) -> list[Any]:
    return con.execute(f"SELECT DISTINCT {columns} FROM {wrong} ORDER BY ALL").fetchall()


def _dicts(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Rows as they can be written as JSON: numbers as they are, the rest as text."""
    found = con.execute(sql)
    names = [d[0] for d in found.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    exact = value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value))
    return value if exact else str(value)


def _limit(row: dict[str, Any]) -> str | None:
    """What would have passed, as a Dutch sentence."""
    low, high = row.get("laagste"), row.get("hoogste")
    if low is not None and high is not None:
        return f"tussen {_short(low)} en {_short(high)} zou het aanvaard zijn"
    if row.get("grens") is not None:
        return f"hoogstens een factor {_short(row['grens'])} zou aanvaard zijn"
    return None


def _short(value: object) -> str | None:
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)


def outcome(compiled: Compiled, state: str, seen: int = 0, said: str = "", **more: Any) -> Outcome:
    """A check with its state, and what is to be said of it."""
    check = compiled.check
    message = f"check '{check.id}' ({check.omschrijving.rstrip('.')}): {said}" if said else ""
    facts = {"afwijkend": 0, **more}
    return Outcome(
        controle=check.id,
        omschrijving=check.omschrijving,
        dimensie=check.dimensie,
        niveau=check.niveau,
        ernst=check.ernst,
        uitslag=state,
        gezien=seen,
        boodschap=message,
        **facts,
    )
