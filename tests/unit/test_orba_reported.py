"""A reported plan: what lands of a file, its keys and texts, and a new report in its place. All invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.orba.editions import Editions
from pipelines.orba.intake import told_plan
from pipelines.orba.plan import LAPSED, Bedrag, Indicator, Mijlpaal, Plan, PlanProject, Row
from pipelines.orba.readable import readable
from pipelines.orba.reported import as_rows, is_plan
from pipelines.orba.takeover import differences, with_report

SPEC = next(spec for spec in load_datasets().values() if is_plan(spec))


def line(doel: str, plan: str, actie: str, euro: int = 10, year: int = 2026, **more: str) -> dict[str, Any]:
    """An invented action in a year; codes with their titles, as `1 Wonen`."""
    said: dict[str, Any] = {"jaar": year, "uitgave_eur": euro}
    for level, text in (("doel", doel), ("actieplan", plan), ("actie", actie)):
        code, _, title = text.partition(" ")
        said |= {f"{level}_code": code, level: title or code, f"{level}_tekst": f"{title} lang"}
    return {**said, **more}


def test_a_file_of_plans_lands_as_a_row_per_action_and_year(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Amounts that stand in a cell under names of their own, and a text that is empty."""
    row = {
        **dict.fromkeys(("bd_code", "bd_short", "bd_long"), ""),
        **{"nis_code": "71001", "municipality": "Aalst", "total_amount": 3.0, "amount_per_capita": 0.0},
        **{"ap_code": "P", "ap_short": "Plan", "ap_long": "Plan\r\nlang", "ac_code": "A", "ac_short": "Actie"},
        **{"ac_long": "Actie", "categories": ["x"], "yearly_amounts": {"2026": 1.0, "2027": -2.0}},
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "in.parquet")
    part = parse(con, SPEC, open_tables(SPEC, [(tmp_path / "in.parquet", "in.parquet")], tmp_path), "x", tmp_path)
    columns = "gebied, jaar, uitgave_eur, doel_code, doel_tekst, actieplan_tekst"
    landed = con.execute(f"SELECT {columns} FROM read_parquet('{part.path}') ORDER BY jaar").fetchall()
    assert landed == [("41002", 2026, 1, "-", "-", "Plan\r\nlang"), ("41002", 2027, -2, "-", "-", "Plan\r\nlang")]


def test_a_code_is_a_key_and_one_that_several_share_has_their_title_behind_it() -> None:
    lines = [
        line("BDS Schone stad", "1/1 Vegen", "a Straten"),
        line("BDS Fijne stad", "10 Spelen", "A Pleinen", 5),
        line("BDS Fijne stad", "2 Zwemmen", "b Baden"),
        line("BDS Fijne stad", "2 Zwemmen", "b Baden", actie_tekst="anders"),
        line("BDS Fijne stad", "2 Zwemmen", "-", actie_tekst="-"),
    ]
    rows = as_rows("gent", lines)
    assert list(rows["doel"]) == ["gent/BDS~fijne-stad", "gent/BDS~schone-stad"]
    assert list(rows["actieplan"]) == [
        "gent/BDS~fijne-stad/2",
        "gent/BDS~fijne-stad/10",
        "gent/BDS~schone-stad/1-1",
    ]
    swims = [key.rpartition("/")[2] for key in rows["actie"] if "/2/" in key]
    assert swims == ["geen", "b~baden~1", "b~baden~2"]
    assert rows["actie"]["gent/BDS~fijne-stad/2/geen"].titel == "Zonder naam"
    assert rows["bedrag"]["gent/BDS~fijne-stad/10/A/2026"].gepland_eur == Decimal("5.00")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Commentaar:", ""),
        ("Kwalitatieve omschrijving: We bouwen.\r\n\r\n\r\nEn meer.", "We bouwen.\n\nEn meer."),
        ("Publieke info:\nDit actieplan\u00a0beschermt.", "Dit actieplan beschermt."),
        ("AC.Ondersteunen van REGent", "Ondersteunen van REGent"),
        ('"We gaan door."', "We gaan door."),
        ("Projecten: de Kouter", "Projecten: de Kouter"),
    ],
)
def test_a_text_is_shown_without_the_headings_of_its_form(written: str, shown: str) -> None:
    assert readable(written) == shown


OLD = [
    line("1 Wonen", "a Bouwen", "x Huizen"),
    line("1 Wonen", "a Bouwen", "y Flats", 20),
    line("1 Wonen", "b Huren", "z Huurders"),
]
NEW = [
    line("1 Wonen", "a Bouwen", "x Woningen", 15),
    line("1 Wonen", "c Kopen", "y Flats", 20),
    line("1 Wonen", "c Kopen", "w Kopers", 5),
]


def written(tmp_path: Path) -> tuple[Editions, Plan]:
    """A plan that was reported, in which people wrote something about all three actions."""
    rows = as_rows("gent", OLD)
    own: list[Row] = [
        Mijlpaal(sleutel="m", onderdeel="gent/1/a/y", naam="Eerste steen", gepland=date(2027, 5, 1)),
        Indicator(sleutel="i", onderdeel="gent/1/b/z", onderwerp="v1"),
        PlanProject(sleutel="p", titel="Toren", actie="gent/1/a/y"),
        Bedrag(sleutel="p/2026", onderdeel="p", jaar=2026, gepland_eur=Decimal(3)),
    ]
    filled: dict[str, dict[str, Row]] = {table: dict(held) for table, held in rows.items()}
    for row in own:
        filled.setdefault(row.table, {})[row.sleutel] = row
    filled["actie"]["gent/1/a/x"] = replace(filled["actie"]["gent/1/a/x"], eigenaar="Dienst Wonen")
    filled["bedrag"]["gent/1/a/y/2026"] = replace(filled["bedrag"]["gent/1/a/y/2026"], besteed_eur=Decimal("7.25"))
    editions = Editions(Home(tmp_path), "gent")
    assert editions.add(rows, "", "verslag 1", "", []) is not None
    assert editions.add(filled, "An", "boek.xlsx", "ab", ["Acties!C3: niet gelezen"]) is not None
    return editions, editions.plan()


def test_a_version_is_read_back_as_it_was_made(tmp_path: Path) -> None:
    editions, plan = written(tmp_path)
    assert editions.plan(1).rows["actie"] == as_rows("gent", OLD)["actie"]
    assert plan.rows["bedrag"]["gent/1/a/y/2026"].besteed_eur == Decimal("7.25")
    assert plan.rows["mijlpaal"]["m"].gepland == date(2027, 5, 1)
    assert editions.add(plan.rows, "An", "boek.xlsx", "ab", []) is None
    found = editions.changed_by("actie", "gent/1/a/x", "eigenaar", 1)
    assert found is not None
    assert (found.nummer, found.door) == (2, "An")
    assert editions.changed_by("actie", "gent/1/a/x", "titel", 1) is None


def test_what_people_wrote_goes_with_what_a_new_report_moves_and_stays_with_what_it_drops(tmp_path: Path) -> None:
    editions, plan = written(tmp_path)
    rows = with_report(plan, as_rows("gent", NEW))
    editions.add(rows, "", "verslag 2", "", [])
    new = editions.plan()
    assert new.rows["actie"]["gent/1/a/x"].eigenaar == "Dienst Wonen"
    assert new.rows["mijlpaal"]["m"].onderdeel == new.rows["project"]["p"].actie == "gent/1/c/y"
    assert new.rows["bedrag"]["gent/1/c/y/2026"].besteed_eur == Decimal("7.25")
    assert new.rows["bedrag"]["p/2026"] == plan.rows["bedrag"]["p/2026"]
    assert {k: r.herkomst for k, r in new.elements.items() if r.herkomst == LAPSED} == {
        "gent/1/b": LAPSED,
        "gent/1/b/z": LAPSED,
    }
    assert new.rows["indicator"]["i"].onderdeel == "gent/1/b/z"
    assert "gent/1/b/z/2026" not in new.rows["bedrag"]
    back = with_report(new, as_rows("gent", OLD))
    assert back["actie"]["gent/1/b/z"].herkomst == "meerjarenplan"
    assert back["mijlpaal"]["m"].onderdeel == "gent/1/a/y"


def test_the_command_says_what_is_otherwise(tmp_path: Path) -> None:
    editions, plan = written(tmp_path)
    editions.add(with_report(plan, as_rows("gent", NEW)), "", "verslag 2", "", [])
    found = differences(plan, editions.plan())
    assert [r.sleutel for r in found.nieuw] == ["gent/1/c", "gent/1/c/w"]
    assert [r.sleutel for r in found.geschrapt] == ["gent/1/b", "gent/1/b/z"]
    assert [(a.sleutel, b.sleutel) for a, b in found.verplaatst] == [("gent/1/a/y", "gent/1/c/y")]
    assert [(r.sleutel, euro) for r, euro in found.meer] == [("gent/1/a/x", Decimal("5.00"))]
    assert found.per_jaar == {2026: (Decimal("43.00"), Decimal("43.00"))}
    said = told_plan(editions)
    assert said[0].startswith("gent, versie 3 van ")
    assert "2 nieuw, 2 geschrapt, 1 verplaatst, 1 hernoemd, 1 met meer geld" in said
    assert "  gent/1/a/y → gent/1/c/y  Flats" in said
