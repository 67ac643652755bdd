"""What every other column is: a figure and of which kind, a dimension, or something that is known and not carried."""

from __future__ import annotations

import re

from pipelines.scaffold.draft import Draft
from pipelines.scaffold.figures import SWING_MARKS, Figures, figures, marks
from pipelines.scaffold.periods import Periods
from pipelines.scaffold.places import Places
from pipelines.scaffold.questions import Answers, NotDescribed
from pipelines.scaffold.sample import Sample

SWING = re.compile(r"(v[pg]?)\d{4}_\w+", re.IGNORECASE)
COUNTED, DIMENSION, IGNORED = "aantal", "dimensie", "genegeerd"
KINDS = (COUNTED, "percentage", "promille", "ratio", "gemiddelde", "mediaan", "geen")
# Words by which a publisher says what a figure is; a name that has none of them, or two, is asked.
WORDS = {
    COUNTED: r"aantal|nbr|number|count|nombre",
    "mediaan": r"median|mediaan|mediane",
    "gemiddelde": r"gemiddeld\w*|mean|average|avg|moyenne",
    "percentage": r"pct|perc|procent|percentage|percent|aandeel|%",
    "geen": r"per|index|ratio|rate|graad|kwart\w*|quart\w*|q[1-4]|p\d+|diff|verschil|unie\w+|distinct|duur|dagen",
}
SWING_KINDS = {"vg": "gemiddelde", "vp": "percentage"}
FEW_VALUES, MANY_VALUES = 200, 2000


def find(
    sample: Sample, draft: Draft, periods: Periods, places: Places, known: dict[str, str], answers: Answers
) -> None:
    """Write dimensions, figures and the key into the draft."""
    rest = [c for c in sample.header if c not in (*periods.columns, *periods.beside, *places.own, *places.around)]
    swing = [c for c in rest if SWING.fullmatch(c)]
    told = {c: answers.given("kolommen", c) for c in rest}
    beside = swing or periods.beside
    held: dict[str, Figures] = {}
    words = []
    for column in [c for c in rest if c not in swing]:
        found = figures(sample, column)
        if told.get(column) == IGNORED or (len(sample.values(column)) == 1 and not found):
            draft.leave(column)
            mark, cells = next(iter(sample.values(column).items()))
            why = "as answered" if told[column] else f"all {cells:,} cells hold only '{mark[:40]}', which is no figure"
            answers.say("ignored", f"{column}: {why}")
        elif found and told.get(column) != DIMENSION:
            held[column] = found
        elif told[column] in (None, DIMENSION):
            words.append(column)
        else:
            raise NotDescribed(f"{sample.name}: column {column} holds more than figures; correct the answer kolommen")
    base = [*periods.columns, *places.own]
    for column in _dimensions(sample, base, words, held, told, draft, answers):
        held.pop(column, None)
        _dimension(sample, draft, column, answers)
    if beside and held:
        raise NotDescribed(
            f"{sample.name}: column {', '.join(held)} holds figures beside {beside[0]} and its likes; say in the "
            f"answer kolommen that it is {IGNORED}"
        )
    held |= _beside(sample, draft, beside, swing, known, answers)
    for column in [] if beside else list(held):
        kind = _kind(column, held[column].told, held[column].low < 0, answers)
        if kind == IGNORED:
            draft.leave(column)
            del held[column]
            continue
        name = draft.own_name(column)
        whole = "integer" if held[column].whole else "number"
        draft.carry(column, name, type=whole, measure=True, **held[column].around)
        draft.kinds[name] = kind
    if not draft.measures:
        raise NotDescribed(
            f"{sample.name}: no column holds figures, so there is nothing to make a subject of; give one with figures"
        )
    draft.missing = marks(held, bool(swing), answers)
    level = ["gebiedsniveau"] if places.level else []
    code = [draft.codes["column"]] if draft.codes and draft.codes["column"] not in periods.parts else []
    draft.key = [*periods.parts, *level, "gebied", *code, *draft.dimensions]
    answers.say("key", f"{', '.join(draft.key)}: it tells all {sample.rows:,} rows apart")


def _dimensions(
    sample: Sample,
    base: list[str],
    words: list[str],
    held: dict[str, Figures],
    told: dict[str, str | None],
    draft: Draft,
    answers: Answers,
) -> list[str]:
    """The columns that, with period and area, tell the rows apart, and no more of them: a column goes when the others
    do without it, the one with the most values first."""
    kept = list(words)
    if example := sample.twice([*base, *kept]):
        able = [c for c, f in held.items() if f.whole and f.low >= 0 and len(sample.values(c)) <= FEW_VALUES]
        able = [c for c in able if told[c] is None and not sample.twice([*base, *kept, c])]
        if not able:
            shown = ", ".join(f"{c} {v}" for c, v in zip([*base, *kept], example[1:-1], strict=True))
            raise NotDescribed(
                f"{sample.name}: no columns tell the rows apart, {shown} stands there {example[-1]} times; give a file "
                "with one row per area, period and category"
            )
        question = "which column of whole numbers tells the rows apart, and is no figure"
        one = able[0] if len(able) == 1 else None
        kept.append(answers.ask("sleutel", question, able, guess=one, why="no other column of whole numbers does"))
    for column in sorted(kept, key=lambda c: (-len(sample.values(c)), -sample.header.index(c))):
        without = [c for c in kept if c != column]
        if told.get(column) != DIMENSION and not sample.twice([*base, *without]):
            kept = without
            draft.leave(column)
            answers.say("ignored", f"{column}: the rows are told apart without it")
    return sorted(kept, key=sample.header.index)


def _dimension(sample: Sample, draft: Draft, column: str, answers: Answers) -> None:
    texts = sample.texts(column)
    if len(texts) > MANY_VALUES:
        raise NotDescribed(
            f"{sample.name}: rows are told apart by {column}, which has {len(texts):,} values, so these are records; "
            "give figures per area and period"
        )
    name = draft.own_name(column)
    whole = all(re.fullmatch(r"0|-?[1-9]\d{0,8}", t) for t in texts)
    empty = sample.values(column).get("", 0)
    shape = {"values": {"": "onbekend", **{t: t for t in texts}}} if empty else {}
    draft.carry(column, name, type="integer" if whole and not empty else "text", **shape)
    draft.dimensions.append(name)
    answers.say("dimensie", f"{name}, column {column}: {len(texts)} values ({', '.join(texts[:5])}), needed in the key")


def _beside(
    sample: Sample, draft: Draft, columns: list[str], swing: list[str], known: dict[str, str], answers: Answers
) -> dict[str, Figures]:
    """The figures of columns that land below each other, and of which kind each code or series is."""
    found = {c: figures(sample, c) for c in columns}
    wrong = [
        c for c, f in found.items() if f is None and sample.texts(c) and not set(sample.texts(c)) <= {*SWING_MARKS}
    ]
    held = {c: f for c, f in found.items() if f}
    if wrong or any(f.around for f in held.values()):
        raise NotDescribed(
            f"{sample.name}: column {(wrong or columns)[0]} holds more than figures and marks; correct its cells"
        )
    if not columns:
        return held
    if swing:
        draft.codes = {"column": "onderwerp", "value": "waarde", "known": swing}
        draft.columns["onderwerp"] = {"type": "text"}
        answers.say("codes", f"{len(swing)} subjects stand beside each other as in a Swing upload")
    whole = all(f.whole for f in held.values())
    draft.columns["waarde"] = {"type": "integer" if whole else "number", "measure": True}
    series: dict[str, list[Figures]] = {}
    for column, figure in held.items():
        code = re.search(draft.codes["pattern"], column)[1] if "pattern" in draft.codes else column  # type: ignore[index]
        series.setdefault("waarde" if draft.codes["column"] == "jaar" else code, []).append(figure)
    for code, of in series.items():
        low, high = min(f.low for f in of), max(f.high for f in of)
        told = f"{sum(f.number for f in of):,} figures from {low:g} to {high:g}"
        draft.kinds[code] = known.get(code.lower()) or _kind(code, told, low < 0, answers)
    return held


def _kind(column: str, told: str, negative: bool, answers: Answers) -> str:
    """What a figure is: by the publisher's own word for it, where there is one; a count below zero is asked too."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    said = [k for k, words in WORDS.items() if re.search(rf"(?<![^\W_])({words})(?![^\W_])", parts, re.IGNORECASE)]
    # A code of Swing that starts with v is mostly a count, but medians and coefficients have it too.
    if (code := SWING.fullmatch(column)) and code[1].lower() in SWING_KINDS:
        said = [SWING_KINDS[code[1].lower()]]
    guess, why = (said[0], f"its name says so, {told}") if len(said) == 1 else (None, "")
    if guess == COUNTED and negative:
        guess = None
    question = f"what it is, of which only {COUNTED} adds up: {told}"
    return answers.ask("kolommen", question, [*KINDS, IGNORED], item=column, guess=guess, why=why)
