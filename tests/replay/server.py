"""The server that every replayed publisher runs on, and one dataset asking it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.config import Http
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.web.asker import Web

QUICK = Http(loopback=True, attempts=2, deadline_s=20)


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def one(self, name: str, default: str = "") -> str:
        """The value of a parameter that stands there once."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Answer:
    """What to send back; `cut` closes the connection after so many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


def as_json(data: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(json.dumps(data).encode(), status, {"Content-Type": "application/json", **headers})


class Replay:
    """A running server: what it was asked, and how many body bytes it sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.sent = 0


@contextmanager
def serve(reply: Callable[[Asked], Answer]) -> Iterator[Replay]:
    """Answer every request on a port of 127.0.0.1 by a function."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            query = parse_qs(parts.query, keep_blank_values=True)
            lower = {k.lower(): v for k, v in self.headers.items()}
            asked = Asked(self.command, parts.path, query, lower, self.rfile.read(length))
            replay.asked.append(asked)
            answer = reply(asked)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            body = answer.body[: answer.cut]
            replay.sent += len(body)
            with suppress(ConnectionError):  # who asked does not wait any longer
                self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, *args: object) -> None:
            """Keep the test output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        replay = Replay(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield replay
        finally:
            server.shutdown()


def asking(spec: Dataset, url: str, folder: Path, hints: dict[str, Any] | None = None, http: Http = QUICK) -> Web:
    """What a protocol gets in hand to ask one server."""
    home = Home(folder)
    home.tmp.mkdir(parents=True, exist_ok=True)
    return Web(spec, [url], home, http, hints or {})


def dataset(protocol: str, options: dict[str, Any], **more: Any) -> Dataset:
    """A made-up dataset that is asked over a protocol; its formats do not matter to fetching."""
    return Dataset(
        id="proef_gegevens",
        titel="Verzonnen gegevens",
        uitgever="Proef",
        licentie="geen",
        bronvermelding="Verzonnen voor een test",
        pagina="https://example.org",
        thema="demografie",
        cadans="jaarlijks",
        status="bewezen",
        bewezen_op="verzonnen voor een test",
        protocol=protocol,
        url=["https://example.org"],
        options=options,
        voorbeeld="geen",
        gebied={"niveau": "gemeente"},
        periode={"soort": "stand", "referentie": "1 januari", "label": "jaar"},
        dekking={"gewesten": ["02000"], "vanaf": 2020, "afwezig": "onbekend"},
        columns={"gebied": "text", "jaar": "integer", "aantal": {"type": "integer", "measure": True, "min": 0}},
        key=["gebied", "jaar"],
        formats=[{"name": "f", "kind": "csv", "header": {"gebied": "gebied", "jaar": "jaar", "aantal": "aantal"}}],
        **more,
    )
