"""The star of a plan: its rules, and who gets what of it. All plans are invented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.orba.plan import (
    SHAPES,
    Actie,
    Actieplan,
    Bedrag,
    Doel,
    EigenMeting,
    Indicator,
    Mijlpaal,
    Oordeel,
    Plan,
    PlanProject,
    Streefwaarde,
)
from pipelines.orba.reported import as_rows
from pipelines.orba.star import RELATIONS, PlanTables
from tests.stars import faults_in_duckdb, faults_in_pandas
from tests.unit.test_orba_reported import line


def plan_of(stad: str, *, shared: bool) -> Plan:
    """A goal and all that can hang on it, with the city's mark in every text; and a goal that is never shared."""
    day, mark = date(2027, 3, 1), f"merk-van-{stad}"
    rows = [
        Doel(sleutel=f"{stad}/1", titel=f"{mark}-open", gedeeld=shared),
        Doel(sleutel=f"{stad}/2", titel=f"{mark}-dicht", toelichting=f"{mark}-dicht"),
        Actieplan(sleutel=f"{stad}/1/a", titel=f"{mark}-open", doel=f"{stad}/1"),
        Actieplan(sleutel=f"{stad}/2/a", titel=f"{mark}-dicht", doel=f"{stad}/2"),
        Actie(sleutel=f"{stad}/1/a/x", titel=f"{mark}-open", actieplan=f"{stad}/1/a"),
        Actie(sleutel=f"{stad}/2/a/x", titel=f"{mark}-dicht", actieplan=f"{stad}/2/a"),
        PlanProject(sleutel=f"{stad}/1/a/x/p", titel=f"{mark}-open", actie=f"{stad}/1/a/x"),
    ]
    for goal, kind in ((f"{stad}/1", f"{mark}-open"), (f"{stad}/2", f"{mark}-dicht")):
        rows += [
            Mijlpaal(sleutel=f"{goal}/m", onderdeel=f"{goal}/a/x", naam=kind, gepland=day),
            Indicator(sleutel=f"{goal}/i", onderdeel=goal, naam=kind),
            Streefwaarde(sleutel=f"{goal}/i/1", indicator=f"{goal}/i", op=day, waarde=1.0),
            EigenMeting(sleutel=f"{goal}/i/2", indicator=f"{goal}/i", op=day, waarde=1.5, bron=kind),
            Bedrag(sleutel=f"{goal}/a/x/2026", onderdeel=f"{goal}/a/x", jaar=2026, gepland_eur=Decimal("0.10")),
            Oordeel(sleutel=f"{goal}/o", onderdeel=goal, oordeel="achter", door=kind, op=day, reden=kind),
        ]
    return Plan(stad, {t: {r.sleutel: r for r in rows if r.table == t} for t in SHAPES}, 3)


PLANS = PlanTables({"gent": plan_of("gent", shared=True), "sint-niklaas": plan_of("sint-niklaas", shared=False)})


def written(path: Path, stad: str, plans: PlanTables = PLANS) -> Path:
    """What a file of a release gets of these plans."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS \"sint-niklaas\"")
        plans.write(con, "sint-niklaas", stad)
        assert plans.is_in(con, "sint-niklaas", stad)
        con.execute('CHECKPOINT "sint-niklaas"')
    return path


@pytest.mark.parametrize("stad", ["gent", ""])
def test_the_tables_are_a_star_and_one_that_is_harmed_is_seen(tmp_path: Path, stad: str) -> None:
    with duckdb.connect(str(written(tmp_path / "x.duckdb", stad))) as con:
        assert faults_in_duckdb(con, RELATIONS) == faults_in_pandas(con, RELATIONS) == []
        euro = Decimal("0.20") if stad else Decimal("0.10")
        assert con.execute("SELECT SUM(gepland_eur) FROM orba.bedrag").fetchone() == (euro,)
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert tables == {*SHAPES, "onderdeel", "datum", "versie"}
        assert {part.partition(".")[0] for pair in RELATIONS for part in pair} == tables - {"versie"}
        for harm in (
            "INSERT INTO orba.actie SELECT * FROM orba.actie LIMIT 1",
            "DELETE FROM orba.indicator",
            "UPDATE orba.bedrag SET onderdeel = 'elders'",
            "DELETE FROM orba.datum WHERE jaar = 2027",
        ):
            con.execute(f"BEGIN; {harm}")
            assert faults_in_duckdb(con, RELATIONS), harm
            assert faults_in_pandas(con, RELATIONS), harm
            con.execute("ROLLBACK")


def test_a_city_has_its_own_plan_alone_and_all_have_what_is_shared(tmp_path: Path) -> None:
    """By the bytes of the files, whatever table they are of."""
    files = {stad: written(tmp_path / f"{stad}.duckdb", stad).read_bytes() for stad in ("gent", "sint-niklaas", "")}
    found = {
        (stad, mark): held.count(mark.encode())
        for stad, held in files.items()
        for mark in (f"merk-van-{c}-{kind}" for c in ("gent", "sint-niklaas") for kind in ("open", "dicht"))
    }
    assert {pair for pair, number in found.items() if number} == {
        ("gent", "merk-van-gent-open"),
        ("gent", "merk-van-gent-dicht"),
        ("sint-niklaas", "merk-van-sint-niklaas-open"),
        ("sint-niklaas", "merk-van-sint-niklaas-dicht"),
        ("", "merk-van-gent-open"),
    }


def test_a_plan_is_private_once_people_added_to_it() -> None:
    reported = as_rows("gent", [line("1 Wonen", "a Bouwen", "x Huis")])
    assert not PlanTables({"gent": Plan("gent", reported)}).is_private("gent")
    assert PLANS.is_private("gent")
    assert not PLANS.is_private("aalst")


def test_what_is_written_otherwise_is_not_in_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "x.duckdb", "")
    withdrawn = PlanTables({"gent": plan_of("gent", shared=False)})
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS vorige (READ_ONLY)")
        assert not withdrawn.is_in(con, "vorige", "")
        con.execute("ATTACH ':memory:' AS leeg")
        assert withdrawn.is_in(con, "leeg", "")
        withdrawn.write(con, "leeg", "")
        assert con.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE database_name = 'leeg'").fetchone() == (0,)
