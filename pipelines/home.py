"""Where everything generated lives, written so that a reader or a kill never sees half of it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

FORMAT = 3  # of what a home holds; raise it when code of before would misread what is written from now on
FORMAT_FILE = "formaat"
PRIVATE = 0o027  # what is denied of every file: writing to its group, everything to others


class Problem(Exception):
    """What a person is told in one sentence: what, where, what to do. `code` is the exit code."""

    code = 30


class Busy(Problem):
    """Another refresh holds the lock."""


class Damaged(Problem):
    """A file of the home that is not as it was written: one sentence with the file and what to do."""


def was_interrupted(err: BaseException) -> bool:
    """True for Ctrl-C, also in the words of DuckDB, which makes an error of its own of it."""
    return isinstance(err, KeyboardInterrupt) or isinstance(err.__cause__, KeyboardInterrupt)


def now() -> datetime:
    """The clock, in UTC; OBMI_NOW (ISO 8601) sets it."""
    fixed = os.environ.get("OBMI_NOW")
    moment = datetime.fromisoformat(fixed) if fixed else datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def quoted(value: object) -> str:
    """A text or path as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def among(values: Iterable[str]) -> str:
    """Texts as what stands after IN. With parameters instead, DuckDB imports pandas: a third of a second."""
    return f"({', '.join(map(quoted, values)) or 'NULL'})"


def with_texts(sql: str, **values: str | None) -> str:
    """SQL with texts where it says `$name`, for the same reason; None is NULL."""
    return re.sub(r"\$(\w+)", lambda m: "NULL" if (v := values[m[1]]) is None else quoted(v), sql)


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Make the bytes of a file durable, or the renames inside a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with begun(path.parent) as stream:
        stream.write(json.dumps(data, indent=1, sort_keys=True, default=str, ensure_ascii=False).encode())
        stream.flush()
        os.fsync(stream.fileno())
        os.fchmod(stream.fileno(), 0o666 & ~PRIVATE)
        Path(stream.name).replace(path)
    fsync(path.parent)


def begun(folder: Path) -> IO[bytes]:
    """A new file that is to be renamed before it is closed: until then its lock tells it from a leftover."""
    while True:
        stream = tempfile.NamedTemporaryFile(dir=folder, prefix=".tmp-", delete=False)  # noqa: SIM115
        fcntl.flock(stream, fcntl.LOCK_SH)
        if os.fstat(stream.fileno()).st_nlink:  # else it was taken for one before it had the lock
            return cast(IO[bytes], stream)
        stream.close()


def read_json(path: Path, shape: type[T], todo: str, default: T | None = None) -> T:
    """A JSON file in its shape, or the default where it is absent. Raises Damaged, with what to do about it."""
    from pydantic import ValidationError  # here, because the process of a query reads no JSON and waits for imports

    try:
        return _reader(shape).validate_json(path.read_bytes())
    except FileNotFoundError:
        if default is None:
            raise
        return default
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Damaged(
            f"{path} is cut short, altered or of an earlier version "
            f"({where}{': ' if where else ''}{' '.join(first['msg'].split())}); {todo}"
        ) from err


@cache
def _reader(shape: type[T]) -> TypeAdapter[T]:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


def read_or_set_aside(path: Path, shape: type[T], default: T) -> T:
    """The same of a file that follows from the rest or can be done without: a damaged one is kept beside it, under
    another name, and the default is taken."""
    try:
        return read_json(path, shape, "", default)
    except Damaged:
        set_aside(path)
        return default


def set_aside(path: Path) -> Path:
    """Keep a damaged file beside its place, under another name; which that is."""
    kept = path.with_name(f"{path.name}.beschadigd-{now():%Y%m%dT%H%M%S}")
    path.replace(kept)
    return kept


class Home:
    """The folder OBMI_HOME (default warehouse/) and the places in it."""

    def __init__(self, root: Path, denied: int = PRIVATE) -> None:
        self.root = root.resolve()
        self.around: Home | None = None
        self._denied = denied
        self.raw = self.root / "raw"
        self.landing = self.root / "landing"
        self.build = self.root / "build"
        self.releases = self.root / "releases"
        self.record = self.root / "opbouw"
        self.current = self.root / "current"
        self.tmp = self.root / "tmp"
        self._format = self.root / FORMAT_FILE

    def of_city(self, city: str) -> Home:
        """The home within this one of what a city alone may see: nobody gets in but who refreshes."""
        own = Home(self.root / "eigen" / city, denied=0o077)
        own.around = self
        return own

    @property
    def later_format(self) -> str:
        """What a home says that a later version wrote; empty where this one can read it."""
        try:
            found = self._format.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:  # made before there was a format, or new
            return ""
        return "" if found.isdecimal() and int(found) <= FORMAT else found or "nothing"

    def refuse_later(self) -> None:
        """Raises Damaged where a later version wrote this home: what that added would be misread, and lost."""
        if self.later_format:
            raise Damaged(
                f"{self.root} was written by a later version of obmi ({self._format} says {self.later_format!r}, this "
                f"version knows {FORMAT} at most); install that version or a later one, nothing was changed"
            )

    def relative(self, path: Path) -> str:
        """A path below the home as the build names it, so that a home can move."""
        return path.relative_to(self.root).as_posix()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the one refresh lock; the kernel frees it when the process dies, however it dies.

        Leftovers of a process that died are cleaned once the lock is held. Raises Busy at once.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        for place in (self.root, self.root.parent) if self.around else (self.root,):
            mode = stat.S_IMODE(place.stat().st_mode)
            if mode & self._denied:
                place.chmod(mode & ~self._denied)
        with (self.root / "refresh.lock").open("a+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                stream.seek(0)
                holder = stream.read().strip() or "another process"
                raise Busy(
                    f"another refresh is running ({holder}) on {self.root}; wait for it to end and try again"
                ) from None
            stream.truncate(0)
            stream.write(f"pid {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
            stream.flush()
            self.refuse_later()
            self._clean()
            if not self._format.exists() or self._format.read_text() != str(FORMAT):
                write_json(self._format, FORMAT)
            try:
                yield
            finally:
                stream.truncate(0)
                shutil.rmtree(self.tmp, ignore_errors=True)

    def _clean(self) -> None:
        shutil.rmtree(self.tmp, ignore_errors=True)
        self.tmp.mkdir(parents=True)
        for leftover in self.releases.glob(".new-*"):
            shutil.rmtree(leftover)
        for depth in (".tmp-*", "*/.tmp-*", "*/*/.tmp-*", "raw/*/hints/.tmp-*"):
            for leftover in self.root.glob(depth):
                _take_away(leftover)


def _take_away(leftover: Path) -> None:
    """Remove a file that nobody writes any more; a delivery may be handed over at any moment."""
    if leftover.is_symlink():
        leftover.unlink()
        return
    with contextlib.suppress(FileNotFoundError, BlockingIOError), leftover.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink()
