"""What a website shows first: the figures of its start and of every theme, and how a city names and colours its own."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from pipelines.describe.specfile import ROOT, Spec, load_yaml, shaped

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: white letters stand on it


def _of_colour(said: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", said):
        raise ValueError(f"'{said}' is no colour; write one as #0b4f6c")
    if (found := contrast(said, "#ffffff")) < LEAST_CONTRAST:
        raise ValueError(
            f"'{said}' has a contrast of {found:.1f} with white, and needs {LEAST_CONTRAST}; take a darker one"
        )
    return said.lower()


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.2 defines it, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


Colour = Annotated[str, AfterValidator(_of_colour)]


class Own(Spec):
    """What one city changes: its name and colour, the figures of its start, and of a theme."""

    naam: str | None = None
    kleur: Colour | None = None
    start: list[str] = []
    themas: dict[str, list[str]] = {}


class Tiles(Spec):
    """The figures of every start and theme, in their order, and what a city changes (`models/website.yaml`)."""

    kleur: Colour
    start: list[str]
    themas: dict[str, list[str]]
    steden: dict[str, Own] = {}

    def of(self, city: str) -> Own:
        """What holds for one city: its own where it says so, else what holds for all."""
        own = self.steden.get(city, Own())
        return Own(
            naam=own.naam,
            kleur=own.kleur or self.kleur,
            start=own.start or self.start,
            themas=self.themas | own.themas,
        )


def load_tiles() -> Tiles:
    """What models/website.yaml says. Raises SpecError."""
    path = ROOT / "models" / "website.yaml"
    return shaped(Tiles, path, "website", **load_yaml(path))
