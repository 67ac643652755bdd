"""A question to Dagster's page that asks too much is refused in one sentence; the page's own questions are not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster_webserver
import pytest
from graphql import GraphQLSyntaxError, Lexer, Source, TokenKind, parse

from pipelines.serve.bounds import MOST, MOST_WORDS, TooMuch, _size, bounded
from pipelines.serve.page import Page
from pipelines.serve.roles import Person

FRAGMENTS = "query {{ {} }} {}"
DOUBLING = " ".join(f"fragment f{n} on Q {{ {f'...f{n + 1} ' * 2} }}" for n in range(40)) + " fragment f40 on Q { a }"
TOO_MUCH = {
    "levels": ("query " + "{ a " * 21 + "}" * 21, "meer dan 20 niveaus"),
    "aliases": ("query { " + " ".join(f"x{n}: version" for n in range(21)) + " }", "meer dan 20 aliassen"),
    "aliases in a fragment": (
        FRAGMENTS.format("...f " * 11, "fragment f on Q { a: version b: version }"),
        "meer dan 20 aliassen",
    ),
    "fields": ("query { " + "version " * 2001 + "}", "meer dan 2000 velden"),
    "fragments that double": (FRAGMENTS.format("...f0", DOUBLING), "meer dan 2000 velden"),
    "a fragment that holds itself": (FRAGMENTS.format("...f", "fragment f on Q { a { ...f } }"), "niveaus"),
    "words": ("query { " + "version, " * 3000 + "}", "meer dan 3000 woorden"),
    "the second of two": ("query a { version } query b " + "{ a " * 21 + "}" * 21, "meer dan 20 niveaus"),
    "news": ("subscription " + "{ a " * 21 + "}" * 21, "meer dan 20 niveaus"),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_a_question_that_asks_too_much_is_refused(kind: str) -> None:
    question, said = TOO_MUCH[kind]
    with pytest.raises(TooMuch, match=said) as caught:
        bounded(question)
    assert "stel ze in delen" in caught.value.message


SMALL = ("query { version }", "", "{", 'query { a("}', "query { ...gone }", "type A { a: B }")
DEEP = ("query " + "{ a " * 900 + "}" * 900, "query { a(b: " + "[" * 1200 + "]" * 1200 + ") }")


@pytest.mark.parametrize("question", [*SMALL, *DEEP])
def test_what_is_small_or_cannot_be_read_is_for_dagster_to_answer(question: str) -> None:
    bounded(question)
    if question in DEEP:
        with pytest.raises(GraphQLSyntaxError, match="nested too deeply"):
            parse(question)


def test_the_page_refuses_it_by_post_and_over_the_websocket_and_writes_it_down() -> None:
    told: list[Any] = []
    page = Page(None, 0, lambda *given, **facts: told.append((given[0], given[1].naam, given[3], facts["reden"])))
    person, (question, _) = Person("an", "lezer"), TOO_MUCH["levels"]
    asked: Any = SimpleNamespace(scope={"person": person})
    said = "de vraag heeft meer dan 20 niveaus; stel ze in delen"
    answer = page.graphql_execution_thread(request=asked, query=question, variables=None, operation_name=None)
    assert (answer.status_code, json.loads(answer.body)["errors"][0]["message"]) == (400, said)
    more: dict[str, Any] = {"operation_id": "1", "variables": None, "operation_name": None}
    task, refused = asyncio.run(page.execute_graphql_subscription(websocket=asked, query=question, **more))
    assert (task, refused["message"]) == (None, said)
    assert told == [("vraag", "an", "geweigerd", said)] * 2


def own_questions() -> dict[str, str]:
    """The questions in the scripts of Dagster's page, each with the fragments that it names."""
    begins = re.compile(
        r"\b(?:fragment\s+(\w+)\s+on\s+\w+|(?:query|mutation|subscription)\s+(\w+)\s*(?:\([^)]*\))?)\s*\{"
    )
    fragments, questions = {}, {}
    for script in (Path(dagster_webserver.__file__).parent / "webapp").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        for found in begins.finditer(text):
            depth, end = 1, found.end()
            while depth and (bracket := re.compile("[{}]").search(text, end)):
                depth, end = depth + (1 if bracket[0] == "{" else -1), bracket.end()
            (fragments if found[1] else questions)[found[1] or found[2]] = text[found.start() : end].replace(
                "\\n", "\n"
            )

    def whole(text: str) -> str:
        named, wanted = set(), re.findall(r"\.\.\.\s*(\w+)", text)
        while wanted:
            if (name := wanted.pop()) in fragments and name not in named:
                named.add(name)
                wanted += re.findall(r"\.\.\.\s*(\w+)", fragments[name])
        return "\n".join([text, *(fragments[n] for n in sorted(named))])

    return {name: whole(text) for name, text in questions.items()}


@pytest.mark.proof
def test_the_pages_own_questions_are_much_smaller() -> None:
    """A new version of Dagster may ask more: then the bounds are to be looked at before readers meet them."""
    sizes, questions = {}, own_questions()
    for name, question in questions.items():
        with contextlib.suppress(GraphQLSyntaxError):  # JavaScript that begins like a question
            sizes[name] = _size(parse(question))
    assert len(sizes) > 150, "they are still found in the scripts"
    for at, most in enumerate(MOST):
        name = max(sizes, key=lambda n: sizes[n][at])
        assert sizes[name][at] <= most * 0.6, (name, sizes[name])
    for name in sizes:
        lexer, words = Lexer(Source(questions[name])), 0
        while lexer.advance().kind is not TokenKind.EOF:
            words += 1
        assert words <= MOST_WORDS / 2, name
