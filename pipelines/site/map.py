"""The municipalities of Flanders on a map, in classes of about as many areas each, with what each class means."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from markupsafe import Markup

from pipelines.describe.specfile import ROOT
from pipelines.site.escaped import safe
from pipelines.site.numbers import digits, rounded

SHAPES = ROOT / "sources" / "gebieden" / "kaart.csv"  # made by pipelines/voorbeeld/kaart.py, in kilometres
CLASSES = 5  # of one hue; with more a reader cannot tell which is which
FEWEST = 5  # areas with a figure below which a map says less than a table
BOX = "-2 -2 242 97"  # around all shapes


@dataclass(frozen=True)
class Class:
    """One class: what draws it, its limits as they are written, and how many areas are in it."""

    kind: str
    said: str
    areas: int


@dataclass(frozen=True)
class AreaMap:
    """The shapes of one subject, one path per class, and the class of every area that has a figure."""

    shapes: Markup
    classes: list[Class]
    of_area: dict[str, Class]
    without: int

    def around(self, areas: list[str], said: str) -> Markup:
        """The map with these areas outlined; `said` tells it in words."""
        head = f'<svg class="kaart" viewBox="{BOX}" role="img" aria-label="{safe(said)}">'
        outline = "".join(_shapes().get(area, "") for area in areas)
        casing = f'<path class="rond" d="{outline}"/><path class="hier" d="{outline}"/>' if outline else ""
        return Markup(f"{head}{self.shapes}{casing}</svg>")  # noqa: S704 -- our own shapes, and a text that is escaped


@cache
def _shapes() -> dict[str, str]:
    with SHAPES.open(encoding="utf-8", newline="") as file:
        return {row["gebied"]: row["pad"] for row in csv.DictReader(file, delimiter=";")}


def area_map(values: Mapping[str, float], decimals: int) -> AreaMap | None:
    """A map of these values by area, or None where too few areas have one. Classes are of values as they are written,
    so that two that look equal are in one; where many are equal there are fewer."""
    shapes = _shapes()
    shown = {area: rounded(value, decimals) for area, value in values.items() if area in shapes}
    if len(shown) < FEWEST:
        return None
    ordered = sorted(shown.values())
    limits = _fifths(ordered) or _fifths(sorted(set(ordered)))  # where nearly all are zero, those that are not
    found: dict[int, list[str]] = {}
    for area, value in shown.items():
        found.setdefault(bisect_right(limits, value), []).append(area)
    classes, of_area = [], {}
    for nr, areas in sorted(found.items()):
        inside = [shown[area] for area in areas]
        step = 1 + round(nr * (CLASSES - 1) / max(1, len(limits)))
        made = Class(f"k{step}", _limits(min(inside), max(inside)), len(areas))
        classes.append(made)
        of_area |= dict.fromkeys(areas, made)
    empty = [area for area in shapes if area not in shown]
    parts = [(made.kind, [a for a in shapes if of_area.get(a) is made]) for made in classes] + [("k0", empty)]
    drawn = "".join(f'<path class="{kind}" d="{"".join(shapes[a] for a in areas)}"/>' for kind, areas in parts if areas)
    return AreaMap(Markup(drawn), classes[::-1], of_area, len(empty))  # noqa: S704 -- our own shapes


def _fifths(ordered: list[Decimal]) -> list[Decimal]:
    return sorted({ordered[len(ordered) * i // CLASSES] for i in range(1, CLASSES)} - {ordered[0]})


def _limits(low: Decimal, high: Decimal) -> str:
    return digits(low) if low == high else f"{digits(low)} tot {digits(high)}"
