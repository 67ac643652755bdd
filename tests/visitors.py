"""Somebody before the server: a browser with cookies, on an address of this machine that may be its own."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import re
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FIRST, OWN = "vier gewone woorden samen voor {}", "een eigen zin van {} op de fiets"


@contextlib.contextmanager
def listening(server: uvicorn.Server) -> Iterator[None]:
    """The server answers, in a thread."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()


class Again(httpx2.HTTPTransport):
    """Asks once more where the server closed the connection just when it was used again."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        try:
            return super().handle_request(request)
        except httpx2.RemoteProtocolError:
            return super().handle_request(request)


class Visitor:
    """A browser that asks a server on this machine; `address` is where it comes from."""

    def __init__(self, base: str, address: str = "127.0.0.1", verify: ssl.SSLContext | bool = False) -> None:
        self.base, self._verify = base, verify
        self.client = httpx2.Client(
            base_url=base,
            headers={"Origin": base, "Accept": "text/html"},
            transport=Again(local_address=address, verify=verify),
            timeout=60,
        )

    def form(self, path: str, to: str | None = None, **fields: str) -> httpx2.Response:
        """Send the form of a page, with the token that the page gave."""
        token = re.search(r'name="token" value="(\w+)"', self.client.get(path).text)
        return self.client.post(to or path, data={"token": token[1] if token else "", **fields})

    def log_in(self, name: str, password: str, to: str = "/") -> httpx2.Response:
        """Try a name and a password."""
        return self.form("/toegang", naam=name, wachtwoord=password, naar=to)

    def settle(self, name: str) -> Visitor:
        """Log in the first time, and choose a password of one's own."""
        assert self.log_in(name, FIRST.format(name)).status_code == 303
        changed = {"huidig": FIRST.format(name), "nieuw": OWN.format(name)}
        assert self.form("/toegang/account", "/toegang/wachtwoord", **changed).status_code == 303
        return self

    def ask(self, question: str, **headers: str) -> httpx2.Response:
        """Ask Dagster's page a question."""
        return self.client.post("/graphql", json={"query": question}, headers=headers)

    def opens(self, origin: str | None = None) -> bool:
        """Whether a websocket of the page is opened."""
        there = urlsplit(self.base)
        con = (
            http.client.HTTPSConnection(there.netloc, context=self._verify, timeout=20)
            if isinstance(self._verify, ssl.SSLContext)
            else http.client.HTTPConnection(there.netloc, timeout=20)
        )
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "graphql-ws"}
        with contextlib.closing(con):
            con.request("GET", "/graphql", headers={**headers, **self._own(origin)})
            return con.getresponse().status == 101

    def socket(self) -> Websocket:
        """A websocket of the page."""
        headers = self._own(None)
        return Websocket(
            f"ws{self.base.removeprefix('http')}/graphql",
            origin=headers.pop("Origin"),
            subprotocols=["graphql-ws"],
            additional_headers=headers,
            ssl=self._verify or None,
            close_timeout=2,
        )

    def _own(self, origin: str | None) -> dict[str, str]:
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.client.cookies.jar)
        return {"Origin": origin or self.base, **({"Cookie": cookies} if cookies else {})}

    def stolen(self, cookie: str, value: str) -> Visitor:
        """Another browser that has one cookie."""
        thief = Visitor(self.base, verify=self._verify)
        thief.client.cookies.set(cookie, value)
        return thief

    @property
    def cookies(self) -> dict[str, Any]:
        """The cookies that this browser has."""
        return dict(self.client.cookies)


class Websocket:
    """A websocket for one thing after another.

    The client of `websockets` without asyncio reads in a thread of its own, which waits for ever where TLS brings a
    ticket and no text yet: once in five hundred.
    """

    def __init__(self, address: str, **options: Any) -> None:
        self._runner = asyncio.Runner()

        async def opened() -> ClientConnection:
            return await connect(address, **options)

        try:
            self._opened = self._runner.run(opened())
        except BaseException:
            self._runner.close()
            raise

    def __enter__(self) -> Websocket:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._opened.close())
        self._runner.close()

    def send(self, text: str) -> None:
        """Send a message."""
        self._runner.run(self._opened.send(text))

    def recv(self, timeout: float) -> str | bytes:
        """The next message. Raises TimeoutError after so many seconds, and ConnectionClosed where it is closed."""
        return self._runner.run(asyncio.wait_for(self._opened.recv(), timeout))
