"""Unpack what was delivered into files with names of our own: every member complete, or nothing at all."""

from __future__ import annotations

import gzip
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO

from pipelines.ingest.read.errors import ParseError

DATA_SUFFIXES = (".txt", ".csv", ".tsv", ".xlsx", ".xls", ".sqlite", ".db", ".parquet", ".json", ".geojson")
WORKBOOKS = (".xlsx", ".ods")
ARCHIVES = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz")
CHUNK = 1 << 16
# What the format itself takes per member before its name.
LOCAL_HEADER_BYTES = 30
AGAIN = "fetch it again or ask the publisher for it"
BY_HAND = "look at it by hand and hand over the data file itself"

_DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError)
_DRIVE = re.compile(r"[A-Za-z]:")
_MARKUP = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|http://www\.w3\.org/2001/XInclude", re.I)
_ENCODING = re.compile(rb"""^[^<]{0,4}<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'>]*)["']""", re.I)
_ENCODINGS = (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252")
# A cell that says by its place in the list of texts what stands there, and whose place is no number: the library that
# reads workbooks takes the first text for it.
_NO_PLACE = re.compile(rb"""t=["']s["'][^>]{0,40}>\s{0,9}<v>(?:\d{0,9}[^\d<]|\d{10})""")
# As long as what is looked for, so that a piece of it at the end of a chunk is seen with the next.
_OVERLAP = 96


@dataclass(frozen=True)
class Limits:
    """How much may come out: unpacked over packed size, bytes altogether, and the bytes that are always fine.

    Tiny repetitive files compress beyond any honest ratio, and are harmless.
    """

    expansion: int = 200
    max_bytes: int = 2_000_000_000
    floor_bytes: int = 1 << 20


@dataclass(frozen=True)
class Member:
    """One unpacked file: `name` inside the archive, for messages only, and `path` on this disk."""

    name: str
    path: Path


def members(path: Path, name: str, into: Path, wanted: str | None = None, limits: Limits = Limits()) -> list[Member]:
    """Unpack the data files of a zip or gzip file into folder `into`, in the archive's order.

    `wanted` is a regular expression on the member's base name; without it, all data files are taken. `name` is
    the publisher's file name. Raises ParseError, after which `into` holds nothing new.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    budget, found = _Budget(name, limits), []
    try:
        if magic[:2] == b"\x1f\x8b":
            inside = re.sub(r"\.gz$", "", PurePosixPath(name).name, flags=re.I)
            _choose([inside], name, wanted)
            with _damage(name), gzip.open(path) as source:
                _unpack(source, inside, name, path.stat().st_size, into, budget, found)
        elif magic in (b"PK\x03\x04", b"PK\x05\x06"):
            with _opened(path, name) as archive:
                entries = _entries(archive, name)
                for entry in _choose(list(entries), name, wanted):
                    with archive.open(entries[entry]) as source:
                        size = _unpack(source, entry, name, entries[entry].compress_size, into, budget, found)
                    if size != entries[entry].file_size:
                        raise ParseError(f"{name}/{shown(entry)} is not as long as the zip says; {AGAIN}")
        else:
            raise ParseError(f"{name} is neither a zip nor a gzip file; {AGAIN}")
    except BaseException:
        for member in found:
            member.path.unlink(missing_ok=True)
        raise
    return found


def refuse_unsafe_workbook(path: Path, name: str, limits: Limits = Limits()) -> None:
    """Raise ParseError when an xlsx or ods file unpacks beyond the limits, or its XML defines or includes what
    is not in it, or a cell names a text that no list has; nothing that it points to is read."""
    budget = _Budget(name, limits)
    with _opened(path, name) as archive:
        entries = _entries(archive, name)
        if not {"[Content_Types].xml", "mimetype"} & set(entries):
            raise ParseError(f"{name} is a zip and not a workbook; {BY_HAND}")
        for entry, info in entries.items():
            unpacked, head, tail = 0, b"", b""
            with archive.open(info) as source:
                while data := source.read(CHUNK):
                    unpacked += len(data)
                    budget.take(len(data), unpacked, info.compress_size)
                    # Without zero bytes UTF-16 and UTF-32 read like ASCII.
                    text = data.replace(b"\0", b"")
                    head = head or text[:512]
                    looked = tail + text
                    # The pattern is slow, and most workbooks hold neither of these.
                    if (b"<!" in looked or b"XInclude" in looked) and _MARKUP.search(looked):
                        raise ParseError(f"{name}/{shown(entry)} defines or includes XML entities; {BY_HAND}")
                    if _NO_PLACE.search(looked):
                        what = "has a cell whose text cannot be looked up, so the file is damaged"
                        raise ParseError(f"{name}/{shown(entry)} {what}; fetch it again or ask the publisher for it")
                    tail = looked[-_OVERLAP:]
            declared = _ENCODING.match(head)
            if declared and declared[1].lower() not in _ENCODINGS:
                raise ParseError(f"{name}/{shown(entry)} is XML in an encoding that workbooks do not have; {BY_HAND}")


def shown(entry: str) -> str:
    """A name from an archive, fit for a message."""
    return "".join(c if c.isprintable() else "?" for c in entry[:100])


class _Budget:
    """Counts what really comes out, whatever the archive says of itself."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits, self._total = name, limits, 0

    def take(self, size: int, unpacked: int, packed: int) -> None:
        limits = self._limits
        self._total += size
        if self._total > limits.max_bytes:
            raise ParseError(f"{self._name} unpacks to more than {limits.max_bytes} bytes; {BY_HAND}")
        if unpacked > max(limits.floor_bytes, limits.expansion * packed):
            raise ParseError(f"{self._name} unpacks to more than {limits.expansion} times its size; {BY_HAND}")


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise ParseError(f"{name} is damaged or incomplete ({shown(str(error))}); {AGAIN}") from error
    except NotImplementedError as error:
        raise ParseError(f"{name} is packed in a way that cannot be read ({shown(str(error))}); {BY_HAND}") from error


@contextmanager
def _opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    with _damage(name), zipfile.ZipFile(path) as archive:
        yield archive


def _entries(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """All files of a zip by name, once every entry has been found harmless."""
    seen, found = set(), {}
    for info in archive.infolist():
        # As written: zipfile itself cuts a name at NUL.
        entry = info.orig_filename
        kind, same = stat.S_IFMT(info.external_attr >> 16), unicodedata.normalize("NFC", entry).casefold()
        reasons = {
            "leads out of the archive": entry.startswith("/") or ".." in entry.split("/") or _DRIVE.match(entry),
            "has a backslash or NUL in its name": "\\" in entry or "\0" in entry,
            "is a link or device": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
            "has no name": not entry,
            "stands in it twice": same in seen,
            "is protected by a password": info.flag_bits & 0x41,
            "is packed in a way that cannot be read": info.compress_type
            not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        }
        if reason := next((reason for reason, holds in reasons.items() if holds), None):
            raise ParseError(f"{name} is refused, its entry {shown(entry)} {reason}; {BY_HAND}")
        seen.add(same)
        if not info.is_dir() and not entry.startswith("__MACOSX/"):
            found[entry] = info
    _refuse_overlap(archive, name)
    return found


def _refuse_overlap(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse entries that share bytes: the trick by which a small zip unpacks without end."""
    ordered = sorted(archive.infolist(), key=lambda info: info.header_offset)
    bounds = [*(info.header_offset for info in ordered), archive.start_dir]
    for info, following in zip(ordered, bounds[1:], strict=True):
        if info.header_offset < 0:
            raise zipfile.BadZipFile("an entry lies before its beginning")
        if info.header_offset + LOCAL_HEADER_BYTES + info.compress_size > following:
            raise ParseError(f"{name} is refused, its entry {shown(info.orig_filename)} overlaps another; {BY_HAND}")


def _choose(entries: list[str], name: str, wanted: str | None) -> list[str]:
    base = {entry: PurePosixPath(entry).name for entry in entries}
    if wanted is not None:
        chosen = [entry for entry in entries if re.search(wanted, base[entry])]
    else:
        for entry in entries:
            if base[entry].lower().endswith(ARCHIVES):
                raise ParseError(f"{name} holds the archive {shown(entry)}; {BY_HAND}")
        chosen = [entry for entry in entries if base[entry].lower().endswith(DATA_SUFFIXES)]
        if len(entries) == 1 and not PurePosixPath(entries[0]).suffix:
            chosen = entries
    if not chosen:
        looked = "matches " + wanted if wanted is not None else "is a data file"
        inside = ", ".join(shown(entry) for entry in entries[:10]) + (" ..." if len(entries) > 10 else "")
        raise ParseError(f"nothing in {name} {looked}, it holds {inside or 'no files'}; correct the source or the file")
    return chosen


def _unpack(
    source: IO[bytes], entry: str, name: str, packed: int, into: Path, budget: _Budget, found: list[Member]
) -> int:
    """Write one member to a new file and add it to `found`; its size in bytes."""
    suffix = PurePosixPath(entry).suffix.lower()
    size, head = 0, b""
    with NamedTemporaryFile(
        dir=into, prefix="member-", suffix=suffix if suffix in DATA_SUFFIXES else "", delete=False
    ) as sink:
        found.append(Member(entry, Path(sink.name)))
        while data := source.read(CHUNK):
            head = head or data[:4]
            if head[:2] == b"\x1f\x8b" or (head == b"PK\x03\x04" and suffix not in WORKBOOKS):
                raise ParseError(f"{name} holds another archive, {shown(entry)}; {BY_HAND}")
            size += len(data)
            budget.take(len(data), size, packed)
            sink.write(data)
    return size
