"""A small answer of our own making for a source, made from its description: one row with a fitting value per column.

It proves that a source can be read, and nothing about the publisher.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset

Cells = dict[str, str]
DATES = ("{jaar}-07-01T12:00:00.000Z", "{jaar}-07-01", "{jaar}-07", "{jaar}")
CODES = ("v0001_x", "Eens (%)", "Mediaan", "x")
PLACE = {"lon": "4.4", "lat": "51.0"}


def moment(spec: Dataset) -> datetime:
    """The first summer that the source covers."""
    return datetime(spec.dekking.vanaf, 7, 1, 12, tzinfo=UTC)


def sample(spec: Dataset, form: Format, con: duckdb.DuckDBPyConnection) -> Cells:
    """The publisher's column → a fitting text, for every column of a format."""
    cells = dict.fromkeys(form.ignored, "x")
    for theirs, ours in form.header.items():
        names = [ours] if isinstance(ours, str) else ours
        patterns = [x.pattern for x in form.extract.values() if x.column == theirs]
        texts = [_text(spec, form, name, con) for name in names]
        fixed = [
            t for t, name in zip(texts, names, strict=True) if name == "gebied" or spec.columns[name].type != "text"
        ]
        cells[theirs] = PLACE.get(theirs) or (fixed or texts)[-1]
        if patterns and not all(re.search(p, cells[theirs]) for p in patterns):
            cells[theirs] = _fitting(spec, patterns)
    for extract in form.extract.values():
        cells.setdefault(extract.column, _fitting(spec, [extract.pattern]))
        if cells[extract.column] == "x":
            cells[extract.column] = _fitting(spec, [extract.pattern])
    if spec.codes:
        codes = spec.codes.known or [_fitting(spec, [spec.codes.pattern or ""])]
        cells |= dict.fromkeys(codes, _text(spec, form, spec.codes.value, con))
    return cells


def file_name(spec: Dataset, form: Format) -> str:
    """A name such as the publisher gives, which says the period where the source reads it there."""
    options: Any = spec.options
    year = moment(spec).year
    pattern = getattr(options, "link", None) or getattr(options, "match", None)
    if spec.protocol == "sensor":
        return f"{options.series[0]}-{year}0701.json"
    if pattern:
        return re.sub(r"[\\^$()]", "", pattern.replace(r"\d{4}", str(year)))
    if spec.protocol == "http_file":
        address = spec.url[0].format(jaar=year, volgend_jaar=year + 1, maand="07")
        return Path(unquote(urlsplit(address).path)).name
    return f"levering.{form.kind}"


def write(spec: Dataset, form: Format, cells: Cells, folder: Path) -> Path:
    """One row as a file of the format's kind."""
    path = folder / "body"
    if form.kind in ("xlsx", "sqlite", "parquet"):
        WRITERS[form.kind](form, cells, path)
    else:
        path.write_bytes(TEXTS[form.kind](form, cells).encode(form.encodings[0]))
    return path


def _text(spec: Dataset, form: Format, name: str, con: duckdb.DuckDBPyConnection) -> str:
    column, when = spec.columns[name], moment(spec)
    if name == "gebied":
        return _area(spec, form, con)
    if name == "jaar":
        return str(when.year)
    if column.values:
        return next(iter(column.values))
    if column.type == "text":
        return "x"
    if column.type == "time" and column.written == "epoch_ms":
        return str(int(when.timestamp() * 1000))
    if column.type in ("date", "time"):
        default = "%Y-%m-%d" if column.type == "date" else "%Y-%m-%dT%H:%M:%S%z"
        return when.strftime((column.written or default).replace("%g", "000"))
    low = 0 if column.min is None else column.min
    high = low + 20 if column.max is None else column.max
    middle = (low + high) / 2
    number = str(int(middle)) if column.type == "integer" else repr(middle).replace(".", form.decimal)
    return f"{column.prefix}{number}{column.suffix}"


def _area(spec: Dataset, form: Format, con: duckdb.DuckDBPyConnection) -> str:
    """An area of the source's level that is not left out."""
    level, year = spec.gebied.niveau, moment(spec).year
    if level == "punt":
        return "punt-1"
    if spec.gebied.aliassen:
        return next(iter(spec.gebied.aliassen))
    if level == "kolom":
        level = next(iter(spec.columns["gebiedsniveau"].values.values()))
    if level == "jaar":
        level = "gemeente2018" if year < 2019 else "gemeente2024" if year < 2025 else "gemeente"
    out = {value for x in form.excluded for value in x.values}
    found = con.execute("SELECT gebied FROM gebied WHERE gebiedsniveau = ? ORDER BY soort, gebied", [level]).fetchall()
    return next(area for (area,) in found if area not in out)


def _fitting(spec: Dataset, patterns: list[str]) -> str:
    texts = [c.format(jaar=moment(spec).year) for c in (*DATES, *CODES)]
    return next(t for t in texts if all(re.search(p, t) for p in patterns))


def _csv(form: Format, cells: Cells) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=form.delimiter, lineterminator="\n")
    if form.names:
        writer.writerow([cells[n] for n in form.names])
    else:
        out.write("titel\n" * (form.header_row - 1))
        writer.writerows([list(cells), list(cells.values())])
    return out.getvalue()


def _json(form: Format, cells: Cells) -> str:
    if form.records == ".":
        return json.dumps(cells) + "\n"
    body: Any = [{**cells, **({"@odata.id": "1"} if form.records == "value" else {})}]
    for step in reversed(form.records.split(".") if form.records else []):
        body = {step: body}
    return json.dumps(body)


def _geojson(form: Format, cells: Cells) -> str:
    properties = {k: v for k, v in cells.items() if k not in PLACE}
    square = [[[4.4, 51.0], [4.5, 51.0], [4.5, 51.1], [4.4, 51.0]]]
    point = [float(PLACE["lon"]), float(PLACE["lat"])]
    shape = {"type": "Point", "coordinates": point} if "lon" in cells else {"type": "Polygon", "coordinates": square}
    feature = {"type": "Feature", "id": "1", "properties": properties, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def _arcgis(form: Format, cells: Cells) -> str:
    fields = [{"name": name, "type": "esriFieldTypeString"} for name in cells]
    reference = {"wkid": 31370, "latestWkid": 31370}
    return json.dumps({"fields": fields, "spatialReference": reference, "features": [{"attributes": cells}]})


def _jsonstat(form: Format, cells: Cells) -> str:
    dimensions = [name for name in cells if name not in ("value", "status")]
    index = {name: {"category": {"index": {cells[name]: 0}}} for name in dimensions}
    value = json.loads(cells["value"])
    frame = {"version": "2.0", "class": "dataset", "id": dimensions, "size": [1] * len(dimensions)}
    return json.dumps({**frame, "dimension": index, "value": {"0": value}, "status": {"0": "p"}})


def _sos(form: Format, cells: Cells) -> str:
    measured = {"timestamp": int(cells["timestamp"]), "value": float(cells["value"])}
    return json.dumps({cells["series"]: {"values": [measured]}})


def _xlsx(form: Format, cells: Cells, path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name in [*form.sheets, *form.ignored_sheets] or ["Blad1"]:
        sheet = book.create_sheet(name)
        for row in [*[["titel"]] * (form.header_row - 1), list(cells), list(cells.values())]:
            sheet.append(row)
    book.save(path)


def _sqlite(form: Format, cells: Cells, path: Path) -> None:
    with closing(sqlite3.connect(path)) as con:
        for table in form.sheets:
            con.execute(f'CREATE TABLE "{table}" ({", ".join(f"{name!r} TEXT" for name in cells)})')
            con.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(cells))})', list(cells.values()))
        con.commit()


def _parquet(form: Format, cells: Cells, path: Path) -> None:
    pq.write_table(pa.table({name: [text] for name, text in cells.items()}), path)


TEXTS: dict[str, Callable[[Format, Cells], str]] = {
    "csv": _csv,
    "json": _json,
    "geojson": _geojson,
    "arcgis": _arcgis,
    "jsonstat": _jsonstat,
    "sos": _sos,
}
WRITERS: dict[str, Callable[[Format, Cells, Path], None]] = {"xlsx": _xlsx, "sqlite": _sqlite, "parquet": _parquet}
