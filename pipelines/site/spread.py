"""A subject in all municipalities: on a map and in a table. The same in every website, so made once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.site import words
from pipelines.site.escaped import safe
from pipelines.site.map import AreaMap, area_map
from pipelines.site.numbers import measured, number, rounded
from pipelines.site.read_release import BESIDE, TOGETHER, VGC, Place, Point, ReleaseFigures, Row


@dataclass(frozen=True)
class Spread:
    """One subject in one period: the municipalities with their figures, their map, and the rows of their table."""

    period: str
    points: dict[str, Point]
    places: dict[str, int]  # the highest first
    map: AreaMap
    rows: Markup


def spread(figures: ReleaseFigures, topic: Row) -> Spread | None:
    """A subject in the municipalities, or None for a count, which on a map only shows where many people live, and where
    too few have a figure."""
    period, points = figures.everywhere.get(topic["onderwerp"], ("", {}))
    if topic["soort"] not in BESIDE:
        return None
    brussels = [p for p in figures.series.get((VGC, topic["onderwerp"]), []) if p.periode == period]
    values = {area: p.waarde for area, p in [*points.items(), *((VGC, p) for p in brussels)] if p.waarde is not None}
    drawn = area_map(values, topic["afronding"])
    if drawn is None:
        return None
    places = _places(points, topic["afronding"])
    rows = [(places.get(area), figures.names.get(area, area), *_cell(p, topic, figures)) for area, p in points.items()]
    rows.sort(key=lambda row: (row[0] is None, row[0] or 0, row[1]))
    return Spread(period, points, places, drawn, Markup("".join(_row(*row) for row in rows)))  # noqa: S704 -- escaped


def spread_facts(made: Spread, place: Place, topic: Row, cities: list[str]) -> dict[str, Any]:
    """The map and its words for one website."""
    outlined = cities if place.gebied == TOGETHER else [place.gebied]
    own = made.map.of_area.get(place.gebied)
    said = f"Kaart van Vlaanderen in {made.period}. "
    if own is not None:
        nr = made.map.classes.index(own)
        which = words.nth_highest(nr + 1) if own is not made.map.classes[-1] else "laagste"
        said += f"{place.naam} hoort bij de {which} klasse: {own.said}. "
    said += "De klassen staan eronder in woorden, elke gemeente met haar cijfer in een tabel."
    point, rank = made.points.get(place.gebied), made.places.get(place.gebied)
    return {
        "map": made.map.around(outlined, said),
        "map_period": made.period,
        "classes": made.map.classes,
        "without": made.map.without,
        "outlined": "De centrumsteden zijn" if place.gebied == TOGETHER else f"{place.naam} is",
        "own_value": measured(point.waarde, topic["afronding"], topic["eenheid"])
        if point and point.waarde is not None
        else "",
        "own_place": f"{words.nth_highest(rank)} van {len(made.places)} gemeenten" if rank else "",
        "rows": made.rows,
    }


def _places(points: dict[str, Point], decimals: int) -> dict[str, int]:
    """The place of every area with a figure, the highest first; those that look equal share one."""
    shown = {area: rounded(p.waarde, decimals) for area, p in points.items() if p.waarde is not None}
    ordered = sorted(shown.values(), reverse=True)
    first = {value: nr for nr, value in reversed(list(enumerate(ordered, 1)))}
    return {area: first[value] for area, value in shown.items()}


def _row(place: int | None, name: str, said: str, valued: bool) -> str:
    """A row of the table; a template takes five times as long for the thirty thousand of them."""
    kind = "n" if valued else "n leeg"
    return (
        f'<tr><td class="n">{place or "–"}</td><th scope="row">{safe(name)}</th>'
        f'<td class="{kind}">{safe(said)}</td></tr>\n'
    )


def _cell(point: Point, topic: Row, figures: ReleaseFigures) -> tuple[str, bool]:
    """A figure, or why there is none, and whether there is one."""
    if point.waarde is None:
        return words.missing(point, figures), False
    return number(point.waarde, topic["afronding"]) + (" (voorlopig)" if point.voorlopig else ""), True
