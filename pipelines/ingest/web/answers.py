"""What a server's refusal means: whether to ask again, and what it says to a person, without our secrets."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import requests

from pipelines.ingest.web.connect import HARMLESS, Connector, FetchError, NotFound, Transient, fetch_error
from pipelines.ingest.web.wire import decoded, is_html, wire

AGAIN = (413, 429, 500, 502, 503, 504)
KEY = "check the key, or ask the publisher for access"
QUERY = "correct the query in the source spec"
ADVICE = {
    400: QUERY,
    401: KEY,
    403: KEY,
    404: "look up the new address at the publisher",
    # Eurostat prepares large answers in its own time, and says so by 413.
    413: "the next refresh will pick it up once the publisher has it ready",
    422: QUERY,
}
READ_BYTES = 16 * 1024
SAID_CHARS = 200
# Where publishers put the sentence, the most telling first.
SENTENCES = ("message", "label", "detail", "error_description", "error", "errors", "title", "fault", "faultstring")

_NAMES = "key|token|secret|pass|auth|sig|cred|user|session"
_TELLING = re.compile(_NAMES, re.I)
_KEYS = re.compile(rf"([?&;][^=&;#]*(?:{_NAMES})[^=&;#]*=)[^&;#]*", re.I)
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9]{16,}")


def refusal(response: requests.Response, connector: Connector) -> FetchError | Transient:
    """The error for a status that brings no body."""
    status, url = response.status_code, response.url
    said = _said(response, connector) if 400 <= status < 500 else ""
    reset = response.headers.get("x-ratelimit-reset", "") if status == 429 else ""
    quota = f" with a quota that returns at {reset[:40]}" if reset and reset.isprintable() else ""
    what = f"the server answered {status}{quota}" + (f" and said: {said}" if said else "")
    advice = ADVICE.get(status)
    if status in AGAIN:
        wait_s = _retry_after_s(response.headers.get("retry-after", ""))
        return Transient(what, url, wait_s, status, advice or "try again later")
    kind = NotFound if status == 404 else FetchError
    return fetch_error(what, url, advice or "check the address and its terms", kind, status)


def without_secrets(text: str, connector: Connector, url: str) -> str:
    """The text, with stars for every key that went along in a header or in an address."""
    for secret in sorted(_secrets(connector, url), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def without_keys(address: str) -> str:
    """The address, with stars for every value that is called a key: as it may be written down."""
    return _KEYS.sub(r"\1***", address)


def _secrets(connector: Connector, url: str) -> set[str]:
    values = {value for name, value in connector.sent.items() if name.lower() not in HARMLESS}
    # `Apikey KEY`, `Bearer KEY`: the server may repeat the second word alone.
    values |= {word for value in values for word in value.split() if len(word) >= 8}
    for address in (connector.url, url):
        for name, value in parse_qsl(urlsplit(address).query):
            if _TELLING.search(name) or _RANDOM.fullmatch(value):
                values |= {value, quote(value, safe=""), quote_plus(value)}
    return values - {""}


def _said(response: requests.Response, connector: Connector) -> str:
    """The server's own explanation in one printable line without markup; empty when it gives none."""
    body = b""
    # The status is the news; an explanation that cannot be read must not take its place.
    with suppress(FetchError, Transient):
        headers = {name.lower(): value for name, value in response.headers.items()}
        for data in decoded(wire(response, connector, headers), headers, response.url, connector.settings):
            body += data
            if len(body) > READ_BYTES:
                return ""
    if is_html(body):
        return ""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        try:
            text = _sentence(json.loads(text))
        except (ValueError, RecursionError):
            return ""
    text = without_secrets(unescape(text), connector, response.url)
    text = re.sub(r"\?\S*=\S*", "", re.sub(r"[<>]", "", re.sub(r"<[^<>]*>", " ", text)))
    text = "".join(c if c.isprintable() else "?" for c in " ".join(text.split())).rstrip(".")
    return text if len(text) <= SAID_CHARS else text[: SAID_CHARS - 3] + "..."


def _sentence(data: Any, depth: int = 5) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, dict):
        data = [data[name] for name in SENTENCES if name in data]
    if isinstance(data, list) and depth:
        return next((found for item in data if (found := _sentence(item, depth - 1))), "")
    return ""


def _retry_after_s(value: str) -> float | None:
    """Seconds from a Retry-After header, a count or an HTTP date; None when it is neither."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
