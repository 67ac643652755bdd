"""A release in the forms that everybody reads: Parquet, CSV with what its columns mean (CSVW), XLSX and JSON-stat 2.0.

Every form holds the same rows: a figure, or the reason why there is none, with the names that a reader needs. Numbers
are numbers, unrounded; a text that a spreadsheet would run is written as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from pipelines.export.chosen import Topic, choose, fetched, theme_file
from pipelines.home import quoted

FIGURES = ("onderwerp", "naam", "gebiedsniveau", "gebied", "gebiedsnaam", "periode", "waarde", "eenheid", "status")
FIGURES += ("reden", "ondergrens", "bovengrens", "teller", "noemer", "voorlopig", "kwaliteit", "bron")
NUMBERS = ("waarde", "ondergrens", "bovengrens", "teller", "noemer")
TEXTS = ("naam", "gebiedsnaam", "eenheid", "reden")
KEY = ("onderwerp", "gebiedsniveau", "gebied", "periode")
NAMED = {"naam": "Naam van het onderwerp.", "gebiedsnaam": "Naam van het gebied.", "eenheid": "Eenheid van de waarde."}
RUN = "'^[=+@\\t\\r-]'"  # a text that begins so is a formula to a spreadsheet
SHEET_ROWS = 1_048_575  # below the heading
ALWAYS = datetime(2020, 1, 1)
Said = Callable[[str], None]


def write_tables(form: str, database: Path, to: Path, asked: Sequence[str], said: Said) -> int:
    """Write the subjects that are asked for, or all, of a release into a folder in one of FORMS; how many files.
    Raises NothingToExport."""
    with duckdb.connect() as con:
        topics = choose(con, database, asked)
        to.mkdir(parents=True, exist_ok=True)
        joined = {"naam": "o.naam", "eenheid": "o.eenheid", "gebiedsnaam": "g.naam"}
        columns = ", ".join(f"{joined.get(c, f'w.{c}')} AS {c}" for c in FIGURES)
        con.execute(
            f"CREATE VIEW cijfer AS SELECT o.thema, {columns} FROM rel.mart.waarneming AS w JOIN topic AS o "
            "USING (onderwerp) LEFT JOIN rel.mart.gebied AS g USING (gebiedsniveau, gebied)"
        )
        files = 0
        for path in FORMS[form](con, to, topics):
            said(path.name)
            files += 1
    return files


def _parquet(con: duckdb.DuckDBPyConnection, to: Path, topics: list[Topic]) -> Iterator[Path]:
    for _, path, figures in _by_theme(con, to, topics, "parquet"):
        con.execute(f"COPY ({figures}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
        yield path
    yield from _about(con, to, "parquet", "FORMAT parquet")


def _csv(con: duckdb.DuckDBPyConnection, to: Path, topics: list[Topic]) -> Iterator[Path]:
    """Semicolons and decimal commas, and beside each file what it is and what its columns mean, as CSVW says it."""
    meant = dict(con.execute(COMMENTS).fetchall()) | NAMED
    commas = [f"REPLACE({c}::TEXT, '.', ',') AS {c}" for c in NUMBERS]
    safe = [f"CASE WHEN REGEXP_MATCHES({c}, {RUN}) THEN '''' || {c} ELSE {c} END AS {c}" for c in TEXTS]
    for theme, path, figures in _by_theme(con, to, topics, "csv"):
        con.execute(f"COPY (SELECT * REPLACE ({', '.join([*commas, *safe])}) FROM ({figures})) TO {quoted(path)} {CSV}")
        described = path.with_name(f"{path.name}-metadata.json")
        columns = [
            {
                "name": c,
                "titles": c,
                "datatype": _datatype(c),
                "dc:description": {"@value": meant[c], "@language": "nl"},
            }
            for c in FIGURES
        ]
        (release,) = con.execute("SELECT release FROM rel.mart.release").fetchone()
        table = {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "nl"}],
            "url": path.name,
            "dc:title": theme,
            "dc:source": f"stad in cijfers, release {release}",
            "dialect": {"delimiter": ";", "header": True, "encoding": "utf-8"},
            "tableSchema": {"columns": columns, "primaryKey": list(KEY)},
        }
        described.write_text(json.dumps(table, ensure_ascii=False, indent=1), encoding="utf-8")
        yield path
    yield from _about(con, to, "csv", CSV.strip("()"))


def _xlsx(con: duckdb.DuckDBPyConnection, to: Path, topics: list[Topic]) -> Iterator[Path]:
    """A workbook per theme: figures, subjects and datasets. Rows are written as they are read."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    for theme, path, figures in _by_theme(con, to, topics, "xlsx"):
        with xlsxwriter.Workbook(path, {"constant_memory": True, **options}) as book:
            book.set_properties({"created": ALWAYS})
            found = con.execute(figures)
            heads, sheets, row = [c for c, *_ in found.description], 0, SHEET_ROWS
            while some := found.fetchmany(10_000):
                for cells in some:
                    if row == SHEET_ROWS:
                        sheets, row = sheets + 1, 0
                        sheet = _sheet(book, "cijfers" if sheets == 1 else f"cijfers {sheets}", heads)
                    row += 1
                    sheet.write_row(row, 0, cells)
            about = f"FROM topic WHERE thema = {quoted(theme)}"
            for title, sql in (("onderwerpen", about), ("datasets", "FROM rel.mart.bron")):
                told = fetched(con, sql)
                sheet = _sheet(book, title, list(told[0]))
                for number, one in enumerate(told, 1):
                    cells = [c.isoformat() if isinstance(c, datetime) else c for c in one.values()]
                    sheet.write_row(number, 0, cells)
        yield path


def _jsonstat(con: duckdb.DuckDBPyConnection, to: Path, topics: list[Topic]) -> Iterator[Path]:
    """A dataset per subject: areas of every level by periods, with the status of what has no value."""
    cited = {r["bron"]: r["bronvermelding"] for r in fetched(con, "FROM rel.mart.bron")}
    for topic in topics:
        found = fetched(con, f"FROM cijfer WHERE onderwerp = ? ORDER BY {', '.join(KEY)}", topic["onderwerp"])
        if not found:
            continue
        areas = dict.fromkeys((r["gebiedsniveau"], r["gebied"]) for r in found)
        periods = {period: n for n, period in enumerate(sorted({r["periode"] for r in found}))}
        place = {area: number * len(periods) for number, area in enumerate(areas)}
        values: list[float | None] = [None] * len(areas) * len(periods)
        status = {}
        for r in found:
            at = place[r["gebiedsniveau"], r["gebied"]] + periods[r["periode"]]
            values[at] = r["waarde"]
            if r["status"] != "ok":
                status[str(at)] = r["status"]
        names = {f"{r['gebiedsniveau']} {r['gebied']}": r["gebiedsnaam"] or r["gebied"] for r in found}
        dataset = {
            "version": "2.0",
            "class": "dataset",
            "label": topic["naam"],
            "note": [text for text in (topic["omschrijving"], topic["voetnoot"]) if text],
            "source": "; ".join(cited.get(s, s) for s in topic["bron"].split(", ")),
            "id": ["gebied", "periode"],
            "size": [len(areas), len(periods)],
            "role": {"geo": ["gebied"], "time": ["periode"]},
            "dimension": {
                "gebied": {"label": "gebied", "category": {"index": list(names), "label": names}},
                "periode": {"label": "periode", "category": {"index": list(periods)}},
            },
            "value": values,
            "status": status,
            "extension": {"onderwerp": topic["onderwerp"], "eenheid": topic["eenheid"]},
        }
        path = to / f"{topic['onderwerp']}.json"
        path.write_text(json.dumps(dataset, ensure_ascii=False), encoding="utf-8")
        yield path


FORMS = {"parquet": _parquet, "csv": _csv, "xlsx": _xlsx, "jsonstat": _jsonstat}
CSV = "(FORMAT csv, HEADER, DELIMITER ';')"
COMMENTS = (
    "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = 'rel' AND schema_name = 'mart' "
    "AND table_name = 'waarneming'"
)


def _by_theme(
    con: duckdb.DuckDBPyConnection, to: Path, topics: list[Topic], suffix: str
) -> Iterator[tuple[str, Path, str]]:
    """Every theme with its file, and the query for its figures."""
    for theme in dict.fromkeys(t["thema"] for t in topics):
        figures = f"SELECT {', '.join(FIGURES)} FROM cijfer WHERE thema = {quoted(theme)} ORDER BY {', '.join(KEY)}"
        yield theme, to / f"{theme_file(theme)}.{suffix}", figures


def _about(con: duckdb.DuckDBPyConnection, to: Path, suffix: str, options: str) -> Iterator[Path]:
    """What the subjects are, and the datasets that they come from."""
    for name, sql in (("onderwerpen", "FROM topic"), ("datasets", "FROM rel.mart.bron")):
        path = to / f"_{name}.{suffix}"
        con.execute(f"COPY ({sql}) TO {quoted(path)} ({options})")
        yield path


def _datatype(column: str) -> Any:
    if column in NUMBERS:
        return {"base": "decimal", "format": {"decimalChar": ","}}
    return "boolean" if column == "voorlopig" else "string"


def _sheet(book: xlsxwriter.Workbook, title: str, heads: Sequence[str]) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, heads)
    return sheet
