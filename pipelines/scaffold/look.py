"""What a file is: its kind, and how its cells are reached."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from pipelines.describe.specs import Format
from pipelines.home import quoted
from pipelines.ingest.read import archive
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.records import load_json
from pipelines.ingest.read.structured import named_cells
from pipelines.ingest.read.table import cell_text, trimmed
from pipelines.ingest.read.tables import GZIP, HTML, OLE, PARQUET, SQLITE, ZIP, is_workbook
from pipelines.landing.areas import load_areas
from pipelines.scaffold import text
from pipelines.scaffold.head import header_row
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import SHEET, NotDescribed, Sample, Say, fill, named_once


def look(path: Path, name: str, tmp: Path, answers: Answers, say: Say) -> Sample:
    """The file's cells as text, and what a format must say to read them. Raises NotDescribed."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise NotDescribed(f"{name} is empty; give a file with figures")
    if HTML.match(head):
        raise NotDescribed(f"{name} is a web page and not data; download the file itself")
    if head.startswith(GZIP) or (head.startswith(ZIP) and not is_workbook(path)):
        return _unpacked(path, name, tmp, answers, say)
    con = duckdb.connect()
    load_areas(con)
    sample = Sample(name, con, [])
    try:
        if head.startswith((ZIP, OLE)):
            if head.startswith(ZIP):
                archive.refuse_unsafe_workbook(path, name)
            _workbook(sample, path, say)
        elif head.startswith(SQLITE):
            _sqlite(sample, path, say)
        elif head.startswith(PARQUET):
            say("kind", "parquet: its first four bytes are PAR1")
            _structured(sample, path, {"kind": "parquet"})
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            _json(sample, path, say)
        else:
            text.read(sample, path, tmp, answers, say)
    except ParseError as err:
        raise NotDescribed(str(err)) from err
    if sample.form.get("trim") or sample.padded():
        say("trim", "true: blanks stand around names or cells")
        sample.trim()
    return sample


def _unpacked(path: Path, name: str, tmp: Path, answers: Answers, say: Say) -> Sample:
    folder = tmp / "unpacked"
    folder.mkdir()
    try:
        members = archive.members(path, name, folder)
    except ParseError as err:
        raise NotDescribed(str(err)) from err
    chosen = members[0]
    if len(members) > 1:
        names = [m.name for m in members]
        wanted = answers.need("lid", f"which of the {len(members)} files in {name} holds the figures", names)
        chosen = next(m for m in members if m.name == wanted)
    say("archive", f"holds {', '.join(m.name for m in members)}")
    sample = look(chosen.path, f"{name}/{chosen.name}", tmp, answers, say)
    if len(members) > 1:
        sample.form["member"] = re.sub(r"(19|20)\d\d", r"\\d{4}", re.escape(Path(chosen.name).name))
        say("member", f"{sample.form['member']}: the archive holds more, and the year in its name may change")
    return sample


def _workbook(sample: Sample, path: Path, say: Say) -> None:
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}
    except CalamineError as err:
        raise NotDescribed(f"{sample.name} is a damaged workbook ({err}); ask for it again") from err
    say("kind", f"xlsx: a workbook of {len(sheets)} sheets")
    found = {n: table for n, rows in sheets.items() if (table := _sheet(rows))}
    if not found:
        raise NotDescribed(f"{sample.name}: no sheet has a row of names with figures below it; give a table with one")
    chosen = _alike(found)
    rows = {found[n][2] for n in chosen}
    if len(rows) > 1:
        raise NotDescribed(f"{sample.name}: the header stands in rows {sorted(rows)} of its sheets; give them one row")
    sample.form = {"kind": "xlsx", "header_row": rows.pop(), "trim": any(found[n][3] for n in chosen)}
    if sample.form["header_row"] > 1:
        say("header_row", f"{sample.form['header_row']}: the rows above it are titles")
    if len(sheets) > 1:
        sample.form |= {"sheets": chosen, "ignored_sheets": [n for n in sheets if n not in chosen]}
        left = f", {len(sheets) - len(chosen)} others are laid out differently" if len(sheets) > len(chosen) else ""
        say("sheets", f"{', '.join(chosen)}: alike{left}")
    tables = {n: (named_once(f"{sample.name}, sheet {n}", found[n][0]), found[n][1]) for n in chosen}
    sample.header = fill(sample.con, tables)


def _sheet(rows: list[list[object]]) -> tuple[list[str], list[list[str]], int, bool] | None:
    """Header, rows, the row of the header and whether blanks stand around a name; None for a sheet that is no
    table."""
    texts = [[cell_text(c) for c in row] for row in rows]
    at = header_row(texts[:60])
    if at is None:
        return None
    header = [trimmed(c) for c in texts[at]]
    while header and not header[-1]:
        header.pop()
    body = [row[: len(header)] for row in texts[at + 1 :]]
    while body and not any(body[-1]):
        body.pop()
    blanks = any(c != trimmed(c) for c in texts[at])
    return (header, body, at + 1, blanks) if body and len(header) > 1 else None


def _alike(found: dict[str, tuple[list[str], list[list[str]], int, bool]]) -> list[str]:
    """The sheets that are laid out as the Swing uploads among them, else as the one with the most rows."""
    swing = [n for n, (header, *_) in found.items() if any(text.SWING.match(h) for h in header)]
    if swing:
        plain = {n: {h for h in found[n][0] if not text.SWING.match(h)} for n in swing}
        return [n for n in swing if plain[n] == plain[swing[0]]]
    largest = max(found, key=lambda n: len(found[n][1]))
    return [n for n in found if set(found[n][0]) == set(found[largest][0])]


def _sqlite(sample: Sample, path: Path, say: Say) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as con:
            names = [n for (n,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
            sizes = {n: con.execute('SELECT COUNT(*) FROM "{}"'.format(n.replace('"', '""'))) for n in names}
            counts = {n: size.fetchone()[0] for n, size in sizes.items()}
    except sqlite3.Error as err:
        raise NotDescribed(f"{sample.name} is a damaged SQLite file ({err}); ask for it again") from err
    if not counts:
        raise NotDescribed(f"{sample.name} holds no tables; give a file with figures")
    largest = max(counts, key=lambda n: counts[n])
    say("kind", f"sqlite: its largest table is {largest} ({counts[largest]:,} rows)")
    _structured(sample, path, {"kind": "sqlite", "sheets": [largest]})


def _json(sample: Sample, path: Path, say: Say) -> None:
    with path.open(encoding="utf-8-sig") as stream:
        first = stream.readline().strip()
        by_line = first.startswith("{") and first.endswith("}") and stream.readline().strip().startswith("{")
    if by_line:
        say("kind", "json: an object a line")
        _structured(sample, path, {"kind": "json"})
        return
    document = load_json(path, sample.name)
    if isinstance(document, dict) and document.get("class") == "dataset":
        say("kind", "jsonstat: its class is dataset")
        _structured(sample, path, {"kind": "jsonstat"})
        return
    if isinstance(document, dict) and document.get("type") in ("FeatureCollection", "Topology"):
        raise NotDescribed(f"{sample.name} is a map and holds no table; give the figures as a table")
    lists = sorted(_lists(document, ""), key=lambda found: -found[1])
    if not lists:
        raise NotDescribed(f"{sample.name}: no list of objects stands in it; give the figures as a list of objects")
    records, size = lists[0]
    say("kind", f"json: {size:,} objects at '{records}'")
    _structured(sample, path, {"kind": "json", "records": records})


def _lists(value: Any, at: str) -> list[tuple[str, int]]:
    """Where lists of objects stand, with their length."""
    if isinstance(value, list):
        return [(at, len(value))] if value and all(isinstance(v, dict) for v in value) else []
    if not isinstance(value, dict):
        return []
    return [found for key, v in value.items() for found in _lists(v, f"{at}.{key}".lstrip("."))]


def _structured(sample: Sample, path: Path, form: dict[str, Any]) -> None:
    """Cells of a file that names its own columns."""
    sheet = form.get("sheets", [""])[0]
    header, cells = named_cells(path, sample.name, sheet, Format(name="-", header={}, **form))
    sample.form = form
    sample.header = named_once(sample.name, list(header))
    sample.con.register("cellen", cells.rename_columns(sample.header))
    listed = ", ".join(f"COALESCE({named(c)}, '') AS {named(c)}" for c in sample.header)
    sample.con.execute(f"CREATE TABLE monster AS SELECT {quoted(sheet)} AS {named(SHEET)}, {listed} FROM cellen")
    sample.con.unregister("cellen")
    if not sample.rows:
        raise NotDescribed(f"{sample.name} has columns and no rows; give a file with figures")
