"""What the gate says of a delivery, per check and in all: written down as the receipt of what is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pipelines.landing.parts import Part

Unit = tuple[str, str]
TRIAL = "op_proef"  # the check that a first landing fails until a person accepts it


@dataclass(frozen=True)
class Why:
    """Why a part is held back: the check, in a Dutch sentence what it asks, and what there is to say of it."""

    controle: str
    omschrijving: str
    boodschap: str


@dataclass(frozen=True)
class Wrong:
    """A wrong part: an area, the year and series of it that the check tells (`deel`, empty for all of the area), and
    the fingerprint of what was observed there."""

    gebiedsniveau: str
    eenheid: str
    deel: dict[str, Any]
    kenmerk: str

    @property
    def part(self) -> Part:
        """The part, as what is held is named by."""
        return self.gebiedsniveau, self.eenheid, tuple(self.deel.items())


@dataclass(frozen=True, kw_only=True)
class Outcome(Why):
    """One check of one delivery. `uitslag` is geslaagd, gefaald, fout (did not run), nvt (nothing to compare with
    yet) or aanvaard (a person let it through).

    `eenheden` are the (gebiedsniveau, area) whose part is wrong; empty when the fault is not one area's. `grens` says
    in a Dutch sentence what would have passed. `rijen` are some of the `afwijkend` wrong rows.
    """

    dimensie: str
    niveau: str
    ernst: str
    uitslag: Literal["geslaagd", "gefaald", "fout", "nvt", "aanvaard"]
    gezien: int
    afwijkend: int
    waargenomen: str | None = None
    verwacht: str | None = None
    grens: str | None = None
    eenheden: list[Unit] = field(default_factory=list)
    jaren: list[int] = field(default_factory=list)
    rijen: list[dict[str, Any]] = field(default_factory=list)
    delen: list[Wrong] = field(default_factory=list)
    kenmerk: str = ""
    besluiten: list[str] = field(default_factory=list)

    @property
    def blocks(self) -> bool:
        """True when what it finds wrong may not land."""
        return self.ernst == "blokkerend" and self.uitslag in ("gefaald", "fout")


@dataclass(frozen=True)
class Verdict:
    """What the gate lets through: nothing when `refused`, and what to do then, else all but the held parts."""

    outcomes: list[Outcome]
    refused: str | None
    held: dict[Part, Outcome]
    todo: str = "hand over a corrected file, or withdraw this one"
