"""A query's result for a person, a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_table(result: pa.Table) -> str:
    """Aligned columns; numbers to the right."""
    numeric = [pa.types.is_floating(f.type) or pa.types.is_integer(f.type) for f in result.schema]
    rows = [[_shown(v) for v in row.values()] for row in result.to_pylist()]
    widths = [max([len(n), *(len(r[i]) for r in rows)]) for i, n in enumerate(result.column_names)]

    def line(cells: list[str]) -> str:
        pairs = zip(cells, widths, numeric, strict=True)
        return "  ".join(c.rjust(w) if right else c.ljust(w) for c, w, right in pairs).rstrip()

    return "\n".join([line(result.column_names), line(["-" * w for w in widths]), *(line(r) for r in rows)])


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return "" if value is None else str(value)


def as_csv(result: pa.Table) -> str:
    """CSV; a text cell that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.column_names)
    for row in result.to_pylist():
        writer.writerow([f"'{v}" if isinstance(v, str) and v.startswith(FORMULA) else _shown(v) for v in row.values()])
    return out.getvalue().rstrip("\n")


def as_json(result: pa.Table) -> str:
    """A JSON list of objects; dates as ISO text."""
    return json.dumps(result.to_pylist(), ensure_ascii=False, default=str)
