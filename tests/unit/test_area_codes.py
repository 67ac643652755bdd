"""What publishers do to area codes: endings of their own, lost zeros, fewer subjects, and sectors left out."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.gate.judge import check_delivery
from pipelines.ingest.read.errors import ParseError
from pipelines.landing.areas import load_areas
from tests.small import landed, spec_of


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    load_areas(con)
    return con


def test_endings_of_a_publisher_become_ours_and_other_codes_stay(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = spec_of(
        {"n": {"type": "integer", "min": 0}},
        {"header": {"code": "gebied", "n": "n"}},
        gebied={"niveau": "statsec2019", "patronen": {r"^(\d{5})(REST|zzzz)$": r"\1ZZZZ"}},
    )
    rows = landed(con, spec, "code;n\n44021zzzz;1\n11002REST;2\n44021A00-;3\n", tmp_path)
    assert {row[2] for row in rows} == {"44021ZZZZ", "11002ZZZZ", "44021A00-"}
    with pytest.raises(ParseError, match="44021xxxx is unknown"):
        landed(con, spec, "code;n\n44021xxxx;1\n", tmp_path)


def test_lost_zeros_come_back_in_any_column_of_codes(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    spec = spec_of(
        {"gewest": {"type": "text", "breedte": 5}, "n": {"type": "integer", "min": 0}},
        {"header": {"code": "gebied", "gewest": "gewest", "n": "n"}},
    )
    rows = landed(con, spec, "code;gewest;n\n44021;2000;1\n21004;4000;1\n11002;x2;1\n", tmp_path)
    assert {row[3] for row in rows} == {"02000", "04000", "x2"}


def test_a_sector_list_is_complete_when_every_municipality_has_some(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = load_datasets()["fluvius_verbruik_sector"]
    sectors = con.execute(
        "SELECT van FROM gebied_relatie JOIN gebied ON gebiedsniveau = van_niveau AND gebied = van "
        "WHERE van_niveau = 'statsec2019' AND naar_niveau = 'gemeente2024' AND gewest = '02000' AND soort = 'gebied' "
        "QUALIFY row_number() OVER (PARTITION BY naar ORDER BY van) = 1"
    ).fetchall()
    spec = spec_of(
        {"n": {"type": "integer", "min": 0}},
        {"header": {"code": "gebied", "n": "n"}},
        gebied={"niveau": "statsec2019"},
        dekking=spec.dekking.model_dump(),
    )
    every = "".join(f"{s};1\n" for (s,) in sectors)
    landed(con, spec, f"code;n\n{every}", tmp_path)
    assert {o.controle: o.uitslag for o in check_delivery(con, spec, 60, 0.1).outcomes}["dekking"] == "geslaagd"
    without_gent = "".join(f"{s};1\n" for (s,) in sectors if not s.startswith("44021"))
    landed(con, spec, f"code;n\n{without_gent}", tmp_path)
    refused = check_delivery(con, spec, 60, 0.1).refused
    assert refused is not None, "sectors that are not there cannot be held one by one"
    assert "check 'dekking'" in refused
    assert "gemeente 44021" in refused


def test_an_older_generation_may_lack_codes_but_only_those_that_it_names(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = spec_of(
        {"onderwerp": "text", "waarde": {"type": "integer", "measure": True, "min": 0}},
        {"header": {"code": "gebied"}, "ignored": [""], "without": ["v2"]},
        codes={"column": "onderwerp", "value": "waarde", "known": ["v1", "v2", "v3"]},
    )
    rows = landed(con, spec, ";code;v1;v3\n0;44021;5;7\n", tmp_path)
    assert sorted(row[3:5] for row in rows) == [("v1", 5), ("v3", 7)]
    with pytest.raises(ParseError, match="column v3 is gone"):
        landed(con, spec, ";code;v1;v2\n0;44021;5;7\n", tmp_path)


def test_a_file_in_which_no_column_has_figures_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    spec = spec_of(
        {"onderwerp": "text", "waarde": {"type": "integer", "measure": True}},
        {"header": {"nis": "gebied"}},
        codes={"column": "onderwerp", "value": "waarde", "pattern": "^aantal\\\\|([0-9]{4})$"},
        key=["gebied", "onderwerp"],
    )
    assert landed(con, spec, "nis;aantal|2019\n11001;5\n", tmp_path) != []
    for header, said in (
        ("nis;aantal|2019,", "no column has figures and column aantal"),
        ("nis", "no column has figures"),
    ):
        with pytest.raises(ParseError, match=said):
            landed(con, spec, f"{header}\n11001{';5' if ';' in header else ''}\n", tmp_path)
