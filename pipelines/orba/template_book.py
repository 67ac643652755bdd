"""The workbook in which people of a city fill in what they follow: what is known stands in it, with lists, checks and
explanations, and the version that it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines.orba.handed_in import STAMP, given_columns, title_of
from pipelines.orba.merging import KEY, REMOVE
from pipelines.orba.plan import ELEMENTS, OWN, SHAPES, Element, Plan, Row, columns_of, is_told, type_of
from pipelines.orba.references import CityFigures

LISTS = "Lijsten"
FREE = 500  # rows below those that are filled in which have lists and checks too
WIDE = {KEY: 34, "titel": 40, "omschrijving": 50, "toelichting": 40, "onderdeel": 34, "indicator": 34, "naam": 30}
FORMATS = {date: "dd/mm/yyyy", Decimal: "#,##0.00", float: "General", int: "0"}
EXPLAINED = (
    "Vul aan wat u weet; laat leeg wat u niet weet. Geef het bestand terug met: obmi drop orba_{stad} BESTAND",
    "Grijze cellen komen uit het meerjarenplan. Wat u daarin verandert wordt niet overgenomen; u krijgt het te lezen.",
    "Een nieuwe rij: laat de sleutel leeg. Een rij wissen: zet ja in de laatste kolom. Een rij weghalen wist niets.",
    "Bij onderdeel en indicator mag u ook een code, titel of naam schrijven, als er maar één zo heet.",
    "Een doel of actie volgen: voeg in Indicatoren een rij toe met een onderwerp van de lijst, of zonder onderwerp en "
    "met een naam voor een eigen maat. Zet in Streefwaarden waar het naartoe moet en wanneer.",
    "Kolommen mogen van plaats wisselen. Verandert iemand anders intussen dezelfde cel, dan blijft die staan en krijgt "
    "u beide te lezen.",
)


def write_template(path: Path, plan: Plan, figures: CityFigures, naam: str) -> None:
    """Write the workbook of a city's plan as it is now."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": f"Opvolging bestuursakkoord {naam}", "created": datetime(2026, 1, 1, tzinfo=UTC)})
        looks = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "told": book.add_format({"bg_color": "#E7E6E6", "valign": "top"}),
            "own": book.add_format({"valign": "top"}),
        }
        _explain(book, plan, naam, looks)
        lists = {
            **{name: list(plan.rows.get(name, {})) for name in (*ELEMENTS, "indicator")},
            "onderdeel": [*plan.elements],
            "onderwerp": list(figures.topics),
            "gebiedsniveau": sorted({level for level, _ in figures.areas}),
        }
        sheets = {table: book.add_worksheet(title_of(table)) for table in SHAPES}
        places = _write_lists(book, lists, plan, figures)
        for table, sheet in sheets.items():
            _fill(book, sheet, table, plan, looks, places)
        stamp = book.add_worksheet(STAMP)
        for number, (name, value) in enumerate((("stad", plan.stad), ("versie", plan.versie))):
            stamp.write(number, 0, name)
            stamp.write(number, 1, value)
        stamp.very_hidden()


def _explain(book: xlsxwriter.Workbook, plan: Plan, naam: str, looks: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet("Uitleg")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 70)
    sheet.write(0, 0, f"Opvolging van het bestuursakkoord: {naam}, versie {plan.versie} van het plan", looks["head"])
    for number, text in enumerate(EXPLAINED, 2):
        sheet.merge_range(number, 0, number, 2, text.format(stad=plan.stad), wrapped)
        sheet.set_row(number, 32)
    line = len(EXPLAINED) + 3
    for table in SHAPES:
        sheet.write(line, 0, title_of(table), looks["head"])
        sheet.write(line, 1, (SHAPES[table].__doc__ or "").partition(": ")[2], looks["head"])
        line += 1
        for name in given_columns(table):
            sheet.write(line, 0, name)
            sheet.write(line, 1, _meaning(table, name), wrapped)
            line += 1


def _meaning(table: str, name: str) -> str:
    if name == REMOVE:
        return "ja om de rij te wissen."
    said = columns_of(table)[name].metadata
    return said["meaning"] + (" Verplicht." if said.get("needed") and name != KEY else "")


def _write_lists(
    book: xlsxwriter.Workbook, lists: Mapping[str, Sequence[str]], plan: Plan, figures: CityFigures
) -> dict[str, str]:
    """The lists, each beside what its values are called; where each stands."""
    sheet = book.add_worksheet(LISTS)
    places, titles = {}, {key: row.titel for key, row in plan.elements.items()} | figures.topics
    titles |= {row.sleutel: row.naam or row.onderwerp for row in plan.of("indicator")}
    for number, (name, values) in enumerate(lists.items()):
        column = 2 * number
        sheet.write(0, column, name)
        sheet.write(0, column + 1, "naam")
        sheet.set_column(column, column + 1, 30)
        for line, value in enumerate(values, 1):
            sheet.write(line, column, value)
            sheet.write(line, column + 1, titles.get(value, ""))
        if values:
            letter = xlsxwriter.utility.xl_col_to_name(column)
            places[name] = f"={LISTS}!${letter}$2:${letter}${len(values) + 1}"
    return places


def _fill(
    book: xlsxwriter.Workbook, sheet: Any, table: str, plan: Plan, looks: Mapping[str, Any], places: Mapping[str, str]
) -> None:
    rows, names = plan.of(table), given_columns(table)
    last = len(rows) + FREE
    sheet.freeze_panes(1, 2 if table in ELEMENTS else 1)
    for number, name in enumerate(names):
        sheet.write(0, number, name, looks["head"])
        sheet.write_comment(0, number, _meaning(table, name))
        kind = str if name == REMOVE else type_of(table, name)
        look = book.add_format({"valign": "top", "num_format": FORMATS.get(kind, "@")})
        told = book.add_format({"valign": "top", "num_format": FORMATS.get(kind, "@"), "bg_color": "#E7E6E6"})
        sheet.set_column(number, number, WIDE.get(name, 16), look)
        for line, row in enumerate(rows, 1):
            _write(sheet, line, number, getattr(row, name, None), told if _is_fixed(plan, row, name) else look)
        if rule := _rule(table, name, places):
            sheet.data_validation(1, number, last, number, rule)
    sheet.autofilter(0, 0, max(len(rows), 1), len(names) - 1)


def _is_fixed(plan: Plan, row: Row, name: str) -> bool:
    """True for a cell that the report fills in."""
    about = row if isinstance(row, Element) else plan.elements.get(getattr(row, "onderdeel", ""))
    reported = about is not None and about.herkomst != OWN and (about is row or row.table == "bedrag")
    return name == KEY or (name != REMOVE and reported and is_told(row.table, name))


def _write(sheet: Any, line: int, column: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(line, column, None, look)
    elif isinstance(value, bool):
        sheet.write_string(line, column, "ja" if value else "nee", look)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), look)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, column, float(value), look)
    else:
        sheet.write_string(line, column, value, look)


def _rule(table: str, name: str, places: Mapping[str, str]) -> dict[str, Any] | None:
    """What Excel lets somebody fill in; the lists warn only, since a code or a title will do as well."""
    if name == KEY:
        return None
    warned = {"error_type": "warning", "error_title": "Niet in de lijst"}
    if name == REMOVE:
        return {"validate": "list", "source": ["ja"]}
    said, kind = columns_of(table)[name].metadata, type_of(table, name)
    if said["choices"]:
        return {"validate": "list", "source": list(said["choices"])}
    if kind is bool:
        return {"validate": "list", "source": ["ja", "nee"]}
    if listed := places.get(said["of"] or name):
        return {"validate": "list", "source": listed, **warned}
    if kind is date:
        between = {"minimum": date(2000, 1, 1), "maximum": date(2100, 12, 31)}
        return {
            "validate": "date",
            "criteria": "between",
            **between,
            "error_message": "Schrijf een dag als 31/12/2027.",
        }
    if kind in (float, Decimal, int):
        wide = {"minimum": -1e15, "maximum": 1e15}
        return {"validate": "decimal", "criteria": "between", **wide, "error_message": "Schrijf een getal."}
    return None
