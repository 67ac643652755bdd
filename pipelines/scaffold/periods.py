"""Which period a row speaks of: a column, the names of columns beside each other, or a person."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.ingest.read.cast import named
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers, NotDescribed
from pipelines.scaffold.sample import YEAR, Sample

PLAIN = re.compile(r"(cd_)?(jaar|year|period|periode|y|maand|datum|date|kwartaal)", re.IGNORECASE)
PARTS = {"maand": (r"(cd_)?(maand|month|mois|period)", 12), "kwartaal": (r"(cd_)?(kwartaal|quarter|trimestre)", 4)}
SHAPES = {
    "jaar": YEAR,
    "maand": rf"{YEAR}[-/M]?(?:0[1-9]|1[0-2])",
    "kwartaal": rf"{YEAR}-?[QKT][1-4]",
    "dag": rf"{YEAR}-[01]\d-[0-3]\d(?: 00:00:00)?|[0-3]?\d/[01]?\d/{YEAR}",
}
INSIDE = {"maand": rf"^{YEAR}[-/M]?0?(\d{{1,2}})", "kwartaal": r"([1-4])$"}
NONE = "geen"
SPOILED = 0.2


@dataclass(frozen=True)
class Periods:
    """Where the period stands: the columns that say it, its parts in the key, SQL for the year of a row (None where no
    column says it), the years, and the columns whose names say it."""

    columns: list[str]
    parts: list[str]
    year: str | None
    years: list[int]
    beside: list[str] = field(default_factory=list)


def find(sample: Sample, draft: Draft, answers: Answers) -> Periods:
    """Write the period into the draft. Raises NotDescribed for days."""
    parted = _parted(sample.header)
    around = [(before, after) for before, _, after in parted.values()]
    beside = any(around.count(a) > 1 for a in around)
    shapes = {c: s for c in sample.header if c not in parted and (s := _shape(sample.texts(c)))}
    _refuse_unclear(sample, shapes)
    plain = [c for c in shapes if PLAIN.fullmatch(c)]
    guess = plain[0] if len(plain) == 1 else None if shapes else NONE
    why = f"column {guess} holds periods only" if shapes else "no column holds years, months or quarters only"
    column = answers.ask("periode", "which column says the period", [*shapes, NONE], guess=guess, why=why)
    if column != NONE:
        return _from_column(sample, draft, column, shapes[column], answers)
    if beside:
        return _beside(draft, parted, answers)
    seen = sorted(set(re.findall(rf"(?<!\d){YEAR}(?!\d)", " ".join([sample.name, *sample.header]))))
    shown = f"names of the file and its columns hold {', '.join(seen)}" if seen else "nothing in the file says it"
    year = answers.ask("jaar", f"the year of the figures, {shown}") or "2000"
    if not re.fullmatch(YEAR, year):
        raise NotDescribed(f"the answer '{year}' to jaar is no year; correct the answer")
    if found := re.search(rf"([A-Za-z_-]{{0,12}}){year}(?!\d)", sample.name):
        draft.form["from_name"] = {"jaar": f"{re.escape(found[1])}({YEAR})"}
    else:
        draft.form["constants"] = {"jaar": year}
    draft.columns["jaar"] = {"type": "integer"}
    return Periods([], ["jaar"], None, [int(year)])


def _refuse_unclear(sample: Sample, shapes: dict[str, str]) -> None:
    """Months as columns are no figures of one year, and a column that nearly always says the period is no category."""
    if len(months := [c for c in sample.header if re.fullmatch(SHAPES["maand"], c)]) > 1:
        raise NotDescribed(
            f"{sample.name}: months stand beside each other as columns ({months[0]}); give a file with one for them"
        )
    for column in (c for c in sample.header if PLAIN.fullmatch(c) and c not in shapes):
        texts = sample.texts(column)
        for pattern in SHAPES.values():
            other = [t for t in texts if not re.fullmatch(pattern, t)]
            if texts and len(other) <= SPOILED * len(texts):
                raise NotDescribed(
                    f"{sample.name}: column {column} holds periods, and also {', '.join(other[:3])}; take these rows "
                    "out, or ask the publisher what they mean"
                )


def _shape(texts: list[str]) -> str | None:
    return next((s for s, pattern in SHAPES.items() if texts and all(re.fullmatch(pattern, t) for t in texts)), None)


def _from_column(sample: Sample, draft: Draft, column: str, shape: str, answers: Answers) -> Periods:
    texts = sample.texts(column)
    if empty := sample.values(column).get("", 0):
        raise NotDescribed(
            f"{sample.name}: column {column} says no period in {empty} rows; take these out, or fill them"
        )
    if shape == "dag":
        shape = _days(sample.name, column, texts)
    year = f"CAST(regexp_extract({named(column)}, '({YEAR})', 1) AS INTEGER)"
    years = sorted({int(re.search(YEAR, t)[0]) for t in texts})  # type: ignore[index]
    answers.say("jaar", f"{years[0]}-{years[-1]}: {len(years)} years in column {column}")
    if re.fullmatch(YEAR, texts[0]):
        draft.carry(column, "jaar", type="integer")
    else:
        draft.leave(column)
        draft.extract(column, "jaar", f"({YEAR})")
    if shape != "jaar":
        draft.extract(column, shape, INSIDE[shape])
        return Periods([column], ["jaar", shape], year, years)
    for part, (name, top) in PARTS.items():
        for other in sample.header:
            held = sample.texts(other)
            fits = held and "" not in sample.values(other) and all(t.isdigit() and int(t) <= top for t in held)
            if other != column and fits and re.fullmatch(name, other, re.IGNORECASE):
                draft.leave(other)
                draft.extract(other, part, r"^0?(\d+)$")
                answers.say(part, f"column {other}: whole numbers up to {top}")
                return Periods([column, other], ["jaar", part], year, years)
    return Periods([column], ["jaar"], year, years)


def _days(name: str, column: str, texts: list[str]) -> str:
    """Days that stand for a year or a month; anything else is a series of days."""
    if len({re.sub(YEAR, "", t) for t in texts}) == 1:
        return "jaar"
    if len({t[7:] for t in texts}) == 1:
        return "maand"
    raise NotDescribed(
        f"{name}: column {column} holds days, and subjects have years, quarters or months; give a file per month or "
        "year, or describe this one by hand"
    )


def _parted(columns: list[str]) -> dict[str, tuple[str, int, str]]:
    """Per column whose name says one year: what stands before the year, the year, and what stands behind it."""
    shape = rf"(.*?)(?<!\d)({YEAR})(?!\d)(.*)"
    found = {c: m for c in columns if (m := re.fullmatch(shape, c, re.DOTALL)) and not re.search(YEAR, m[3])}
    return {c: (m[1], int(m[2]), m[3]) for c, m in found.items()}


def _beside(draft: Draft, parted: dict[str, tuple[str, int, str]], answers: Answers) -> Periods:
    """Years as columns beside each other, of one figure or of several, which then land below each other."""
    around = {(before, after) for before, _, after in parted.values()}
    years = sorted({year for _, year, _ in parted.values()})
    draft.columns["jaar"] = {"type": "integer"}
    if len(around) == 1:
        before, after = (re.escape(text) for text in around.pop())
        draft.codes = {"column": "jaar", "value": "waarde", "pattern": f"^{before}({YEAR}){after}$"}
    else:
        first = not any(before for before, _ in around)
        if not first and any(after for _, after in around):
            raise NotDescribed(
                f"years stand in the middle of names such as {next(iter(parted))}; give a file with a column for them"
            )
        pattern = rf"^{YEAR}[ |_-]*(.+)$" if first else rf"^(.+?)[ |_-]*{YEAR}$"
        draft.codes = {"column": "reeks", "value": "waarde", "pattern": pattern}
        draft.columns["reeks"] = {"type": "text"}
        draft.extract("(code)", "jaar", rf"^({YEAR})" if first else rf"({YEAR})$")
    answers.say("codes", f"{len(parted)} columns such as {next(iter(parted))} have {len(years)} years in their names")
    return Periods([], ["jaar"], None, years, list(parted))
