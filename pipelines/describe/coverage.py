"""What a dataset must hold: where, from when on, and what it means that an area is not there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipelines.describe.levels import versions
from pipelines.describe.specfile import Spec

EXCEPTION = r"^(\S+ \S+)(?: (\d{4})(?:-(\d{4}))?)?$"


def _municipal(level: str) -> str:
    if level not in (known := [v.gebiedsniveau for v in versions()]):
        raise ValueError(f"'{level}' is no version of the municipalities; choose from {', '.join(known)}")
    return level


class Coverage(Spec):
    """What must be there: regions (or the areas themselves), first year, what an absent area means (`nul`: it
    occurs nowhere there; `deel_nul`: the same for a part of an area that has other rows), and the exceptions with
    their reason: `niveau gebied`, with ` 2019` or ` 2024-2040` behind it where the area is absent in those years
    only. Forecasts run `tot` a year.

    A source that leaves out sectors where nothing is or may be shown is complete `per` municipality: each has some.
    """

    gewesten: list[str] = []
    gebieden: list[str] = []
    vanaf: int
    tot: int | None = None
    afwezig: Literal["nul", "deel_nul", "onbekend"]
    per: Annotated[str, AfterValidator(_municipal)] | None = None
    uitzonderingen: dict[Annotated[str, Field(pattern=EXCEPTION)], str] = {}
