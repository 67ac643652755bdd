"""An Opendatasoft portal as others measured it: metadata, records with their limits, and exports. Synthetic data."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.replay.server import Answer, Asked, as_json

BASE = "/api/explore/v2.1/catalog/datasets/"
INTERRUPTED = (
    "Streaming interrupted due to the following error: Invalid value for sum of offset + limit API parameter: "
    "20000 was found but <= 10000 is expected. (error_code: InvalidRESTParameterError)"
)
Row = dict[str, Any]


def made_up(count: int) -> list[Row]:
    """Invented consumption; every 50th name holds a line break and quotes."""
    odd = {n: f'Verzonnen "wijk"\nnummer {n}' for n in range(0, count, 50)}
    return [
        {"jaar": str(2020 + n % 5), "gemeente": odd.get(n, f"VERZONNEN {n}"), "verbruik": n * 1.5} for n in range(count)
    ]


def _error(code: str, message: str, status: int = 400) -> Answer:
    return as_json({"error_code": code, "message": message}, status)


@dataclass
class Portal:
    """One portal with one dataset; `left` is the quota of requests, and the other switches are its faults."""

    rows: list[Row] = field(default_factory=lambda: made_up(3000))
    dataset: str = "verzonnen-verbruik"
    fields: list[str] = field(default_factory=lambda: ["jaar", "gemeente", "verbruik"])
    processed: str | None = "2026-11-20T04:00:00+00:00"
    counted: int | None = None
    left: int = 1000
    reset: str = "2099-01-01T00:00:00+00:00"
    retry_after: str = ""
    throttled: int = 0
    interrupted: bool = False
    error_in_200: bool = False
    without_rows: bool = False
    cut: int | None = None

    def reply(self, asked: Asked) -> Answer:
        if self.throttled:
            self.throttled -= 1
            said = {"errorcode": 10002, "reset_time": self.reset, "error": "Too many requests"}
            wait = {"Retry-After": self.retry_after} if self.retry_after else {}
            return as_json(said, 429, **{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": self.reset}, **wait)
        self.left -= 1
        answer = self._route(asked)
        answer.headers.update(
            {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": str(self.left), "X-RateLimit-Reset": self.reset}
        )
        return answer

    def _route(self, asked: Asked) -> Answer:
        name, _, rest = asked.path.removeprefix(BASE).partition("/")
        if name != self.dataset:
            return _error("ODSQLError", "Unknown dataset", 404)
        if not rest:
            return as_json(self._metadata())
        try:
            rows = self._selected(asked.one("where"))
        except KeyError as err:
            return _error("ODSQLError", f"ODSQL query is malformed: Unknown field: {err.args[0]}")
        return self._records(asked, rows) if rest == "records" else self._export(asked, rows, rest.rpartition("/")[2])

    def _metadata(self) -> dict[str, Any]:
        default = {
            "title": "Verzonnen verbruik",
            "publisher": "Verzonnen netbeheerder",
            "license": "Verzonnen licentie",
            "license_url": "https://example.org/licentie",
            "modified": "2026-11-19T00:00:00+00:00",
            "data_processed": self.processed,
            "records_count": len(self.rows) if self.counted is None else self.counted,
        }
        return {"dataset_id": self.dataset, "has_records": True, "metas": {"default": default}}

    def _selected(self, where: str) -> list[Row]:
        rows = self.rows
        for name, operator, value in re.findall(r'(\w+)\s*(>=|<=|=|>|<)\s*"([^"]*)"', where):
            test = {"=": "__eq__", ">": "__gt__", "<": "__lt__", ">=": "__ge__", "<=": "__le__"}[operator]
            rows = [row for row in rows if getattr(str(row[name]), test)(value)]
        return rows

    def _records(self, asked: Asked, rows: list[Row]) -> Answer:
        limit, offset = int(asked.one("limit", "10")), int(asked.one("offset", "0"))
        if not -1 <= limit <= 100:
            said = f"Invalid value for limit API parameter: {limit} was found but -1 <= limit <= 100 is expected."
            return _error("InvalidRESTParameterError", said)
        if limit + offset > 10_000:
            said = f"Invalid value for sum of offset + limit API parameter: {limit + offset} was found but <= 10000"
            return _error("InvalidRESTParameterError", said)
        return as_json({"total_count": len(rows), "results": rows[offset : offset + limit]})

    def _export(self, asked: Asked, rows: list[Row], kind: str) -> Answer:
        if self.error_in_200:
            return _error("InternalError", "The export could not be made", 200)
        most = int(asked.one("limit", "-1"))
        shown = [] if self.without_rows else rows[: most if most >= 0 else None]
        body = _written(shown, self.fields, kind, asked)
        if self.interrupted or int(asked.one("offset", "0")):
            body = body[: len(body) // 2] + INTERRUPTED.encode()
        return Answer(body, cut=self.cut)


def _written(rows: list[Row], fields: list[str], kind: str, asked: Asked) -> bytes:
    if kind == "parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        return sink.getvalue()
    if kind == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    text = io.StringIO()
    labels = str.title if asked.one("use_labels") != "false" else str
    writer = csv.DictWriter(text, fields, delimiter=asked.one("delimiter", ";"))
    writer.writerow({name: labels(name) for name in writer.fieldnames})
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()
