"""Feature types of a WFS 2.0.0 server, by count and startIndex until everything that it counts is there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pipelines.describe.options import Wfs
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.pages import Pages, count_in, ids_of, listed, parsed, quote
from pipelines.ingest.read.geometry import crs_code, declared_crs
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import fetch_error
from pipelines.ingest.web.http import Fetched

_REPORT = re.compile(rb"<(?:\w+:)?(?:ExceptionText|ServiceException)\b[^>]*>(.*?)</", re.S)
_MATCHED = re.compile(rb"""\b(?:numberMatched|numberOfFeatures)\s*=\s*["']([0-9]{1,15})["']""")
SNIFF_BYTES = 64 * 1024


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """The feature type at every address, where its features changed since the last time.

    The protocol has no hint that saves bytes: everything is read each time.
    """
    options = spec.options
    assert isinstance(options, Wfs)
    for url in web.urls:
        with web.tolerating():
            if piece := _feature_type(web, url, options):
                yield piece


def _feature_type(web: Web, url: str, options: Wfs) -> Piece | None:
    query: dict[str, Any] = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeNames": options.typename,
        "srsName": options.srs,
    }
    key = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
    with Pages(web, url) as pages:
        _Reader(web, pages, url, query, options).read()
        web.remember(key, {"content": pages.content})
        # A WFS writes the moment of asking into its answers: equal features are no news.
        if pages.content == web.known(key).get("content"):
            pages.discard()
            return None
        return pages.piece(options.typename, {"crs": options.srs, "axes": "xy"})


class _Reader:
    """Reads all pages of a query."""

    def __init__(self, web: Web, pages: Pages, url: str, query: Mapping[str, Any], options: Wfs) -> None:
        self.web, self.pages, self.url, self.query, self.options = web, pages, url, query, options

    def read(self) -> None:
        """Raises FetchError unless the pages are complete."""
        pages, total = self.pages, None
        while True:
            data = self._page()
            features = listed(data, self.url)
            self._check_system(data)
            if not pages.count:
                total = count_in(data, "numberMatched")
                total = self._hits() if total is None else total
            if not features:
                pages.discard(last=1)
                break
            pages.take(features, ids_of(features))
            # The server's cap may be smaller than `count`: a short page is the end only where the total says so.
            whole = total is not None and pages.count >= total and len(features) < self.options.count
            if whole or pages.enough:
                break
        pages.complete(total)

    def _page(self) -> dict[str, Any]:
        more: dict[str, Any] = {"outputFormat": "application/json", "count": self.options.count}
        if self.options.sort:
            more["sortBy"] = self.options.sort
        # A server without a primary key refuses any startIndex, and a single page needs none.
        if self.pages.count:
            more["startIndex"] = self.pages.count
        got = self.pages.fetch(self.url, {**self.query, **more})
        self._head(got)
        return parsed(got)

    def _hits(self) -> int | None:
        """How many features there are, by an answer without features; None when the server does not say."""
        pages = Pages(self.web, self.url)
        try:
            head = self._head(pages.fetch(self.url, {**self.query, "resultType": "hits"}))
        finally:
            pages.discard()
        found = _MATCHED.search(head)
        return int(found[1]) if found else None

    def _head(self, got: Fetched) -> bytes:
        """The start of a body. Raises FetchError with the text of an exception report that came under a 200.

        XML is searched and never parsed, so that no entity in it is ever resolved.
        """
        with got.path.open("rb") as stream:
            head = stream.read(SNIFF_BYTES)
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and b"Exception" in head:
            found = _REPORT.search(head)
            said = html.unescape(found[1].decode("utf-8", "replace")) if found else "an exception without a text"
            raise fetch_error(f"the server says {quote(said)}", self.url, "correct the query in the source spec")
        return head

    def _check_system(self, data: Mapping[str, Any]) -> None:
        """Raise FetchError when the answer says that it is in other coordinates than were asked."""
        told, asked = declared_crs(data), self.options.srs
        if told and crs_code(told, lonlat=True) != crs_code(asked, lonlat=True):
            what = f"coordinates in {told} although {asked} was asked"
            raise fetch_error(what, self.url, "correct srs in the source spec")
