"""A made-up plan of Gent and a made-up release: every name and figure in it is of the tests' own making."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import City
from pipelines.orba.plan import (
    SHAPES,
    Actie,
    Actieplan,
    Bedrag,
    Doel,
    Indicator,
    Mijlpaal,
    Oordeel,
    Plan,
    Row,
    Streefwaarde,
)

CITY = City(stad="gent", naam="Gent", nis_code="44021", gemeenten=["44021"])
HOSTILE = "Een <script>alert(1)</script> & {{ 7*7 }} *plein* #set"
CREATE = """
  CREATE SCHEMA mart;
  CREATE TABLE mart.onderwerp (onderwerp VARCHAR, naam VARCHAR, eenheid VARCHAR, afronding INTEGER, interval VARCHAR,
    thema VARCHAR, periodesoort VARCHAR, bron VARCHAR);
  CREATE TABLE mart.waarneming (onderwerp VARCHAR, gebiedsniveau VARCHAR, gebied VARCHAR, periode VARCHAR,
    periode_begin DATE, waarde DOUBLE, status VARCHAR, reden VARCHAR, ondergrens DOUBLE, bovengrens DOUBLE,
    voorlopig BOOLEAN);
  CREATE TABLE mart.kubus (onderwerp VARCHAR, gebiedsniveau VARCHAR, gebied VARCHAR, periode VARCHAR,
    periode_begin DATE, geslacht VARCHAR, waarde DOUBLE, status VARCHAR);
  CREATE TABLE mart.bron (bron VARCHAR, uitgever VARCHAR, titel VARCHAR, licentie VARCHAR, aanvaard_op TIMESTAMP);
  CREATE TABLE mart.release AS SELECT '2026-07-10-0001' AS release, TIMESTAMP '2026-07-10 12:00:00' AS gemaakt_op,
    'a' AS vingerafdruk, 'b' AS code;
  INSERT INTO mart.bron VALUES ('maker', 'De maker', 'Made-up figures', 'geen', TIMESTAMP '2026-01-05 10:00:00');
  INSERT INTO mart.onderwerp VALUES
    ('vp9999_x', 'verzonnen aandeel', '%', 1, 'wilson', 'Proef', 'lopend', 'maker'),
    ('v9999_y', 'verzonnen aantal', 'stuks', 0, 'volledige telling: alles', 'Proef', 'stand', 'maker'),
    ('kubus9999', 'verzonnen kubus', 'personen', 0, 'geen: niets', 'Proef', 'stand', 'maker');
  INSERT INTO mart.kubus SELECT 'kubus9999', 'gemeente', '44021', j::VARCHAR, MAKE_DATE(j, 1, 1), g, w, 'ok'
    FROM (VALUES (2024, 'man', 10), (2024, 'vrouw', 20), (2025, 'man', 11), (2025, 'vrouw', 22)) AS t(j, g, w);
"""
SHARE = {2020: 20.0, 2021: 19.0, 2022: 18.4, 2023: 17.0, 2024: 16.2, 2025: 15.1}
COUNT = {2021: 100.0, 2022: 101.0, 2024: 103.0, 2025: 90.0, 2026: None}


def made_release(path: Path, share: dict[int, float] = SHARE, count: dict[int, float | None] = COUNT) -> Path:
    """A file with the tables of a release that a plan is held against: a share with intervals, a count, a cube."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(CREATE)
        for year, value in share.items():
            row = ("vp9999_x", "gemeente", "44021", str(year), date(year, 1, 1), value, "ok", None)
            con.execute(
                "INSERT INTO mart.waarneming VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*row, value - 1, value + 1, False)
            )
        for year, number in count.items():
            status = "ok" if number is not None else "leeg"
            row = ("v9999_y", "gemeente", "44021", str(year), date(year, 1, 1), number, status, None)
            con.execute("INSERT INTO mart.waarneming VALUES (?,?,?,?,?,?,?,?,?,?,?)", (*row, None, None, False))
    return path


def plan_of(rows: Iterable[Row]) -> Plan:
    """Rows as the plan of Gent."""
    kept: dict[str, dict[str, Any]] = {table: {} for table in SHAPES}
    for row in rows:
        kept[next(table for table, shape in SHAPES.items() if shape is type(row))][row.sleutel] = row
    return Plan("gent", kept)


def made_plan(target: float = 10.0, actions: int = 3, **goal: Any) -> Plan:
    """A goal that is followed by a share and a count, one by a cube, one that is only ticked, and one by nothing."""
    doel = {"titel": "Minder van het verzonnen aandeel", "volgen": "indicator", "publiek": True, "thema": "Proef"}
    rows: list[Row] = [
        Doel(sleutel="gent/d1", code="D1", eigenaar="Een dienst", **{**doel, **goal}),
        Doel(sleutel="gent/d2", code="D2", titel=HOSTILE, volgen="indicator", omschrijving=HOSTILE * 20),
        Doel(sleutel="gent/d3", code="D3", titel="Het geheime plan", volgen="gedaan", gedaan_op=date(2026, 5, 1)),
        Doel(sleutel="gent/d4", code="D4", titel="Zonder maatstaf", publiek=True),
        Actieplan(sleutel="gent/d1/a", titel="Een actieplan", doel="gent/d1"),
        followed_by("gent/i1", "gent/d1", "vp9999_x", "lager", 20.0),
        Streefwaarde(sleutel="gent/i1/1", indicator="gent/i1", op=date(2030, 12, 31), waarde=target),
        Streefwaarde(sleutel="gent/i1/0", indicator="gent/i1", op=date(2025, 12, 31), waarde=15.0),
        followed_by("gent/i2", "gent/d1", "v9999_y", "hoger", 100.0),
        Streefwaarde(sleutel="gent/i2/1", indicator="gent/i2", op=date(2030, 1, 1), waarde=120.0),
        followed_by("gent/i3", "gent/d2", "kubus9999", "hoger", 20.0, doorsnede="geslacht=vrouw"),
        Streefwaarde(sleutel="gent/i3/1", indicator="gent/i3", op=date(2025, 1, 1), waarde=22.0),
        Oordeel(
            sleutel="gent/o1", onderdeel="gent/d1", oordeel="op schema", door="An Peeters", op=date(2026, 6, 1),
            reden="De nieuwe cijfers komen eraan.",
        ),
    ]  # fmt: skip
    for n in range(actions):
        key, ends = f"gent/d1/a/{n}", date(2026, 1 + n % 12, 15)
        rows.append(Actie(sleutel=key, titel=f"Actie {n}", actieplan="gent/d1/a", volgen="gedaan", einde=ends))
        rows.append(Mijlpaal(sleutel=f"{key}/m", onderdeel=key, naam="het bestek", gepland=ends, bereikt=ends))
        for year in (2025, 2026):
            spent = Decimal("10.50") if year < 2026 else None
            amount = {"gepland_eur": Decimal("1000.25"), "besteed_eur": spent}
            rows.append(Bedrag(sleutel=f"{key}/{year}", onderdeel=key, jaar=year, **amount))
    return plan_of(rows)


def followed_by(key: str, part: str, topic: str, way: str, begin: float, **more: Any) -> Indicator:
    """An indicator of a part of the plan, with where it began."""
    told = {"onderwerp": topic, "richting": way, "beginwaarde": begin, "begin_op": date(2021, 1, 1), "voorbeeld": True}
    return Indicator(sleutel=key, onderdeel=part, **told, **more)
