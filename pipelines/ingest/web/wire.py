"""The bytes of one answer as they come: all of them in time, decoded to their end, or an error."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator

import requests

from pipelines.ingest.web.connect import ASK, BROKEN, Connector, HttpSettings, Transient, fetch_error

CHUNK_BYTES = 64 * 1024
# Tiny repetitive files compress beyond any honest ratio, and are harmless.
EXPANSION_FLOOR_BYTES = 1024 * 1024

_HTML = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.I | re.S)


def is_html(head: bytes) -> bool:
    """Whether a body begins as a web page does."""
    text = head[2:].replace(b"\0", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    return bool(_HTML.match(text.removeprefix(b"\xef\xbb\xbf")))


def wire(
    response: requests.Response, connector: Connector, headers: dict[str, str], before: int = 0
) -> Iterator[bytes]:
    """Yield the bytes as sent, and raise unless all of them came in time; `before` came earlier."""
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
            failure = connector.failure(error, url)
        # A cut at the deadline looks like the end of the body.
        if failure or time.monotonic() >= connector.end:
            raise failure or connector.failure(TimeoutError(), url)
        received += len(data)
        yield data
    if length and received != int(length):
        raise Transient(f"the body ended after {before + received} of {before + int(length)} bytes", url)


def decoded(chunks: Iterable[bytes], headers: dict[str, str], url: str, settings: HttpSettings) -> Iterator[bytes]:
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
                raise Transient(f"the {encoding} body is damaged", url) from None
            produced += len(data)
            if produced > max(EXPANSION_FLOOR_BYTES, settings.max_expansion * received):
                what = f"the {encoding} body expands more than {settings.max_expansion} times"
                raise fetch_error(what, url, "check the file by hand, it may be a bomb")
            yield data
            chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
    if received and not stream.eof:
        raise Transient(f"the {encoding} body is cut short", url)
