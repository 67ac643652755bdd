"""How figures are written: the decimal and thousands sign, whole or not, and the marks that stand for no figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.table import BLANKS
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import Sample, Say

SIGNS = [(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " ")]
WORDS = {".": "point", ",": "comma", " ": "blank", "": "none"}
MARKS = {
    "-99996": "leeg",
    "-99997": "verborgen",
    "-99998": "nvt",
    "-99999": "onbekend",
    "": "onbekend",
    **dict.fromkeys([".", "*", "**", "x", "X", "c", "<5", "< 5", "<10", "-00"], "verborgen"),
    **dict.fromkeys([":", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "NULL", "null", "n.b.", "nb", "?"], "onbekend"),
    **dict.fromkeys(["nvt", "n.v.t.", "NVT"], "nvt"),
    **dict.fromkeys(["-0", "-0.0", "-0,0", "-0.00", "-0,00"], "nul"),
}
SWING = {"-99996", "-99997", "-99998", "-99999"}
MEANINGS = ("leeg", "verborgen", "nvt", "onbekend", "nul")
FEW_MARKS = 6
ENOUGH = 5


@dataclass(frozen=True)
class Figures:
    """A column of figures: whole or not, its marks, what stands around each figure, and its extremes."""

    whole: bool
    low: float
    high: float
    values: int
    marks: list[str] = field(default_factory=list)
    prefix: str = ""
    suffix: str = ""


def signs(sample: Sample, columns: Iterable[str], answers: Answers, say: Say) -> None:
    """The decimal and thousands sign that most figures of the file fit, into its format."""
    test = f"regexp_full_match({{0}}, '[^0-9]{{{{0,2}}}}-?[0-9][0-9.,{BLANKS}]*[^0-9]{{{{0,8}}}}')"
    whole: list[str] = []
    parted: list[str] = []
    for c in columns:
        cell = named(c)
        held = f"{cell} <> '' AND regexp_matches({cell}, '[0-9]')"
        tokens = sample.column(
            f"SELECT DISTINCT regexp_extract({cell}, '-?[0-9][0-9.,{BLANKS}]*[0-9]|-?[0-9]') FROM monster "
            f"WHERE {held} AND {test.format(cell)} ORDER BY 1 LIMIT 3000"
        )
        if signed := [t for t in tokens if not re.fullmatch(r"-?\d+", t)]:
            parted += signed
            whole += [t for t in tokens if re.fullmatch(r"-?\d{1,15}", t)]
    pairs = [p for p in SIGNS if not p[1] or any(set(BLANKS if p[1] == " " else p[1]) & set(t) for t in parted)]
    counts = {pair: sum(1 for t in parted if fits(t, *pair)) for pair in pairs}
    most = max(counts.values())
    best = [pair for pair in pairs if counts[pair] == most]
    decimal, thousands = best[0]
    why = f"{most} of {len(parted)} figures with a sign fit it"
    if most and len({bool(t) for _, t in best}) == 2:
        decimal, thousands, why = _three_digits(whole, parted, best, answers)
    elif answers.is_given("duizendtal"):
        thousands = str(answers.overruled("duizendtal", "")).replace("geen", "")
    decimal = answers.overruled("decimaal", decimal)
    if parted:
        say("decimal", f"{WORDS[decimal]}, thousands {WORDS[thousands]}: {why}")
    sample.form |= {"decimal": decimal, "thousands": thousands}


def _three_digits(
    whole: list[str], parted: list[str], best: list[tuple[str, str]], answers: Answers
) -> tuple[str, str, str]:
    """Every figure with a sign has three digits behind it: what is seen beside them decides, else a person."""
    as_decimal = next(p for p in best if not p[1])
    as_thousands = next(p for p in best if p[1])
    sign = as_thousands[1]
    if answers.is_given("duizendtal"):
        chosen = answers.overruled("duizendtal", "geen", [sign, "geen"])
        return *(as_thousands if chosen == sign else as_decimal), "as answered"
    if any(abs(int(t)) > 999 for t in whole):
        return *as_decimal, f"figures above 999 stand beside them without a {WORDS[sign]}"
    # Fractions in three digits would leave no whole figures beside them; counts of small areas do.
    if len(parted) >= ENOUGH and whole:
        why = f"all {len(parted)} figures with a {WORDS[sign]} have three digits behind it, and those without are small"
        return *as_thousands, why
    question = f"is {parted[0]} a figure above 999, with a {WORDS[sign]} between its thousands"
    chosen = answers.need("duizendtal", question, [sign, "geen"])
    return *(as_thousands if chosen == sign else as_decimal), "as answered"


def fits(token: str, decimal: str, thousands: str) -> bool:
    """True when a figure is written so."""
    return re.fullmatch(pattern(decimal, thousands), token) is not None


def pattern(decimal: str, thousands: str) -> str:
    """The pattern of a figure with these signs."""
    point = re.escape(decimal)
    plain = rf"(0|[1-9]\d*)({point}\d+)?([eE][-+]?\d+)?"
    if not thousands:
        return f"-?({plain})"
    between = f"[{BLANKS}]" if thousands == " " else re.escape(thousands)
    return rf"-?({plain}|[1-9]\d{{0,2}}({between}\d{{3}})+({point}\d+)?)"


def figures(sample: Sample, column: str) -> Figures | None:
    """What a column of figures holds; None for a column of anything else."""
    decimal, thousands = sample.form["decimal"], sample.form["thousands"]
    shape, cell = pattern(decimal, thousands), named(column)
    prefix, suffix = _around(sample, cell)
    bare = _bare(cell, prefix, suffix)
    # The engine refuses a sign before a zero, which a publisher's rounding leaves; it is a mark that means nul.
    fit = f"(regexp_full_match({bare}, {quoted(shape)}) AND NOT regexp_full_match({bare}, '-0([.,]0+)?'))"
    found = sample.con.execute(
        f"SELECT {cell}, COUNT(*) FROM monster WHERE {cell} IS NOT NULL AND NOT COALESCE({fit}, false) "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {FEW_MARKS + 1}"
    ).fetchall()
    marks = [m for m, _ in found]
    if len(marks) > FEW_MARKS or any(re.search(r"\d", m) and m not in MARKS for m in marks):
        return None
    swing = ", ".join(quoted(m) for m in SWING)
    joined = f"regexp_replace({bare}, {quoted(f'[{BLANKS}]' if thousands == ' ' else re.escape(thousands))}, '', 'g')"
    number = f"replace({joined if thousands else bare}, {quoted(decimal)}, '.')::DOUBLE"
    values, low, high, whole = sample.con.execute(
        f"SELECT COUNT(*), MIN(n), MAX(n), BOOL_AND(n = trunc(n) AND abs(n) < 9e15) "
        f"FROM (SELECT {number} AS n FROM monster WHERE {fit} AND {cell} NOT IN ({swing}))"
    ).fetchone()  # type: ignore[misc]
    if not values or values <= sum(n for m, n in found if m not in MARKS):
        return None
    marks += sorted(set(sample.distinct(column)) & SWING) if low is not None else []
    plain = sample.one(f"SELECT COUNT(*) FROM monster WHERE {fit} AND regexp_matches({cell}, '[eE]')") == 0
    return Figures(bool(whole) and plain, low, high, values, marks, prefix, suffix)


def _bare(cell: str, prefix: str, suffix: str) -> str:
    if not prefix and not suffix:
        return cell
    return f"regexp_extract({cell}, {quoted(f'^{re.escape(prefix)}(.*){re.escape(suffix)}$')}, 1)"


def _around(sample: Sample, cell: str) -> tuple[str, str]:
    """The text before and behind the figure, where nearly every cell has the same."""
    parts = rf"regexp_extract({cell}, '^([^0-9-]*)(-?[0-9][0-9.,{BLANKS}]*?)([{BLANKS}]*[^0-9.,]*)$', {{}})"
    found = sample.con.execute(
        f"SELECT {parts.format(1)}, {parts.format(3)}, COUNT(*) FROM monster "
        f"WHERE regexp_matches({cell}, '[0-9]') GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    ).fetchall()
    total = sum(n for _, _, n in found)
    if not found or found[0][2] < 0.95 * total:
        return "", ""
    prefix, suffix = found[0][:2]
    glued = prefix[-1:].isalpha() or suffix[:1].isalpha()
    return ("", "") if glued or len(prefix) > 4 or len(suffix) > 12 else (prefix, suffix)


def meanings(marks: Iterable[str], answers: Answers, say: Say) -> dict[str, str]:
    """What each mark means: by the standard, or as a person answers."""
    seen = sorted(set(marks))
    seen = sorted({*seen, *SWING}) if SWING & set(seen) else seen
    given = answers.overruled("missing", {})
    out = {}
    for mark in seen:
        name = f"teken {mark or 'leeg'}"
        if mark in given:
            out[mark] = given[mark]
        elif mark in MARKS:
            out[mark] = answers.overruled(name, MARKS[mark], MEANINGS)
        else:
            out[mark] = answers.need(name, f"what '{mark}' means in a column of figures", MEANINGS)
    if out:
        listed = ", ".join(f"'{m}' {meaning}" for m, meaning in out.items())
        why = "as in every Swing upload" if set(out) == SWING else "these stand in columns of figures"
        say("missing", f"{listed}: {why}")
    return out
