"""How figures are written: the decimal and thousands sign, what stands around them, and the marks among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.ingest.read.table import BLANKS
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import Sample

SIGNS = [(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " ")]
LIKE = re.compile(rf"[^0-9-]{{0,4}}(-?\d[\d.,{BLANKS}]*?)[{BLANKS}]*[^0-9.,]{{0,12}}")
SWING_MARKS = {"-99996": "leeg", "-99997": "verborgen", "-99998": "nvt", "-99999": "onbekend"}
FEW_MARKS = 6


@dataclass(frozen=True)
class Figures:
    """Columns of figures: how many cells hold one, whether all are whole, the lowest and highest, the marks between
    them with how many cells hold each, and what stands around a figure."""

    number: int
    whole: bool
    low: float
    high: float
    marks: dict[str, int]
    around: dict[str, str]

    @property
    def told(self) -> str:
        """What a person must see to say what it is."""
        return f"{self.number:,} figures from {self.low:g} to {self.high:g}{'' if self.whole else ', with fractions'}"


def together(of: list[Figures]) -> Figures:
    """The figures of several columns as those of one."""
    low, high = min(f.low for f in of), max(f.high for f in of)
    return Figures(sum(f.number for f in of), all(f.whole for f in of), low, high, of[0].marks, of[0].around)


def signs(sample: Sample, answers: Answers) -> None:
    """The decimal and thousands sign of the file, into its format: asked where a figure can be read in two ways."""
    tokens = set()
    for column in sample.header:
        texts = sample.texts(column)
        found = [m[1] for t in texts if (m := LIKE.fullmatch(t))]
        if 2 * len(found) >= len(texts):
            tokens |= {t for t in found if re.search(rf"[.,{BLANKS}]", t)}
    read = {pair: [value(t, *pair) for t in sorted(tokens)] for pair in SIGNS}
    fit = {pair: sum(v is not None for v in values) for pair, values in read.items()}
    best = [pair for pair in SIGNS if fit[pair] == max(fit.values())]
    chosen = best[0]
    differ = next((i for i in range(len(tokens)) if len({read[p][i] for p in best}) > 1), None)
    if differ is not None:
        meant = {f"{read[p][differ]:g}": p for p in reversed(best) if read[p][differ] is not None}
        chosen = meant.get(answers.ask("getal", list(meant), token=sorted(tokens)[differ]), chosen)
    sample.form |= {"decimal": chosen[0], "thousands": chosen[1]}


def value(token: str, decimal: str, thousands: str) -> float | None:
    """The figure that a text is with these signs; None where it is not written so."""
    between = f"[{BLANKS}]" if thousands == " " else re.escape(thousands)
    grouped = rf"|[1-9]\d{{0,2}}(?:{between}\d{{3}})+" if thousands else ""
    found = re.fullmatch(rf"(-?)(0|[1-9]\d*{grouped})(?:{re.escape(decimal)}(\d+))?([eE][-+]?\d+)?", token)
    if not found:
        return None
    digits, fraction = re.sub(r"\D", "", found[2]), found[3] or ""
    figure = float(f"{digits}.{fraction or '0'}{found[4] or ''}")
    # The engine refuses a sign before a zero, which a publisher's rounding leaves: it is a mark, and asked.
    return None if found[1] and not figure else -figure if found[1] else figure


def figures(sample: Sample, column: str) -> Figures | None:
    """What a column of figures holds; None for a column of anything else."""
    held = sample.values(column)
    around = _around(held)
    pattern = re.compile(rf"{re.escape(around.get('prefix', ''))}(.*){re.escape(around.get('suffix', ''))}", re.DOTALL)
    signs = sample.form["decimal"], sample.form["thousands"]
    read = {t: value(m[1], *signs) if (m := pattern.fullmatch(t)) and t not in SWING_MARKS else None for t in held}
    numbers = {t: v for t, v in read.items() if v is not None}
    marks = {t: n for t, n in held.items() if t not in numbers}
    if not numbers or len(marks) > FEW_MARKS:
        return None
    whole = all(v.is_integer() and abs(v) < 9e15 and "e" not in t.lower() for t, v in numbers.items())
    cells = sum(held[t] for t in numbers)
    return Figures(cells, whole, min(numbers.values()), max(numbers.values()), marks, around)


def _around(texts: Iterable[str]) -> dict[str, str]:
    """The text before and behind every figure, where it is the same all over ("€ ", " dagen")."""
    shape = rf"([^0-9-]*)-?\d[\d.,{BLANKS}]*?([{BLANKS}]*[^0-9.,{BLANKS}][^0-9.,]*)?"
    found = {(m[1], m[2] or "") for t in texts if (m := re.fullmatch(shape, t))}
    prefix, suffix = next(iter(found)) if len(found) == 1 else ("", "")
    words = any(c.isalpha() for c in prefix) or suffix[:1].isalpha() or len(suffix) > 12
    return {} if words else {k: v for k, v in (("prefix", prefix), ("suffix", suffix)) if v}
