"""The shapes of what is written down about the deliveries of a dataset, in accepted.json and besluiten.json."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from pipelines.home import now
from pipelines.landing.parts import PartKey
from pipelines.landing.receipt import Outcome, Why

ACCEPTED, REJECTED = "aanvaard", "afgewezen"
UNDER_EMBARGO = "embargo"  # what became of a delivery of which nothing may be published yet
NOT_ASKED = Why("niet_gevraagd", "Deze verversing was voor andere steden.", "this refresh was asked for other cities")


@dataclass(frozen=True)
class LandedTable:
    """The rows of one table of a delivery that are in use, as Parquet addressed by its content: `rows` of the `read`
    that stood in the file, over these `years`. `held` rows wait, `excluded` ones did not land for a known reason."""

    sha256: str
    rows: int
    years: list[int]
    file: str
    raw_sha256: str
    read: int
    excluded: dict[str, int]
    held: int


@dataclass(frozen=True)
class HeldPart:
    """A part that is held back: one unit in one year, or one series of it, at its last accepted value or without one.

    `reeks` are the columns that tell the series, none for all of it. `reden` is the sentence for the analyst,
    `omschrijving` says in Dutch what the mart shows. `sinds` is when it was first held, `aanvaard_op` when the version
    that stays in its place was accepted.
    """

    gebiedsniveau: str
    eenheid: str
    jaar: int
    reeks: dict[str, str]
    controle: str
    omschrijving: str
    reden: str
    levering: str
    sinds: str
    aanvaard_op: str | None
    had_value: bool

    @property
    def key(self) -> PartKey:
        """What tells it from another held part."""
        return self.gebiedsniveau, self.eenheid, self.jaar, tuple(self.reeks.items())

    @property
    def asked(self) -> bool:
        """False when it only waits because the refresh was for other cities."""
        return self.controle != NOT_ASKED.controle


@dataclass(frozen=True)
class Composed:
    """A version that lies ready in its folder: its tables, and what is held of it."""

    version: str
    parts: list[LandedTable]
    held: list[HeldPart]


@dataclass(frozen=True)
class Refusal:
    """Why a delivery, or a file of it that cannot be read, is not accepted, and the `checks` that said so."""

    delivery: str
    at: str
    reason: str
    checks: list[Outcome]


@dataclass(frozen=True)
class Turn:
    """A delivery that was taken up, and the moment at which it was judged: as of then, whenever it is judged again."""

    delivery: str
    at: str


@dataclass(frozen=True)
class Unread:
    """A changed description by which what was accepted cannot be accepted: `tried` is what was judged, and `delivery`
    the one that fails, for a `reason`."""

    tried: str
    delivery: str
    reason: str


@dataclass(frozen=True)
class Accepted:
    """What deliveries that were judged one after another end in: the `version` with the `checks` that let the `last`
    one through, what is held of it, and per delivery with held parts the checks that `failed`."""

    version: str | None = None
    accepted_at: str | None = None
    parts: list[LandedTable] = field(default_factory=list)
    checks: list[Outcome] = field(default_factory=list)
    last: str = ""
    held: list[HeldPart] = field(default_factory=list)
    failed: dict[str, list[Outcome]] = field(default_factory=dict)

    def joined(self, new: Composed, checks: list[Outcome], delivery: str) -> Accepted:
        """The same after a delivery of which `new` is what is accepted then."""
        moment = now().isoformat(timespec="seconds")
        failed = {**self.failed, delivery: [c for c in checks if c.blocks]}
        waiting = {h.levering for h in new.held}
        return Accepted(
            **vars(new),
            accepted_at=self.accepted_at if new.version == self.version else moment,
            checks=checks,
            last=delivery,
            failed={d: found for d, found in failed.items() if d in waiting},
        )


@dataclass(frozen=True, kw_only=True)
class State(Accepted):
    """All that is written down of one dataset: what is accepted; what was so far when each delivery had been judged in
    its turn of the `order`, and `before` the last of them; what became of each, in the order in which they were taken
    up (`turns`); which are refused and not given again since; by which `rules` (those of the `description`) and
    `beside` which other landings all this was judged; why the source was last out of reach, which years it does not
    have, and which cities' own files were out of reach and why.

    `embargo` says per delivery with rows under one when the first of them may be published; one that is all under it is
    `embargo` in `processed`. `unread` tells of a changed description that is not in use. Of `waived` deliveries the
    files that cannot be read were withdrawn. `again` asks for all to be judged again: what is accepted does not follow
    from whole deliveries.
    """

    dataset: str
    checked_at: str | None = None
    order: list[str] = field(default_factory=list)
    in_turn: Accepted | None = None
    before: Accepted | None = None
    again: bool = False
    processed: dict[str, str] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    waived: list[str] = field(default_factory=list)
    embargo: dict[str, str] = field(default_factory=dict)
    rules: str = ""
    description: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, str | None] = field(default_factory=dict)
    unread: Unread | None = None
    fetch_problem: str | None = None
    missing_years: tuple[int, ...] = ()
    out_of_reach: dict[str, str] = field(default_factory=dict)

    @property
    def reached(self) -> dict[str, Any]:
        """What is known of the source, apart from what it gave."""
        return {name: getattr(self, name) for name in ("fetch_problem", "missing_years", "out_of_reach")}

    @property
    def accepted(self) -> Accepted:
        """What is accepted, alone."""
        return Accepted(**{f.name: getattr(self, f.name) for f in fields(Accepted)})

    @property
    def refused(self) -> Refusal | None:
        """What is refused now: of several deliveries the one of the last period."""
        return self.refusals[-1] if self.refusals else None

    @property
    def absent(self) -> str:
        """Which years the publisher does not have and nobody handed over, as a sentence."""
        years = sorted(set(self.missing_years).difference(*(p.years for p in self.parts)))
        return f"the publisher has no file of {', '.join(map(str, years))} (404)" if years else ""

    @property
    def freshness(self) -> tuple[Literal["vers", "deels", "oud", "ontbreekt"], str]:
        """How new the accepted figures are, with the reason where they are not the newest."""
        refused = self.refused.reason if self.refused else ""
        away = next((f"{city}: {why}" for city, why in sorted(self.out_of_reach.items())), "")
        if self.version is None:
            return "ontbreekt", self.fetch_problem or refused or away or "nothing was delivered yet"
        if trouble := self.fetch_problem or (self.unread and self.unread.reason) or refused:
            return "oud", trouble
        if self.held:
            first = self.held[0]
            todo = "hand over a corrected file" if first.asked else "refresh without --city"
            return "deels", f"{first.reden}; {todo}, until then the last good figures stay"
        if away:
            return "deels", f"{away}; the other cities have their news"
        if self.absent:
            return "deels", f"{self.absent}; hand over those years, or wait for the publisher"
        return "vers", ""


@dataclass(frozen=True)
class DecidedPart:
    """A part of one failed check that a decision is about, by the fingerprint of what was observed there; a whole
    delivery has no area."""

    controle: str
    gebiedsniveau: str
    eenheid: str
    deel: dict[str, Any]
    kenmerk: str


@dataclass(frozen=True)
class Decision:
    """What a person (`door`) decided about one item of the quarantine, why, and from when until when it holds."""

    id: str
    dataset: str
    controle: str
    gebiedsniveau: str
    gebied: str
    jaren: tuple[int, ...]
    levering: str
    waargenomen: str | None
    verwacht: str | None
    delen: list[DecidedPart]
    besluit: str
    reden: str
    door: str
    op: str
    tot: str
