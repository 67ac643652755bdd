"""Whole datasets of an Opendatasoft portal: metadata first, then one export that must hold every record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote as escape
from urllib.parse import urlsplit

from pipelines.describe.options import Opendatasoft
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.pages import Pages, ask, count_in, error_in, quote
from pipelines.ingest.read.records import inside
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import NotFound, fetch_error

API = "/api/explore/v2.1/catalog/datasets/"
PINNED = {"use_labels": "false", "lang": "nl", "timezone": "Europe/Brussels"}
FACTS = ("publisher", "license", "license_url", "modified", "data_processed", "records_count")
INTERRUPTED = b"Streaming interrupted due to the following error"
TAIL_BYTES = 4096

# A quota belongs to this machine and a portal, so it is shared by all datasets of a run.
_spent: dict[str, datetime] = {}


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """The dataset of every portal address, where it was processed anew since the last time."""
    options = spec.options
    assert isinstance(options, Opendatasoft)
    for portal in web.urls:
        with web.tolerating():
            if piece := _dataset(web, portal.rstrip("/") + API + escape(options.dataset, safe=""), options):
                yield piece


def _dataset(web: Web, url: str, options: Opendatasoft) -> Piece | None:
    meta, quota = _metadata(web, url, options.dataset)
    processed = meta.get("data_processed") or meta.get("modified")
    key = f"{url}#{options.export}#{options.where or ''}"
    if processed and web.known(key) == processed:
        return None
    expected = count_in(meta, "records_count")
    if options.where or expected is None:
        selected = {"where": options.where} if options.where else {}
        counted, left = _ask(web, f"{url}/records", {"limit": 0, **selected})
        expected, quota = count_in(counted, "total_count"), quota | left
    if expected is None:
        raise fetch_error("a portal that does not say how many records there are", url, "ask the publisher")
    params = dict(PINNED)
    if options.export == "csv":
        params["delimiter"] = ";"
    if options.where:
        params["where"] = options.where
    if web.samples:
        params["limit"], expected = str(web.samples), min(expected, web.samples)
    export = f"{url}/exports/{options.export}"
    with Pages(web, export) as pages:
        _refuse_when_spent(export)
        got = pages.fetch(export, params)
        quota |= _quota(export, got.headers)
        _whole_export(got.path, export, options.export)
        found = _count(got.path, export, options.export)
        pages.count = found
        pages.complete(expected)
    if processed:
        web.remember(key, processed)
    facts = {name: str(meta[name]) for name in FACTS if meta.get(name) is not None}
    return Piece(url, (got,), (f"{options.dataset}.{options.export}",), {**facts, **quota, "rows": str(found)})


def _metadata(web: Web, url: str, dataset: str) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        data, quota = _ask(web, url, {})
    except NotFound:
        what = f"the portal has no dataset {dataset}"
        raise fetch_error(what, url, "look up its id in the portal's catalogue, ids get renamed", NotFound) from None
    default = dict(inside(inside(data, "metas"), "default"))
    if not default:
        raise fetch_error("an answer without metas.default", url, "look at the address in a browser")
    return default, quota


def _ask(web: Web, url: str, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    _refuse_when_spent(url)
    data, headers = ask(web, url, params)
    return data, _quota(url, headers)


def _refuse_when_spent(url: str) -> None:
    until = _spent.get(urlsplit(url).netloc)
    if until and datetime.now(UTC) < until:
        what = f"the portal's quota of requests is used up until {until:%Y-%m-%d %H:%M} UTC"
        raise fetch_error(what, url, "refresh again after that")


def _quota(url: str, headers: dict[str, str]) -> dict[str, str]:
    """Note a used up quota, as a fact and against further requests."""
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return {}
    until = _reset(headers.get("x-ratelimit-reset", ""))
    _spent[urlsplit(url).netloc] = until
    return {"quota_used_up_until": until.isoformat(timespec="seconds")}


def _reset(text: str) -> datetime:
    """When a quota returns: an epoch or an ISO date, and otherwise the next midnight (UTC), as quotas are daily."""
    try:
        if re.fullmatch(r"[0-9]{9,11}", text.strip()):
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whole_export(path: Path, url: str, kind: str) -> None:
    """Raise FetchError for an error text that came in place of rows, or after some of them, under a 200."""
    with path.open("rb") as stream:
        head = stream.read(TAIL_BYTES)
        stream.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        tail = stream.read()
    if INTERRUPTED in tail:
        said = tail[tail.index(INTERRUPTED) :].decode("utf-8", "replace")
        raise fetch_error(f"the export broke off, {quote(said)}", url, "refresh again later")
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{") and len(head) < TAIL_BYTES:
        try:
            data = json.loads(head.decode("utf-8-sig"))
        except ValueError:
            return  # several lines of JSON, or no JSON at all
        if kind != "jsonl" or "error_code" in data or "errorcode" in data:
            raise fetch_error(f"no rows but {quote(error_in(data) or 'JSON')}", url, "correct the source spec")


def _count(path: Path, url: str, kind: str) -> int:
    """Rows of an export, read as a stream. Raises FetchError when it is not of its kind."""
    if kind == "parquet":
        import pyarrow
        import pyarrow.parquet as pq

        try:
            return pq.read_metadata(path).num_rows
        except (pyarrow.ArrowException, OSError):
            raise fetch_error("not a complete Parquet file", url, "refresh again, or use another export") from None
    with path.open("rb") as stream:
        if kind == "csv":
            return max(_csv_records(stream) - 1, 0)
        rows = [line.strip().startswith(b"{") and line.strip().endswith(b"}") for line in stream if line.strip()]
    if not all(rows):
        raise fetch_error("a line that is no JSON object", url, "refresh again, or use another export")
    return len(rows)


def _csv_records(lines: Iterator[bytes]) -> int:
    """Records of a CSV: a line break inside quotes does not end one, and a blank line is none."""
    records, quoted = 0, False
    for line in lines:
        quoted ^= line.count(b'"') % 2 == 1
        if not quoted and line.strip():
            records += 1
    return records
