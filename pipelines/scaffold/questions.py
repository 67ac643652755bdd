"""What only a person knows: asked in a terminal, or read from a file of answers; and what was guessed, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipelines.describe.specfile import load_yaml
from pipelines.home import Problem

Show = Callable[[str], None]
FREE = "*"  # a mapping whose names are not questions
OTHERS = "overige"  # among the answers to a question per item: what holds for the items that are not named


class NotDescribed(Problem):
    """A file that cannot be described by looking at it: what stands in the way, and what to do."""


class Answers:
    """The answers to what a file does not say, and those that overrule a guess.

    Without a terminal every open question is remembered and a stand-in given, so that all of them can be told at once.
    """

    def __init__(self, given: dict[str, Any], terminal: bool, show: Show) -> None:
        self._given, self._terminal, self._show = given, terminal, show
        self._known: set[tuple[str, str | None]] = set()
        self._open: dict[str, list[str]] = {}
        self.asked = 0

    @classmethod
    def load(cls, path: Path | None, show: Show, **more: Any) -> Answers:
        """The answers in a YAML file, where one is given, and those of the command line."""
        found = load_yaml(path) if path else {}
        if not isinstance(found, dict | None):
            raise NotDescribed(f"{path} is no list of answers; write one 'question: answer' a line")
        return cls({**_texts(found or {}), **more}, sys.stdin.isatty(), show)

    def say(self, what: str, why: str) -> None:
        """One line of what was found, and why."""
        self._show(f"  {what:<12} {why}")

    def ask(
        self,
        name: str,
        question: str,
        choices: Sequence[str] = (),
        *,
        item: str | None = None,
        guess: Any = None,
        why: str = "",
        many: bool = False,
    ) -> Any:
        """The answer to a question, or to what it asks of one `item`; else the guess, shown with its reason; else a
        person's. `many` answers are a list, written with commas or as a list."""
        self._known.add((name, item))
        self.asked += guess is None
        answer = self._said(name, item)
        if answer is None and guess is None and item is not None:
            answer = self.given(name, OTHERS)
        if answer is not None:
            why = "as answered"
        elif guess is not None:
            answer = guess
        else:
            why = ""
            told = f"{question} ({' | '.join(choices)})" if choices else question
            answer = self._typed(name, item, told, choices, many)
            if answer is None:
                self._open.setdefault(name, []).append(told if item is None else f"'{item}', {told}")
                stand_in = choices[0] if choices else ""
                return [stand_in] if many else stand_in
        answer = _listed(answer) if many else answer
        if wrong := _strange(answer, choices):
            raise NotDescribed(f"the answer '{wrong}' to {name} is none of {', '.join(choices)}; correct the answer")
        if why:
            self.say(name, " ".join(filter(None, [item, f"{', '.join(answer) if many else answer}: {why}"])))
        return answer

    def given(self, name: str, item: str | None = None) -> Any:
        """The answer that was given, where the file itself says it otherwise; None when there is none."""
        self._known.add((name, item))
        return self._said(name, item)

    def mapping(self, name: str) -> dict[str, Any]:
        """An answer that is a mapping, as it was given; empty when it was not."""
        self._known.add((name, FREE))
        found = self._given.get(name, {})
        if not isinstance(found, dict):
            raise NotDescribed(f"the answer to {name} is no mapping; write 'name: answer' lines below it")
        return found

    def _said(self, name: str, item: str | None) -> Any:
        found = self._given.get(name)
        if found is not None and isinstance(found, dict) == (item is None):
            what = "is a mapping; write one text" if item is None else f"is no mapping; write '{item}: answer' below it"
            raise NotDescribed(f"the answer to {name} {what}")
        return (found.get(item) if isinstance(found, dict) else found) or None

    def _typed(self, name: str, item: str | None, told: str, choices: Sequence[str], many: bool) -> Any:
        """What is typed, until it is one of the choices; None without a terminal."""
        while self._terminal:
            try:
                answer = input(f"{name}{f' {item}' if item is not None else ''}: {told}? ").strip()
            except EOFError:
                raise NotDescribed("the questions were broken off and nothing is written; start again") from None
            if answer and not _strange(_listed(answer) if many else answer, choices):
                return answer
            print(f"choose from {', '.join(choices)}" if choices else "an answer is needed")
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
        names = {name for name, _ in self._known}
        strange = [n for n in self._given if n not in names]
        for name, of in self._given.items():
            if isinstance(of, dict) and name in names and (name, FREE) not in self._known:
                strange += [f"{name} {item}" for item in of if (name, item) not in self._known]
        if strange:
            raise NotDescribed(
                f"no question is named {', '.join(strange)} for this file, so the answer would not be used; take it "
                f"out, known are {', '.join(sorted(names))}"
            )


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
    if not choices:
        return None
    return next((a for a in (answer if isinstance(answer, list) else [answer]) if a not in choices), None)
