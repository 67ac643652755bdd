"""The workbook that tells Swing what subjects and dimensions are, before their figures are read in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

FIELDS = ("Indicator code", "Name", "Description", "Unit", "Source", "Aggregation indicator", "Formula", "Data type")
FIELDS += ("Periode type", "Geo type", "Visible", "Threshold value", "Threshold indicator", "Aggregate geoitems")
FIELDS += ("Aggregate periods", "Footnote", "Free textfield", "Cube", "Protected", "RoundOff")
SHARES, MEANS = ("percentage", "ratio"), ("gemiddelde", "mediaan")
SUMS = ("som", "afgeleid", "punten")
LONGEST_SHEET = 31
RATE = re.compile(r"per ([\d.]+)")


def write_book(
    path: Path, topics: Iterable[Mapping[str, Any]], dimensions: Mapping[str, tuple[str, Sequence[str]]]
) -> None:
    """A sheet of subjects, and where there are cubes those of their dimensions, of the levels of these, and one with
    the items of each level. A dimension goes by its code, with its name and its items."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        _fill(book, "Indicator", FIELDS, (indicator(topic).values() for topic in topics))
        if dimensions:
            _fill(book, "Dimensions", ("Dimensiecode", "Naam"), ((c, name) for c, (name, _) in dimensions.items()))
            levels = ((code, name, code) for code, (name, _) in dimensions.items())
            _fill(book, "Dimension levels", ("Dimensieniveaucode", "Naam", "Dimensiecode"), levels)
        for code, (_, items) in dimensions.items():
            rows = ((item, item, number) for number, item in enumerate(items, 1))
            _fill(book, code[:LONGEST_SHEET], ("Itemcode", "Naam", "Volgnr"), rows)


def indicator(topic: Mapping[str, Any]) -> dict[str, Any]:
    """A subject as a row of Swing's table of indicators, by its row of mart.onderwerp."""
    rate, kind = topic["aggregatie"] == "ratio", topic["soort"]
    share, mean = rate or kind in SHARES, kind in MEANS
    factor = "" if topic["factor"] in (None, 1) else f"*{topic['factor']:g}"
    values = {
        "Indicator code": topic["onderwerp"],
        "Name": topic["naam"],
        "Description": topic["omschrijving"],
        "Unit": _unit(topic["eenheid"]),
        "Source": topic["bron"],
        "Aggregation indicator": topic["noemer"] if rate else None,
        "Formula": f"{topic['teller']}/{topic['noemer']}{factor}" if rate else None,
        "Data type": "Mean" if mean else "Percentage (sum)" if share else "Numeric",
        "Periode type": "Stock" if share or mean or topic["periodesoort"] == "stand" else "Pending",
        "Geo type": "Enkelvoudig",
        "Visible": 1,
        "Threshold value": topic["drempel"],
        "Threshold indicator": topic["teller"] if rate and topic["drempel"] else None,
        "Aggregate geoitems": int(rate or topic["aggregatie"] in SUMS),
        "Aggregate periods": int(topic["periodesoort"] == "lopend" and topic["aggregatie"] in SUMS),
        "Footnote": topic["voetnoot"],
        "Free textfield": f"{topic['uploader']}_{topic['controleur']}",
        "Cube": int(kind == "kubus"),
        "Protected": 0,
        "RoundOff": 10.0 ** -topic["afronding"],
    }
    return {field: values[field] for field in FIELDS}


def _unit(unit: str) -> str:
    """A unit by the name that it has there: p for a percentage, ratio_1000 for so many per 1.000."""
    if found := RATE.fullmatch(unit):
        return f"ratio_{found[1].replace('.', '')}"
    return {"%": "p", "‰": "promille"}.get(unit, unit)


def _fill(book: xlsxwriter.Workbook, title: str, heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    sheet = book.add_worksheet(title)
    for number, row in enumerate([heads, *rows]):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell)
