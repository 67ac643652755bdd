"""What the engine makes of the file with the draft: scope, absent areas, bounds, and dimensions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.gate.checks import expected_areas
from pipelines.home import now, quoted
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers, NotDescribed
from pipelines.scaffold.roles import COUNTED

REGIONS = {"02000": "Flanders", "03000": "Wallonia", "04000": "Brussels"}
ALWAYS = "geen"
ABSENT = "staat niet in het bestand waarmee dit beschreven is"
SUM, APART = "som", "apart"
Years = dict[tuple[str, str], list[int]]


def land(con: duckdb.DuckDBPyConnection, spec: Dataset, path: Path, tmp: Path) -> ParsedTable:
    """Land a file as a refresh would, as the view `kandidaat` beside the area lists. Raises ParseError."""
    tmp.mkdir()
    part = parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "-", tmp)
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS SELECT * FROM read_parquet({quoted(part.path)})")
    con.execute("CREATE OR REPLACE VIEW vorige AS SELECT * FROM kandidaat WHERE FALSE")
    return part


def coverage(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> None:
    """Which regions the source covers, which of their areas are not there, and what that means."""
    low, high = con.execute("SELECT MIN(jaar), MAX(jaar) FROM kandidaat").fetchone()  # type: ignore[misc]
    told = []
    for region, word in REGIONS.items():
        found = _absent(con, draft, {"gewesten": [region]})
        gone = [area for (_, area), years in found.items() if years]
        those = f" (not {', '.join(gone[:6])})" if 0 < len(gone) < len(found) else ""
        told.append(f"{region} {word}: {len(found) - len(gone)} of {len(found)} areas are always there{those}")
    question = f"which regions the source covers whole, {ALWAYS} for just the areas always there; {'; '.join(told)}"
    regions = answers.ask("gewesten", question, [*REGIONS, ALWAYS], many=True)
    promised = {"gewesten": regions} if regions != [ALWAYS] else {"gebieden": _always_there(con, draft)}
    absent = {pair: years for pair, years in _absent(con, draft, promised).items() if years}
    shown = ", ".join(f"{level} {area}" for level, area in list(absent)[:8])
    question = (
        f"what it means that {len(absent)} areas are not there ({shown}): nobody says, or it occurs nowhere there"
    )
    guess = None if absent else "onbekend"
    why = "every area is there, so one that is not would be a fault"
    meaning = answers.ask("afwezig", question, ["onbekend", "nul"], guess=guess, why=why)
    forecast = {"tot": high} if high > now().year else {}
    draft.dekking = {
        **promised,
        "vanaf": low,
        **forecast,
        "afwezig": meaning,
        "uitzonderingen": _exceptions(con, absent),
    }


def _dense(draft: Draft) -> str:
    return ", ".join(["gebiedsniveau", "jaar", *(k for k in draft.key if k in ("onderwerp", "maand"))])


def _absent(con: duckdb.DuckDBPyConnection, draft: Draft, promised: dict[str, Any]) -> Years:
    """Per promised level and area: the years in which it is not there in every period that its level has."""
    spec, dense = draft.stand_in(promised), _dense(draft)
    rows = con.execute(f"""
        WITH e AS ({expected_areas(spec)}), d AS (SELECT DISTINCT {dense} FROM kandidaat),
          f AS (SELECT DISTINCT {dense}, {spec.unit} AS eenheid, TRUE AS er FROM kandidaat)
        SELECT gebiedsniveau, eenheid, LIST_SORT(LIST(DISTINCT jaar) FILTER (WHERE er IS NULL))
        FROM d JOIN e USING (gebiedsniveau) LEFT JOIN f USING ({dense}, eenheid)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    return {(level, area): years or [] for level, area, years in rows}


def _exceptions(con: duckdb.DuckDBPyConnection, absent: Years) -> dict[str, str]:
    """The areas that are not there, with the years where they are there in others."""
    out = {}
    held = dict(con.execute("SELECT gebiedsniveau, COUNT(DISTINCT jaar) FROM kandidaat GROUP BY 1").fetchall())
    for (level, area), years in absent.items():
        starts, ends = [y for y in years if y - 1 not in years], [y for y in years if y + 1 not in years]
        spans = [f" {a}" + (f"-{b}" if b > a else "") for a, b in zip(starts, ends, strict=True)]
        for span in spans if len(years) < held[level] else [""]:
            out[f"{level} {area}{span}"] = ABSENT
    return out


def _always_there(con: duckdb.DuckDBPyConnection, draft: Draft) -> list[str]:
    """The areas that are there in every period of their level. Raises NotDescribed where there is none."""
    dense = _dense(draft)
    found = con.execute(f"""
        WITH d AS (SELECT gebiedsniveau, COUNT(DISTINCT ({dense})) AS n FROM kandidaat GROUP BY 1)
        SELECT DISTINCT gebied FROM (
          SELECT gebiedsniveau, gebied, COUNT(DISTINCT ({dense})) AS n FROM kandidaat GROUP BY 1, 2)
        JOIN d USING (gebiedsniveau, n) JOIN gebied AS g USING (gebiedsniveau, gebied)
        WHERE g.soort = 'gebied' ORDER BY 1""").fetchall()
    if not found or "gemeente" in draft.columns:
        raise NotDescribed(
            f"{draft.ident}: no area is there in every period, so nothing would be missed; give a file that lists "
            "every area, or name the regions it covers in the answer gewesten"
        )
    return [area for (area,) in found]


def bounds(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> None:
    """From nothing, where nothing is negative, to about ten times the largest figure."""
    for name in draft.measures:
        low, high = con.execute(f'SELECT MIN("{name}"), MAX("{name}") FROM kandidaat').fetchone()  # type: ignore[misc]
        top = 100 if draft.kinds.get(name) == "percentage" and 0 <= low <= high <= 100 else _round_up(10 * high)
        draft.columns[name] |= {"min": 0 if low >= 0 else -_round_up(-10 * low), "max": top}
        answers.say("bereik", f"{name} {draft.columns[name]['min']} to {top}: it goes from {low:g} to {high:g}")


def _round_up(figure: float) -> int:
    """One digit and zeros, at least 10."""
    unit = 10 ** math.floor(math.log10(max(figure, 10)))
    return int(math.ceil(max(figure, 10) / unit) * unit)


def dimensions(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> None:
    """Per dimension what a subject does with it. Raises NotDescribed where a total would be added to its own parts."""
    for name in draft.dimensions:
        values = [str(v) for (v,) in con.execute(f'SELECT DISTINCT "{name}" FROM kandidaat ORDER BY 1').fetchall()]
        total = _total(con, draft, name)
        hint = f", of which {total} is the sum of the others" if total else ""
        question = (
            f"what a subject does with it ({', '.join(values[:8])}{hint}): add up, a subject per value, or one value"
        )
        over = answers.ask("dimensies", question, [SUM, APART, *values], item=name)
        if over == SUM and total and not answers.is_open:
            raise NotDescribed(
                f"{draft.ident}: {name} {total} is the sum of the other values in every area and period, so a sum "
                f"would count everything twice; answer {total} or {APART} to dimensies {name}"
            )
        draft.over[name] = over


def _total(con: duckdb.DuckDBPyConnection, draft: Draft, name: str) -> str | None:
    """The value that equals the sum of two or more others wherever it stands."""
    measure = next((m for m in draft.measures if draft.kinds.get(m, COUNTED) == COUNTED), None)
    others = ", ".join(f'"{k}"' for k in dict.fromkeys(["gebiedsniveau", *draft.key]) if k != name)
    found = (
        con.execute(f"""
        WITH met AS (
          SELECT "{name}" AS v, "{measure}" AS w, SUM("{measure}") OVER g - "{measure}" AS rest,
            COUNT(*) OVER g AS n, COUNT("{measure}") OVER g AS known
          FROM kandidaat WINDOW g AS (PARTITION BY {others}))
        SELECT v FROM met WHERE n = known AND n > 2 GROUP BY v
        HAVING BOOL_AND(w = rest) AND COUNT(*) > 3 AND SUM(w) > 0""").fetchall()
        if measure
        else []
    )
    return str(found[0][0]) if len(found) == 1 else None
