"""SDMX-CSV answers of an SDMX REST server."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from pipelines.describe.options import Sdmx
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.http_file import file_name
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import EmptyAnswer, OtherShape, fetch_error
from pipelines.ingest.web.http import Fetched

GZIP = b"\x1f\x8b"


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every answer that is new since the last time; one that cannot be had does not stop the others.

    The server's ETag tells what is new, or else its Last-Modified; where it gives neither, the answer comes
    whole every time.
    """
    options = spec.options
    assert isinstance(options, Sdmx)
    asked = sorted(options.query.items())
    for url in web.urls:
        with web.tolerating():
            hint = web.known(url)
            if hint.get("asked") != [urlencode(asked), options.accept]:
                hint = {}
            headers = {"Accept": options.accept}
            if "last-modified" in hint and "etag" not in hint:
                headers["If-Modified-Since"] = hint["last-modified"]
            got = web.get(url, asked, headers=headers, etag=hint.get("etag"))
            if got is None:
                continue
            _refuse_other(got, url)
            marks = {name: got.headers[name] for name in ("etag", "last-modified") if name in got.headers}
            yield Piece(url, (got,), (f"{file_name(got)}.csv",))
            web.remember(url, {"asked": [urlencode(asked), options.accept], **marks})


def _refuse_other(got: Fetched, url: str) -> None:
    """Refuse a body that is not CSV, or that has nothing below its header; it does not stay."""
    with got.path.open("rb") as stream:
        head = stream.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
        stream.seek(0)
        lines = sum(1 for line in stream if line.strip())
    what = None
    if head.startswith(GZIP):
        what, advice = "compressed although plain CSV was asked", "take 'compressed' out of the query"
    elif head.startswith(b"<"):
        what, advice = "XML although CSV was asked", "correct accept or the format in the source spec"
    elif head.startswith((b"{", b"[")):
        what, advice = "JSON although CSV was asked", "correct accept or the format in the source spec"
    elif lines < 2:
        what, advice = "a header and no rows", "check the key and the period in the source spec"
    if what:
        got.path.unlink()
        raise fetch_error(what, url, advice, EmptyAnswer if what == "a header and no rows" else OtherShape)
