"""What all descriptions of sources together hold, and that every one that was never tried can at least be read."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import duckdb
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.options import OPTIONS
from pipelines.describe.specfile import ROOT, SpecError
from pipelines.describe.specs import load_datasets
from pipelines.describe.themes import load_themes
from pipelines.gate.checks import compile_checks
from pipelines.home import quoted
from pipelines.ingest.read import own_table
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.table import recognised
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.areas import load_areas
from tests.helpers import wrong_of
from tests.unit.bodies import file_name, moment, sample, write

DATASETS = load_datasets()
UNTRIED = [(i, f.name) for i, spec in DATASETS.items() if spec.status == "ongetest" for f in spec.formats]
# Their files name their columns; the others hold them in a fixed order.
NAMING = [
    (i, name)
    for i, name in UNTRIED
    if not any(f.names or f.kind == "sos" for f in DATASETS[i].formats if f.name == name)
]
# What a check of its own must trip over: the check, and what damages the made-up rows.
DEFECTS = {
    "statbel_vastgoed": ("kwartielen_op_volgorde", "UPDATE kandidaat SET mediaan_eur = derde_kwartiel_eur * 1000"),
    "statbel_vastgoed_sector": ("prijzen_op_volgorde", "UPDATE kandidaat SET mediaan_eur = deciel_1_eur - 1"),
    "statbel_verkeersongevallen": ("delen_van_ongevallen", "UPDATE kandidaat SET ongevallen = 0"),
    "stadgent_parkeergarages": ("niet_meer_vrij_dan_er_zijn", "UPDATE kandidaat SET vrije_plaatsen = plaatsen + 1"),
    "statbel_gebouwenpark": (
        "bouwjaren_tegen_gebouwen",
        "UPDATE kandidaat SET aantal = aantal * 10 WHERE kenmerk = 'T3.7'",
    ),
}
# More rows for a check that looks at several together.
MORE = {
    "statbel_gebouwenpark": "INSERT INTO kandidaat "
    "SELECT kandidaat.* REPLACE (v.k AS kenmerk, v.n AS aantal) FROM kandidaat, "
    "(VALUES ('T1', 10), ('T3.1', 3), ('T3.7', 6), ('T3.9', 1), ('T3.7.1', 6)) AS v(k, n)"
}
# It makes some built-in figures out of the publishers' own files, and is no part of a refresh.
MAKER = "uittreksel.py"


@pytest.mark.parametrize("dataset", [i for i, spec in DATASETS.items() if spec.voorbeeld])
def test_built_in_figures_have_a_layout_that_is_known(dataset: str) -> None:
    spec = DATASETS[dataset]
    for path in (ROOT / "sources" / "voorbeeld").glob(str(spec.voorbeeld)):
        unpack = gzip.open if path.suffix == ".gz" else open
        with unpack(path, "rt", encoding="utf-8") as stream:
            header = next(csv.reader(stream, delimiter=";"))
        layouts = [(form, header) for form in (*spec.formats, own_table.form(spec))]
        assert recognised(spec, layouts) is not None, path.name


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        load_areas(found)
        yield found


def test_there_are_enough_of_them_and_every_protocol_occurs() -> None:
    assert len(DATASETS) >= 40
    assert {spec.protocol for spec in DATASETS.values()} == set(OPTIONS)
    assert all(spec.checks is not None for spec in DATASETS.values())


def test_half_of_them_fit_on_a_page() -> None:
    lengths = [len(p.read_text(encoding="utf-8").splitlines()) for p in ROOT.glob("sources/*/*.yaml")]
    assert median(lengths) <= 40


def test_no_code_knows_a_dataset() -> None:
    code = [p for p in ROOT.glob("pipelines/**/*.py") if p.name != MAKER] + list(ROOT.glob("models/**/*.py"))
    for path in code:
        words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        assert not words & set(DATASETS), path


def test_every_theme_has_a_source_or_a_subject() -> None:
    used = {spec.thema for spec in DATASETS.values()} | {topic.thema for topic in load_topics().values()}
    assert [t.thema for t in load_themes().values() if not {t.thema, t.naam} & used] == ["enquetes"], (
        "surveys will come"
    )


def test_addresses_are_plain_and_hold_no_key() -> None:
    assert wrong_of(DATASETS, plain) == {}


def plain(dataset: str) -> None:
    for url in [*DATASETS[dataset].url, DATASETS[dataset].pagina]:
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert parts.netloc == parts.netloc.lower()
        assert "@" not in parts.netloc
        assert not re.search(r"(?i)key|token|secret|password", parts.query)


@pytest.mark.proof
@pytest.mark.parametrize(("dataset", "name"), UNTRIED)
def test_a_source_that_was_never_tried_can_be_read(
    dataset: str, name: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = DATASETS[dataset]
    form = next(f for f in spec.formats if f.name == name)
    body = write(spec, form, sample(spec, form, con), tmp_path)
    tables = open_tables(spec, [(body, file_name(spec, form))], tmp_path, moment(spec))
    assert [t.form.name for t in tables] == [name]
    part = parse(con, spec, tables, "x", tmp_path)
    assert (part.rows, part.years, part.excluded) == (1, (moment(spec).year,), {})
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS SELECT * FROM read_parquet({quoted(part.path)})")
    con.execute("CREATE OR REPLACE VIEW vorige AS SELECT * FROM kandidaat WHERE FALSE")
    for compiled in compile_checks(spec):
        if compiled.over is not None:
            for table in compiled.tables or ():
                con.execute(table)
            wrong = con.execute(f"SELECT COUNT(*) FROM ({compiled.over}) WHERE {compiled.wrong}").fetchone()[0]
            assert compiled.check.id not in ("sleutel", "periode", "bereik") or wrong == 0, compiled.check.id


@pytest.mark.parametrize(("dataset", "name"), NAMING)
def test_a_column_that_is_gone_is_named(
    dataset: str, name: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec = DATASETS[dataset]
    form = next(f for f in spec.formats if f.name == name)
    cells = sample(spec, form, con)
    gone = next(c for c in form.header if c not in ("lon", "lat", "value") and c in cells)
    body = write(spec, form, {c: text for c, text in cells.items() if c != gone} | {"anders": "x"}, tmp_path)
    with pytest.raises(ParseError, match=re.escape(gone)):
        open_tables(spec, [(body, file_name(spec, form))], tmp_path, moment(spec))


def test_every_check_of_an_untried_source_has_a_defect() -> None:
    assert {i: [c.id for c in DATASETS[i].checks] for i, _ in UNTRIED if DATASETS[i].checks} == {
        i: [check] for i, (check, _) in DEFECTS.items()
    }


@pytest.mark.parametrize("dataset", DEFECTS)
def test_a_check_of_an_untried_source_sees_its_defect(
    dataset: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spec, (ident, damage) = DATASETS[dataset], DEFECTS[dataset]
    form = spec.formats[0]
    body = write(spec, form, sample(spec, form, con), tmp_path)
    part = parse(con, spec, open_tables(spec, [(body, file_name(spec, form))], tmp_path, moment(spec)), "x", tmp_path)
    compiled = next(c for c in compile_checks(spec) if c.check.id == ident)
    wrong = f"SELECT COUNT(*) FROM ({compiled.over}) WHERE {compiled.wrong}"
    con.execute("DROP VIEW IF EXISTS kandidaat")
    con.execute(f"CREATE TABLE kandidaat AS SELECT * FROM read_parquet({quoted(part.path)})")
    try:
        con.execute(MORE.get(dataset, "SELECT 1"))
        assert con.execute(wrong).fetchone() == (0,)
        con.execute(damage)
        assert con.execute(wrong).fetchone() == (1,)
    finally:
        con.execute("DROP TABLE kandidaat")


def test_a_description_of_before_that_says_too_little_now_is_told() -> None:
    spec = DATASETS["telraam_tellingen"]
    assert spec.read_by(spec.deciding) == spec
    before = {**spec.deciding, "periode": {**spec.deciding["periode"], "dagen": None}}
    with pytest.raises(SpecError, match="telraam_tellingen: its rows were read by a description that says too little"):
        spec.read_by(before)
