"""A server on loopback that sends the very bytes a test wants, and what the tests of downloads ask of it."""

import re
import socket
import ssl
import struct
import threading
import traceback
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest.web.connect import FetchError, HttpSettings
from pipelines.ingest.web.http import download

BODY = b"nis_code;jaar;waarde\n44021;2023;12\n"


class Server:
    """A raw server: `reply(hit)` gives the bytes of an answer, or pieces of it at their own pace."""

    def __init__(self, reply, address="127.0.0.1", tls: ssl.SSLContext | None = None):
        self.reply, self.tls, self.requests, self.bodies, self.connections = reply, tls, [], [], 0
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://{address}:{self.port}/data.csv"
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def hits(self) -> int:
        return len(self.requests)

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                data = client.recv(65536)
                if not data:
                    return
                request += data
            head, _, body = request.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: ([0-9]+)", head, re.I)
            while length and len(body) < int(length[1]):
                body += client.recv(65536)
            self.bodies.append(body)
            self.requests.append(f"{head.decode('latin-1')}\r\n\r\n")
            reply = self.reply(self.hits) if callable(self.reply) else self.reply
            if reply is None:  # a reset
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            for piece in [reply] if isinstance(reply, bytes) else reply:
                client.sendall(piece)
        except OSError:
            return  # the client hung up, which many of these tests want
        finally:
            client.close()


@pytest.fixture
def serve():
    servers = []

    def start(reply, **options) -> Server:
        servers.append(Server(reply, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()


@pytest.fixture
def sleeps(monkeypatch) -> list[float]:
    """The gaps between attempts, noted instead of waited for."""
    noted = []
    monkeypatch.setattr("tenacity.nap.time.sleep", noted.append)
    return noted


def answer(body=BODY, status="200 OK", headers=(), length=True) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join([*lines, "", ""]).encode() + body


def settings(**changes) -> HttpSettings:
    base = {"allowed_hosts": frozenset({"127.0.0.1"}), "allow_loopback": True, "attempts": 3}
    return HttpSettings(**{**base, "deadline_s": 5, "read_timeout_s": 2, "backoff_s": 0.01, **changes})


def refused(url: str, into: Path, match: str, etag=None, **changes) -> str:
    """Fetch, demand a refusal that matches and leaves no file, and return its message."""
    with pytest.raises(FetchError, match=match) as caught:
        download(url, into, settings(**changes), etag)
    assert list(into.iterdir()) == []
    return str(caught.value)


def everything(error: BaseException) -> str:
    """All text that hangs on an exception, also what a traceback hides."""
    texts, todo, seen = [], [error], set()
    while todo:
        link = todo.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            texts += [str(link), repr(link), *traceback.format_exception(link)]
            todo += [link.__cause__, link.__context__]
    return "\n".join(texts)


def peak_bytes(action: Callable[[], object]) -> int:
    """The most memory that Python objects took during an action."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
