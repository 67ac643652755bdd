"""Collections of an OGC API Features server, from page to page by the server's own next links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from pipelines.describe.options import OgcFeatures
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.pages import Pages, count_in, ids_of, listed
from pipelines.ingest.read.geometry import axes_of, crs_code, declared_crs
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import fetch_error

GEOJSON = {"Accept": "application/geo+json, application/json"}


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every collection with features that changed since the last time.

    Unchanged pages cost nothing where the server gives an ETag; elsewhere all is read each time.
    """
    options = spec.options
    assert isinstance(options, OgcFeatures)
    for url in web.urls:
        with web.tolerating():
            if piece := _collection(web, url, options):
                yield piece


def _collection(web: Web, url: str, options: OgcFeatures) -> Piece | None:
    query = urlencode({"limit": options.limit, "crs": options.crs})
    first = f"{url}{'&' if '?' in url else '?'}{query}"
    known = web.known(first)
    if _unchanged(web, known.get("pages", [])):
        return None
    with Pages(web, url) as pages:
        addresses = list(_follow(pages, first, options.crs))
        etags = [body.headers.get("etag") for body in pages.bodies]
        # The ETag of one page says nothing of the others: all are kept, or none.
        versions = list(zip(addresses, etags, strict=True)) if all(etags) else []
        web.remember(first, {"pages": versions, "content": pages.content})
        # A server writes the moment of asking into its answers: equal features are no news.
        if pages.content == known.get("content"):
            pages.discard()
            return None
        parts = [p for p in urlsplit(url).path.split("/") if p not in ("", "items")]
        return pages.piece(parts[-1] if parts else "items", {"crs": options.crs, "axes": axes_of(options.crs)})


def _unchanged(web: Web, pages: list[tuple[str, str]]) -> bool:
    """Whether the server still has every page as it was."""
    for url, etag in pages:
        got = web.get(url, headers=GEOJSON, etag=etag)
        if got is not None:
            got.path.unlink()
            return False
    return bool(pages)


def _follow(pages: Pages, first: str, crs: str) -> Iterator[str]:
    """Read all pages and yield their addresses. Raises FetchError unless they are complete."""
    url: str | None = first
    seen: set[str] = set()
    matched: int | None = None
    while url:
        if url in seen:
            raise fetch_error("a next link that leads back", url, "ask the publisher")
        seen.add(url)
        data = pages.read(url, headers=GEOJSON)
        features = listed(data, url)
        _check_system(data, pages.bodies[-1].headers, crs, url)
        matched = count_in(data, "numberMatched") if matched is None else matched
        following = _next(data, url)
        if not features:
            if following and pages.count != matched:
                raise fetch_error("an empty page with a next link", url, "ask the publisher")
            pages.discard(last=1)
            break
        pages.take(features, ids_of(features))
        yield url
        url = None if pages.enough else following
    pages.complete(matched)


def _next(data: dict[str, Any], url: str) -> str | None:
    links = data.get("links")
    known = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    found = [str(link.get("href") or "") for link in known if link.get("rel") == "next"]
    if not found:
        return None
    target = urljoin(url, found[0])
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise fetch_error("a next link to another server", target, "ask the publisher")
    return target


def _check_system(data: dict[str, Any], headers: dict[str, str], asked: str, url: str) -> None:
    """Raise FetchError when the answer says that it is in other coordinates than were asked."""
    header = headers.get("content-crs", "").strip("<> ")
    member = declared_crs(data)
    for told, either in ((header, False), (member, True)):
        if told and crs_code(told, lonlat=either) != crs_code(asked, lonlat=either):
            what = f"coordinates in {told} although {asked} was asked"
            raise fetch_error(what, url, "correct crs in the source spec")
