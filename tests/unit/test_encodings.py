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


def landed(dataset: str, path: Path, tmp: Path) -> ParsedTable:
    tmp.mkdir()
    spec = load_datasets()[dataset]
    con = duckdb.connect()
    load_areas(con)
    return parse(con, spec, open_tables(spec, [(path, path.name)], tmp), "", tmp)


def _list(tmp: Path, row: str) -> Path:
    path = tmp / "REFNIS_2019.csv"
    path.write_text(f"{HEADER}\n{row}\n", "utf-8")
    return path


def test_columns_without_a_name_at_the_end_hold_nothing(tmp_path: Path) -> None:
    path = _list(tmp_path, "44021;Gand;N;44021;Gent;N;;")
    assert landed("statbel_refnis_lijst", path, tmp_path / "empty").rows == 1


def test_a_cell_under_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    path = _list(tmp_path, "11002;Anvers;N;11002;Antwerpen;N;;\n44021;Gand;N;44021;Gent;N;;x")
    with pytest.raises(ParseError, match="row 3: a cell stands beside the columns of the header"):
        landed("statbel_refnis_lijst", path, tmp_path / "filled")
