"""Ask an address kindly for a first page, and read it as a refresh would; nothing is stored."""

from __future__ import annotations

import contextlib
import importlib
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import duckdb

from pipelines.config import Http
from pipelines.describe.options import HttpFile
from pipelines.describe.specs import Dataset
from pipelines.home import Home, now
from pipelines.ingest.read.errors import EmptyFile, OtherCodes, OtherHeader, ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.tables import open_tables
from pipelines.ingest.unforeseen import unforeseen
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import (
    EmptyAnswer,
    FetchError,
    NotFound,
    OtherShape,
    Slow,
    UnknownCodes,
    Unreachable,
    fetch_error,
    safe_url,
)
from pipelines.ingest.web.http import Fetched

AGENT = "obmi"  # as robots.txt names it
ROWS = 1000  # of a table that a server cuts itself
MOST_BYTES = 50_000_000  # of a file that can only be had whole
SLOW_S = 60.0
BACK = 6  # years or months that are tried, the newest first
AS_DESCRIBED, MOVED, HEADER, CODES = "zoals beschreven", "verhuisd", "andere kop", "andere codes"
EMPTY, SLOW, GONE, REFUSED, UNREADABLE = "leeg", "te traag", "onbereikbaar", "geweigerd", "onleesbaar"
# The most telling first: of an address with years one may be absent while another is slow.
KINDS: Sequence[tuple[type[Exception], str]] = (
    (NotFound, MOVED),
    (EmptyAnswer, EMPTY),
    (EmptyFile, EMPTY),
    (OtherShape, HEADER),
    (OtherHeader, HEADER),
    (OtherCodes, CODES),
    (UnknownCodes, CODES),
    (Slow, SLOW),
    (Unreachable, GONE),
)
# What GeoServer, ArcGIS and Eurostat say in words alone, under a 200 or a 400.
SAID: Sequence[tuple[str, str]] = (
    (r"Feature type \S+ unknown|Layer not found|Service .*not found", MOVED),
    (r"Requested property: \S+ is not available|INVALID_QUERY_DIMENSION:", HEADER),
    (r"INVALID_QUERY_DIMENSION_VALUE:", CODES),
    (r"said: 100 No results found", EMPTY),
)


@dataclass(frozen=True)
class Look:
    """What an address gave: an outcome with its reason, and the table where it could be read."""

    outcome: str
    reason: str = ""
    url: str = ""
    table: ParsedTable | None = None


class Visits:
    """What is remembered of every host in one run: its robots.txt, and when it was asked last."""

    def __init__(self, pause_s: float = 1.0) -> None:
        self.pause_s = pause_s
        self.robots: dict[str, RobotFileParser | None] = {}
        self.asked: dict[str, float] = {}


class _Looking(Web):
    """Requests of one who only looks: one at a time, with a pause per host, and nothing that robots.txt forbids."""

    samples = ROWS

    def __init__(self, spec: Dataset, urls: Sequence[str], home: Home, http: Http, visits: Visits) -> None:
        super().__init__(spec, urls, home, http, {})
        self.settings = replace(
            self.settings,
            deadline_s=min(SLOW_S, http.deadline_s),
            max_bytes=min(MOST_BYTES, http.max_bytes),
            attempts=1,
        )
        self.errors: list[FetchError] = []
        self._visits = visits

    def get(self, url: str, *args: Any, **kwargs: Any) -> Fetched | None:
        """The body at an address, where its host lets a program ask for it."""
        host = urlsplit(url)._replace(path="/robots.txt", query="", fragment="").geturl()
        if host not in self._visits.robots:
            self._visits.robots[host] = self._robots(host)
        robots = self._visits.robots[host]
        if robots is not None and not robots.can_fetch(AGENT, url):
            raise fetch_error("robots.txt of this host forbids it", url, "ask the publisher", FetchError, 403)
        delay = float(robots.crawl_delay(AGENT) or 0) if robots else 0
        self._wait(host, max(self._visits.pause_s, min(delay, SLOW_S)) if self._visits.pause_s else 0)
        return super().get(url, *args, **kwargs)

    @contextlib.contextmanager
    def tolerating(self) -> Iterator[None]:
        """Keep what went wrong as it is."""
        try:
            yield
        except FetchError as err:
            self.errors.append(err)

    def _robots(self, url: str) -> RobotFileParser | None:
        """What a host forbids; nothing where it has no such file, as most have none, or does not give it."""
        self._wait(url, self._visits.pause_s)
        try:
            got = super().get(url)
        except Unreachable:
            raise
        except FetchError:
            return None
        assert got is not None
        found = RobotFileParser(url)
        found.parse(got.path.read_text(encoding="utf-8", errors="replace").splitlines())
        got.path.unlink()
        return found

    def _wait(self, host: str, pause_s: float) -> None:
        since = time.monotonic() - self._visits.asked.get(host, -pause_s)
        time.sleep(max(pause_s - since, 0))
        self._visits.asked[host] = time.monotonic()


def take_look(
    con: duckdb.DuckDBPyConnection, spec: Dataset, urls: Sequence[str], home: Home, http: Http, visits: Visits
) -> Look:
    """A first page of a dataset, read by its description; needs the register of areas in the connection. Bodies lie
    in the tmp folder of `home`, which the caller throws away."""
    if spec.protocol == "drop":
        spec = spec.model_copy(update={"protocol": "http_file", "options": HttpFile()})
    asked = list(_newest_first(spec, urls)) if spec.protocol == "http_file" else list(urls)
    web = _Looking(spec, asked, home, http, visits)
    protocol = importlib.import_module(f"pipelines.ingest.protocols.{spec.protocol}")
    try:
        with web.tolerating():
            piece = next(protocol.collect(spec, web), None)
            if piece is not None:
                return _read(con, spec, piece, home)
    except Exception as err:  # noqa: BLE001 (whatever a publisher answers, the next one is asked too)
        return Look(UNREADABLE, unforeseen(home, f"{spec.id}: the answer cannot be read", err, hide=web.hide))
    return _failed(web.errors)


def _newest_first(spec: Dataset, urls: Sequence[str]) -> Iterator[str]:
    """The addresses of the newest years, or of the newest months, in place of those with a year in them."""
    today = now()
    for url in urls:
        if "{jaar}" not in url:
            yield url
            continue
        for back in range(BACK):
            months = today.year * 12 + today.month - 1 - back
            year, month = (months // 12, months % 12 + 1) if "{maand}" in url else (today.year - back, 1)
            if year >= spec.dekking.vanaf:
                yield url.format(jaar=year, volgend_jaar=year + 1, maand=f"{month:02d}")


def _failed(errors: Sequence[FetchError]) -> Look:
    """What errors together say; the last one is of the oldest year that was tried."""
    if not errors:
        return Look(EMPTY, "the address answered, and gave nothing to read")
    telling = next((e for e in errors if not isinstance(e, NotFound)), errors[0])
    return Look(_outcome(telling), str(telling))


def _outcome(error: Exception) -> str:
    if isinstance(error, FetchError) and (said := [o for words, o in SAID if re.search(words, str(error))]):
        return said[0]
    found = next((outcome for kind, outcome in KINDS if isinstance(error, kind)), "")
    if found or not isinstance(error, FetchError):
        return found or UNREADABLE
    if error.status in (401, 403, 429):
        return REFUSED
    return MOVED if error.status in (301, 302, 410) else GONE if error.status else UNREADABLE


def _read(con: duckdb.DuckDBPyConnection, spec: Dataset, piece: Piece, home: Home) -> Look:
    where = safe_url(piece.bodies[0].final_url)
    try:
        files = [(body.path, name) for body, name in zip(piece.bodies, piece.names, strict=True)]
        tables = open_tables(spec, files, home.tmp, piece.bodies[0].fetched_at)
        return Look(AS_DESCRIBED, "", where, parse(con, spec, tables, "staal", Path(home.tmp)))
    except ParseError as err:
        return Look(_outcome(err), str(err), where)
