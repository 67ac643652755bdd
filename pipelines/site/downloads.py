"""What a visitor takes along: the figures of a subject for a spreadsheet, with source and licence in every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

import xlsxwriter

from pipelines.site import words
from pipelines.site.escaped import cleaned
from pipelines.site.numbers import comma
from pipelines.site.read_release import FLANDERS, TOGETHER, Place, Point, ReleaseFigures, Row

COLUMNS = ("onderwerp", "naam", "gebied", "gebiedsnaam", "periode", "waarde", "eenheid", "status", "reden")
COLUMNS += ("ondergrens", "bovengrens", "bron", "licentie")
IN_BOOK = ("onderwerp", "naam", "gebiedsnaam", "periode", "waarde", "eenheid", "status", "ondergrens", "bovengrens")
ABOUT = ("onderwerp", "naam", "eenheid", "omschrijving", "bron", "licentie", "voetnoot")
ALWAYS = datetime(2020, 1, 1)
LONGEST = 32_767  # characters that a cell may hold
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
    cite, licence = words.cited(topic, figures)
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


def workbook(figures: ReleaseFigures, topics: Sequence[Row], rows: Sequence[Cells]) -> bytes:
    """The figures of these subjects as XLSX, numbers as numbers and texts as texts, and on a second sheet what each
    subject is, where it comes from and under which licence. The same figures give the same bytes."""
    out = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **texts})
    book.set_properties({"created": ALWAYS})
    bold = book.add_format({"bold": True})
    described = [
        [t["onderwerp"], t["naam"], t["eenheid"], t["omschrijving"], *words.cited(t, figures), t["voetnoot"]]
        for t in topics
    ]
    kept = [COLUMNS.index(column) for column in IN_BOOK]
    figure_cells = [[row[i] for i in kept] for row in rows]
    for title, heads, cells in (("cijfers", IN_BOOK, figure_cells), ("onderwerpen", ABOUT, described)):
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(cells)), len(heads) - 1)
        sheet.set_column(0, len(heads) - 1, 18)
        sheet.write_row(0, 0, heads, bold)
        for nr, row in enumerate(cells, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, float):
                    sheet.write_number(nr, column, cell)
                elif cell:
                    sheet.write_string(nr, column, cleaned(cell)[:LONGEST])
    book.close()
    return out.getvalue()


def _text(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(FORMULA) else text
