"""Tell a web address something: one POST of JSON under the same rules as every download."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from pipelines.ingest.web.connect import Connector, FetchError, HttpSettings, Transient

DEADLINE_S = 10.0


class Untold(Exception):
    """The address did not take the message: one sentence with its host alone, because such an address is a secret."""


def post(url: str, message: dict[str, Any], loopback: bool) -> None:
    """Send a message once; any answer in the 200s takes it. `loopback` allows plain http to this machine. A redirect
    is not followed. Raises Untold."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    settings = HttpSettings(frozenset({host}), loopback, connect_timeout_s=5, deadline_s=DEADLINE_S)
    body = json.dumps(message, ensure_ascii=False).encode()
    end = time.monotonic() + DEADLINE_S
    connector = Connector(settings, url, end, None, {"Content-Type": "application/json; charset=utf-8"}, body)
    try:
        with ExitStack() as stack:
            status = connector.open(connector.check(url, None, {}), stack).status_code
    except Transient as err:
        why = err.what
    except FetchError as err:
        why = str(err).split(" (", 1)[0]
    else:
        if 200 <= status < 300:
            return
        why = f"it answered with status {status}"
    raise Untold(f"the webhook at {host or 'an unreadable address'} did not take it: {why}")
