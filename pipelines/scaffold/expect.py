"""What expectations/ says of a new dataset: how far a year may jump, or between what a total lies."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import duckdb

from pipelines.home import quoted
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.sample import Say
from pipelines.scaffold.subjects import Subject, condition

MOST = 4
CALM = 3.0


def checks(con: duckdb.DuckDBPyConnection, draft: Draft, subjects: list[Subject], say: Say) -> list[dict[str, Any]]:
    """One check per main measure: a jump where years can be compared, else a range of the total."""
    main = list({(s.measure, tuple(s.where.items())): s for s in subjects}.values())[:MOST]
    found = []
    for number, subject in enumerate(main, 1):
        ident = subject.measure if len({s.measure for s in main}) == len(main) else f"{subject.measure}_{number}"
        where = condition(subject.where) or "TRUE"
        if jump := _jump(con, draft, subject, where):
            found.append(_as_jump(ident, subject, where, jump))
        elif "onderwerp" in draft.columns:
            found += [_as_range(con, draft, *_of_code(subject, where, code)) for code in draft.codes["known"][:MOST]]
        else:
            found.append(_as_range(con, draft, subject, where, ident))
    for check in found:
        say("verwachting", f"{check['id']}: {check['omschrijving']}")
    return found


def _of_code(subject: Subject, where: str, code: str) -> tuple[Subject, str, str]:
    """One subject of an upload: its own rows, added up unless its code says that it is a ratio or a mean."""
    rows = f"onderwerp = {quoted(code)}" + (f" AND {where}" if where != "TRUE" else "")
    adds_up = re.match("v[pg]", code, re.IGNORECASE) is None
    return replace(subject, code=code.lower(), adds_up=adds_up), rows, code.lower()


def _unit(draft: Draft) -> str:
    return "gemeente" if "gemeente" in draft.columns else "gebied"


def _amount(subject: Subject, draft: Draft) -> str:
    """The SQL aggregate of a measure per area and year."""
    over_many = any(v == "som" for v in draft.over.values()) or _unit(draft) == "gemeente"
    return f"{'SUM' if over_many and subject.adds_up else 'MAX'}({subject.measure})"


def _per(draft: Draft) -> list[str]:
    return [k for k in draft.key if k in ("onderwerp", "maand", "kwartaal")]


def _jump(
    con: duckdb.DuckDBPyConnection, draft: Draft, subject: Subject, where: str
) -> tuple[str, float, float, list[str]] | None:
    """Amount, factor, from which amount on, and per what: looser than every jump in the file. None without two
    years of an area, or where amounts come and go."""
    per = _per(draft)
    same = ", ".join(["gebiedsniveau", "eenheid", *per])
    dims = ", ".join(["gebiedsniveau", f"{_unit(draft)} AS eenheid", *per, "jaar"])
    amount = _amount(subject, draft)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE sprongen AS
        WITH n AS (SELECT {dims}, {amount}::DOUBLE AS w FROM kandidaat WHERE {where} GROUP BY ALL),
          p AS (SELECT w, LAG(w) OVER (PARTITION BY {same} ORDER BY jaar) AS v FROM n WHERE w IS NOT NULL)
        SELECT GREATEST(ABS(w), ABS(v)) AS groot, LEAST(ABS(w), ABS(v)) AS klein FROM p WHERE v IS NOT NULL""")
    if not con.execute("SELECT COUNT(*) FROM sprongen").fetchone()[0]:  # type: ignore[index]
        return None
    for share in (0, 0.25, 0.5, 0.75, 0.9, 0.97):
        at = con.execute(f"SELECT quantile_disc(groot, {share}) FROM sprongen").fetchone()[0] if share else 0  # type: ignore[index]
        start = _rounded(at)
        factor, steady = con.execute(
            "SELECT MAX(groot / NULLIF(klein, 0)), BOOL_AND(klein > 0 OR groot = 0) FROM sprongen "
            f"WHERE groot >= {start}"
        ).fetchone()  # type: ignore[misc]
        if steady and factor is not None and factor <= CALM:
            return amount, max(1.2, math.ceil(factor * 12.5) / 10), start, per
    return None


def _rounded(value: float) -> float:
    """Two digits, upwards."""
    if value <= 0:
        return 0
    unit = 10 ** (math.floor(math.log10(value)) - 1)
    return round(math.ceil(value / unit) * unit, 6)


def _as_jump(ident: str, subject: Subject, where: str, jump: tuple[str, float, float, list[str]]) -> dict[str, Any]:
    amount, factor, start, per = jump
    from_on = f" voor bedragen vanaf {_dutch(start)}" if start else ""
    options = {"vanaf": _plain(start)} if start else {}
    options |= {"per": per} if per else {}
    options |= {"waar": where} if where != "TRUE" else {}
    words = _words(subject.measure)
    return {
        "id": f"sprong_{ident}",
        "omschrijving": f"{words} verandert hoogstens een factor {_dutch(factor)} tegenover het naaste jaar{from_on}.",
        "dimensie": "juistheid",
        "sprong": {"waarde": amount, "hoogstens": factor, **options},
    }


def _as_range(con: duckdb.DuckDBPyConnection, draft: Draft, subject: Subject, where: str, ident: str) -> dict[str, Any]:
    """The total, or for a ratio the mean, of the most detailed level: between half and twice what it is now."""
    aggregate = f"{'SUM' if subject.adds_up else 'AVG'}({subject.measure})"
    level = con.execute("SELECT gebiedsniveau FROM kandidaat GROUP BY 1 ORDER BY COUNT(*) DESC, 1").fetchone()[0]  # type: ignore[index]
    per = [k for k in _per(draft) if k != "onderwerp"]
    rows = f"FROM kandidaat WHERE gebiedsniveau = {quoted(level)}" + (f" AND {where}" if where != "TRUE" else "")
    listed = ", ".join(["jaar", *per])
    totals = f"SELECT {listed}, {aggregate} AS waargenomen {rows} GROUP BY ALL"
    low, high = con.execute(f"SELECT MIN(waargenomen), MAX(waargenomen) FROM ({totals})").fetchone()  # type: ignore[misc]
    low, high = min(low / 2, low * 2), max(high / 2, high * 2, 1)
    low, high = (math.floor(low), math.ceil(high)) if high > 100 else (round(low, 4), round(high, 4))
    words = ident if "onderwerp" in draft.columns else _words(subject.measure)
    what = "De som" if subject.adds_up else "Het gemiddelde"
    return {
        "id": f"bereik_{ident}",
        "omschrijving": f"{what} van {words} over alle gebieden van niveau {level} "
        f"ligt tussen {_dutch(low)} en {_dutch(high)}.",
        "dimensie": "juistheid",
        "over": totals,
        "fout": f"waargenomen NOT BETWEEN {low} AND {high}",
    }


def _words(measure: str) -> str:
    return measure.removeprefix("kolom_").replace("_", " ")


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _dutch(value: float) -> str:
    """A number as a Dutch reader writes it."""
    text = f"{_plain(value):,}"
    return re.sub("[,.]", lambda m: "." if m.group() == "," else ",", text)
