"""One incident, one alert: to the file and to a web address, once, and once more when it is over.

All wrong figures here are synthetic.
"""

import json
import os
from pathlib import Path

import pytest

from pipelines.config import Alerts, Http, Settings
from pipelines.describe.catalogue import load_cities
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.web.webhook import Untold, post
from pipelines.landing.incidents import Incident, incidents
from pipelines.landing.landings import Landing
from pipelines.publish.alerts import tell
from tests.helpers import Row, area, edited, figures, land_all, landings, obmi, status
from tests.replay.server import Answer, serve

DATASET = "statbel_armoederisico"
SPECS = load_datasets()
CITIES = load_cities()


def told(home: Path) -> list[dict]:
    """The alerts in the file."""
    path = home / "meldingen.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def look(home: Path, settings: Settings | None = None, problem: str = "") -> None:
    """What the end of a refresh does."""
    tell(Home(home), settings or Settings(), incidents(landings(home), CITIES, problem))


def deliver(home: Path, folder: Path, wrong: set[str]) -> None:
    """Hand over the built-in figures with an impossible poverty risk of 2022 in these municipalities, and land them."""

    def change(row: Row) -> Row:
        return row | ({"armoederisico": "95"} if area(row) in wrong and row["jaar"] == "2022" else {})

    assert obmi("drop", DATASET, edited(DATASET, folder, change)).code == 0
    land_all(home, DATASET)


def to(url: str) -> Settings:
    return Settings(http=Http(loopback=True), meldingen=Alerts(webhook=url))


@pytest.mark.proof
def test_one_incident_is_told_once_and_once_more_when_it_is_over(home: Path, tmp_path: Path) -> None:
    with serve(lambda asked: Answer(status=204)) as server:
        look(home, to(server.url))
        assert (told(home), server.asked) == ([], [])
        good = Landing(Home(home), SPECS[DATASET]).state.accepted_at
        deliver(home, tmp_path, {"44021"})
        look(home, to(server.url))
        look(home, to(server.url))
        deliver(home, tmp_path, {"44021"})
        look(home, to(server.url))
        sent = [json.loads(a.body) for a in server.asked]
        assert sent == told(home)
        (alert,) = sent
        (incident,) = alert["incidenten"]
        assert alert["soort"] == "nieuw"
        assert (incident["steden"], incident["dataset"]) == (["gent"], DATASET)
        assert (incident["controle"], incident["waargenomen"]) == ("armoederisico_is_percentage", "95")
        assert incident["laatste_goede"] == good
        assert f"obmi accept {incident['id']} lets it through" in incident["volgende_stap"]
        for text in ("gent", DATASET, "armoederisico_is_percentage", "95", "last good", "next:"):
            assert text in alert["text"]
        assert "rijen" not in json.dumps(alert)
        deliver(home, tmp_path, set())
        look(home, to(server.url))
        look(home, to(server.url))
        over = json.loads(server.asked[-1].body)
        assert (len(server.asked), over["soort"], over["incidenten"][0]["steden"]) == (2, "voorbij", ["gent"])
        assert {a.headers["content-type"] for a in server.asked} == {"application/json; charset=utf-8"}


@pytest.mark.proof
def test_a_second_city_is_a_new_incident(home: Path, tmp_path: Path) -> None:
    for wrong in ({"44021"}, {"44021", "31005"}):
        deliver(home, tmp_path, wrong)
        look(home)
    assert [[i["steden"] for i in a["incidenten"]] for a in told(home)] == [[["gent"]], [["brugge"]]]


@pytest.mark.proof
def test_a_refused_delivery_is_told_with_its_check(home: Path, tmp_path: Path) -> None:
    assert obmi("drop", DATASET, edited(DATASET, tmp_path, lambda row: [row, row])).code == 0
    land_all(home, DATASET)
    look(home)
    (alert,) = told(home)
    (incident,) = alert["incidenten"]
    assert (incident["controle"], incident["gebied"], incident["steden"]) == ("sleutel", "", [])
    assert obmi("drop", DATASET, figures("statbel_bevolking")).code == 0
    land_all(home, DATASET)
    look(home)
    assert [a["soort"] for a in told(home)] == ["nieuw", "nieuw"], "the first stands until its years are given again"
    assert told(home)[1]["incidenten"][0]["controle"] == "lezen"


def test_thirteen_sources_that_fail_at_once_are_one_alert(empty_home: Path) -> None:
    sources = list(SPECS.values())[:13]
    for spec in sources:
        Landing(Home(empty_home), spec).note_fetch("gave up after attempt 5, the server answered with status 503")
    with serve(lambda asked: Answer()) as server:
        look(empty_home, to(server.url))
        look(empty_home, to(server.url))
        (alert,) = [json.loads(a.body) for a in server.asked]
        assert len(alert["incidenten"]) == 13
        assert alert["text"].startswith("obmi: 13 faults at once")
        for spec in sources:
            Landing(Home(empty_home), spec).note_fetch(None)
        look(empty_home, to(server.url))
        assert [a["soort"] for a in told(empty_home)] == ["nieuw", "voorbij"]


def test_a_build_that_fails_is_told(home: Path) -> None:
    look(home, problem="onderwerp.plat: audit x found 3 rows")
    look(home, problem="onderwerp.plat: audit x found 4 rows")
    look(home)
    assert [(a["soort"], a["incidenten"][0]["controle"]) for a in told(home)] == [
        ("nieuw", "bouw"),
        ("voorbij", "bouw"),
    ]


@pytest.mark.proof
def test_a_sink_that_is_down_changes_nothing_and_is_tried_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [Answer(status=500), Answer(status=503), Answer(), Answer()]
    with serve(lambda asked: answers.pop(0)) as server:
        config = tmp_path / "obmi.toml"
        config.write_text(
            f"{Path(os.environ['OBMI_CONFIG']).read_text()}[http]\nloopback = true\n"
            f'[meldingen]\nwebhook = "{server.url}/geheim"\n'
        )
        monkeypatch.setenv("OBMI_CONFIG", str(config))
        broken = tmp_path / "kapot.csv"
        broken.write_text("")
        assert obmi("drop", DATASET, broken).code == 0
        first = obmi("refresh")
        assert first.code == 20
        assert len(told(home)) == 1
        said = json.loads(obmi("status", "--json").out)["meldingen"]["webhook"]
        assert said.startswith("1 not told since ")
        assert "answered with status 500" in said
        assert "geheim" not in said
        assert f"alerts to the webhook: {said}" in obmi("status").out
        assert obmi("drop", DATASET, "--withdraw").code == 0
        assert obmi("refresh").code == 0
        assert "2 not told" in obmi("status").out
        assert obmi("refresh").code == 0
        assert [json.loads(a.body)["soort"] for a in server.asked] == ["nieuw", "nieuw", "nieuw", "voorbij"]
        assert "alerts" not in obmi("status").out


def test_a_file_that_cannot_be_written_waits_too(home: Path, tmp_path: Path) -> None:
    nowhere = Settings(meldingen=Alerts(bestand=str(tmp_path / "er-niet" / "meldingen.jsonl")))
    look(home, nowhere, problem="kapot")
    assert "No such file" in json.loads(obmi("status", "--json").out)["meldingen"]["bestand"]
    (tmp_path / "er-niet").mkdir()
    look(home, nowhere, problem="kapot")
    assert len((tmp_path / "er-niet" / "meldingen.jsonl").read_text().splitlines()) == 1
    assert status()


@pytest.mark.parametrize(
    ("url", "loopback", "why"),
    [
        ("http://127.0.0.1:9/t0ken", False, "scheme 'http' is not allowed"),
        ("http://192.168.1.1/t0ken", True, "not a public address|plain http is for loopback only"),
        ("https://127.0.0.1/t0ken", False, "not a public address"),
        ("https://bot:t0ken@127.0.0.1/", True, "user name or password"),
        ("file:///etc/passwd", True, "is not allowed"),
        ("http://127.0.0.1:9/t0ken", True, "the connection broke"),
        ("http://[t0ken", True, "malformed|unreadable"),
    ],
)
def test_an_address_that_is_not_safe_is_not_told_and_not_shown(url: str, loopback: bool, why: str) -> None:
    with pytest.raises(Untold, match=why) as caught:
        post(url, {}, loopback)
    assert "t0ken" not in str(caught.value)


def test_a_redirect_is_not_followed() -> None:
    with serve(lambda asked: Answer(status=307, headers={"Location": "/elders"})) as server:
        with pytest.raises(Untold, match="status 307"):
            post(server.url, {}, True)
        assert len(server.asked) == 1


def test_the_address_may_be_a_secret_of_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(lambda asked: Answer(status=202)) as server:
        monkeypatch.setenv("OBMI_WEBHOOK", f"{server.url}/geheim")
        look(home, Settings(http=Http(loopback=True)), problem="kapot")
        assert [a.path for a in server.asked] == ["/geheim"]
    assert "geheim" not in (home / "meldingen.json").read_text() + (home / "meldingen.jsonl").read_text()


def test_an_area_of_a_city_is_told_under_its_name(home: Path) -> None:
    """A fault of a city that nobody holds has no city, and says so by its code."""
    found = [Incident("d", "c", "o", "r", "v", gebiedsniveau="gemeente2024", gebied=code) for code in "1234"]
    tell(Home(home), Settings(), found)
    (alert,) = told(home)
    assert [line.split(" · ")[0] for line in alert["text"].splitlines()[1:]] == ["- 1", "- 2", "- 3", "- 4"]
