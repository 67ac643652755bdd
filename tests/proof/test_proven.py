"""Every dataset that calls itself proven, on the publisher's own file: rows, areas, periods, and figures that were
read from that file by other means (the sentence beside each says which)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.gate.described import Compiled, expected_areas
from pipelines.home import Home, now
from pipelines.ingest.drop import drop
from pipelines.landing.areas import load_areas
from pipelines.landing.beside import lay_out_others
from pipelines.landing.landings import Landing
from pipelines.landing.state import LandedTable
from tests.gate.test_checks import DEFECTS
from tests.helpers import BUILT_IN, SHARED, landings, with_register


@dataclass(frozen=True)
class Landed:
    """A dataset, what must be found in it, and the home where it landed."""

    spec: Dataset
    proof: dict[str, Any]
    home: Home


PROOFS = ROOT / "tests" / "bewijs"
PROVEN = [i for i, spec in load_datasets().items() if spec.status == "bewezen"]


def test_what_is_proven_has_a_proof_and_the_reverse() -> None:
    assert sorted(p.stem for p in PROOFS.glob("*.yaml")) == PROVEN


@pytest.fixture(scope="module", params=PROVEN)
def landed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """The publisher's file of one dataset, handed over and taken through the gate."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the publishers' files (../shared/data) are not on this machine")
    spec = load_datasets()[request.param]
    proof = load_yaml(PROOFS / f"{spec.id}.yaml")
    home = with_register(Home(tmp_path_factory.mktemp(spec.id)))
    for other in sorted({name for check in spec.checks for name in check.met}):
        _hand_over(load_datasets()[other], home)
    assert any(f.match(spec.bewezen_op) for f in _hand_over(spec, home))
    return Landed(spec, proof, home)


def _hand_over(spec: Dataset, home: Home) -> list[Path]:
    """Land the publisher's files of a dataset; they pass the gate as they are."""
    proof = load_yaml(PROOFS / f"{spec.id}.yaml")
    files = [p for pattern in proof["bestanden"] for p in sorted((SHARED / "data").glob(pattern))]
    assert files, "the file is there"
    with home.lock():
        drop(spec, files, home)
        alone = spec.model_copy(update={"voorbeeld": None})
        outcome = land_dataset(landings(home, alone), spec.id, "voorbeeld", Settings(), lambda _: None)
    assert (outcome.state, outcome.reason) == ("vers", "")
    return files


def test_the_publishers_file_lands_as_it_is(landed: Landed) -> None:
    proof, landing = landed.proof, Landing(landed.home, landed.spec)
    parts = landing.state.parts
    assert sum(p.rows for p in parts) == proof["rijen"]
    assert all(p.held == 0 for p in parts)
    assert _excluded(parts) == proof.get("uitgesloten", {})
    con = duckdb.connect()
    con.execute(f"CREATE VIEW landing AS SELECT * FROM {landing.relation()}")
    areas = con.execute("SELECT COUNT(DISTINCT (gebiedsniveau, gebied)) FROM landing").fetchone()[0]
    years = [y for (y,) in con.execute("SELECT DISTINCT jaar FROM landing ORDER BY 1").fetchall()]
    assert areas == proof["gebieden"]
    assert [min(years), max(years)] == [proof["perioden"][0], proof["perioden"][-1]]
    assert len(years) == proof.get("jaren", len(proof["perioden"]))
    assert len(proof["cijfers"]) >= 2
    for figure in proof["cijfers"]:
        ((found,),) = con.execute(figure["sql"]).fetchall()
        assert found == pytest.approx(figure["waarde"], rel=1e-12), figure["wat"]


def _excluded(parts: list[LandedTable]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        for reason, number in part.excluded.items():
            found[reason] = found.get(reason, 0) + number
    return found


def test_every_check_can_fail(landed: Landed) -> None:
    """Each check passes on the publisher's figures, and sees a defect seeded into them. What reading tells and what
    needs an earlier version is shown on the five of the fixtures (test_deliveries.py, test_checks.py)."""
    spec = landed.spec
    con = duckdb.connect()
    load_areas(con)
    con.execute(f"CREATE TABLE heel AS SELECT * FROM {Landing(landed.home, spec).relation()}")
    con.execute("CREATE TABLE kandidaat AS SELECT * FROM heel")
    con.execute("CREATE TABLE vorige AS SELECT * FROM heel WHERE FALSE")
    lay_out_others(con, landings(landed.home), spec.id)
    compiled = [c for c in compile_checks(spec) if not c.reading and not c.history and c.over is not None]
    before = {c.check.id: _wrong(con, c) for c in compiled}
    assert {c.check.id for c in compiled if c.check.ernst == "blokkerend" and before[c.check.id]} == set()
    if spec.id in BUILT_IN:  # tests/gate/test_checks.py trips each of theirs
        assert compiled
        assert {(spec.id, check.check.id) for check in compiled} - set(DEFECTS) == set()
        return
    defects = _defects(landed)
    for check in compiled:
        name = check.check.id
        assert name in defects, f"no seeded defect trips check {name} of {spec.id}; add it to its defecten"
        con.execute("CREATE OR REPLACE TABLE kandidaat AS SELECT * FROM heel")
        con.execute(defects[name])
        assert (spec.per_stad and not _seen(con, check)) or _wrong(con, check) > before[name], name
    con.close()


def _seen(con: duckdb.DuckDBPyConnection, compiled: Compiled) -> int:
    """How many rows a check looks at: one that sees none has failed at the gate, as where a city gives none."""
    return con.execute(f"SELECT COUNT(*) FROM ({compiled.over})").fetchone()[0]


def _wrong(con: duckdb.DuckDBPyConnection, compiled: Compiled) -> int:
    """How many of the rows that a check looks at are wrong; it must look at some."""
    seen, wrong = con.execute(
        f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {compiled.wrong}) FROM ({compiled.over})"
    ).fetchone()
    assert seen, compiled.check.id
    return wrong


def _defects(landed: Landed) -> dict[str, str]:
    """One defect per check of the contract, and those that the proof names for checks of its own."""
    spec = landed.spec
    one = "SELECT MIN(rowid) FROM kandidaat"
    found = {
        "sleutel": f"INSERT INTO kandidaat SELECT * FROM kandidaat WHERE rowid = ({one} WHERE {spec.key_where})",
        "periode": f"UPDATE kandidaat SET jaar = 1492 WHERE rowid = ({one})",
    }
    several = "(SELECT COUNT(DISTINCT jaar) FROM kandidaat) > 1"
    widest = f"SELECT gebiedsniveau FROM kandidaat GROUP BY ALL ORDER BY COUNT(DISTINCT {spec.unit}) DESC LIMIT 1"
    level = f"gebiedsniveau = ({widest})"
    first = f"{level} AND jaar = (SELECT MIN(jaar) FROM kandidaat WHERE {level})"
    beside = f"jaar + CASE WHEN jaar < {spec.dekking.tot or now().year} THEN 1 ELSE -1 END AS jaar"
    found["periode_alleen"] = (
        f"DELETE FROM kandidaat WHERE {several} AND {first} AND rowid > ({one} WHERE {first});"
        f"INSERT INTO kandidaat SELECT * REPLACE ({beside}) FROM kandidaat WHERE NOT {several} AND {level} LIMIT 1"
    )
    if (names := spec.gebied.namen) and not spec.gebied.by_name:
        found["naam"] = f"UPDATE kandidaat SET {names.kolom} = 'Saint-Nicolas' WHERE gebied = '46021'"
    expected = expected_areas(spec) if spec.gebied.niveau != "punt" else ""
    gone = f"SELECT MIN(e.eenheid) FROM ({expected}) AS e JOIN kandidaat AS k ON k.{spec.unit} = e.eenheid"
    found["dekking"] = f"UPDATE kandidaat SET {spec.unit} = '?' WHERE {spec.unit} = ({gone})"
    if spec.dekking.per:
        parts = f"SELECT van FROM gebied_relatie WHERE naar_niveau = '{spec.dekking.per}' AND naar = '44021'"
        found["dekking"] = f"UPDATE kandidaat SET gebied = '?' WHERE gebied IN ({parts})"
    for name, column in spec.columns.items():
        if column.min is not None or column.max is not None:
            wrong = column.max * 1000 + 1 if column.max is not None else column.min - 1
            found["bereik"] = f"UPDATE kandidaat SET {name} = {wrong} WHERE rowid = ({one} WHERE {name} IS NOT NULL)"
    if numbers := [n for n, c in spec.columns.items() if c.measure and c.type == "number"]:
        found["getal"] = f"UPDATE kandidaat SET {numbers[0]} = 'nan' WHERE rowid = ({one})"
    if measures := [n for n, c in spec.columns.items() if c.measure]:
        filled = "jaar = (SELECT jaar FROM kandidaat GROUP BY jaar HAVING COUNT(*) > 1 LIMIT 1)"
        found["gevuld"] = f"UPDATE kandidaat SET {measures[0]} = NULL WHERE {filled}"
    if spec.dekking.uitzonderingen:
        level, area, *years = next(iter(spec.dekking.uitzonderingen)).split(" ")
        year = years[0].split("-")[0] if years else "jaar"
        odd = f"'{area}' AS {spec.unit}, '{level}' AS gebiedsniveau, {year} AS jaar"
        found["dekking_uitzondering"] = f"INSERT INTO kandidaat SELECT * REPLACE ({odd}) FROM kandidaat LIMIT 1"
    return found | landed.proof.get("defecten", {})
