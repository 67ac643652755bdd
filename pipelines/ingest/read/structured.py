"""Files that name their own columns: SQLite, Parquet and the kinds of JSON. Every cell becomes text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset
from pipelines.ingest.read.cube import jsonstat_table
from pipelines.ingest.read.errors import EmptyFile, ParseError
from pipelines.ingest.read.features import features
from pipelines.ingest.read.records import records_table, sos_table
from pipelines.ingest.read.table import Table, recognised, text_table, typed_table, unknown_header
from pipelines.later import pa, pq

Rows = tuple[Sequence[str], Iterable[Sequence[str]]]


def read(spec: Dataset, path: Path, name: str, forms: list[Format]) -> list[Table]:
    """The tables of such a file: those that a format names, each once. Raises ParseError."""
    tables = []
    for sheet in dict.fromkeys(s for f in forms for s in (f.sheets if f.kind == "sqlite" else [""])):
        having = [f for f in forms if f.kind != "sqlite" or sheet in f.sheets]
        found = [named_cells(path, name, sheet, f) for f in having]
        seen = [(f, header) for f, (header, _) in zip(having, found, strict=True)]
        number = recognised(spec, seen)
        if number is None:
            raise unknown_header(spec, f"{name}, table {sheet}" if sheet else name, 1, seen)
        form, (header, cells) = having[number], found[number]
        if not cells.num_rows:
            raise EmptyFile(f"{name} has columns and no rows; ask {spec.uitgever} for the complete file")
        tables.append(Table(name, form, list(header), cells=cells, sheet=sheet, first_row=1))
    return tables


def named_cells(path: Path, name: str, sheet: str, form: Format) -> tuple[Sequence[str], pa.Table]:
    """The columns of a file, or of one table in it, and its rows as a table of text cells. Raises ParseError."""
    if form.kind == "sqlite":
        return _sqlite(path, name, sheet, form)
    if form.kind == "parquet":
        return _parquet(path, name, form)
    header, rows = _rows(path, name, form)
    return header, text_table(header, list(rows))


def _rows(path: Path, name: str, form: Format) -> Rows:
    if form.kind == "jsonstat":
        return _flagged(*jsonstat_table(path, name))
    if form.kind == "sos":
        return sos_table(path, name)
    if form.kind == "json":
        return records_table(path, form.records, name)
    return features(path, form.kind, form.crs, form.axes, name)


def _flagged(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Rows:
    """A cell without a value shows its flag (`:`, `c`), so that the source can say what that means."""
    value, status = header.index("value"), header.index("status")
    return header, ([row[status] if i == value and not c else c for i, c in enumerate(row)] for row in rows)


def _parquet(path: Path, name: str, form: Format) -> tuple[Sequence[str], pa.Table]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as err:
        raise ParseError(f"{name} is a damaged Parquet file ({err}); ask for it again") from err
    table = table.flatten()  # what stands in a cell under names of its own: "yearly_amounts.2026"
    return table.column_names, typed_table(table.column_names, (c.to_pylist() for c in table.columns), form.decimal)


def _sqlite(path: Path, name: str, table: str, form: Format) -> tuple[Sequence[str], pa.Table]:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as con:
            found = con.execute('SELECT * FROM "{}"'.format(table.replace('"', '""')))
            header = [column[0] for column in found.description]
            columns = list(zip(*found, strict=True)) or [() for _ in header]
    except sqlite3.Error as err:
        raise ParseError(f"{name}, table {table}: {err}; ask for the file again or correct the source") from err
    return header, typed_table(header, columns, form.decimal)
