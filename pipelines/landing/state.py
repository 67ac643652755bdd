"""The shapes of what is written down about the deliveries of a dataset, in accepted.json and besluiten.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.landing.receipt import Outcome, Why

ACCEPTED, REJECTED = "aanvaard", "afgewezen"
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
    def key(self) -> tuple[str, str, int, tuple[tuple[str, str], ...]]:
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
class Latest:
    """What became of the newest delivery that was judged, and under which `rules` of its description; no `delivery`
    where it stays pending. Its `checks` are told where it was refused."""

    delivery: str | None
    at: str
    outcome: Literal["accepted", "partial", "refused", "withdrawn"]
    reason: str
    rules: str
    checks: list[Outcome]


@dataclass(frozen=True)
class State:
    """All that is written down of one dataset: the accepted `version` with the `checks` that let it through, what is
    held of it, what became of each delivery, why the source was last out of reach, and which years it does not have."""

    dataset: str
    version: str | None = None
    accepted_at: str | None = None
    checked_at: str | None = None
    parts: list[LandedTable] = field(default_factory=list)
    checks: list[Outcome] = field(default_factory=list)
    held: list[HeldPart] = field(default_factory=list)
    processed: dict[str, str] = field(default_factory=dict)
    latest: Latest | None = None
    fetch_problem: str | None = None
    missing_years: tuple[int, ...] = ()

    @property
    def refused(self) -> Latest | None:
        """The newest delivery, where it was refused."""
        return self.latest if self.latest and self.latest.outcome == "refused" else None

    @property
    def absent(self) -> str:
        """Which years the publisher does not have and nobody handed over, as a sentence."""
        years = sorted(set(self.missing_years).difference(*(p.years for p in self.parts)))
        return f"the publisher has no file of {', '.join(map(str, years))} (404)" if years else ""

    @property
    def freshness(self) -> tuple[Literal["vers", "deels", "oud", "ontbreekt"], str]:
        """How new the accepted figures are, with the reason where they are not the newest."""
        if self.version is None:
            latest = self.latest.reason if self.latest else ""
            return "ontbreekt", self.fetch_problem or latest or "nothing was delivered yet"
        if trouble := self.fetch_problem or (self.refused and self.refused.reason):
            return "oud", trouble
        if self.held:
            first = self.held[0]
            todo = "hand over a corrected file" if first.asked else "refresh without --city"
            return "deels", f"{first.reden}; {todo}, until then the last good figures stay"
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
