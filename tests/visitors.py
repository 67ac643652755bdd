"""Somebody before the server: a browser with cookies, on an address of this machine that may be its own."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

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


class Visitor:
    """A browser that asks a server on this machine; `address` is where it comes from."""

    def __init__(self, base: str, address: str = "127.0.0.1", verify: ssl.SSLContext | bool = False) -> None:
        self.base, self._verify = base, verify
        self.client = httpx2.Client(
            base_url=base,
            headers={"Origin": base, "Accept": "text/html"},
            transport=httpx2.HTTPTransport(local_address=address, verify=verify),
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

    def socket(self, origin: str | None = None) -> ClientConnection | None:
        """A websocket of the page, where it is opened."""
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.client.cookies.jar)
        url = httpx2.URL(self.base)
        try:
            return connect(
                f"ws{self.base.removeprefix('http')}/graphql",
                sock=socket.create_connection((url.host, url.port)),
                origin=self.base if origin is None else origin,
                subprotocols=["graphql-ws"],
                additional_headers={"Cookie": cookies} if cookies else {},
                ssl=self._verify if isinstance(self._verify, ssl.SSLContext) else None,
            )
        except InvalidStatus:
            return None

    def stolen(self, cookie: str, value: str) -> Visitor:
        """Another browser that has one cookie."""
        thief = Visitor(self.base, verify=self._verify)
        thief.client.cookies.set(cookie, value)
        return thief

    @property
    def cookies(self) -> dict[str, Any]:
        """The cookies that this browser has."""
        return dict(self.client.cookies)
