"""How much one question to Dagster's page may ask: Dagster bounds neither its length nor its depth."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)


class Size(NamedTuple):
    """How much a question asks, with its fragments written out: levels, fields, and names of its own for a field."""

    niveaus: float = 0
    velden: float = 0
    aliassen: float = 0


# The largest of the page's own questions have 714 words, 11 levels, 639 fields and 4 aliases.
MOST_WORDS = 3000
MOST = Size(20, 2000, 20)
ENDLESS = Size(inf, inf, inf)


class TooMuch(GraphQLError):
    """A question that asks more than one may: one Dutch sentence."""


def bounded(question: str) -> None:
    """Raises TooMuch for a question that is too large; what cannot be read is for Dagster to refuse."""
    try:
        if _is_long(question):
            raise TooMuch(f"de vraag heeft meer dan {MOST_WORDS} woorden; stel ze in delen")
        asked = _size(parse(question, no_location=True))
    except GraphQLSyntaxError:
        return
    for what, found, most in zip(Size._fields, asked, MOST, strict=True):
        if found > most:
            raise TooMuch(f"de vraag heeft meer dan {most} {what}; stel ze in delen")


def _is_long(question: str) -> bool:
    """Whether it has too many words, before anything is made of them."""
    lexer = Lexer(Source(question))
    return all(lexer.advance().kind is not TokenKind.EOF for _ in range(MOST_WORDS + 1))


def _size(document: DocumentNode) -> Size:
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    known: dict[str, Size] = {}

    def of(selected: SelectionSetNode | None) -> Size:
        found = Size()
        for one in selected.selections if selected else ():
            if isinstance(one, FragmentSpreadNode):
                own = of_fragment(one.name.value)
            else:
                own = of(one.selection_set)
                if not isinstance(one, InlineFragmentNode):
                    own = Size(own.niveaus + 1, own.velden + 1, own.aliassen + bool(one.alias))
            found = Size(max(found.niveaus, own.niveaus), found.velden + own.velden, found.aliassen + own.aliassen)
        return found

    def of_fragment(name: str) -> Size:
        if name in fragments and name not in known:
            known[name] = ENDLESS  # for one that holds itself
            known[name] = of(fragments[name].selection_set)
        return known.get(name, Size())

    return max(
        (of(d.selection_set) for d in document.definitions if isinstance(d, OperationDefinitionNode)), default=Size()
    )
