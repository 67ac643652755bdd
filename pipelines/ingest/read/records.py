"""Read lists of JSON objects as tables of text, with every number as the publisher wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pipelines.ingest.read.errors import OtherHeader, ParseError

Rows = Iterator[list[str]]
ASK = "look at the answer and correct the source spec, or ask the publisher"


class Number(str):
    """The text of a JSON number, exactly as it stands in the body."""

    __slots__ = ()


def load_json(path: Path, name: str = "") -> Any:
    """A JSON document with its numbers as text. Raises ParseError, also where a key stands in an object twice."""
    return _decode(_text_of(path, name or path.name), name or path.name)


def records_table(path: Path, records: str, name: str = "") -> tuple[list[str], Rows]:
    """The objects of the list at a dotted path ("" is the document itself, "." a document per line) as columns
    and rows of text cells: null and an absent key are "", nested values JSON text.

    `name` is what the file is called in messages. Columns stand in order of first appearance. Raises ParseError.
    """
    name = name or path.name
    if records == ".":
        return _table(lambda: _lines(path, name), name)
    found = load_json(path, name)
    for step in records.split(".") if records else []:
        if not isinstance(found, dict) or step not in found:
            there = ", ".join(found)[:200] if isinstance(found, dict) else "no object"
            raise OtherHeader(f"{name} holds no list at '{records}', at '{step}' it has {there or 'nothing'}; {ASK}")
        found = found[step]
    if not isinstance(found, list):
        raise OtherHeader(f"{name} holds no list at '{records}'; {ASK}")
    return _table(lambda: found, name)


def sos_table(path: Path, name: str = "") -> tuple[list[str], Rows]:
    """The measurements of one window of an SOS server: series, timestamp (epoch milliseconds, UTC) and value.

    Raises ParseError.
    """
    name = name or path.name
    found = load_json(path, name)
    if not isinstance(found, dict) or not all(isinstance(s, dict) for s in found.values()):
        raise OtherHeader(f"{name} holds no series with measurements; {ASK}")
    rows = []
    for series, held in found.items():
        points = held.get("values")
        if not isinstance(points, list) or not all(isinstance(p, dict) and "timestamp" in p for p in points):
            raise OtherHeader(f"{name}, series {series}: no list of values with a timestamp; {ASK}")
        rows += [[series, cell(p["timestamp"]), cell(p.get("value"))] for p in points]
    return ["series", "timestamp", "value"], iter(rows)


def inside(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object that stands in an answer; empty when it is absent."""
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def cell(value: Any) -> str:
    """A JSON value from `load_json` as a text cell."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """JSON text of a value from `load_json`, its numbers as they were."""
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json_text(k)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _table(records: Callable[[], Iterable[Any]], name: str) -> tuple[list[str], Rows]:
    """Two passes, so that the columns are known before the first row and the rows need no memory."""
    columns: dict[str, None] = {}
    for number, record in enumerate(records(), 1):
        if not isinstance(record, dict):
            raise ParseError(f"{name}, record {number}: not an object; {ASK}")
        # What OData says about a row (`@odata.id`) is not in it.
        columns.update(dict.fromkeys(key for key in record if not key.startswith("@odata.")))
    return list(columns), ([cell(record.get(column)) for column in columns] for record in records())


def _lines(path: Path, name: str) -> Iterator[Any]:
    number = 0
    try:
        # Not str.splitlines, which also parts a text at the line ends that JSON does not escape.
        with path.open(encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _decode(line, f"{name}, line {number}")
    except UnicodeDecodeError:
        raise ParseError(f"{name}, after line {number}: not UTF-8; ask the publisher for the file") from None


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        raise ParseError(f"{name}, byte {err.start}: not UTF-8; ask the publisher for the file") from None


def _decode(text: str, place: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ParseError(f"{place}: key '{twice[:60]}' stands in an object twice; {ASK}")
        return found

    def refuse(constant: str) -> NoReturn:
        raise ParseError(f"{place}: {constant} is no number; {ASK}")

    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=refuse, object_pairs_hook=once)
    except ValueError as err:
        raise ParseError(f"{place}: not JSON ({err}); fetch it again or ask the publisher") from None
    except RecursionError:
        raise ParseError(f"{place}: nested too deep to be data; {ASK}") from None
