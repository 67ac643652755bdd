"""One download function for every protocol: the complete body of an allowed, public address, or an error."""

import hashlib
import re
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import requests
import tenacity

from pipelines.ingest.connect import ASK, BROKEN, Connector, HttpSettings, NotFound, Transient, fetch_error

MAX_REDIRECTS = 5
MAX_GAP_S = 60
CHUNK_BYTES = 64 * 1024
SNIFF_BYTES = 4096
# Tiny repetitive files compress beyond any honest ratio, and are harmless.
EXPANSION_FLOOR_BYTES = 1024 * 1024

_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.I | re.S)


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


def fetch(
    url: str, into: Path, settings: HttpSettings, etag: str | None = None, *, expect_html: bool = False
) -> Fetched | None:
    """Download `url` to a new file in directory `into`; None when the server still has version `etag`.

    Errors: FetchError, after which `into` holds nothing new. The system's own limit on looking up a name
    comes on top of the deadline.
    """
    connector = Connector(settings, etag, time.monotonic() + settings.deadline_s, sys.exception())
    download = _Download(url, into, settings, expect_html, connector)
    last = tenacity.stop_after_attempt(settings.attempts) | tenacity.stop_before_delay(settings.deadline_s)
    again = tenacity.retry_if_exception_type(Transient)
    attempts = tenacity.Retrying(stop=last, wait=download.gap_s, retry=again, reraise=True)
    try:
        return attempts(download.attempt)
    except Transient as error:
        what, where, _ = error.args
    tried = attempts.statistics["attempt_number"]
    raise fetch_error(f"gave up after attempt {tried}, {what}", where, "try again later")


def _is_html(head: bytes) -> bool:
    text = head[2:].replace(b"\0", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    return bool(_HTML.match(text.removeprefix(b"\xef\xbb\xbf")))


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


@dataclass(frozen=True)
class _Download:
    url: str
    into: Path
    settings: HttpSettings
    expect_html: bool
    connector: Connector

    def gap_s(self, state: tenacity.RetryCallState) -> float:
        asked, backoff = state.outcome.exception().args[2], self.settings.backoff_s
        if asked is not None:
            return min(asked, self.settings.retry_after_max_s)
        grow = tenacity.wait_exponential(multiplier=backoff, max=MAX_GAP_S)
        return (grow + tenacity.wait_random(0, backoff))(state)

    def attempt(self) -> Fetched | None:
        hop, target = None, self.url
        for _ in range(MAX_REDIRECTS + 1):
            hop = self.connector.check(target, hop)
            with ExitStack() as stack:
                response = self.connector.open(hop, stack)
                if not response.is_redirect:
                    return self._save(response) if self._is_new(response) else None
                # http.client reads headers as latin-1, publishers write UTF-8.
                target = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
        raise fetch_error(f"more than {MAX_REDIRECTS} redirects", self.url, "correct the source spec")

    def _is_new(self, response: requests.Response) -> bool:
        """Tell a 200 from a 304 that was asked for; any other status is an error."""
        status = response.status_code
        if status in (429, 500, 502, 503, 504):
            wait = _retry_after_s(response.headers.get("retry-after", ""))
            raise Transient(f"the server answered {status}", response.url, wait)
        if status == 404:
            advice = "look up the new address at the publisher"
            raise fetch_error("the server answered 404", response.url, advice, NotFound)
        if status != 200 and not (status == 304 and self.connector.etag):
            raise fetch_error(f"the server answered {status}", response.url, "check the address and its terms")
        return status == 200

    def _save(self, response: requests.Response) -> Fetched:
        url, limit = response.url, self.settings.max_bytes
        dropped = ("set-cookie", "x-obmi-length")
        headers = {k.lower(): v for k, v in response.headers.items() if k.lower() not in dropped}
        digest, size, head, path, complete = hashlib.sha256(), 0, b"", None, False
        try:
            with NamedTemporaryFile(dir=self.into, prefix="fetch-", suffix=".tmp", delete=False) as file:
                path = Path(file.name)
                for data in self._decoded(self._wire(response, headers), headers, url):
                    size += len(data)
                    if size > limit:
                        raise fetch_error(f"more than {limit} bytes", url, "raise the limit if this is right")
                    digest.update(data)
                    head += data[: SNIFF_BYTES - len(head)]
                    file.write(data)
            if not size:
                raise fetch_error("the body is empty", url, ASK)
            if not self.expect_html and _is_html(head):
                raise fetch_error("not data but a web page", url, "open the address in a browser and read it")
            complete = True
        except OSError as error:
            raise fetch_error(f"cannot write in {self.into}, {error.strerror}", url, "make room there") from error
        finally:
            if path and not complete:
                path.unlink(missing_ok=True)
        return Fetched(path, digest.hexdigest(), size, self.url, url, 200, headers, datetime.now(UTC))

    def _wire(self, response: requests.Response, headers: dict[str, str]) -> Iterator[bytes]:
        """Yield the bytes as sent, and raise unless all of them came in time."""
        url, received, failure = response.url, 0, None
        transfer = headers.get("transfer-encoding", "identity").strip().lower()
        length = headers.get("content-length", "") if transfer == "identity" else ""
        if transfer not in ("chunked", "identity") or not re.fullmatch(r"[0-9]{0,18}", length):
            raise fetch_error("an answer of unreadable length", url, ASK)
        if transfer == "identity" and not length:
            headers["x-obmi-length"] = "unknown"
        # Counted here rather than by urllib3, to say how much came.
        response.raw.enforce_content_length = False
        data = b"."
        while data:
            try:
                data = response.raw.read1(CHUNK_BYTES, decode_content=False)
            except BROKEN as error:
                failure = self.connector.failure(error, url)
            # A cut at the deadline looks like the end of the body.
            if failure or time.monotonic() >= self.connector.end:
                raise failure or self.connector.failure(TimeoutError(), url)
            received += len(data)
            yield data
        if length and received != int(length):
            raise Transient(f"the body ended after {received} of {length} bytes", url, None)

    def _decoded(self, chunks: Iterable[bytes], headers: dict[str, str], url: str) -> Iterator[bytes]:
        """Undo a Content-Encoding that came although `identity` was asked, to its checksummed end."""
        encoding = headers.get("content-encoding", "identity").strip().lower()
        wbits = {"gzip": 31, "x-gzip": 31, "deflate": 15, "identity": None, "": None}
        if encoding not in wbits:
            raise fetch_error("a Content-Encoding that was not asked for", url, ASK)
        if wbits[encoding] is None:
            yield from chunks
            return
        stream, received, produced, data = zlib.decompressobj(wbits[encoding]), 0, 0, b""
        for chunk in chunks:
            received += len(chunk)
            while chunk:
                if stream.eof:  # gzip may have several members
                    stream = zlib.decompressobj(wbits[encoding])
                try:
                    data = stream.decompress(chunk, CHUNK_BYTES)
                except zlib.error:
                    raise Transient(f"the {encoding} body is damaged", url, None) from None
                produced += len(data)
                if produced > max(EXPANSION_FLOOR_BYTES, self.settings.max_expansion * received):
                    what = f"the {encoding} body expands more than {self.settings.max_expansion} times"
                    raise fetch_error(what, url, "check the file by hand, it may be a bomb")
                yield data
                chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
        if received and not stream.eof:
            raise Transient(f"the {encoding} body is cut short", url, None)
