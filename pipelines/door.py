"""The one place for who may ask what of Dagster's page: it has no login, and obeys whatever reaches it."""

from __future__ import annotations

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRAPHQL = "/graphql"  # the only address that changes something for the page
NO_FRAMES = {"x-frame-options": "DENY", "cross-origin-resource-policy": "same-origin"}


class Door:
    """Lets through to an application what its own page asks, and nothing that another page can make a browser ask."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(NO_FRAMES)
            await send(message)

        reason = None if scope["type"] == "lifespan" else self.refusal(scope)
        if reason is None:
            await self._app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, send)

    def refusal(self, scope: Scope) -> str | None:
        """Why a request is not let through; None when it is."""
        headers = Headers(scope=scope)
        host, origin = headers.getlist("host"), headers.getlist("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if len(host) != 1 or host[0] not in self._hosts:
            return "this page is for this machine alone: open it as http://127.0.0.1"
        if origin != [f"http://{host[0]}"] and (origin or changes):
            return "another page may not ask this"
        own = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if not own and (changes or headers.get("sec-fetch-mode") != "navigate"):
            return "another page may not ask this"
        if "/" + scope["path"].strip("/") != GRAPHQL:
            return "only the page's own questions may change something" if changes else None
        if scope["type"] == "http" and (scope["method"] != "POST" or _media_type(headers) != "application/json"):
            return "a question is asked by POST, as JSON"
        return None


def behind_the_door(app: ASGIApp, port: int) -> uvicorn.Server:
    """A server that listens on this machine alone, and lets through what the application's own page asks."""
    return uvicorn.Server(
        uvicorn.Config(Door(app, port), host="127.0.0.1", port=port, log_level="warning", proxy_headers=False)
    )


def _media_type(headers: Headers) -> str:
    told = headers.getlist("content-type")
    return told[0].split(";")[0].strip().lower() if len(told) == 1 else ""
