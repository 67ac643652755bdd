"""How parts make a whole, in plain Python after the conventions of the working group: the rule that SQL must follow."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

STRONGEST_FIRST = ("onbekend", "verborgen", "ok", "leeg", "nvt")
Cell = tuple[str, float | None]


def combined(parts: Iterable[Cell]) -> Cell:
    """(status, value) of the whole: the strongest status of the parts, and their sum where that is `ok`."""
    cells = list(parts)
    status = min((s for s, _ in cells), key=STRONGEST_FIRST.index)
    if status != "ok":
        return status, None
    return status, float(sum(Fraction(v) for s, v in cells if s == "ok"))


def divided(numerator: Cell, denominator: Cell, factor: float) -> Cell:
    """(status, value) of a ratio: the strongest missing status of its two sides, `nvt` when divided by nothing."""
    missing = [s for s in STRONGEST_FIRST if s != "ok" and s in (numerator[0], denominator[0])]
    if missing and missing[0] in ("onbekend", "verborgen"):
        return missing[0], None
    for status, _ in (numerator, denominator):
        if status != "ok":
            return status, None
    if denominator[1] == 0:
        return "nvt", None
    return "ok", float(Fraction(factor) * Fraction(numerator[1]) / Fraction(denominator[1]))
