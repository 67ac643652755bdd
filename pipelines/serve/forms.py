"""Pages with forms, and the token by which a form shows that this server gave it to this browser."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipelines.serve.cookies import Cookies
from pipelines.serve.guard import ENTRY

MOST_BYTES = 10_000  # of a form
STALE = "Het formulier was verlopen. Probeer het opnieuw."
INSIDE = re.compile(r"/(?![/\\])[!-\[\]-~]{0,500}")  # an address of this server
POLICY = "default-src 'none'; style-src 'nonce-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Forms:
    """Makes the pages, and reads what comes back."""

    def __init__(self, cookies: Cookies) -> None:
        self._cookies = cookies
        env = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        env.filters["moment"] = lambda seconds: f"{moment(seconds):%d/%m %H:%M}"
        self._template = env.get_template("entry.html.jinja")

    async def read(self, request: Request) -> dict[str, str] | None:
        """The fields of a form that this server gave this browser; None where it is another's or too old."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return None
        try:
            fields = dict(parse_qsl(body.decode("utf-8"), max_num_fields=10, keep_blank_values=True, errors="strict"))
        except ValueError:
            return None
        token, seed = fields.pop("token", ""), self._seed(request)
        right = seed is not None and compare_digest(token.encode(), self._cookies.form_token(seed).encode())
        return fields if right else None

    def page(self, request: Request, facts: Mapping[str, Any], status: int) -> Response:
        """A page; before somebody is logged in, the browser gets a cookie to which its form belongs."""
        fresh = self._seed(request) is None
        seed = self._seed(request) or secrets.token_urlsafe(32)
        nonce = secrets.token_urlsafe(16)
        headers = {"content-security-policy": POLICY.format(nonce), "cache-control": "no-store"}
        told = {"shown": None, **facts, "nonce": nonce, "token": self._cookies.form_token(seed)}
        answer = HTMLResponse(self._template.render(told), status, headers)
        if fresh:
            self._cookies.set(answer, "formulier", seed)
        return answer

    def _seed(self, request: Request) -> str | None:
        return self._cookies.read(request, "sessie" if request.scope["login"] else "formulier")


def own_address(to: str | None) -> str:
    """An address of this server to go on to; the first page for whatever is none."""
    return to if to and INSIDE.fullmatch(to) and not to.startswith(ENTRY) else "/"


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def moment(seconds: float) -> datetime:
    """A moment as the clock on the wall says it."""
    return datetime.fromtimestamp(seconds, ZoneInfo("Europe/Brussels"))
