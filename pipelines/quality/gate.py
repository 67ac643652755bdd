"""The gate: a candidate against its contract and against the last accepted version, per city.

A check that raises, runs out of time or sees no rows has failed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.quality.checks import Compiled, compile_checks
from pipelines.quality.parts import FEW, Part, Wrong, as_small_as_the_fault, let_through, wrong_parts
from pipelines.specfile import digest_of
from pipelines.specs import Dataset

Unit = tuple[str, str]
LABELS = {"eenheid": "area", "jaar": "year"}
HIDDEN = ("waargenomen", "verwacht", "gebiedsniveau", "grens", "laagste", "hoogste")
ROWS_KEPT = 50


@dataclass(frozen=True)
class Outcome:
    """One check of one delivery. `uitslag` is geslaagd, gefaald, fout (did not run) or nvt (no history yet).

    `eenheden` are the (gebiedsniveau, area) whose part is wrong; empty when the fault is not one area's. `grens` says
    in a Dutch sentence what would have passed. `rijen` are wrong rows, at most ROWS_KEPT of the `afwijkend`: of every
    area one before any has two.
    """

    controle: str
    omschrijving: str
    dimensie: str
    ernst: str
    uitslag: str
    gezien: int
    afwijkend: int
    waargenomen: str | None = None
    verwacht: str | None = None
    grens: str | None = None
    boodschap: str = ""
    eenheden: list[Unit] = field(default_factory=list)
    jaren: list[int] = field(default_factory=list)
    rijen: list[dict[str, Any]] = field(default_factory=list)
    delen: list[Wrong] = field(default_factory=list)
    kenmerk: str = ""
    besluiten: list[str] = field(default_factory=list)

    @property
    def blocks(self) -> bool:
        return self.ernst == "blokkerend" and self.uitslag in ("gefaald", "fout")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """What the gate lets through: nothing when `refused`, else all but the held parts."""

    outcomes: list[Outcome]
    refused: str | None
    held: dict[Part, Outcome]


def check_delivery(
    con: duckdb.DuckDBPyConnection,
    spec: Dataset,
    timeout_s: float,
    max_share: float,
    notes: Mapping[str, Sequence[str]] | None = None,
    decisions: Sequence[dict[str, Any]] = (),
) -> Verdict:
    """Judge the table `kandidaat` beside `vorige`, `gebied` and `gebied_relatie` in the connection; `notes` are what
    reading has to tell, per check, and `decisions` what a person lets through."""
    checks = compile_checks(spec)
    outcomes = [
        _weighed(con, spec, f"({_wrong_rows(i, checks[i])})" if checks[i].over else "", o, decisions)
        for i, o in enumerate(run_checks(con, checks, timeout_s, notes))
    ]
    blocking = [o for o in outcomes if o.blocks]
    found: dict[Part, Outcome] = {}
    for outcome in blocking:
        for wrong in outcome.delen:
            found.setdefault(wrong.part, outcome)
    areas = {(level, unit) for level, unit, _ in found}
    units = con.execute(f"SELECT COUNT(DISTINCT (gebiedsniveau, {spec.unit})) FROM kandidaat").fetchone()[0]
    if len(areas) > max(FEW, max_share * units):
        worst = max(blocking, key=lambda o: len(o.eenheden))
        return _refused(outcomes, f"{worst.boodschap} ({len(areas)} of {units} areas: too many to hold one by one)")
    structural = next((o for o in blocking if not o.eenheden), None)
    if structural:
        return _refused(outcomes, structural.boodschap)
    return Verdict(outcomes, None, as_small_as_the_fault(con, spec, found, max_share) if found else {})


def _refused(outcomes: list[Outcome], why: str) -> Verdict:
    """The whole delivery: its parts, which may be very many, do not matter any more."""
    return Verdict([replace(o, delen=[]) for o in outcomes], why, {})


def _weighed(
    con: duckdb.DuckDBPyConnection, spec: Dataset, wrong: str, outcome: Outcome, decisions: Sequence[dict[str, Any]]
) -> Outcome:
    """A blocking failure with its parts, and without those that a person lets through."""
    if not (outcome.blocks and outcome.uitslag == "gefaald"):
        return outcome
    parts, mark = wrong_parts(con, spec, wrong) if wrong else ([], digest_of(outcome.boodschap))
    outcome = replace(outcome, delen=parts, kenmerk=mark)
    left, decided, passed = let_through(outcome, decisions)
    units = sorted({(w.gebiedsniveau, w.eenheid) for w in left})
    return replace(
        outcome, delen=left, eenheden=units, besluiten=decided, uitslag="aanvaard" if passed else outcome.uitslag
    )


def run_checks(
    con: duckdb.DuckDBPyConnection,
    checks: list[Compiled],
    timeout_s: float,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> list[Outcome]:
    """Run compiled checks on `kandidaat`: what each looks at is laid out as a table, Great Expectations judges."""
    from pipelines.quality import gx

    rows = con.execute("SELECT COUNT(*) FROM kandidaat").fetchone()[0]
    has_history = con.execute("SELECT COUNT(*) FROM (SELECT 1 FROM vorige LIMIT 1)").fetchone()[0] > 0
    with gx.deadline(con, timeout_s) as clock:
        laid_out = [_lay_out(con, i, c, rows) for i, c in enumerate(checks)]
        runnable = [i for i, seen in enumerate(laid_out) if isinstance(seen, int) and seen]
        results = dict(
            zip(
                runnable,
                gx.validate(con, "kandidaat", [_expectation(gx, i, checks[i]) for i in runnable], clock),
                strict=True,
            )
        )
    outcomes = []
    for i, (compiled, seen) in enumerate(zip(checks, laid_out, strict=True)):
        result = results.get(i)
        if compiled.reading:
            said = (notes or {}).get(compiled.check.id, [])
            state = "gefaald" if said else "geslaagd"
            outcomes.append(_outcome(compiled, state, 1, said="; ".join(said), afwijkend=len(said)))
        elif isinstance(seen, str):
            outcomes.append(_outcome(compiled, "fout", said=f"did not run: {seen}"))
        elif result is None and compiled.history and rows and not has_history:
            outcomes.append(_outcome(compiled, "nvt", said="no accepted version yet"))
        elif result is None:
            outcomes.append(_outcome(compiled, "fout", said="saw no rows, which counts as failed"))
        elif result["raised"]:
            outcomes.append(_outcome(compiled, "fout", seen, said=f"did not run: {result['raised']}"))
        elif result["success"]:
            outcomes.append(_outcome(compiled, "geslaagd", seen))
        else:
            outcomes.append(_failed(con, i, compiled, seen, result["result"]))
    return outcomes


def _lay_out(con: duckdb.DuckDBPyConnection, number: int, compiled: Compiled, rows: int) -> int | str:
    """The rows that a check looks at, as table `over_<number>`: their count, or why that failed."""
    if compiled.reading:
        return 0
    if compiled.over is None:
        return rows
    try:
        con.execute(f"CREATE OR REPLACE TABLE over_{number} AS {compiled.over}")
    except duckdb.Error as err:
        return str(err).splitlines()[0]
    return con.execute(f"SELECT COUNT(*) FROM over_{number}").fetchone()[0]


def _wrong_rows(number: int, compiled: Compiled) -> str:
    return f"SELECT * FROM over_{number} WHERE {compiled.wrong}"


def _expectation(gx: Any, number: int, compiled: Compiled) -> Any:
    check = compiled.check
    if compiled.over is None:
        return gx.expectation(check.expectation, check.kwargs)
    return gx.unexpected_rows(f"{_wrong_rows(number, compiled)} /* {{batch}} */", check.omschrijving)


def _failed(
    con: duckdb.DuckDBPyConnection, number: int, compiled: Compiled, seen: int, result: dict[str, Any]
) -> Outcome:
    if compiled.over is None:
        count = int(result.get("unexpected_count") or 0)
        listed = result.get("partial_unexpected_list", [])[:3]
        said = f"{count} cells, among them {listed}" if count else f"observed {result.get('observed_value')}"
        return _outcome(compiled, "gefaald", seen, said=said, afwijkend=count)
    wrong = f"({_wrong_rows(number, compiled)})"
    names = [d[0] for d in con.execute(f"FROM {wrong} LIMIT 0").description]
    area = "gebiedsniveau, eenheid" if "eenheid" in names else "NULL"
    order = ", ".join(f'"{n}"' for n in names)
    nth = f"ROW_NUMBER() OVER (PARTITION BY {area} ORDER BY {order})"
    rows = _dicts(con, f"SELECT * FROM {wrong} ORDER BY {nth}, {order} LIMIT {ROWS_KEPT}")
    count = con.execute(f"SELECT COUNT(*) FROM {wrong}").fetchone()[0]
    first = rows[0]
    observed, expected = _short(first.get("waargenomen")), _short(first.get("verwacht"))
    where = ", ".join(f"{LABELS.get(k, k)} {_short(v)}" for k, v in first.items() if k not in HIDDEN)
    said = where + (f": {observed}" if observed else "") + (f", expected about {expected}" if expected else "")
    return _outcome(
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


def _outcome(compiled: Compiled, state: str, seen: int = 0, said: str = "", **more: Any) -> Outcome:
    check = compiled.check
    message = f"check '{check.id}' ({check.omschrijving.rstrip('.')}): {said}" if said else ""
    facts = {"afwijkend": 0, **more}
    return Outcome(check.id, check.omschrijving, check.dimensie, check.ernst, state, seen, boodschap=message, **facts)
