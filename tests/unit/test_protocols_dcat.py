"""A DCAT catalogue: the one file it names, and no fetch while its date stands still. Files are made up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.replay.catalogue import PREFIXES, Catalogue
from tests.replay.nights import Asking, asked_of
from tests.replay.server import Answer, dataset

ZIP = b"PK\x03\x04 made-up zip " * 2000


@contextmanager
def catalogued(publisher: Catalogue, tmp_path: Path, **options: Any) -> Iterator[Asking]:
    publisher.files |= {"SECTOREN_2025.zip": ZIP, "SECTOREN_2026.zip": ZIP + b"new", "SECTOREN_2025.xlsx": ZIP}
    asked = {"identifier": "NodeID4151", "match": r"\.zip$", **options}
    with asked_of(publisher, "/catalogue", tmp_path, "dcat", asked) as asking:
        publisher.host = asking.server.url
        yield asking


@pytest.mark.parametrize("xml", [False, True], ids=["turtle", "rdf-xml"])
@pytest.mark.parametrize("by_address", [False, True], ids=["identifier", "address"])
def test_dcat_takes_the_file_that_the_catalogue_names(tmp_path: Path, xml: bool, by_address: bool) -> None:
    with catalogued(Catalogue(xml=xml), tmp_path) as asking:
        if by_address:
            address = f"{asking.server.url}/node/4151"
            asking.spec = dataset("dcat", {"identifier": address, "match": r"\.zip$"})
        (piece,) = asking.whole()
        assert asking.body(piece).read_bytes() == ZIP
        assert (piece.part, piece.names) == (f"{asking.server.url}/files/SECTOREN_2025.zip", ("SECTOREN_2025.zip",))
        facts = {"identifier": "NodeID4151", "modified": "2026-06-15"}
        if not xml:
            facts |= {
                "publisher": "Verzonnen dienst",
                "license": "http://creativecommons.org/licenses/by/4.0/",
                "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
            }
        assert piece.facts == facts


@pytest.mark.parametrize(
    "marks",
    [{}, {"has_etag": False, "last_modified": "Mon, 01 Jun 2026 09:00:00 GMT"}],
    ids=["etag", "last-modified"],
)
def test_dcat_unchanged_night_sends_nothing(tmp_path: Path, marks: dict[str, Any]) -> None:
    with catalogued(Catalogue(**marks), tmp_path) as asking:
        asking.whole()
        assert asking.whole() == []
        assert (len(asking.server.asked), asking.sent) == (1, 0)


def test_dcat_changed_catalogue_with_the_same_date_leaves_the_file(tmp_path: Path) -> None:
    publisher = Catalogue(has_etag=False)
    with catalogued(publisher, tmp_path) as asking:
        asking.whole()
        assert asking.whole() == []
        assert [asked.path for asked in asking.server.asked] == ["/catalogue"]
        publisher.modified, publisher.year = "2027-06-15", 2026
        (piece,) = asking.whole()
        assert asking.body(piece).read_bytes() == ZIP + b"new"


def test_dcat_without_a_date_asks_the_file_by_its_etag(tmp_path: Path) -> None:
    publisher = Catalogue(modified=None)
    with catalogued(publisher, tmp_path) as asking:
        asking.whole()
        assert asking.whole() == []
        assert (len(asking.server.asked), asking.sent) == (2, 0)
        publisher.files["SECTOREN_2025.zip"] = ZIP + b"changed without a word"
        assert len(asking.whole()) == 1


def test_dcat_file_that_could_not_be_had_is_asked_again(tmp_path: Path) -> None:
    publisher = Catalogue()
    with catalogued(publisher, tmp_path) as asking:
        del publisher.files["SECTOREN_2025.zip"]
        asking.refused("answered 404")
        publisher.files["SECTOREN_2025.zip"] = ZIP
        assert len(asking.whole()) == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"match": r"\.gpkg$"}, r"0 distributions of NodeID4151 match .*SECTOREN_2025.xlsx.*SECTOREN_2025.zip"),
        ({"match": "SECTOREN"}, r"2 distributions of NodeID4151 match .*SECTOREN_2025.xlsx.*SECTOREN_2025.zip"),
        ({"identifier": "NodeID9999"}, r"0 of its 301 datasets have the identifier NodeID9999"),
    ],
    ids=["none", "several", "no-dataset"],
)
def test_dcat_choice_that_is_not_one_is_refused(tmp_path: Path, options: dict[str, Any], match: str) -> None:
    with catalogued(Catalogue(), tmp_path, **options) as asking:
        asking.refused(match)


BOMB = '<!DOCTYPE rdf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&x;</rdf:RDF>'


@pytest.mark.parametrize(
    ("text", "xml", "match"),
    [
        (f'<?xml version="1.0"?>{BOMB}{RDF}', True, "a catalogue with a DOCTYPE or ENTITY"),
        (f"{BOMB}{RDF}", False, "a catalogue with a DOCTYPE or ENTITY"),
        ("<rdf:RDF", True, "no catalogue in RDF/XML"),
        (f"{PREFIXES}<a> dct:title 'cut", False, "no catalogue in Turtle"),
        ("<!DOCTYPE html><html>even onderhoud</html>", False, "not data but a web page"),
    ],
    ids=["entity", "entity-as-turtle", "cut-xml", "cut-turtle", "html"],
)
def test_dcat_refuses_a_catalogue_that_is_none_or_unsafe(tmp_path: Path, text: str, xml: bool, match: str) -> None:
    with catalogued(Catalogue(text=text, xml=xml), tmp_path) as asking:
        asking.refused(match)


def test_dcat_refuses_an_entity_in_utf_16(tmp_path: Path) -> None:
    publisher = Catalogue()
    publisher.reply = lambda asked: Answer(f"{BOMB}{RDF}".encode("utf-16"))  # type: ignore[method-assign]
    with catalogued(publisher, tmp_path) as asking:
        asking.refused("a catalogue with a DOCTYPE or ENTITY")


def test_dcat_file_on_a_host_that_is_not_allowed_is_not_fetched(tmp_path: Path) -> None:
    publisher = Catalogue()
    with catalogued(publisher, tmp_path) as asking:
        publisher.host = asking.server.url.replace("127.0.0.1", "127.0.0.2")
        asking.refused("host '127.0.0.2' is not in the allow-list")


def test_dcat_match_must_be_a_pattern() -> None:
    with pytest.raises(ValidationError, match="match is no regular expression"):
        dataset("dcat", {"identifier": "x", "match": "("})
