"""What people hand over of a plan, a workbook or YAML, as rows of cells that each say where they stand."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelines.home import Problem
from pipelines.ingest.read.archive import refuse_unsafe_workbook
from pipelines.orba.cells import Formula
from pipelines.orba.merging import KEY, REMOVE, GivenRow
from pipelines.orba.plan import SHAPES, columns_of

STAMP = "Versie"  # the sheet that says whose plan a workbook holds, and which version
LAST_HEADER = 10  # somebody may have put rows above the names of the columns
NOT_GIVEN = {"zoals_gemeld", "volgorde", "herkomst"}  # follow from the report and from who adds a row


class HandedInError(Problem):
    """A file that cannot be read as a plan: one sentence with what, where and what to do."""


@dataclass
class HandedIn:
    """The rows of a file, the version of the plan that it was made from, the tables that it holds whole, and what of it
    could not be read and why."""

    rows: list[GivenRow] = field(default_factory=list)
    versie: int | None = None
    whole: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    named: bool = False


def title_of(table: str) -> str:
    """What the sheet of a table is called."""
    return (SHAPES[table].__doc__ or "").partition(":")[0]


def given_columns(table: str) -> list[str]:
    """The columns of a table that people see."""
    return [*(name for name in columns_of(table) if name not in NOT_GIVEN), REMOVE]


def read_handed_in(path: Path, name: str, stad: str) -> HandedIn:
    """The rows of a workbook or of YAML for the plan of a city. Raises HandedInError."""
    with path.open("rb") as stream:
        is_book = stream.read(2) == b"PK"
    return _read_book(path, name, stad) if is_book else _read_yaml(path, name, stad)


def _read_book(path: Path, name: str, stad: str) -> HandedIn:
    import openpyxl  # slow, and a refresh reads no workbook with it

    refuse_unsafe_workbook(path, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))  # a path without .xlsx it refuses
    except Exception as err:  # (whatever is wrong with it, it is told in one sentence)
        raise HandedInError(
            f"{name} kan niet geopend worden als werkboek ({err}); bewaar het opnieuw als .xlsx"
        ) from err
    found = HandedIn(versie=_stamp(book, name, stad))
    titles = {title_of(table).casefold(): table for table in SHAPES}
    sheets = {sheet.title.strip().casefold(): sheet for sheet in book.worksheets}
    for title, table in titles.items():
        if title in sheets:
            _read_sheet(sheets[title], table, found)
        else:
            found.refused.append(f"{title_of(table)}: het werkblad ontbreekt; er is niets van gewijzigd")
    return found


def _stamp(book: Any, name: str, stad: str) -> int:
    again = f"haal een nieuw met obmi orba sjabloon --city {stad}"
    if STAMP not in book.sheetnames:
        raise HandedInError(
            f"{name}: het verborgen werkblad {STAMP} ontbreekt, dus is niet bekend waarvan het uitgaat; {again}"
        )
    sheet = book[STAMP]
    whose, version = sheet["B1"].value, sheet["B2"].value
    if whose != stad:
        raise HandedInError(f"{name} is een werkboek van {whose} en niet van {stad}; {again}")
    if not isinstance(version, int):
        raise HandedInError(f"{name}: de versie in werkblad {STAMP} is geen getal; {again}")
    return version


def _read_sheet(sheet: Any, table: str, found: HandedIn) -> None:
    lines = list(sheet.iter_rows())
    heads = next((i for i, line in enumerate(lines[:LAST_HEADER]) if KEY in map(_head, line)), None)
    if heads is None:
        found.refused.append(f"{sheet.title}: geen rij met de kolom {KEY}; er is niets van gelezen")
        return
    known, columns = given_columns(table), {}
    counted = Counter(map(_head, lines[heads]))
    for cell in lines[heads]:
        head = _head(cell)
        if head in known and counted[head] == 1:
            columns[cell.column] = head
        elif any(line[cell.column - 1].value is not None for line in lines[heads + 1 :]):
            why = "staat er twee keer" if head in known else f"is niet bekend{_nearest(head, known)}"
            found.refused.append(f"{sheet.title}!{cell.coordinate}: kolom ‘{head}’ {why}; er is niets van gelezen")
    for gone in (name for name in known if name not in counted):
        found.refused.append(f"{sheet.title}: kolom ‘{gone}’ ontbreekt; er is niets aan gewijzigd")
    for line in lines[heads + 1 :]:
        cells = {
            columns[cell.column]: (f"{sheet.title}!{cell.coordinate}", _given(cell))
            for cell in line
            if cell.column in columns
        }
        found.rows.append(GivenRow(table, f"{sheet.title}!{line[0].row}", cells))
    if KEY in columns.values():
        found.whole.append(table)


def _head(cell: Any) -> str:
    return str(cell.value or "").strip().casefold()


def _given(cell: Any) -> Any:
    if cell.data_type != "f":
        return cell.value
    written = str(cell.value)
    if written in ("=TRUE()", "=FALSE()"):  # so LibreOffice writes true and false, and =#N/A an error
        return written == "=TRUE()"
    return written[1:] if written.startswith("=#") else Formula(written)


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f" (bedoelde u {near[0]}?)" if near else ""


def _read_yaml(path: Path, name: str, stad: str) -> HandedIn:
    try:
        said = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as err:
        raise HandedInError(
            f"{name} is geen werkboek en geen YAML ({' '.join(str(err).split())}); verbeter het"
        ) from err
    if not isinstance(said, dict):
        raise HandedInError(f"{name} heeft geen tabellen; schrijf doel:, actie: … met daaronder rijen")
    if said.get("stad", stad) != stad:
        raise HandedInError(f"{name} is van {said['stad']} en niet van {stad}; geef het aan die stad")
    version = said.get("versie")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise HandedInError(f"{name}: versie is ‘{version}’; schrijf het nummer van de versie of laat het weg")
    found = HandedIn(versie=version, named=True)
    for table, rows in said.items():
        if table in ("stad", "versie"):
            continue
        if table not in SHAPES or not isinstance(rows, list):
            found.refused.append(
                f"{table}: is geen tabel met rijen{_nearest(str(table), [*SHAPES])}; er is niets van gelezen"
            )
            continue
        for number, row in enumerate(rows, 1):
            _read_entry(table, number, row, found)
    return found


def _read_entry(table: str, number: int, row: Any, found: HandedIn) -> None:
    place, known = f"{table}[{number}]", given_columns(table)
    if not isinstance(row, dict):
        found.refused.append(f"{place}: is geen rij; schrijf {{sleutel: …, kolom: waarde}}")
        return
    for key in row:
        if key not in known:
            found.refused.append(
                f"{place}.{key}: kolom is niet bekend{_nearest(str(key), known)}; er is niets van gelezen"
            )
    cells = {}
    for key, value in row.items():
        if key in known:
            listed = isinstance(value, list) and all(isinstance(v, str | int) for v in value)
            cells[key] = (f"{place}.{key}", "; ".join(map(str, value)) if listed else value)
    found.rows.append(GivenRow(table, place, cells))
