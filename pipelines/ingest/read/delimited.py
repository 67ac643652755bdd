"""Delimited text: its encoding is declared and verified, its header recognised, its damage refused."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset
from pipelines.ingest.read.archive import shown
from pipelines.ingest.read.errors import EmptyFile, ParseError
from pipelines.ingest.read.table import Table, joined, recognised, trimmed, unknown_header

BLOCK = 1 << 22
HEAD = 1 << 20
NAME = 1000  # the characters that a column's name may have; a longer one is rows behind an unclosed quote
UNNAMED = 1000  # the columns without a name that may stand behind the last one; reading more takes minutes
BOM = "\ufeff"
SECOND = (b"\xc2", b"\xc5", b"\xc6", b"\xcb", b"\xe2")
NAMES = {"cp1252": "Windows-1252", "utf-16": "UTF-16", "utf-8": "UTF-8"}
# UTF-8 that was read as Windows-1252 and written as UTF-8 again: a capital A with an accent before a sign, and what
# becomes of dashes and quotes. Neither stands in a word.
DOUBLE_ENCODED = (
    *(b"\xc3" + first + second for first in (b"\x82", b"\x83", b"\x84", b"\x85") for second in SECOND),
    b"\xc3\xa2\xe2\x82\xac",
)
ASCII = bytes(range(1, 128))
DAMAGE = {
    b"\0": "holds a NUL character",
    "\ufffd".encode(): "has lost characters before it came here",
    **dict.fromkeys(DOUBLE_ENCODED, "was encoded twice"),
}


def read(spec: Dataset, path: Path, name: str, forms: list[Format], tmp: Path) -> Table:
    """A delimited file as a table. Raises ParseError."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    found = [_header(_decoded(head, form), form) for form in forms]
    seen = [(form, _named(header, form)) for form, (header, _) in zip(forms, found, strict=True)]
    number = recognised(spec, seen)
    if number is None:
        _as_utf8(path, name, forms[0], tmp)  # damage and another encoding say more than an unknown name
        if long := next((n for header, _ in found for n in header if len(n) > NAME), None):
            raise ParseError(
                f"{name}, row {forms[0].header_row}: a name of {len(long):,} characters ('{shown(long)[:40]}'); "
                "look for an unclosed quote or another delimiter"
            )
        raise unknown_header(spec, name, forms[0].header_row, seen)
    (form, header), (given, skip) = seen[number], found[number]
    readable, lines = _as_utf8(path, name, form, tmp)
    if lines <= skip:
        raise EmptyFile(f"{name} has a header and no rows; ask {spec.uitgever} for the complete file")
    unnamed = len(given) - len(header)
    if unnamed > UNNAMED:
        raise ParseError(
            f"{name}, row {skip}: {unnamed:,} columns without a name stand behind the last one that has one; "
            "take them out, or look for another delimiter"
        )
    return Table(name, form, header, path=readable, first_row=skip + 1, lines=lines - skip, unnamed=unnamed)


def _named(header: list[str], form: Format) -> list[str]:
    """The header without the columns after its last name."""
    last = max((number for number, name in enumerate(header, 1) if name or "" in form.known), default=0)
    return header[:last]


def _decoded(head: bytes, form: Format) -> str:
    """The first lines as text, in the first declared encoding that they can be; where they are in none, the names may
    still tell which format it is, and `_as_utf8` what is wrong with it."""
    complete = head if len(head) < HEAD else head[: head.rfind(b"\n") + 1]
    for encoding in form.encodings:
        try:
            return complete.decode(encoding).removeprefix(BOM)
        except UnicodeDecodeError:
            continue
    return complete.decode(form.encodings[0], "replace").removeprefix(BOM)


def _reader(lines: Iterator[str] | io.StringIO, form: Format) -> Iterator[list[str]]:
    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    csv.field_size_limit(1 << 30)
    return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote or None, quoting=quoting)


def _header(text: str, form: Format) -> tuple[list[str], int]:
    """The names of the columns, and how many lines stand before the data."""
    lines = io.StringIO(text, newline=None).readlines()
    comments = 0
    while form.comment and comments < len(lines) and lines[comments].startswith(form.comment):
        comments += 1
    if form.names:
        first = next(_reader(iter(lines[comments:]), form), [])
        return (form.names if len(first) == len(form.names) else first), comments
    skip = comments + form.header_row - 1
    reader = _reader(iter(lines[skip:]), form)
    rows = [next(reader, []) for _ in range(form.header_rows)]
    used = reader.line_num  # type: ignore[attr-defined]
    return joined([[trimmed(h) for h in row] if form.trim else row for row in rows]), skip + used


def _as_utf8(path: Path, name: str, form: Format, tmp: Path) -> tuple[Path, int]:
    """A file that DuckDB can read, in the first declared encoding that it really is in, and its number of lines."""
    for encoding in form.encodings:
        utf8 = _inspect(path, name) if encoding == "utf-8" or "utf-8" not in form.encodings else None
        if utf8 and (encoding == "utf-8" or utf8.is_ascii):
            return path, utf8.lines
        if utf8 and encoding == "cp1252":
            raise ParseError(
                f"{name} is UTF-8 where the source declares Windows-1252; correct 'encodings' in the source"
            )
        if encoding != "utf-8" and (target := _transcoded(path, encoding, tmp)):
            inspected = _inspect(target, name)
            assert inspected is not None, "what was just written in UTF-8 is UTF-8"
            return target, inspected.lines
    declared = " or ".join(NAMES[e] for e in form.encodings)
    raise ParseError(f"{name} is not {declared} as declared; ask the publisher for the file in {declared}")


def _transcoded(path: Path, encoding: str, tmp: Path) -> Path | None:
    """The file in UTF-8; None where it cannot be in that encoding."""
    target = tmp / f"{path.name[:24]}.utf8"
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(source, sink, BLOCK)
    except UnicodeError:
        return None
    return target


@dataclass(frozen=True)
class _Inspected:
    lines: int
    is_ascii: bool


def _inspect(path: Path, name: str) -> _Inspected | None:
    """What a UTF-8 file holds, None where it is not UTF-8. Raises ParseError where characters were lost before it
    came here."""
    lines, last, is_ascii = 0, b"", True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            if not block.isascii() or not is_ascii:
                is_ascii = False
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return None
            # What is not ASCII is little: looking there first is six times as fast.
            signs = block.translate(None, ASCII)
            for sign, what in DAMAGE.items():
                if sign in signs and sign in block:
                    raise _damaged(path, name, sign, what)
            lines += block.count(b"\n")
            last = block
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return _Inspected(lines + (last[-1:] != b"\n"), is_ascii)


def _damaged(path: Path, name: str, sign: bytes, what: str) -> ParseError:
    with path.open("rb") as stream:
        number, line = next((n, line) for n, line in enumerate(stream, 1) if sign in line)
    at = line.find(sign)
    around = shown(line[max(at - 20, 0) : at + 20].decode("utf-8", "replace").strip())
    return ParseError(f"{name}, row {number}: the text {what} ('{around}'); ask for the original file")


def count_records(table: Table) -> int:
    """The rows of a delimited file by an independent reader: quoted line breaks count as one, empty lines not."""
    assert table.path is not None
    with table.path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(table.first_row - 1):
            stream.readline()
        return sum(1 for row in _reader(stream, table.form) if row)
