"""Read a JSON-stat cube as rows, without ever laying out the cells that the publisher left away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.records import Rows, cell, json_text, load_json


@dataclass(frozen=True)
class Cube:
    """The frame of a JSON-stat dataset: its dimensions, the codes of each in order, and what it says of itself."""

    dimensions: list[str]
    codes: list[list[str]]
    updated: str
    cells: dict[int, tuple[str, str]]

    @property
    def size(self) -> int:
        """The number of cells, filled or not."""
        return prod(len(codes) for codes in self.codes)

    def rows(self) -> Iterator[list[str]]:
        """One row per cell that has a value or a status: its codes, the value and the status."""
        for flat in sorted(self.cells):
            place, rest = [], flat
            for codes in reversed(self.codes):
                rest, position = divmod(rest, len(codes))
                place.append(codes[position])
            yield [*reversed(place), *self.cells[flat]]


def jsonstat_table(path: Path, name: str = "") -> tuple[list[str], Rows]:
    """The cells of a JSON-stat 2.0 dataset that have a value or a status: dimension ids, `value`, `status`.

    Values are text as written in the body. Raises ParseError.
    """
    cube = read_cube(path, name)
    return [*cube.dimensions, "value", "status"], cube.rows()


def read_cube(path: Path, name: str = "") -> Cube:
    """A JSON-stat 2.0 dataset whose frame and cells fit each other. Raises ParseError."""
    name = name or path.name
    body = load_json(path, name)
    if isinstance(body, dict) and (said := body.get("error") or body.get("warning")):
        raise _wrong(name, f"no table but the message {json_text(said)[:200]}")
    if not isinstance(body, dict) or not {"id", "size", "dimension", "value"} <= set(body):
        raise _wrong(name, "not a JSON-stat dataset (id, size, dimension, value)")
    ids, sizes, dimension = body["id"], body["size"], body["dimension"]
    if not (isinstance(ids, list) and isinstance(sizes, list) and isinstance(dimension, dict)):
        raise _wrong(name, "id and size are lists and dimension an object in JSON-stat, and here they are not")
    if len(ids) != len(sizes) or len(set(map(str, ids))) != len(ids):
        raise _wrong(name, f"{len(ids)} dimensions ({', '.join(map(str, ids))[:100]}) with {len(sizes)} sizes")
    codes = [_codes(name, dimension.get(str(i)), str(i), size) for i, size in zip(ids, sizes, strict=True)]
    cells = _cells(name, body, prod(len(c) for c in codes))
    return Cube([str(i) for i in ids], codes, cell(body.get("updated")), cells)


def _codes(name: str, dimension: Any, ident: str, size: Any) -> list[str]:
    """The codes of a dimension in the order of their positions."""
    category = dimension.get("category") if isinstance(dimension, dict) else None
    if not isinstance(category, dict):
        raise _wrong(name, f"dimension {ident} has no category")
    # The index may be left away where there is but one code to place.
    index = category.get("index", category.get("label", {}))
    if isinstance(index, dict) and "index" not in category:
        index = list(index)
        if len(index) > 1:
            raise _wrong(name, f"dimension {ident} has several codes and no index")
    if isinstance(index, list):
        placed = dict(enumerate(map(str, index)))
    elif isinstance(index, dict):
        placed = {_number(name, position, f"dimension {ident}"): code for code, position in index.items()}
    else:
        raise _wrong(name, f"dimension {ident} has an index that is neither a list nor an object")
    count = _number(name, size, f"the size of {ident}")
    if sorted(placed) != list(range(count)) or len(index) != count or len(set(placed.values())) != count:
        raise _wrong(name, f"dimension {ident} has size {count} and {len(index)} codes that do not fill it")
    return [placed[position] for position in range(count)]


def _cells(name: str, body: dict[str, Any], size: int) -> dict[int, tuple[str, str]]:
    """Value and status by flat index, only where there is one."""
    values, status = _sparse(name, body["value"], "value", size), body.get("status")
    if isinstance(status, str):  # one status for every cell that is there
        flags: dict[int, Any] = dict.fromkeys(values, status)
    else:
        flags = _sparse(name, {} if status is None else status, "status", size)
    found = {flat: (cell(values.get(flat)), cell(flags.get(flat))) for flat in values.keys() | flags.keys()}
    return {flat: pair for flat, pair in found.items() if pair != ("", "")}


def _sparse(name: str, held: Any, what: str, size: int) -> dict[int, Any]:
    if isinstance(held, list):
        if len(held) != size:
            raise _wrong(name, f"{len(held)} entries of {what} where the sizes make {size} cells")
        return dict(enumerate(held))
    if not isinstance(held, dict):
        raise _wrong(name, f"{what} is neither a list nor an object")
    found = {_number(name, flat, what): entry for flat, entry in held.items()}
    if len(found) != len(held):
        raise _wrong(name, f"{what} names a cell twice")
    if found and max(found) >= size:
        raise _wrong(name, f"{what} has a cell {max(found)} where the sizes make {size} cells")
    return found


def _number(name: str, text: Any, where: str) -> int:
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 18):
        raise _wrong(name, f"{where} has '{str(text)[:40]}' for a position")
    return int(text)


def _wrong(name: str, what: str) -> ParseError:
    return ParseError(f"{name}: {what}; fetch it again or ask the publisher")
