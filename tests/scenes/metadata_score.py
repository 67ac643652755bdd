"""The European metadata quality score of a catalogue: 405 points in five dimensions, 351 and more is Excellent.

Points as data.europa.eu publishes them for its metadata quality assessment, counted by ourselves.
"""

from __future__ import annotations

from collections.abc import Callable

from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef
from rdflib.term import Node

AUTHORITY = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"
FILE_TYPES = f"{AUTHORITY}file-type/"
OPEN = {f"{FILE_TYPES}{t}" for t in ("CSV", "JSON", "JSON_LD", "RDF_TURTLE", "GEOJSON", "XML")}


def score(graph: Graph, answers: Callable[[str], bool], conforms: bool) -> dict[str, tuple[float, int]]:
    """Per part of the score the points got, on average of all datasets, and those that there are. `answers` tells
    whether an address answers, `conforms` whether the graph was found to fit DCAT-AP."""
    datasets = sorted(graph.subjects(RDF.type, DCAT.Dataset))
    files = sorted(graph.subjects(RDF.type, DCAT.Distribution))

    def has(nodes: list[Node], predicate: URIRef, fits: Callable[[str], bool] = bool) -> float:
        return sum(any(fits(str(v)) for v in graph.objects(n, predicate)) for n in nodes) / max(len(nodes), 1)

    within = {
        "format": has(files, DCTERMS.format, lambda v: v.startswith(FILE_TYPES)),
        "media": has(files, DCAT.mediaType, lambda v: v.startswith(IANA)),
    }
    shares: list[tuple[str, str, float, int]] = [
        ("vindbaarheid", "trefwoord", has(datasets, DCAT.keyword), 30),
        ("vindbaarheid", "thema", has(datasets, DCAT.theme), 30),
        ("vindbaarheid", "plaats", has(datasets, DCTERMS.spatial), 20),
        ("vindbaarheid", "periode", has(datasets, DCTERMS.temporal), 20),
        ("toegankelijkheid", "toegangsadres antwoordt", has(files, DCAT.accessURL, answers), 50),
        ("toegankelijkheid", "downloadadres", has(files, DCAT.downloadURL), 20),
        ("toegankelijkheid", "downloadadres antwoordt", has(files, DCAT.downloadURL, answers), 30),
        ("uitwisselbaarheid", "formaat", has(files, DCTERMS.format), 20),
        ("uitwisselbaarheid", "mediatype", has(files, DCAT.mediaType), 10),
        ("uitwisselbaarheid", "beide uit de woordenlijst", min(within.values()), 10),
        ("uitwisselbaarheid", "open formaat", has(files, DCTERMS.format, OPEN.__contains__), 20),
        ("uitwisselbaarheid", "leesbaar voor een machine", has(files, DCTERMS.format, OPEN.__contains__), 20),
        ("uitwisselbaarheid", "past in DCAT-AP", float(conforms), 30),
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
    return {f"{dimension}: {name}": (share * of, of) for dimension, name, share, of in shares}
