"""The built-in figures are what lands from the publishers' own files, and a table of ours reads back as it was
written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import quoted
from pipelines.ingest.read.own_table import form, select
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.register import register_sources
from pipelines.transform.texts import AHEAD, KEPT, render_ahead
from pipelines.voorbeeld.tabel import make
from tests.helpers import BUILT_IN, FIGURES, obmi, query, status
from tests.proof.originals import EVERY, cells, report, without

MOST_BYTES = 20_000_000


def text(path: Path) -> bytes:
    """The text of a built-in table."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


OWN = {
    name: spec
    for name, spec in load_datasets().items()
    if spec.voorbeeld and (FIGURES / spec.voorbeeld).is_file()
    if text(FIGURES / spec.voorbeeld).startswith(";".join(form(spec).header).encode() + b"\n")
}


def landed(con: duckdb.DuckDBPyConnection, spec: Dataset, files: list[Path], folder: Path) -> str:
    """SQL of what lands from these files."""
    parts = []
    for number, file in enumerate(files):
        tmp = folder / f"{number}"
        tmp.mkdir(parents=True)
        parts.append(parse(con, spec, open_tables(spec, [(file, file.name)], tmp), file.name, tmp))
    return f"read_parquet([{', '.join(quoted(p.path) for p in parts)}])"


def test_a_home_of_all_built_in_figures_renders_no_model_that_was_rendered_at_installation(everything):
    render_ahead()
    there, kept = (json.loads(p.read_text(encoding="utf-8")) for p in (ROOT / AHEAD, everything / "build" / KEPT))
    assert kept == there


def test_there_are_figures_of_many_datasets_in_little_space() -> None:
    assert len(OWN) >= 16
    assert sum(p.stat().st_size for p in FIGURES.iterdir()) <= MOST_BYTES
    readme = (FIGURES / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in FIGURES.glob("*.csv*") if f"`{p.name}`" not in readme] == []
    patterns = [spec.voorbeeld for spec in load_datasets().values() if spec.voorbeeld]
    read = [p for pattern in patterns for p in FIGURES.glob(pattern)]
    assert sorted(read) == sorted(FIGURES.glob("*.csv*")), "every table belongs to one dataset"


@pytest.mark.parametrize("dataset", OWN)
def test_a_table_of_ours_reads_back_as_it_was_written(
    dataset: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = OWN[dataset]
    path = FIGURES / str(spec.voorbeeld)
    again = tmp_path / "again.csv"
    sql = select(spec, landed(con, spec, [path], tmp_path))
    con.execute(f"COPY ({sql}) TO {quoted(again)} (FORMAT csv, DELIMITER ';', HEADER)")
    assert again.read_bytes() == text(path)


@pytest.mark.parametrize("dataset", OWN)
def test_built_in_figures_are_what_lands_from_the_original(
    dataset: str, shared: Path, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = OWN[dataset]
    ours = landed(con, spec, [FIGURES / str(spec.voorbeeld)], tmp_path / "ours")
    theirs = landed(con, spec, sorted((shared / "data").glob(str(spec.bewezen_op))), tmp_path / "theirs")
    assert con.execute(f"DESCRIBE FROM {ours}").fetchall() == con.execute(f"DESCRIBE FROM {theirs}").fetchall()
    for one, other in ((ours, theirs), (theirs, ours)):
        assert con.execute(f"FROM {one} EXCEPT ALL FROM {other} LIMIT 5").fetchall() == []


def test_a_refresh_brings_in_all_built_in_figures(everything: Path) -> None:
    built_in = {i for i, spec in load_datasets().items() if spec.voorbeeld}
    assert set(query(everything, "SELECT bron, status FROM mart.bron")) == {(i, "vers") for i in built_in}


def test_status_says_everything_in_its_own_column(everything: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMI_HOME", str(everything))
    rows = [line for line in obmi("status").out.splitlines() if " accepted " in line]
    assert len(rows) > 25
    assert len({(line.index(" vers "), line.index(" accepted ")) for line in rows}) == 1


def test_subjects_and_cells_are_counted(everything: Path) -> None:
    """The short form of the count on all originals, which `make proof` prints."""
    found, topics = cells(everything), load_topics()
    assert len([code for code, levels in found.items() if levels]) >= 45
    assert [code for code, topic in topics.items() if topic.in_voorbereiding and found[code]] == []
    ((rows,),) = query(everything, f"SELECT COUNT(waarde) FROM ({EVERY})")
    total = next(line.split() for line in report(found) if line.startswith("all "))
    assert total[1:] == [
        str(len(topics)),
        str(len(topics) - len(without(everything, found)) - int(total[3])),
        total[3],
        f"{rows:,}",
    ]
    assert int(total[3]) == sum(topic.in_voorbereiding is not None for topic in topics.values())


def test_a_fresh_install_has_figures_in_fifteen_themes(everything: Path) -> None:
    facts = query(
        everything,
        "SELECT thema, COUNT(*) FROM mart.onderwerp WHERE rol = 'zelfstandig' AND onderwerp IN "
        "(SELECT onderwerp FROM mart.waarneming WHERE waarde IS NOT NULL) GROUP BY ALL",
    )
    assert len(facts) >= 15, facts
    assert sum(number for _, number in facts) >= 110, facts


def test_a_city_is_asked_for_nothing_but_its_own(everything: Path) -> None:
    """The wijken of Antwerpen and the bicycles of Gent ask no other city for anything: 156 steps did."""
    asked = query(everything, "SELECT DISTINCT stad, dataset FROM mart.datamaturiteit WHERE wie = 'stad'")
    assert set(asked) == {("antwerpen", "antwerpen_straatoppervlakte"), ("gent", "stadgent_fietstellingen")}
    foreign = "(stad, dataset) IN (('genk', 'antwerpen_straatoppervlakte'), ('vgc', 'fluvius_verbruik_sector'))"
    assert query(everything, f"SELECT COUNT(*) FROM mart.datamaturiteit WHERE {foreign}") == [(0,)]


def test_enterprises_are_counted_as_the_publisher_has_them(everything: Path) -> None:
    """Gent on 31 December 2019, counted with sqlite3 in TF_VAT_NACE_SQ_2019 by the first digits of CD_NACE."""
    counted = {
        "v4203_bouw": 2196, "v4206_architecten": 1669, "v4206_autoherstel": 142, "v4206_detailhandel": 2014,
        "v4206_goederenvervoer": 232, "v4206_informatica": 1185, "v4206_installatie": 536, "v4206_kappers": 676,
        "v4206_bakkerijen": 92, "v4206_dierenartsen": 70, "v4206_makelaars": 356, "v4206_schoonmaak": 211,
        "v4206_taxi": 92, "v4206_tuinaanleg": 196, "v4206_landbouw": 190, "v4206_recht_boekhouding": 1165,
        "v8502_cultuurles": 69, "v8502_lesgevers": 699, "v8502_rijscholen": 8, "v8502_sportles": 143,
        "v9102_cultuur": 1358, "v9102_ontspanning": 122, "v9102_sport": 281, "v9103_cafes": 496, "v9103_logies": 165,
        "v9103_restaurants": 991,
    }  # fmt: skip
    ours = query(
        everything,
        f"SELECT onderwerp, waarde FROM mart.waarneming WHERE onderwerp IN {tuple(counted)} "
        "AND gebiedsniveau = 'gemeente' AND gebied = '44021' AND periode = '2020'",
    )
    assert dict(ours) == counted


def test_a_refresh_brings_in_the_datasets_that_the_configuration_names(
    at_released: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert set(status()) == {*BUILT_IN, *register_sources()}
    config = tmp_path / "obmi.toml"
    config.write_text('[refresh]\ndatasets = ["statbel_geborten"]\n', encoding="utf-8")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    result = obmi("refresh")
    assert result.code == 30
    assert "obmi.toml: [refresh] names 'statbel_geborten', which is no dataset" in result.err


def test_the_command_gives_the_table_that_is_committed(shared: Path, tmp_path: Path) -> None:
    small = ("statbel_geboorten", "statbel_vastgoedprijzen")
    for dataset in small:
        make(OWN[dataset], shared / "data", tmp_path)
        name = str(OWN[dataset].voorbeeld)
        assert text(tmp_path / name) == text(FIGURES / name)
