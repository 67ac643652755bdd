"""What a visitor takes along: the figures of a subject for a spreadsheet, with source and licence in every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from pipelines.site import words
from pipelines.site.numbers import comma
from pipelines.site.read_release import FLANDERS, TOGETHER, Place, Point, ReleaseFigures, Row

COLUMNS = ("onderwerp", "naam", "gebied", "gebiedsnaam", "periode", "waarde", "eenheid", "status", "reden")
COLUMNS += ("ondergrens", "bovengrens", "bron", "licentie")
Cells = list[str | float | None]  # of one row
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by a spreadsheet


def by_year(figures: ReleaseFigures, place: Place, topic: Row) -> list[Cells]:
    """Every yearly figure of the area, the thirteen together and Flanders; of the thirteen every city."""
    areas = [place.gebied, TOGETHER, FLANDERS]
    if place.gebied == TOGETHER:
        areas += [figures.area(city) for city in figures.cities]
    series = {area: figures.series.get((area, topic["onderwerp"]), []) for area in areas}
    return figure_rows(figures, topic, series)


def figure_rows(figures: ReleaseFigures, topic: Row, series: Mapping[str, Sequence[Point]]) -> list[Cells]:
    """The rows of a download: per area its figures, as COLUMNS name them."""
    sources = [figures.sources[name] for name in words.source_names(topic) if name in figures.sources]
    cite = "; ".join(s["bronvermelding"] or s["titel"] for s in sources)
    licence = "; ".join(dict.fromkeys(s["licentie"] or "" for s in sources))
    code, name, unit = topic["onderwerp"], _text(topic["naam"]), _text(topic["eenheid"])
    rows: list[Cells] = []
    for area, points in series.items():
        called = _text(figures.names.get(area, area))
        for p in points:
            reason = _text(words.with_names(p.reden, figures)) if p.reden else ""
            figure = [p.periode, p.waarde, unit, p.status, reason, p.ondergrens, p.bovengrens]
            rows.append([code, name, area, called, *figure, _text(cite), _text(licence)])
    return rows


def csv_text(rows: Sequence[Cells]) -> str:
    """Rows as CSV: semicolons, decimal comma."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    lines.writerow(COLUMNS)
    lines.writerows([comma(cell) if isinstance(cell, float) else cell for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _text(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA) else text
