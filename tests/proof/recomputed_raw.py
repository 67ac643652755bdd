"""The bytes of the raw store as tables of pandas, read by nothing but the YAML of a dataset.

It shares no line with pipelines/: what fetch, parse, landing and SQL make of the same bytes is held against it.
"""

from __future__ import annotations

import fnmatch
import functools
import gzip
import io
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[2]
STATUSES = ("onbekend", "verborgen", "nvt", "leeg", "ok")
NUMBERS = ("integer", "number")
CALENDAR = {"jaar": "year", "kwartaal": "quarter", "maand": "month", "dag": "date"}
PUBLISHED_YEARLY = ((2018, "gemeente2018"), (2024, "gemeente2024"), (9999, "gemeente"))
Yaml = dict[str, Any]


@functools.cache
def description(dataset: str) -> Yaml:
    """The YAML of a dataset, with every column written in full."""
    publisher, _, name = dataset.partition("_")
    text = (ROOT / "sources" / publisher / f"{name}.yaml").read_text(encoding="utf-8")
    found = yaml.load(text, Loader=yaml.CSafeLoader)
    columns = {n: c if isinstance(c, dict) else {"type": c} for n, c in found["columns"].items()}
    return {"missing": {}, "codes": None, **found, "columns": columns}


def rows(home: Path, dataset: str) -> pd.DataFrame:
    """Everything that was delivered for a dataset: level, area, year, dimensions, and each measure with its status."""
    spec = description(dataset)
    parts = []
    for name, content in _objects(home, dataset):
        parts += [_typed(spec, dataset, _ours(spec, table, names)) for table, names in _tables(spec, name, content)]
    return pd.concat(parts, ignore_index=True)


def _objects(home: Path, dataset: str) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every delivered file, once."""
    seen = set()
    for manifest in sorted((home / "raw" / dataset).glob("*.json")):
        for file in json.loads(manifest.read_text(encoding="utf-8"))["files"]:
            if file["sha256"] not in seen:
                seen.add(file["sha256"])
                yield file["name"], (home / "raw" / "objects" / file["sha256"][:2] / file["sha256"]).read_bytes()


def _tables(spec: Yaml, name: str, content: bytes) -> Iterator[tuple[pd.DataFrame, list[str]]]:
    """The tables of text in a file, unpacked as often as needed, with the names that they came under."""
    if content.startswith(b"\x1f\x8b"):
        yield from _tables(spec, name.removesuffix(".gz"), gzip.decompress(content))
    elif content.startswith(b"PK") and not _is_workbook(content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                if not member.endswith("/") and any(
                    fnmatch.fnmatch(Path(member).name, f.get("member") or "*") for f in spec["formats"]
                ):
                    for table, names in _tables(spec, Path(member).name, archive.read(member)):
                        yield table, [*names, name]
    elif content.startswith(b"PK"):
        sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, dtype=str, keep_default_na=False)
        wanted = [s for f in spec["formats"] for s in f.get("sheets", [])] or list(sheets)
        yield from ((sheets[s], [name]) for s in sheets if s in wanted)
    elif content.startswith(b"SQLite"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            con = sqlite3.connect(file.name)
            for sheet in (s for f in spec["formats"] for s in f.get("sheets", [])):
                yield pd.read_sql(f'SELECT * FROM "{sheet}"', con).astype(str), [name]
            con.close()
    elif content.startswith(b"PAR1"):
        yield pd.read_parquet(io.BytesIO(content)).astype(str), [name]
    else:
        yield _delimited(spec, content), [name]


def _is_workbook(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _delimited(spec: Yaml, content: bytes) -> pd.DataFrame:
    """A text file, by the first described layout whose columns it has."""
    own = {"header": {n: n for n in spec["columns"]}}
    for form in [*(f for f in spec["formats"] if f["kind"] == "csv"), own]:
        for encoding in form.get("encodings", ["utf-8"]):
            try:
                text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
            except UnicodeDecodeError:
                continue
            delimiter = form.get("delimiter", ";")
            names = [c.strip().strip('"') for c in text.split("\n", 1)[0].rstrip("\r").split(delimiter)]
            if set(form["header"]) <= set(names):
                quoting = 3 if form.get("quote") == "" else 0
                return pd.read_csv(
                    io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, quoting=quoting, na_filter=False
                )
    raise AssertionError(f"no described layout fits: {content[:80]!r}")


def _ours(spec: Yaml, table: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, Yaml]:
    """A table under the names of our columns, and the layout that it has."""
    table = table.rename(columns=lambda c: str(c).strip())
    own = {"header": {n: n for n in spec["columns"]}, "own": True}
    form = next(f for f in [own, *spec["formats"]] if set(map(str.strip, f["header"])) <= set(table.columns))
    for rule in form.get("excluded", []):
        out = table[rule["column"]].isin(rule["values"])
        for column, values in rule.get("also", {}).items():
            out &= table[column].isin(values)
        table = table[~out]
    if skipped := form.get("skipped"):
        clock = pd.to_datetime(table[skipped["columns"]].agg(" ".join, axis=1), format=skipped["written"])
        local = clock.dt.tz_localize("Europe/Brussels", nonexistent="NaT", ambiguous=True)
        table = table[local.notna()]
    columns = {}
    for theirs, ours in form["header"].items():
        columns |= dict.fromkeys([ours] if isinstance(ours, str) else ours, table[theirs.strip()])
    found = pd.DataFrame(columns, index=table.index)
    for column, pattern in form.get("from_name", {}).items():
        found[column] = next(m for n in names if (m := re.search(pattern, n)))[1]
    for column, taken in form.get("extract", {}).items():
        found[column] = table[taken["column"]].str.extract(taken["pattern"])[0]
    for column, value in form.get("constants", {}).items():
        found[column] = value
    for column, told in spec["columns"].items():
        if (moment := told.get("uit")) and not form.get("own"):
            local = pd.to_datetime(found[moment], utc=True).dt.tz_convert("Europe/Brussels")
            found[column] = getattr(local.dt, CALENDAR[column]).astype(str)
    if (codes := spec["codes"]) and not form.get("own"):
        found = _long(codes, form, table, found)
    return found, form


def _long(codes: Yaml, form: Yaml, table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Measures that stand beside each other, below each other."""
    parts = []
    for column in table.columns:
        match = re.search(codes["pattern"], column) if codes.get("pattern") else None
        if match or column in codes.get("known", []):
            code = match[1] if match and match.re.groups else column
            parts.append(found.assign(**{codes["column"]: code, codes["value"]: table[column]}))
    return pd.concat(parts, ignore_index=True)


def _typed(spec: Yaml, dataset: str, read: tuple[pd.DataFrame, Yaml]) -> pd.DataFrame:
    """Our words for codes, areas as codes, and every measure as a number with a status."""
    table, form = read
    own, typed = form.get("own", False), {}
    missing = {s: s for s in spec["missing"].values()} if own else spec["missing"]
    for name, column in spec["columns"].items():
        text = table[name].str.strip() if form.get("trim") else table[name]
        if column.get("values") and not own:
            known = {str(k): str(v) for k, v in column["values"].items()}
            text = text.map({**{v: v for v in known.values()}, **known})
            assert text.notna().all(), f"{dataset}: a value of {name} has no word"
        if column.get("measure"):
            status = text.map(missing).fillna("ok")
            typed[name] = pd.to_numeric(_plain(text.where(status == "ok"), column, {} if own else form))
            typed[name] = typed[name].where(status != "nul", 0.0)
            typed[f"{name}_status"] = status.replace("nul", "ok")
        elif column["type"] in NUMBERS:
            typed[name] = pd.to_numeric(text)
        else:
            typed[name] = text
    return _placed(spec, dataset, pd.DataFrame(typed, index=table.index), own)


def _plain(text: pd.Series, column: Yaml, form: Yaml) -> pd.Series:
    for around in (column.get("prefix"), column.get("suffix"), form.get("thousands")):
        if around:
            text = text.str.replace(around, "", regex=False)
    return text.str.replace(form.get("decimal", "."), ".", regex=False)


def _placed(spec: Yaml, dataset: str, table: pd.DataFrame, own: bool) -> pd.DataFrame:
    """Level and code of the area of every row."""
    place = spec["gebied"]
    known = yaml.safe_load((ROOT / "sources" / "correcties.yaml").read_text(encoding="utf-8"))
    for entry in [] if own else (k for k in known if k["dataset"] == dataset):
        table[entry["column"]] = table[entry["column"]].replace(entry["values"])
    if not own:
        table["gebied"] = table["gebied"].replace(place.get("aliassen", {}))
        for pattern, replacement in place.get("patronen", {}).items():
            table["gebied"] = table["gebied"].str.replace(pattern, replacement, regex=True)
        if place.get("breedte"):
            table["gebied"] = table["gebied"].str.zfill(place["breedte"])
    if place["niveau"] == "jaar":
        table["gebiedsniveau"] = [next(n for last, n in PUBLISHED_YEARLY if y <= last) for y in table["jaar"]]
    elif place["niveau"] != "kolom":
        table["gebiedsniveau"] = place["niveau"]
    return table
