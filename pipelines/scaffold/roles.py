"""What every other column is: a figure, a dimension, or something that is known and not carried."""

from __future__ import annotations

import re
from itertools import combinations

from pipelines.ingest.read.cast import named
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.numbers import SWING as SWING_MARKS
from pipelines.scaffold.numbers import Figures, figures, meanings
from pipelines.scaffold.periods import Periods
from pipelines.scaffold.places import Places
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NO_NAME, NotDescribed, Sample, Say
from pipelines.scaffold.text import SWING

CODE = re.compile(
    r"^(cd|code|id|nis|zip|tx)(_|\d|$)|(_|^)(id|code|cd|zip|lvl|level|nis\d?)$|refnis|nuts|postc|capa", re.IGNORECASE
)
PLACE = re.compile(r"^(lat|lon|lng)|latitude|longitude|wgs84|sequence", re.IGNORECASE)
AGE = re.compile(r"age|leeftijd|grootte|leden|klasse|type|maand", re.IGNORECASE)
ROLES = ("meting", "dimensie", "genegeerd")
MANY_VALUES, FEW_VALUES = 2000, 150


def find(sample: Sample, draft: Draft, periods: Periods, places: Places, answers: Answers, say: Say) -> None:
    """Write figures, dimensions, what is not carried, and the key into the draft."""
    given = answers.overruled("rollen", {})
    if wrong := sorted(set(given) - set(sample.header)):
        raise NotDescribed(f"{sample.name} has no column {', '.join(wrong)}; correct the answer rollen")
    if wrong := sorted(str(r) for r in given.values() if r not in ROLES):
        raise NotDescribed(f"{', '.join(wrong)} is no role; choose from {', '.join(ROLES)} in the answer rollen")
    rest = [c for c in sample.header if c not in (*periods.columns, *periods.beside, *places.columns)]
    swing = [c for c in rest if SWING.match(c) and c not in given]
    held: dict[str, Figures] = {}
    texts = []
    for column in rest:
        if column in swing:
            continue
        found = figures(sample, column)
        role = given.get(column) or _first_guess(sample, column, found, say)
        if role == "meting" and found is None:
            raise NotDescribed(f"{sample.name}: column {column} holds more than figures; correct the answer rollen")
        if role == "meting" and found:
            held[column] = found
        elif role == "dimensie":
            texts.append(column)
        else:
            draft.ignored.append("" if column == NO_NAME else column)
        if column == NO_NAME and role != "genegeerd":
            raise NotDescribed(
                f"{sample.name}: column {sample.header.index(column) + 1} has no name and does not just count the "
                "rows; give it a name, or take it out"
            )
    base = [*periods.columns, *places.columns[: 2 if places.level else 1]]
    dims = _dimensions(sample, base, periods, [*texts], given, draft, say)
    dims = _key(sample, base, dims, held, given, draft, say)
    for column in dims:
        held.pop(column, None)
        _dimension(sample, draft, column, say)
    _measures(sample, draft, periods, held, swing, say)
    if not draft.measures:
        raise NotDescribed(
            f"{sample.name}: no column holds figures, so there is nothing to make a subject of; give one with figures"
        )
    marks = [m for f in draft.figures.values() for m in f.marks] + [*SWING_MARKS] * bool(swing)
    draft.missing = meanings(marks, answers, say)
    level = ["gebiedsniveau"] if "gebiedsniveau" in draft.columns else []
    subject = ["onderwerp"] if "onderwerp" in draft.columns else []
    draft.key = [*periods.parts, *level, "gebied", *subject, *draft.dimensions]
    less = f", and without {' or '.join(draft.dimensions)} it does not" if draft.dimensions else ""
    say("key", f"{', '.join(draft.key)}: it tells all {sample.rows:,} rows apart{less}")


def _first_guess(sample: Sample, column: str, found: Figures | None, say: Say) -> str:
    texts = sample.distinct(column, 3)
    if not texts:
        say("ignored", f"{column}: it is empty")
        return "genegeerd"
    if PLACE.search(column):
        say("ignored", f"{column}: it says where or in which order, and is no figure")
        return "genegeerd"
    if found is None or CODE.search(column):
        if len(texts) == 1 and sample.one(f"SELECT COUNT(*) FROM monster WHERE {named(column)} = ''") == 0:
            say("ignored", f"{column}: it holds only {texts[0][:40]}")
            return "genegeerd"
        return "dimensie"
    if found.whole and found.low in (0, 1) and found.high == sample.rows - 1 + found.low:
        counted = sample.one(f"SELECT COUNT(DISTINCT {named(column)}) FROM monster") == sample.rows
        if counted and sample.rows > 20:
            say("ignored", f"{column}: it counts the rows")
            return "genegeerd"
    return "meting"


def _dimensions(
    sample: Sample, base: list[str], periods: Periods, texts: list[str], given: dict[str, str], draft: Draft, say: Say
) -> list[str]:
    """The columns of codes and words that neither the area, the period nor another such column already says."""
    area = base[len(periods.columns) :]
    left = []
    for column in texts:
        if column not in given and sample.determines(area, column):
            draft.ignored.append(column)
            back = sample.determines([column], area[-1])
            say("ignored", f"{column}: {'it repeats the area one to one' if back else 'the area says it'}")
        elif column not in given and periods.columns and sample.determines(periods.columns, column):
            draft.ignored.append(column)
            say("ignored", f"{column}: the period says it")
        else:
            left.append(column)
    left.sort(key=lambda c: (not CODE.search(c), sample.header.index(c)))
    kept: list[str] = []
    for column in left:
        says = next((k for k in kept if sample.determines([k], column)), None)
        if says and column not in given:
            draft.ignored.append(column)
            say("ignored", f"{column}: {says} says it")
        else:
            kept = [k for k in kept if k in given or not sample.determines([column], k)] + [column]
    for column in left:
        if column not in kept and column not in draft.ignored:
            draft.ignored.append(column)
            say("ignored", f"{column}: another column says it in more detail")
    return sorted(kept, key=sample.header.index)


def _key(
    sample: Sample,
    base: list[str],
    dims: list[str],
    held: dict[str, Figures],
    given: dict[str, str],
    draft: Draft,
    say: Say,
) -> list[str]:
    """The dimensions that the key needs: whole numbers with few values join them where words are not enough."""
    if not sample.unique([*base, *dims]):
        dims = [*dims, *_more(sample, [*base, *dims], held, given)]
    for column in sorted(dims, key=lambda c: -len(sample.distinct(c))):
        without = [d for d in dims if d != column]
        if column not in given and sample.unique([*base, *without]):
            dims = without
            draft.ignored.append(column)
            say("ignored", f"{column}: the key tells rows apart without it")
    return dims


def _more(sample: Sample, known: list[str], held: dict[str, Figures], given: dict[str, str]) -> list[str]:
    """Columns of whole numbers that, with the known ones, tell the rows apart."""
    able = [c for c, f in held.items() if c not in given and f.whole and f.low >= 0 and not f.marks]
    few = [c for c in able if len(sample.distinct(c, FEW_VALUES + 1)) <= FEW_VALUES]
    few.sort(key=lambda c: (not AGE.search(c), len(sample.distinct(c))))
    for size in (1, 2):
        for more in combinations(few, size):
            if sample.unique([*known, *more]):
                return list(more)
    listed = ", ".join(named(c) for c in known)
    *values, times = sample.con.execute(
        f"SELECT {listed}, COUNT(*) AS n FROM monster GROUP BY ALL HAVING n > 1 ORDER BY ALL LIMIT 1"
    ).fetchone()  # type: ignore[misc]
    told = ", ".join(f"{c} {v}" for c, v in zip(known, values, strict=True))
    raise NotDescribed(
        f"{sample.name}: no columns tell the rows apart, {told} stands there {times} times; "
        "give a file with one row per area, period and category"
    )


def _dimension(sample: Sample, draft: Draft, column: str, say: Say) -> None:
    texts = sample.distinct(column, MANY_VALUES + 1)
    if len(texts) > MANY_VALUES:
        raise NotDescribed(
            f"{sample.name}: rows are told apart by {column}, which has more than {MANY_VALUES} values, so these are "
            "records; give figures per area and period"
        )
    name = draft.own_name(column)
    empty = sample.one(f"SELECT COUNT(*) FROM monster WHERE {named(column)} = ''")
    whole = all(re.fullmatch(r"0|-?[1-9]\d{0,8}", t) for t in texts)
    if empty:
        draft.carry(column, name, type="text", values={"": "onbekend", **{t: t for t in texts}})
    else:
        draft.carry(column, name, type="integer" if whole else "text")
    draft.dimensions.append(name)
    say("dimensie", f"{name}, column {column}: {len(texts)} values ({', '.join(texts[:5])}), needed in the key")


def _measures(
    sample: Sample, draft: Draft, periods: Periods, held: dict[str, Figures], swing: list[str], say: Say
) -> None:
    """The figures: codes or years beside each other, or columns of their own."""
    beside = swing or periods.beside
    if not beside:
        for column, found in held.items():
            name = draft.own_name(column)
            around = {k: v for k, v in (("prefix", found.prefix), ("suffix", found.suffix)) if v}
            draft.carry(column, name, type="integer" if found.whole else "number", measure=True, **around)
            draft.figures[name] = found
            say("meting", f"{name}, column {column}: {found.values:,} figures from {found.low:g} to {found.high:g}")
        return
    if held:
        raise NotDescribed(
            f"{sample.name}: column {', '.join(held)} holds figures beside {beside[0]} and its likes; take it out, or "
            "say in the answer rollen that it is genegeerd"
        )
    found_all = {c: f for c in beside if (f := figures(sample, c))}
    if wrong := [c for c in beside if c not in found_all and sample.distinct(c, 1)]:
        raise NotDescribed(f"{sample.name}: column {wrong[0]} holds more than figures and marks; correct its cells")
    whole = all(f.whole for f in found_all.values())
    if swing:
        draft.codes = {"column": "onderwerp", "value": "waarde", "known": swing}
        draft.columns["onderwerp"] = {"type": "text"}
        say("codes", f"{swing[0]} to {swing[-1]}: {len(swing)} subjects stand beside each other as in a Swing upload")
    draft.columns["waarde"] = {"type": "integer" if whole else "number", "measure": True}
    low, high = min(f.low for f in found_all.values()), max(f.high for f in found_all.values())
    marks = sorted({m for f in found_all.values() for m in f.marks})
    draft.figures["waarde"] = Figures(whole, low, high, sum(f.values for f in found_all.values()), marks)
    if any(f.prefix or f.suffix for f in found_all.values()):
        raise NotDescribed(f"{sample.name}: text stands around the figures in {beside[0]} and its likes; take it out")
