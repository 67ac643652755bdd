"""Files at an address: per year where the address says so, through a page of links where the spec asks for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from pipelines.describe.options import HttpFile
from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import ASK, NotFound, fetch_error
from pipelines.ingest.web.http import Fetched

MAX_CHECKSUMS_BYTES = 1_000_000

_DIGEST = re.compile(r"(?<![0-9a-z])([0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-z])")


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every file that is new since the last time; a file that cannot be had does not stop the others. A year whose
    file does not lie there is missing, as long as another year's does."""
    options = spec.options
    assert isinstance(options, HttpFile)
    answered = False
    for url, year, optional in _expand(spec, web.urls):
        with web.tolerating():
            for address in _links(web, url, options.link) if options.link else [url]:
                try:
                    piece = take(web, address, checksum=options.checksum)
                except NotFound as err:
                    if optional:
                        continue
                    if year is None:
                        raise
                    web.missing[year] = str(err)
                    continue
                answered = True
                if piece:
                    yield piece
    if not answered:
        web.failed += web.missing.values()
        web.missing.clear()


def take(web: Web, url: str, facts: dict[str, str] | None = None, checksum: str | None = None) -> Piece | None:
    """One file as a piece; None when the server still has the version that was fetched last.

    `checksum` is the address of a sha256 or md5 file published beside it, with `{url}` for the file's own.
    Raises FetchError, also when the two disagree.
    """
    got = web.get(url, etag=web.known(url).get("etag"))
    if got is None:
        return None
    if checksum:
        try:
            _compare(web, got, checksum.replace("{url}", url))
        except BaseException:
            got.path.unlink()
            raise
    if etag := got.headers.get("etag"):
        web.remember(url, {"etag": etag, "sha256": got.sha256})
    return Piece(url, (got,), (file_name(got),), facts or {})


def _compare(web: Web, got: Fetched, url: str) -> None:
    """Hold a file against its published checksum: alone in the file, or on the line that names ours."""
    try:
        beside = web.get(url)
    except NotFound as error:
        # Not the file itself is absent, which for this year's is no news.
        advice = "look up where the checksums are now and correct checksum"
        raise fetch_error("no checksum lies there, the server answered 404", url, advice, status=404) from error
    assert beside is not None
    with beside.path.open("rb") as stream:
        lines = stream.read(MAX_CHECKSUMS_BYTES).decode("utf-8", "replace").lower().splitlines()
    beside.path.unlink()
    found = [(line, match[0]) for line in lines if (match := _DIGEST.search(line))]
    ours = [(line, digest) for line, digest in found if file_name(got).lower() in re.split(r"[\s*()/\\]+", line)]
    digests = {digest for _, digest in (ours if len(found) > 1 else found)}
    if len(digests) != 1:
        raise fetch_error(f"{len(digests)} checksums for {file_name(got)} in this file", url, "correct checksum")
    (published,) = digests
    if published != (got.sha256 if len(published) == 64 else _md5(got.path)):
        raise fetch_error(f"the file {file_name(got)} disagrees with its checksum", url, f"try again later or {ASK}")


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def file_name(got: Fetched) -> str:
    """The publisher's name of a file, from the address where it was found."""
    return Path(unquote(urlsplit(got.final_url).path)).name or "download"


def _expand(spec: Dataset, urls: list[str]) -> list[tuple[str, int | None, bool]]:
    """Addresses per year for `{jaar}`, from the first year that is described until this one, and per month where
    they say `{maand}` (01 to 12). `{volgend_jaar}` beside it makes a school year.

    What may not be published yet is optional: this year (or the school year that began last year), the two months
    before this one, and the months of the first year, which a series may begin in the middle of. An address of one
    whole year comes with that year.
    """
    return [found for url in urls for found in _dated(url, spec.dekking.vanaf)]


def _dated(url: str, first: int) -> Iterator[tuple[str, int | None, bool]]:
    today = now()
    if "{jaar}" not in url:
        yield url, None, False
        return
    for year in range(first, today.year + 1):
        names = {"jaar": year, "volgend_jaar": year + 1}
        if "{maand}" not in url:
            late = year == today.year or ("{volgend_jaar}" in url and year + 1 == today.year)
            yield url.format(**names), year, late
            continue
        for month in range(1, 13 if year < today.year else today.month + 1):
            months_ago = (today.year - year) * 12 + today.month - month
            yield url.format(**names, maand=f"{month:02d}"), None, months_ago <= 2 or year == first


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _links(web: Web, page: str, pattern: str) -> list[str]:
    """The links of a page that match; none is an error, because the page has changed then."""
    got = web.get(page, expect_html=True)
    assert got is not None
    parser = _Links()
    parser.feed(got.path.read_text(encoding="utf-8", errors="replace"))
    got.path.unlink()
    found = [urljoin(got.final_url, link).partition("#")[0] for link in parser.found]
    matching = list(dict.fromkeys(link for link in found if re.search(pattern, unquote(link))))
    if not matching:
        what, todo = f"none of its {len(found)} links matches {pattern}", "look at the page and correct link"
        raise fetch_error(what, page, todo, NotFound)
    return matching
