"""Delimited text: its encoding, delimiter, quotes, comments and header, each with the reason."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import duckdb

from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.table import trimmed
from pipelines.scaffold.head import first_row, is_header
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import SHEET, NotDescribed, Sample, Say, named_once

SWING = re.compile(r"^(?:v[pgs]?|kubus)\d{4}_\w+$", re.IGNORECASE)
DELIMITERS = {"|": "pipe", "\t": "tab", ";": "semicolon", ",": "comma"}
HEAD_LINES = 200


def read(sample: Sample, path: Path, tmp: Path, answers: Answers, say: Say) -> None:
    """Fill the sample with the cells of delimited text. Raises NotDescribed."""
    content, encoding, why = _decoded(path, sample.name)
    say("kind", "csv: it is text")
    say("encoding", f"{encoding}: {why}")
    lines = [line.rstrip("\n") for line in io.StringIO(content, newline=None)]
    comments = 0
    while comments < len(lines) and lines[comments].startswith("#"):
        comments += 1
    if comments:
        say("comment", f"#: the first {comments} lines start with it")
    head = lines[comments : comments + HEAD_LINES]
    delimiter = answers.overruled("scheidingsteken", _delimiter(head, sample.name, say))
    rows = list(csv.reader(head, delimiter=delimiter))
    at = first_row([next(csv.reader([line], delimiter=delimiter), []) for line in head])
    if at is None:
        raise NotDescribed(f"{sample.name}: no table is seen in it; name its delimiter with the answer scheidingsteken")
    header = next(csv.reader(head[at:], delimiter=delimiter))
    form = {"kind": "csv", "encodings": [encoding], "delimiter": delimiter, "comment": "#" if comments else ""}
    skip = comments + at
    if is_header(header, rows[at + 1 :]):
        form["header_row"] = at + 1
        skip += 1
        form["trim"] = any(h != trimmed(h) for h in header)
        header = [trimmed(h) for h in header]
        say("header_row", f"{at + 1}: {'the lines above it are titles' if at else 'no cell of it is a figure'}")
    else:
        if at:
            raise NotDescribed(f"{sample.name}: titles stand above a table without names; take the {at} lines out")
        say("names", f"the first line holds figures ({', '.join(header)[:60]}), so there is no header")
        header = _names(answers, header, sample.name)
        form["names"] = header
    last = max((i for i, h in enumerate(header, 1) if h), default=0)
    sample.form, sample.header = form, named_once(sample.name, header[:last])
    utf8 = tmp / "monster.csv"
    utf8.write_text(content, encoding="utf-8", newline="")
    _load(sample, utf8, skip, len(header) - last, say)


def _names(answers: Answers, first: list[str], name: str) -> list[str]:
    """The names of the columns of a file without a header, which only a person knows."""
    given = answers.need("kolommen", f"names of the {len(first)} columns, by commas; first row {','.join(first)[:80]}")
    names = [trimmed(str(n)) for n in (given if isinstance(given, list) else str(given).split(","))]
    if names == [""]:
        return [f"kolom_{i}" for i in range(1, len(first) + 1)]
    if len(names) != len(first):
        raise NotDescribed(f"{name} has {len(first)} columns and 'kolommen' names {len(names)}; name every column")
    return names


def _decoded(path: Path, name: str) -> tuple[str, str, str]:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16"), "utf-16", "it starts with its byte order mark"
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        try:
            content = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise NotDescribed(f"{name} is neither UTF-8 nor Windows-1252; save it in UTF-8 and try again") from None
        around = content[max(err.start - 12, 0) : err.start + 8].splitlines()
        return content, "cp1252", f"byte {err.start} is no UTF-8, and reads '{around[0] if around else ''}' as cp1252"
    plain = "only ASCII in it, which is UTF-8 too"
    marked = "it starts with its byte order mark" if raw.startswith(b"\xef\xbb\xbf") else "every byte fits"
    return content, "utf-8", plain if content.isascii() and marked == "every byte fits" else marked


def _delimiter(head: list[str], name: str, say: Say) -> str:
    """The sign that gives the most lines the same number of columns."""
    seen = {}
    for sign in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(head, delimiter=sign) if row)
        wide = [(count, width) for width, count in widths.items() if width > 1]
        if wide:
            seen[sign] = max(wide)
    if not seen:
        raise NotDescribed(f"{name} has one column; give a file in which columns are parted by ; , | or a tab")
    best = max(seen, key=lambda s: seen[s])
    say("delimiter", f"{DELIMITERS[best]}: {seen[best][0]} of {len(head)} lines have {seen[best][1]} columns with it")
    return best


def _load(sample: Sample, path: Path, skip: int, unnamed: int, say: Say) -> None:
    """The cells, with quotes as quotes or else as ordinary characters; columns after the last name hold nothing."""
    beside = [f"zonder naam {i}" for i in range(unnamed)]
    columns = ", ".join(f"{quoted(h)}: 'VARCHAR'" for h in [*sample.header, *beside])
    cells = ", ".join(f"COALESCE({named(h)}, '') AS {named(h)}" for h in sample.header)
    said = ""
    for quote in ('"', ""):
        sql = (
            f"read_csv({quoted(path)}, auto_detect=false, header=false, skip={skip}, "
            f"delim={quoted(sample.form['delimiter'])}, quote={quoted(quote)}, escape={quoted(quote)}, "
            f"columns={{{columns}}}, max_line_size=20000000, strict_mode=true, null_padding=false)"
        )
        try:
            sample.con.execute(f"CREATE OR REPLACE TABLE monster AS SELECT '' AS {named(SHEET)}, {cells} FROM {sql}")
        except duckdb.Error as err:
            said = said or str(err).splitlines()[0]
            continue
        if beside:
            _empty(sample, sql, beside)
        if not quote:
            say("quote", "none: as quotes they do not close")
            sample.form["quote"] = ""
        if not sample.rows:
            raise NotDescribed(f"{sample.name} has a header and no rows; give a file with figures")
        return
    raise NotDescribed(f"{sample.name}: its rows cannot be read alike ({said[:160]}); take out notes and empty rows")


def _empty(sample: Sample, sql: str, columns: list[str]) -> None:
    held = " OR ".join(f"{named(c)} <> ''" for c in columns)
    if sample.one(f"SELECT COUNT(*) FROM {sql} WHERE {held}"):
        raise NotDescribed(
            f"{sample.name}: cells stand beside the columns of the header; take them out, or give their column a name"
        )
