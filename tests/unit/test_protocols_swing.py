"""A Swing databank: pages that make a whole or nothing, and a key that stays a header. Figures are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Settings
from pipelines.home import Home
from pipelines.ingest.fetch import fetch
from pipelines.ingest.read.records import records_table
from tests.replay.nights import asked_of, cheap
from tests.replay.server import QUICK, Answer, as_json
from tests.replay.swing import Swing

KEY = "sleutel-die-nergens-mag-staan"
ROOTS = ["/jiveservices/odata", "/viewerservices/odata/"]


def databank(publisher: Swing, tmp_path: Path, root: str = ROOTS[0], **options: Any) -> Any:
    more = {"secret": {"header": "apikey", "env": "PROEF_SLEUTEL"}} if publisher.key else {}
    asked = {"variables": ["v1101_t"], "levels": ["gemeente"], **options}
    return asked_of(publisher, root, tmp_path, "swing_odata", asked, **more)


@pytest.mark.parametrize("root", ROOTS, ids=["jive", "viewer"])
@pytest.mark.parametrize("links", [True, False], ids=["next-link", "skip"])
def test_swing_pages_make_one_piece(tmp_path: Path, root: str, links: bool) -> None:
    with databank(Swing(links=links), tmp_path, root) as asking:
        (piece,) = asking.whole()
        assert (piece.part, len(piece.bodies), piece.names[0]) == (
            "v1101_t/gemeente/all",
            30,
            "v1101_t-gemeente-all-00001.json",
        )
        assert piece.facts == {"variable": "v1101_t", "level": "gemeente"}
        tables = [records_table(asking.body(piece, number), "value") for number in range(30)]
        columns = ["ExternalCode", "GeoLevel", "PeriodLevel", "Period", "ValueString", "Description"]
        assert {tuple(found) for found, _ in tables} == {tuple(columns)}
        rows = [row for _, found in tables for row in found]
        assert len({(row[0], row[3]) for row in rows}) == len(rows) == 300
        assert {"?", "x", "29.5"} <= {row[4] for row in rows}


def test_swing_asks_every_variable_at_every_level_for_every_period(tmp_path: Path) -> None:
    asked = {"variables": ["v1101_t", "v9_weg", "v1'2"], "levels": ["gemeente", "statsec"], "periods": ["mrp", "2020"]}
    with databank(Swing(), tmp_path, **asked) as asking:
        pieces, failed = asking.collect()
        parts = [f"v1101_t/{level}/{period}" for level in ("gemeente", "statsec") for period in ("mrp", "2020")]
        assert [(piece.part, len(piece.bodies)) for piece in pieces] == [(part, 3) for part in parts]
        assert (len(failed), "answered 404" in failed[0], "v1''2" in failed[-1]) == (8, True, True)


@pytest.mark.parametrize("takes_top", [True, False], ids=["top", "no-top"])
def test_swing_unchanged_night_looks_at_the_periods(tmp_path: Path, takes_top: bool, monkeypatch: Any) -> None:
    publisher = Swing(areas=200, page=200, takes_top=takes_top)
    monkeypatch.setenv("OBMI_NOW", "2026-06-01T02:00:00+00:00")
    with databank(publisher, tmp_path) as asking:
        asking.whole()
        full = asking.sent
        monkeypatch.setenv("OBMI_NOW", "2026-06-07T02:00:00+00:00")
        # A databank that refuses the small question is asked in full, which is dear and right.
        assert len(asking.whole()) == (0 if takes_top else 1)
        assert cheap(full, asking.sent) == takes_top, (full, asking.sent)
        publisher.years = (*publisher.years, 2025)
        assert len(asking.whole()) == 1


def test_swing_looks_at_everything_again_after_a_week(tmp_path: Path, monkeypatch: Any) -> None:
    with databank(Swing(), tmp_path) as asking:
        for day, pieces in [("01", 1), ("07", 0), ("08", 1), ("09", 0)]:
            monkeypatch.setenv("OBMI_NOW", f"2026-06-{day}T02:00:00+00:00")
            assert len(asking.whole()) == pieces, day


def test_swing_sees_recent_figures_change(tmp_path: Path) -> None:
    publisher = Swing()
    with databank(publisher, tmp_path) as asking:
        asking.whole()
        publisher.revised = True
        assert len(asking.whole()) == 1


def test_swing_key_is_a_header_and_stands_nowhere_else(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PROEF_SLEUTEL", KEY)
    monkeypatch.setattr("pipelines.describe.specs.load_checks", lambda *_: [])
    with databank(Swing(key=KEY, links=True), tmp_path) as asking:
        home = Home(tmp_path / "fetched")
        home.tmp.mkdir(parents=True)
        source = {asking.spec.id: {"url": [asking.server.url + ROOTS[0]]}}
        delivery = fetch(asking.spec, "live", home, Settings(http=QUICK, sources=source))
        assert delivery is not None
        assert len(delivery.files) == 30
        assert {asked.headers["apikey"] for asked in asking.server.asked} == {KEY}
        assert not any(KEY in f"{asked.path} {asked.query}" for asked in asking.server.asked)
        written = [path.read_text() for path in home.root.rglob("*") if path.is_file()]
        assert len(written) >= 32
        assert not any(KEY in text for text in written)


@pytest.mark.parametrize("status", [200, 401], ids=["in-200", "in-401"])
def test_swing_key_that_the_server_repeats_is_not_shown(tmp_path: Path, status: int, monkeypatch: Any) -> None:
    monkeypatch.setenv("PROEF_SLEUTEL", KEY)
    publisher = Swing(key=KEY)
    publisher.reply = lambda asked: as_json({"message": f"no access for {KEY} today"}, status)  # type: ignore[method-assign]
    with databank(publisher, tmp_path) as asking:
        assert KEY not in asking.refused(r"no access for \*\*\* today")


def test_swing_without_its_key_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    with databank(Swing(key=KEY), tmp_path) as asking:
        monkeypatch.setenv("PROEF_SLEUTEL", "een-oude-sleutel")
        said = asking.refused("answered 401.*Guest user group not found, No access!.*check the key")
        assert "een-oude-sleutel" not in said
        monkeypatch.delenv("PROEF_SLEUTEL")
        asking.refused("needs a key in the environment variable PROEF_SLEUTEL")


@pytest.mark.parametrize(
    ("switches", "match"),
    [
        ({"ignores_skip": True}, r"the figure of 11000 in 2015 comes twice, so the pages overlap"),
        ({"links": True, "next_link": "http://127.0.0.2/odata/next"}, r"the next page lies on another server"),
        ({"links": True, "next_link": "ftp://127.0.0.1/odata"}, r"the next page lies on another server"),
        ({"fails_at": 20}, r"gave up after attempt 2, the server answered 500"),
        ({"areas": 0}, r"no figures at all.*check variable, level and period"),
    ],
    ids=["skip-ignored", "other-server", "other-scheme", "breaks-halfway", "empty"],
)
def test_swing_pages_that_make_no_whole_deliver_nothing(tmp_path: Path, switches: dict[str, Any], match: str) -> None:
    with databank(Swing(**switches), tmp_path) as asking:
        asking.refused(match)


def test_swing_link_that_leads_back_is_refused(tmp_path: Path) -> None:
    """Pages without figures that point at themselves would never end."""

    def reply(asked: Any) -> Answer:
        if not asked.path.endswith("/Values"):
            return as_json({"value": []})
        row = {"ExternalCode": "11002", "Period": "2024", "ValueString": "1"}
        answer = {"value": [] if asked.query else [row], "@odata.nextLink": "?$skiptoken=a"}
        return as_json(answer)

    publisher = Swing()
    publisher.reply = reply  # type: ignore[method-assign]
    with databank(publisher, tmp_path) as asking:
        asking.refused("the next page is one that was read before")


@pytest.mark.parametrize(
    "answer", [{"value": {}}, {"value": [{"ValueString": "1"}]}, []], ids=["object", "code", "list"]
)
def test_swing_answer_without_figures_is_refused(tmp_path: Path, answer: Any) -> None:
    publisher = Swing()
    publisher.reply = lambda asked: as_json(answer)  # type: ignore[method-assign]
    with databank(publisher, tmp_path) as asking:
        asking.refused("no list of figures with an ExternalCode")
