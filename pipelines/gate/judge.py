"""The gate: a candidate against its description and against the last accepted version, per city.

A check that raises, runs out of time or sees no rows has failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.gate.checks import compile_checks
from pipelines.gate.clock import deadline
from pipelines.gate.described import Compiled
from pipelines.gate.faults import FEW, as_small_as_the_fault, let_through, wrong_parts
from pipelines.gate.outcome import discreet, failed, outcome, wrong_rows
from pipelines.landing.parts import Part, parts_sql
from pipelines.landing.receipt import Outcome, Verdict
from pipelines.landing.state import Decision

REST = "rest"  # the schema with the candidate without what is held


def check_delivery(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    timeout_s: float,
    max_share: float,
    notes: Mapping[str, Sequence[str]] | None = None,
    decisions: Sequence[Decision] = (),
    today: date | None = None,
) -> Verdict:
    """Judge the table `kandidaat` beside `vorige`, `gebied` and `gebied_relatie` in the connection, as of `today`;
    `notes` are what reading has to tell, per check, and `decisions` what a person lets through. What checks between
    publishers read is there too, as views."""
    checks = compile_checks(spec, today=today)
    outcomes = [
        _weighed(con, spec, f"main.over_{i}", checks[i], o, decisions)
        for i, o in enumerate(run_checks(con, checks, timeout_s, notes))
    ]
    units = con.execute(f"SELECT COUNT(DISTINCT (gebiedsniveau, {spec.unit})) FROM kandidaat").fetchone()[0]
    most = max(FEW, max_share * units)
    sure = _found(o for o in outcomes if o.blocks and not _between(o))
    if 0 < len(_areas(sure)) <= most:
        doubtful = [i for i, o in enumerate(outcomes) if o.blocks and o.uitslag == "gefaald" and _between(o)]
        again = [i for i in doubtful if checks[i].over is not None]
        held = as_small_as_the_fault(con, spec, sure, max_share)
        rest = [
            _weighed(con, spec, f"{REST}.over_{n}", checks[again[n]], o, decisions)
            for n, o in enumerate(_judge_the_rest(con, spec, [checks[i] for i in again], held, timeout_s))
        ]
        outcomes = [dict(zip(again, rest, strict=True)).get(i, o) for i, o in enumerate(outcomes)]
    blocking = [o for o in outcomes if o.blocks]
    structural = [o for o in blocking if not o.eenheden]
    if wrong := next((o for o in structural if o.uitslag == "gefaald"), None):
        return _refused(outcomes, wrong.boodschap)
    found = _found(blocking)
    areas = len(_areas(found))
    if areas > most:
        worst = max(blocking, key=lambda o: len(o.eenheden))
        return _refused(
            outcomes, f"{worst.boodschap} ({areas} van de {units} gebieden: te veel om apart vast te houden)"
        )
    if structural:
        return _refused(outcomes, structural[0].boodschap)
    return Verdict(outcomes, None, as_small_as_the_fault(con, spec, found, max_share) if found else {})


def _found(outcomes: Iterable[Outcome]) -> dict[Part, Outcome]:
    """The parts that failing checks name, each with the first check that does."""
    found: dict[Part, Outcome] = {}
    for one in outcomes:
        for wrong in one.delen:
            found.setdefault(wrong.part, one)
    return found


def _areas(found: Iterable[Part]) -> set[tuple[str, str]]:
    return {(level, unit) for level, unit, _ in found}


def _between(found: Outcome) -> bool:
    """True when a check compares figures with each other, or all of them: its failure does not say which is wrong."""
    return found.dimensie == "consistentie" or not found.eenheden


def _refused(outcomes: list[Outcome], why: str) -> Verdict:
    """The whole delivery: its parts, which may be very many, do not matter any more."""
    return Verdict([replace(o, delen=[]) for o in outcomes], why, {})


def _weighed(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    table: str,
    compiled: Compiled,
    found: Outcome,
    decisions: Sequence[Decision],
) -> Outcome:
    """A blocking failure with its parts, and without those that a person lets through; `table` has the rows that the
    check looked at."""
    if not (found.blocks and found.uitslag == "gefaald"):
        return discreet(found, spec)
    if compiled.over is None:
        parts, mark = [], digest_of(found.boodschap)
    else:
        parts, mark = wrong_parts(con, spec, f"({wrong_rows(table, compiled)})")
    found = replace(found, delen=parts, kenmerk=mark)
    left, decided, passed = let_through(found, decisions)
    units = sorted(_areas(w.part for w in left))
    state = "aanvaard" if passed else found.uitslag
    return discreet(replace(found, delen=left, eenheden=units, besluiten=decided, uitslag=state), spec)


def _judge_the_rest(
    con: duckdb.DuckDBPyConnection, spec: Dataset, checks: list[Compiled], held: Iterable[Part], timeout_s: float
) -> list[Outcome]:
    """Judge once more what would land: the candidate with the last accepted rows of what is held."""
    parts, replaced = parts_sql(spec, held), ", ".join(spec.replaces)
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {REST}")
    last = f"SELECT * FROM main.vorige WHERE {parts} AND ({replaced}) IN (SELECT ({replaced}) FROM main.kandidaat)"
    con.execute(
        f"CREATE OR REPLACE VIEW {REST}.kandidaat AS "
        f"SELECT * FROM main.kandidaat WHERE NOT ({parts}) UNION ALL BY NAME {last}"
    )
    (before,) = con.execute("SELECT COALESCE(NULLIF(current_setting('search_path'), ''), 'main')").fetchone()
    con.execute(f"SET search_path = '{REST},{before}'")
    try:
        return run_checks(con, checks, timeout_s, schema=REST)
    finally:
        con.execute(f"SET search_path = '{before}'")


def run_checks(
    con: duckdb.DuckDBPyConnection,
    checks: list[Compiled],
    timeout_s: float,
    notes: Mapping[str, Sequence[str]] | None = None,
    schema: str = "main",
) -> list[Outcome]:
    """Run compiled checks on `kandidaat`: what each looks at is laid out as a table in the schema, Great Expectations
    judges."""
    rows = con.execute("SELECT COUNT(*) FROM kandidaat").fetchone()[0]
    has_history = con.execute("SELECT COUNT(*) FROM (SELECT 1 FROM vorige LIMIT 1)").fetchone()[0] > 0
    with deadline(con, timeout_s) as clock:
        made: dict[str, str | None] = {}
        laid_out = [_lay_out(con, f"{schema}.over_{i}", c, rows, has_history, made) for i, c in enumerate(checks)]
        runnable = [i for i, seen in enumerate(laid_out) if isinstance(seen, int) and seen]
        with clock.paused():  # it takes long to import, in a thread beside
            from pipelines.gate import gx
        results = dict(
            zip(
                runnable,
                gx.validate(
                    con, "kandidaat", [_expectation(gx, f"{schema}.over_{i}", checks[i]) for i in runnable], clock
                ),
                strict=True,
            )
        )
    outcomes = []
    for i, (compiled, seen) in enumerate(zip(checks, laid_out, strict=True)):
        result = results.get(i)
        if compiled.reading:
            said = (notes or {}).get(compiled.check.id, [])
            state = "gefaald" if said else "geslaagd"
            outcomes.append(outcome(compiled, state, 1, said="; ".join(said), afwijkend=len(said)))
        elif isinstance(seen, str):
            outcomes.append(outcome(compiled, "fout", said=f"did not run: {seen}"))
        elif result is None and compiled.history and rows and not has_history:
            outcomes.append(outcome(compiled, "nvt", said="no accepted version yet"))
        elif result is None and compiled.tables is not None and rows:
            outcomes.append(outcome(compiled, "nvt", said="nothing in it can be compared with what was accepted"))
        elif result is None and compiled.check.met and rows:
            others = " and ".join(compiled.check.met)
            outcomes.append(outcome(compiled, "nvt", said=f"nothing in it can be compared with what {others} has"))
        elif result is None:
            outcomes.append(outcome(compiled, "fout", said="saw no rows, which counts as failed"))
        elif result["raised"]:
            outcomes.append(outcome(compiled, "fout", seen, said=f"did not run: {result['raised']}"))
        elif result["success"]:
            outcomes.append(outcome(compiled, "geslaagd", seen))
        else:
            outcomes.append(failed(con, f"{schema}.over_{i}", compiled, seen, result["result"]))
    return outcomes


def _lay_out(
    con: duckdb.DuckDBPyConnection,
    table: str,
    compiled: Compiled,
    rows: int,
    has_history: bool,
    made: dict[str, str | None],
) -> int | str:
    """The rows that a check looks at, as a table, or as a view where they are cells as they stand in the delivery:
    their count, or why that failed.

    `made` remembers what became of the tables that several checks share.
    """
    if compiled.reading or (compiled.tables is not None and not has_history):
        return 0
    if compiled.over is None:
        return rows
    for statement in compiled.tables or ():
        if statement not in made:
            made[statement] = _execute(con, statement)
        if trouble := made[statement]:
            return trouble
    kind = "VIEW" if compiled.cells else "TABLE"
    trouble = _execute(con, f"CREATE OR REPLACE {kind} {table} AS {compiled.over}")
    return trouble or con.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]


def _execute(con: duckdb.DuckDBPyConnection, statement: str) -> str | None:
    """Run a statement: None, or why it failed."""
    try:
        con.execute(statement)
    except duckdb.Error as err:
        return str(err).splitlines()[0]
    return None


def _expectation(gx: Any, table: str, compiled: Compiled) -> Any:
    check = compiled.check
    if compiled.over is None:
        return gx.expectation(check.expectation, check.kwargs)
    return gx.unexpected_rows(f"{wrong_rows(table, compiled)} /* {{batch}} */", check.omschrijving)
