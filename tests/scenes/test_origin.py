"""Where a figure comes from: `obmi herkomst`."""

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.helpers import obmi, query
from tests.models.traced import traced, tracer_of

GHENT = ("vp3101_arop", "gemeente", "44021", "2022")


@pytest.fixture
def home(released: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The released home, asked by commands."""
    monkeypatch.setenv("OBMI_HOME", str(released))
    return released


def test_random_figures_lead_to_the_rows_and_bytes_that_make_them(released: Path) -> None:
    made, wrong = traced(released, 24, 2026)
    assert wrong == []
    assert set(made) >= {"formule", "rijen"}


def test_a_figure_that_its_rows_do_not_give_is_told(released: Path, tmp_path: Path) -> None:
    forged = tmp_path / "obmi.duckdb"
    shutil.copyfile(released / "current" / "obmi.duckdb", forged)
    with duckdb.connect(str(forged)) as con:
        con.execute(
            "UPDATE mart.waarneming SET waarde = waarde + 0.1 WHERE (onderwerp, gebied) = ('vp3101_arop', '44021')"
        )
    with duckdb.connect() as con:
        step = tracer_of(released, con, forged).of(*GHENT)
    assert step is not None
    assert step.given is not None
    assert not step.given.proves
    assert not step.proven


def test_a_rate_is_told_with_its_rows_its_files_and_what_judged_them(home: Path) -> None:
    told = obmi("herkomst", "vp1101_65p", "gent", "2020").out
    of_ghent = "(onderwerp, gebied, periode, gebiedsniveau) = ('v1101_65p', '44021', '2020', 'gemeente')"
    ((value,),) = query(home, f"SELECT waarde FROM mart.waarneming WHERE {of_ghent}")
    ((sha256,),) = query(home, "SELECT sha256 FROM mart.bron WHERE bron = 'statbel_bevolking'")
    assert "= 100 × teller v1101_65p / noemer v1101_t" in told
    assert f"samen {value:.0f}: dat is het cijfer" in told
    assert any(one in told for one in sha256.split(", "))
    assert "beschrijving sources/statbel/bevolking.yaml" in told
    assert told.endswith("Nagerekend: elk deel is teruggevonden in wat geleverd is, en komt uit.\n")


def test_flanders_is_told_by_how_many_areas_make_it(home: Path) -> None:
    told = obmi("herkomst", "v1101_t", "02000", "2020").out
    assert "gebieden van het niveau" in told
    assert "dat is het cijfer" in told


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("v1101_tt", "gent"), "geen onderwerp heet 'v1101_tt'; bedoel je v1101_t"),
        (("v1101_t", "gand"), "v1101_t heeft geen rij van 'gand'; geef een naam of code uit mart.gebied"),
        (("v1101_t", "gent", "1850"), "v1101_t van Gent heeft geen periode '1850'; de release heeft"),
        (("v1101_t", "gent", "--level", "wijk"), "v1101_t heeft geen rij van 'gent' op het niveau wijk"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(home: Path, asked: tuple[str, ...], said: str) -> None:
    result = obmi("herkomst", *asked)
    assert result.code
    assert said in result.err
