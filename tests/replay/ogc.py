"""An OGC API Features server and a WFS as others measured them, over the same points at Gent. Synthetic data."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from tests.replay.arcgis import GENT, GENT_72
from tests.replay.server import Answer, Asked, as_json

ITEMS = "/proef/ogc/features/v1/collections/palen/items"
WFS = "/proef/wfs"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
Feature = dict[str, Any]
_moments = itertools.count()


def made_up(count: int) -> list[Feature]:
    """Invented charging points; the coordinates are filled in when they are asked."""
    return [
        {"type": "Feature", "id": f"palen.{n}", "properties": {"nr": n, "naam": f"verzonnen paal {n}", "kw": 7.40}}
        for n in range(1, count + 1)
    ]


def placed(features: list[Feature], crs: str) -> list[Feature]:
    """The features in one of the systems that these servers know."""
    lambert = crs.endswith("31370")
    x, y = GENT_72 if lambert else GENT[::-1] if crs == f"{EPSG}4326" else GENT
    return [{"geometry": {"type": "Point", "coordinates": [x, y]}, **f} for f in features]


@dataclass
class Collection:
    """One collection; without a `limit` a page holds 10 features, and never more than `cap`."""

    features: list[Feature] = field(default_factory=lambda: made_up(2500))
    cap: int = 10_000
    etags: bool = True
    matched: int | str | None = -1
    content_crs: str = ""
    member: str = ""
    next_link: str = ""
    returned: int | None = None
    lost_after: int | None = None
    shifts: bool = False
    endless: bool = False

    def reply(self, asked: Asked) -> Answer:
        if asked.path != ITEMS:
            return as_json({"code": "NotFound"}, 404)
        limit, start = min(int(asked.one("limit", "10")), self.cap), int(asked.one("offset", "0"))
        page = self.features[start - (1 if self.shifts and start else 0) : start + limit]
        if self.lost_after is not None and start >= self.lost_after:
            page = page[:-1]
        crs = asked.one("crs", CRS84)
        after = f"{ITEMS}?offset={start + limit}&limit={limit}&crs={crs}"
        more = (start + limit < len(self.features)) or self.endless
        links = [{"rel": "next", "href": self.next_link or after}] if more else []
        data: dict[str, Any] = {"type": "FeatureCollection", "links": links, "features": placed(page, crs)}
        if self.member:
            data["crs"] = {"type": "name", "properties": {"name": self.member}}
        if self.matched is not None:
            data["numberMatched"] = len(self.features) if self.matched == -1 else self.matched
        data["numberReturned"] = len(page) if self.returned is None else self.returned
        tag = f'"{hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]}"'
        if self.etags and asked.headers.get("if-none-match") == tag:
            return Answer(status=304)
        # Real servers write the moment into the body, and leave it out of the ETag.
        data["timeStamp"] = f"moment {next(_moments)}"
        headers = {"Content-Crs": f"<{self.content_crs or crs}>"} | ({"ETag": tag} if self.etags else {})
        return as_json(data, **headers)


@dataclass
class FeatureType:
    """One feature type, in Lambert 72 unless srsName says otherwise; at most `cap` features at once."""

    features: list[Feature] = field(default_factory=lambda: made_up(2500))
    typename: str = "proef:palen"
    properties: list[str] | None = None
    cap: int = 20_000
    matched: bool | str = True
    hits: bool | str = True
    keyless: bool = False
    exception: str = ""
    ignores_start: bool = False
    ignores_srs: bool = False
    lost_after: int | None = None
    without_ids: bool = False

    def reply(self, asked: Asked) -> Answer:
        if (asked_type := asked.one("typeNames")) != self.typename:
            return _report(f"Feature type {asked_type} unknown")
        named = asked.one("propertyName").split(",") if asked.one("propertyName") else []
        if self.properties is not None and (strange := [n for n in named if n not in self.properties]):
            possible = f"The possible propertyName values are: [{', '.join(self.properties)}]"
            return _report(f"Requested property: {strange[0]} is not available for {asked_type}.  {possible}")
        if asked.one("resultType") == "hits":
            told = len(self.features) if self.hits is True else self.hits
            return _xml(f'<wfs:FeatureCollection numberMatched="{told}" numberReturned="0"/>')
        start, count = int(asked.one("startIndex", "0")), min(int(asked.one("count", "10")), self.cap)
        if self.exception:
            return _report(self.exception)
        if self.keyless and "startIndex" in asked.query and "sortBy" not in asked.query:
            return _report("Cannot do natural order without a primary key, please add it or specify a manual sort")
        page = self.features[0 if self.ignores_start else start :][:count]
        if self.lost_after is not None and start >= self.lost_after:
            page = []
        srs = asked.one("srsName") if not self.ignores_srs else ""
        found = placed(page, srs or "EPSG:31370")
        if self.without_ids:
            found = [{**f, "id": f"fid-{next(_moments)}"} for f in found]
        told = {"numberMatched": len(self.features) if self.matched is True else self.matched} if self.matched else {}
        code = (srs or "EPSG:31370").rpartition(":")[2]
        return as_json(
            {
                "type": "FeatureCollection",
                "features": found,
                "numberReturned": len(page),
                "timeStamp": f"moment {next(_moments)}",
                "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}},
                **told,
            }
        )


def _xml(text: str) -> Answer:
    return Answer(b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode(), headers={"Content-Type": "text/xml"})


def _report(text: str) -> Answer:
    return _xml(
        f'<ows:ExceptionReport version="2.0.0"><ows:Exception exceptionCode="NoApplicableCode">'
        f"<ows:ExceptionText>{text}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
