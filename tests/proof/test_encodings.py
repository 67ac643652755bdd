"""One publication in several hands: what lands is the same, whatever encoding, separator or spreadsheet it went
through, and a copy that lost its characters is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.read.errors import ParseError
from tests.unit.test_encodings import landed


@pytest.mark.parametrize(
    ("dataset", "one", "other", "rows"),
    [
        # Windows-1252 with line feeds against UTF-8 with carriage returns
        (
            "statbel_refnis_lijst",
            "statbel-refnis-kclaes83/REFNIS_2019.csv",
            "bmesuere-belgium-topojson/REFNIS_2019.csv",
            638,
        ),
        # pipes with a byte order mark against commas, where a spreadsheet took the leading zeros
        ("statbel_refnis", "statbel-refnis/TU_COM_REFNIS.txt", "statbel-refnis/refnis.csv", 2769),
    ],
)
def test_two_copies_of_one_list_land_equal(
    dataset: str, one: str, other: str, rows: int, shared: Path, tmp_path: Path
) -> None:
    files = [shared / "data" / name for name in (one, other)]
    assert files[0].read_bytes() != files[1].read_bytes()
    parts = [landed(dataset, path, tmp_path / str(n)) for n, path in enumerate(files)]
    assert [p.rows for p in parts] == [rows, rows]
    for a, b in (parts, parts[::-1]):
        only = duckdb.sql(f"SELECT * FROM '{a.path}' EXCEPT SELECT * FROM '{b.path}'").fetchall()
        assert only == []


def test_a_copy_that_lost_its_letters_is_refused_and_the_row_is_named(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"REFNIS_2019.csv, row 1: the text has lost characters .*ask for"):
        landed("statbel_refnis_lijst", shared / "data/statbel-refnis/REFNIS_2019.csv", tmp_path / "damaged")
