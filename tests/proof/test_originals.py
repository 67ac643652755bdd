"""The publishers' own files, where this machine has them: parsed they give the control figures, refreshed they
give the same release as the built-in figures."""

import csv
import functools
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.home import Home, file_sha256
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.landings import Landing
from tests.helpers import SHARED, alone, obmi

ORIGINALS = {
    "statbel_bevolking": "statbel-population/TF_SOC_POP_STRUCT_*.zip",
    "statbel_armoederisico": "statbel-admin-income/TF_SOC_ADI_MUNTY.csv",
    "statbel_bouwvergunningen": "statbel-bouwvergunningen/*.zip",
    "statbel_inkomen_sector": "statbel-fiscal-income/fisc2020_D_NL.csv",
    "politie_criminaliteit": "pinc-swing-uploads/Upload_2008_2020.xlsx",
}
FOLDERS = {Path(pattern).parent.name: dataset for dataset, pattern in ORIGINALS.items()}
Parsed = Callable[[str], tuple[duckdb.DuckDBPyConnection, dict[str, int]]]


def control_figures() -> list[dict[str, str]]:
    """The control figures of these five datasets' files; none where the folder is absent."""
    path = SHARED / "controlecijfers.csv"
    if not path.exists():
        return []
    known = {p for d in ORIGINALS.values() for p in (SHARED / "data").glob(d)}
    with path.open(encoding="utf-8", newline="") as stream:
        return [r for r in csv.DictReader(stream, delimiter=";") if SHARED / "data" / r["bestand"] in known]


FIGURES = control_figures()


@pytest.fixture(scope="session")
def from_originals(shared: Path, session_env: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home refreshed on the publishers' own files of the five datasets."""
    folder = tmp_path_factory.mktemp("from-originals")
    config = folder / "obmi.toml"
    config.write_text(
        alone(*ORIGINALS)
        + "".join(f'[sources.{d}]\nfiles = ["{shared / "data" / pattern}"]\n' for d, pattern in ORIGINALS.items())
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_CONFIG", str(config))
        patch.setenv("OBMI_HOME", str(folder / "home"))
        result = obmi("refresh")
        assert result.code == 0, result.out + result.err
    return folder / "home"


@pytest.fixture(scope="session")
def parsed(shared: Path, from_originals: Path, tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """What a refresh parsed from an original: a connection with table `deel`, and the rows of every table in the
    file."""
    folder = tmp_path_factory.mktemp("originals")

    @functools.cache
    def read(name: str) -> tuple[duckdb.DuckDBPyConnection, dict[str, int]]:
        path = shared / "data" / name
        spec = load_datasets()[FOLDERS[path.parent.name]]
        landing = Landing(Home(from_originals), spec)
        sha256 = file_sha256(path)
        (table,) = [t for t in landing.state.parts if t.raw_sha256 == sha256]
        con = duckdb.connect()
        file = landing.file(table)
        con.execute(f"CREATE VIEW deel AS SELECT * FROM read_parquet('{file}')")
        tmp = folder / path.stem
        tmp.mkdir()
        tables = open_tables(spec, [(path, path.name)], tmp) if path.suffix == ".xlsx" else []
        return con, {"": table.rows, **{t.sheet: t.cells.num_rows for t in tables}}

    return read


def measured(figure: dict[str, str], con: duckdb.DuckDBPyConnection, rows: dict[str, int]) -> float:
    """The same measurement on what we parsed."""
    what, area, year = figure["meting"], figure["gebied"], figure["periode"]
    where = f"jaar = {year}" + (f" AND gebied = '{area}'" if area.isdigit() else "") if year else "TRUE"
    if what.startswith("rijen "):
        return rows[what.removeprefix("rijen ")]
    sql = {
        "rijen": "SELECT COUNT(*) FROM deel",
        "gemeenten": f"SELECT COUNT(DISTINCT gebied) FROM deel WHERE {where}",
        "inwoners": f"SELECT SUM(aantal) FROM deel WHERE {where}",
        "inwoners 65 jaar en ouder": f"SELECT SUM(aantal) FROM deel WHERE {where} AND leeftijd_van >= 65",
        "inwoners niet-Belgische nationaliteit": f"SELECT SUM(aantal) FROM deel WHERE {where} "
        "AND nationaliteit = 'niet_belg'",
        "MS_MEDIAN": f"SELECT mediaan_inkomen FROM deel WHERE {where}",
        "MS_ADMIN_AROP": f"SELECT armoederisico FROM deel WHERE {where}",
        "MS_DWELLING_RES_NEW, CD_PERIOD 0": f"SELECT woningen FROM deel WHERE {where} AND maand = 0",
        "MS_DWELLING_RES_NEW, som van de maanden": f"SELECT SUM(woningen) FROM deel WHERE {where} AND maand > 0",
        "som zichtbare aangiften": f"SELECT SUM(aangiften) FROM deel WHERE jaar = {year or 0} AND gemeente = '{area}' "
        "AND aangiften_status = 'ok'",
    }.get(what) or f"SELECT waarde FROM deel WHERE {where} AND onderwerp = '{what}' AND gebiedsniveau = 'gemeente2024'"
    ((found,),) = con.execute(sql).fetchall()
    return found


def test_every_original_has_control_figures(shared: Path) -> None:
    assert len(FIGURES) >= 57
    assert {f["bestand"] for f in FIGURES} == {
        str(p.relative_to(shared / "data")) for d in ORIGINALS.values() for p in (shared / "data").glob(d)
    }


@pytest.mark.parametrize(
    "figure", FIGURES, ids=lambda f: " ".join(filter(None, (f["meting"], f["gebied"], f["periode"])))
)
def test_a_parsed_original_gives_the_control_figure(parsed: Parsed, figure: dict[str, str]) -> None:
    assert measured(figure, *parsed(figure["bestand"])) == float(figure["waarde"])


def test_the_originals_give_the_same_release_as_the_built_in_figures(from_originals: Path, everything: Path) -> None:
    """Every figure that comes from the five alone, both ways."""
    columns = "onderwerp, gebiedsniveau, gebied, periode, waarde, status, teller, noemer"
    con = duckdb.connect()
    for name, home in (("origineel", from_originals), ("ingebouwd", everything)):
        con.execute(f"ATTACH '{home / 'current' / 'obmi.duckdb'}' AS {name} (READ_ONLY)")
    rows = con.execute("SELECT COUNT(*) FROM origineel.mart.waarneming").fetchone()[0]
    assert rows > 700_000
    theirs = f"list_has_all({list(ORIGINALS)}, STRING_SPLIT(bron, ', '))"
    for one, other in (("origineel", "ingebouwd"), ("ingebouwd", "origineel")):
        differing = con.execute(
            f"SELECT {columns} FROM {one}.mart.waarneming WHERE {theirs} EXCEPT "
            f"SELECT {columns} FROM {other}.mart.waarneming WHERE {theirs} LIMIT 5"
        ).fetchall()
        assert differing == []
    con.close()


def test_the_releases_were_made_from_other_files(from_originals: Path, everything: Path) -> None:
    names = []
    for home in (from_originals, everything):
        with duckdb.connect(str(home / "current" / "obmi.duckdb"), read_only=True) as con:
            sql = f"SELECT bestanden FROM mart.bron WHERE bron IN {tuple(ORIGINALS)}"
            names.append({n for (n,) in con.execute(sql).fetchall()})
    assert len(names[0]) == len(names[1]) == len(ORIGINALS)
    assert not names[0] & names[1]
