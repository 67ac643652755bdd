"""Measurements of sensors, window by window: a window that is over is fetched once and not asked again."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipelines.describe.options import Sensor
from pipelines.describe.specs import Dataset
from pipelines.home import now
from pipelines.ingest.web.asker import Piece, Web, all_or_none
from pipelines.ingest.web.connect import EmptyAnswer, FetchError, NotFound, OtherShape, UnknownCodes, fetch_error
from pipelines.ingest.web.http import Fetched

LAST = dt.timedelta(milliseconds=1)


class Window(NamedTuple):
    """A stretch of time in UTC; `end` is the first moment that is not part of it."""

    start: dt.datetime
    end: dt.datetime


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """Every window that is over and not in hand, per series in order of time.

    A window that cannot be had stops the later ones of its series, and leaves those before it and the other
    series alone; the next refresh goes on there. So it does where the deadline cuts a long history short.
    """
    options = spec.options
    assert isinstance(options, Sensor)
    end = time.monotonic() + web.settings.deadline_s
    pause_s = 0.0
    for base in web.urls:
        for series in options.series:
            key = f"{base} {options.api} {series} {options.since} {options.window_days}"
            done = {"windows": 0, "measurements": 0, **web.known(key)}
            with web.tolerating():
                for window in _windows(options)[-1 if web.samples else done["windows"] :]:
                    if time.monotonic() + pause_s > end:
                        what = f"not all windows of series {series} within {web.settings.deadline_s:g} s"
                        raise fetch_error(what, base, f"the next refresh goes on from {window.start:%Y-%m-%d}")
                    time.sleep(pause_s)
                    pause_s = options.pause_s
                    got, count = _ask(web, base, options.api, series, window)
                    if count:
                        yield _piece(series, window, got)
                    else:  # a sensor that was off; there is no table to read
                        got.path.unlink()
                    done = {"windows": done["windows"] + 1, "measurements": done["measurements"] + count}
                    web.remember(key, done)
                if done["windows"] and not done["measurements"]:
                    what = f"series {series} has no measurement since {options.since}"
                    raise fetch_error(what, base, "check the number of the series", EmptyAnswer)


def _windows(options: Sensor) -> list[Window]:
    """The windows since the start that are over and have settled."""
    step, settle = dt.timedelta(days=options.window_days), dt.timedelta(days=options.settle_days)
    start = dt.datetime.combine(options.since, dt.time(), dt.UTC)
    found = []
    while start + step + settle <= now():
        found.append(Window(start, start + step))
        start += step
    return found


def _piece(series: str, window: Window, got: Fetched) -> Piece:
    part = f"{series} {window.start:%Y-%m-%d}/{window.end:%Y-%m-%d}"
    return Piece(part, (got,), (f"{series}-{window.start:%Y%m%d}.json",), {"series": series})


def _ask(web: Web, base: str, api: str, series: str, window: Window) -> tuple[Fetched, int]:
    """The body of one window, and how many measurements are in it. Raises FetchError."""
    start, last = window.start, window.end - LAST
    if api == "telraam":
        url = f"{base.rstrip('/')}/reports/traffic"
        asked: dict[str, Any] = {"level": "segments", "format": "per-hour", "id": series}
        asked |= {"time_start": f"{start:%Y-%m-%d %H:%M:%S}Z", "time_end": f"{last:%Y-%m-%d %H:%M:%S}Z"}
    else:
        url = f"{base.rstrip('/')}/timeseries/getData"
        asked = {"timespan": f"{_iso(start)}/{_iso(last)}", "timeseries": [series]}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer, got = web.json(url, headers=headers, body=json.dumps(asked).encode())
    except NotFound:
        if _answers(web, base):
            what = f"series {series} is not known there"
            raise fetch_error(what, url, "look up the number of the series", UnknownCodes, 404) from None
        raise
    with all_or_none([got]):
        moments = _moments(web, answer, api, series, url)
        if outside := [m for m in moments if not window.start <= m < window.end]:
            what = f"series {series} answers with {outside[0]:%Y-%m-%d %H:%M}, outside the window {_iso(start)}"
            raise fetch_error(what, url, "ask the publisher how a window is asked")
        if len(set(moments)) != len(moments):
            raise fetch_error(f"series {series} has a moment twice in window {_iso(start)}", url, "ask the publisher")
    return got, len(moments)


def _answers(web: Web, base: str) -> bool:
    """Whether the service itself is where it was."""
    try:
        got = web.get(base)
    except FetchError:
        return False
    assert got is not None, "only a request with an etag may be unchanged"
    got.path.unlink()
    return True


def _iso(moment: dt.datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def _moments(web: Web, answer: Any, api: str, series: str, url: str) -> list[dt.datetime]:
    """When each measurement of an answer was taken, in UTC."""
    said = answer if isinstance(answer, dict) else {}
    if api == "telraam" and said.get("status_code", 200) != 200:
        what = f"series {series}: the answer says {said['status_code']}, {web.said(said.get('message'))}"
        raise fetch_error(what, url, "check the number of the series and the key")
    try:
        held = said["report"] if api == "telraam" else said[series]["values"]
        if api == "telraam":
            # astimezone would take a moment without an offset for this machine's own time.
            moments = [dt.datetime.fromisoformat(row["date"]) for row in held]
            if any(moment.tzinfo is None for moment in moments):
                raise ValueError
            return moments
        return [dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=row["timestamp"]) for row in held]
    except (TypeError, KeyError, ValueError, OverflowError):
        what = f"series {series}: no list of measurements but {web.said(answer)}"
    raise fetch_error(what, url, "look at the answer by hand", OtherShape)
