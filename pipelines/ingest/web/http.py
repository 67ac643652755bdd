"""One download function for every protocol: the complete body of an allowed, public address, or an error."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
import tenacity

from pipelines.ingest.web.answers import refusal
from pipelines.ingest.web.body import Body
from pipelines.ingest.web.connect import Connector, FetchError, HttpSettings, Slow, Transient, Unreachable, fetch_error

MAX_REDIRECTS = 5
MAX_GAP_S = 60


@dataclass(frozen=True)
class Fetched:
    """A complete body at `path`; `sha256` and `size` (bytes) are those of this file, after decoding.

    `url` and `final_url` keep the query, with any key in it: show them through `safe_url`. Header names are
    lower case; `x-obmi-length: unknown` marks a body whose end was shown by nothing but the closing.
    """

    path: Path
    sha256: str
    size: int
    url: str
    final_url: str
    status: int
    headers: dict[str, str]
    fetched_at: datetime


def download(
    url: str,
    into: Path,
    settings: HttpSettings,
    etag: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    expect_html: bool = False,
) -> Fetched | None:
    """Download `url` to a new file in directory `into`; None when the server still has version `etag`.

    With a `body` it is sent by POST. `headers` may hold a key: they go to the address's own origin only, and
    not along with a redirect to another; the body goes along, and must not hold one.

    Errors: FetchError, after which `into` holds nothing new. The system's own limit on looking up a name
    comes on top of the deadline.
    """
    end = time.monotonic() + settings.deadline_s
    connector = Connector(settings, url, end, sys.exception(), dict(headers or {}), body)
    with Body(into, connector, expect_html) as received:
        asked = _Download(connector, etag, received)
        last = tenacity.stop_after_attempt(settings.attempts) | tenacity.stop_before_delay(settings.deadline_s)
        again = tenacity.retry_if_exception_type(Transient)
        attempts = tenacity.Retrying(stop=last, wait=asked.gap_s, retry=again, reraise=True)
        try:
            return attempts(asked.attempt)
        except Transient as error:
            gave_up = error
    tried = attempts.statistics["attempt_number"]
    what = f"gave up after attempt {tried}, {gave_up.what}"
    kind = FetchError if gave_up.status else Slow if gave_up.late else Unreachable
    raise fetch_error(what, gave_up.url, gave_up.advice, kind, gave_up.status)


@dataclass(frozen=True)
class _Download:
    connector: Connector
    etag: str | None
    received: Body

    def gap_s(self, state: tenacity.RetryCallState) -> float:
        settings, asked = self.connector.settings, state.outcome.exception().wait_s
        if asked is not None:
            return min(asked, settings.retry_after_max_s)
        grow = tenacity.wait_exponential(multiplier=settings.backoff_s, max=MAX_GAP_S)
        return (grow + tenacity.wait_random(0, settings.backoff_s))(state)

    def attempt(self) -> Fetched | None:
        hop, target = None, self.connector.url
        conditions = {"If-None-Match": self.etag} if self.etag else {}
        if self.received.broken_off:
            conditions = self.received.asking()
        for _ in range(MAX_REDIRECTS + 1):
            hop = self.connector.check(target, hop, conditions)
            with ExitStack() as stack:
                response = self.connector.open(hop, stack)
                if not response.is_redirect:
                    return self._take(response, conditions)
                target = self._next(response)
        raise fetch_error(f"more than {MAX_REDIRECTS} redirects", self.connector.url, "correct the source spec")

    def _next(self, response: requests.Response) -> str:
        status = response.status_code
        if self.connector.body is not None and status not in (307, 308):
            what = f"the server answered a POST with redirect {status}, which would become a GET"
            raise fetch_error(what, response.url, "put the new address in the source spec", status=status)
        # http.client reads headers as latin-1, publishers write UTF-8.
        return response.headers["location"].encode("latin-1").decode("utf-8", "replace")

    def _take(self, response: requests.Response, conditions: dict[str, str]) -> Fetched | None:
        status, body = response.status_code, self.received
        # A server without ETags is asked by date, in a header of the protocol's own.
        if status == 304 and ("If-None-Match" in conditions or "If-Modified-Since" in response.request.headers):
            return None
        if status != 200 and not ("Range" in conditions and status in (206, 412, 416)):
            raise refusal(response, self.connector)
        body.save(response)
        url = self.connector.url
        return Fetched(body.path, body.sha256, body.size, url, response.url, 200, body.headers, datetime.now(UTC))
