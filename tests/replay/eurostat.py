"""Eurostat in small: the statistics API (JSON-stat 2.0) and an SDMX flow, over made-up figures."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.replay.server import Answer, Asked, as_json

# As Eurostat's SDMX service says that there is no such flow, and that a question has no answer: its fault codes.
FAULT = '<S:Fault xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>{}</faultcode><faultstring>{}</faultstring>'
NO_FLOW = FAULT.format(100, "The requested resource is not available.") + "</S:Fault>"
NO_RESULTS = FAULT.format(100, "No results found. The result from the query is empty.") + "</S:Fault>"
LABELS = "made up for a test, and as long as the labels of real cities in three languages are"


@dataclass
class Eurostat:
    """One table of made-up figures; switches play what the real server does wrong."""

    cities: list[str] = field(default_factory=lambda: [f"BE{n:03d}C" for n in range(1, 201)])
    years: list[str] = field(default_factory=lambda: [str(year) for year in range(1985, 2025)])
    updated: str = "2026-06-01T11:00:00+0200"
    stamps_the_query: bool = False
    held: dict[str, list[str]] | None = None
    etag: str | None = None
    busy: int = 0
    body: dict[str, Any] | None = None

    def reply(self, asked: Asked) -> Answer:
        """Answer as `…/statistics/1.0/data/{dataset}` does."""
        if self.busy:
            self.busy -= 1
            label = "Your request will be treated asynchronously. Please try again later."
            return as_json({"error": [{"status": 413, "label": label}]}, 413)
        if self.etag and asked.headers.get("if-none-match") == self.etag:
            return Answer(status=304, headers={"ETag": self.etag})
        filters = {
            k: v for k, v in asked.query.items() if k not in ("format", "lang", "sinceTimePeriod", "lastTimePeriod")
        }
        whole = self.held or {"freq": ["A"], "indic_ur": ["DE1001V"], "cities": self.cities, "time": self.years}
        for name in filters:
            if name not in whole:
                what = "INVALID_QUERY_DIMENSION: Query is invalid as per its structure's definition."
                return as_json(
                    {"error": [{"status": 400, "label": f'{what} Dimension "{name.upper()}" is not defined'}]}, 400
                )
        years = [year for year in whole["time"] if year >= asked.one("sinceTimePeriod", "0")]
        if last := asked.one("lastTimePeriod"):
            years = years[-int(last) :]
        held = whole | {"time": years}
        kept = {name: [c for c in codes if c in filters.get(name, codes)] for name, codes in held.items()}
        headers = {"ETag": self.etag} if self.etag else {}
        return as_json(self.body or self._cube(kept, bool(last)), 200, **headers)

    def figure(self, codes: dict[str, str]) -> float | None:
        """The made-up value of a cell; None where it has none."""
        city, year = int(codes["cities"][2:5]), int(codes["time"])
        return city * 1000 + year - 2000 if (city + year) % 7 else None

    def _cube(self, kept: dict[str, list[str]], small: bool) -> dict[str, Any]:
        value: dict[str, Any] = {}
        status = {}
        for flat, codes in enumerate(itertools.product(*kept.values())):
            named = dict(zip(kept, codes, strict=True))
            if (figure := self.figure(named)) is not None:
                value[str(flat)] = figure
            elif int(named["time"]) % 2:
                status[str(flat)] = ":"
        dimension = {
            name: {
                "label": name,
                "category": {"index": {c: i for i, c in enumerate(codes)}, "label": dict.fromkeys(codes, LABELS)},
            }
            for name, codes in kept.items()
        }
        updated = f"{self.updated}{' of this query' if self.stamps_the_query and small else ''}"
        head = {"version": "2.0", "class": "dataset", "label": "Made-up figures", "source": "ESTAT", "updated": updated}
        return {
            **head,
            "id": list(kept),
            "size": [len(c) for c in kept.values()],
            "dimension": dimension,
            "value": value,
            "status": status,
        }


@dataclass
class SdmxFlow:
    """One flow of made-up figures; XML unless CSV is asked for."""

    etag: str | None = '"flow-1"'
    modified: str | None = None
    rows: int = 500
    text: str = ""
    csv: bool = True

    def reply(self, asked: Asked) -> Answer:
        """Answer as `…/data/{flow}/{key}` does."""
        marks = {"ETag": self.etag} if self.etag else {}
        marks |= {"Last-Modified": self.modified} if self.modified else {}
        if self.etag and asked.headers.get("if-none-match") == self.etag:
            return Answer(status=304, headers=marks)
        if self.modified and asked.headers.get("if-modified-since") == self.modified:
            return Answer(status=304, headers=marks)
        wanted = asked.headers.get("accept", "") + asked.one("format").lower()
        if not self.csv or "csv" not in wanted:
            return Answer(b'<?xml version="1.0"?><message:GenericData>made up</message:GenericData>', headers=marks)
        lines = ["DATAFLOW,FREQ,REF_AREA,TIME_PERIOD,OBS_VALUE,OBS_FLAG"]
        lines += [f"PROEF:FLOW(1.0),A,BE{n:04d},2024,{n}.50,p" for n in range(self.rows)]
        return Answer(
            (self.text or "\r\n".join([*lines, ""])).encode(),
            headers={"Content-Type": "application/vnd.sdmx.data+csv", **marks},
        )
