"""Nobody without a session reaches Dagster's page, and a session that ends takes its open websockets along."""

from __future__ import annotations

import time
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.serve.attempts import Attempts
from pipelines.serve.cookies import Cookies
from pipelines.serve.people import People
from pipelines.serve.trail import Audit

ENTRY = "/toegang"
ACCOUNT = f"{ENTRY}/account"
HEALTH = "/health"
MOST_BYTES = 1_000_000  # of one question
AGAIN_S = 5  # how often an open websocket asks whether its session still is
CLOSED = 4401  # to the page: log in


class Guard:
    """Puts the person in front of the page (`scope["person"]`), or sends whoever asks to the entry."""

    def __init__(
        self, page: ASGIApp, entry: ASGIApp, people: People, attempts: Attempts, audit: Audit, cookies: Cookies
    ) -> None:
        self._page, self._entry, self._people = page, entry, people
        self._attempts, self._audit, self._cookies = attempts, audit, cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] == "lifespan":
            return
        token = self._cookies.read(HTTPConnection(scope), "sessie")
        session = self._people.session(token) if token else None
        scope["login"], scope["person"] = session, session and session.person
        if scope["type"] == "http" and (scope["path"] == ENTRY or scope["path"].startswith(f"{ENTRY}/")):
            await self._entry(scope, receive, send)
        elif session is None or session.eerste:
            await self._refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._page(scope, *self._while_it_lasts(token, receive, send))
        elif (reason := self._too_much(scope, session.sleutel)) is not None:
            await reason(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self.refused(scope, "no session")
            await send({"type": "websocket.close", "code": 1008, "reason": "log in first"})
            return
        answer: Response = PlainTextResponse("log in first\n", 401, {"cache-control": "no-store"})
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            to = f"{ENTRY}?naar={quote(scope['path'] + query, safe='')}"
            answer = RedirectResponse(ACCOUNT if scope["login"] else to, 303)
        else:
            self.refused(scope, "no session")
        await answer(scope, receive, send)

    def refused(self, scope: Scope, reason: str) -> None:
        """Write down what was not let through, and where from, as long as it is not very much."""
        address = scope["client"][0] if scope.get("client") else ""
        if self._attempts.noted(address):
            asked = f"{scope.get('method', 'WEBSOCKET')} {scope['path'][:100]}"
            self._audit.tell(asked, scope.get("person"), address, "geweigerd", reden=reason)

    def _too_much(self, scope: Scope, session: str) -> Response | None:
        if scope["method"] == "POST":
            told = Headers(scope=scope).getlist("content-length")
            if len(told) != 1 or not told[0].isdecimal() or int(told[0]) > MOST_BYTES:
                return PlainTextResponse(f"a question says its length, of at most {MOST_BYTES} bytes\n", 413)
        if not self._attempts.questions(session):
            return PlainTextResponse("too many questions; wait a minute\n", 429, {"retry-after": "60"})
        return None

    def _while_it_lasts(self, token: str, receive: Receive, send: Send) -> tuple[Receive, Send]:
        checked, state = time.monotonic(), "open"

        def lasts() -> bool:
            nonlocal checked, state
            if state == "open" and time.monotonic() - checked >= AGAIN_S:
                checked = time.monotonic()
                state = "open" if self._people.session(token) else "ended"
            return state == "open"

        async def heard() -> Message:
            message = await receive()
            return message if lasts() else {"type": "websocket.disconnect", "code": CLOSED}

        async def said(message: Message) -> None:
            nonlocal state
            if lasts():
                await send(message)
            elif state == "ended":
                state = "closed"
                await send({"type": "websocket.close", "code": CLOSED, "reason": "log in first"})

        return heard, said
