"""A query's result for a person, a spreadsheet or a program, a piece of text at a time."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

from pipelines.home import Problem
from pipelines.plain import plain

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class ShowError(Problem):
    """A column that cannot be shown: one sentence."""


def as_table(rows: pa.Table) -> str:
    """Aligned columns; numbers to the right."""
    return "".join(table(rows.to_reader())).removesuffix("\n")


def table(rows: pa.RecordBatchReader) -> Iterator[str]:
    """The lines of as_table, each with its end."""
    whole = rows.read_all()
    names = [_cell(n) for n in whole.column_names]
    numeric = [pa.types.is_floating(t) or pa.types.is_integer(t) or pa.types.is_decimal(t) for t in whole.schema.types]
    widths = [len(n) for n in names]
    for batch in whole.to_batches():
        widths = [max(w, *map(_width, t)) for w, t in zip(widths, _texts(batch, _cell), strict=True)]

    def line(cells: Iterable[str]) -> str:
        pairs = zip(cells, widths, numeric, strict=True)
        return "  ".join(c.rjust(w) if right else c.ljust(w) for c, w, right in pairs).rstrip() + "\n"

    yield line(names)
    yield line("-" * w for w in widths)
    for batch in whole.to_batches():
        for cells in zip(*_texts(batch, _cell), strict=True):
            if any("\n" in c for c in cells):
                yield from map(line, itertools.zip_longest(*(c.split("\n") for c in cells), fillvalue=""))
            else:
                yield line(cells)


def _cell(value: object) -> str:
    return plain(_shown(value)).replace("\t", "\\u0009")


def _width(text: str) -> int:
    return max(map(len, text.split("\n"))) if "\n" in text else len(text)


def as_csv(rows: pa.RecordBatchReader) -> Iterator[str]:
    """CSV; a text or a heading that a spreadsheet would take for a formula gets a quote before it."""
    yield _csv([map(_inert, rows.schema.names)])
    for batch in rows:
        yield _csv(zip(*_texts(batch, _inert), strict=True))


def _csv(lines: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def _inert(value: object) -> str:
    text = _shown(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def as_json(rows: pa.RecordBatchReader) -> Iterator[str]:
    """A JSON list of objects: numbers as numbers, moments as ISO text, bytes as hexadecimal text; what is infinite or
    no number is text, because JSON has no number for it."""
    keys = [_json(n) for n in rows.schema.names]
    before = "["
    for batch in rows:
        for cells in zip(*_texts(batch, _json), strict=True):
            yield before + "{" + ", ".join(f"{k}: {v}" for k, v in zip(keys, cells, strict=True)) + "}"
            before = ", "
    yield "]\n" if before == ", " else "[]\n"


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _texts(batch: pa.RecordBatch, written: Callable[[Any], str]) -> list[list[str]]:
    """Per column its values, each different one written once."""
    return [_of_column(n, c, written) for n, c in zip(batch.schema.names, batch.columns, strict=True)]


def _of_column(name: str, column: pa.Array, written: Callable[[Any], str]) -> list[str]:
    try:
        if pa.types.is_nested(column.type):
            return [written(v) for v in column.to_pylist()]
        coded = column.dictionary_encode("encode")
        texts = [written(v) for v in coded.dictionary.to_pylist()]
    except (ValueError, OverflowError, NotImplementedError) as err:  # pyarrow's own errors are of these kinds too
        raise ShowError(
            f"column '{name}' ({column.type}) cannot be shown as it is; ask for it as text: {name}::TEXT"
        ) from err
    return [texts[i] for i in coded.indices.to_numpy().tolist()]


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        return value.hex()
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    """A value in the types of JSON."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
