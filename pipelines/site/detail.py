"""The detail of a subject on its pages: the parts of the city, the months, and who or what is counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.site import words
from pipelines.site.charts import Dot, Line, bar, line_chart
from pipelines.site.numbers import MONTHS, measured, number
from pipelines.site.read_detail import Inside, Point, Split
from pipelines.site.read_release import Place, ReleaseFigures, Row

LEVELS = {
    "statsec": "statistische sectoren",
    "wijk": "wijken",
    "deelgemeente": "deelgemeenten",
    "gemeente": "gemeenten",
}
DIMENSIONS = {
    "leeftijd_van": "leeftijd",
    "leeftijdsklasse": "leeftijd",
    "huishoudgrootte": "grootte van het huishouden",
    "huishoudtype": "type huishouden",
    "wagenklasse": "aantal wagens",
}
OLDEST = 100  # a class of ages up to here has no end
MONTHS_IN_TABLE = 13  # a year, and the month that the newest is compared with


@dataclass(frozen=True)
class SplitRow:
    """One class of a cube: its name, its value, its share of all classes, and the bar of that."""

    name: str
    text: str
    valued: bool
    share: str
    mark: Markup


def parts_within(figures: ReleaseFigures, place: Place, topic: Row) -> list[dict[str, Any]]:
    """Per level the parts of the city, the highest first, with the highest and the lowest in words."""
    return [
        _inside(found, figures, topic) for found in figures.detail.inside.get((place.gebied, topic["onderwerp"]), [])
    ]


def _inside(found: Inside, figures: ReleaseFigures, topic: Row) -> dict[str, Any]:
    series, year = re.fullmatch(r"([a-z]+?)(\d*)", found.level).groups()  # type: ignore[union-attr]
    valued = [(name, p.waarde) for _, name, p in found.parts if p.waarde is not None]

    def told(name: str, value: float) -> str:
        return f"{name} ({measured(value, topic['afronding'], topic['eenheid'])})"

    return {
        "level": LEVELS[series] + (f", indeling van {year}" if year else ""),
        "id": found.level,
        "period": found.period,
        "parts": len(found.parts),
        "highest": told(*valued[0]),
        "lowest": told(*valued[-1]) if len(valued) > 1 else "",
        "rows": [
            (
                name,
                code,
                number(p.waarde, topic["afronding"]) if p.waarde is not None else words.missing(p, figures),
                p.waarde is not None,
            )
            for code, name, p in found.parts
        ],
    }


def months(figures: ReleaseFigures, place: Place, topic: Row) -> dict[str, Any] | None:
    """The last months as a line, and the newest of them as a table."""
    points = figures.detail.months.get((place.gebied, topic["onderwerp"]), [])
    dots = [Dot(p.jaar, p.waarde) for p in points if p.waarde is not None]
    if not dots:
        return None
    first, last = month(dots[0].year), month(dots[-1].year)
    ends = [measured(d.value, topic["afronding"], topic["eenheid"]) for d in (dots[0], dots[-1])]
    said = f"Lijn per maand van {place.naam}: {ends[0]} in {first}, {ends[1]} in {last}. De tabel geeft de laatste."
    chart = line_chart([Line(place.naam, "own", dots)], topic["afronding"], said, month) if len(dots) > 1 else None
    rows = [
        (month(p.jaar), _value(p, topic, figures), p.waarde is not None) for p in points[: -MONTHS_IN_TABLE - 1 : -1]
    ]
    return {"chart": chart, "rows": rows, "points": points}


def month(nr: int) -> str:
    """A month by its number since the year 0: `juli 2025`."""
    return f"{MONTHS[nr % 12]} {nr // 12}"


def splits(figures: ReleaseFigures, place: Place, topic: Row) -> list[dict[str, Any]]:
    """The subject by each characteristic that a cube has of it."""
    found = figures.detail.splits.get((place.gebied, topic["onderwerp"]), [])
    return [
        {
            "by": DIMENSIONS.get(split.dimension, split.dimension),
            "id": split.dimension,
            "period": split.period,
            "cube": split.cube,
            "rows": _split_rows(split, topic),
        }
        for split in found
        if split.cube in figures.topics
    ]


def _split_rows(split: Split, topic: Row) -> list[SplitRow]:
    total = sum(value or 0.0 for _, value, _ in split.classes)
    whole = total > 0 and all(value is not None for _, value, _ in split.classes)
    rows = []
    for of, value, status in sorted(split.classes, key=lambda c: _order(c[0])):
        share = value / total if whole and value is not None else None
        rows.append(
            SplitRow(
                class_name(of),
                number(value, topic["afronding"]) if value is not None else words.STATUSES[status],
                value is not None,
                f"{number(100 * share, 1)}\u00a0%" if share is not None else "–",
                bar(share) if share is not None else Markup(""),
            )
        )
    return rows


def _order(of: Sequence[Any]) -> tuple[bool, bool, int, str]:
    """Ages and sizes by their number, words after them by their letters, and what is unknown last."""
    digits = re.match(r"\d+", str(of[0]))
    return (of[0] in ("onbekend", "ander"), digits is None, int(digits[0]) if digits else 0, str(of[0]))


def class_name(of: Sequence[Any]) -> str:
    """A class as a reader calls it: `18 tot 64 jaar`, `3 of meer`, `niet belg`."""
    if len(of) == 2:
        return f"{of[0]} jaar en ouder" if of[1] >= OLDEST else f"{of[0]} tot {of[1]} jaar"
    text = str(of[0])
    if ages := re.fullmatch(r"(\d+)(?:-(\d+)|\+)", text):
        return f"{ages[1]} tot {ages[2]} jaar" if ages[2] else f"{ages[1]} jaar en ouder"
    if more := re.fullmatch(r"(\d+)p", text):
        return f"{more[1]} of meer"
    return text.replace("_", " ")


def _value(point: Point, topic: Row, figures: ReleaseFigures) -> str:
    if point.waarde is None:
        return words.missing(point, figures)
    return number(point.waarde, topic["afronding"]) + (" (voorlopig)" if point.voorlopig else "")
