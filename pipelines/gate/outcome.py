"""What became of one check of one delivery, and what a person must know of it."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.gate.described import Compiled
from pipelines.landing.receipt import Outcome

# What a sentence says of a row by itself; what else a check lays out is said with its name.
FACTS = {"gebiedsniveau", "eenheid", "jaar", "deel", "meting", "kolom", "reeks", "cel"}
WORKINGS = {
    *("waargenomen", "verwacht", "grens", "laagste", "hoogste", "want", "overschrijding", "beoordeeld", "alleen"),
    *("jaren_eerder", "laagste_eerder", "hoogste_eerder", "niet_gelijk", "meeste_anders", "bewijs", "som", "streng"),
}
PLACES = ("gebiedsniveau", "eenheid", "jaar", "deel", "meting", "kolom")  # what a wrong row says without a figure
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
    said = _sentence(con, first)
    return outcome(
        compiled,
        "gefaald",
        seen,
        said=said + (f" (en nog {count - 1})" if count > 1 else ""),
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


def _sentence(con: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> str:
    """A wrong row as an analyst reads it: where and what, what was seen, what was expected and why."""
    told = {k: v for k, v in row.items() if v not in (None, "")}
    where = [_place(con, told), *(str(told[k]) for k in ("jaar",) if k in told)]
    where += [f"deel {told['deel']}"] if told.get("deel", "00") != "00" else []
    where += [str(told[k]) for k in ("meting", "kolom", "reeks", "cel") if k in told]
    more = {k: v for k, v in told.items() if k not in FACTS | WORKINGS}
    where += [f"{k.replace('_', ' ')} {v if k.endswith('jaar') else _dutch(v)}" for k, v in more.items()]
    seen = ""
    if "waargenomen" in told:
        seen = f": {told['jaar'] if told['waargenomen'] == told.get('jaar') else _dutch(told['waargenomen'])}"
    elif "waargenomen" in row:
        seen = ": geen cijfer"
    wanted = f"; {limit}" if (limit := _expected(told)) else ""
    return ", ".join(filter(None, where)) + seen + wanted + (f", want {why}" if (why := _because(told)) else "")


def _because(told: dict[str, Any]) -> str:
    """Why that was expected: what the check says of it, or what the figure was in the years before."""
    if (years := told.get("jaren_eerder")) is None:
        return told.get("want", "")
    low, high = _dutch(told["laagste_eerder"]), _dutch(told["hoogste_eerder"])
    return f"de laatste {years} jaar lag het tussen {low} en {high}" if years > 1 else f"het jaar ervoor was het {low}"


def _place(con: duckdb.DuckDBPyConnection, told: dict[str, Any]) -> str:
    """The area by its name, with its code where it has none."""
    level, code = told.get("gebiedsniveau"), told.get("eenheid")
    if code is None:
        return f"alle gebieden van {level}" if level else ""
    if not con.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'gebied'").fetchone():
        return str(code)  # the lists that the register is made from are judged before it is there
    known = con.execute(
        "SELECT naam FROM gebied WHERE gebied = $code ORDER BY gebiedsniveau <> $level LIMIT 1",
        {"code": code, "level": level},
    )
    name = known.fetchone()
    return f"{name[0]} ({code})" if name else str(code)


def _expected(row: dict[str, Any]) -> str | None:
    """What was expected, as a Dutch clause."""
    low, high = row.get("laagste"), row.get("hoogste")
    if low is not None and high is not None:
        return f"tussen {_dutch(low)} en {_dutch(high)} verwacht"
    if row.get("verwacht") is None:
        return None
    about = "ongeveer " if isinstance(row["verwacht"], (int, float)) else ""
    return f"{about}{_dutch(row['verwacht'])} verwacht"


def _limit(row: dict[str, Any]) -> str | None:
    """What would have passed, as a Dutch sentence."""
    low, high = row.get("laagste"), row.get("hoogste")
    return f"tussen {_dutch(low)} en {_dutch(high)} zou het aanvaard zijn" if None not in (low, high) else None


def _dutch(value: object) -> str:
    """A number as it is written in Dutch: 1.234 and 10,3."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    text = f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.4g}"
    return text.translate(str.maketrans(",.", ".,"))


def _short(value: object) -> str | None:
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)


def discreet(found: Outcome, spec: Dataset) -> Outcome:
    """A check without the figures that it saw, of a dataset whose cells are not public at the source: what it says is
    told in releases, alerts and Dagster."""
    if spec.drempel is None or not found.boodschap:
        return found
    said = f"check '{found.controle}' ({found.omschrijving.rstrip('.')}): {found.afwijkend} rijen"
    rows = [{n: v for n, v in row.items() if n in PLACES} for row in found.rijen]
    return replace(found, boodschap=said, waargenomen=None, verwacht=None, grens=None, rijen=rows)


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
