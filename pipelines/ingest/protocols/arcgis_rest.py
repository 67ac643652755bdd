"""Layers of an ArcGIS server, page by page in the order of their object id, as many rows as the server counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from pipelines.describe.options import ArcgisRest
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.pages import Pages, ask, count_in, listed
from pipelines.ingest.read.records import inside
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import OtherShape, fetch_error

FALLBACK_PAGE = 2000
OUT_SR = 4326


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every layer that was edited since the last time; one that does not tell is read each time."""
    options = spec.options
    assert isinstance(options, ArcgisRest)
    for url in web.urls:
        with web.tolerating():
            if piece := _layer(web, url.rstrip("/"), options):
                yield piece


def _layer(web: Web, url: str, options: ArcgisRest) -> Piece | None:
    meta, _ = ask(web, url, {"f": "json"})
    _refuse_other_fields(meta, url, options)
    oid = options.order or _object_id(meta, url)
    fields = ",".join(dict.fromkeys([oid, *options.fields])) if options.fields else "*"
    query: dict[str, Any] = {"f": "json", "where": options.where, "outFields": fields, "returnGeometry": "false"}
    if options.geometry:
        query |= {"returnGeometry": "true", "outSR": OUT_SR}
    key = f"{url}?{urlencode(query)}"
    known = web.known(key)
    edited = inside(meta, "editingInfo").get("lastEditDate")
    if edited is not None and known.get("edited") == edited:
        return None
    counted, _ = ask(web, f"{url}/query", {"f": "json", "where": options.where, "returnCountOnly": "true"})
    count = count_in(counted, "count")
    if count is None:
        raise fetch_error("an answer without a count", f"{url}/query", "look at the address in a browser")
    with Pages(web, url) as pages:
        _Reader(pages, f"{url}/query", query, oid, count).read(meta, options.page)
        pages.complete(count)
        web.remember(key, {"edited": edited, "content": pages.content})
        if pages.content == known.get("content"):
            pages.discard()
            return None
        facts = {"edited": str(edited)} if edited is not None else {}
        if options.geometry:
            facts["crs"] = f"EPSG:{OUT_SR}"
        return pages.piece("-".join(urlsplit(url).path.split("/")[-3:]), facts)


def _refuse_other_fields(meta: dict[str, Any], url: str, options: ArcgisRest) -> None:
    """Raise FetchError where a layer that lists its fields lacks one that is asked."""
    there = _fields(meta)
    if there and (gone := [n for n in options.fields if n not in {f.get("name") for f in there}]):
        raise fetch_error(f"the layer has no field {gone[0]}", url, "correct fields in the source spec", OtherShape)


def _fields(meta: dict[str, Any]) -> list[dict[str, Any]]:
    fields = meta.get("fields")
    return [f for f in fields if isinstance(f, dict)] if isinstance(fields, list) else []


def _object_id(meta: dict[str, Any], url: str) -> str:
    typed = [f.get("name") for f in _fields(meta) if f.get("type") == "esriFieldTypeOID"]
    oid = meta.get("objectIdField") or (typed[0] if typed else None)
    if not oid:
        advice = "name a unique column of whole numbers as order in the source spec"
        raise fetch_error("a layer that names no object id", url, advice)
    return str(oid)


class _Reader:
    """Reads all pages: by offset, and by ranges of the object id where the server does not know offsets."""

    def __init__(self, pages: Pages, url: str, query: dict[str, Any], oid: str, count: int) -> None:
        self.pages, self.url, self.query, self.oid, self.count = pages, url, query, oid, count
        self.by_range = False

    def read(self, meta: dict[str, Any], page: int | None) -> None:
        most = count_in(meta, "maxRecordCount") or FALLBACK_PAGE
        advanced = inside(meta, "advancedQueryCapabilities")
        self.by_range = advanced.get("supportsPagination", meta.get("supportsPagination")) is False
        size = most if self.by_range else min(page or most, most)
        while True:
            data = self.pages.read(self.url, self._next_query(size))
            features = listed(data, self.url)
            more = bool(data.get("exceededTransferLimit"))
            ids = self._ids(features, data)
            if ids and self.pages.ids.issuperset(ids) and not self.by_range:
                # The server repeats what it sent before: it ignores resultOffset.
                self.pages.discard(last=1)
                self.by_range, size = True, most
                continue
            if not features:
                self.pages.discard(last=1)
                if more:
                    raise fetch_error("an empty page although there are more rows", self.url, "refresh again later")
                return
            self._check_system(data)
            self.pages.take(features, ids)
            # Old servers cut a page without the flag, so a short page ends nothing while rows are missing.
            if self.pages.enough or (not more and len(features) < size and self.pages.count >= self.count):
                return

    def _next_query(self, size: int) -> dict[str, Any]:
        query = self.query | {"orderByFields": self.oid}
        if not self.by_range:
            return query | {"resultOffset": self.pages.count, "resultRecordCount": size}
        # A server without pages refuses resultRecordCount: it sends as many as it wants.
        if not self.pages.ids:
            return query
        return query | {"where": f"({self.query['where']}) AND {self.oid} > {max(self.pages.ids)}"}

    def _ids(self, features: list[dict[str, Any]], data: dict[str, Any]) -> list[int]:
        names = (self.oid, str(data.get("objectIdFieldName")))
        rows = [inside(feature, "attributes") for feature in features]
        ids = [next((row[n] for n in names if n in row), None) for row in rows]
        if not all(isinstance(i, int) for i in ids):
            what = f"rows without a whole number in {self.oid}"
            raise fetch_error(what, self.url, "name the object id as order in the source spec")
        return ids

    def _check_system(self, data: dict[str, Any]) -> None:
        """Raise FetchError when the coordinates are not in the system that was asked for."""
        told = inside(data, "spatialReference")
        sent = [str(told[name]) for name in ("latestWkid", "wkid") if told.get(name) is not None]
        if "outSR" in self.query and sent and str(OUT_SR) not in sent:
            what = f"coordinates in {sent[0]} although {OUT_SR} was asked"
            raise fetch_error(what, self.url, "ask the publisher, or leave geometry out of the source spec")
