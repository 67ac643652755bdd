"""Names in the publishers' own files: beside a code they are that code's, and alone they find every municipality."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.describe.placenames import candidates
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.ingest.read.parse import parse as parse_file
from pipelines.ingest.read.tables import open_tables
from tests.helpers import areas
from tests.unit.test_names import cells, codes

BESIDE_CODES = [
    ("statbel_wagens_huishoudtype", "statbel-cars/TF_CAR_HHTYPE_MUNTY.txt", "gemeente_nl", 581),
    ("statbel_wagens_huishoudtype", "statbel-cars/TF_CAR_HHTYPE_MUNTY.txt", "gemeente_fr", 581),
    ("sciensano_besmettingen", "sciensano-covid-2020-04/COVID19BE_CASES_MUNI.csv", "TX_DESCR_FR", 580),
]


@pytest.mark.parametrize(("dataset", "file", "column", "number"), BESIDE_CODES)
def test_publishers_names_are_those_of_their_codes(
    shared: Path, tmp_path: Path, dataset: str, file: str, column: str, number: int
) -> None:
    given = load_datasets()[dataset].model_dump(exclude_unset=True)
    for form in given["formats"]:
        form["header"] |= {column: "plaatsnaam"}
        form["ignored"] = [name for name in form["ignored"] if name != column]
    given["columns"] |= {"plaatsnaam": "text"}
    given["gebied"] |= {"namen": {"kolom": "plaatsnaam"}}
    spec = Dataset(**given)
    path = shared / "data" / file
    with areas() as con:
        part = parse_file(con, spec, open_tables(spec, [(path, path.name)], tmp_path), "x", tmp_path)
        con.execute(f"CREATE VIEW kandidaat AS FROM read_parquet('{part.path}')")
        (check,) = [c for c in compile_checks(spec) if c.check.id == "naam"]
        seen = con.execute(f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {check.wrong}) FROM ({check.over})").fetchone()
    assert seen == (number, 0)


def test_a_household_table_of_names_alone_finds_every_municipality(shared: Path) -> None:
    """be.STAT's households name 589 municipalities of before 2019, with what tells them apart."""
    facts = json.loads((shared / "data" / "resiterra-statbel" / "huishoudens.json").read_text(encoding="utf-8"))[
        "facts"
    ]
    names = {row["Gemeente"] for row in facts} - {None}
    found = codes(cells(*(("gemeente2018", name, "", "") for name in names)))
    assert (len(names), len(found), len({code for *_, code in found})) == (589, 589, 589)


def test_a_postcode_lies_in_the_province_of_its_municipality(shared: Path) -> None:
    """All pairs of postcode and municipality of 2018 in the list of the social security."""
    lines = (shared / "data" / "statbel-cars" / "NIS_POSTAL.csv").read_text(encoding="cp1252").splitlines()
    pairs = [line.split(";") for line in lines if not line.startswith("#")][1:]
    with areas() as con:
        known = dict(con.execute("SELECT gebied, naam FROM gebied WHERE gebiedsniveau = 'gemeente2018'").fetchall())
        said = [("gemeente2018", known[nis], "", post) for post, _, nis, *_ in pairs if nis in known]
        astray = con.execute(
            f"SELECT naam, postcode FROM ({candidates(cells(*said))}) WHERE eigen AND NOT past"
        ).fetchall()
    assert len(said) > 1100
    assert astray == []
