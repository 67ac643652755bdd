"""How far a change reaches: which models are built once, per group of subjects or over all, and what each group reads.

Subjects that hang on the same datasets, by way of all their parts, are one group. What a group holds follows from its
own datasets, entries and areas, so another group's change leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

from pipelines.describe.catalogue import Topic
from pipelines.transform.compile import measures
from pipelines.transform.inputs import sources
from pipelines.transform.texts import TABLES, Text

FLAT, FIGURES = "onderwerp.plat", "mart.waarneming"
OPEN = (FLAT, "mart.kubus")  # all else is computed from these
# what compares subjects, or says of each what its group does not know
TOGETHER = ("mart.buur", "mart.buur_kenmerk", "mart.onderwerp", "statistiek.verwant")
TOLD = "statistiek.dekking"  # which a release tells of itself by, and readers do not get


@dataclass(frozen=True)
class Group:
    """The subjects that hang on the same datasets, the sums of weighted means among them, and the parts that they take
    from other groups."""

    sources: tuple[str, ...]
    subjects: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return " + ".join(self.sources)


def group_subjects(topics: dict[str, Topic]) -> list[Group]:
    """All groups, each after those that it takes parts from; their subjects in the order of the catalogue."""
    members: dict[tuple[str, ...], list[Topic]] = {}
    for topic in topics.values():
        if hangs_on := tuple(sorted(sources(topic, topics))):
            members.setdefault(hangs_on, []).append(topic)
    return [
        Group(hangs_on, tuple(own := [c for t in found for c in _codes(t)]), _others(found, {*own}))
        for hangs_on, found in sorted(members.items(), key=lambda item: (len(item[0]), item[0]))
    ]


def _codes(topic: Topic) -> list[str]:
    own = [code for code, _ in measures(topic)] if topic.aggregatie == "gewogen" else []
    return [*own, topic.onderwerp]


def _others(topics: list[Topic], own: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for topic in topics for part in topic.parts if part not in own))


class Reach:
    """The models of one catalogue, each in the step that builds it, in the order in which they run."""

    def __init__(self, texts: dict[str, Text]) -> None:
        self._texts = texts
        self._order = list(TopologicalSorter({n: sorted(t.reads) for n, t in sorted(texts.items())}).static_order())
        self._inputs: dict[str, set[str]] = {}
        for name in self._order:
            reads = texts[name].reads if name in texts else []
            self._inputs[name] = set().union(*(self._inputs[r] for r in reads)) if reads else {name}
        lists = {n for n in self._inputs if n.startswith("invoer.")}
        areas = {f"invoer.{table}" for table in TABLES}
        known = [n for n in self._order if n in texts]
        self.areas = [n for n in known if self._inputs[n] <= areas | {n}]
        self.catalogue = [n for n in known if n not in self.areas and self._inputs[n] <= lists | {n} | {*self.areas}]
        self.together = [n for n in known if n in TOGETHER]
        self.compared = [n for n in known if n not in TOGETHER and {*TOGETHER} & {*texts[n].reads}]
        apart = {*self.areas, *self.catalogue, *self.together, *self.compared}
        self._grouped = [n for n in known if n not in apart]
        read = {r for n in known if n not in self.areas for r in texts[n].reads}
        self.areas_read = [n for n in self.areas if n in read]

    def chain(self, group: Group) -> list[str]:
        """The models that a group is built by: from its landing on, or from the parts that other groups hold."""
        if len(group.sources) == 1:
            first = f"bron.{group.sources[0]}"
            return [first, *(n for n in self._grouped if n != first and self._is_of(n, group.sources[0]))]
        found: list[str] = []
        for name in self._grouped:
            reads = set(self._texts[name].reads) - {*self.areas, *self.catalogue}
            if name != FLAT and reads and reads <= {FLAT, *found}:
                found.append(name)
        return found

    def _is_of(self, name: str, source: str) -> bool:
        landings = {n for n in self._inputs[name] if n.startswith("landing.")}
        return not landings or f"landing.{source}" in landings

    def before_hiding(self, chain: list[str]) -> list[str]:
        """The models of a chain that give the figures in which small ones are hidden, and what those are made from."""
        found = {*OPEN, chain[0]}
        for name in reversed(chain):
            if name in found:
                found |= {*self._texts[name].reads}
        return [n for n in chain if n in found]

    def shown(self, chain: Iterable[str]) -> list[str]:
        """What is kept of a group: what readers get, and what is read after it."""
        wanted = {TOLD, *(r for n in (*self.together, *self.compared) for r in self._texts[n].reads)}
        return [n for n in chain if n in wanted or n.startswith("mart.")]

    def of_groups(self, names: Iterable[str]) -> list[str]:
        """What these models read of groups."""
        read = {r for n in names for r in self._texts[n].reads}
        return sorted(read & {*self._grouped})
