"""Files that are odd or damaged: read as their source declares, or refused with a sentence; never half, never guessed.

Everything here is made up.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable

import duckdb
import openpyxl
import pytest

from pipelines.ingest.read.errors import ParseError
from tests.unit.made import COLUMNS, Row, read, spec

Con = duckdb.DuckDBPyConnection
ROW = {"jaar": 2024, "gebied": "01000", "dag": dt.date(2024, 3, 1), "naam": "Liège", "aantal": 12, "bedrag": 3.5}
LINE = "2024;01000;2024-03-01;Liège;12;3.5\n"
HEADER = ";".join(COLUMNS) + "\n"


def csv(con: Con, content: bytes | str, **form: object) -> list[Row]:
    return read(con, spec("csv", **form), "proef.csv", content if isinstance(content, bytes) else content.encode())


def refused(con: Con, content: bytes | str, *said: str, **form: object) -> None:
    with pytest.raises(ParseError) as caught:
        csv(con, content, **form)
    assert len(str(caught.value).splitlines()) == 1
    for text in said:
        assert text in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(con: Con, encoding: str) -> None:
    assert csv(con, (HEADER + LINE).encode(encoding)) == [ROW]


def test_declared_encodings_are_verified(con: Con) -> None:
    text = HEADER + LINE
    assert csv(con, text.encode("cp1252"), encodings=["cp1252"]) == [ROW]
    assert csv(con, text.encode("cp1252"), encodings=["utf-8", "cp1252"]) == [ROW]
    assert csv(con, text.encode("utf-16"), encodings=["utf-16"]) == [ROW]
    refused(con, text.encode("cp1252"), "not UTF-8 as declared")
    refused(con, text.encode(), "is UTF-8 where the source declares Windows-1252", encodings=["cp1252"])
    refused(con, text.encode("utf-16")[:-1], "not UTF-16 as declared", encodings=["utf-16"])


@pytest.mark.parametrize("name", ["Liège", "Sint-Niklaas – ’t Hof", "Ieper œuvre", "België"])
def test_a_name_that_was_encoded_twice_is_refused(con: Con, name: str) -> None:
    twice = name.encode("utf-8").decode("cp1252").encode("utf-8")
    content = (HEADER + LINE).encode().replace("Liège".encode(), twice)
    refused(con, content, "row 2: the text was encoded twice", "ask for the original file")


def test_a_name_that_lost_its_characters_is_refused(con: Con) -> None:
    refused(con, HEADER + LINE.replace("è", "\ufffd"), "row 2: the text has lost characters", "Li\ufffdge")


def test_a_nul_is_refused(con: Con) -> None:
    refused(con, HEADER + LINE.replace("è", "\0"), "row 2: the text holds a NUL character")
    utf16 = (HEADER.replace("\n", "\r\n") + LINE).encode("utf-16")
    refused(con, utf16, "row 1: the text holds a NUL character", encodings=["cp1252"])


def test_a_quote_that_never_closes_is_refused_and_loses_no_row(con: Con) -> None:
    refused(con, HEADER + LINE.replace("Liège", '"Liège') + LINE * 3, "unterminated quote")


def test_a_row_with_a_cell_too_many_or_too_few_is_refused(con: Con) -> None:
    refused(con, HEADER + LINE + LINE.replace("12;", "12;12;"), "row 3: the row cannot be read (Expected Number of")
    refused(con, HEADER + LINE + LINE.replace("12;", ""), "row 3: the row cannot be read (Expected Number of")


def test_a_quote_before_the_header_is_refused_in_one_sentence(con: Con) -> None:
    refused(con, f'"{HEADER}{LINE}', "column jaar, gebied, dag, naam, aantal, bedrag is gone and column jaar;gebied")


def test_more_columns_without_a_name_than_a_table_has_are_refused(con: Con) -> None:
    few, many = ("".join(f"{line.rstrip()}{';' * n}\n" for line in (HEADER, LINE)) for n in (1000, 1001))
    assert csv(con, few) == [ROW]
    refused(con, many, "row 1: 1,001 columns without a name", "another delimiter")


def test_mixed_line_ends_are_refused(con: Con) -> None:
    refused(con, HEADER + LINE.replace("\n", "\r\n") + LINE, "the row cannot be read")


def test_a_cell_of_ten_megabytes_is_refused(con: Con) -> None:
    refused(
        con, HEADER + LINE.replace("Liège", "x" * 10_000_000) + LINE, "row 2: the row cannot be read (Maximum line size"
    )


@pytest.mark.parametrize(
    ("cell", "form", "value"),
    [
        ("1.234", {"decimal": ",", "thousands": "."}, 1234),
        ("1,234", {"decimal": ".", "thousands": ","}, 1234),
        ("1 234", {"decimal": ",", "thousands": " "}, 1234),
        ("1\u202f234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("1.234", {}, 1.234),
        ("1,234", {"decimal": ","}, 1.234),
        ("1.234,50", {"decimal": ",", "thousands": "."}, 1234.5),
    ],
)
def test_a_number_is_what_the_source_declares(con: Con, cell: str, form: dict, value: float) -> None:
    (row,) = csv(con, HEADER + LINE.replace(";3.5", f";{cell}").replace(";12;", ";0;"), **form)
    assert row["bedrag"] == value


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("1,234", {}),
        ("1.234,5", {}),
        ("1.23", {"decimal": ",", "thousands": "."}),
        ("12.34.567", {"decimal": ",", "thousands": "."}),
        ("1234.567", {"decimal": ",", "thousands": "."}),
        ("NaN", {}),
        ("inf", {}),
        ("-0", {}),
        ("-0.00", {}),
        ("1e", {}),
        ("0x10", {}),
        ("+5", {}),
        (" 5", {}),
        ("5%", {}),
        ("1_000", {}),
    ],
)
def test_a_number_in_another_way_is_refused_with_its_place(con: Con, cell: str, form: dict) -> None:
    refused(con, HEADER + LINE.replace(";3.5", f";{cell}"), f"row 2, column bedrag: '{cell}' is not number", **form)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: h.replace("aantal", "AANTAL"), "column aantal is gone and column AANTAL is unknown"),
        (lambda h: h.replace(";aantal", ""), "column aantal is gone"),
        (lambda h: h.replace("bedrag", "aantal"), "column aantal stands there twice"),
    ],
    ids=["renamed", "dropped", "twice"],
)
def test_a_header_that_is_not_known_is_refused(con: Con, change: Callable[[str], str], said: str) -> None:
    refused(con, change(HEADER) + LINE, "proef.csv, row 1", said)


def test_a_column_of_another_type_is_refused(con: Con) -> None:
    refused(con, HEADER + LINE.replace("2024;", "januari;"), "row 2, column jaar: 'januari' is not integer")


def workbook(change: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append([2024, "01000", dt.date(2024, 3, 1), "Liège", 12, 3.5])
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(con: Con, change: Callable[[openpyxl.Workbook], None]) -> list[Row]:
    return read(con, spec("xlsx", decimal=","), "proef.xlsx", workbook(change))


def test_a_workbook_is_read_as_declared(con: Con) -> None:
    assert xlsx(con, lambda book: None) == [ROW]


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("E2", "=6*2", "row 2, column aantal"),  # a formula that nobody computed has no value
        ("C2", 45352, "row 2, column dag: '45352' is not date"),  # a date as a serial number
        ("E2", dt.date(2024, 3, 1), "row 2, column aantal: '2024-03-01' is not integer"),  # 1.3 that became a date
        ("E2", True, "row 2, column aantal: 'true' is not integer"),
        ("H2", "los", "row 2: a cell stands beside the columns"),
        ("E2", 12.5, "row 2, column aantal: '12,5' is not integer"),
    ],
    ids=["formula", "serial", "date", "boolean", "beside", "fraction"],
)
def test_a_cell_of_another_type_is_refused(con: Con, cell: str, value: object, said: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.active[cell].value = value
        book.active[cell].number_format = "General" if isinstance(value, int) else book.active[cell].number_format

    if value == "=6*2":
        described = spec("xlsx", decimal=",")
        described = described.model_copy(update={"missing": {}})
        with pytest.raises(ParseError, match="row 2, column aantal"):
            read(con, described, "proef.xlsx", workbook(change))
        return
    with pytest.raises(ParseError, match=said):
        xlsx(con, change)


def test_a_cell_in_the_last_corner_of_a_sheet_ends_no_other_process_than_its_reader(con: Con) -> None:
    with pytest.raises(ParseError, match=r"proef\.xlsx is a damaged workbook \(its reader gave up: a cell may stand"):
        xlsx(con, lambda book: book.active.cell(1_048_576, 16_384, 1))


def test_hidden_rows_and_columns_are_data_like_any_other(con: Con) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        book.active.append([2025, "01000", dt.date(2025, 3, 1), "Liège", 13, 3.5])
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["E"].hidden = True

    assert [r["aantal"] for r in xlsx(con, hide)] == [12, 13]


def test_a_second_sheet_that_nobody_described_is_refused(con: Con) -> None:
    with pytest.raises(ParseError, match="sheets unknown"):
        xlsx(con, lambda book: book.create_sheet("verborgen"))


OFFICE = "http://schemas.openxmlformats.org"
SHARED_TEXTS = f'<sst xmlns="{OFFICE}/spreadsheetml/2006/main"><si><t>eerste</t></si><si><t>Liège</t></si></sst>'
SHARED_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
SHARED_PART = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED_KIND}"/></Types>'
SHARED_LINK = (
    f'<Relationship Id="rTekst" Type="{OFFICE}/officeDocument/2006/relationships/sharedStrings" '
    'Target="sharedStrings.xml"/></Relationships>'
)


def of_a_shared_text(index: str) -> bytes:
    """The workbook whose cell Liège says by its place in the list of texts what stands there."""
    changed = {
        "xl/worksheets/sheet1.xml": ('t="inlineStr"><is><t>Li&#232;ge</t></is>', f't="s"><v>{index}</v>'),
        "[Content_Types].xml": ("</Types>", SHARED_PART),
        "xl/_rels/workbook.xml.rels": ("</Relationships>", SHARED_LINK),
    }
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(lambda book: None))) as inside,
        zipfile.ZipFile(out, "w") as archive,
    ):
        archive.writestr("xl/sharedStrings.xml", SHARED_TEXTS)
        for name in inside.namelist():
            text = inside.read(name).decode().replace("è", "&#232;")  # with lxml there, openpyxl writes the number
            old, new = changed.get(name, ("", ""))
            assert text.count(old) == 1 or not old
            archive.writestr(name, text.replace(old, new) if old else text)
    return out.getvalue()


def test_a_shared_text_is_looked_up(con: Con) -> None:
    assert read(con, spec("xlsx", decimal=","), "proef.xlsx", of_a_shared_text("1")) == [ROW]


@pytest.mark.parametrize("index", ["1=cmd|'/c calc'!A0", "x", "-1", "1 ", "9" * 5000])
def test_a_shared_text_that_cannot_be_looked_up_is_refused(con: Con, index: str) -> None:
    """The library that reads workbooks takes the first text of the list in its place."""
    with pytest.raises(ParseError, match=r"sheet1\.xml has a cell whose text cannot be looked up"):
        read(con, spec("xlsx", decimal=","), "proef.xlsx", of_a_shared_text(index))


def test_merged_cells_leave_a_hole_that_is_refused(con: Con) -> None:
    def merge(book: openpyxl.Workbook) -> None:
        book.active.append([2025, "01000", dt.date(2025, 3, 1), "Liège", 13, 3.5])
        book.active.merge_cells("B2:B3")

    with pytest.raises(ParseError, match="row 3, column gebied"):
        xlsx(con, merge)


def test_names_in_two_rows_are_joined(con: Con) -> None:
    """A cell that is merged downwards has one name, one that is merged to the right stands above two others."""
    above, below = [*COLUMNS[:4], "2024", ""], ["", "", "", "", "aantal", "bedrag"]
    described = {c: c for c in COLUMNS[:4]} | {"2024 | aantal": "aantal", "2024 | bedrag": "bedrag"}
    text = "\n".join([";".join(above), ";".join(below), LINE])
    assert csv(con, text, header=described, header_rows=2) == [ROW]
    refused(con, text, "column aantal, bedrag is gone", header_rows=2)

    def second(book: openpyxl.Workbook) -> None:
        book.active.insert_rows(1)
        for number, name in enumerate(above, 1):
            book.active.cell(1, number, name)
            book.active.cell(2, number, below[number - 1])

    two = spec("xlsx", decimal=",", header=described, header_rows=2)
    assert read(con, two, "proef.xlsx", workbook(second)) == [ROW]


def test_an_archive_that_names_another_year_than_what_is_in_it_is_refused(con: Con) -> None:
    """A file of 2018 that somebody renamed to 2022 would be published under that year."""
    columns = {c: c for c in COLUMNS if c != "jaar"}
    described = spec("csv", header=columns, from_name={"jaar": r"_(\d{4})\."})
    lines = f"{';'.join(columns)}\n{LINE.removeprefix('2024;')}".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("PROEF_2024.csv", lines)
    assert read(con, described, "PROEF_2024.zip", packed.getvalue()) == [ROW]
    assert read(con, described, "opnieuw.zip", packed.getvalue()) == [ROW]
    with pytest.raises(ParseError, match="say jaar 2024 and 2026; look which it is"):
        read(con, described, "PROEF_2026.zip", packed.getvalue())


@pytest.mark.parametrize("name", ["PROEF_2026.csv", "PROEF_2022-2023.csv", "PROEF_2026_20240101.csv"])
def test_a_file_of_one_year_whose_name_says_another_is_refused(con: Con, name: str) -> None:
    """Its column of years tells what it holds; a date is when it was made."""
    text = f"{';'.join(COLUMNS)}\n{LINE}".encode()
    for right in ("2024", "2023-2024", "2024_20260101", "2026-11-28", "20261128"):
        assert read(con, spec("csv"), f"PROEF_{right}.csv", text) == [ROW]
    with pytest.raises(ParseError, match=r"its name says 20.*, and what is in it is of 2024; look which it is"):
        read(con, spec("csv"), name, text)


def test_the_name_of_a_file_of_more_years_may_say_when_it_was_published(con: Con) -> None:
    text = f"{';'.join(COLUMNS)}\n{LINE}\n{LINE.replace('2024', '2023')}".encode()
    assert len(read(con, spec("csv"), "PROEF_2026.csv", text)) == 2
