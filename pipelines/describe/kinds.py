"""What period a subject is about: a moment, a year, a mean; what is computed from others is about theirs."""

from __future__ import annotations

import re
from typing import Any, Literal

from pipelines.describe.specfile import SpecError

Kind = Literal["stand", "lopend", "cumulatief", "gemiddelde", "schooljaar", "voortschrijdend", "ronde"]
UNTOLD = "niet vermeld"
LAST_YEAR = " vorig jaar"  # behind a term: of the year before


def dated(topic: Any, topics: dict[str, Any], datasets: dict[str, Any]) -> str:
    """The description of a subject with, before its unit, the day or the period that its dataset counts, and of a
    quotient also that of its denominator where it is another."""
    told = list(dict.fromkeys(_references(topic, topics, datasets)))
    if not told:
        return topic.omschrijving
    beside = f" (noemer: {told[1]})" if topic.noemer and len(told) > 1 else ""
    said, *unit = re.split(r"(?= \(in [^()]+\)$)", topic.omschrijving)
    return "".join([f"{said}; referentie: {told[0]}{beside}", *unit])


def _references(topic: Any, topics: dict[str, Any], datasets: dict[str, Any]) -> list[str]:
    """Of its dataset or of each of its parts; a difference with the year before is about the year up to that day."""
    told = [datasets[source].periode.referentie for source in topic.bron[:1]]
    told += [text for part in topic.parts for text in _references(topics[part], topics, datasets)]
    if any(term.endswith(LAST_YEAR) for term in topic.termen):
        return [f"het jaar tot {text}" if text != UNTOLD else text for text in told]
    return told


def kind_of(topic: Any, topics: dict[str, Any]) -> Kind:
    """The period kind of a subject: as written, or that of its numerator, terms or classes; a difference with the year
    before is a flow. Raises SpecError when another is written, for a count and its rate would then differ in age."""
    terms = [term.removesuffix(LAST_YEAR) for term in topic.termen]
    parts = [part for part in (topic.teller, *topic.klassen, *terms) if part in topics]
    found = {kind_of(topics[part], topics) for part in parts}
    if len(found) > 1:
        kinds = f"{', '.join(parts)} are {' and '.join(sorted(found))}"
        raise SpecError(f"{topic.place}: {kinds}; take parts of one period kind")
    if terms != [*topic.termen]:
        found = {"lopend"}
    if not found and topic.periodesoort is None:
        raise SpecError(f"{topic.place}: its periodesoort is missing; write it")
    if topic.periodesoort and found - {topic.periodesoort}:
        raise SpecError(
            f"{topic.place}: its periodesoort follows from {', '.join(parts)} and is not {topic.periodesoort}; "
            "leave it out"
        )
    return topic.periodesoort or found.pop()
