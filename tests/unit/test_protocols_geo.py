"""Opendatasoft, ArcGIS, OGC API Features and WFS against replayed servers: every row, or one sentence and nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Settings, SourceSetting
from pipelines.describe import specs
from pipelines.home import Home
from pipelines.ingest.fetch import fetch
from pipelines.ingest.read.features import features
from pipelines.ingest.web.asker import Piece
from tests.replay import arcgis, ogc, opendatasoft
from tests.replay.arcgis import LAYER, Layer
from tests.replay.ogc import ITEMS, WFS, Collection, FeatureType
from tests.replay.opendatasoft import Portal
from tests.replay.server import QUICK, Answer, Asked, Replay, asking, dataset, serve

ADDRESS = {"opendatasoft": "", "arcgis_rest": LAYER, "ogc_features": ITEMS, "wfs": WFS}
NEEDED = {"opendatasoft": {"dataset": "verzonnen-verbruik"}, "wfs": {"typename": "proef:palen"}}


@dataclass(frozen=True)
class Night:
    """What one refresh of one dataset brought in, asked and left behind."""

    pieces: list[Piece]
    failed: list[str]
    hints: dict[str, Any]
    asked: list[Asked]
    sent: int
    files: set[Path]

    @property
    def piece(self) -> Piece:
        assert not self.failed
        (piece,) = self.pieces
        assert self.files == {body.path for body in piece.bodies}, "nothing but the piece is left in tmp"
        assert len(piece.bodies) == len(piece.names) == len(set(piece.names))
        return piece


def collect(server: Replay, protocol: str, folder: Path, hints: dict[str, Any] | None = None, **options: Any) -> Night:
    spec = dataset(protocol, NEEDED.get(protocol, {}) | options)
    web = asking(spec, server.url + ADDRESS[protocol], folder, json.loads(json.dumps(hints or {})))
    web.settings = replace(web.settings, backoff_s=0.01)
    asked, sent, before = len(server.asked), server.sent, set(web._into.iterdir())
    pieces = list(import_module(f"pipelines.ingest.protocols.{protocol}").collect(spec, web))
    files = set(web._into.iterdir()) - before
    return Night(pieces, web.failed, web.remembered, server.asked[asked:], server.sent - sent, files)


def night(reply: Callable[[Asked], Answer], protocol: str, folder: Path, **options: Any) -> Night:
    with serve(reply) as server:
        return collect(server, protocol, folder, **options)


def refused(found: Night, *words: str) -> None:
    """One sentence that names the cause, and nothing delivered, remembered or left behind."""
    assert found.pieces == []
    (said,) = found.failed
    for word in words:
        assert word in said
    assert "\n" not in said
    assert said.endswith(".")
    assert found.hints == {}
    assert found.files == set()


def table(piece: Piece, kind: str) -> list[dict[str, str]]:
    rows = []
    for body in piece.bodies:
        columns, cells = features(body.path, kind, piece.facts.get("crs", "CRS84"), piece.facts.get("axes", "xy"))
        rows += [dict(zip(columns, row, strict=True)) for row in cells]
    return rows


# Opendatasoft


@pytest.mark.parametrize("export", ["csv", "jsonl", "parquet"])
def test_an_export_holds_every_record_and_comes_with_its_terms(export: str, tmp_path: Path) -> None:
    found = night(Portal().reply, "opendatasoft", tmp_path, export=export)
    assert found.piece.names == (f"verzonnen-verbruik.{export}",)
    facts = found.piece.facts
    assert facts["publisher"] == "Verzonnen netbeheerder"
    assert facts["license_url"] == "https://example.org/licentie"
    assert facts["data_processed"] == "2026-11-20T04:00:00+00:00"
    assert facts["rows"] == facts["records_count"] == "3000"
    sent = found.asked[-1]
    assert sent.path.endswith(f"/exports/{export}")
    assert [sent.one(n) for n in ("use_labels", "lang", "timezone")] == ["false", "nl", "Europe/Brussels"]
    assert all("offset" not in asked.query for asked in found.asked)
    if export == "csv":
        text = found.piece.bodies[0].path.read_text(encoding="utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
        assert header == ["jaar", "gemeente", "verbruik"]
        assert len(rows) == 3000 < text.count("\n") - 1, "line breaks inside quotes are no rows"


def test_a_selection_is_counted_by_the_portal(tmp_path: Path) -> None:
    found = night(Portal().reply, "opendatasoft", tmp_path, where='jaar >= "2023"')
    assert found.piece.facts["rows"] == "1200"
    assert [a.one("where") for a in found.asked] == ["", 'jaar >= "2023"', 'jaar >= "2023"']
    assert found.asked[1].one("limit") == "0"


def test_a_portal_without_a_record_count_is_asked_for_it(tmp_path: Path) -> None:
    portal = Portal()
    portal._metadata = lambda: {"metas": {"default": {"modified": "2026"}}}
    assert night(portal.reply, "opendatasoft", tmp_path).piece.facts == {"modified": "2026", "rows": "3000"}


def test_an_unchanged_dataset_costs_its_metadata_only(tmp_path: Path) -> None:
    portal = Portal()
    with serve(portal.reply) as server:
        full = collect(server, "opendatasoft", tmp_path)
        again = collect(server, "opendatasoft", tmp_path, full.hints)
        assert (again.pieces, again.failed, len(again.asked)) == ([], [], 1)
        assert again.sent < full.sent / 100
        assert collect(server, "opendatasoft", tmp_path, full.hints, where='jaar = "2020"').piece.facts["rows"] == "600"
        portal.processed = "2026-11-21T04:00:00+00:00"
        assert collect(server, "opendatasoft", tmp_path, full.hints).piece.facts["rows"] == "3000"


@pytest.mark.parametrize(
    ("portal", "words"),
    [
        pytest.param(Portal(interrupted=True), "the export broke off, 'Streaming interrupted", id="interrupted"),
        pytest.param(Portal(counted=3001), "3000 rows came and the server counts 3001", id="fewer-rows"),
        pytest.param(Portal(counted=2999), "3000 rows came and the server counts 2999", id="more-rows"),
        pytest.param(Portal(without_rows=True), "0 rows came and the server counts 3000", id="header-only"),
        pytest.param(Portal(rows=[]), "no rows", id="empty-dataset"),
        pytest.param(Portal(error_in_200=True), "'The export could not be made'", id="error-in-200"),
        pytest.param(Portal(cut=20_000), "the body ended after 20000 of", id="cut-short"),
    ],
)
def test_an_export_that_is_not_whole_is_refused(portal: Portal, words: str, tmp_path: Path) -> None:
    refused(night(portal.reply, "opendatasoft", tmp_path), words, "/exports/csv")


@pytest.mark.parametrize("export", ["jsonl", "parquet"])
def test_an_interrupted_export_is_refused_in_every_format(export: str, tmp_path: Path) -> None:
    found = night(Portal(interrupted=True).reply, "opendatasoft", tmp_path, export=export)
    refused(found, "Streaming interrupted due to the following error")


@pytest.mark.parametrize(("export", "words"), [("jsonl", "no JSON object"), ("parquet", "not a complete Parquet file")])
def test_an_export_of_another_kind_is_refused(export: str, words: str, tmp_path: Path) -> None:
    portal = Portal()
    portal._export = lambda *_: Answer(b"jaar;verbruik\n2020;1\n")
    refused(night(portal.reply, "opendatasoft", tmp_path, export=export), words)


def test_a_dataset_that_is_gone_may_have_been_renamed(tmp_path: Path) -> None:
    found = night(Portal(dataset="1-19-verzonnen-verbruik").reply, "opendatasoft", tmp_path)
    refused(found, "the portal has no dataset verzonnen-verbruik", "ids get renamed")


def test_a_query_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    found = night(Portal().reply, "opendatasoft", tmp_path, where='jaartal = "2020"')
    refused(found, "answered 400", "/records", "correct the query")


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 100, "offset": 10_000}], ids=["limit", "offset"])
def test_the_replayed_portal_has_the_limits_that_exports_avoid(query: dict[str, int]) -> None:
    asked = Asked(
        "GET", f"{opendatasoft.BASE}verzonnen-verbruik/records", {k: [str(v)] for k, v in query.items()}, {}, b""
    )
    answer = Portal().reply(asked)
    assert answer.status == 400
    assert b"InvalidRESTParameterError" in answer.body


def test_too_many_requests_are_tried_again_and_then_name_when_the_quota_returns(tmp_path: Path) -> None:
    assert night(Portal(throttled=1, retry_after="0").reply, "opendatasoft", tmp_path).piece.facts["rows"] == "3000"
    found = night(Portal(throttled=9).reply, "opendatasoft", tmp_path)
    refused(found, "gave up after attempt 2", "429 with a quota that returns at 2099-01-01")


@pytest.mark.parametrize("reset", ["2099-01-01T00:00:00+00:00", "4070908800", "2099-01-01 00:00:00"])
def test_a_used_up_quota_stops_further_requests_to_that_portal(reset: str, tmp_path: Path) -> None:
    with serve(Portal(left=2, reset=reset).reply) as server:
        last = collect(server, "opendatasoft", tmp_path)
        assert last.piece.facts["quota_used_up_until"] == "2099-01-01T00:00:00+00:00"
        found = collect(server, "opendatasoft", tmp_path, last.hints)
        refused(found, "quota of requests is used up until 2099-01-01 00:00 UTC")
        assert found.asked == []


def test_a_quota_that_is_used_up_halfway_delivers_nothing(tmp_path: Path) -> None:
    found = night(Portal(left=1, reset="no date").reply, "opendatasoft", tmp_path)
    refused(found, "quota of requests is used up until", "00:00 UTC")
    assert len(found.asked) == 1


# ArcGIS


def test_a_layer_is_read_page_by_page_until_its_count_is_there(tmp_path: Path) -> None:
    found = night(Layer().reply, "arcgis_rest", tmp_path, geometry=True)
    assert found.piece.names == tuple(f"proef-MapServer-7-000{n}.json" for n in (1, 2, 3))
    rows = table(found.piece, "arcgis")
    assert [row["OBJECTID"] for row in rows] == [str(n) for n in range(1, 2501)]
    assert rows[4] == {
        "OBJECTID": "5", "naam": "verzonnen halte 5", "soort": "2", "datum": "1700000000005",
        "lon": "3.7126794925896927", "lat": "51.05433010825828",
    }  # fmt: skip
    assert found.piece.facts == {"rows": "2500", "edited": "1763000000000", "crs": "EPSG:4326"}
    pages = found.asked[2:]
    assert [(a.one("resultOffset"), a.one("orderByFields")) for a in pages] == [
        (str(n), "OBJECTID") for n in (0, 1000, 2000)
    ]


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(Layer(ignores_offset=True), id="ignored-offset"),
        pytest.param(Layer(ignores_offset=True, flag=False), id="ignored-offset-no-flag"),
        pytest.param(Layer(pagination=False), id="no-pagination"),
        pytest.param(Layer(flag=False), id="no-flag"),
        pytest.param(Layer(rows=arcgis.made_up(2000)), id="full-last-page"),
        pytest.param(Layer(rows=arcgis.made_up(1000), ignores_offset=True), id="one-full-page-repeated"),
        pytest.param(Layer(rows=arcgis.made_up(1500) + arcgis.made_up(900, 5000)), id="gap-in-ids"),
    ],
)
def test_a_layer_comes_whole_however_its_server_pages(layer: Layer, tmp_path: Path) -> None:
    rows = table(night(layer.reply, "arcgis_rest", tmp_path).piece, "arcgis")
    assert [row["OBJECTID"] for row in rows] == [str(row["OBJECTID"]) for row in layer.rows]


def test_a_smaller_cap_than_the_metadata_says_loses_nothing(tmp_path: Path) -> None:
    layer = Layer(flag=False, cap=400)
    layer._metadata = lambda: {"objectIdField": "OBJECTID"}
    assert night(layer.reply, "arcgis_rest", tmp_path).piece.facts["rows"] == "2500"


def test_chosen_fields_keep_the_object_id_that_proves_the_rows(tmp_path: Path) -> None:
    found = night(Layer().reply, "arcgis_rest", tmp_path, fields=["naam"], page=900)
    assert set(table(found.piece, "arcgis")[0]) == {"OBJECTID", "naam"}
    assert [a.one("resultRecordCount") for a in found.asked[2:]] == ["900"] * 3


def test_an_unedited_layer_costs_its_metadata_only(tmp_path: Path) -> None:
    layer = Layer()
    with serve(layer.reply) as server:
        full = collect(server, "arcgis_rest", tmp_path)
        again = collect(server, "arcgis_rest", tmp_path, full.hints)
        assert (again.pieces, again.failed) == ([], [])
        assert again.sent < full.sent / 100
        layer.edited, layer.rows = layer.edited + 1, layer.rows[:-1]
        assert collect(server, "arcgis_rest", tmp_path, full.hints).piece.facts["rows"] == "2499"
        assert collect(server, "arcgis_rest", tmp_path, full.hints, fields=["naam"]).piece


def test_a_layer_that_tells_no_edit_date_is_read_and_is_no_news(tmp_path: Path) -> None:
    with serve(Layer(edited=None).reply) as server:
        full = collect(server, "arcgis_rest", tmp_path)
        again = collect(server, "arcgis_rest", tmp_path, full.hints)
        assert (again.pieces, again.failed, again.files) == ([], [], set())


@pytest.mark.parametrize(
    ("layer", "options", "words"),
    [
        pytest.param(Layer(error_after=1000), {}, "the server says 'Unable to complete operation'", id="error-in-200"),
        pytest.param(Layer(), {"where": "x=1"}, "'Invalid or missing input parameters'", id="bad-where"),
        pytest.param(Layer(counted=2501), {}, "2500 rows came and the server counts 2501", id="fewer-rows"),
        pytest.param(Layer(counted=2000), {}, "2500 rows came and the server counts 2000", id="more-rows"),
        pytest.param(Layer(counted=1000, flag=False), {}, "2500 rows came and", id="count-of-one-page"),
        pytest.param(Layer(shifts=True), {}, "feature '1000' came twice", id="shifted-page"),
        pytest.param(
            Layer(ignores_offset=True, ignores_where=True), {}, "a page came twice", id="offset-and-where-ignored"
        ),
        pytest.param(Layer(always_more=True), {}, "an empty page although there are more", id="more-without-end"),
        pytest.param(Layer(named=False), {}, "names no object id", id="no-object-id"),
        pytest.param(Layer(), {"order": "naam"}, "rows without a whole number in naam", id="text-as-object-id"),
        pytest.param(Layer(ignores_out_sr=True), {"geometry": True}, "coordinates in 31370", id="ignored-outsr"),
        pytest.param(Layer(rows=[]), {}, "no rows", id="empty"),
    ],
)
def test_a_layer_that_is_not_whole_is_refused(layer: Layer, options: dict, words: str, tmp_path: Path) -> None:
    refused(night(layer.reply, "arcgis_rest", tmp_path, **options), words)


def test_a_layer_enters_the_raw_store_as_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specs, "load_checks", lambda *_: [])
    spec, home = dataset("arcgis_rest", {}), Home(tmp_path)
    home.tmp.mkdir(parents=True)
    with serve(Layer().reply) as server:
        settings = Settings(http=QUICK, sources={spec.id: SourceSetting(url=[server.url + LAYER])})
        delivery = fetch(spec, "live", home, settings)
        assert [len(part) for part in delivery.parts] == [3]
        assert fetch(spec, "live", home, settings) is None
    assert list(home.tmp.iterdir()) == []


# OGC API Features


@pytest.mark.parametrize(
    "crs", [ogc.CRS84, f"{ogc.EPSG}4326", f"{ogc.EPSG}31370"], ids=["crs84", "latitude-first", "lambert72"]
)
def test_a_collection_is_followed_to_its_last_page_in_the_asked_coordinates(crs: str, tmp_path: Path) -> None:
    found = night(Collection().reply, "ogc_features", tmp_path, crs=crs)
    assert found.piece.names == tuple(f"palen-000{n}.json" for n in (1, 2, 3))
    rows = table(found.piece, "geojson")
    assert [row["nr"] for row in rows] == [str(n) for n in range(1, 2501)]
    assert rows[0]["kw"] == "7.4"
    assert {(round(float(row["lon"]), 6), round(float(row["lat"]), 6)) for row in rows} == {(3.712679, 51.05433)}
    assert {(a.one("limit"), a.one("crs")) for a in found.asked} == {("1000", crs)}


@pytest.mark.parametrize(
    "collection",
    [
        pytest.param(Collection(cap=300), id="cap"),
        pytest.param(Collection(matched=None), id="no-count"),
        pytest.param(Collection(member="urn:ogc:def:crs:EPSG::4326"), id="another-name-for-crs84"),
        pytest.param(Collection(features=ogc.made_up(2000)), id="full-last-page"),
        pytest.param(Collection(features=ogc.made_up(2000), endless=True), id="empty-page-after-the-count"),
    ],
)
def test_a_collection_comes_whole_however_its_server_pages(collection: Collection, tmp_path: Path) -> None:
    found = night(collection.reply, "ogc_features", tmp_path)
    assert len(table(found.piece, "geojson")) == len(collection.features)


def test_unchanged_pages_of_a_collection_cost_no_bytes(tmp_path: Path) -> None:
    collection = Collection()
    with serve(collection.reply) as server:
        full = collect(server, "ogc_features", tmp_path)
        again = collect(server, "ogc_features", tmp_path, full.hints)
        assert (again.pieces, again.failed, again.sent, len(again.asked)) == ([], [], 0, 3)
        collection.features[-1]["properties"]["naam"] = "verzonnen en gewijzigd"
        changed = collect(server, "ogc_features", tmp_path, full.hints)
        assert table(changed.piece, "geojson")[-1]["naam"] == "verzonnen en gewijzigd", "on the last page only"


@pytest.mark.parametrize(
    ("protocol", "reply"),
    [
        ("ogc_features", Collection(etags=False).reply),
        ("wfs", FeatureType().reply),
        ("wfs", FeatureType(without_ids=True).reply),
    ],
    ids=["ogc-no-etag", "wfs", "wfs-new-ids-each-time"],
)
def test_equal_features_are_no_news_although_the_answers_differ(protocol: str, reply: Any, tmp_path: Path) -> None:
    with serve(reply) as server:
        full = collect(server, protocol, tmp_path)
        again = collect(server, protocol, tmp_path, full.hints)
        assert len(full.pieces) == 1
        assert (again.pieces, again.failed, again.files) == ([], [], set())
        assert again.sent > full.sent * 0.99, "there is no hint that saves bytes"


@pytest.mark.parametrize(
    ("collection", "words"),
    [
        pytest.param(Collection(matched=2501), "2500 rows came and the server counts 2501", id="fewer-than-matched"),
        pytest.param(Collection(lost_after=2000), "2499 rows came and the server counts 2500", id="lost-feature"),
        pytest.param(Collection(returned=999), "says it holds 999 features and holds 1000", id="returned"),
        pytest.param(Collection(shifts=True), "feature 'palen.1000' came twice", id="shifted-page"),
        pytest.param(Collection(next_link="http://127.0.0.2/x"), "a next link to another server", id="other-server"),
        pytest.param(Collection(next_link=f"{ITEMS}?offset=0&limit=1000"), "a page came twice", id="first-page-again"),
        pytest.param(Collection(endless=True, matched=None), "an empty page with a next link", id="endless"),
        pytest.param(Collection(content_crs=f"{ogc.EPSG}31370"), "EPSG/0/31370 although", id="other-crs"),
        pytest.param(Collection(content_crs=f"{ogc.EPSG}4326"), "EPSG/0/4326 although", id="other-axes"),
        pytest.param(Collection(member="urn:ogc:def:crs:EPSG::3812"), "EPSG::3812 although", id="other-member"),
        pytest.param(Collection(features=[]), "no rows", id="empty"),
    ],
)
def test_a_collection_that_is_not_whole_is_refused(collection: Collection, words: str, tmp_path: Path) -> None:
    refused(night(collection.reply, "ogc_features", tmp_path), words)


def test_a_next_link_that_leads_back_is_refused(tmp_path: Path) -> None:
    def reply(asked: Asked) -> Answer:
        answer = Collection(matched=None).reply(asked)
        data = json.loads(answer.body)
        data["features"] = data["features"][: 2 if "offset" in asked.query else 1]
        data["numberReturned"] = len(data["features"])
        data["links"] = [{"rel": "next", "href": f"{ITEMS}?offset=1000"}]
        return Answer(json.dumps(data).encode())

    refused(night(reply, "ogc_features", tmp_path), "a next link that leads back")


# WFS


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param(FeatureType(), {"count": 1000}, id="pages"),
        pytest.param(FeatureType(), {}, id="one-page"),
        pytest.param(FeatureType(keyless=True), {}, id="one-page-without-key"),
        pytest.param(FeatureType(keyless=True), {"count": 1000, "sort": "nr"}, id="pages-sorted"),
        pytest.param(FeatureType(features=ogc.made_up(2000)), {"count": 1000}, id="full-last-page"),
        pytest.param(FeatureType(cap=700), {}, id="cap-below-count"),
        pytest.param(FeatureType(cap=700, matched="unknown"), {}, id="cap-and-unknown-count"),
        pytest.param(FeatureType(cap=700, matched=""), {}, id="cap-and-no-count"),
        pytest.param(FeatureType(cap=700, matched="", hits="unknown"), {}, id="cap-and-no-count-at-all"),
        pytest.param(FeatureType(), {"srs": "EPSG:31370"}, id="lambert72"),
    ],
)
def test_a_feature_type_comes_whole_however_its_server_pages(kind: FeatureType, options: dict, tmp_path: Path) -> None:
    found = night(kind.reply, "wfs", tmp_path, **options)
    rows = table(found.piece, "geojson")
    assert [row["nr"] for row in rows] == [str(f["properties"]["nr"]) for f in kind.features]
    assert {(round(float(row["lon"]), 6), round(float(row["lat"]), 6)) for row in rows} == {(3.712679, 51.05433)}
    assert {a.one("srsName") for a in found.asked} == {options.get("srs", "EPSG:4326")}
    assert found.piece.names[0] == "proef-palen-0001.json"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param(
            FeatureType(exception="Veld &apos;x&apos; bestaat niet"), "says 'Veld 'x' bestaat niet'", id="report"
        ),
        pytest.param(FeatureType(keyless=True), "Cannot do natural order without a primary key", id="no-key"),
        pytest.param(FeatureType(ignores_start=True), "a page came twice", id="ignored-start"),
        pytest.param(
            FeatureType(ignores_start=True, without_ids=True, matched="", hits="unknown"), "came twice", id="no-ids"
        ),
        pytest.param(FeatureType(matched="2501"), "the server counts", id="hits-disagree"),
        pytest.param(FeatureType(lost_after=2000), "2000 rows came and the server counts 2500", id="lost-page"),
        pytest.param(FeatureType(ignores_srs=True), "EPSG::31370 although EPSG:4326 was asked", id="ignored-srs"),
        pytest.param(FeatureType(features=[]), "no rows", id="empty"),
    ],
)
def test_a_feature_type_that_is_not_whole_is_refused(kind: FeatureType, words: str, tmp_path: Path) -> None:
    if kind.matched == "2501":
        kind.hits = "2501"
    refused(night(kind.reply, "wfs", tmp_path, count=1000), words)


def test_a_feature_that_comes_twice_in_another_page_is_refused(tmp_path: Path) -> None:
    kind = FeatureType()
    kind.features[2000] = kind.features[0]
    refused(night(kind.reply, "wfs", tmp_path, count=1000), "feature 'palen.1' came twice")


# All four


@pytest.mark.parametrize("protocol", ADDRESS)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"<!doctype html><html><body>onderhoud</body></html>", "not data but a web page", id="html"),
        pytest.param(b"", "the body is empty", id="empty"),
        pytest.param(b"[1, 2]", "not a JSON object", id="list"),
        pytest.param(b'{"error": "verzonnen fout"}', "the server says 'verzonnen fout'", id="error"),
        pytest.param(b"{" * 5000, "not JSON", id="no-json"),
        pytest.param(b"{}", "", id="nothing"),
        pytest.param(b'{"features": [5], "fields": 7, "links": 3, "metas": []}', "", id="odd"),
    ],
)
def test_an_answer_that_is_no_data_is_refused(protocol: str, body: bytes, words: str, tmp_path: Path) -> None:
    refused(night(lambda _: Answer(body), protocol, tmp_path), words)


@pytest.mark.parametrize("protocol", ADDRESS)
def test_a_server_that_is_down_is_refused_by_name(protocol: str, tmp_path: Path) -> None:
    refused(night(lambda _: Answer(b"{}", 503), protocol, tmp_path), "gave up after attempt 2", "answered 503")


@pytest.mark.parametrize("protocol", ["arcgis_rest", "ogc_features", "wfs"])
def test_a_page_that_breaks_off_takes_the_earlier_pages_with_it(protocol: str, tmp_path: Path) -> None:
    kinds = {"arcgis_rest": Layer(), "ogc_features": Collection(), "wfs": FeatureType()}
    options = {"wfs": {"count": 1000}}.get(protocol, {})

    def reply(asked: Asked) -> Answer:
        answer = kinds[protocol].reply(asked)
        late = any(asked.one(name) == "2000" for name in ("resultOffset", "offset", "startIndex"))
        return replace(answer, cut=1000) if late else answer

    refused(night(reply, protocol, tmp_path, **options), "the body ended after 1000 of")
