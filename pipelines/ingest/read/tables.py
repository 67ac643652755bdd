"""Open what a publisher sends: see what it is by its bytes, recognise the generation by its header, and hand over
tables of text cells."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.ingest.read import archive, delimited, own_table
from pipelines.ingest.read.errors import EmptyFile, OtherHeader, ParseError
from pipelines.ingest.read.table import Table

HTML = re.compile(rb"^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)", re.IGNORECASE)
ZIP, GZIP, OLE, SQLITE, PARQUET = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"SQLite format 3\0", b"PAR1"
JSON_KINDS = ("json", "geojson", "arcgis", "jsonstat", "sos")


def open_tables(
    spec: Dataset, files: list[tuple[Path, str]], tmp: Path, arrived: datetime | None = None
) -> list[Table]:
    """The tables of files that belong together, in order. Raises ParseError with one sentence.

    `files` are the bytes with the publisher's file name; `tmp` takes what is unpacked; `arrived` is when they came
    in, now where it is not told.
    """
    moment = arrived or now()
    opened = [t for number, (path, name) in enumerate(files) for t in _open(spec, path, name, tmp, f"{number}")]
    tables = [replace(t, arrived=moment) for t in opened]
    _all_codes(spec, tables)
    return tables


def _open(spec: Dataset, path: Path, name: str, tmp: Path, place: str) -> list[Table]:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise EmptyFile(f"{name} is empty; ask {spec.uitgever} for the file again")
    if HTML.match(head):
        raise ParseError(
            f"{name} is a web page and not data; download the file itself from {spec.pagina} and hand it over again"
        )
    if head.startswith(GZIP) or (head.startswith(ZIP) and not is_workbook(path)):
        return _unpacked(spec, path, name, tmp, place)
    kinds = kinds_of(head)
    described = [*spec.formats, *([own_table.form(spec)] if spec.voorbeeld else [])]
    forms = [f for f in described if f.kind in kinds]
    if not forms:
        known = ", ".join(sorted({f.kind for f in described}))
        raise ParseError(f"{name} is {kinds[0]} by its content, where {spec.id} knows {known}; hand over such a file")
    if kinds[0] == "xlsx":
        from pipelines.ingest.read import workbook

        if head.startswith(ZIP):
            archive.refuse_unsafe_workbook(path, name)
        return workbook.read(spec, path, name, forms)
    if kinds[0] == "csv":
        return [delimited.read(spec, path, name, forms, tmp)]
    from pipelines.ingest.read import structured

    return structured.read(spec, path, name, forms)


def _unpacked(spec: Dataset, path: Path, name: str, tmp: Path, place: str) -> list[Table]:
    folder = tmp / f"unpacked-{place}"
    folder.mkdir()
    patterns = [f.member for f in spec.formats if f.member]
    members = archive.members(path, name, folder, "|".join(f"(?:{p})" for p in patterns) or None)
    return [
        table
        for number, member in enumerate(members)
        for table in _open(spec, member.path, f"{name}/{member.name}", tmp, f"{place}-{number}")
    ]


def is_workbook(path: Path) -> bool:
    """True for a zip that is an Office document; a damaged one is told by who unpacks it."""
    try:
        with zipfile.ZipFile(path) as found:
            return "[Content_Types].xml" in found.namelist()
    except zipfile.BadZipFile:
        return False


def kinds_of(head: bytes) -> tuple[str, ...]:
    """What the first bytes say that it is; the first kind names it in messages."""
    if head.startswith((ZIP, OLE)):
        return ("xlsx",)
    if head.startswith(SQLITE):
        return ("sqlite",)
    if head.startswith(PARQUET):
        return ("parquet",)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return JSON_KINDS
    return ("csv",)


def _all_codes(spec: Dataset, tables: list[Table]) -> None:
    """Every known code stands in some table."""
    if spec.codes:
        found = {h for t in tables for h in t.measures(spec)}
        without = {code for t in tables for code in t.form.without}
        if gone := [c for c in spec.codes.known if c not in found and c not in without]:
            raise OtherHeader(
                f"{tables[0].file}, row {tables[0].first_row - 1}: column {', '.join(gone)} is gone; "
                "hand over a file with the known layout, or take the code out of the source's codes"
            )
