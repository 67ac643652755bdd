"""JSON-stat tables (Eurostat's statistics API), asked anew only when the publisher's own stamp has moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from pipelines.describe.options import Jsonstat
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.http_file import file_name
from pipelines.ingest.read.cube import Cube, read_cube
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.web.asker import Piece, Web, all_or_none
from pipelines.ingest.web.connect import EmptyAnswer, FetchError, OtherShape, UnknownCodes, fetch_error
from pipelines.ingest.web.http import Fetched

Params = list[tuple[str, str]]


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every table that changed since the last time; a table that cannot be had does not stop the others."""
    options = spec.options
    assert isinstance(options, Jsonstat)
    for url in web.urls:
        with web.tolerating():
            yield from _table(web, url, options)


def _table(web: Web, url: str, options: Jsonstat) -> Iterator[Piece]:
    """The table at an address, unless it is sure to be the one of the last time.

    An ETag is asked by the full query. Without one, `updated` tells: it dates the whole table, so a query for
    a single cell shows it, and where it dates the answer instead it differs every time. A figure that the
    publisher changes under an unchanged date is not seen.
    """
    asked: Params = [("format", "JSON"), ("lang", options.lang)]
    asked += [(dimension, code) for dimension, codes in options.query.items() for code in codes]
    asked += [("sinceTimePeriod", str(options.since))] if options.since is not None else []
    hint = web.known(url)
    if hint.get("asked") != urlencode(asked):
        hint = {}
    if hint.get("updated") and not hint.get("etag") and _stamp(web, url, hint["cell"]) == hint["updated"]:
        return
    got = web.get(url, asked, etag=hint.get("etag"))
    if got is None:
        return
    cube = _read(got, url, options)
    facts = {"updated": cube.updated} if cube.updated else {}
    noted: dict[str, Any] = {"asked": urlencode(asked), **facts}
    if etag := got.headers.get("etag"):
        noted["etag"] = etag
    elif cube.updated:
        noted["cell"] = _one_cell(cube, options)
    yield Piece(url, (got,), (f"{file_name(got)}.json",), facts)
    web.remember(url, noted)


def _one_cell(cube: Cube, options: Jsonstat) -> Params:
    """The query for one cell of a table: the first code of every dimension, the last period."""
    first = [(i, codes[0]) for i, codes in zip(cube.dimensions, cube.codes, strict=True) if i != "time"]
    return [("format", "JSON"), ("lang", options.lang), *first, ("lastTimePeriod", "1")]


def _stamp(web: Web, url: str, cell: Params) -> str | None:
    """The date that the table has at the publisher; None when the small query does not tell, for whatever
    reason: the full one that follows then says what is wrong."""
    try:
        got = web.get(url, [(name, code) for name, code in cell])
    except FetchError:
        return None
    assert got is not None
    try:
        return read_cube(got.path).updated or None
    except ParseError:
        return None
    finally:
        got.path.unlink()


def _read(got: Fetched, url: str, options: Jsonstat) -> Cube:
    """The table in a body; a body that is none, or that holds nothing, does not stay."""
    with all_or_none([got]):
        try:
            cube = read_cube(got.path, "the answer")
        except ParseError as err:
            what = str(err).partition(";")[0]
            raise fetch_error(what, url, "look at the address in a browser", OtherShape) from None
        if gone := [
            n for n, codes in zip(cube.dimensions, cube.codes, strict=True) if not codes and n in options.query
        ]:
            what, todo = f"none of the codes that are asked of {gone[0]} is in the table", "look up its codes"
            raise fetch_error(what, url, todo, UnknownCodes)
        if not cube.cells:
            raise fetch_error("the table is empty", url, "check the codes in the query of the source spec", EmptyAnswer)
    return cube
