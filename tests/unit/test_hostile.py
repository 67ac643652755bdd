"""Twenty hostile files made of built-in figures: read whole, or refused in one sentence. `make proof` makes more."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.ingest.reading import read_delivery
from tests.helpers import FIGURES
from tests.proof.fuzz import HARMS, SEED, harmed

DATASET = "statbel_armoederisico"
FILE = FIGURES / "statbel_armoederisico.csv"


@pytest.mark.parametrize("how", list(HARMS))
def test_a_hostile_file_is_read_whole_or_refused_in_one_sentence(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, how: str
) -> None:
    spec, home = load_datasets()[DATASET], Home(tmp_path / "home")
    home.tmp.mkdir(parents=True)
    header, *rows = FILE.read_bytes().splitlines(keepends=True)
    content = harmed(header + b"".join(rows[::8]), how, random.Random(f"{SEED} {how}"))
    path = tmp_path / "cijfers.csv"
    path.write_bytes(content)
    got = read_delivery(con, spec, drop(spec, [path], home), home)
    assert len(got.tables) + len(got.errors) == 1
    for said in got.errors:
        assert (len(said.splitlines()), said.startswith(path.name), "; " in said) == (1, True, True), said
        assert "unexpected: " not in said
    for table in got.tables:
        there = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";") if row]
        assert (table.read, table.rows) == (len(there) - 1, len(there) - 1)
