"""One publication in several hands: what lands is the same, whatever encoding, separator or spreadsheet it went
through, and a copy that lost its characters is refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas

KCLAES = "statbel-refnis-kclaes83/REFNIS_2019.csv"
HEADER = "Code INS;Entités administratives;Langue;Code NIS;Administratieve eenheden;Taal;;"


def _landed(dataset: str, path: Path, tmp: Path) -> ParsedTable:
    tmp.mkdir()
    spec = load_datasets()[dataset]
    con = duckdb.connect()
    load_areas(con)
    return parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "", tmp)


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
    parts = [_landed(dataset, path, tmp_path / str(n)) for n, path in enumerate(files)]
    assert [p.rows for p in parts] == [rows, rows]
    for a, b in (parts, parts[::-1]):
        only = duckdb.sql(f"SELECT * FROM '{a.path}' EXCEPT SELECT * FROM '{b.path}'").fetchall()
        assert only == []


def test_a_copy_that_lost_its_letters_is_refused_and_the_row_is_named(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"REFNIS_2019.csv, row 1: the text has lost characters .*ask for"):
        _landed("statbel_refnis_lijst", shared / "data/statbel-refnis/REFNIS_2019.csv", tmp_path / "damaged")


def _list(tmp: Path, row: str) -> Path:
    path = tmp / "REFNIS_2019.csv"
    path.write_text(f"{HEADER}\n{row}\n", "utf-8")
    return path


def test_columns_without_a_name_at_the_end_hold_nothing(tmp_path: Path) -> None:
    path = _list(tmp_path, "44021;Gand;N;44021;Gent;N;;")
    assert _landed("statbel_refnis_lijst", path, tmp_path / "empty").rows == 1


def test_a_cell_under_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    path = _list(tmp_path, "11002;Anvers;N;11002;Antwerpen;N;;\n44021;Gand;N;44021;Gent;N;;x")
    with pytest.raises(ParseError, match="row 3: a cell stands beside the columns of the header"):
        _landed("statbel_refnis_lijst", path, tmp_path / "filled")
