"""An ArcGIS layer as others measured it: metadata, count, pages, and what goes wrong under a 200. Synthetic data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.replay.server import Answer, Asked, as_json

LAYER = "/arcgis/rest/services/proef/MapServer/7"
GENT_72, GENT = (104_000.0, 194_000.0), (3.7126794925896927, 51.05433010825828)
Row = dict[str, Any]


def made_up(count: int, first: int = 1) -> list[Row]:
    """Invented stops with a coded value and a date in epoch milliseconds."""
    return [{"OBJECTID": n, "naam": f"verzonnen halte {n}", "soort": n % 3, "datum": 1_700_000_000_000 + n} for n in
            range(first, first + count)]  # fmt: skip


@dataclass
class Layer:
    """One layer of points at Gent; it sends at most `cap` rows at once."""

    rows: list[Row] = field(default_factory=lambda: made_up(2500))
    oid: str = "OBJECTID"
    fields: list[str] = field(default_factory=lambda: ["OBJECTID", "naam", "soort", "datum"])
    cap: int = 1000
    edited: int | None = 1_763_000_000_000
    pagination: bool = True
    named: bool = True
    flag: bool = True
    counted: int | None = None
    ignores_offset: bool = False
    ignores_where: bool = False
    ignores_out_sr: bool = False
    error_after: int | None = None
    always_more: bool = False
    shifts: bool = False

    def reply(self, asked: Asked) -> Answer:
        if asked.path == LAYER:
            return as_json(self._metadata())
        rows = self._selected(asked.one("where"))
        if rows is None:
            return self._error("Invalid or missing input parameters.")
        if asked.one("returnCountOnly") == "true":
            return as_json({"count": len(self.rows) if self.counted is None else self.counted})
        if not self.pagination and ("resultOffset" in asked.query or "resultRecordCount" in asked.query):
            return self._error("Pagination is not supported.")
        offset = 0 if self.ignores_offset else int(asked.one("resultOffset", "0"))
        if self.error_after is not None and offset >= self.error_after:
            return self._error("Unable to complete operation.")
        if self.shifts and offset:
            offset -= 1
        size = min(int(asked.one("resultRecordCount", str(self.cap))), self.cap)
        page = rows[offset : offset + size]
        return as_json(self._page(asked, page, more=offset + size < len(rows) or self.always_more))

    def _metadata(self) -> dict[str, Any]:
        kinds = {self.oid: "esriFieldTypeOID"}
        fields = [{"name": n, "type": kinds.get(n, "esriFieldTypeString")} for n in self.fields]
        named = {"objectIdField": self.oid, "fields": fields}
        editing = {"editingInfo": {"lastEditDate": self.edited}} if self.edited is not None else {}
        return {
            "name": "Verzonnen haltes",
            "maxRecordCount": self.cap,
            "advancedQueryCapabilities": {"supportsPagination": self.pagination},
            **(named if self.named else {}),
            **editing,
        }

    def _selected(self, where: str) -> list[Row] | None:
        """Rows after the last object id; None for a query that this layer does not understand."""
        if not (found := re.fullmatch(r"1=1|\(1=1\) AND OBJECTID > (\d+)", where)):
            return None
        after = 0 if self.ignores_where else int(found[1] or 0)
        return [row for row in self.rows if row[self.oid] > after]

    def _page(self, asked: Asked, rows: list[Row], more: bool) -> dict[str, Any]:
        degrees = asked.one("outSR") == "4326" and not self.ignores_out_sr
        x, y = GENT if degrees else GENT_72
        wkid = 4326 if degrees else 31370
        shown = asked.one("outFields")
        kept = [{n: v for n, v in row.items() if shown == "*" or n in shown.split(",")} for row in rows]
        shape = {"geometry": {"x": x, "y": y}} if asked.one("returnGeometry") == "true" else {}
        return {
            "objectIdFieldName": self.oid,
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": wkid, "latestWkid": wkid},
            "fields": [{"name": name, "type": "esriFieldTypeString"} for name in (kept[0] if kept else {})],
            "features": [{"attributes": row, **shape} for row in kept],
            **({"exceededTransferLimit": True} if more and self.flag else {}),
        }

    def _error(self, message: str) -> Answer:
        return as_json({"error": {"code": 400, "message": message, "details": []}})
