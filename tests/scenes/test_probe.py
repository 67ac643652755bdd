"""`obmi sources --try`: what an address would give is told, each difference by its name, and nothing lands."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.config import Http, Settings, SourceSetting
from pipelines.deliver import land_dataset
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.probe import Probe, probe, report
from tests.helpers import landings, obmi, with_register
from tests.replay.publishers import CODES, EMPTY, HEADER, MOVED, published
from tests.replay.server import Answer, Asked, dataset, serve

FILE = "gebied;jaar;aantal\n44021;2024;7\n11002;2024;9\n"
SPEC = dataset("http_file", {})


def asked_of(home: Home, reply: Callable[[Asked], Answer], deadline_s: float = 20, spec: Dataset = SPEC) -> Probe:
    with serve(reply) as server:
        found = Settings(
            http=Http(loopback=True, deadline_s=deadline_s),
            sources={SPEC.id: SourceSetting(url=[server.url + "/f.csv?sleutel=geheim"])},
        )
        (one,) = probe(landings(home, spec).only([spec.id]), [spec.id], found, lambda _: None, pause_s=0)
    return one


def giving(body: str) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(status=404) if asked.path == "/robots.txt" else Answer(body.encode())


def late(asked: Asked) -> Answer:
    time.sleep(0.6)
    return Answer(FILE.encode())


# The first two know their areas by codes that are asked; of the others a code is one only beside what has landed.
OWN_WAYS = [
    "eurostat_breedband_nuts2",
    "irceline_no2",
    "eurostat_armoederisico_nuts2",
    "mow_hoppinzuilen",
    "antwerpen_lage_emissiezone",
]

DIFFERENCES = {
    "verhuisd": lambda _: Answer(status=404),
    "andere kop": giving(FILE.replace("aantal", "getal")),
    "andere codes": giving(FILE.replace("44021", "GENT")),
    "leeg": giving("gebied;jaar;aantal\n"),
    "te traag": late,
    "geweigerd": lambda _: Answer(status=403),
    "onbereikbaar": lambda a: Answer(status=404 if a.path == "/robots.txt" else 503),
    "onleesbaar": giving(FILE.replace(";7", ";zeven")),
}


@pytest.mark.parametrize("outcome", DIFFERENCES)
def test_every_difference_is_told_by_its_name(outcome: str, tmp_path: Path) -> None:
    home = with_register(Home(tmp_path))
    one = asked_of(home, DIFFERENCES[outcome], 0.3 if outcome == "te traag" else 20)
    assert (one.outcome, one.news) == (outcome, ""), one
    assert one.reason
    assert "geheim" not in report([one])


@pytest.mark.parametrize("change", [MOVED, HEADER, CODES, EMPTY])
def test_what_a_server_says_in_its_own_way_is_told_by_its_name(
    change: str, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """GeoServer, ArcGIS, Eurostat twice and an SOS; tests/proof/live.py asks every address that is described."""
    asked = OWN_WAYS[:2] if change == CODES else OWN_WAYS
    known = {i: s for i, s in load_datasets().items() if i in asked}
    with published(con, known) as (publishers, _):
        publishers.change = change
        found = Settings(http=Http(loopback=True), sources={i: SourceSetting(url=publishers.address(i)) for i in known})
        told = probe(landings(with_register(Home(tmp_path))), known, found, lambda _: None, pause_s=0)
    assert {one.dataset: (one.outcome, bool(one.reason)) for one in told} == dict.fromkeys(known, (change, True))


def test_what_is_as_described_tells_areas_years_and_news_and_lands_nothing(tmp_path: Path) -> None:
    home = with_register(Home(tmp_path))
    one = asked_of(home, giving(FILE))
    assert (one.outcome, one.news) == ("zoals beschreven", "er is nog niets geland")
    assert one.found == "2 rijen bekeken, gebieden: 2 van niveau gemeente, jaren: 2024-2024"
    assert [p.name for p in tmp_path.iterdir()] == ["landing"]
    assert not landings(home, SPEC)[SPEC.id].is_here


def test_news_is_told_against_what_has_landed(tmp_path: Path) -> None:
    points = {"gebied": {"niveau": "punt"}, "dekking": {"vanaf": 2020, "afwezig": "onbekend"}, "voorbeeld": None}
    spec, home = Dataset(**SPEC.model_dump() | {"options": {}} | points), with_register(Home(tmp_path))
    with serve(giving(FILE)) as server:
        found = Settings(http=Http(loopback=True), sources={SPEC.id: SourceSetting(url=[server.url + "/f.csv"])})
        with home.lock():
            land_dataset(landings(home, spec), spec.id, "live", found, lambda _: None)
    one = asked_of(home, giving(FILE.replace("11002;2024", "11002;2025")), spec=spec)
    assert one.news == "1 van 2 rijen staan zo niet in wat geland is, nieuwe jaren: 2025"
    other = asked_of(home, giving(FILE.replace("44021", "GENT").replace("11002", "ANTWERPEN")), spec=spec)
    assert (other.outcome, "ANTWERPEN, GENT" in other.reason) == ("andere codes", True)


def test_a_host_that_forbids_programs_is_asked_nothing_more(tmp_path: Path) -> None:
    paths = []

    def reply(asked: Asked) -> Answer:
        paths.append(asked.path)
        return Answer(b"User-agent: obmi\nDisallow: /\n")

    one = asked_of(with_register(Home(tmp_path)), reply)
    assert (one.outcome, paths) == ("geweigerd", ["/robots.txt"])
    assert "robots.txt" in one.reason


def test_the_command_writes_a_report_and_names_a_dataset_without_an_address(
    at_released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(giving("<html>verhuisd</html>")) as server:
        config = tmp_path / "obmi.toml"
        address = f"sources.statbel_bouwvergunningen.url = ['{server.url}/f.zip']\n"
        config.write_text(f"{address}[http]\nloopback = true\n", encoding="utf-8")
        monkeypatch.setenv("OBMI_CONFIG", str(config))
        done = obmi("sources", "--try", "statbel_bouwvergunningen", "--to", tmp_path / "verslag.md")
    assert done.code == 0, done.err
    assert "0 of 1 addresses" in done.out
    assert "statbel_bouwvergunningen" in (tmp_path / "verslag.md").read_text(encoding="utf-8")
    refused = obmi("sources", "--try", "belfius_typologie")
    assert "has no address" in refused.err
