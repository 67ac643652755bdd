"""Rows of our own making that fit a description: what its publisher would send if every figure were invented."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import duckdb
import openpyxl

from pipelines.describe.catalogue import load_topics
from pipelines.describe.formats import Format
from pipelines.describe.levels import version_sql
from pipelines.describe.specs import Column, Dataset
from pipelines.home import now
from pipelines.landing.areas import municipal_levels

POINTS = 12  # areas of a dataset whose areas are in no list
YEARS = 3
RENAMED = "_nieuw"
GENT = {"lon": "3.7127", "lat": "51.0543"}
MONTHS = 13  # a year and its months
Row = dict[str, str]
Area = tuple[str, str, str]  # level, code, municipality that it lies in


@dataclass(frozen=True)
class Sample:
    """Cells as the publisher writes them, as text, in the columns of one of its layouts."""

    spec: Dataset
    form: Format
    header: list[str]
    rows: list[Row]

    def renamed(self) -> Sample:
        """The same with another name for its last column that is read; without a header, with a column more."""
        if self.form.names:
            return replace(self, header=["nieuw", *self.header], rows=[{"nieuw": "1", **r} for r in self.rows])
        old = [h for h in self.header if h in self.form.header and h not in GENT][-1]
        new = f"{old}{RENAMED}"
        header = [new if h == old else h for h in self.header]
        return replace(self, header=header, rows=[{new if n == old else n: v for n, v in r.items()} for r in self.rows])

    def recoded(self) -> Sample:
        """The same with other codes in one column: the one that has a list of codes, or else that of the areas."""
        columns, theirs = self.spec.columns, self.form.targets()
        listed = [n for n, c in columns.items() if c.values and n != "gebiedsniveau" and n in theirs]
        texts = [n for n in theirs if columns[n].type == "text" and (n == "gebied" or n not in self.spec.replaces)]
        name = theirs[(listed or [n for n in texts if n == "gebied"] or texts)[0]]
        number = any(columns[ours].type != "text" for ours, t in theirs.items() if t == name)
        return replace(self, rows=[r | {name: f"9000{r[name]}" if number else f"Z-{r[name]}"} for r in self.rows])

    def empty(self) -> Sample:
        """The same without rows."""
        return replace(self, rows=[])

    def values(self) -> list[dict[str, Any]]:
        """The rows with numbers where a number is meant."""
        theirs = self.form.targets()
        numbers = {theirs[n] for n, c in self.spec.columns.items() if n in theirs and c.type in ("integer", "number")}
        numbers |= {f"{n}{RENAMED}" for n in numbers}
        return [
            {n: json.loads(v) if n in numbers and v and not _texts(v) else v for n, v in r.items()} for r in self.rows
        ]


def _texts(value: str) -> bool:
    return not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value)


def made_up(con: duckdb.DuckDBPyConnection, spec: Dataset, year: int | None = None, month: int = 1) -> Sample:
    """A right sample of a description's first layout, of one year (and month) or of the last three years; needs the
    register of areas in the connection."""
    form = spec.formats[0]
    header = list(form.names or [*form.header, *form.ignored])
    if spec.codes:
        named = re.sub(r"\(\?\w\)|\|.*|[\\^$()]", "", spec.codes.pattern or "")
        header += spec.codes.known or [named]
    running = now().year
    if "jaar" in form.arrived:
        year = running
    years = [year] if year else [y for y in range(max(spec.dekking.vanaf, running - YEARS), running)] or [running]
    rows = [
        _row(spec, form, header, area, place, y, month, number)
        for y in years
        for place, area in enumerate(_areas(con, spec, y))
        for number in range(_per_area(spec, form))
    ]
    return Sample(spec, form, header, rows)


def _areas(con: duckdb.DuckDBPyConnection, spec: Dataset, year: int) -> list[Area]:
    area, scope = spec.gebied, spec.dekking
    if area.niveau == "punt":
        return [("punt", str(n), "44021") for n in range(1, POINTS + 1)]
    if area.niveau == "kolom":
        levels = sorted(set(spec.columns["gebiedsniveau"].values.values()))
    elif area.niveau == "jaar":
        levels = [con.execute(f"SELECT {version_sql(str(year))}").fetchone()[0]]
    else:
        levels = [area.niveau]
    chosen, told = ("gebied", scope.gebieden) if scope.gebieden else ("gewest", scope.gewesten)
    if con.execute("SELECT 1 FROM gebied WHERE gebiedsniveau = 'belgie' LIMIT 1").fetchone() and "belgie" in levels:
        told = [*told, "01000"]
    found = con.execute(
        f"SELECT gebiedsniveau, gebied FROM gebied WHERE soort = 'gebied' AND list_contains($levels, gebiedsniveau) "
        f"AND (list_contains($told, {chosen}) OR gebiedsniveau = 'belgie') ORDER BY ALL",
        {"levels": levels, "told": told},
    ).fetchall()
    left_out = {tuple(k.split(" ")[:2]) for k in scope.uitzonderingen}
    within: dict[str, str] = {}
    if "gemeente" in spec.columns:
        place = municipal_levels(con)[levels[0]]
        sql = "SELECT van, naar FROM gebied_relatie WHERE van_niveau = $a AND naar_niveau = $b"
        within = dict(con.execute(sql, {"a": levels[0], "b": place}).fetchall())
    return [(level, code, within.get(code, code)) for level, code in found if (level, code) not in left_out]


@cache
def _asked(dataset: str) -> dict[str, str]:
    """The texts that the subjects of a dataset go over, by column."""
    of_it = [t.waar for t in load_topics().values() if dataset in t.bron]
    return {n: str(w[0]) for waar in of_it for n, w in waar.items() if isinstance(w, list)}


def _codes(column: Column) -> list[str]:
    """One of the publisher's codes for each of ours."""
    return list({ours: theirs for theirs, ours in reversed(column.values.items())}.values())[::-1]


def _per_area(spec: Dataset, form: Format) -> int:
    """How many rows an area has in a year: enough for every code, and for every month."""
    sizes = [1]
    for name in {*spec.key, *(n for n, c in spec.columns.items() if c.values)} & {*form.targets()}:
        column = spec.columns[name]
        if name == "maand":
            sizes.append(MONTHS if column.min is None and column.type == "integer" else 12)
        elif column.values and name != "gebiedsniveau":
            sizes.append(len(_codes(column)))
        elif name not in ("gebied", "jaar", "gebiedsniveau", *spec.replaces):
            sizes.append(2)
    return max(sizes)


def _row(
    spec: Dataset, form: Format, header: list[str], area: Area, place: int, year: int, month: int, number: int
) -> Row:
    row = dict.fromkeys(header, "x")
    dated = {e.column: e.pattern for e in form.extract.values()}
    for theirs, ours in form.header.items():
        names = [ours] if isinstance(ours, str) else ours
        # a cell of several of our columns is written as the strictest of them is
        name = max(
            names,
            key=lambda n: (
                ("text", "number", "integer").index(t)
                if (t := spec.columns[n].type) in ("text", "number", "integer")
                else 3
            ),
        )
        cell = _cell(spec, form, name, area, place, year, month, number)
        if spec.columns[name].type == "text" and theirs in dated:
            cell = f"{year}-{number % 12 + 1:02}-01"
        row[theirs] = cell
    for code in [h for h in header if h not in form.known]:
        assert spec.codes is not None, "no other columns are made"
        row[code] = _measure(spec.columns[spec.codes.value], form, place, year)
    return row


def _cell(spec: Dataset, form: Format, name: str, area: Area, place: int, year: int, month: int, number: int) -> str:
    column, (level, code, municipality) = spec.columns[name], area
    points = spec.gebied.punten
    if points and name in (points.lon, points.lat):
        return GENT["lon" if name == points.lon else "lat"]
    if name == "gebied":
        return {ours: theirs for theirs, ours in spec.gebied.aliassen.items()}.get(code, code)
    if name == "gemeente":
        return municipality
    if name == "gebiedsniveau":
        return next(t for t, ours in column.values.items() if ours == level)
    if name == "jaar":
        return str(year)
    if column.values:
        codes = _codes(column)
        return codes[number % len(codes)]
    if column.measure:
        return _measure(column, form, place, year)
    if number == 0 and name in (asked := _asked(spec.id)):
        return asked[name]
    if column.type in ("date", "time"):
        moment = dt.datetime(year, number % 12 + 1, place % 28 + 1, 7, tzinfo=dt.UTC)
        written = column.written or ("%Y-%m-%d" if column.type == "date" else "%Y-%m-%dT%H:%M:%S+00:00")
        return moment.strftime(written.replace("%g", "000"))
    if column.type == "text":
        dated = "" if "jaar" in spec.key else f"{year}-{month:02} "
        return f"{name} {dated}{number}" if name in spec.key or name in ("naam", "maand") else name
    if name == "maand":
        return str(number if column.min is None else number % 12 + 1)
    low, high = int(column.min or 0), int(column.max or 99)
    if column.type == "number":
        return f"{((column.min or 0) + (column.max or 99)) / 2:.2f}"
    return str(low + (place * 7 + number + 1) % (high - low + 1)) if name not in spec.key else str(low + number)


def _measure(column: Column, form: Format, place: int, year: int) -> str:
    low = max(column.min or 0, 0)
    high = column.max if column.max is not None else low + 10_000
    value = low + (high - low) * 0.025 * (1 + place % 7 / 10) * (1 + year % 5 / 100)
    text = str(round(value)) if column.type == "integer" else f"{value:.2f}".replace(".", form.decimal)
    return f"{column.prefix}{text}{column.suffix}"


def as_file(sample: Sample, name: str) -> bytes:
    """A sample as the file with this name: delimited or a workbook, packed where the name says so."""
    body = _workbook(sample) if sample.form.kind == "xlsx" else delimited(sample)
    if not name.endswith(".zip"):
        return body
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name.removesuffix(".zip") + ".txt", body)
    return out.getvalue()


def delimited(sample: Sample) -> bytes:
    """A sample as delimited text."""
    text, form = io.StringIO(), sample.form
    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    writer = csv.DictWriter(
        text,
        sample.header,
        delimiter=form.delimiter,
        quotechar=form.quote or None,
        quoting=quoting,
        lineterminator="\n",
    )
    if not form.names:
        writer.writeheader()
    writer.writerows(sample.rows)
    return text.getvalue().encode(form.encodings[0])


def _workbook(sample: Sample) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(sample.form.sheets[0] if sample.form.sheets else "Blad1")
    sheet.append(sample.header)
    for row in sample.values():
        sheet.append([row[h] for h in sample.header])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
