"""What several tests need: the command in this process, a release's rows, and built-in figures to damage."""

import contextlib
import csv
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest

from pipelines.cli import main
from pipelines.config import load_settings
from pipelines.deliver import Landed, land_dataset
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home, file_sha256, write_json
from pipelines.landing.areas import load_areas
from pipelines.landing.beside import lay_out_others
from pipelines.landing.landings import Landings
from pipelines.landing.register import NAME, built_in
from tests.homes import made_once

# The long form of some tests (`make proof`): more examples of every property, and a release of the originals.
PROOF = os.environ.get("OBMI_PROOF") == "1"
FIGURES = ROOT / "sources" / "voorbeeld"
SHARED = ROOT.parent / "shared"
# The five that the fixtures refresh, by the file of their last year.
BUILT_IN = {
    "statbel_bevolking": "statbel_bevolking_2021.csv",
    "statbel_armoederisico": "statbel_armoederisico.csv",
    "statbel_bouwvergunningen": "statbel_bouwvergunningen.csv",
    "statbel_inkomen_sector": "statbel_inkomen_sector.csv",
    "politie_criminaliteit": "politie_criminaliteit.csv",
}
# What the fixtures release of what is long, by year and month: few years, and of permits few months. What only lands
# may be longer: it is the build that takes time.
POPULATION = (2018, 2020, 2021)
SHORT = {
    "statbel_bouwvergunningen": lambda year, month: year >= "2018" and (month == "0" or year >= "2024"),
    "politie_criminaliteit": lambda year, _: year >= "2018",
}
LONG = {
    "statbel_bouwvergunningen": lambda year, _: year >= "2018",
    "politie_criminaliteit": lambda year, _: year >= "2016",
}
KEY = "onderwerp, gebiedsniveau, gebied, periode"
VERSIONS = ("gemeente2018", "gemeente2024", "gemeente")
Row = dict[str, str]


def originals_are_here() -> bool:
    """Whether the publishers' own files are on this machine; where they are not, that is printed."""
    here = (SHARED / "data").is_dir()
    if not here:
        print("skipped: the publishers' files (../shared/data) are not on this machine")
    return here


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


def obmi(*args: str | Path) -> Result:
    """Run the command in this process, on the home in OBMI_HOME."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in args])
    return Result(code, out.getvalue(), err.getvalue())


def status() -> dict[str, dict]:
    """`obmi status --json` per dataset."""
    return {row["dataset"]: row for row in json.loads(obmi("status", "--json").out)["datasets"]}


def held_cities(row: dict) -> set[str]:
    """The cities that one dataset's status calls held back."""
    return {city for city, own in row["cities"].items() if own["state"] == "vastgehouden"}


@contextlib.contextmanager
def reading(home: Path, city: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The current release, opened read-only."""
    path = home / "current" / (f"steden/{city}.duckdb" if city else "obmi.duckdb")
    con = duckdb.connect(str(path), read_only=True)
    try:
        yield con
    finally:
        con.close()


def query(home: Path, sql: str, city: str | None = None) -> list[tuple]:
    """Rows of the current release, or of one city's file in it."""
    with reading(home, city) as con:
        return con.execute(sql).fetchall()


def value(home: Path, onderwerp: str, gebied: str, periode: str, niveau: str = "gemeente") -> float | None:
    """One figure; there must be exactly one row for it."""
    ((found,),) = query(
        home,
        f"SELECT waarde FROM mart.waarneming WHERE onderwerp = '{onderwerp}' AND gebiedsniveau = '{niveau}' "
        f"AND gebied = '{gebied}' AND periode = '{periode}'",
    )
    return found


def served(home: Path) -> dict[str, str]:
    """sha256 of every file that readers get, and where `current` points."""
    folder = (home / "current").resolve()
    files = {str(p.relative_to(folder)): file_sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    assert files
    return {"current": folder.name, **files}


def table_hashes(home: Path) -> dict[str, str]:
    """Rows and content hash of every table that readers get but that about the release itself, whatever their order."""
    with reading(home) as con:
        names = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'mart' ORDER BY 1").fetchall()
        told = {n: con.execute(f"SELECT COUNT(*), SUM(hash(t)) FROM mart.{n} AS t").fetchone() for (n,) in names}
    return {name: str(found) for name, found in told.items() if name != "release"}


def figures(dataset: str) -> Path:
    """The figures of one of the five: the built-in file, of what is long a part, of inhabitants the age classes."""
    if dataset == "statbel_bevolking":
        return _in_classes()
    return _part(dataset) if dataset in SHORT else FIGURES / BUILT_IN[dataset]


@cache
def _in_classes() -> Path:
    """The inhabitants of the last year in the age classes of the years before: by age they are eighteen times as many
    rows, and every row costs time in the build."""
    name = BUILT_IN["statbel_bevolking"]

    def fill(folder: Path) -> None:
        folder.mkdir()
        duckdb.sql(
            f"COPY (SELECT nis_code, jaar, geslacht, nationaliteit, van AS leeftijd_van, tot AS leeftijd_tot, "
            f"SUM(aantal::INT)::INT AS aantal FROM read_csv('{FIGURES / name}.gz', delim = ';', all_varchar = true) "
            "JOIN (VALUES (0, 17), (18, 19), (20, 64), (65, 79), (80, 100)) AS klasse (van, tot) "
            f"ON leeftijd_van::INT BETWEEN van AND tot GROUP BY ALL ORDER BY ALL) "
            f"TO '{folder / name}' (FORMAT csv, DELIMITER ';')"
        )

    return made_once("statbel_bevolking-klassen", fill) / name


@cache
def _part(dataset: str, *, long: bool = False) -> Path:
    path, kept = FIGURES / BUILT_IN[dataset], (LONG if long else SHORT)[dataset]

    def fill(folder: Path) -> None:
        folder.mkdir()
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if kept(*line.split(";")[2:4])]
        (folder / path.name).write_text("\n".join([header, *rows, ""]), encoding="utf-8")

    return made_once(f"{dataset}-{'long' if long else 'short'}", fill) / path.name


def alone(*told: str, long: bool = False) -> str:
    """What obmi.toml says to bring in those figures of the five, and nothing else; without where those come from of
    which the test tells it itself."""
    found = {d: [_part(d, long=long) if d in SHORT else FIGURES / file] for d, file in BUILT_IN.items()}
    years = ["*"] if long else POPULATION
    before = [FIGURES / f"statbel_bevolking_{year}.csv" for year in years if year != POPULATION[-1]]
    found["statbel_bevolking"] = [*before, figures("statbel_bevolking")]
    files = "".join(f"sources.{d}.files = {[str(p) for p in paths]}\n" for d, paths in found.items() if d not in told)
    return f"{files}[refresh]\ndatasets = {list(BUILT_IN)}\n"


def configured(home: Path, config: str, work: Callable[[], object]) -> None:
    """Do some work on a home with a configuration of its own."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "obmi.toml"
        path.write_text(config, encoding="utf-8")
        patch.setenv("OBMI_CONFIG", str(path))
        patch.setenv("OBMI_HOME", str(home))
        work()


def refreshed(home: Path, config: str = "") -> None:
    """Refresh a new home on the built-in figures of the five datasets, or on what a configuration says."""

    def work() -> None:
        result = obmi("refresh")
        assert result.code == 0, result.out + result.err

    configured(home, config or alone(), work)


def wrong_of(names: Iterable[str], holds: Callable[[str], None]) -> dict[str, str]:
    """What does not hold, by name, where there are too many names for a test of each."""
    found = {}
    for name in names:
        try:
            holds(name)
        except AssertionError as wrong:
            found[name] = str(wrong)
    return found


def edited(dataset: str, folder: Path, change: Callable[[Row], Row | list[Row] | None], name: str = "") -> Path:
    """Those figures with every row passed through `change`: a row, several rows, or None to leave it out."""
    target = folder / (name or BUILT_IN[dataset])
    with figures(dataset).open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter=";")
        with target.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.DictWriter(sink, rows.fieldnames, delimiter=";", lineterminator="\n")
            writer.writeheader()
            for row in rows:
                made = change(row)
                writer.writerows(made if isinstance(made, list) else [made] if made else [])
    return target


def area(row: Row) -> str:
    """The municipality of a row of any built-in file; empty for other levels."""
    if "geoitem" in row:
        return row["geoitem"] if row["geolevel"] == "gemeente" else ""
    return row["nis_code"]


def changes(before: Path, after: Path) -> set[tuple]:
    """Every row that both releases have with another value or status, or that only the first one has."""
    con = duckdb.connect()
    for name, home in (("oud", before), ("nieuw", after)):
        con.execute(f"ATTACH '{(home / 'current').resolve() / 'obmi.duckdb'}' AS {name} (READ_ONLY)")
    rows = con.execute(
        f"SELECT {KEY}, o.waarde, n.waarde "
        f"FROM oud.mart.waarneming AS o LEFT JOIN nieuw.mart.waarneming AS n USING ({KEY}) "
        "WHERE n.status IS NULL OR n.status <> o.status OR (n.waarde IS NULL) <> (o.waarde IS NULL) "
        "OR ABS(n.waarde - o.waarde) > 1e-11 * GREATEST(1, ABS(o.waarde))"  # the order of a sum changes less
    ).fetchall()
    con.close()
    return set(rows)


@contextlib.contextmanager
def areas() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the area lists as `gebied` and `gebied_relatie`."""
    con = duckdb.connect()
    try:
        load_areas(con)
        yield con
    finally:
        con.close()


def with_register(home: Home) -> Home:
    """A home that has the register of the built-in lists, for what is landed there alone."""
    folder = home.landing / "_lijsten"
    folder.mkdir(parents=True)
    tables = {name: shutil.copy2(path, folder) for name, path in built_in().items()}
    write_json(folder / f"{NAME}.json", {"tables": {name: Path(path).name for name, path in tables.items()}})
    return home


def landings(home: Path | Home, *specs: Dataset) -> Landings:
    """The deliveries in a home of every dataset that is described, and of these."""
    place = home if isinstance(home, Home) else Home(home)
    return Landings(place, load_datasets() | {spec.id: spec for spec in specs})


@contextlib.contextmanager
def accepted(home: Path, dataset: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a dataset's accepted figures as `kandidaat` and as `vorige`, the area lists, and what
    its checks between publishers read."""
    known = landings(home)
    relation = known[dataset].relation()
    with areas() as con:
        con.execute(f"CREATE TABLE kandidaat AS SELECT * FROM {relation}")
        con.execute(f"CREATE VIEW vorige AS SELECT * FROM {relation}")
        lay_out_others(con, known, dataset)
        yield con


def land_all(home: Path, *datasets: str, profile: str = "voorbeeld") -> list[Landed]:
    """The first half of a refresh, for some datasets or for all: take in what was delivered, and build nothing."""
    with Home(home).lock():
        known = landings(home)
        return [
            land_dataset(known, dataset, profile, load_settings(), lambda text: None)
            for dataset in datasets or BUILT_IN
        ]
