"""How much a fault concerns: the parts of a delivery that are held back, and what a person lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.landing.parts import Part, told_sql
from pipelines.landing.receipt import Outcome, Wrong
from pipelines.landing.state import Decision

# So many faults are taken one by one, however large a share of the whole they are.
FEW = 3
LIMITS = ("verwacht", "grens", "laagste", "hoogste")
# What tells an observed figure from another, and what it was.
OBSERVED = ("gebiedsniveau", "eenheid", "jaar", "deel", "meting", "reeks", "kolom", "cel", "waargenomen", "som")


def series(spec: Dataset) -> list[str]:
    """The columns that tell the parts of an area apart: the year, and what a delivery replaces apart."""
    return ["jaar", *(c for c in spec.replaces if c not in ("jaar", "gebiedsniveau", "gebied", "gemeente"))]


def wrong_parts(con: duckdb.DuckDBPyConnection, spec: Dataset, wrong: str) -> tuple[list[Wrong], str]:
    """The parts in the wrong rows of a check, none where it names no area, and the fingerprint of all its rows."""
    names = [d[0] for d in con.execute(f"FROM {wrong} LIMIT 0").description]
    exact = "waargenomen" in names
    seen = [n for n in names if n not in LIMITS and (not exact or n in OBSERVED or n in spec.columns)]
    row = f"concat_ws('|', {', '.join(map(_text, seen or names))})"
    mark = f"md5(string_agg({row}, ';' ORDER BY {row}))"
    whole = con.execute(f"SELECT {mark} FROM {wrong}").fetchone()[0]
    if "eenheid" not in names:
        return [], whole
    told = [c for c in series(spec) if c in names]
    columns = ", ".join(["gebiedsniveau", "eenheid", *map(told_sql, told)])
    rows = con.execute(f"SELECT {columns}, {mark} FROM {wrong} GROUP BY {columns} ORDER BY {columns}").fetchall()
    return [Wrong(r[0], r[1], dict(zip(told, r[2:-1], strict=True)), r[-1]) for r in rows], whole


def _text(column: str) -> str:
    return f'CAST("{column}" AS VARCHAR)'


def as_small_as_the_fault(
    con: duckdb.DuckDBPyConnection, spec: Dataset, found: dict[Part, Outcome], max_share: float
) -> dict[Part, Outcome]:
    """The parts to hold: those that are wrong, or all of an area of which more than `max_share` is (and more than a
    few parts): then what the checks cannot see in it is not to be trusted either."""
    columns = ", ".join(map(told_sql, series(spec)))
    counted = f"SELECT gebiedsniveau, {spec.unit}, COUNT(DISTINCT ({columns})) FROM kandidaat GROUP BY ALL"
    total = {(level, unit): n for level, unit, n in con.execute(counted).fetchall()}
    wrong = Counter((level, unit) for level, unit, _ in found)
    whole = {u for u, n in wrong.items() if n > max(FEW, max_share * total.get(u, 0))}
    held: dict[Part, Outcome] = {}
    for (level, unit, part), why in found.items():
        held.setdefault((level, unit, () if (level, unit) in whole else part), why)
    return {p: why for p, why in held.items() if not _within_another(p, held)}


def _within_another(part: Part, held: dict[Part, Outcome]) -> bool:
    level, unit, told = part
    smaller = (tuple(c for i, c in enumerate(told) if not n >> i & 1) for n in range(1, 2 ** len(told)))
    return any((level, unit, less) in held for less in smaller)


def let_through(outcome: Outcome, decisions: Sequence[Decision]) -> tuple[list[Wrong], list[str], bool]:
    """The parts of a failed check that nobody let through, what was decided about the others, and whether nothing is
    left. A decision is on exactly what was observed: something else in the same place is a new fault."""
    accepted = {
        (p.gebiedsniveau, p.eenheid, tuple(p.deel.items()), p.kenmerk): d
        for d in decisions
        for p in d.delen
        if p.controle == outcome.controle
    }
    if whole := accepted.get(("", "", (), outcome.kenmerk)):
        return [], [_sentence(whole)], True
    left = [w for w in outcome.delen if (*w.part, w.kenmerk) not in accepted]
    used = {d.id: d for w in outcome.delen if (d := accepted.get((*w.part, w.kenmerk)))}
    return left, [_sentence(d) for d in used.values()], bool(used) and not left


def _sentence(decision: Decision) -> str:
    where = " ".join(filter(None, (decision.gebiedsniveau, decision.gebied))) or "de hele levering"
    return f"{where}: aanvaard door {decision.door} tot {decision.tot[:10]}: {decision.reden}"
