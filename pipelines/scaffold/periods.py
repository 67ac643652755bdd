"""Which period a row speaks of: a column, the names of columns beside each other, or a person."""

from __future__ import annotations

import re

from pipelines.ingest.read.cast import named
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import NONE, NotDescribed
from pipelines.scaffold.sample import YEAR, Sample

PLAIN = re.compile(r"(cd_)?(jaar|year|period|periode|y|maand|datum|date|kwartaal)", re.IGNORECASE)
MONTH = rf"{YEAR}[-/M]?(?:0[1-9]|1[0-2])"
ONE_YEAR = re.compile(rf"(.*?)(?<!\d)({YEAR})(?!\d)((?:(?!{YEAR}).)*)", re.DOTALL)  # and what stands around it
# How a period is written: the part of a year that it says, the whole cell, and that part within it.
SHAPES = [
    ("jaar", YEAR, ""),
    ("maand", MONTH, rf"^{YEAR}[-/M]?0?(\d{{1,2}})"),
    ("kwartaal", rf"{YEAR}-?[QKT][1-4]", r"([1-4])$"),
    ("kwartaal", rf"[1-4](?:e|de|ste)? (?:kwartaal|quarter|trimestre) {YEAR}", r"^([1-4])"),
    ("dag", rf"(?:{YEAR}-[01]\d-[0-3]\d|[0-3]?\d[-/.][01]?\d[-/.]{YEAR})(?:[T ].*)?", rf"^{YEAR}-0?(\d{{1,2}})"),
]
# A column beside the year that says its part: its name, and the highest number that it may hold.
PARTS = {"maand": (r"(cd_)?(maand|month|mois|period)", 12), "kwartaal": (r"(cd_)?(kwartaal|quarter|trimestre)", 4)}
SPOILED = 0.2


def find(sample: Sample, draft: Draft) -> str:
    """Write the period into the draft; returns SQL for the year of a row. Raises NotDescribed for days."""
    if len(months := [c for c in sample.header if re.fullmatch(MONTH, c)]) > 1:
        raise NotDescribed(
            f"{sample.name}: months stand beside each other as columns ({months[0]}); give a file with one for them"
        )
    parted = {c: m for c in sample.header if (m := ONE_YEAR.fullmatch(c))}
    shapes = {c: s for c in sample.header if c not in parted and (s := _shape(sample, c))}
    guess = [c for c in shapes if PLAIN.fullmatch(c)] or ([] if shapes else [NONE])
    why = f"column {guess[0]} holds periods only" if shapes and guess else "no column holds periods only"
    guessed = guess[0] if len(guess) == 1 else None
    if (column := draft.answers.ask("periode", [*shapes, NONE], guess=guessed, why=why)) != NONE:
        return _from_column(sample, draft, column, *shapes[column])
    around = [(m[1], m[3]) for m in parted.values()]
    if any(around.count(pair) > 1 for pair in around):
        return _beside(draft, parted)
    seen = sorted(set(re.findall(rf"(?<!\d){YEAR}(?!\d)", " ".join([sample.name, *sample.header]))))
    shown = f"names of the file and its columns hold {', '.join(seen)}" if seen else "nothing in the file says it"
    year = draft.answers.ask("jaar", seen=shown) or "2000"
    if not re.fullmatch(YEAR, year):
        raise NotDescribed(f"the answer '{year}' to jaar is no year; correct the answer")
    if found := re.search(rf"([A-Za-z_-]{{0,12}}){year}(?!\d)", sample.name):
        draft.form["from_name"] = {"jaar": f"{re.escape(found[1])}({YEAR})"}
    else:
        draft.form["constants"] = {"jaar": year}
    draft.columns["jaar"] = {"type": "integer"}
    return year


def _shape(sample: Sample, column: str) -> tuple[str, str] | None:
    """Which part of a year all cells of a column say, and where in them; days that stand for a year or a month say
    that. Raises NotDescribed for a column of periods that nearly all cells say: it is no category."""
    texts = sample.texts(column)
    for part, pattern, inside in SHAPES if texts else []:
        other = [t for t in texts if not re.fullmatch(pattern, t)]
        if other and len(other) <= SPOILED * len(texts) and PLAIN.fullmatch(column):
            raise NotDescribed(
                f"{sample.name}: column {column} holds periods, and also {', '.join(other[:3])}; take these rows out, "
                "or ask the publisher what they mean"
            )
        if part == "dag" and not other and len({re.sub(YEAR, "", t) for t in texts}) == 1:
            return "jaar", ""
        if part == "dag" and not other and len({t[7:] for t in texts}) == 1 and re.match(YEAR, texts[0]):
            return "maand", inside
        if not other:
            return part, inside
    return None


def _from_column(sample: Sample, draft: Draft, column: str, part: str, inside: str) -> str:
    texts = sample.texts(column)
    if empty := sample.values(column).get("", 0):
        raise NotDescribed(
            f"{sample.name}: column {column} says no period in {empty} rows; take these out, or fill them"
        )
    if part == "dag":
        raise NotDescribed(
            f"{sample.name}: column {column} holds days, and subjects have years, quarters or months; give a file per "
            "month or year, or describe this one by hand"
        )
    if re.fullmatch(YEAR, texts[0]):
        draft.carry(column, "jaar", type="integer")
    else:
        draft.leave(column)
        draft.extract(column, "jaar", f"({YEAR})")
    if part != "jaar":
        draft.extract(column, part, inside)
    beside = (
        (of, other)
        for of, (name, top) in PARTS.items()
        for other in draft.rest(sample.header)
        if re.fullmatch(name, other, re.IGNORECASE) and all(t.isdigit() and int(t) <= top for t in sample.values(other))
    )
    if part == "jaar" and (pair := next(beside, None)):
        draft.extract(pair[1], pair[0], r"^0?(\d+)$")
        draft.leave(pair[1])
    return f"CAST(regexp_extract({named(column)}, '({YEAR})', 1) AS INTEGER)"


def _beside(draft: Draft, parted: dict[str, re.Match[str]]) -> str:
    """Years as columns beside each other, of one figure or of several, which then land below each other."""
    draft.beside = list(parted)
    before, after = ({m[i] for m in parted.values()} for i in (1, 3))
    draft.columns["jaar"] = {"type": "integer"}
    if len(before) == len(after) == 1:
        pattern = f"^{re.escape(before.pop())}({YEAR}){re.escape(after.pop())}$"
        draft.codes = {"column": "jaar", "value": "waarde", "pattern": pattern}
    elif any(before) and any(after):
        raise NotDescribed(
            f"years stand in the middle of names such as {draft.beside[0]}; give a file with a column for them"
        )
    else:
        behind = (rf"^(.+?)[ |_-]*{YEAR}$", rf"({YEAR})$")
        pattern, year = behind if any(before) else (rf"^{YEAR}[ |_-]*(.+)$", f"^({YEAR})")
        draft.codes = {"column": "reeks", "value": "waarde", "pattern": pattern}
        draft.columns["reeks"] = {"type": "text"}
        draft.extract("(code)", "jaar", year)
    return min(m[2] for m in parted.values())
