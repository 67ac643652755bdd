"""Workbooks (xlsx, xls): every sheet is read or known to be ignored, every cell becomes text."""

from __future__ import annotations

from pathlib import Path

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset
from pipelines.ingest.read.errors import EmptyFile, ParseError
from pipelines.ingest.read.sheets import DamagedWorkbook, read_sheets, sheet_names
from pipelines.ingest.read.table import Table, cell_text, joined, recognised, trimmed, typed_table, unknown_header


def read(spec: Dataset, path: Path, name: str, forms: list[Format]) -> list[Table]:
    """The sheets of a workbook as tables. Raises ParseError."""
    try:
        there = sheet_names(path)
        known = [f for f in forms if _has_sheets(f, there)]
        if not known:
            raise _unknown_sheets(name, forms, there)
        sheets = read_sheets(path, known[0].sheets or there)
    except DamagedWorkbook as err:
        raise ParseError(f"{name} is a damaged workbook ({err}); ask {spec.uitgever} for it again") from err
    return [_sheet(spec, name, sheet, cells, known) for sheet, cells in sheets.items()]


def _has_sheets(form: Format, names: list[str]) -> bool:
    return set(names) == {*form.sheets, *form.ignored_sheets} if form.sheets else len(names) == 1


def _unknown_sheets(name: str, forms: list[Format], names: list[str]) -> ParseError:
    form = min(forms, key=lambda f: len({*f.sheets, *f.ignored_sheets} ^ set(names)))
    known = {*form.sheets, *form.ignored_sheets}
    gone, new = sorted(known - set(names)), sorted(set(names) - known)
    return ParseError(f"{name}: sheets missing {gone}, sheets unknown {new}; name the new ones in the source's formats")


def _sheet(spec: Dataset, name: str, sheet: str, cells: list[list[object]], forms: list[Format]) -> Table:
    seen = [(form, _header(cells, form)) for form in forms]
    number = recognised(spec, seen)
    if number is None:
        raise unknown_header(spec, f"{name}, sheet {sheet}", forms[0].header_row, seen)
    return _table(name, sheet, cells, *seen[number])


def _header(cells: list[list[object]], form: Format) -> list[str]:
    rows = [[cell_text(c) for c in row] for row in cells[form.header_row - 1 : _before(form)]]
    header = joined([[trimmed(h) for h in row] if form.trim else row for row in rows])
    while header and not header[-1]:
        header.pop()
    return header


def _before(form: Format) -> int:
    """How many rows stand before the data."""
    return form.header_row + form.header_rows - 1


def _table(name: str, sheet: str, cells: list[list[object]], form: Format, header: list[str]) -> Table:
    first, width = _before(form) + 1, len(header)
    rows = cells[first - 1 :]
    while rows and not any(c != "" for c in rows[-1]):
        rows.pop()
    if not rows:
        raise EmptyFile(f"{name}, sheet {sheet} has a header and no rows; ask for the complete file")
    columns = list(zip(*rows, strict=True))
    for beside in columns[width:]:
        if row := next((n for n, c in enumerate(beside, first) if c != ""), None):
            raise ParseError(
                f"{name}, sheet {sheet}, row {row}: a cell stands beside the columns of the header; "
                "take it out or give its column a name"
            )
    text = typed_table(header, columns[:width], form.decimal)
    return Table(name, form, header, cells=text, sheet=sheet, first_row=first)
