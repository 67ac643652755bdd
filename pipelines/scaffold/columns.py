"""What every other column is: a figure and of which kind, a dimension, or something that is known and not carried."""

from __future__ import annotations

import re
from itertools import combinations

from pipelines.scaffold.draft import Draft
from pipelines.scaffold.figures import SWING_MARKS, Figures, figures, together
from pipelines.scaffold.questions import COUNTED, DIMENSION, IGNORED, NotDescribed
from pipelines.scaffold.sample import Sample

SWING = re.compile(r"(v[pg]?)\d{4}_\w+", re.IGNORECASE)
SWING_KINDS = {"vg": "gemiddelde", "vp": "percentage"}
WORD = r"(?<![^\W_])({})(?![^\W_])"  # an underscore parts words
# Words by which a publisher says what a figure is; a name that has none of them, or two, is asked.
WORDS = {
    COUNTED: r"aantal|nbr|number|count|nombre",
    "mediaan": r"median|mediaan|mediane",
    "gemiddelde": r"gemiddeld\w*|mean|average|avg|moyenne",
    "percentage": r"pct|perc|procent|percentage|percent|aandeel|%",
    "geen": r"per|index|ratio|rate|graad|kwart\w*|quart\w*|q[1-4]|p\d+|diff|verschil|unie\w+|distinct|dagen|"
    r"\w*duur|\w*tijd",
}
# Of these, and of a word that also means gemeente, a name that has one beside the word for a count is asked.
OTHER = re.compile(WORD.format("|".join(["gem", *(w for kind, w in WORDS.items() if kind != COUNTED)])), re.IGNORECASE)
# What says of a figure that it does not add up, also within a longer word, in a title or in a value beside it: then
# nothing is guessed to be a count, and an answer for all others does not make it one.
DOUBT = re.compile(
    r"media+n|gemid|moyen|mittel|aandeel|prijs|prix|price|indice|index|co[eë]ff|percen|procent|pourcent|prozent|%|"
    r"promille|‰|graad|taux|kwarti|quantile|quartile|deciel|decile|dichtheid|densit|"
    + WORD.format("mean|average|avg|pct|perc|rate|ratio|gini"),
    re.IGNORECASE,
)
FEW_VALUES, MANY_VALUES = 200, 2000


def find(sample: Sample, draft: Draft, known: dict[str, str]) -> None:
    """Write dimensions, figures and what marks among them mean into the draft. `known` says per code of the catalogue
    of which kind it is. Raises NotDescribed where nothing can be counted."""
    answers, held, words, said = draft.answers, {}, [], [sample.said]
    if swing := [c for c in draft.rest(sample.header) if SWING.fullmatch(c)]:
        draft.beside, draft.codes = swing, {"column": "onderwerp", "value": "waarde", "known": swing}
        draft.columns["onderwerp"] = {"type": "text"}
    for column in draft.rest(sample.header):
        told, found, values = answers.given("kolommen", column), figures(sample, column), sample.values(column)
        mark, cells = next(iter(values.items()))
        if told == IGNORED:
            draft.leave(column, "as answered")
        elif found and told != DIMENSION:
            held[column] = found
        elif told not in (None, DIMENSION):
            raise NotDescribed(f"{sample.name}: column {column} holds more than figures; correct the answer kolommen")
        elif len(values) == 1 and told is None:
            said.append(f"{column} {mark}")
            draft.leave(column, f"all {cells:,} cells hold only '{mark[:40]}', which is no figure")
        else:
            words.append(column)
    for column in _telling(sample, draft, words, held):
        held.pop(column, None)
        said.append(f"{column} {' '.join(sample.texts(column))}")
        _dimension(sample, draft, column)
    if draft.beside and held:
        raise NotDescribed(
            f"{sample.name}: column {', '.join(held)} holds figures beside {draft.beside[0]} and its likes; say in the "
            f"answer kolommen that it is {IGNORED}"
        )
    held |= {c: f for c in draft.beside if (f := figures(sample, c))}
    series: dict[str, list[Figures]] = {}
    for column, found in held.items():
        series.setdefault(draft.series(column), []).append(found)
    for name, of in series.items():
        kind = known.get(name.lower()) or _kind(draft, name, together(of), " ".join(said))
        whole = {"type": "integer" if all(f.whole for f in of) else "number", "measure": True}
        if draft.beside:
            draft.columns["waarde"] = {**whole, "type": "number"} if "waarde" in draft.columns else whole
            draft.kinds |= {name: kind} if kind != IGNORED else {}
        elif kind == IGNORED:
            draft.leave(name)
            del held[name]
        else:
            own = draft.own_name(name)
            draft.carry(name, own, **whole, **of[0].around)
            draft.kinds[own] = kind
    if not draft.measures:
        raise NotDescribed(
            f"{sample.name}: no column holds figures, so there is nothing to make a subject of; give one with figures"
        )
    _marks(draft, held, swing)


def _telling(sample: Sample, draft: Draft, words: list[str], held: dict[str, Figures]) -> list[str]:
    """The columns that, with period and area, tell the rows apart, and no more of them: a column goes when the others
    do without it, the one with the most values first. Raises NotDescribed where none do."""
    kept, base, given = list(words), draft.base, draft.answers.given
    if example := sample.twice([*base, *kept]):
        whole = [c for c, f in held.items() if f.whole and f.low >= 0 and len(sample.values(c)) <= FEW_VALUES]
        whole = [c for c in whole if given("kolommen", c) is None]
        sizes = ([s for s in combinations(whole, n) if not sample.twice([*base, *kept, *s])] for n in (1, 2))
        able = [", ".join(s) for s in next(filter(None, sizes), [])]
        if not able:
            shown = ", ".join(f"{c} {v}" for c, v in list(zip([*base, *kept], example[1:-1], strict=True))[:6])
            raise NotDescribed(
                f"{sample.name}: no columns tell the rows apart, {shown} stands there {example[-1]} times; give a file "
                "with one row per area, period and category"
            )
        kept += draft.answers.ask("sleutel", able, sole="no others of whole numbers tell the rows apart").split(", ")
    for column in sorted(kept, key=lambda c: (-len(sample.values(c)), -sample.header.index(c))):
        without = [c for c in kept if c != column]
        if given("kolommen", column) != DIMENSION and not sample.twice([*base, *without]):
            kept = without
            draft.leave(column, "the rows are told apart without it")
    return sorted(kept, key=sample.header.index)


def _dimension(sample: Sample, draft: Draft, column: str) -> None:
    texts, empty = sample.texts(column), "" in sample.values(column)
    if len(texts) > MANY_VALUES:
        raise NotDescribed(
            f"{sample.name}: rows are told apart by {column}, which has {len(texts):,} values, so these are records; "
            "give figures per area and period"
        )
    name = draft.own_name(column)
    whole = all(re.fullmatch(r"0|-?[1-9]\d{0,8}", t) for t in texts) and not empty
    shape = {"values": {"": "onbekend", **{t: t for t in texts}}} if empty else {}
    draft.carry(column, name, type="integer" if whole else "text", **shape)


def _kind(draft: Draft, name: str, found: Figures, said: str) -> str:
    """What a figure is: by the publisher's own word for it, where there is one and nothing in the file says
    otherwise."""
    heading = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    # A code of Swing that starts with v is mostly a count, but medians and coefficients have it too.
    prefix = code[1].lower() if (code := SWING.fullmatch(name)) else ""
    kinds = [SWING_KINDS[prefix]] if prefix in SWING_KINDS else _kinds_in(heading)
    doubt = OTHER.search(heading) or DOUBT.search(" ".join([heading, *found.around.values(), said]))
    guess = kinds[0] if len(kinds) == 1 else None
    if guess == COUNTED and (doubt or found.low < 0 or not found.whole):
        guess = None
    shown = {"figures": found.told, "spoken": f", and the file speaks of '{doubt[0]}'" if doubt else ""}
    why, never = f"its name says so, {found.told}", COUNTED if doubt else ""
    return draft.answers.ask("kolommen", item=name, guess=guess, why=why, never=never, **shown)


def _kinds_in(text: str) -> list[str]:
    """The kinds that a publisher's words name."""
    return [kind for kind, words in WORDS.items() if re.search(WORD.format(words), text, re.IGNORECASE)]


def kind_beside(kind: str, values: list[str]) -> str:
    """What a count is in the rows of these values of its dimensions, which may say that it does not add up there."""
    if kind != COUNTED or not DOUBT.search(" ".join(values)):
        return kind
    return next((k for k in _kinds_in(" ".join(values)) if k != COUNTED), "geen")


def _marks(draft: Draft, held: dict[str, Figures], swing: list[str]) -> None:
    """What each mark among the figures means, after showing how many cells hold it: only a Swing upload says so
    itself."""
    for mark in sorted({*(SWING_MARKS if swing else ()), *(m for f in held.values() for m in f.marks)}):
        where = {c: f.marks[mark] for c, f in held.items() if mark in f.marks}
        columns = ", ".join(list(where)[:4]) + (f" and {len(where) - 4} more" if len(where) > 4 else "")
        told = {"mark": repr(mark) if mark else "an empty cell", "cells": sum(where.values()), "columns": columns}
        known = SWING_MARKS.get(mark) if swing else None
        why = "as in every Swing upload"
        draft.missing[mark] = draft.answers.ask("tekens", item=mark or "leeg", guess=known, why=why, **told)
