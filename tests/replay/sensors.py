"""Sensor servers in small, over made-up measurements: Telraam's reports and a 52North SOS."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from tests.replay.server import Answer, Asked, as_json

HOUR = dt.timedelta(hours=1)


@dataclass
class Sensors:
    """Hourly measurements of made-up series; `trouble` gives the answer to a window instead (by its first day)."""

    series: tuple[str, ...] = ("9000001435", "7029")
    since: str = "2026-01-01"
    key: str | None = None
    trouble: dict[str, list[Answer]] = field(default_factory=dict)
    ignores_window: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    def reply(self, asked: Asked) -> Answer:
        """Answer to POST …/reports/traffic (Telraam) and POST …/timeseries/getData (SOS)."""
        if self.key and asked.headers.get("x-api-key") != self.key:
            return as_json({"message": "Forbidden"}, 403)
        body = json.loads(asked.body)
        is_telraam = asked.path.endswith("/reports/traffic")
        span = (body["time_start"], body["time_end"]) if is_telraam else body["timespan"].split("/")
        start, end = (dt.datetime.fromisoformat(moment) for moment in span)
        answers = self.trouble.get(f"{start:%Y-%m-%d}")
        if answers:
            return answers.pop(0)
        if self.ignores_window:
            start, end = start - dt.timedelta(days=7), start
        series = body["id"] if is_telraam else body["timeseries"][0]
        known = series in self.series
        start = max(start, dt.datetime.fromisoformat(f"{self.since}T00:00:00Z"))
        hours = [start + n * HOUR for n in range(int((end - start) / HOUR) + 1)] if known and start <= end else []
        if is_telraam:
            return as_json(
                {"status_code": 200, "message": "ok", "report": [_report(series, h) | self.more for h in hours]}
            )
        values = [{"timestamp": int(h.timestamp() * 1000), "value": None if h.hour == 3 else 20.50} for h in hours]
        return as_json({series: {"values": values}})


def _report(series: str, hour: dt.datetime) -> dict[str, Any]:
    awake = 6 <= hour.hour < 22
    return {
        "segment_id": int(series),
        "date": f"{hour:%Y-%m-%dT%H:%M:%S}.000Z",
        "hour": hour.hour,
        "uptime": 0.75 if awake else 0,
        "heavy": 1.5 if awake else None,
        "car": 120.25 if awake else None,
        "bike": 40 if awake else None,
        "pedestrian": None,
        "v85": 46.0 if awake else None,
    }
