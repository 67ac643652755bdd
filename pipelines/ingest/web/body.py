"""One body on its way into a file, over as many connections as it takes: complete, or gone."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import IO

import requests

from pipelines.ingest.web.answers import without_secrets
from pipelines.ingest.web.connect import ASK, Connector, EmptyAnswer, Transient, fetch_error
from pipelines.ingest.web.wire import decoded, is_html, wire

SNIFF_BYTES = 4096
# A file may change twice within the second that Last-Modified counts in.
SETTLED = timedelta(seconds=60)


class Body:
    """A body in a new file in `into`; leaving the block without `complete` removes the file.

    `size` (bytes) and `sha256` are those of the file, after decoding; `headers` are those that came with its
    first byte.
    """

    def __init__(self, into: Path, connector: Connector, expect_html: bool) -> None:
        self.size, self.headers, self.complete = 0, {}, False
        self._into, self._connector, self._expect_html = into, connector, expect_html
        self._file: IO[bytes] | None = None
        self._total: int | None = None
        self._validator = ("", "")
        self._may_continue = connector.body is None

    def __enter__(self) -> Body:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file and not self.complete:
            # What could not be written has been told already, and the file goes.
            with suppress(OSError):
                self._file.close()
            self.path.unlink(missing_ok=True)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(self._file.name)

    @property
    def sha256(self) -> str:
        """Of all bytes so far, as hexadecimal text."""
        return self._digest.hexdigest()

    @property
    def broken_off(self) -> bool:
        """Whether a first part is here that the server may be asked to continue."""
        return bool(self._may_continue and self._validator[1] and 0 < self.size < (self._total or 0))

    def asking(self) -> dict[str, str]:
        """The headers that ask for the rest, provided that the file is still the same."""
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator[1]}

    def save(self, response: requests.Response) -> None:
        """Take the answer's bytes to the end: from the first byte, or the rest after a part of it."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        if self.broken_off and response.status_code != 200:
            self._continue(response, headers)
        else:
            self._begin(response, headers)
        try:
            self._write(response, headers)
        except OSError as error:
            what = f"cannot write in {self._into}, {error.strerror}"
            raise fetch_error(what, response.url, "make room there") from error

    def _begin(self, response: requests.Response, headers: dict[str, str]) -> None:
        dropped = ("set-cookie", "x-obmi-length")
        kept = {k: without_secrets(v, self._connector, response.url) for k, v in headers.items() if k not in dropped}
        headers.pop("x-obmi-length", None)
        self.headers, self.size, self._head, self._digest = kept, 0, b"", hashlib.sha256()
        self._from, self._total, self._validator = response.url.partition("?")[0], None, ("", "")
        length, ranges = headers.get("content-length", ""), headers.get("accept-ranges", "").strip().lower()
        if ranges == "bytes" and re.fullmatch(r"[0-9]{1,18}", length) and _is_plain(headers):
            self._total, self._validator = int(length), _strong_validator(headers)

    def _continue(self, response: requests.Response, headers: dict[str, str]) -> None:
        """Accept nothing but the exact rest of the very same file; never splice."""
        name, value = self._validator
        same = headers.get(name) == value and all(
            headers[other] == self.headers.get(other) for other in ("etag", "last-modified") if other in headers
        )
        rest = f"bytes {self.size}-{self._total - 1}/{self._total}"
        fits = headers.get("content-range", "").strip() == rest and _is_plain(headers)
        whole = headers.get("content-length", str(self._total - self.size)) == str(self._total - self.size)
        here = response.url.partition("?")[0] == self._from
        if not (response.status_code == 206 and same and fits and whole and here):
            self._may_continue = False
            raise Transient("the server cannot continue where the body broke off", response.url, 0)

    def _write(self, response: requests.Response, headers: dict[str, str]) -> None:
        url, limit = response.url, self._connector.settings.max_bytes
        if not self._file:
            self._file = NamedTemporaryFile(dir=self._into, prefix="fetch-", suffix=".tmp", delete=False)  # noqa: SIM115
        self._file.seek(self.size)
        self._file.truncate()
        chunks = wire(response, self._connector, headers, self.size)
        for data in decoded(chunks, headers, url, self._connector.settings):
            self.size += len(data)
            if self.size > limit:
                raise fetch_error(f"more than {limit} bytes", url, "raise the limit if this is right")
            self._digest.update(data)
            self._head += data[: SNIFF_BYTES - len(self._head)]
            self._file.write(data)
        if self._total is not None and self.size != self._total:
            raise Transient(f"the body ended after {self.size} of {self._total} bytes", url)
        if not self.size:
            raise fetch_error("the body is empty", url, ASK, EmptyAnswer)
        if not self._expect_html and is_html(self._head):
            raise fetch_error("not data but a web page", url, "open the address in a browser and read it")
        if mark := headers.get("x-obmi-length"):
            self.headers["x-obmi-length"] = mark
        self._file.close()
        self.complete = True


def _is_plain(headers: dict[str, str]) -> bool:
    """Whether the bytes on the wire are those of the file."""
    return headers.get("content-encoding", "identity").strip().lower() in ("", "identity")


def _strong_validator(headers: dict[str, str]) -> tuple[str, str]:
    """Name and value of what shows that a file is the same to the byte; empty where nothing does."""
    etag = headers.get("etag", "")
    if re.fullmatch(r'"[\x21\x23-\x7e\x80-\xff]+"', etag):
        return "etag", etag
    try:
        modified, sent = (parsedate_to_datetime(headers[name]) for name in ("last-modified", "date"))
        settled = sent - modified >= SETTLED
    except (KeyError, ValueError, TypeError, OverflowError, IndexError):
        return "", ""
    return ("last-modified", headers["last-modified"]) if settled and not etag else ("", "")
