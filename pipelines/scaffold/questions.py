"""What only a person knows: every question, asked in a terminal or answered in a file; what was guessed, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pipelines.describe.specfile import load_yaml
from pipelines.describe.specs import Dataset, Missing, Period
from pipelines.describe.themes import load_themes
from pipelines.home import Problem

Show = Callable[[str], None]
Person = Callable[[str, str, Sequence[str]], str]  # a question's name, its text and its choices → what a person says
OTHERS = "overige"  # among the answers per item: what holds for the items that are not named
COUNTED, DIMENSION, IGNORED = "aantal", "dimensie", "genegeerd"
KINDS = (COUNTED, "percentage", "promille", "ratio", "gemiddelde", "mediaan", "geen", IGNORED)
SUM, APART = "som", "apart"
NONE, LEFT_OUT = "geen", "weglaten"
REGIONS = {"02000": "Flanders", "03000": "Wallonia", "04000": "Brussels"}


class NotDescribed(Problem):
    """A file that cannot be described by looking at it: what stands in the way, and what to do."""


@dataclass(frozen=True)
class Question:
    """Something that a file does not say: how it is asked, with places for what was counted. One without a text is
    never asked, and may be answered."""

    text: str = ""
    choices: Sequence[str] = ()
    many: bool = False


def _said(shape: Any, key: str) -> Sequence[str]:
    return get_args(shape.model_fields[key].annotation)


QUESTIONS = {
    "lid": Question("which file in {file} holds the figures"),
    "bladen": Question("which of these {what} hold the figures, all laid out alike", many=True),
    "records": Question("which list holds the figures"),
    "delimiter": Question(),
    "kop": Question("the row of the names, two as in 6-7, or 0 where there is none; {doubt}"),
    "kolomnamen": Question("names of the {width} columns, by commas; the first row is {first}", many=True),
    "getal": Question("which figure '{token}' is"),
    "periode": Question("which column says the period"),
    "jaar": Question("the year of the figures, {seen}"),
    "gebied": Question("which column says the area of a row"),
    "patronen": Question(),
    "plaats": Question(
        "no column holds codes or names of areas that sources/gebieden knows: the code of the one area of all figures, "
        "or geen"
    ),
    "niveau": Question("which version of {family} the {areas} areas are of, as {fitting} fit"),
    "gebieden": Question("which code of our list it is, such as 99993 for unknown, or weglaten{few}"),
    "kolommen": Question("what it is, of which only aantal adds up: {figures}{spoken}", KINDS),
    "sleutel": Question("which column of whole numbers tells the rows apart, and is no figure"),
    "tekens": Question("what {mark} means in figures: {cells:,} cells in {columns}", get_args(Missing)),
    "namen": Question(),
    "titel": Question("title of the dataset"),
    "uitgever": Question("publisher, as it names itself"),
    "licentie": Question("licence, as the publisher states it"),
    "bronvermelding": Question(),
    "pagina": Question("page on which the publisher gives it (https://)"),
    "thema": Question("policy theme", [*load_themes()]),
    "cadans": Question("how often the publisher has news", _said(Dataset, "cadans")),
    "soort": Question("counted at a moment, over a period, from a fixed day on, or a mean", _said(Period, "soort")),
    "referentie": Question("the publisher's reference date or period, such as 1 januari"),
    "label": Question(),
    "peildag": Question(
        "the day that a year stands for; a stock of 31 December is shown as the next year",
        _said(Period, "peildag"),
    ),
    "gewesten": Question(
        "which regions the source covers whole, geen for just the areas always there; {found}",
        [*REGIONS, NONE],
        many=True,
    ),
    "afwezig": Question(
        "what it means that {number} areas are not there ({shown}): nobody says, or it occurs nowhere there",
        ["onbekend", "nul"],
    ),
    "dimensies": Question("what a subject does with it ({shown}{hint}): add up, a subject per value, or one value"),
    "themacode": Question("the four digits of the theme in the subject codes, which start with {start}"),
    "eenheid": Question("the unit, such as inwoners"),
    "naam_en": Question("the English name"),
    "geheel": Question("the whole that it is a part of, such as de huishoudens"),
    "onderwerpen": Question(),
}


class Answers:
    """The answers to what a file does not say, and those that overrule a guess.

    Without a person every open question is remembered and a stand-in given, so that all of them can be told at once.
    """

    def __init__(self, given: dict[str, Any], person: Person | None, show: Show) -> None:
        self._given, self._person, self._show = given, person, show
        self._known: set[tuple[str, str | None]] = set()
        self._open: dict[str, list[str]] = {}
        self.asked = 0

    @classmethod
    def load(cls, path: Path | None, show: Show, **more: Any) -> Answers:
        """The answers in a YAML file, where one is given, and those of the command line."""
        found = load_yaml(path) if path else {}
        if not isinstance(found, dict | None):
            raise NotDescribed(f"{path} is no list of answers; write one 'question: answer' a line")
        return cls({**_texts(found or {}), **more}, at_terminal if sys.stdin.isatty() else None, show)

    def say(self, what: str, why: str) -> None:
        """One line of what was found, and why."""
        self._show(f"  {what:<12} {why}")

    def ask(
        self,
        name: str,
        choices: Sequence[str] = (),
        *,
        item: str | None = None,
        sole: str = "",
        guess: Any = None,
        why: str = "",
        never: str = "",
        **counted: Any,
    ) -> Any:
        """The answer to a question, or to what it asks of one `item`; else the guess, or the one choice where it is the
        `sole` one, shown with its reason; else a person's. `overige` does not give the answer `never`: that is said of
        each item by itself."""
        question = QUESTIONS[name]
        choices = choices or question.choices
        if sole and len(choices) == 1:
            guess, why = choices[0], sole
        self.asked += guess is None
        answer = self.given(name, item)
        if answer is None and guess is None and item is not None:
            others = self.given(name, OTHERS)
            answer = None if others == never else others
        if answer is None and guess is None:
            told = question.text.format(**counted) + (f" ({' | '.join(choices)})" if choices else "")
            answer, why = self._typed(question, name, item, told, choices), ""
            if answer is None:
                self._open.setdefault(name, []).append(told if item is None else f"'{item}', {told}")
                return [*choices[:1]] if question.many else next(iter(choices), "")
        else:
            answer, why = (guess, why) if answer is None else (answer, "as answered")
        answer = _listed(answer) if question.many else answer
        if wrong := _strange(answer, choices):
            raise NotDescribed(f"the answer '{wrong}' to {name} is none of {', '.join(choices)}; correct the answer")
        if why:
            self.say(name, f"{f'{item} ' if item else ''}{', '.join(answer) if question.many else answer}: {why}")
        return answer

    def given(self, name: str, item: str | None = None) -> Any:
        """The answer that was given, to be used where the file itself says it otherwise; None when there is none."""
        self._known.add((name, item))
        found = self._given.get(name)
        if found is not None and isinstance(found, dict) == (item is None):
            what = "is a mapping; write one text" if item is None else f"is no mapping; write '{item}: answer' below it"
            raise NotDescribed(f"the answer to {name} {what}")
        return (found.get(item) if isinstance(found, dict) else found) or None

    def mapping(self, name: str) -> dict[str, Any]:
        """An answer that is a mapping with names of its own, as it was given; empty when it was not."""
        found = self._given.get(name, {})
        if not isinstance(found, dict):
            raise NotDescribed(f"the answer to {name} is no mapping; write 'name: answer' lines below it")
        self._known |= {(name, item) for item in [None, *found]}
        return found

    def _typed(self, question: Question, name: str, item: str | None, told: str, choices: Sequence[str]) -> str | None:
        """What a person says, until it is one of the choices; None without a person."""
        while self._person:
            answer = self._person(name if item is None else f"{name} {item}", told, choices)
            if answer and not _strange(_listed(answer) if question.many else answer, choices):
                return answer
            self._show(f"choose from {', '.join(choices)}" if choices else "an answer is needed")
        return None

    @property
    def is_open(self) -> bool:
        """True while a question has no answer."""
        return bool(self._open)

    def settle(self) -> None:
        """Refuse to go on while a question is open, or an answer belongs to no question."""
        if self._open:
            listed = "; ".join(f"{name}: {', and '.join(told)}" for name, told in self._open.items())
            number = sum(map(len, self._open.values()))
            raise NotDescribed(
                f"{number} question{'s are' if number > 1 else ' is'} open and nothing is written; answer with "
                f"--answers FILE, one 'question: answer' a line, or in a terminal: {listed}"
            )
        names, strange = {name for name, _ in self._known}, []
        for name, answer in self._given.items():
            items = answer if isinstance(answer, dict) and name in names else [None]
            strange += [f"{name} {item or ''}".strip() for item in items if (name, item) not in self._known]
        if strange:
            raise NotDescribed(
                f"no question is named {', '.join(strange)} for this file, so the answer would not be used; take it "
                f"out, known are {', '.join(sorted(names))}"
            )


def at_terminal(name: str, told: str, choices: Sequence[str]) -> str:
    """The line that a person types. Raises NotDescribed when the terminal is closed."""
    try:
        return input(f"{name}: {told}? ").strip()
    except EOFError:
        raise NotDescribed("the questions were broken off and nothing is written; start again") from None


def _texts(given: dict[Any, Any]) -> dict[str, Any]:
    """Keys and values as text, as 2021 is a number in YAML; a question without an answer stays open."""
    return {
        str(k): _texts(v) if isinstance(v, dict) else [str(x) for x in v] if isinstance(v, list) else str(v)
        for k, v in given.items()
        if v is not None
    }


def _listed(answer: Any) -> list[str]:
    return answer if isinstance(answer, list) else [part.strip() for part in str(answer).split(",")]


def _strange(answer: Any, choices: Sequence[str]) -> str | None:
    """The first part of an answer that is none of the choices."""
    parts = answer if isinstance(answer, list) else [answer]
    return next((a for a in parts if choices and a not in choices), None)
