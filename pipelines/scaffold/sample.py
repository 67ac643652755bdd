"""A publisher's file as one table of text that can be asked about, read as a refresh would read it."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read import archive
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.records import load_json
from pipelines.ingest.read.sheets import DamagedWorkbook, read_sheets, sheet_names
from pipelines.ingest.read.source import open_source
from pipelines.ingest.read.table import BLANKS, cell_text, joined, trimmed
from pipelines.ingest.read.tables import GZIP, ZIP, is_workbook, kinds_of, open_tables
from pipelines.landing.areas import load_areas
from pipelines.scaffold.questions import Answers, NotDescribed

NUMBER = re.compile(r"-?\d[\d.,\u00a0\u202f ]*%?")
YEAR = r"(?:19|20)\d\d"
SHEET = "(blad)"
HEAD_ROWS = 60


@dataclass
class Sample:
    """Every cell of a file as text, in the table `monster` beside the area lists. A cell of a sheet that lacks the
    column is NULL, an empty cell is ''. `form` is what a format of a source spec says of such a file; `said` what the
    file says outside its table: its names, those of its sheets, and the rows above the header."""

    name: str
    con: duckdb.DuckDBPyConnection
    form: dict[str, Any]
    said: str
    header: list[str] = field(default_factory=list)
    _values: dict[str, dict[str, int]] = field(default_factory=dict)

    def values(self, column: str) -> dict[str, int]:
        """The texts that a column holds, in order, with how many cells hold each."""
        if column not in self._values:
            cell = named(column)
            sql = f"SELECT {cell}, COUNT(*) FROM monster WHERE {cell} IS NOT NULL GROUP BY 1 ORDER BY 1"
            self._values[column] = dict(self.con.execute(sql).fetchall())
        return self._values[column]

    def texts(self, column: str) -> list[str]:
        """The texts that a column holds, empty ones left out."""
        return [t for t in self.values(column) if t]

    def twice(self, columns: Sequence[str]) -> tuple[Any, ...] | None:
        """What stands in these columns in more than one row of a sheet, and how often; None where they tell rows
        apart."""
        listed = ", ".join(map(named, [SHEET, *columns]))
        return self.con.execute(
            f"SELECT {listed}, COUNT(*) AS n FROM monster GROUP BY {listed} HAVING n > 1 ORDER BY {listed} LIMIT 1"
        ).fetchone()

    def drop(self, holds: dict[str, list[str]]) -> None:
        """Take out the rows that do not land: all these columns hold one of their texts. Raises NotDescribed where no
        row is left."""
        where = " AND ".join(f"{named(c)} IN ({', '.join(map(quoted, texts))})" for c, texts in holds.items())
        self.con.execute(f"DELETE FROM monster WHERE {where}")
        self._values.clear()
        if not self.con.execute("SELECT 1 FROM monster LIMIT 1").fetchone():
            raise NotDescribed(
                f"{self.name}: no row is left once {', '.join(holds)} is left out; say in the answer gebieden which "
                "code an area has, or in patronen what stands around the names"
            )

    def determines(self, columns: Sequence[str], other: str) -> bool:
        """True when the values of these columns leave one value for the other."""
        listed = ", ".join(map(named, columns))
        sql = f"SELECT 1 FROM monster GROUP BY {listed} HAVING COUNT(DISTINCT {named(other)}) > 1 LIMIT 1"
        return self.con.execute(sql).fetchone() is None


def look(path: Path, tmp: Path, answers: Answers) -> Sample:
    """The file's cells, and what a format must say to read them. Raises NotDescribed."""
    con = duckdb.connect()
    load_areas(con)
    try:
        return _read(con, path, tmp, {**_form(path, path.name, tmp, answers), "trim": True})
    except ParseError as err:
        raise NotDescribed(str(err)) from err
    except (DamagedWorkbook, sqlite3.Error) as err:
        raise NotDescribed(f"{path.name} is damaged ({err}); ask for it again") from err
    except duckdb.Error as err:
        raise NotDescribed(
            f"{path.name}: its rows cannot be parted into columns; look for quotes that do not close, or say in the "
            "answer delimiter what parts them"
        ) from err


def _read(con: duckdb.DuckDBPyConnection, path: Path, tmp: Path, form: dict[str, Any]) -> Sample:
    """Lay the tables of the file below each other, as the reader of a refresh gives them."""
    said = " ".join([path.name, form.pop("above", ""), form.get("member", ""), *form.get("sheets", [])])
    sample = Sample(path.name, con, form, said)
    told = {"id": "", "uitgever": "the publisher", "pagina": "its page", "voorbeeld": None, "codes": None}
    bare = Dataset.model_construct(formats=[Format(name="-", header={}, **form)], columns={}, **told)
    parts = []
    for number, table in enumerate(open_tables(bare, [(path, path.name)], tmp)):
        names = [h for h in table.header if h]
        sample.header += [h for h in names if h not in sample.header]
        cells = ", ".join(f"trim(COALESCE({named(h)}, ''), {quoted(BLANKS)}) AS {named(h)}" for h in names)
        sheet = f"{quoted(table.sheet)} AS {named(SHEET)}"
        parts.append(f"SELECT {sheet}, {cells} FROM {open_source(con, bare, table, number).sql}")
    con.execute(f"CREATE TABLE monster AS {' UNION ALL BY NAME '.join(parts)}")
    return sample


def _form(path: Path, name: str, tmp: Path, answers: Answers) -> dict[str, Any]:
    """What kind of file it is, and how its cells are reached."""
    (unpacked := tmp / "look").mkdir(parents=True, exist_ok=True)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise NotDescribed(f"{name} is empty; give a file with figures")
    if head.startswith(GZIP) or (head.startswith(ZIP) and not is_workbook(path)):
        members = {m.name: m.path for m in archive.members(path, name, unpacked)}
        chosen = answers.ask("lid", [*members], sole="the only file in the archive", file=name)
        form = _form(members[chosen], f"{name}/{chosen}", tmp, answers)
        pattern = re.sub(YEAR, r"\\d{4}", re.escape(Path(chosen).name))
        return {**form, "member": pattern} if len(members) > 1 else form
    kind = kinds_of(head)[0]
    looks = {"csv": _text, "xlsx": _workbook, "sqlite": _sqlite, "json": _json}
    return {"kind": kind, **(looks[kind](path, name, tmp, answers) if kind in looks else {})}


def _text(path: Path, name: str, tmp: Path, answers: Answers) -> dict[str, Any]:
    """Encoding, delimiter, quotes, comments and header of delimited text."""
    encoding, text = _decoded(path.read_bytes(), name)
    lines = io.StringIO(text, newline=None).readlines()
    comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    told = f", delim={quoted(sign)}" if (sign := answers.given("delimiter")) else ""
    plain = tmp / "sniffed.csv"
    plain.write_text("".join(lines[comments:]), encoding="utf-8")
    sniff = f"FROM sniff_csv({quoted(plain)}, all_varchar=true, sample_size=-1{told})"
    try:
        delimiter, quote = duckdb.execute(f"SELECT Delimiter, Quote {sniff}").fetchone()  # type: ignore[misc]
    except duckdb.Error as err:
        raise NotDescribed(
            f"{name}: no table is seen in it; say in the answer delimiter what parts its columns"
        ) from err
    bare = quote == "(empty)" and '"' in text  # as quotes they do not close
    quoting = csv.QUOTE_NONE if bare else csv.QUOTE_MINIMAL
    rows = list(csv.reader(lines[comments : comments + HEAD_ROWS], delimiter=delimiter, quoting=quoting))
    form = _header(rows, name, answers)
    form["above"] = " ".join(["".join(lines[:comments]), form.get("above", "")])
    comment, sign = "#" if comments else "", "" if bare else '"'
    return {"encodings": [encoding], "delimiter": delimiter, "comment": comment, "quote": sign, **form}


def _decoded(raw: bytes, name: str) -> tuple[str, str]:
    for encoding in ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8", "cp1252"]:
        with suppress(UnicodeDecodeError):
            return encoding, raw.decode(encoding).removeprefix("\ufeff")
    raise NotDescribed(f"{name} is neither UTF-8 nor Windows-1252; save it in UTF-8 and try again")


def _workbook(path: Path, name: str, tmp: Path, answers: Answers) -> dict[str, Any]:
    """The sheets that hold the figures, and where their names stand."""
    names = sheet_names(path)
    chosen = answers.ask("bladen", names, sole="there is no other", what="sheets")
    cells = read_sheets(path, chosen[:1])[chosen[0]][:HEAD_ROWS]
    form = _header([[cell_text(c) for c in row] for row in cells], name, answers)
    if "names" in form:
        raise NotDescribed(f"{name}: a sheet is not read without a row of names; write one above the figures")
    others = [s for s in names if s not in chosen]
    return {**form, "sheets": chosen, "ignored_sheets": others} if len(names) > 1 else form


def _sqlite(path: Path, name: str, tmp: Path, answers: Answers) -> dict[str, Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as con:
        names = [n for (n,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    return {"sheets": answers.ask("bladen", names, sole="there is no other", what="tables")}


def _json(path: Path, name: str, tmp: Path, answers: Answers) -> dict[str, Any]:
    """Where the list of objects stands; an object a line and JSON-stat say so themselves."""
    with path.open(encoding="utf-8-sig") as stream:
        lines = [stream.readline().strip() for _ in range(2)]
    if all(line.startswith("{") and line.endswith("}") for line in lines):
        return {}
    document = load_json(path, name)
    if isinstance(document, dict) and document.get("class") == "dataset":
        return {"kind": "jsonstat"}
    lists = [] if isinstance(document, dict) and "type" in document else _lists(document, "")
    if not lists:
        raise NotDescribed(f"{name} is a map or holds no list of objects; give the figures as a table")
    return {"records": answers.ask("records", lists, sole="the only list")}


def _lists(value: Any, at: str) -> list[str]:
    """Where lists of objects stand."""
    if isinstance(value, list):
        return [at] if value and all(isinstance(v, dict) for v in value) else []
    found = value.items() if isinstance(value, dict) else ()
    return [place for key, v in found for place in _lists(v, f"{at}.{key}".lstrip("."))]


def _header(rows: list[list[str]], name: str, answers: Answers) -> dict[str, Any]:
    """The rows that hold the names of the columns: the first that is filled for more than a half, where it names every
    column once; else a person says it."""
    filled = [sum(1 for c in row if c.strip()) for row in rows]
    if max(filled, default=0) < 2:
        raise NotDescribed(f"{name} has one column; give a table in which columns are parted by ; , | or a tab")
    at = next(i for i, n in enumerate(filled) if n > max(filled) / 2)
    doubt = _doubt(_names(rows[at : at + 1]))
    if doubt and not _doubt(_names(rows[at : at + 2])) and not _doubt(_names(rows[at + 1 : at + 2]), False):
        doubt += f", rows {at + 1}-{at + 2} together name every column"
    guess = None if doubt else f"{at + 1}"
    told = answers.ask("kop", guess=guess, why="it names every column", doubt=f"row {at + 1} {doubt}") or f"{at + 1}"
    if not (said := re.fullmatch(r"(\d+)(?:-(\d+))?", told)):
        raise NotDescribed(f"the answer '{told}' to kop is no row; write 6, or 6-7")
    first, last = int(said[1]), int(said[2] or said[1])
    if not first:
        width = len(rows[at])
        given = answers.ask("kolomnamen", width=width, first=", ".join(rows[at])[:80])
        if len(given) != width and not answers.is_open:
            raise NotDescribed(f"{name} has {width} columns and kolomnamen names {len(given)}; name every column")
        return {"names": given if len(given) == width else [f"kolom {i}" for i in range(width)]}
    names = _names(rows[first - 1 : last])
    if doubled := [n for n in dict.fromkeys(names) if names.count(n) > 1]:
        raise NotDescribed(
            f"{name}: column {doubled[0] or '(no name)'} stands there {names.count(doubled[0])} times in row {told}, "
            "so its cells cannot be told apart; say in the answer kop which rows hold the names, such as 6-7"
        )
    if "" in names:
        answers.say("ignored", f"column {names.index('') + 1}: it has no name, and is not read")
    above = " ".join(c for row in rows[: first - 1] for c in row)
    ignored = [""] if "" in names else []
    return {"header_row": first, "header_rows": last - first + 1, "ignored": ignored, "above": above}


def _names(rows: list[list[str]]) -> list[str]:
    """The names in one or more rows, without empty cells behind the last."""
    names = joined([[trimmed(c) for c in row] for row in rows])
    return names[: max((i for i, n in enumerate(names, 1) if n), default=0)]


def _doubt(cells: list[str], each: bool = True) -> str:
    """Why a row may not be the names; empty when it is. Part of the names need not be different in `each` column."""
    figures = [c for c in cells if NUMBER.fullmatch(c)]
    years = len(figures) > 1 and len({*figures}) == len(figures) and all(re.fullmatch(YEAR, f) for f in figures)
    if figures and not years:
        return f"holds figures ({', '.join(figures[:3])})"
    if each and "" in cells[1:]:
        return "has no name in a column"
    doubled = sorted({c for c in cells if cells.count(c) > 1})
    return f"has {doubled[0]} {cells.count(doubled[0])} times" if each and doubled else ""
