"""Files at an address, over the whole way into the raw store: checksums, tags, and what is no news."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.config import Http, Settings, SourceSetting
from pipelines.home import Home
from pipelines.ingest.fetch import MissingYears, SourceError, fetch
from pipelines.ingest.protocols.http_file import collect
from pipelines.ingest.raw import RawStore
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.tables import open_tables
from pipelines.ingest.web.asker import Web
from pipelines.ingest.web.connect import FetchError
from pipelines.landing.state import LandedTable, Refusal, State
from tests.replay.server import Answer, dataset, serve

BODY = b"gebied;jaar;aantal\n99991;2023;12\n"  # synthetic
NAME = "aantallen.csv"
SHA256, MD5 = hashlib.sha256(BODY).hexdigest(), hashlib.md5(BODY).hexdigest()


class Night:
    """One made-up dataset, refreshed from a server into a home."""

    def __init__(self, folder: Path, url: str, **more) -> None:
        self.home = Home(folder / "home")
        # Under the name of a dataset that has checks, which enter the manifest.
        made_up = dataset("http_file", more.pop("options", {}), **more)
        self.spec = made_up.model_copy(update={"id": "statbel_armoederisico"})
        self.store = RawStore(self.home)
        http = Http(loopback=True, attempts=1, deadline_s=10)
        self.settings = Settings(http=http, sources={self.spec.id: SourceSetting(url=[f"{url}/{NAME}"])})

    def fetch(self):
        with self.home.lock():
            try:
                return fetch(self.spec, "live", self.home, self.settings)
            finally:
                assert list(self.home.tmp.iterdir()) == []

    def objects(self) -> list[str]:
        return sorted(p.name for p in (self.store.root / "objects").glob("*/*"))


class Files:
    """A publisher with these files; a file with a tag answers 304 to those who have it."""

    def __init__(self, files: dict[str, bytes], etag: str = "") -> None:
        self.files, self.etag, self.status = files, etag, 200

    def __call__(self, asked) -> Answer:
        if asked.path not in self.files:
            return Answer(b"", 404)
        tag = {"ETag": self.etag} if self.etag and asked.path == f"/{NAME}" else {}
        if tag and asked.headers.get("if-none-match") == self.etag:
            return Answer(b"", 304, tag)
        return Answer(self.files[asked.path], self.status, tag)


# --- checksums

GOOD = {
    "sha256 alone": SHA256,
    "sha256sum": f"{SHA256}  {NAME}\n",
    "binary mark": f"{SHA256.upper()} *{NAME}\r\n",
    "bsd": f"SHA256 ({NAME}) = {SHA256}\n",
    "several files": f"{'0' * 64}  ander.csv\n{SHA256}  ./map/{NAME}\n{'1' * 64}  oud_{NAME}\n",
    "md5": f"{MD5}  {NAME}\n",
    "with a comment": f"# made-up checksums\n\n{SHA256}  {NAME}\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=list(GOOD))
def test_a_file_that_agrees_with_its_checksum_is_stored(tmp_path, text):
    with serve(Files({f"/{NAME}": BODY, f"/{NAME}.sum": text.encode()})) as server:
        night = Night(tmp_path, server.url, options={"checksum": "{url}.sum"})
        assert [f.sha256 for f in night.fetch().files] == [SHA256]
        assert [asked.path for asked in server.asked] == [f"/{NAME}", f"/{NAME}.sum"]


BAD = {
    "other sha256": (f"{'0' * 64}  {NAME}", f"the file {NAME} disagrees with its checksum"),
    "other md5": (f"{'0' * 32}  {NAME}", f"the file {NAME} disagrees with its checksum"),
    "no checksum in it": ("see our website", f"0 checksums for {NAME} in this file"),
    "too short": (f"{SHA256[:-1]}  {NAME}", "0 checksums"),
    "too long": (f"{SHA256}0  {NAME}", "0 checksums"),
    "not for this file": (f"{SHA256}  een.csv\n{SHA256}  twee.csv", "0 checksums"),
    "twice": (f"{SHA256}  {NAME}\n{'0' * 64}  {NAME}", "2 checksums"),
    "page": ("<html><body>Onderhoud</body></html>", "not data but a web page"),
    "nothing": ("", "the body is empty"),
    "absent": (None, "no checksum lies there, the server answered 404"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=list(BAD))
def test_a_file_without_a_checksum_that_agrees_is_not_stored(tmp_path, text, said):
    beside = {} if text is None else {"/sums/all.txt": text.encode()}
    with serve(Files({f"/{NAME}": BODY, **beside}, etag='"v1"')) as server:
        night = Night(tmp_path, server.url, options={"checksum": f"{server.url}/sums/all.txt"})
        for _ in range(2):  # the second night has no tag of a file that was refused
            with pytest.raises(SourceError, match=said) as caught:
                night.fetch()
        assert len(str(caught.value).splitlines()) == 1
        assert f"{server.url}/" in str(caught.value)
        assert night.objects() == []
        assert night.store.deliveries(night.spec.id) == []
        assert [a.path for a in server.asked].count(f"/{NAME}") == 2


def test_a_checksum_that_is_absent_is_told_also_for_this_years_file(tmp_path):
    """This year's file may be absent without a word; a checksum may not."""
    with serve(lambda asked: Answer(BODY) if asked.path.endswith(".csv") else Answer(b"", 404)) as server:
        night = Night(tmp_path, server.url, options={"checksum": "{url}.sum"})
        source = SourceSetting(url=[f"{server.url}/{{jaar}}.csv"])
        night.settings = night.settings.model_copy(update={"sources": {night.spec.id: source}})
        with pytest.raises(SourceError) as caught:
            night.fetch()
    years = len([a for a in server.asked if a.path.endswith(".csv")])
    assert years >= 2
    assert str(caught.value).count("no checksum lies there") == 2
    assert f"(and {years - 2} more)" in str(caught.value)
    assert night.objects() == []


# --- years that the publisher does not have


def yearly(folder: Path, url: str) -> Night:
    """A night on which every year since 2019 has a file of its own, as far as the clock goes (2022)."""
    night = Night(folder, url)
    period = night.spec.dekking.model_copy(update={"vanaf": 2019})
    night.spec = night.spec.model_copy(update={"dekking": period})
    source = SourceSetting(url=[f"{url}/{{jaar}}.csv"])
    night.settings = night.settings.model_copy(update={"sources": {night.spec.id: source}})
    return night


def test_years_that_are_not_there_stop_no_other_and_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OBMI_NOW", "2022-06-01T12:00:00+00:00")
    with serve(Files({"/2020.csv": BODY})) as server:
        night = yearly(tmp_path, server.url)
        for _ in range(2):
            with pytest.raises(MissingYears, match="no file of 2019, 2021") as caught:
                night.fetch()
            assert caught.value.years == (2019, 2021)
    (delivery,) = night.store.deliveries(night.spec.id)
    assert [f.name for f in delivery.files] == ["2020.csv"]


def test_where_no_year_is_there_the_address_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setenv("OBMI_NOW", "2022-06-01T12:00:00+00:00")
    with serve(Files({})) as server, pytest.raises(SourceError, match="404") as caught:
        yearly(tmp_path, server.url).fetch()
    assert not isinstance(caught.value, MissingYears)


def test_a_missing_year_makes_what_is_accepted_partial_until_it_is_handed_over():
    table = LandedTable("", 1, [2020, 2021], "", "", 1, {}, 0)
    state = State(dataset="x", version="v", parts=[table], missing_years=(2019, 2021))
    assert state.freshness[0] == "deels"
    assert "no file of 2019 (404)" in state.freshness[1]
    assert replace(state, missing_years=(2021,)).freshness == ("vers", "")
    refused = Refusal("d", "", "wrong", [])
    assert replace(state, refusals=[refused]).freshness == ("oud", "wrong")


# --- nights on which nothing changed


def test_an_unchanged_night_with_a_tag_brings_no_bytes(tmp_path):
    with serve(Files({f"/{NAME}": BODY}, etag='"v1"')) as server:
        night = Night(tmp_path, server.url)
        assert night.fetch() is not None
        assert server.sent == len(BODY)
        assert night.fetch() is None
        assert server.sent == len(BODY)
    assert len(server.asked) == 2
    assert len(night.store.deliveries(night.spec.id)) == 1


def test_an_unchanged_night_without_a_tag_adds_nothing(tmp_path):
    with serve(Files({f"/{NAME}": BODY})) as server:
        night = Night(tmp_path, server.url)
        assert night.fetch() is not None
        assert night.fetch() is None
        assert server.sent == 2 * len(BODY)
    assert night.objects() == [SHA256]
    assert len(night.store.deliveries(night.spec.id)) == 1


def test_another_tag_on_the_same_bytes_is_no_news_and_is_remembered(tmp_path):
    files = Files({f"/{NAME}": BODY}, etag='"v1"')
    with serve(files) as server:
        night = Night(tmp_path, server.url)
        assert night.fetch() is not None
        files.etag = '"v2"'
        assert night.fetch() is None
        assert night.fetch() is None
        assert server.asked[2].headers["if-none-match"] == '"v2"'
        assert server.sent == 2 * len(BODY)
    assert night.objects() == [SHA256]
    assert len(night.store.deliveries(night.spec.id)) == 1


def test_other_bytes_under_the_same_tag_are_news(tmp_path):
    """A server that tags by date and sends the new file all the same."""
    newer = BODY.replace(b"12", b"13")
    bodies = [BODY, newer]
    with serve(lambda _: Answer(bodies.pop(0), 200, {"ETag": '"v1"'})) as server:
        night = Night(tmp_path, server.url)
        assert [f.sha256 for f in night.fetch().files] == [SHA256]
        assert [f.sha256 for f in night.fetch().files] == [hashlib.sha256(newer).hexdigest()]
    assert len(night.objects()) == 2


def test_unchanged_is_no_answer_where_the_bytes_are_gone(tmp_path):
    with serve(Files({f"/{NAME}": BODY}, etag='"v1"')) as server:
        night = Night(tmp_path, server.url)
        night.fetch()
        night.store.path(SHA256).unlink()
        night.fetch()
        assert "if-none-match" not in server.asked[1].headers
    assert night.objects() == [SHA256]


# --- answers that are no data

NO_DATA = {
    "page": (b"<!DOCTYPE html><title>Onderhoud</title>", "not data but a web page"),
    "empty": (b"", "the body is empty"),
}


@pytest.mark.parametrize(("body", "said"), NO_DATA.values(), ids=list(NO_DATA))
def test_an_answer_that_is_no_data_keeps_what_was_there(tmp_path, body, said):
    files = Files({f"/{NAME}": BODY})
    with serve(files) as server:
        night = Night(tmp_path, server.url)
        night.fetch()
        before = (night.store.root / night.spec.id / "hints" / "web.json").read_text(encoding="utf-8")
        files.files[f"/{NAME}"] = body
        with pytest.raises(SourceError, match=said):
            night.fetch()
    assert night.objects() == [SHA256]
    assert len(night.store.deliveries(night.spec.id)) == 1
    assert (night.store.root / night.spec.id / "hints" / "web.json").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BODY.splitlines(keepends=True)[0], "has a header and no rows"),
        (b'{"error": {"message": "synthetic"}}', "is json by its content"),
    ],
    ids=["header only", "error as json"],
)
def test_an_answer_without_rows_is_kept_as_it_came_and_read_as_nothing(tmp_path, body, said):
    with serve(Files({f"/{NAME}": body})) as server:
        night = Night(tmp_path, server.url)
        (file,) = night.fetch().files
    with pytest.raises(ParseError, match=said):
        open_tables(night.spec, [(night.store.path(file.sha256), file.name)], tmp_path)


# --- keys


def test_the_key_of_a_dataset_goes_to_its_own_addresses_and_into_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("PROEF_SLEUTEL", "s3cret-key-0001")
    secret = {"header": "X-Api-Key", "env": "PROEF_SLEUTEL"}
    echo = Answer(BODY, 200, {"X-Caller": "s3cret-key-0001", "Location": "/?k=s3cret-key-0001"})
    page = []
    with (
        serve(lambda _: Answer(BODY)) as elsewhere,
        serve(lambda a: echo if a.path != f"/{NAME}" else page[0]) as server,
    ):
        links = f"<a href='/own.csv'>1</a><a href='{elsewhere.url}/far.csv'>2</a>"
        page.append(Answer(links.encode(), 200, {"Content-Type": "text/html"}))
        night = Night(tmp_path, server.url, options={"link": r"\.csv$"}, secret=secret)
        assert len(night.fetch().files) == 2
        assert len(elsewhere.asked) == 1
        assert [a.path for a in server.asked] == [f"/{NAME}", "/own.csv"]
        assert [a.headers.get("x-api-key") for a in server.asked] == ["s3cret-key-0001"] * 2
        assert "s3cret" not in str(elsewhere.asked)
    kept = [p for p in night.home.root.rglob("*") if p.is_file()]
    assert len(kept) >= 3
    assert [p for p in kept if b"s3cret" in p.read_bytes()] == []


def test_a_dataset_without_its_key_says_which_variable_it_wants(tmp_path, monkeypatch):
    monkeypatch.delenv("PROEF_SLEUTEL", raising=False)
    with serve(lambda _: Answer(BODY)) as server:
        night = Night(tmp_path, server.url, secret={"header": "X-Api-Key", "env": "PROEF_SLEUTEL"})
        with pytest.raises(SourceError, match="needs a key in the environment variable PROEF_SLEUTEL"):
            night.fetch()
        assert server.asked == []
    assert night.objects() == []


def test_an_unreadable_address_gets_no_key_and_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PROEF_SLEUTEL", "s3cret-key-0001")
    night = Night(tmp_path, "http://127.0.0.1:1", secret={"header": "X-Api-Key", "env": "PROEF_SLEUTEL"})
    night.home.tmp.mkdir(parents=True)
    web = Web(night.spec, ["https://data.example/x"], night.home, night.settings.http, {})
    with pytest.raises(FetchError, match="malformed"):
        web.get("https://data.example:99999/x")


def test_a_host_that_gives_no_answer_is_not_asked_for_every_year(tmp_path, monkeypatch):
    asked = []

    def nobody(host, *args, **kwargs):
        asked.append(host)
        raise OSError("no such host")

    monkeypatch.setattr("socket.getaddrinfo", nobody)
    spec = dataset("http_file", {})
    urls = [f"https://nergens.example/{year}.csv" for year in range(2009, 2027)]
    home = Home(tmp_path)
    home.tmp.mkdir(parents=True)
    web = Web(spec, urls, home, Http(attempts=2, deadline_s=5), {})
    web.settings = replace(web.settings, backoff_s=0.01)
    assert list(collect(spec, web)) == []
    assert len(asked) == 2, "two attempts in all, and not for each of eighteen years"
    assert len(web.failed) == 18
    assert "host 'nergens.example' is not known" in web.failed[0]
    assert "gave no answer just before" in web.failed[-1]


def test_a_key_in_an_address_of_obmi_toml_is_in_no_file_and_what_was_fetched_is_known_again(tmp_path):
    with serve(Files({f"/{NAME}": BODY}, etag='"v1"')) as server:
        night = Night(tmp_path, server.url)
        address = f"{server.url}/{NAME}?jaar=2023&api_key=s3cret-key-0001"
        night.settings = Settings(http=night.settings.http, sources={night.spec.id: SourceSetting(url=[address])})
        (file,) = night.fetch().files
        assert file.part == f"{server.url}/{NAME}?jaar=2023&api_key=***"
        assert night.fetch() is None
        assert server.asked[1].headers["if-none-match"] == '"v1"'
    kept = [p for p in night.home.root.rglob("*") if p.is_file()]
    assert [p for p in kept if b"s3cret" in p.read_bytes()] == []
