"""What the engine makes of the file with the draft: scope, absent areas, bounds and dimensions; and with what was
written, before it is kept."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config import load_settings
from pipelines.describe.catalogue import load_topics
from pipelines.describe.expectations import load_checks
from pipelines.describe.levels import SHOWN_REGIONS
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.gate.described import expected_areas
from pipelines.gate.judge import run_checks
from pipelines.home import now, quoted
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas
from pipelines.scaffold.columns import DOUBT
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import APART, COUNTED, NONE, REGIONS, SUM, Answers, NotDescribed
from pipelines.transform.compile import source_model

ABSENT = "staat niet in het bestand waarmee dit beschreven is"
TODO = "nothing is written; overrule the guess with --answers, or describe the file by hand"
ONCE = (
    "SELECT COUNT(*), COUNT(DISTINCT (onderwerp, gebiedsniveau, gebied, periode)), COUNT(DISTINCT onderwerp) FROM bron"
)
TOTAL = re.compile(r"(?<![^\W_])(totaal|totale?|total|alle|all|samen|ensemble|tous|toutes|gesamt)(?![^\W_])", re.I)


def land(con: duckdb.DuckDBPyConnection, spec: Dataset, path: Path, tmp: Path) -> ParsedTable:
    """Land a file as a refresh would, as the view `kandidaat` beside the area lists; `getoond` are its rows of areas
    that are shown. Raises ParseError."""
    tmp.mkdir()
    part = parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "-", tmp)
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS SELECT * FROM read_parquet({quoted(part.path)})")
    con.execute("CREATE OR REPLACE VIEW vorige AS SELECT * FROM kandidaat WHERE FALSE")
    con.execute(
        "CREATE OR REPLACE VIEW getoond AS SELECT k.* FROM kandidaat AS k SEMI JOIN gebied AS g "
        f"ON (g.gebiedsniveau, g.gebied) = (k.gebiedsniveau, k.gebied) AND g.gewest IN {SHOWN_REGIONS}"
    )
    return part


def coverage(con: duckdb.DuckDBPyConnection, draft: Draft) -> None:
    """Which regions the source covers, which of their areas are not there, and what that means. Raises NotDescribed
    where nothing of it would be shown."""
    if not con.execute("SELECT 1 FROM getoond LIMIT 1").fetchone():
        raise NotDescribed(
            f"{draft.ident}: no row is of an area in Flanders or Brussels, and no other area is shown; ask the "
            "publisher for the same figures per gewest, provincie or gemeente"
        )
    low, high = con.execute("SELECT MIN(jaar), MAX(jaar) FROM kandidaat").fetchone()  # type: ignore[misc]
    told = []
    for region, word in REGIONS.items():
        found = _absent(con, draft, {"gewesten": [region]})
        gone = [area for (_, area), years in found.items() if years]
        those = f" (not {', '.join(gone[:6])})" if 0 < len(gone) < len(found) else ""
        told.append(f"{region} {word}: {len(found) - len(gone)} of {len(found)} areas are always there{those}")
    regions = draft.answers.ask("gewesten", found="; ".join(told))
    promised = {"gewesten": regions} if regions != [NONE] else {"gebieden": _always_there(con, draft)}
    absent = {pair: years for pair, years in _absent(con, draft, promised).items() if years}
    shown = ", ".join(f"{level} {area}" for level, area in list(absent)[:8])
    why = "every area is there, so one that is not would be a fault"
    guess = None if absent else "onbekend"
    meaning = draft.answers.ask("afwezig", guess=guess, why=why, number=len(absent), shown=shown)
    forecast = {"tot": high} if high > now().year else {}
    exceptions = {"uitzonderingen": found} if (found := _exceptions(con, absent)) else {}
    draft.dekking = {**promised, "vanaf": low, **forecast, "afwezig": meaning, **exceptions}


def _absent(con: duckdb.DuckDBPyConnection, draft: Draft, promised: dict[str, Any]) -> dict[tuple[str, str], list[int]]:
    """Per promised level and area: the years in which it is not there in every period that its level has."""
    spec = draft.spec(dekking={"vanaf": 1800, "afwezig": "onbekend", **promised})
    dense = ", ".join(["gebiedsniveau", *draft.listed])
    rows = con.execute(f"""
        WITH e AS ({expected_areas(spec)}), d AS (SELECT DISTINCT {dense} FROM kandidaat),
          f AS (SELECT DISTINCT {dense}, {spec.unit} AS eenheid, TRUE AS er FROM kandidaat)
        SELECT gebiedsniveau, eenheid, LIST_SORT(LIST(DISTINCT jaar) FILTER (WHERE er IS NULL))
        FROM d JOIN e USING (gebiedsniveau) LEFT JOIN f USING ({dense}, eenheid)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    return {(level, area): years or [] for level, area, years in rows}


def _exceptions(con: duckdb.DuckDBPyConnection, absent: dict[tuple[str, str], list[int]]) -> dict[str, str]:
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
    sql = "SELECT DISTINCT gebied FROM kandidaat JOIN gebied USING (gebiedsniveau, gebied) WHERE soort = 'gebied'"
    once = [area for (area,) in con.execute(sql).fetchall()]
    absent = _absent(con, draft, {"gebieden": once}) if once and "gemeente" not in draft.columns else {}
    found = sorted({area for (_, area), years in absent.items() if not years})
    if not found:
        raise NotDescribed(
            f"{draft.ident}: no area is there in every period, so nothing would be missed; give a file that lists "
            "every area, or name the regions it covers in the answer gewesten"
        )
    return found


def bounds(con: duckdb.DuckDBPyConnection, draft: Draft) -> None:
    """From nothing, where nothing is negative, to about ten times the largest figure; a count from a fixed day on has
    no upper bound, for many times what it is in this file is news."""
    for name in draft.measures:
        low, high = con.execute(f'SELECT MIN("{name}"), MAX("{name}") FROM kandidaat').fetchone()  # type: ignore[misc]
        top = 100 if draft.kinds.get(name) == "percentage" and 0 <= low <= high <= 100 else _round_up(10 * high)
        bound = {"min": 0 if low >= 0 else -_round_up(-10 * low), "max": top}
        if draft.meta["periode"]["soort"] == "cumulatief":
            del bound["max"]
        draft.columns[name] |= bound


def _round_up(figure: float) -> int:
    """One digit and zeros, at least 10."""
    unit = 10 ** math.floor(math.log10(max(figure, 10)))
    return int(math.ceil(max(figure, 10) / unit) * unit)


def dimensions(con: duckdb.DuckDBPyConnection, draft: Draft) -> None:
    """Per dimension what a subject does with it. Raises NotDescribed where a total would be added to its own parts."""
    for name in draft.dimensions:
        values = [str(v) for (v,) in con.execute(f'SELECT DISTINCT "{name}" FROM kandidaat ORDER BY 1').fetchall()]
        total = _total(con, draft, name)
        named = [v for v in values if TOTAL.search(v)]
        alone = [v for v in values if DOUBT.search(v)]
        hint = f", of which {total} is the sum of the others" if total else ""
        hint += f", of which {named[0]} says that it is a total" if named and not total else ""
        hint += f", of which {alone[0]} does not add up by its name" if alone else ""
        choices, shown = [SUM, APART, *values], ", ".join(values[:8])
        over = draft.answers.ask("dimensies", choices, item=name, never=SUM if hint else "", shown=shown, hint=hint)
        if over == SUM and total and not draft.answers.is_open:
            raise NotDescribed(
                f"{draft.ident}: {name} {total} is the sum of the other values in every area and period, so a sum "
                f"would count everything twice; answer {total} or {APART} to dimensies {name}"
            )
        draft.over[name] = over


def _total(con: duckdb.DuckDBPyConnection, draft: Draft, name: str) -> str | None:
    """The value that equals the sum of two or more others wherever it stands."""
    counts = [m for m in draft.measures if draft.kinds.get(m, COUNTED) == COUNTED]
    if not counts:
        return None
    others = ", ".join(f'"{k}"' for k in dict.fromkeys(["gebiedsniveau", *draft.key]) if k != name)
    found = con.execute(f"""
        WITH met AS (
          SELECT "{name}" AS v, "{counts[0]}" AS w, SUM(w) OVER g - w AS rest, COUNT(*) OVER g AS n,
            COUNT(w) OVER g AS known
          FROM kandidaat WINDOW g AS (PARTITION BY {others}))
        SELECT v FROM met WHERE n = known AND n > 2 GROUP BY v
        HAVING BOOL_AND(w = rest) AND COUNT(*) > 3 AND SUM(w) > 0""").fetchall()
    return str(found[0][0]) if len(found) == 1 else None


def check(root: Path, ident: str, path: Path, tmp: Path, answers: Answers) -> None:
    """Load, land, judge and compile the files in `root`, and count the rows of every subject, also of those in
    preparation. Raises NotDescribed where one step fails."""
    with duckdb.connect() as con:
        try:
            load_areas(con)
            spec = load_datasets(root)[ident]
            part = land(con, spec, path, tmp)
            outcomes = run_checks(con, compile_checks(spec, load_checks(ident, root)), load_settings().gate.timeout_s)
            if failed := [o for o in outcomes if o.blocks]:
                raise NotDescribed(f"the file fails its own checks, {failed[0].boodschap}; {TODO}")
            answers.say("poort", f"{part.rows:,} rows landed, {len(outcomes)} checks and none that blocks")
            topics = [
                t.model_copy(update={"in_voorbereiding": None}) for t in load_topics(root, {ident: spec}).values()
            ]
            if not topics:
                return
            (version := tmp / "versie").mkdir()
            part.path.rename(version / "deel-0.parquet")
            model = source_model(spec, topics, str(version)).split(");\n", 1)[1]
            con.execute(f"CREATE TEMP TABLE bron AS {model}")
            rows, once, found = con.execute(ONCE).fetchone()  # type: ignore[misc]
        except (SpecError, ParseError, duckdb.Error) as err:
            raise NotDescribed(f"{' '.join(str(err).split())[:400]}; {TODO}") from err
    if rows != once or found != len(topics):
        told = f"{rows} rows for {once} subjects, areas and periods, and {found} of {len(topics)} subjects"
        raise NotDescribed(f"there are {told}; {TODO}")
    answers.say("onderwerpen", f"{rows:,} rows of {found} subjects, one per subject, area and period")
