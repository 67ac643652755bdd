"""Every protocol from a publisher's server to the accepted landing, night after night, on made-up figures.

What each server does wrong has tests of its own (test_protocols_*.py, test_http*.py, test_resume.py); here stands that
the answer of every protocol is read whole, that an unchanged night costs next to nothing, and that news arrives.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import Http, Settings, SourceSetting
from pipelines.deliver import land_dataset
from pipelines.describe.options import OPTIONS
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landing
from tests.helpers import landings, with_register
from tests.replay import arcgis, catalogue, eurostat, ogc, opendatasoft, sensors, swing
from tests.replay.server import Answer, Asked, Replay, dataset, serve

pytestmark = pytest.mark.proof

LINES = "".join(f"44021;{2000 + n % 20};{n}\n" for n in range(4000))
CSV = {"kind": "csv", "header": {"gebied": "gebied", "jaar": "jaar", "aantal": "aantal"}}
YEAR = {"constants": {"jaar": "2026"}}


@dataclass
class OneFile:
    """A server with one file and its ETag."""

    body: bytes = b"gebied;jaar;aantal\n" + LINES.encode()

    def reply(self, asked: Asked) -> Answer:
        tag = f'"{hash(self.body)}"'
        fresh = asked.headers.get("if-none-match") != tag
        return Answer(self.body if fresh else b"", 200 if fresh else 304, {"ETag": tag})


def packed(text: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("cijfers.csv", text)
    return out.getvalue()


@dataclass(frozen=True)
class Case:
    """A publisher, what the source says of it, what must land, and what news is: the attributes to change."""

    publisher: Any
    path: str
    options: dict[str, Any]
    form: dict[str, Any]
    rows: int
    figure: tuple[str, float]
    news: dict[str, Any]
    columns: dict[str, Any] | None = None
    missing: dict[str, str] | None = None
    cheap: bool = True


def cases() -> dict[str, Case]:
    """One healthy publisher per protocol."""
    sensor = {"api": "telraam", "series": ["9000001435"], "since": "2026-01-01", "window_days": 7, "pause_s": 0}
    telraam = {"segment_id": "gebied", "date": "tijdstip", "car": "aantal"}
    others = ["hour", "uptime", "heavy", "bike", "pedestrian", "v85"]
    hours = {"tijdstip": {"type": "time", "written": "%Y-%m-%dT%H:%M:%S.%gZ"}}
    odata = {"ExternalCode": "gebied", "Period": "jaar", "ValueString": "aantal"}
    sectors = packed("gebied;jaar;aantal\n44021;2025;7\n44021;2024;6\n")
    return {
        "http_file": Case(OneFile(), "/cijfers.csv", {}, CSV, 4000, ("MAX(aantal)", 3999), {"body": b""}),
        "opendatasoft": Case(
            opendatasoft.Portal(),
            "",
            {"dataset": "verzonnen-verbruik"},
            {"kind": "csv", "header": {"jaar": "jaar", "gemeente": "gebied", "verbruik": "aantal"}},
            3000,
            ("SUM(aantal)", 1.5 * sum(range(3000))),
            {"processed": "2026-11-21T04:00:00+00:00", "rows": opendatasoft.made_up(3100)},
        ),
        "arcgis_rest": Case(
            arcgis.Layer(),
            arcgis.LAYER,
            {"geometry": True},
            {"kind": "arcgis", "header": {"OBJECTID": "gebied", "soort": "aantal"}, **YEAR}
            | {"ignored": ["naam", "datum", "lon", "lat"]},
            2500,
            ("SUM(aantal)", sum(n % 3 for n in range(1, 2501))),
            {"edited": 1_763_000_000_001, "rows": arcgis.made_up(2400)},
        ),
        "ogc_features": Case(
            ogc.Collection(),
            ogc.ITEMS,
            {"crs": f"{ogc.EPSG}31370"},
            {"kind": "geojson", "crs": "EPSG:31370", "header": {"nr": "gebied", "kw": "aantal", "lon": "lon"}, **YEAR}
            | {"ignored": ["naam", "lat"]},
            2500,
            ("ROUND(AVG(lon), 3)", round(ogc.GENT[0], 3)),
            {"features": ogc.made_up(2400)},
            columns={"lon": "number"},
        ),
        "wfs": Case(
            ogc.FeatureType(),
            ogc.WFS,
            {"typename": "proef:palen", "count": 1000},
            {"kind": "geojson", "header": {"nr": "gebied", "kw": "aantal", "lon": "lon"}, **YEAR}
            | {"ignored": ["naam", "lat"]},
            2500,
            ("ROUND(AVG(lon), 3)", round(ogc.GENT[0], 3)),
            {"features": ogc.made_up(2400)},
            columns={"lon": "number"},
            cheap=False,
        ),
        "jsonstat": Case(
            eurostat.Eurostat(),
            "/statistics/1.0/data/urb_proef",
            {"query": {"indic_ur": ["DE1001V"]}},
            {"kind": "jsonstat", "header": {"cities": "gebied", "time": "jaar", "value": "aantal"}}
            | {"ignored": ["freq", "indic_ur", "status"]},
            0,
            ("MAX(aantal) FILTER (WHERE gebied = 'BE003C')", 3024),
            {"updated": "2026-07-01T11:00:00+0200", "years": ["2024"]},
            missing={":": "onbekend"},
        ),
        "sdmx": Case(
            eurostat.SdmxFlow(),
            "/data/FLOW/A",
            {},
            {"kind": "csv", "delimiter": ",", "ignored": ["DATAFLOW", "FREQ", "OBS_FLAG"]}
            | {"header": {"REF_AREA": "gebied", "TIME_PERIOD": "jaar", "OBS_VALUE": "aantal"}},
            500,
            ("MAX(aantal)", 499.5),
            {"etag": '"flow-2"', "rows": 400},
        ),
        "swing_odata": Case(
            swing.Swing(areas=200),
            "/jiveservices/odata",
            {"variables": ["v1101_t"], "levels": ["gemeente"]},
            {"kind": "json", "records": "value", "header": odata}
            | {"ignored": ["GeoLevel", "PeriodLevel", "Description"]},
            2000,
            ("MAX(aantal)", 199.5),
            {"years": (2020, 2021)},
            missing={"?": "onbekend", "x": "verborgen"},
        ),
        "dcat": Case(
            catalogue.Catalogue(files={"SECTOREN_2025.zip": sectors, "SECTOREN_2026.zip": sectors + b""}),
            "/catalogue",
            {"identifier": "NodeID4151", "match": "zip$"},
            CSV,
            2,
            ("MAX(aantal)", 7),
            {"modified": "2026-07-01", "files": {"SECTOREN_2025.zip": packed("gebied;jaar;aantal\n44021;2025;8\n")}},
        ),
        "sensor": Case(
            sensors.Sensors(),
            "/v1",
            sensor,
            {"kind": "json", "records": "report", "header": telraam, "ignored": others}
            | {"extract": {"jaar": {"column": "date", "pattern": r"^(\d{4})"}}},
            0,
            ("MAX(aantal)", 120.25),
            {},
            columns=hours,
            missing={"": "onbekend"},
        ),
    }


def described(protocol: str, case: Case) -> Dataset:
    """The description of a made-up dataset whose areas are in no list."""
    columns = {"gebied": "text", "jaar": "integer", "aantal": {"type": "number", "measure": True, "min": -1}}
    made = dataset(protocol, case.options).model_dump() | {
        "options": case.options,
        "voorbeeld": None,
        "gebied": {"niveau": "punt"},
        "dekking": {"vanaf": 1985, "afwezig": "onbekend"},
        "columns": columns | (case.columns or {}),
        "key": [],
        "replaces": ["gebied", "tijdstip"] if protocol == "sensor" else ["jaar"],
        "missing": case.missing or {},
        "formats": [{"name": "zoals de server antwoordt", **case.form}],
    }
    return Dataset(**made)


def night(spec: Dataset, home: Home, server: Replay, path: str) -> tuple[str, str, int]:
    """One night: what became of the dataset, why, and how many bytes the server sent."""
    http = Http(loopback=True, attempts=2, deadline_s=30)
    settings = Settings(http=http, sources={spec.id: SourceSetting(url=[server.url + path])})
    before = server.sent
    with home.lock():
        landed = land_dataset(landings(home, spec), spec.id, "live", settings, lambda _: None)
    return landed.state, landed.reason, server.sent - before


def rows_of(home: Home, spec: Dataset, sql: str) -> float:
    with duckdb.connect() as con:
        return con.execute(f"SELECT {sql} FROM {Landing(home, spec).relation()}").fetchone()[0]


def test_there_is_a_publisher_for_every_protocol() -> None:
    assert {*cases(), "drop"} == set(OPTIONS)


@pytest.mark.parametrize("protocol", cases())
def test_every_protocol_lands_what_its_server_holds(
    protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMI_NOW", "2026-03-01T02:00:00+00:00")
    case = cases()[protocol]
    spec, home = described(protocol, case), with_register(Home(tmp_path))
    with serve(case.publisher.reply) as server:
        if protocol == "dcat":
            case.publisher.host = server.url
        state, reason, full = night(spec, home, server, case.path)
        assert (state, reason) == ("vers", "")
        assert rows_of(home, spec, "COUNT(*)") == case.rows or not case.rows
        assert rows_of(home, spec, case.figure[0]) == pytest.approx(case.figure[1])
        parts = Landing(home, spec).state.parts
        assert sum(p.read for p in parts) == sum(p.rows + p.held for p in parts)

        state, reason, again = night(spec, home, server, case.path)
        assert (state, reason) == ("ongewijzigd", "")
        assert again < full / 100 or not case.cheap, f"{again} of {full} bytes"

        for name, value in case.news.items():
            setattr(case.publisher, name, value or case.publisher.body.replace(b";3999\n", b";4999\n"))
        if protocol == "sensor":
            monkeypatch.setenv("OBMI_NOW", "2026-03-20T02:00:00+00:00")
        count = rows_of(home, spec, "COUNT(*)")
        state, reason, _ = night(spec, home, server, case.path)
        # of fewer years than before, all as they were, nothing is new, and what is gone there stays here
        fewer = protocol in ("jsonstat", "swing_odata")
        assert (state, reason) == ("ongewijzigd" if fewer else "vers", "")
        assert not fewer or rows_of(home, spec, "COUNT(*)") == count
        assert protocol != "sensor" or rows_of(home, spec, "COUNT(*)") > count, "earlier windows stay"


def test_what_a_person_hands_over_takes_the_same_way(tmp_path: Path) -> None:
    """One file or many, under the same manifest and through the same gate."""
    case = cases()["http_file"]
    spec, home = described("drop", case), with_register(Home(tmp_path))
    paths = [tmp_path / "een.csv", tmp_path / "twee.csv"]
    for number, path in enumerate(paths):
        path.write_text(f"gebied;jaar;aantal\n44021;{2020 + number};{number}\n", encoding="utf-8")
    with home.lock():
        delivery = drop(spec, paths, home)
        landed = land_dataset(landings(home, spec), spec.id, "voorbeeld", Settings(), lambda _: None)
    assert [f.name for f in delivery.files] == ["een.csv", "twee.csv"]
    assert all({"path", "at"} <= set(f.origin) for f in delivery.files)
    assert (landed.state, rows_of(home, spec, "COUNT(*)")) == ("vers", 2)
