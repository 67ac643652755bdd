"""Subjects of a Swing databank over OData, page by page; both roots that databanks have are just the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pipelines.describe.options import SwingOdata
from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.ingest.web.asker import Piece, Web, all_or_none
from pipelines.ingest.web.connect import EmptyAnswer, FetchError, OtherShape, fetch_error
from pipelines.ingest.web.http import Fetched

MAX_PAGES = 50_000
ASK = "ask the manager of the databank"
# Together they tell one figure from another.
KEY = ("ExternalCode", "GeoLevel", "PeriodLevel", "Period")


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every variable at every level that changed; one that cannot be had does not stop the others."""
    options = spec.options
    assert isinstance(options, SwingOdata)
    for base in web.urls:
        for variable in options.variables:
            for level in options.levels:
                for period in options.periods:
                    with web.tolerating():
                        yield from _table(web, base, options, (variable, level, period))


def _table(web: Web, base: str, options: SwingOdata, which: tuple[str, str, str]) -> Iterator[Piece]:
    """The figures of a variable at a level, unless they seem to be those of the last time.

    A databank says nowhere when a variable changed. Its list of periods and the first figures of the most
    recent one show new figures cheaply; an older figure that was revised shows at the full look, which comes
    `full_days` after the last.
    """
    variable, level, period = which
    periods = _address(base, variable, level, options.period_level)
    url, part = f"{periods}({_name(period)})/Values", "/".join(which)
    seen = _look(web, periods)
    hint = web.known(url)
    if seen and seen == hint.get("seen"):
        age = now() - datetime.fromisoformat(hint["full"])
        if timedelta(0) <= age < timedelta(days=options.full_days):
            return
    bodies = _pages(web, url)
    names = tuple(f"{'-'.join(which)}-{number:05d}.json" for number in range(1, len(bodies) + 1))
    # The pages themselves do not say whose figures they hold.
    yield Piece(part, tuple(bodies), names, {"variable": variable, "level": level})
    web.remember(url, {"seen": seen, "full": now().isoformat()})


def _address(base: str, variable: str, level: str, period_level: str) -> str:
    return (
        f"{base.rstrip('/')}/Variables({_name(variable)})/GeoLevels({_name(level)})"
        f"/PeriodLevels({_name(period_level)})/Periods"
    )


def _name(text: str) -> str:
    """A name as OData quotes it in a path."""
    return "'" + quote(text.replace("'", "''"), safe="'") + "'"


def _look(web: Web, periods: str) -> list[str]:
    """Hashes of the list of periods and of the first recent figures; empty where the databank refuses so small
    a question, so that the full one is asked every time."""
    listed = web.get(periods)
    assert listed is not None
    listed.path.unlink()
    try:
        recent = web.get(f"{periods}('mrp')/Values", {"$top": "10"})
    except FetchError:
        return []
    assert recent is not None
    recent.path.unlink()
    return [listed.sha256, recent.sha256]


def _pages(web: Web, url: str) -> list[Fetched]:
    """All pages of an answer: by the links that the server gives, or else by skipping what is in hand.

    Raises FetchError when they do not make one whole: a figure that comes twice, a link that leads back or
    elsewhere.
    """
    bodies: list[Fetched] = []
    found: set[tuple[str, ...]] = set()
    link, visited, linked = url, {url}, False
    with all_or_none(bodies):
        while len(bodies) < MAX_PAGES:
            answer, got = web.json(link, {"$skip": str(len(found))} if found and not linked else None)
            bodies.append(got)
            rows, following = _rows(web, answer, url), answer.get("@odata.nextLink")
            if not rows and found and following is None:
                bodies.pop().path.unlink()
                return bodies
            _add(found, rows, url)
            if web.samples:
                return bodies
            if following is not None:
                link, linked = urljoin(got.final_url, str(following)), True
                if urlsplit(link)[:2] != urlsplit(url)[:2]:
                    raise fetch_error("the next page lies on another server", url, ASK)
                if link in visited:
                    raise fetch_error("the next page is one that was read before", url, ASK)
                visited.add(link)
            elif linked:
                return bodies
        raise fetch_error(f"more than {MAX_PAGES} pages", url, "ask fewer periods at a time")


def _rows(web: Web, answer: Any, url: str) -> list[dict[str, Any]]:
    rows = answer.get("value") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("ExternalCode") for row in rows):
        what = f"no list of figures with an ExternalCode but {web.said(answer)}"
        raise fetch_error(what, url, "look at the address in a browser", OtherShape)
    return rows


def _add(found: set[tuple[str, ...]], rows: list[dict[str, Any]], url: str) -> None:
    """Note the figures of a page. The first page may not be empty, and nothing may come twice."""
    if not rows and not found:
        todo = "check variable, level and period in the source spec"
        raise fetch_error("no figures at all", url, todo, EmptyAnswer)
    for row in rows:
        key = tuple(str(row.get(name)) for name in KEY)
        if key in found:
            what = f"the figure of {key[0]} in {key[3]} comes twice, so the pages overlap"
            raise fetch_error(what, url, "try again later, or ask the manager of the databank how it pages")
        found.add(key)
