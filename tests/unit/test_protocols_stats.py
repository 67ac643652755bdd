"""Statistics over JSON-stat and SDMX, and what every protocol does with a server that fails. Figures are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.ingest.read.cube import jsonstat_table
from tests.replay.eurostat import Eurostat, SdmxFlow
from tests.replay.nights import asked_of, cheap
from tests.replay.server import Answer, as_json, dataset
from tests.replay.swing import Swing

ALL: dict[str, tuple[dict[str, Any], str, str]] = {
    "jsonstat": ({"query": {"geo": ["BE"]}}, "no table but the message .*stop", "not JSON"),
    "sdmx": ({}, "JSON although CSV was asked", "a header and no rows"),
    "swing_odata": ({"variables": ["v1"], "levels": ["gemeente"]}, "no list of figures .*stop", "not JSON"),
    "dcat": ({"identifier": "x"}, "no catalogue in Turtle", "no catalogue in Turtle"),
    "sensor": (
        {"api": "telraam", "series": ["1"], "since": "2026-01-01", "pause_s": 0},
        "no list of measurements but .*stop",
        "not JSON",
    ),
}


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (Answer(b"<!doctype html><html>Even onderhoud</html>"), "not data but a web page"),
        (Answer(b"{" * 500, cut=100), "the body ended after 100 of 500 bytes"),
        (Answer(b""), "the body is empty"),
        (Answer(status=503), "gave up after attempt 2, the server answered 503"),
        (as_json({"error": {"message": "stop"}}), 1),
        (Answer(b"Service tijdelijk niet beschikbaar"), 2),
    ],
    ids=["html", "cut", "empty", "down", "error-in-200", "text"],
)
@pytest.mark.parametrize("protocol", ALL)
def test_server_that_fails_gives_nothing(
    tmp_path: Path, protocol: str, answer: Answer, match: str | int, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OBMI_NOW", "2026-02-05T12:00:00+00:00")
    publisher = Swing()
    publisher.reply = lambda asked: answer  # type: ignore[method-assign]
    with asked_of(publisher, "/data", tmp_path, protocol, ALL[protocol][0]) as asking:
        asking.refused(match if isinstance(match, str) else str(ALL[protocol][match]))


# --- jsonstat

STATISTICS = "/statistics/1.0/data/proef_bevolking"
CITIES = {"cities": [f"BE{n:03d}C" for n in range(1, 151)], "indic_ur": ["DE1001V"]}


def statistics(publisher: Eurostat, tmp_path: Path, **options: Any) -> Any:
    return asked_of(publisher, STATISTICS, tmp_path, "jsonstat", {"query": CITIES, **options})


def test_jsonstat_repeats_its_codes_and_delivers_the_answer_as_sent(tmp_path: Path) -> None:
    with statistics(Eurostat(), tmp_path, since=2012) as asking:
        (piece,) = asking.whole()
        assert piece.names == ("proef_bevolking.json",)
        first = asking.server.asked[0]
        assert (first.query["cities"], first.query["sinceTimePeriod"]) == (CITIES["cities"], ["2012"])
        assert (piece.part, piece.facts) == (asking.server.url + STATISTICS, {"updated": "2026-06-01T11:00:00+0200"})
        columns, rows = jsonstat_table(asking.body(piece))
        assert columns == ["freq", "indic_ur", "cities", "time", "value", "status"]
        assert next(rows) == ["A", "DE1001V", "BE001C", "2012", "1012", ""]
        found = list(rows)
        assert {row[2] for row in found} == set(CITIES["cities"])
        assert ":" in {row[5] for row in found}


def test_jsonstat_unchanged_night_asks_one_cell(tmp_path: Path) -> None:
    publisher = Eurostat()
    with statistics(publisher, tmp_path) as asking:
        asking.whole()
        full = asking.sent
        assert asking.whole() == []
        assert len(asking.server.asked) == 1
        assert cheap(full, asking.sent), (full, asking.sent)
        publisher.updated = "2026-06-02T11:00:00+0200"
        assert len(asking.whole()) == 1


def test_jsonstat_unchanged_night_with_an_etag_sends_nothing(tmp_path: Path) -> None:
    publisher = Eurostat(etag='"stat-1"')
    with statistics(publisher, tmp_path) as asking:
        asking.whole()
        assert asking.whole() == []
        assert (len(asking.server.asked), asking.sent) == (1, 0)
        publisher.etag = '"stat-2"'
        assert len(asking.whole()) == 1


def test_jsonstat_does_not_rely_on_a_date_that_is_of_the_query(tmp_path: Path) -> None:
    with statistics(Eurostat(stamps_the_query=True), tmp_path) as asking:
        asking.whole()
        assert len(asking.whole()) == 1


def test_jsonstat_asks_anew_when_the_spec_asks_something_else(tmp_path: Path) -> None:
    with statistics(Eurostat(), tmp_path) as asking:
        asking.whole()
        asking.spec = dataset("jsonstat", {"query": CITIES, "since": 2020})
        assert len(asking.whole()) == 1


def test_jsonstat_waits_for_an_answer_that_is_being_prepared(tmp_path: Path) -> None:
    publisher = Eurostat(busy=1)
    with statistics(publisher, tmp_path) as asking:
        assert len(asking.whole()) == 1
    publisher.busy = 9
    with statistics(publisher, tmp_path / "again") as asking:
        asking.refused("answered 413.*treated asynchronously.*the next refresh will pick it up")


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ({"geo": ["BE"]}, r'answered 400.*Dimension "GEO" is not defined'),
        ({"cities": ["XX999C"]}, r"none of the codes that are asked of cities is in the table.*look up its codes"),
    ],
    ids=["dimension", "codes"],
)
def test_jsonstat_says_what_is_wrong_with_a_query(tmp_path: Path, query: dict[str, list[str]], match: str) -> None:
    with statistics(Eurostat(), tmp_path, query=query) as asking:
        asking.refused(match)


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({"warning": {"status": 413, "label": "treated asynchronously"}}, "no table but the message.*asynchronously"),
        ({"class": "dataset", "id": ["a"], "size": [2], "dimension": {}, "value": {}}, "dimension a has no category"),
        ({"something": "else"}, "not a JSON-stat dataset"),
    ],
    ids=["warning", "frame", "other"],
)
def test_jsonstat_refuses_an_answer_that_is_no_table(tmp_path: Path, body: dict[str, Any], match: str) -> None:
    with statistics(Eurostat(body=body), tmp_path) as asking:
        asking.refused(match)


@pytest.mark.parametrize(
    ("query", "match"),
    [
        ({"cities": ["BE001C,BE002C"]}, "without commas"),
        ({"cities": []}, "an entry of its own"),
        ({"lastTimePeriod": ["1"]}, "no dimension"),
    ],
    ids=["comma", "none", "reserved"],
)
def test_jsonstat_options_that_give_an_empty_table_are_refused(query: dict[str, list[str]], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        dataset("jsonstat", {"query": query})


# --- sdmx


def flow(publisher: SdmxFlow, tmp_path: Path) -> Any:
    return asked_of(publisher, "/rest/data/PROEF,FLOW,1.0/all", tmp_path, "sdmx", {"query": {"startPeriod": "2020"}})


def test_sdmx_asks_for_csv_and_delivers_it_as_sent(tmp_path: Path) -> None:
    with flow(SdmxFlow(), tmp_path) as asking:
        (piece,) = asking.whole()
        (asked,) = asking.server.asked
        assert asked.headers["accept"] == "application/vnd.sdmx.data+csv;version=1.0.0"
        assert asked.query == {"startPeriod": ["2020"]}
        lines = asking.body(piece).read_bytes().splitlines()
        assert (len(lines), lines[1]) == (501, b"PROEF:FLOW(1.0),A,BE0000,2024,0.50,p")
        assert piece.names == ("all.csv",)


@pytest.mark.parametrize(
    "marks",
    [{}, {"etag": None, "modified": "Mon, 01 Jun 2026 09:00:00 GMT"}],
    ids=["etag", "last-modified"],
)
def test_sdmx_unchanged_night_sends_nothing(tmp_path: Path, marks: dict[str, Any]) -> None:
    publisher = SdmxFlow(**marks)
    with flow(publisher, tmp_path) as asking:
        asking.whole()
        assert asking.whole() == []
        assert (len(asking.server.asked), asking.sent) == (1, 0)
        publisher.etag, publisher.modified = '"flow-2"', "Tue, 02 Jun 2026 09:00:00 GMT"
        assert len(asking.whole()) == 1


@pytest.mark.parametrize(
    ("switches", "match"),
    [({"csv": False}, "XML although CSV was asked"), ({"rows": 0}, "a header and no rows.*check the key")],
    ids=["xml", "empty"],
)
def test_sdmx_refuses_what_is_no_csv_with_rows(tmp_path: Path, switches: dict[str, Any], match: str) -> None:
    with flow(SdmxFlow(**switches), tmp_path) as asking:
        asking.refused(match)
