"""Open what a publisher sends: unpack, recognise the generation by its header, hand over a text table."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.specs import Dataset, Format

DATA_SUFFIXES = (".txt", ".csv", ".xlsx")
MAX_EXPANSION = 200
HTML = re.compile(rb"^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)", re.IGNORECASE)


class ParseError(Exception):
    """A file that cannot be read as its spec says: what, in which file, row and column, what to do."""


@dataclass(frozen=True)
class Table:
    """One table of text cells: a CSV file on disk, or the rows of one sheet."""

    file: str
    form: Format
    header: list[str]
    path: Path | None = None
    rows: list[list[str]] | None = None
    sheet: str = ""
    lines: int | None = None

    @property
    def place(self) -> str:
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file


def open_tables(spec: Dataset, path: Path, name: str, tmp: Path) -> list[Table]:
    """The tables of one delivered file. Raises ParseError with one sentence.

    `path` holds the bytes, `name` is the publisher's file name, `tmp` takes what is unpacked.
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head:
        raise ParseError(f"{name} is empty; ask {spec.uitgever} for the file again")
    if HTML.match(head):
        raise ParseError(
            f"{name} is a web page and not data; download the file itself from {spec.pagina} and hand it over again"
        )
    if head[:4] == b"PK\x03\x04":
        path, name = _unpack(spec, path, name, tmp)
    with path.open("rb") as stream:
        is_xlsx = stream.read(4) == b"PK\x03\x04"
    return _sheets(spec, path, name) if is_xlsx else [_csv(spec, path, name, tmp)]


def _unpack(spec: Dataset, path: Path, name: str, tmp: Path) -> tuple[Path, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names:
                return path, name
            data = [n for n in names if n.lower().endswith(DATA_SUFFIXES)]
            if len(data) != 1:
                raise ParseError(
                    f"{name} holds {len(data)} data files ({', '.join(data) or 'none'}), where one is expected; "
                    "hand over the files one by one"
                )
            info = archive.getinfo(data[0])
            if info.file_size > MAX_EXPANSION * max(info.compress_size, 1):
                raise ParseError(f"{name} unpacks to more than {MAX_EXPANSION} times its size; refused as unsafe")
            target = tmp / f"member-{path.name[:16]}{Path(info.filename).suffix}"
            with archive.open(info) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            return target, f"{name}/{Path(info.filename).name}"
    except (zipfile.BadZipFile, EOFError, zipfile.zlib.error) as err:
        raise ParseError(f"{name} is a damaged or incomplete zip ({err}); fetch it again from {spec.pagina}") from err


def _csv(spec: Dataset, path: Path, name: str, tmp: Path) -> Table:
    raw_header = path.open("rb").readline()
    candidates = [form for form in spec.formats if form.kind == "csv"]
    seen: list[tuple[Format, list[str]]] = []
    for form in candidates:
        header = _header(raw_header, form)
        if header and _fits(spec, form, header):
            readable, lines = _as_utf8(path, name, form, tmp)
            if lines <= 1:
                raise ParseError(f"{name} has a header and no rows; ask {spec.uitgever} for the complete file")
            return Table(name, form, header, path=readable, lines=lines)
        seen.append((form, header))
    raise ParseError(_unknown_header(spec, name, seen))


def _header(raw: bytes, form: Format) -> list[str]:
    for encoding in form.encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.removeprefix("\ufeff").rstrip("\r\n")
        quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
        return next(
            csv.reader(io.StringIO(text), delimiter=form.delimiter, quotechar=form.quote or None, quoting=quoting),
            [],
        )
    return []


def _fits(spec: Dataset, form: Format, header: list[str]) -> bool:
    wanted = set(form.header) | (set(spec.codes.known) if spec.codes else set())
    return len(set(header)) == len(header) and set(header) == wanted


def _unknown_header(spec: Dataset, name: str, seen: list[tuple[Format, list[str]]]) -> str:
    codes = spec.codes.known if spec.codes else []
    form, header = min(seen, key=lambda s: len({*s[0].header, *codes} ^ set(s[1])), default=(None, []))
    if form is None:
        return f"{name} is not of a kind that {spec.id} knows ({', '.join(f.kind for f in spec.formats)})"
    wanted = [*form.header, *codes]
    gone = [c for c in wanted if c not in header]
    new = [c for c in header if c not in wanted]
    told = [
        f"column {', '.join(gone)} is gone" if gone else "",
        f"column {', '.join(new)[:200]} is unknown" if new else "",
    ]
    doubled = [c for c in set(header) if header.count(c) > 1]
    told.append(f"column {', '.join(doubled)} stands there twice" if doubled else "")
    said = " and ".join(t for t in told if t)
    return (
        f"{name}, row 1: {said} (nearest known layout: {form.name}); "
        f"hand over a file with the known layout or describe the new one in the source's formats"
    )


def _as_utf8(path: Path, name: str, form: Format, tmp: Path) -> tuple[Path, int]:
    """A file that DuckDB can read, and its number of lines.

    UTF-8 is read as it is, and DuckDB refuses it where it is not (`transcode` is then the second try); a
    source that declares Windows-1252 alone must not hold UTF-8.
    """
    lines, last, ascii_only = 0, b"", True
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            lines += block.count(b"\n")
            ascii_only = ascii_only and block.isascii()
            last = block
    lines += last[-1:] != b"\n"
    if form.encodings[0] == "utf-8" or ascii_only:
        return path, lines
    if _is_utf8(path):
        raise ParseError(f"{name} is UTF-8 where the source declares Windows-1252; correct 'encodings' in the source")
    return transcode(path, name, tmp), lines


def transcode(path: Path, name: str, tmp: Path) -> Path:
    """A Windows-1252 file as UTF-8. Raises ParseError where a byte is not Windows-1252."""
    target = tmp / f"{path.name[:24]}.utf8"
    try:
        with (
            path.open(encoding="cp1252", newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 20)
    except UnicodeDecodeError as err:
        raise ParseError(
            f"{name}, byte {err.start}: not Windows-1252 as declared; ask the publisher for the file"
        ) from err
    return target


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            while stream.read(1 << 22):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _sheets(spec: Dataset, path: Path, name: str) -> list[Table]:
    from python_calamine import CalamineError, CalamineWorkbook

    form = next((f for f in spec.formats if f.kind == "xlsx"), None)
    if form is None:
        raise ParseError(f"{name} is a workbook, which {spec.id} does not know; hand over the publisher's text file")
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}
    except CalamineError as err:
        raise ParseError(f"{name} is a damaged workbook ({err}); ask {spec.uitgever} for it again") from err
    if set(sheets) != set(form.sheets):
        gone, new = sorted(set(form.sheets) - set(sheets)), sorted(set(sheets) - set(form.sheets))
        raise ParseError(
            f"{name}: sheets missing {gone}, sheets unknown {new}; name the new ones in the source's formats"
        )
    tables, codes = [], []
    for sheet, cells in sheets.items():
        texts = [[_cell(c) for c in row] for row in cells]
        header = [h for h in (texts[0] if texts else []) if h]
        measures = [h for h in header if h not in form.header]
        allowed = set(spec.codes.known) if spec.codes else set()
        if set(header) - set(measures) != set(form.header) or set(measures) - allowed:
            gone = sorted(set(form.header) - set(header))
            new = [m for m in measures if m not in allowed]
            raise ParseError(
                f"{name}, sheet {sheet}, row 1: columns gone {gone}, columns unknown {new}; "
                "correct the file or the source's formats"
            )
        rows = [r[: len(header)] for r in texts[1:] if any(r)]
        if not rows:
            raise ParseError(f"{name}, sheet {sheet} has a header and no rows; ask for the complete file")
        codes += measures
        tables.append(Table(name, form, header, rows=rows, sheet=sheet))
    if spec.codes and (gone := sorted(set(spec.codes.known) - set(codes))):
        raise ParseError(f"{name}: column {', '.join(gone)} is gone from every sheet; ask for the complete file")
    return tables


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if value is not None else ""
