"""A file that a DCAT catalogue points to: the catalogue says where it is today, and whether it changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from xml.sax import SAXException

from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.term import Node

from pipelines.describe.options import Dcat
from pipelines.describe.specs import Dataset
from pipelines.ingest.protocols.http_file import take
from pipelines.ingest.web.asker import Piece, Web
from pipelines.ingest.web.connect import NotFound, fetch_error, safe_url
from pipelines.ingest.web.http import Fetched

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
ACCEPT = "text/turtle, application/rdf+xml;q=0.9, */*;q=0.1"
XML = re.compile(rb"\s*<(\?xml|!--|!doctype|rdf:RDF)", re.IGNORECASE)


def collect(spec: Dataset, web: Web) -> Iterator[Piece]:
    """The distribution that the spec chooses, when the catalogue or the file changed since the last time."""
    options = spec.options
    assert isinstance(options, Dcat)
    for url in web.urls:
        with web.tolerating():
            yield from _file(web, url, options)


def _file(web: Web, url: str, options: Dcat) -> Iterator[Piece]:
    """The file, unless its `dct:modified` is that of the last time; a file without one is asked by its ETag.

    What the catalogue said is kept with its own ETag, so that an unchanged one is neither sent nor read again.
    """
    key = f"{url} {options.identifier} {options.match}"
    hint = web.known(key)
    headers = {"Accept": ACCEPT}
    if "last-modified" in hint and "etag" not in hint:
        headers["If-Modified-Since"] = hint["last-modified"]
    got = web.get(url, headers=headers, etag=hint.get("etag"))
    if got is None:
        said, marks = hint["said"], {name: hint[name] for name in ("etag", "last-modified") if name in hint}
    else:
        try:
            said = _entry(_graph(got, url), url, options)
        finally:
            got.path.unlink()
        marks = {name: got.headers[name] for name in ("etag", "last-modified") if name in got.headers}
    same_file = hint and said["address"] == hint["said"]["address"]
    if not (same_file and said["modified"] and said["modified"] == hint["said"]["modified"]):
        piece = take(web, said["address"], said["facts"])
        if piece:
            yield piece
    web.remember(key, {"said": said, **marks})


def _graph(got: Fetched, url: str) -> Graph:
    """The catalogue as triples; nothing is loaded from elsewhere, and XML may not declare entities."""
    body = got.path.read_bytes()
    plain = body.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe")
    is_xml = bool(XML.match(plain)) or "xml" in got.headers.get("content-type", "")
    if is_xml and re.search(rb"<!(DOCTYPE|ENTITY)", plain, re.IGNORECASE):
        raise fetch_error("a catalogue with a DOCTYPE or ENTITY", url, "refused as unsafe, ask the publisher")
    graph = Graph(bind_namespaces="none")
    try:
        return graph.parse(data=body, format="xml" if is_xml else "turtle", publicID=url)
    # The parsers' own way to say that a text is none of theirs; a cut Turtle text ends in the last ones.
    except (SyntaxError, ParserError, SAXException, ValueError, RecursionError, LookupError, AssertionError):
        kind = "RDF/XML" if is_xml else "Turtle"
    raise fetch_error(f"no catalogue in {kind}", url, "look at the address in a browser")


def _entry(graph: Graph, url: str, options: Dcat) -> dict[str, Any]:
    """What the catalogue says of the dataset: the address to take, when it changed, and facts to keep."""
    dataset = _dataset(graph, url, options.identifier)
    distributions: dict[str, Node] = {}
    for node in graph.objects(dataset, DCAT.distribution):
        found = list(graph.objects(node, DCAT.downloadURL)) or ([node] if isinstance(node, URIRef) else [])
        distributions |= {str(address).partition("#")[0]: node for address in found}
    chosen = sorted(address for address in distributions if re.search(options.match, unquote(address)))
    if len(chosen) != 1:
        shown = ", ".join(safe_url(a) for a in (chosen or sorted(distributions))[:20]) or "none at all"
        what = f"{len(chosen)} distributions of {options.identifier} match {options.match} (there are: {shown})"
        raise fetch_error(what, url, "correct match in the source spec so that it chooses one", NotFound)
    file = distributions[chosen[0]]
    modified = [_text(graph, node, DCT.modified) for node in (dataset, file)]
    facts = {
        "identifier": _text(graph, dataset, DCT.identifier) or options.identifier,
        "publisher": _named(graph, dataset, DCT.publisher),
        "license": _text(graph, file, DCT.license) or _text(graph, dataset, DCT.license),
        "frequency": _text(graph, dataset, DCT.accrualPeriodicity),
        "modified": modified[1] or modified[0],
    }
    return {
        "address": chosen[0],
        "modified": " ".join(modified).strip(),
        "facts": {name: value for name, value in facts.items() if value},
    }


def _dataset(graph: Graph, url: str, identifier: str) -> Node:
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    found = {d for d in datasets if str(d) == identifier}
    found = found or {d for d in datasets for o in graph.objects(d, DCT.identifier) if str(o) == identifier}
    if len(found) != 1:
        what = f"{len(found)} of its {len(datasets)} datasets have the identifier {identifier}"
        raise fetch_error(what, url, "look up the dataset's identifier in the catalogue", NotFound)
    return found.pop()


def _text(graph: Graph, node: Node, predicate: Node) -> str:
    """What is said of a node: in Dutch where it can be chosen, and always the same."""
    said = sorted(graph.objects(node, predicate), key=lambda o: (getattr(o, "language", None) != "nl", str(o)))
    return str(said[0]) if said else ""


def _named(graph: Graph, node: Node, predicate: Node) -> str:
    """The name of who is pointed to, or else the address."""
    for who in sorted(graph.objects(node, predicate), key=str):
        if name := _text(graph, who, FOAF.name):
            return name
        return str(who) if isinstance(who, URIRef | Literal) else ""
    return ""
