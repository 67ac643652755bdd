"""What the engine makes of the file with the draft: coverage, bounds, and how subjects go over dimensions."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.gate.checks import expected_areas
from pipelines.home import now, quoted
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Say

REGIONS = {"02000": "Flanders", "03000": "Wallonia", "04000": "Brussels"}
MOST_ABSENT = 0.1
ABSENT = "staat niet in het bestand waarmee dit beschreven is"
TOTAL = re.compile(r"totaal|total|tot|t|alle|all|ensemble|beide|samen", re.IGNORECASE)
ADDS_UP = re.compile(
    r"geslacht|sex|gender|leeftijd|age|nation|natlty|burgerl|civ|klasse|grootte|leden|hh_?type", re.IGNORECASE
)
NOT_ADDED = re.compile(
    r"pct|perc|procent|ratio|aandeel|median|mediaan|gemiddeld|mean|average|avg|(^|_)p\d\d|(^|_)q[1-3]($|_)|kwart"
    r"|rate|graad|index|(^|_)per_|arop|toename|verschil|prijs|(^|_)gr$|quart",
    re.IGNORECASE,
)


def land(con: duckdb.DuckDBPyConnection, spec: Dataset, path: Path, name: str, tmp: Path) -> ParsedTable:
    """Land a file as a refresh would, as the view `kandidaat` beside the area lists. Raises ParseError."""
    tmp.mkdir()
    part = parse(con, spec, open_tables(spec, [(path, name)], tmp), "-", tmp)
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS SELECT * FROM read_parquet({quoted(part.path)})")
    con.execute("CREATE OR REPLACE VIEW vorige AS SELECT * FROM kandidaat WHERE FALSE")
    return part


def first(con: duckdb.DuckDBPyConnection, draft: Draft, path: Path, name: str, tmp: Path, answers: Answers) -> None:
    """Land the file with the draft. Raises NotDescribed; open questions come before what they may have caused."""
    try:
        land(con, _stand_in(draft, {"gewesten": list(REGIONS)}), path, name, tmp)
    except ParseError as err:
        if answers.is_open:
            answers.settle()
        raise NotDescribed(f"the guesses do not fit the file, {err}; overrule what is wrong with --answers") from err


def _stand_in(draft: Draft, promised: dict[str, Any]) -> Dataset:
    """The draft as a source spec, with words for what is not asked yet."""
    text = ("titel", "uitgever", "licentie", "bronvermelding", "pagina")
    meta = {**dict.fromkeys(text, "-"), "thema": "referentie", "cadans": "jaarlijks"}
    period = {"soort": "stand", "referentie": "-", "label": "-"}
    covered = {**promised, "vanaf": 1800, "afwezig": "onbekend"}
    return replace(draft, meta=meta, periode=period, dekking=covered).dataset()


def coverage(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers, say: Say) -> None:
    """Which regions are there whole, which areas are not, and what an absent area means."""
    low, high = con.execute("SELECT MIN(jaar), MAX(jaar) FROM kandidaat").fetchone()  # type: ignore[misc]
    whole: list[str] = []
    absent: dict[tuple[str, str], list[int]] = {}
    for region, word in REGIONS.items():
        pairs = _absent(con, draft, {"gewesten": [region]})
        missing = {p: years for p, years in pairs.items() if years}
        if len(missing) == len(pairs):
            say("dekking", f"{region}: no area of {word} is there in every period")
        elif len(missing) <= max(3, MOST_ABSENT * len(pairs)):
            whole.append(region)
            absent |= missing
            but = f" but {', '.join(f'{n} {g}' for n, g in list(missing)[:8])}" if missing else ""
            say("dekking", f"{region}: all {len(pairs)} areas of {word} are there in every period{but}")
        else:
            say("dekking", f"{region}: {len(missing)} of {len(pairs)} areas of {word} are not there in every period")
    promised: dict[str, Any] = {"gewesten": answers.overruled("gewesten", whole)}
    if not promised["gewesten"]:
        promised = {"gebieden": _always_there(con, draft)}
        absent = {p: years for p, years in _absent(con, draft, promised).items() if years}
        say("dekking", f"{len(promised['gebieden'])} areas are there in every period, and those are promised")
    if absent:
        why = "what does it mean that an area is not there: it occurs nowhere there, or nobody says"
        meaning = answers.need("afwezig", why, ["onbekend", "nul"])
    else:
        meaning = answers.overruled("afwezig", "onbekend")
        say("afwezig", f"{meaning}: every promised area is there, so one that is not there would be a fault")
    draft.dekking = {**promised, "vanaf": low}
    if high > now().year:
        draft.dekking["tot"] = high
        say("tot", f"{high}: later than today, so these are forecasts")
    draft.dekking["afwezig"] = meaning
    if absent:
        draft.dekking["uitzonderingen"] = _exceptions(con, absent)


def _dense(draft: Draft) -> list[str]:
    return ["gebiedsniveau", "jaar", *(k for k in draft.key if k in ("onderwerp", "maand"))]


def _unit(draft: Draft) -> str:
    return "gemeente" if "gemeente" in draft.columns else "gebied"


def _absent(con: duckdb.DuckDBPyConnection, draft: Draft, promised: dict[str, Any]) -> dict[tuple[str, str], list[int]]:
    """Per promised level and area: the years in which it is not there in every period that its level has."""
    spec = _stand_in(draft, promised)
    dense = ", ".join(_dense(draft))
    rows = con.execute(f"""
        WITH e AS ({expected_areas(spec)}),
          d AS (SELECT DISTINCT {dense} FROM kandidaat),
          f AS (SELECT DISTINCT {dense}, {_unit(draft)} AS eenheid, TRUE AS er FROM kandidaat)
        SELECT gebiedsniveau, eenheid, LIST_SORT(LIST(DISTINCT jaar) FILTER (WHERE er IS NULL))
        FROM d JOIN e USING (gebiedsniveau) LEFT JOIN f USING ({dense}, eenheid)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    return {(level, area): years or [] for level, area, years in rows}


def _exceptions(con: duckdb.DuckDBPyConnection, absent: dict[tuple[str, str], list[int]]) -> dict[str, str]:
    """The areas that are not there, with the years where they are there in others."""
    out = {}
    for (level, area), years in absent.items():
        all_years = con.execute(
            "SELECT COUNT(DISTINCT jaar) FROM kandidaat WHERE gebiedsniveau = ?", [level]
        ).fetchone()
        if len(years) == all_years[0]:  # type: ignore[index]
            out[f"{level} {area}"] = ABSENT
            continue
        starts = [y for y in years if y - 1 not in years]
        ends = [y for y in years if y + 1 not in years]
        for start, end in zip(starts, ends, strict=True):
            out[f"{level} {area} {start}" + (f"-{end}" if end > start else "")] = ABSENT
    return out


def _always_there(con: duckdb.DuckDBPyConnection, draft: Draft) -> list[str]:
    """The areas that are there in every period of their level. Raises NotDescribed where there is none."""
    dense = ", ".join(_dense(draft))
    found = con.execute(f"""
        WITH d AS (SELECT gebiedsniveau, COUNT(DISTINCT ({dense})) AS n FROM kandidaat GROUP BY 1)
        SELECT DISTINCT gebied FROM (
          SELECT gebiedsniveau, gebied, COUNT(DISTINCT ({dense})) AS n FROM kandidaat GROUP BY 1, 2)
        JOIN d USING (gebiedsniveau, n) JOIN gebied AS g USING (gebiedsniveau, gebied)
        WHERE g.soort = 'gebied' ORDER BY 1""").fetchall()
    if not found or _unit(draft) == "gemeente":
        raise NotDescribed(
            f"{draft.ident}: no area is there in every period, so nothing would be missed; give a file that lists "
            "every area, or name the regions it covers in the answer gewesten"
        )
    return [area for (area,) in found]


def bounds(con: duckdb.DuckDBPyConnection, draft: Draft, say: Say) -> None:
    """From nothing, where nothing is negative, to about ten times the largest figure."""
    for name in draft.measures:
        low, high = con.execute(f'SELECT MIN("{name}"), MAX("{name}") FROM kandidaat').fetchone()  # type: ignore[misc]
        if low is None:
            raise NotDescribed(f"{draft.ident}: {name} holds marks only and no figure; say that it is genegeerd")
        share = low >= 0 and high <= 100 and re.search(r"pct|perc|procent|arop", name)
        top = 100 if share else _round_up(10 * high)
        bottom = 0 if low >= 0 else -_round_up(-10 * low)
        draft.columns[name] |= {"min": bottom, "max": top}
        say("bereik", f"{name} {bottom} to {top}: it goes from {low:g} to {high:g}")


def _round_up(value: float) -> int:
    """One digit and zeros, at least 10."""
    value = max(value, 10)
    unit = 10 ** math.floor(math.log10(value))
    return int(math.ceil(value / unit) * unit)


def dimensions(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers, say: Say) -> None:
    """Per dimension: its total, where it has one; else whether it adds up, which the file does not say."""
    for name in draft.dimensions:
        values = [str(v) for (v,) in con.execute(f'SELECT DISTINCT "{name}" FROM kandidaat ORDER BY 1').fetchall()]
        question = f"dimensie {name}"
        by_word = [v for v in values if TOTAL.fullmatch(v)]
        if answers.is_given(question):
            over, why = answers.overruled(question, "som", ["som", "apart", *values]), "as answered"
        elif len(by_word) == 1:
            over, why = by_word[0], "that value is the publisher's total, which beats a sum"
        elif total := _total(con, draft, name):
            over, why = total, "that value is the sum of the others in every area and period"
        elif ADDS_UP.search(name):
            over, why = "som", "its values part a whole"
        else:
            listed = ", ".join(values[:8])
            told = f"what a subject does with {name} ({listed}): add it up, a subject per value, or one value"
            over, why = answers.need(question, told, ["som", "apart", *values]), "as answered"
        draft.over[name] = over
        say("dimensie", f"{name} {over}: {why}")


def _total(con: duckdb.DuckDBPyConnection, draft: Draft, name: str) -> str | None:
    """The value that equals the sum of three or more others wherever it stands."""
    measure = next((m for m in draft.measures if not NOT_ADDED.search(m)), None)
    if measure is None:
        return None
    others = ", ".join(f'"{k}"' for k in dict.fromkeys(["gebiedsniveau", *draft.key]) if k != name)
    found = con.execute(f"""
        WITH met AS (
          SELECT "{name}" AS v, "{measure}" AS w, SUM("{measure}") OVER g - "{measure}" AS rest,
            COUNT(*) OVER g AS n, COUNT("{measure}") OVER g AS known
          FROM kandidaat WINDOW g AS (PARTITION BY {others}))
        SELECT v FROM met WHERE n = known AND n > 3 GROUP BY v
        HAVING BOOL_AND(w = rest) AND COUNT(*) > 3 AND SUM(w) > 0""").fetchall()
    return str(found[0][0]) if len(found) == 1 else None
