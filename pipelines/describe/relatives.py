"""What a subject is beside the others: a fact of its own, a part of another, the count behind a rate, or a helper."""

from __future__ import annotations

from pipelines.describe.between import Between
from pipelines.describe.catalogue import Topic

OWN, PART, COUNT, OTHERWISE, HELPER = "zelfstandig", "uitsplitsing", "aantal", "anders uitgedrukt", "hulp"


def roles(topics: dict[str, Topic]) -> dict[str, tuple[str, str | None]]:
    """The role of every subject, and the subject that it is a part, the count or another form of.

    A helper, and a part that no rule can see, say so themselves. A count is that of the first rate which divides it,
    and a later rate of the same count is another form of that first one. What is measured over fewer of the same rows
    as another is a part of the nearest of these; so is the rate of such a count, where the other has one of the same
    kind; and a cube splits the subject that it adds up to. All others are facts of their own.
    """
    rates: dict[str, list[Topic]] = {}
    for topic in topics.values():
        if topic.aggregatie == "ratio" and topic.teller:
            rates.setdefault(topic.teller, []).append(topic)
    alike: dict[tuple[object, ...], list[Topic]] = {}
    for topic in topics.values():
        if topic.measured:
            alike.setdefault(_measure(topic), []).append(topic)
    wider = {code: _wider(topic, alike) for code, topic in topics.items()}
    return {code: _role(topic, rates, wider) for code, topic in topics.items()}


def _role(topic: Topic, rates: dict[str, list[Topic]], wider: dict[str, str | None]) -> tuple[str, str | None]:
    code = topic.onderwerp
    if topic.hulp:
        return HELPER, None
    if topic.plat:
        return PART, topic.plat
    if topic.aggregatie == "ratio" and topic.teller:
        if (first := rates[topic.teller][0].onderwerp) != code:
            return OTHERWISE, first
        above = wider[topic.teller]
        while above:
            if alike := [one.onderwerp for one in rates.get(above, []) if _alike(topic, one, wider)]:
                return PART, alike[0]
            above = wider[above]
        return OWN, None
    if code in rates:
        return COUNT, rates[code][0].onderwerp
    return (PART, wider[code]) if wider[code] else (OWN, None)


def _alike(one: Topic, other: Topic, wider: dict[str, str | None]) -> bool:
    """Whether two rates are of the same kind: over the same denominator, or over a part of it, in the same unit."""
    if one.eenheid != other.eenheid or other.noemer is None:
        return False
    below = one.noemer
    while below and below != other.noemer:
        below = wider[below]
    return below == other.noemer


def _measure(topic: Topic) -> tuple[object, ...]:
    """What is measured: subjects of one measure differ in their rows alone."""
    return *topic.bron, topic.maat, topic.gewicht


def _wider(topic: Topic, alike: dict[tuple[object, ...], list[Topic]]) -> str | None:
    """What it is a part of: as it says itself, else the subject with the fewest rows of those of its measure that hold
    all of its rows, and more."""
    if topic.deel_van:
        return topic.deel_van
    if not topic.measured or topic.soort == "kubus":
        return None
    found = [
        other
        for other in alike[_measure(topic)]
        if other.onderwerp != topic.onderwerp
        and other.waar != topic.waar
        and all(name in topic.waar and _within(topic.waar[name], wanted) for name, wanted in other.waar.items())
    ]
    nearest = max(found, key=lambda t: (len(t.waar), -_width(t)), default=None)
    return nearest.onderwerp if nearest else None


def _within(one: Between | list[str | int], other: Between | list[str | int]) -> bool:
    """Whether every value that one asks for is one of the other's."""
    if isinstance(other, list):
        return isinstance(one, list) and set(map(str, one)) <= set(map(str, other))
    low, high = other.van, other.tot
    ends = [one.van, one.tot] if isinstance(one, Between) else [min(one), max(one)]
    return (low is None or (ends[0] is not None and ends[0] >= low)) and (
        high is None or (ends[1] is not None and ends[1] <= high)
    )


def _width(topic: Topic) -> int:
    return sum(len(w) for w in topic.waar.values() if isinstance(w, list))
