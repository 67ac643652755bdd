"""The catalogue for other catalogues by the official shapes of DCAT-AP 3, and its score."""

from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef

from tests.scenes.metadata_score import score
from tests.scenes.test_dcat import answers, read, serving

SHAPES = ("shapes.ttl", "range.ttl", "shapes_recommended.ttl", "deprecateduris.ttl")


VIOLATION = URIRef("http://www.w3.org/ns/shacl#Violation")


SEVERITY = URIRef("http://www.w3.org/ns/shacl#resultSeverity")


@pytest.fixture(scope="module")
def folder(released: Path) -> Path:
    return (released / "current").resolve()


def violations(graph: Graph, shared: Path) -> list[str]:
    """What the official shapes of DCAT-AP refuse in a graph."""
    shapes = Graph()
    for name in SHAPES:
        shapes.parse(shared / "data" / "dcat-ap-3.0.1" / name, format="turtle")
    _, report, text = validate(graph, shacl_graph=shapes, advanced=True, allow_warnings=True)
    return [text for _ in report.subjects(SEVERITY, VIOLATION)]


def test_the_catalogue_fits_the_official_shapes(folder: Path, shared: Path) -> None:
    assert violations(read(folder), shared) == []


def test_the_shapes_refuse_a_dataset_without_a_title(folder: Path, shared: Path) -> None:
    graph = read(folder)
    graph.remove((next(graph.subjects(RDF.type, DCAT.Dataset)), DCTERMS.title, None))
    assert len(violations(graph, shared)) == 1


def test_a_served_catalogue_scores_excellent(folder: Path, shared: Path) -> None:
    with serving(folder) as address:
        graph = read(folder, address)
        parts = score(graph, answers, not violations(graph, shared)).values()
    assert sum(of for _, of in parts) == 405
    assert 351 <= sum(got for got, _ in parts) <= 405
