"""What only a person knows: asked in a terminal, or read from a file of answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pipelines.describe.specfile import load_yaml
from pipelines.scaffold.sample import NotDescribed

T = TypeVar("T")


class Answers:
    """The answers to what cannot be guessed, and those that overrule a guess.

    Without a terminal every open question is remembered, and a stand-in given, so that all of them can be told at
    once.
    """

    def __init__(self, given: dict[str, Any], terminal: bool) -> None:
        self._given, self._terminal = given, terminal
        self.asked: dict[str, Any] = {}
        self._open: dict[str, str] = {}
        self._known: set[str] = set()

    @classmethod
    def load(cls, path: Path | None) -> Answers:
        """The answers in a YAML file, where one is given; a person answers the rest when there is a terminal."""
        found = load_yaml(path) if path else {}
        if not isinstance(found, dict):
            raise NotDescribed(f"{path} is no list of answers; write one 'question: answer' a line")
        return cls({str(k): v for k, v in found.items()}, sys.stdin.isatty())

    def overruled(self, name: str, guess: T, choices: Sequence[str] = ()) -> T:
        """The guess, or the answer that overrules it."""
        self._known.add(name)
        answer = self._given.get(name, guess)
        if isinstance(guess, dict | list) and not isinstance(answer, type(guess)):
            kind = "a mapping" if isinstance(guess, dict) else "a list"
            raise NotDescribed(f"the answer '{answer}' to {name} is not {kind}; correct the answer")
        if choices and answer is not guess:
            return self._among(name, answer, choices)  # type: ignore[return-value]
        return answer

    @staticmethod
    def _among(name: str, answer: Any, choices: Sequence[str]) -> str:
        if str(answer) not in choices:
            raise NotDescribed(f"the answer '{answer}' to {name} is none of {', '.join(choices)}; correct the answer")
        return str(answer)

    def is_given(self, name: str) -> bool:
        """True when the answer stands in the file of answers."""
        self._known.add(name)
        return name in self._given

    def need(self, name: str, question: str, choices: Sequence[str] = ()) -> Any:
        """The answer to a question that nothing in the file answers."""
        self._known.add(name)
        if name in self.asked:
            return self.asked[name]
        told = f"{question} ({' | '.join(choices)})" if choices else question
        answer = self._given.get(name)
        while answer in (None, "") and self._terminal:
            answer = self._typed(f"{name}: {told}? ")
            if choices and answer not in choices:
                print(f"choose from {', '.join(choices)}")
                answer = ""
        if answer in (None, ""):
            self._open[name] = told
            answer = choices[0] if choices else ""
        elif choices:
            answer = self._among(name, answer, choices)
        self.asked[name] = answer if isinstance(answer, list) else str(answer)
        return self.asked[name]

    @staticmethod
    def _typed(prompt: str) -> str:
        try:
            return input(prompt).strip()
        except EOFError:
            raise NotDescribed("the questions were broken off and nothing is written; start again") from None

    @property
    def is_open(self) -> bool:
        """True while a question has no answer."""
        return bool(self._open)

    def settle(self) -> None:
        """Refuse to go on while a question is open, or an answer belongs to no question."""
        if self._open:
            listed = "; ".join(f"{name}: {told}" for name, told in self._open.items())
            number = len(self._open)
            raise NotDescribed(
                f"{number} question{'s are' if number > 1 else ' is'} open and nothing is written; answer with "
                f"--answers FILE, one 'question: answer' a line, or in a terminal: {listed}"
            )
        if strange := sorted(set(self._given) - self._known):
            raise NotDescribed(
                f"no question is named {', '.join(strange)} for this file; known are {', '.join(sorted(self._known))}"
            )
