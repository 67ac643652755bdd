"""Which method gives the 95 % interval of a subject, or why it has none.

A register holds everything, so neither what it counts nor a share of it has an interval. Events could have been more or
fewer (`byar`): their counts, rates and shares have one."""

from __future__ import annotations

import re
from typing import Any

from pipelines.describe.specfile import SpecError

COMPLETE, NONE = "volledige telling", "geen"
METHODS = ("wilson", "byar", "dobson")
REASON = re.compile(rf"({NONE}|{COMPLETE}): \S+ .+")
SAID = f"{', '.join(METHODS)}, or the reason why there is none in quotes: '{NONE}: …' or '{COMPLETE}: …'"


def fault(interval: str | None, soort: str, aggregatie: str) -> str | None:
    """Why this interval cannot be of a subject of this kind and rule, or None when it can."""
    if interval is None or REASON.fullmatch(interval):
        return None
    if interval not in METHODS:
        return f"interval is {SAID}; not '{interval}'"
    if interval == "wilson" and (aggregatie != "ratio" or soort not in ("percentage", "promille")):
        return "wilson is the interval of a part of a whole: a percentage or promille with teller and noemer"
    if (interval == "dobson") != (aggregatie == "gestandaardiseerd"):
        return "dobson is the interval of a standardised rate, which has no other"
    counted = soort == "plat" and aggregatie in ("som", "punten", "afgeleid")
    if interval == "byar" and not counted and not (aggregatie == "ratio" and soort in ("ratio", "promille")):
        return "byar is the interval of a count, or of a count per something else"
    return None


def interval_of(topic: Any, topics: dict[str, Any]) -> str:
    """The interval of a subject of the catalogue: as written, or as it follows from its parts. Raises SpecError."""
    if topic.in_voorbereiding:
        return topic.interval or f"{NONE}: nog geen cijfers"
    parts = [interval_of(topics[part], topics) for part in topic.parts]
    said = topic.interval or _derived(topic, list(dict.fromkeys(parts)))
    if said is None:
        raise SpecError(f"{topic.place}: its interval does not follow from what it is; write {SAID}")
    if topic.teller and _chance(said) not in (NONE, _chance(parts[0])):
        raise SpecError(
            f"{topic.place}: '{said}' is not that of its teller, '{parts[0]}'; leave it out: a quotient has the chance "
            "of what it counts"
        )
    return said


def _chance(interval: str) -> str:
    """What an interval says of chance: that of events, that a count is complete, or nothing."""
    return interval.split(":")[0] if REASON.fullmatch(interval) else "events"


def _derived(topic: Any, parts: list[str]) -> str | None:
    """What follows from the intervals of the parts: of a ratio its numerator, then its denominator."""
    if topic.soort == "kubus":
        return f"{NONE}: het interval staat bij het platte onderwerp"
    if not parts:
        return None
    if topic.klassen:
        return "dobson" if parts[0] == "byar" else parts[0]
    if topic.teller and topic.soort in ("percentage", "promille"):
        return "wilson" if parts[0] == "byar" else parts[0]
    if all(interval.startswith(COMPLETE) for interval in parts) or (topic.teller and parts[0].startswith(NONE)):
        return parts[0]
    if topic.teller:
        return "byar" if parts[0] == "byar" else None
    if parts == ["byar"] and set(topic.termen.values()) == {1}:
        return "byar"
    return f"{NONE}: een som of verschil van aantallen die niet los van elkaar staan"
