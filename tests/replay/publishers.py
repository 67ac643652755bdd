"""Every publisher that has an address, on one server of this machine: each speaks as the real one does, over rows of
our own making, and can change as publishers change."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import now
from tests.replay import arcgis, catalogue, eurostat, made_up, ogc, opendatasoft, sensors, swing
from tests.replay.made_up import Sample
from tests.replay.server import Answer, Asked, Replay, as_json, serve

RIGHT, MOVED, HEADER, CODES, EMPTY, SLOW = "", "verhuisd", "andere kop", "andere codes", "leeg", "te traag"
CHANGES = (MOVED, HEADER, CODES, EMPTY, SLOW)
Reply = Callable[[Asked], Answer]
Samples = Callable[..., Sample]
POLYGON = {"type": "Polygon", "coordinates": [[[3.70, 51.0], [3.71, 51.0], [3.71, 51.1], [3.70, 51.0]]]}


def _changed(sample: Sample, change: str) -> Sample:
    return {HEADER: sample.renamed, CODES: sample.recoded, EMPTY: sample.empty}.get(change, lambda: sample)()


def http_file(spec: Dataset, samples: Samples, change: str) -> Reply:
    """Files at their addresses, or behind the links of a page; a publisher who moves leaves the page without them."""
    patterns = [re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\d+)", re.escape(unquote(urlsplit(u).path))) for u in spec.url]
    link = spec.options.link  # type: ignore[attr-defined]
    suffix = "xlsx" if spec.formats[0].kind == "xlsx" else "csv"
    name = f"gemeentestadsmonitor_{'WO_07' if link and 'WO_07' in link else 'verzonnen'}.{suffix}"

    def reply(asked: Asked) -> Answer:
        path = unquote(asked.path)
        found = next((m for p in patterns if (m := re.fullmatch(p, path))), None)
        if link and found:
            there = "" if change == MOVED else f'<a href="/{spec.id}/bestanden/{name}">cijfers</a>'
            page = f"<!doctype html><html><body><a href='/'>start</a>{there}</body></html>"
            return Answer(page.encode(), headers={"Content-Type": "text/html"})
        if change == MOVED or not (found or (link and path.endswith(name))):
            return Answer(b"<html><body>404</body></html>", 404)
        told = {k: int(v) for k, v in found.groupdict().items()} if found else {}
        sample = samples(told.get("jaar"), told.get("maand", 1))
        return Answer(made_up.as_file(_changed(sample, change), path.rpartition("/")[2]))

    return reply


def dcat(spec: Dataset, samples: Samples, change: str, host: str) -> Reply:
    """A catalogue that points to a file; a publisher who moves gives the dataset another number."""
    name, year = "OPENDATA_SECTOREN_2024.zip", 2024
    held = {} if change == MOVED else {name: made_up.as_file(_changed(samples(year), change), name)}
    found = catalogue.Catalogue(host=host, year=year, stem="OPENDATA_SECTOREN", files=held, gone=change == MOVED)
    own = urlsplit(spec.url[0]).path
    return lambda asked: found.reply(dataclasses.replace(asked, path=asked.path.replace(own, "/catalogue", 1)))


def opendatasoft_portal(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A portal; a publisher who moves renames the dataset, and a changed column comes under another name."""
    sample = _changed(samples(), change)
    dataset = spec.options.dataset  # type: ignore[attr-defined]
    named = f"{dataset}-nieuw" if change == MOVED else dataset
    return opendatasoft.Portal(rows=sample.values(), dataset=named, fields=sample.header).reply


def arcgis_layer(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A layer; one that is gone is an error under a 200, and so is a field that is not there."""
    sample = _changed(samples(), change)
    named = next(h for h in sample.header if h.startswith("OBJECTID"))
    layer = arcgis.Layer(rows=sample.values(), oid=named, fields=sample.header)
    own = urlsplit(spec.url[0]).path

    def reply(asked: Asked) -> Answer:
        if change == MOVED:
            return as_json({"error": {"code": 404, "message": "Layer not found", "details": []}})
        return layer.reply(dataclasses.replace(asked, path=asked.path.replace(own, arcgis.LAYER, 1)))

    return reply


def _features(sample: Sample) -> list[dict[str, Any]]:
    placed = "lon" in sample.form.header
    return [
        {
            "type": "Feature",
            "id": f"verzonnen.{n}",
            "properties": {k: v for k, v in row.items() if k not in ("lon", "lat")},
            **({} if placed else {"geometry": None if sample.spec.protocol == "wfs" else POLYGON}),
        }
        for n, row in enumerate(sample.values(), 1)
    ]


def ogc_collection(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A collection of an OGC API."""
    collection, own = ogc.Collection(features=_features(_changed(samples(), change))), urlsplit(spec.url[0]).path

    def reply(asked: Asked) -> Answer:
        path = "/elders" if change == MOVED else asked.path.replace(own, ogc.ITEMS, 1)
        return collection.reply(dataclasses.replace(asked, path=path))

    return reply


def wfs(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A feature type of a GeoServer, which refuses a type or a property that it does not have."""
    sample, typename = _changed(samples(), change), spec.options.typename  # type: ignore[attr-defined]
    layer = ogc.FeatureType(features=_features(sample), typename=f"{typename}_nieuw" if change == MOVED else typename)
    layer.properties = sample.header
    return layer.reply


class Figures(eurostat.Eurostat):
    """A table of Eurostat's with the dimensions of a description, filled from its sample."""

    def __init__(self, spec: Dataset, sample: Sample, change: str) -> None:
        super().__init__()
        query, form = spec.options.query, sample.form  # type: ignore[attr-defined]
        theirs = form.targets()
        self.area = theirs["gebied"]
        self.rows = {(r[self.area], r[theirs["jaar"]]): r for r in sample.rows}
        areas = query.get(self.area) or sorted({a for a, _ in self.rows})
        codes = {n: query.get(n, ["A"]) for n in [*form.header, *form.ignored] if n not in ("value", "status", "time")}
        codes[self.area] = [f"Z-{a}" for a in areas] if change == CODES else areas
        times = sorted({y for _, y in self.rows})
        if change == HEADER:
            renamed = next(n for n in query if n != self.area)
            codes = {f"{n}_nieuw" if n == renamed else n: c for n, c in codes.items()}
        self.held = {**codes, "time": times}

    def figure(self, codes: dict[str, str]) -> float | None:
        """The made-up value of a cell."""
        row = self.rows[codes[self.area].removeprefix("Z-"), codes["time"]]
        return json.loads(row["value"])


def jsonstat(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A table of Eurostat's; one that is gone is a 404 with a sentence."""
    areas = spec.options.query.get(spec.formats[0].targets()["gebied"], [])  # type: ignore[attr-defined]
    sample = _changed(samples(), EMPTY if change == EMPTY else RIGHT)
    if spec.gebied.niveau == "punt":
        rows = [r | {sample.form.targets()["gebied"]: a} for a in areas for r in sample.rows[:: made_up.POINTS]]
        sample = dataclasses.replace(sample, rows=rows)
    table = Figures(spec, sample, change)
    said = "ERR_NOT_FOUND_4: Dataset is not found"
    gone = as_json({"error": [{"status": 404, "id": 150, "label": said}]}, 404)
    return lambda asked: gone if change == MOVED else table.reply(asked)


def sdmx(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A flow of Eurostat's; a flow that is gone is a 404, a question without an answer a 400."""
    sample = _changed(samples(), change)
    flow = eurostat.SdmxFlow(text=made_up.delimited(sample).decode())

    def reply(asked: Asked) -> Answer:
        if change in (MOVED, EMPTY):
            said, status = (eurostat.NO_FLOW, 404) if change == MOVED else (eurostat.NO_RESULTS, 400)
            return Answer(said.encode(), status, {"Content-Type": "application/xml"})
        return flow.reply(asked)

    return reply


class Databank(swing.Swing):
    """A Swing databank with the subject of a description."""

    def __init__(self, sample: Sample, known: str, key: str | None) -> None:
        years = {int(r[sample.form.targets()["jaar"]]) for r in sample.rows}
        super().__init__(key=key, years=tuple(sorted(years)), page=5000, known=known)
        self.sample = sample

    def _rows(self, level: str, period: str) -> list[dict[str, Any]]:
        asked = {"all": self.years, "mrp": self.years[-1:]}.get(period, (period,))
        rows = [r for r in self.sample.rows if r[self.sample.form.targets()["jaar"]] in map(str, asked)]
        told = {"GeoLevel": level, "PeriodLevel": "year", "Description": None}
        return [{"@odata.type": "#Swing.Value", **r, **told} for r in rows]


def swing_databank(spec: Dataset, samples: Samples, change: str) -> Reply:
    """A databank that asks for a key; a subject that is gone is a 404."""
    variable = spec.options.variables[0]  # type: ignore[attr-defined]
    known = f"{variable}_nieuw" if change == MOVED else variable
    return Databank(_changed(samples(), change), known, KEY if spec.secret else None).reply


DAYS = 20  # of measurements
KEY = "sleutel-van-een-proef"


def sensor(spec: Dataset, samples: Samples, change: str) -> Reply:
    """Measurements by window of the series that a description names; of a series that is gone an SOS answers 404."""
    options, form = spec.options, spec.formats[0]
    assert form.kind in ("sos", "json")
    extra = dict.fromkeys(form.ignored, "x") | ({"pedestrian": 4.5} if form.kind == "json" else {})
    held = () if change == EMPTY else tuple(options.series)  # type: ignore[attr-defined]
    since = f"{now() - dt.timedelta(days=DAYS):%Y-%m-%d}"
    measured = sensors.Sensors(series=held, since=since, key=KEY if spec.secret else None, more=extra)

    def reply(asked: Asked) -> Answer:
        if change == MOVED:
            return as_json({"message": "Not Found"}, 404)
        if asked.method == "GET":
            return as_json([{"id": "timeseries"}])
        if form.kind == "sos" and change == CODES:
            return as_json({"message": "Not Found"}, 404)
        answer = measured.reply(asked)
        if form.kind == "sos":
            data = json.loads(answer.body)
            if change == EMPTY:
                return as_json({s: {"values": []} for s in data})
            return answer if change != HEADER else as_json({s: {"measurements": v["values"]} for s, v in data.items()})
        data = json.loads(answer.body)
        for row in data["report"]:
            row["segment_id"] = f"9{row['segment_id']}" if change == CODES else row["segment_id"]
            if change == HEADER:
                row["cars"] = row.pop("car")
        return as_json(data)

    return reply


SPEAKS: dict[str, Callable[..., Reply]] = {
    "http_file": http_file,
    "dcat": dcat,
    "opendatasoft": opendatasoft_portal,
    "arcgis_rest": arcgis_layer,
    "ogc_features": ogc_collection,
    "wfs": wfs,
    "jsonstat": jsonstat,
    "sdmx": sdmx,
    "swing_odata": swing_databank,
    "sensor": sensor,
}


class Publishers:
    """All publishers on one server, each below the id of its dataset; `change` is what has become of all of them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, datasets: dict[str, Dataset], slow_s: float = 0) -> None:
        self._con, self._datasets, self._slow_s = con, datasets, slow_s
        self._samples: dict[tuple[str, tuple[int, ...]], Sample] = {}
        self._replies: dict[tuple[str, str], Reply] = {}
        self.change, self.url = RIGHT, ""

    def address(self, dataset: str) -> list[str]:
        """Where the addresses of a dataset are on this server."""
        parts = (urlsplit(u) for u in self._datasets[dataset].url)
        return [f"{self.url}/{dataset}{p.path}{'?' if p.query else ''}{p.query}" for p in parts]

    def reply(self, asked: Asked) -> Answer:
        """Answer as the publisher whose dataset is the first part of the path."""
        _, dataset, *rest = asked.path.split("/")
        if dataset not in self._datasets:
            return Answer(status=404)
        if self.change == SLOW:
            time.sleep(self._slow_s)
        return self._publisher(dataset)(dataclasses.replace(asked, path="/" + "/".join(rest)))

    def _publisher(self, dataset: str) -> Reply:
        key = (dataset, "" if self.change == SLOW else self.change)
        if key not in self._replies:
            spec = self._datasets[dataset]
            more = {"host": f"{self.url}/{dataset}"} if spec.protocol == "dcat" else {}
            self._replies[key] = SPEAKS[spec.protocol](spec, lambda *when: self._sample(dataset, *when), key[1], **more)
        return self._replies[key]

    def _sample(self, dataset: str, *when: int) -> Sample:
        if (dataset, when) not in self._samples:
            with self._con.cursor() as con:
                self._samples[dataset, when] = made_up.made_up(con, self._datasets[dataset], *when)
        return self._samples[dataset, when]


@contextmanager
def published(
    con: duckdb.DuckDBPyConnection, datasets: dict[str, Dataset], slow_s: float = 0
) -> Iterator[tuple[Publishers, Replay]]:
    """All publishers, answering."""
    publishers = Publishers(con, datasets, slow_s)
    with serve(publishers.reply) as server:
        publishers.url = server.url
        yield publishers, server
