"""Our own count of the European metadata quality score: 405 points in five dimensions, 351 and more is Excellent.

Points as data.europa.eu publishes them for its metadata quality assessment. Whether an address answers, and whether
the graph fits DCAT-AP, is measured only where that can be done; else those points stand apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef
from rdflib.term import Node

from pipelines.home import Problem
from pipelines.publish.dcat_ap import TURTLE

AUTHORITY = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
FILE_TYPES = f"{AUTHORITY}file-type/"
OPEN = {f"{FILE_TYPES}{t}" for t in ("CSV", "JSON", "JSON_LD", "RDF_TURTLE", "GEOJSON", "XML")}
MOST = 405


class NoCatalogue(Problem):
    """A release without a catalogue."""


@dataclass(frozen=True)
class Part:
    """One part of the score, over all datasets: the points got (on average), and those that there are. `got` is None
    for what was not measured."""

    dimension: str
    name: str
    got: float | None
    of: int


def score(graph: Graph, answers: Callable[[str], bool] | None = None, conforms: bool | None = None) -> list[Part]:
    """The parts of the score of a catalogue. `answers` tells whether an address answers, `conforms` whether the graph
    was found to fit DCAT-AP."""
    datasets = sorted(graph.subjects(RDF.type, DCAT.Dataset))
    files = sorted(graph.subjects(RDF.type, DCAT.Distribution))

    def has(nodes: list[Node], predicate: URIRef, fits: Callable[[str], bool] = bool) -> float:
        return sum(any(fits(str(v)) for v in graph.objects(n, predicate)) for n in nodes) / max(len(nodes), 1)

    def reached(predicate: URIRef) -> float | None:
        return None if answers is None else has(files, predicate, answers)

    within = {
        "format": has(files, DCTERMS.format, lambda v: v.startswith(FILE_TYPES)),
        "media": has(files, DCAT.mediaType, lambda v: v.startswith(IANA)),
    }
    shares: list[tuple[str, str, float | None, int]] = [
        ("vindbaarheid", "trefwoord", has(datasets, DCAT.keyword), 30),
        ("vindbaarheid", "thema", has(datasets, DCAT.theme), 30),
        ("vindbaarheid", "plaats", has(datasets, DCTERMS.spatial), 20),
        ("vindbaarheid", "periode", has(datasets, DCTERMS.temporal), 20),
        ("toegankelijkheid", "toegangsadres antwoordt", reached(DCAT.accessURL), 50),
        ("toegankelijkheid", "downloadadres", has(files, DCAT.downloadURL), 20),
        ("toegankelijkheid", "downloadadres antwoordt", reached(DCAT.downloadURL), 30),
        ("uitwisselbaarheid", "formaat", has(files, DCTERMS.format), 20),
        ("uitwisselbaarheid", "mediatype", has(files, DCAT.mediaType), 10),
        ("uitwisselbaarheid", "beide uit de woordenlijst", min(within.values()), 10),
        ("uitwisselbaarheid", "open formaat", has(files, DCTERMS.format, OPEN.__contains__), 20),
        ("uitwisselbaarheid", "leesbaar voor een machine", has(files, DCTERMS.format, OPEN.__contains__), 20),
        ("uitwisselbaarheid", "past in DCAT-AP", None if conforms is None else float(conforms), 30),
        ("herbruikbaarheid", "licentie", has(files, DCTERMS.license), 20),
        (
            "herbruikbaarheid",
            "licentie uit de woordenlijst",
            has(files, DCTERMS.license, lambda v: v.startswith(f"{AUTHORITY}licence/")),
            10,
        ),
        ("herbruikbaarheid", "toegangsrechten", has(datasets, DCTERMS.accessRights), 10),
        (
            "herbruikbaarheid",
            "toegangsrechten uit de woordenlijst",
            has(datasets, DCTERMS.accessRights, lambda v: v.startswith(f"{AUTHORITY}access-right/")),
            5,
        ),
        ("herbruikbaarheid", "contact", has(datasets, DCAT.contactPoint), 20),
        ("herbruikbaarheid", "uitgever", has(datasets, DCTERMS.publisher), 10),
        ("context", "rechten", has(files, DCTERMS.rights), 5),
        ("context", "grootte", has(files, DCAT.byteSize), 5),
        ("context", "uitgegeven", has(datasets, DCTERMS.issued), 5),
        ("context", "gewijzigd", has(datasets, DCTERMS.modified), 5),
    ]
    return [Part(d, n, None if share is None else share * of, of) for d, n, share, of in shares]


def read(folder: Path, address: str | None = None) -> Graph:
    """The catalogue of a release; its own addresses are those in `address`, or in the folder itself.

    Raises NoCatalogue for a release from before there was one.
    """
    path = folder / TURTLE
    if not path.exists():
        raise NoCatalogue(f"{folder} has no {TURTLE}; run obmi refresh to make a release that has")
    base = (address or folder.resolve().as_uri()).rstrip("/") + "/"
    return Graph().parse(path, format="turtle", publicID=base)


def as_text(parts: list[Part]) -> str:
    """The score with its parts, and what was not measured."""
    got = sum(p.got for p in parts if p.got is not None)
    apart = sum(p.of for p in parts if p.got is None)
    lines = [
        f"{p.dimension:<18} {p.name:<36} {'-' if p.got is None else format(p.got, '.1f'):>5} / {p.of}" for p in parts
    ]
    said = f"; {apart} niet gemeten" if apart else ""
    return "\n".join([*lines, "", f"{got:.1f} van {MOST - apart} gemeten punten{said} (351 van {MOST} is uitstekend)"])
