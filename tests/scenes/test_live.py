"""The live profile against a server on this machine: news, nothing new, and a server that is down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.helpers import accepted, alone, figures, land_all, obmi

DATASET = "statbel_bouwvergunningen"
PERMITS = figures(DATASET).read_bytes()


class Publisher(BaseHTTPRequestHandler):
    """Serves one file with an ETag, or 503 when it is down."""

    body, etag, down, cut = PERMITS, '"1"', False, False
    asked: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        status = 503 if self.down else 304 if self.headers.get("If-None-Match") == self.etag else 200
        self.asked.append(status)
        body = self.body if status == 200 else b""
        self.send_response(status)
        self.send_header("ETag", self.etag)
        if not self.cut:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: body.rindex(b"\n", 0, len(body) // 2) + 1] if self.cut else body)

    def log_message(self, *args: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Publisher]]:
    kind = type("OnePublisher", (Publisher,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = tmp_path / "obmi.toml"
        address = f"http://127.0.0.1:{server.server_port}/TF_BUILDING_PERMITS.csv"
        config.write_text(
            f"{alone(DATASET)}[http]\nloopback = true\nattempts = 1\n[sources.{DATASET}]\nurl = ['{address}']\n",
            encoding="utf-8",
        )
        monkeypatch.setenv("OBMI_CONFIG", str(config))
        yield kind
        server.shutdown()


def live() -> tuple[int, str]:
    result = obmi("refresh", "--profile", "live", "--dataset", DATASET)
    return result.code, result.out


@pytest.mark.proof
def test_live_figures_come_over_http_and_a_server_that_is_down_keeps_the_last(
    home: Path, publisher: type[Publisher]
) -> None:
    before = (home / "current").resolve()
    code, said = live()
    assert code == 0, said
    assert (home / "current").resolve() == before, "the same bytes as the built-in ones are no news"
    assert live()[0] == 0
    assert publisher.asked == [200, 304]
    publisher.down = True
    code, said = live()
    assert code == 20
    assert "the server answered 503" in said
    assert (home / "current").resolve() == before
    publisher.down = False
    publisher.body, publisher.etag = PERMITS.replace(b"5;44021;2024;1;102;", b"5;44021;2024;1;103;", 1), '"2"'
    landed = land_all(home, DATASET, profile="live")
    assert [(x.dataset, x.state) for x in landed] == [(DATASET, "deels")], "what is built then is in test_deliveries"
    assert "maanden_tegen_jaar" in landed[0].reason, "Gent's months no longer add up to its year, the others are fresh"
    publisher.down = True
    (kept,) = land_all(home, DATASET, profile="live")
    assert "the server answered 503" in kept.reason
    with accepted(home, DATASET) as con:
        year = "SELECT maand, woningen FROM kandidaat WHERE gebied = '44021' AND jaar = 2024 AND maand < 2 ORDER BY 1"
        assert con.execute(year).fetchall() == [(0, 1359), (1, 102)]


def test_loopback_is_refused_where_the_configuration_does_not_allow_it(
    home: Path, publisher: type[Publisher], tmp_path: Path
) -> None:
    config = tmp_path / "obmi.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("loopback = true", "loopback = false"), encoding="utf-8"
    )
    code, said = live()
    assert code == 20
    assert publisher.asked == []
    assert "127.0.0.1" in said


@pytest.mark.proof
def test_a_body_without_a_length_that_is_cut_after_a_row_is_not_published(
    home: Path, publisher: type[Publisher]
) -> None:
    """Nothing in the answer says that it is half: what is not there any more does."""
    before = (home / "current").resolve()
    publisher.cut, publisher.etag = True, '"3"'
    code, said = live()
    assert code == 20
    assert "check 'dekking'" in said
    assert (home / "current").resolve() == before
