"""The one place for what may be asked of a page here: Dagster's own has no login, and obeys whatever reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRAPHQL = "/graphql"  # the only address that changes something for Dagster's page
ALWAYS = {
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
ELSEWHERE = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


class Door:
    """Lets through to an application what its own page asks, and nothing that another page can make a browser ask.

    `hosts` are its names with their ports; `forms` starts the addresses that take a form; at `health` it says that
    it is there, and nothing else; `refused` is told what was not let through.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        tls: bool = False,
        forms: str | None = None,
        health: str = "",
        refused: Callable[[Scope, str], None] = lambda scope, reason: None,
    ) -> None:
        self._app, self._hosts, self._forms, self._refused = app, frozenset(hosts), forms, refused
        self._health = health
        self._scheme = "https" if tls else "http"
        self._headers = ALWAYS | (HSTS if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("content-security-policy", ELSEWHERE)
            await send(message)

        if self._health and scope["path"] == self._health and scope.get("method") in ("GET", "HEAD"):
            await PlainTextResponse("ok\n")(scope, receive, with_headers)
            return
        reason = None if scope["type"] == "lifespan" else self.refusal(scope)
        if reason is None:
            await self._app(scope, receive, with_headers)
            return
        self._refused(scope, reason)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, with_headers)

    def refusal(self, scope: Scope) -> str | None:
        """Why a request is not let through; None when it is."""
        headers = Headers(scope=scope)
        host, origin = headers.getlist("host"), headers.getlist("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if len(host) != 1 or host[0] not in self._hosts:
            return f"this page is not served under that name: open it as {self._scheme}://{min(self._hosts)}"
        if origin != [f"{self._scheme}://{host[0]}"] and (origin or changes):
            return "another page may not ask this"
        own = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if not own and (changes or headers.get("sec-fetch-mode") != "navigate"):
            return "another page may not ask this"
        if self._forms and scope["path"].startswith(self._forms):
            told = "application/x-www-form-urlencoded"
            right = scope["type"] == "http" and (not changes or (scope["method"] == "POST" and _told(headers) == told))
            return None if right else "a form is sent by POST, as a form"
        if "/" + scope["path"].strip("/") != GRAPHQL:
            return "only the page's own questions may change something" if changes else None
        if scope["type"] == "http" and (scope["method"] != "POST" or _told(headers) != "application/json"):
            return "a question is asked by POST, as JSON"
        return None


def behind_the_door(app: ASGIApp, port: int) -> uvicorn.Server:
    """A server that listens on this machine alone, and lets through what the application's own page asks."""
    door = Door(app, (f"127.0.0.1:{port}", f"localhost:{port}"))
    return uvicorn.Server(uvicorn.Config(door, host="127.0.0.1", port=port, log_level="warning", proxy_headers=False))


def _told(headers: Headers) -> str:
    told = headers.getlist("content-type")
    return told[0].split(";")[0].strip().lower() if len(told) == 1 else ""
