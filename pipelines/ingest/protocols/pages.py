"""The pages that hold one table together: delivered complete, or deleted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import EmptyAnswer, OtherShape, fetch_error
from pipelines.ingest.web.http import Fetched


class Pages:
    """Bodies of one table in the order they came; leaving by an error deletes them."""

    def __init__(self, web: Web, url: str) -> None:
        self.bodies: list[Fetched] = []
        self.ids: set[Any] = set()
        self.count = 0
        self._web, self._url = web, url
        self._digest, self._seen = hashlib.sha256(), set[str]()

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind:
            self.discard()

    def discard(self, last: int | None = None) -> None:
        """Delete the `last` bodies, or all."""
        keep = 0 if last is None else len(self.bodies) - last
        for body in self.bodies[keep:]:
            body.path.unlink(missing_ok=True)
        del self.bodies[keep:]

    def fetch(self, url: str, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Fetched:
        """The next body as it is. Raises FetchError."""
        got = self._web.get(url, params, **kwargs)
        assert got is not None, "only a request with an etag may be unchanged"
        self.bodies.append(got)
        return got

    def read(self, url: str, params: Mapping[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
        """The next body as a JSON object. Raises FetchError, also for an error that the server sent as a 200."""
        return parsed(self.fetch(url, params, **kwargs))

    def take(self, features: list[dict[str, Any]], ids: Iterable[Any]) -> None:
        """Count a page's features in. Raises FetchError when one of them, or the whole page, came before; an id
        of None is not compared."""
        # Without the id, which a server without keys makes up anew for each answer.
        bare = [json.dumps({**feature, "id": None}, sort_keys=True) for feature in features]
        page = hashlib.sha256("\n".join(bare).encode()).hexdigest()
        if page in self._seen:
            raise fetch_error("a page came twice", self._url, "ask the publisher how to ask for the next one")
        self._seen.add(page)
        for ident in ids:
            if ident is not None and ident in self.ids:
                advice = "refresh again, the rows shifted while they were read, or name a unique column to sort by"
                raise fetch_error(f"feature {quote(str(ident))} came twice", self._url, advice)
            self.ids.add(ident)
        for text in bare:
            self._digest.update(text.encode())
        self.count += len(bare)

    @property
    def enough(self) -> bool:
        """Whether the pages so far are enough for one who only looks."""
        return self._web.samples is not None and self.count > 0

    def complete(self, expected: int | None) -> None:
        """Raise FetchError unless as many rows came as the server counts, and at least one."""
        if expected is not None and self.count != expected and not self.enough:
            advice = "refresh again, and ask the publisher if it stays so"
            raise fetch_error(f"{self.count} rows came and the server counts {expected}", self._url, advice)
        if not self.count:
            todo = "look at the address in a browser and correct the source spec"
            raise fetch_error("no rows", self._url, todo, EmptyAnswer)

    @property
    def content(self) -> str:
        """sha256 of all features in order, however they lay in pages and whatever stood around them."""
        return self._digest.hexdigest()

    def piece(self, stem: str, facts: Mapping[str, str]) -> Piece:
        """All pages as one table, named after `stem`."""
        name = re.sub(r"[^\w-]+", "-", stem).strip("-") or "pagina"
        names = tuple(f"{name}-{n:04}.json" for n in range(1, len(self.bodies) + 1))
        return Piece(self._url, tuple(self.bodies), names, {"rows": str(self.count), **facts})


def ask(web: Web, url: str, params: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """A JSON object that is not part of the table, and its headers. Raises FetchError."""
    pages = Pages(web, url)
    try:
        return pages.read(url, params), pages.bodies[-1].headers
    finally:
        pages.discard()


def parsed(got: Fetched) -> dict[str, Any]:
    """A body as a JSON object. Raises FetchError, also for an error that the server sent as a 200."""
    try:
        data = json.loads(got.path.read_bytes())
    except (ValueError, RecursionError):
        raise fetch_error("not JSON", got.url, "look at the address in a browser", OtherShape) from None
    if not isinstance(data, dict):
        raise fetch_error("not a JSON object", got.url, "look at the address in a browser")
    if said := error_in(data):
        raise fetch_error(f"the server says {quote(said)}", got.url, "correct the query in the source spec")
    return data


def error_in(data: Mapping[str, Any]) -> str:
    """The text of an error that stands where data was expected; empty when there is none."""
    error = data.get("error")
    if isinstance(error, dict):
        details = error.get("details")
        more = map(str, details) if isinstance(details, list) else ()
        return " ".join([str(error.get("message") or error.get("code") or "error"), *more])
    if error is not None or "error_code" in data or "errorcode" in data:
        return str(data.get("message") or error or data.get("error_code") or data.get("errorcode"))
    return ""


def quote(text: str) -> str:
    """A server's own words, fit for one sentence."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split()).rstrip(".")
    return f"'{clean[:200]}'"


def count_in(data: Mapping[str, Any], key: str) -> int | None:
    """A count that stands in an answer; None when it is absent or not a number."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def listed(data: Mapping[str, Any], url: str) -> list[dict[str, Any]]:
    """The features of a page. Raises FetchError when they are not there, or not as many as the page says."""
    features = data.get("features")
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise fetch_error("an answer without features", url, "look at the address in a browser", OtherShape)
    returned = count_in(data, "numberReturned")
    if returned not in (None, len(features)):
        what = f"a page that says it holds {returned} features and holds {len(features)}"
        raise fetch_error(what, url, "refresh again, and ask the publisher if it stays so")
    return features


def ids_of(features: list[dict[str, Any]]) -> list[str | None]:
    """The ids of GeoJSON features, where they have one."""
    return [None if f.get("id") is None else str(f["id"]) for f in features]
