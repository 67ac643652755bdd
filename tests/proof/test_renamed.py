"""Every file that a description is proven on, under its own name and under that of another year: where it holds one
year and something in it tells which, the second is refused; where it holds more, the name tells nothing."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.said_years import YEAR
from pipelines.ingest.read.tables import open_tables
from tests.helpers import SHARED

# Of these nothing but the name, or the description, tells the year.
UNTOLD = {
    "antwerpen_inwoners",
    "fluvius_verbruik_sector",
    "statbel_inkomen_sector",
    "statbel_nuts_lau",
    "statbel_refnis_lijst",
}
PROVEN = [
    (dataset, path)
    for dataset, spec in load_datasets().items()
    if spec.status == "bewezen"
    for pattern in load_yaml(ROOT / "tests" / "bewijs" / f"{dataset}.yaml")["bestanden"]
    for path in sorted((SHARED / "data").glob(pattern))
]


def read(con: duckdb.DuckDBPyConnection, spec: Dataset, path: Path, name: str, tmp: Path) -> ParsedTable:
    tmp.mkdir()
    return parse(con, spec, open_tables(spec, [(path, name)], tmp), "x", tmp)


def renamed(name: str) -> str:
    """Its name with another year in the place of its own, or with one more."""
    told = YEAR.search(name)
    return re.sub(YEAR, "1971", name, count=1) if told else name.replace(".", "_1971.", 1)


@pytest.mark.parametrize(("dataset", "path"), PROVEN, ids=[f"{d}-{p.name}" for d, p in PROVEN])
def test_a_renamed_file_is_refused_and_its_own_name_is_not(
    con: duckdb.DuckDBPyConnection, dataset: str, path: Path, tmp_path: Path
) -> None:
    spec = load_datasets()[dataset]
    years = read(con, spec, path, path.name, tmp_path / "own").years
    if len(years) > 1:
        assert read(con, spec, path, renamed(path.name), tmp_path / "other").years == years
        return
    if dataset in UNTOLD or any("jaar" in {**f.constants, **f.arrived} for f in spec.formats):
        return
    with pytest.raises(ParseError, match="1971"):
        read(con, spec, path, renamed(path.name), tmp_path / "other")
