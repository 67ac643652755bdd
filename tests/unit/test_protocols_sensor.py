"""Sensors by time window: each that is over once, and none twice. Measurements are made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Settings
from pipelines.home import Home
from pipelines.ingest.fetch import SourceError, fetch
from pipelines.ingest.raw import RawStore
from pipelines.ingest.read.records import records_table, sos_table
from tests.replay.nights import Asking, asked_of
from tests.replay.sensors import Sensors
from tests.replay.server import QUICK, Answer, as_json

KEY = "sleutel-die-nergens-mag-staan"

SERIES = {"telraam": "9000001435", "sos": "7029"}
APIS = list(SERIES)


@contextmanager
def measured(publisher: Sensors, tmp_path: Path, api: str, monkeypatch: Any, **options: Any) -> Iterator[Asking]:
    monkeypatch.setenv("OBMI_NOW", "2026-04-05T12:00:00+00:00")
    asked = {"api": api, "series": [SERIES[api]], "since": "2026-01-01", "pause_s": 0, **options}
    more = {"secret": {"header": "X-Api-Key", "env": "PROEF_SLEUTEL"}} if publisher.key else {}
    with asked_of(publisher, "/v1", tmp_path, "sensor", asked, **more) as asking:
        yield asking


@pytest.mark.parametrize("api", APIS)
def test_sensor_windows_that_are_over_make_a_piece_each(tmp_path: Path, api: str, monkeypatch: Any) -> None:
    with measured(Sensors(), tmp_path, api, monkeypatch) as asking:
        pieces = asking.whole()
        windows = ["2026-01-01/2026-01-31", "2026-01-31/2026-03-02", "2026-03-02/2026-04-01"]
        assert [piece.part for piece in pieces] == [f"{SERIES[api]} {window}" for window in windows]
        bodies = [asking.body(piece) for piece in pieces]
        tables = [sos_table(b) if api == "sos" else records_table(b, "report") for b in bodies]
        columns = tables[0][0]
        expected = {"telraam": {"uptime", "car", "date"}, "sos": {"series", "timestamp", "value"}}
        assert expected[api] <= set(columns)
        rows = [row for _, found in tables for row in found]
        moment = columns.index("date" if api == "telraam" else "timestamp")
        assert len({row[moment] for row in rows}) == len(rows) == 90 * 24
        assert "" in {row[columns.index("car" if api == "telraam" else "value")] for row in rows}


@pytest.mark.parametrize("api", APIS)
def test_sensor_unchanged_night_asks_nothing_until_a_window_is_over(tmp_path: Path, api: str, monkeypatch: Any) -> None:
    with measured(Sensors(), tmp_path, api, monkeypatch) as asking:
        asking.whole()
        assert asking.whole() == []
        assert (asking.server.asked, asking.sent) == ([], 0)
        for moment, pieces in [("2026-05-01T23:59:00", 0), ("2026-05-02T00:00:00", 1), ("2026-05-03T00:00:00", 0)]:
            monkeypatch.setenv("OBMI_NOW", f"{moment}+00:00")
            assert len(asking.whole()) == pieces, moment


@pytest.mark.parametrize("api", APIS)
def test_sensor_window_that_fails_stops_its_series_and_is_asked_next_time(
    tmp_path: Path, api: str, monkeypatch: Any
) -> None:
    publisher = Sensors(series=("1", "2"), trouble={"2026-01-31": [Answer(status=503)] * 2})
    with measured(publisher, tmp_path, api, monkeypatch, series=["1", "2"]) as asking:
        pieces, failed = asking.collect()
        assert [p.part[:12] for p in pieces] == ["1 2026-01-01", "2 2026-01-01", "2 2026-01-31", "2 2026-03-02"]
        assert (len(failed), "answered 503" in failed[0]) == (1, True)
        assert len(asking.folder()) == 4
        for path in asking.folder():
            path.unlink()
        assert [p.part[:12] for p in asking.whole()] == ["1 2026-01-31", "1 2026-03-02"]
        assert len(asking.server.asked) == 2


def test_sensor_window_that_fails_leaves_the_earlier_ones_delivered(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("pipelines.describe.specs.load_checks", lambda *_: [])
    publisher = Sensors(trouble={"2026-01-31": [Answer(b"{", cut=0)]})
    with measured(publisher, tmp_path, "sos", monkeypatch) as asking:
        home = Home(tmp_path / "fetched")
        home.tmp.mkdir(parents=True)
        sources = {asking.spec.id: {"url": [f"{asking.server.url}/v1"]}}
        settings = Settings(http=QUICK.model_copy(update={"attempts": 1}), sources=sources)
        with pytest.raises(SourceError, match=r"the body ended after 0 of 1 bytes"):
            fetch(asking.spec, "live", home, settings)
        fetch(asking.spec, "live", home, settings)
        assert fetch(asking.spec, "live", home, settings) is None
        delivered = [[f.part[5:15] for f in d.files] for d in RawStore(home).deliveries(asking.spec.id)]
        assert delivered == [["2026-01-01"], ["2026-01-31", "2026-03-02"]]
        assert list(home.tmp.iterdir()) == []


def test_sensor_waits_as_long_as_it_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    publisher = Sensors(trouble={"2026-01-31": [Answer(status=429, headers={"Retry-After": "0"})]})
    with measured(publisher, tmp_path, "telraam", monkeypatch) as asking:
        assert len(asking.whole()) == 3
        assert len(asking.server.asked) == 4


def test_sensor_pauses_between_requests(tmp_path: Path, monkeypatch: Any) -> None:
    slept: list[float] = []
    monkeypatch.setattr("pipelines.ingest.protocols.sensor.time.sleep", slept.append)
    with measured(Sensors(), tmp_path, "sos", monkeypatch, pause_s=1.5) as asking:
        asking.whole()
        assert slept == [0, 1.5, 1.5]


def test_sensor_history_that_is_too_long_for_one_night_goes_on_the_next(tmp_path: Path, monkeypatch: Any) -> None:
    with measured(Sensors(), tmp_path, "sos", monkeypatch, pause_s=100) as asking:
        pieces, failed = asking.collect(deadline_s=50)
        assert [piece.part[5:15] for piece in pieces] == ["2026-01-01"]
        assert "not all windows of series 7029 within 50 s" in failed[0]
        assert failed[0].endswith("the next refresh goes on from 2026-01-31.")
        pieces, _ = asking.collect(deadline_s=50)
        assert [piece.part[5:15] for piece in pieces] == ["2026-01-31"]


def test_sensor_that_was_off_gives_no_table_and_is_not_asked_again(tmp_path: Path, monkeypatch: Any) -> None:
    with measured(Sensors(since="2026-03-10"), tmp_path, "telraam", monkeypatch) as asking:
        assert [piece.part[11:21] for piece in asking.whole()] == ["2026-03-02"]
        assert asking.whole() == []
        assert asking.server.asked == []


@pytest.mark.parametrize("api", APIS)
def test_sensor_that_never_measured_anything_is_no_success(tmp_path: Path, api: str, monkeypatch: Any) -> None:
    answer = as_json({"status_code": 200, "report": [], "404": {"values": []}})
    publisher = Sensors()
    publisher.reply = lambda asked: answer  # type: ignore[method-assign]
    with measured(publisher, tmp_path, api, monkeypatch, series=["404"]) as asking:
        for _ in range(2):
            pieces, failed = asking.collect()
            assert (pieces, asking.folder()) == ([], [])
            assert "series 404 has no measurement since 2026-01-01" in failed[0]


JAN = {"date": "2026-01-01T00:00:00.000Z", "uptime": 1}


@pytest.mark.parametrize(
    ("api", "answer", "match"),
    [
        ("telraam", {"status_code": 400, "message": "no such segment"}, r"the answer says 400, \"no such segment\""),
        ("telraam", {"message": "ok"}, r"no list of measurements but .*message"),
        ("telraam", {"report": [{"date": "2026-01-01T00:00:00", "uptime": 1}]}, r"no list of measurements"),
        ("telraam", {"report": [JAN, JAN]}, r"has a moment twice in window 2026-01-01"),
        ("sos", {"7029": [1]}, r"no list of measurements but .*7029"),
        ("sos", {"9999": {"values": []}}, r"no list of measurements but .*9999"),
        ("sos", {"7029": {"values": [{"timestamp": "x", "value": 1}]}}, r"no list of measurements"),
        (
            "sos",
            {"7029": {"values": [{"timestamp": 0, "value": 1}]}},
            r"1970-01-01 00:00, outside the window 2026-01-01",
        ),
    ],
    ids=["error-in-200", "no-report", "no-offset", "twice", "no-values", "other-series", "no-time", "outside"],
)
def test_sensor_answer_that_is_no_window_is_refused(
    tmp_path: Path, api: str, answer: Any, match: str, monkeypatch: Any
) -> None:
    publisher = Sensors(trouble={"2026-01-01": [as_json(answer)]})
    with measured(publisher, tmp_path, api, monkeypatch) as asking:
        asking.refused(match)


@pytest.mark.parametrize("api", APIS)
def test_sensor_server_that_ignores_the_window_is_refused(tmp_path: Path, api: str, monkeypatch: Any) -> None:
    with measured(Sensors(since="2025-01-01", ignores_window=True), tmp_path, api, monkeypatch) as asking:
        asking.refused("answers with 2025-12-25 00:00, outside the window 2026-01-01")


def test_sensor_key_is_a_header(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PROEF_SLEUTEL", KEY)
    with measured(Sensors(key=KEY), tmp_path, "telraam", monkeypatch) as asking:
        assert len(asking.whole()) == 3
        assert not any(KEY.encode() in asked.body or KEY in str(asked.query) for asked in asking.server.asked)
        monkeypatch.setenv("PROEF_SLEUTEL", "een-oude-sleutel")
        monkeypatch.setenv("OBMI_NOW", "2026-07-01T00:00:00+00:00")
        said = asking.refused("answered 403")
        assert "een-oude-sleutel" not in said
