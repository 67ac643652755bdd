"""Parsing alone: the population zips and the five largest other files, through `ingest` and by plain DuckDB.

`python -m tests.bench.parsing ours|plain DATA FOLDER` prints its seconds; `make bench` alternates the two. The plain
side reads the same columns into the same Parquet and checks nothing.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineWorkbook

FILES = {
    "statbel_bevolking": "statbel-population/TF_SOC_POP_STRUCT_*.zip",
    "statbel_bouwvergunningen": "statbel-bouwvergunningen/*.zip",
    "statbel_btw_ondernemingen": "ds-python-course/TF_VAT_NACE_SQ_2019.zip",
    "fluvius_verbruik_sector": "pinc-fluvius/statistiche-sector-zonder-subsector-2020.xlsx",
    "pinc_elektriciteit_sector": "pinc-fluvius/upload_elektriciteit_verbruik.xlsx",
    "pinc_sectoren_hierarchie": "pinc-gebiedsniveaus/verzamelbestanden/statsec2024_als_basis.xlsx",
}
TEXT, WHOLE, NUMBER = "VARCHAR", "BIGINT", "DOUBLE"
# per file: the delimiter or table, and the columns that the dataset carries with their types
POPULATION = {"CD_SEX": TEXT, "CD_NATLTY": TEXT, "CD_CIV_STS": TEXT, "CD_AGE": WHOLE, "MS_POPULATION": WHOLE}
PERMITS = {
    "REFNIS": TEXT,
    "CD_YEAR": WHOLE,
    "CD_PERIOD": WHOLE,
    "MS_DWELLING_RES_NEW": WHOLE,
    "MS_APARTMENT_RES_NEW": WHOLE,
    "MS_BUILDING_RES_RENOVATION": WHOLE,
    "CD_REFNIS_LEVEL": TEXT,
}


def ours(data: Path, folder: Path) -> float:
    """Keep, unpack, recognise, cast, count and check the areas of every file."""
    from pipelines.describe.specs import load_datasets
    from pipelines.home import Home
    from pipelines.ingest.drop import drop
    from pipelines.ingest.reading import read_delivery
    from pipelines.landing.areas import load_areas

    home, specs = Home(folder), load_datasets()
    home.tmp.mkdir(parents=True)
    started = time.perf_counter()
    for dataset, pattern in FILES.items():
        delivery = drop(specs[dataset], sorted(data.glob(pattern)), home)
        with duckdb.connect() as con:
            load_areas(con)
            got = read_delivery(con, specs[dataset], delivery, home)
        if got.errors:
            raise SystemExit(got.errors[0])
    return time.perf_counter() - started


def plain(data: Path, folder: Path) -> float:
    """The same columns by DuckDB alone, with calamine for workbooks and sqlite3 for SQLite."""
    folder.mkdir(parents=True)
    con = duckdb.connect()
    started = time.perf_counter()
    for pattern in FILES.values():
        for number, path in enumerate(sorted(data.glob(pattern))):
            source = _source(con, path, folder)
            target = folder / f"{path.parent.name}-{number}.parquet"
            con.execute(f"COPY (SELECT {source}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return time.perf_counter() - started


def _source(con: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> str:
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        header, *rows = book.get_sheet_by_name(book.sheet_names[0]).to_python()
        columns = [pa.array([None if c == "" else c for c in column]) for column in zip(*rows, strict=True)]
        con.register("blad", pa.table(columns, names=[str(h) for h in header]))
        return "* FROM blad"
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            path = Path(archive.extract(archive.namelist()[0], folder))
    if path.suffix == ".sqlite":
        with sqlite3.connect(path) as base:
            rows = base.execute("SELECT * FROM TF_VAT_NACE_2019").fetchall()
        con.register("tabel", pa.table([pa.array(c) for c in zip(*rows, strict=True)], names=list("abcdef")))
        return "* FROM tabel"
    population = path.name.startswith("TF_SOC_POP")
    columns = POPULATION if population else PERMITS
    cast = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items())
    area = ", COLUMNS('CD_(MUNTY_)?REFNIS')" if population else ""
    return f"{cast}{area} FROM read_csv('{path}', delim='|', header=true, all_varchar=true)"


def main() -> None:
    """Run one side and print its seconds as JSON."""
    side, data, folder = sys.argv[1:]
    seconds = {"ours": ours, "plain": plain}[side](Path(data), Path(folder))
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
