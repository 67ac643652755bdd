"""The cookies of the server: none that a script can read, and none that another site's request carries along."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response


class Cookies:
    """Reads and sets them, with the strictest name that the connection allows, and makes the tokens of forms."""

    def __init__(self, tls: bool) -> None:
        self._tls, self._secret = tls, secrets.token_bytes(32)

    def read(self, asked: HTTPConnection, name: str) -> str | None:
        """The value of one of ours, where the browser sent it."""
        return asked.cookies.get(self._name(name))

    def set(self, answer: Response, name: str, value: str, age_s: int | None = None) -> None:
        """Let the browser keep a value, until it is closed or for so long."""
        answer.set_cookie(
            self._name(name), value, max_age=age_s, path="/", secure=self._tls, httponly=True, samesite="lax"
        )

    def drop(self, answer: Response, name: str) -> None:
        """Let the browser forget it."""
        answer.delete_cookie(self._name(name), path="/", secure=self._tls, httponly=True, samesite="lax")

    def form_token(self, seed: str) -> str:
        """What a form of the browser with this cookie must send along."""
        return hmac.new(self._secret, seed.encode(), hashlib.sha256).hexdigest()

    def _name(self, name: str) -> str:
        return f"__Host-obmi-{name}" if self._tls else f"obmi-{name}"
