"""Makes the built-in figures of a proven dataset from the publisher's own files: what lands, as a table of ours."""

from __future__ import annotations

import argparse
import gzip
import tempfile
from pathlib import Path

import duckdb

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Problem, quoted
from pipelines.ingest.read.own_table import form, select
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas

FOLDER = ROOT / "sources" / "voorbeeld"


class MakeError(Problem):
    """Built-in figures that cannot be made: one sentence."""


def make(spec: Dataset, data: Path, folder: Path) -> int:
    """Write what lands from the files that prove a dataset as one table to `folder`; the rows of it.

    A name that ends in `.gz` is packed, with the same bytes every time. Raises MakeError and ParseError.
    """
    files = sorted(data.glob(spec.bewezen_op or ""))
    if not spec.voorbeeld or not files:
        raise MakeError(f"{spec.id}: it needs a table to make ('voorbeeld') and {spec.bewezen_op} in {data}")
    with tempfile.TemporaryDirectory() as work, duckdb.connect() as con:
        load_areas(con)
        parts = []
        for file in files:
            tmp = Path(work) / file.name
            tmp.mkdir()
            parts.append(parse(con, spec, open_tables(spec, [(file, file.name)], tmp), file.name, tmp))
        landed = f"read_parquet([{', '.join(quoted(p.path) for p in parts)}])"
        table = Path(work) / "tabel.csv"
        con.execute(f"COPY ({select(spec, landed)}) TO {quoted(table)} (FORMAT csv, DELIMITER ';', HEADER)")
        written = table.read_bytes()
    with (folder / spec.voorbeeld).open("wb") as sink:
        if spec.voorbeeld.endswith(".gz"):
            with gzip.GzipFile("", "wb", 9, sink, mtime=0) as pack:
                pack.write(written)
        else:
            sink.write(written)
    return sum(p.rows for p in parts)


def _is_made(spec: Dataset) -> bool:
    """True where the built-in figures are a table that `make` wrote."""
    path = FOLDER / (spec.voorbeeld or "")
    if not path.is_file():
        return False
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as table:
        return table.readline().rstrip("\n") == ";".join(form(spec).header)


def main() -> None:
    """Make the tables of the datasets that are named, or all of them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, metavar="FOLDER", help="folder with the publishers' files")
    options.add_argument("datasets", nargs="*", metavar="DATASET", help="all that have one, when left out")
    chosen = options.parse_args()
    known = load_datasets()
    for name in chosen.datasets or [i for i, spec in known.items() if _is_made(spec)]:
        if name not in known:
            raise SystemExit(f"{name} is no dataset; choose from {', '.join(known)}")
        print(f"{known[name].voorbeeld}: {make(known[name], chosen.data, FOLDER):,} rows")


if __name__ == "__main__":
    main()
