"""Every version of a city's plan, as what changed in it, by whom, when and by which file; none is ever written over."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.home import Home, file_sha256, now, read_json, write_json
from pipelines.orba.plan import SHAPES, Plan, Row, columns_of, type_of

Cells = dict[str, Any]  # of one row, by column
Patch = dict[str, dict[str, Cells | None]]  # by table and key; None where the row went
Rows = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True)
class Edition:
    """One version: who made it, when, from which file, what changed, and what of the file was not taken and why."""

    nummer: int
    op: str
    door: str
    bron: str
    sha256: str
    patch: Patch
    geweigerd: list[str] = field(default_factory=list)


class Editions:
    """The versions of one city's plan, oldest first."""

    def __init__(self, home: Home, stad: str) -> None:
        self.stad = stad
        # apart from what a city delivers of its own: a plan asks for nothing to be described or built
        self.home = Home(home.root / "orba" / stad, denied=0o077)
        self.root = self.home.root

    def all(self) -> list[Edition]:
        """Every version. Raises Damaged."""
        todo = "put back a copy of it (obmi restore); the file that it was made from lies in raw"
        return [read_json(path, Edition, todo) for path in sorted(self.root.glob("[0-9]*.json"))]

    @property
    def mark(self) -> str:
        """The newest version by its content; empty where there is none."""
        paths = sorted(self.root.glob("[0-9]*.json"))
        return f"{paths[-1].stem}-{file_sha256(paths[-1])}" if paths else ""

    def plan(self, number: int | None = None) -> Plan:
        """The plan as of a version, the newest when left out."""
        kept: dict[str, dict[str, Cells]] = {table: {} for table in SHAPES}
        last = 0
        for edition in self.all():
            if number is not None and edition.nummer > number:
                break
            last = edition.nummer
            for table, rows in edition.patch.items():
                for key, cells in rows.items():
                    if cells is None:
                        kept[table].pop(key, None)
                    else:
                        kept[table].setdefault(key, {}).update(cells)
        rows = {t: {k: _row(t, cells) for k, cells in held.items()} for t, held in kept.items()}
        return Plan(self.stad, {t: _in_order(held) for t, held in rows.items()}, last)

    def add(self, rows: Rows, door: str, bron: str, sha256: str, geweigerd: list[str]) -> Edition | None:
        """Write down a new version; None where nothing differs from the last. The caller holds `alone`."""
        patch = patch_of(self.plan().rows, rows)
        if not patch:
            return None
        number = max((edition.nummer for edition in self.all()), default=0) + 1
        edition = Edition(number, now().isoformat(timespec="seconds"), door, bron, sha256, patch, geweigerd)
        self._make_folder()
        write_json(self.root / f"{number:06d}.json", asdict(edition))
        return edition

    def _make_folder(self) -> None:
        """Nobody gets in but who refreshes: a goal that is not shared is the city's alone."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else make a version of this plan meanwhile: two people may hand over at once."""
        self._make_folder()
        with (self.root / "slot").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def changed_by(self, table: str, key: str, column: str, after: int) -> Edition | None:
        """The last version after one in which a cell changed."""
        later = [e for e in self.all() if e.nummer > after and key in e.patch.get(table, {})]
        return next((e for e in reversed(later) if column in (e.patch[table][key] or {column})), None)


def patch_of(old: Rows, new: Rows) -> Patch:
    """The cells that differ, by table and key."""
    found: Patch = {}
    for table in SHAPES:
        before, after = old.get(table, {}), new.get(table, {})
        gone: dict[str, Cells | None] = dict.fromkeys(before.keys() - after.keys())
        changed = {key: _cells(before.get(key), row) for key, row in after.items()}
        if rows := gone | {key: cells for key, cells in changed.items() if cells}:
            found[table] = rows
    return found


def _cells(old: Row | None, new: Row) -> Cells:
    names = [f.name for f in fields(new)]
    return {n: _plain(getattr(new, n)) for n in names if old is None or getattr(old, n) != getattr(new, n)}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


def _row(table: str, cells: Cells) -> Row:
    known = columns_of(table).keys()
    return SHAPES[table](**{n: _typed(table, n, value) for n, value in cells.items() if n in known})


def _typed(table: str, name: str, value: Any) -> Any:
    kind = type_of(table, name)
    if value is None or isinstance(value, kind):
        return value
    return date.fromisoformat(value) if kind is date else kind(value)


def _in_order(rows: Mapping[str, Row]) -> dict[str, Row]:
    """As the report numbers them, what a city added behind that."""

    def place(item: tuple[str, Row]) -> tuple[bool, int, str]:
        number = getattr(item[1], "volgorde", None)
        return number is None, number or 0, item[0]

    return dict(sorted(rows.items(), key=place))
