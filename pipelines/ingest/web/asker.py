"""What every protocol has in hand: bounded requests, hints from the last time, and pieces to deliver."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from pipelines.config import Http
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.web.answers import without_keys
from pipelines.ingest.web.connect import FetchError, HttpSettings, Unreachable, fetch_error, origin
from pipelines.ingest.web.http import Fetched, download


@dataclass(frozen=True)
class Piece:
    """One table of a source, complete: the bodies that hold it together, in order.

    `part` names it within its dataset and never changes (an address, a time window). `facts` enter the
    manifest beside what every body says of itself.
    """

    part: str
    bodies: tuple[Fetched, ...]
    names: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def all_or_none(bodies: Iterable[Fetched]) -> Iterator[None]:
    """Delete the bodies, also those added meanwhile, when what they should hold together does not get whole."""
    try:
        yield
    except BaseException:
        for body in bodies:
            body.path.unlink(missing_ok=True)
        raise


class Web:
    """Requests for one dataset within the limits of this installation.

    `urls` are the addresses of the spec, or those that obmi.toml puts in their place. Bodies land in the
    home's tmp folder. `hints` is what was remembered at the last delivery; `remember` is kept once what was
    fetched has been stored. `failed` collects one sentence per piece that could not be had, `missing` one per year
    that the publisher does not have. `samples` is set for one who only looks: a first page, or so many rows of a
    table, is enough.
    """

    samples: int | None = None

    def __init__(self, spec: Dataset, urls: Sequence[str], home: Home, http: Http, hints: Mapping[str, Any]) -> None:
        self.urls = list(urls)
        self.hints = dict(hints)
        self.remembered: dict[str, Any] = {}
        self.failed: list[str] = []
        self.missing: dict[int, str] = {}
        self._spec = spec
        self._silent: set[str | None] = set()
        self._into = home.tmp
        hosts = {urlsplit(url).hostname or "" for url in [*urls, *(f"https://{h}" for h in spec.hosts)]}
        self.settings = HttpSettings(
            allowed_hosts=frozenset(hosts | set(http.allowed_hosts)),
            allow_loopback=http.loopback,
            deadline_s=http.deadline_s,
            max_bytes=http.max_bytes,
            attempts=http.attempts,
        )

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        etag: str | None = None,
        expect_html: bool = False,
    ) -> Fetched | None:
        """The complete body at an address, by POST when there is a `body`; None when the server still has
        version `etag`. The dataset's secret goes along as its header, to the origins of `urls` alone: a link or
        a catalogue may lead to another. Raises FetchError."""
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
        host = urlsplit(url).hostname
        if host in self._silent:
            raise fetch_error(f"host {host!r} gave no answer just before", url, "try again later")
        sent = {**(headers or {}), **self._secret(url)}
        try:
            return download(url, self._into, self.settings, etag, headers=sent, body=body, expect_html=expect_html)
        except Unreachable:
            self._silent.add(host)  # a year more of the same publisher is not worth five attempts more
            raise

    def json(self, url: str, params: Any = None, **kwargs: Any) -> tuple[Any, Fetched]:
        """A JSON answer and the body it came from. Raises FetchError when it is not JSON."""
        got = self.get(url, params, **kwargs)
        assert got is not None, "only a request with an etag may be unchanged"
        try:
            return json.loads(got.path.read_bytes()), got
        except (ValueError, RecursionError):
            got.path.unlink()
            raise fetch_error("not JSON", url, "look at the address in a browser") from None

    def said(self, answer: Any) -> str:
        """What a server answered instead of data: JSON of at most 100 characters, without the dataset's key."""
        return self.hide(json.dumps(answer, ensure_ascii=False))[:100]

    def hide(self, text: str) -> str:
        """A text with stars for the dataset's key, and for what stands behind a question mark in its addresses."""
        key = os.environ.get(self._spec.secret.env) if self._spec.secret else None
        for secret in (key, *(urlsplit(url).query for url in self.urls)):
            text = text.replace(secret, "***") if secret else text
        return text

    def known(self, key: str) -> Any:
        """The hint of the last time; an empty one where there is none."""
        return self.hints.get(without_keys(key), {})

    def remember(self, key: str, value: Any) -> None:
        """Keep a hint for the next time."""
        self.remembered[without_keys(key)] = value

    @contextlib.contextmanager
    def tolerating(self) -> Iterator[None]:
        """Note that one piece could not be had, and go on with the next."""
        try:
            yield
        except FetchError as err:
            self.failed.append(str(err))

    def _secret(self, url: str) -> dict[str, str]:
        secret = self._spec.secret
        if secret is None or not self._is_ours(url):
            return {}
        value = os.environ.get(secret.env)
        if not value:
            what = f"needs a key in the environment variable {secret.env}"
            raise fetch_error(what, url, "ask the publisher for one", status=401)
        return {secret.header: value}

    def _is_ours(self, url: str) -> bool:
        try:
            return origin(url) in [origin(own) for own in self.urls]
        except ValueError:
            return False  # the download refuses it, with a sentence
