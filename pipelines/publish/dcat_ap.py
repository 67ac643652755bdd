"""The catalogue of a release for other catalogues: DCAT-AP 3 with quality measurements (DQV), and a CSV per dataset.

Addresses of our own are relative, so they hold wherever the folder of the release is served.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import duckdb
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from pipelines.describe.licences import OPEN_LICENCES
from pipelines.describe.themes import load_themes
from pipelines.home import quoted

DQV = Namespace("http://www.w3.org/ns/dqv#")
PROV = Namespace("http://www.w3.org/ns/prov#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
EU = "http://publications.europa.eu/resource/authority/"
FREQUENCIES = {
    "eenmalig": "NEVER",
    "driejaarlijks": "TRIENNIAL",
    "jaarlijks": "ANNUAL",
    "driemaandelijks": "QUARTERLY",
    "maandelijks": "MONTHLY",
    "dagelijks": "DAILY",
    "per uur": "HOURLY",
}
TABLES, TURTLE, JSONLD = "tabellen", "catalogus.ttl", "catalogus.jsonld"
CSV_TYPE = "https://www.iana.org/assignments/media-types/text/csv"
GZIP_TYPE = "https://www.iana.org/assignments/media-types/application/gzip"
TODAY = "NOT REGEXP_MATCHES(gebiedsniveau, '^gemeente[0-9]')"  # the older versions are in the release itself


def write_catalogue(
    con: duckdb.DuckDBPyConnection,
    work: Path,
    facts: dict[str, Any],
    sources: list[dict[str, Any]],
    themes: dict[str, str],
) -> list[Path]:
    """Write the CSV of every dataset with figures, and the catalogue in Turtle and JSON-LD; the files.

    `con` has the release as catalog `rel`, `sources` are the rows of mart.bron and `themes` the theme of each.
    """
    (work / TABLES).mkdir()
    shown = []
    together = [b for (b,) in con.execute("SELECT DISTINCT bron FROM rel.mart.waarneming").fetchall()]
    for source in sources:
        path = work / TABLES / f"{source['bron']}.csv.gz"
        named = ", ".join(quoted(b) for b in together if source["bron"] in b.split(" + "))
        if named and _write_table(con, f"bron IN ({named}) AND {TODAY}", path):
            shown.append((source, path.stat().st_size))
    names = dict(con.execute("SELECT bron, LIST(naam ORDER BY naam) FROM rel.mart.onderwerp GROUP BY bron").fetchall())
    points = con.execute(
        "SELECT dataset, dimensie, AVG(score), MAX(maximum) FROM rel.mart.datamaturiteit "
        f"WHERE release = {quoted(facts['release'])} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    graph = catalogue(facts, shown, themes, names, points)
    graph.serialize(work / TURTLE, format="turtle", encoding="utf-8")
    graph.serialize(work / JSONLD, format="json-ld", encoding="utf-8", auto_compact=True)
    return [*sorted((work / TABLES).iterdir()), work / TURTLE, work / JSONLD]


def _write_table(con: duckdb.DuckDBPyConnection, where: str, path: Path) -> int:
    """Write the figures for which this holds as packed CSV; how many, and no file for none.

    Python packs them: DuckDB takes three times as long for files that are as large.
    """
    plain = path.with_suffix("")
    (rows,) = con.execute(
        f"COPY (SELECT * EXCLUDE (periode_begin, bronversie) FROM rel.mart.waarneming WHERE {where}) "
        f"TO {quoted(plain)} (FORMAT csv, HEADER)"
    ).fetchone()
    if rows:
        with plain.open("rb") as source, gzip.GzipFile(path, "wb", 4, mtime=0) as packed:
            shutil.copyfileobj(source, packed, 1 << 20)
    plain.unlink()
    return rows


def catalogue(
    facts: dict[str, Any],
    sources: list[tuple[dict[str, Any], int]],
    themes: dict[str, str],
    names: dict[str, list[str]],
    points: list[tuple[str, str, float, int]],
) -> Graph:
    """The graph: a catalogue, a dataset with one distribution for every source (with the bytes of its CSV)."""
    graph = Graph()
    for prefix, space in (("dqv", DQV), ("prov", PROV), ("vcard", VCARD), ("spdx", SPDX), ("dct", DCTERMS)):
        graph.bind(prefix, space)
    whole = URIRef(TURTLE)
    made = Literal(facts["gemaakt_op"], datatype=XSD.dateTime)
    _add(
        graph,
        whole,
        DCAT.Catalog,
        {
            DCTERMS.title: _dutch("Stadsindicatoren van de centrumsteden en de VGC"),
            DCTERMS.description: _dutch(f"De datasets van release {facts['release']}, gecontroleerd en per gebied."),
            DCTERMS.publisher: _agent(graph, "obmi", "Werkgroep OBMi van de Vlaamse centrumsteden"),
            DCTERMS.language: _term(graph, EU + "language/NLD", DCTERMS.LinguisticSystem),
            DCTERMS.spatial: _term(graph, EU + "country/BEL", DCTERMS.Location),
            DCTERMS.issued: made,
            DCTERMS.modified: made,
            DCAT.themeTaxonomy: _add(
                graph, URIRef(EU + "data-theme"), SKOS.ConceptScheme, {DCTERMS.title: Literal("Data theme", lang="en")}
            ),
        },
    )
    for source, size in sources:
        ident = source["bron"]
        dataset = _dataset(graph, source, size, themes[ident], names.get(ident, []))
        graph.add((whole, DCAT.dataset, dataset))
        for dimension, score, most in [(d, s, m) for i, d, s, m in points if i == ident]:
            measured = _add(
                graph,
                BNode(f"{ident}-{dimension}"),
                DQV.QualityMeasurement,
                {
                    DQV.isMeasurementOf: _metric(graph, dimension, most),
                    DQV.value: Literal(round(score, 3), datatype=XSD.double),
                    DQV.computedOn: dataset,
                },
            )
            graph.add((dataset, DQV.hasQualityMeasurement, measured))
    return graph


def _dataset(graph: Graph, source: dict[str, Any], size: int, theme: str, names: list[str]) -> Node:
    ident, page = source["bron"], URIRef(source["pagina"])
    accepted = Literal(source["aanvaard_op"][:19], datatype=XSD.dateTime)
    period = _add(
        graph,
        BNode(f"{ident}-periode"),
        DCTERMS.PeriodOfTime,
        {
            DCAT.startDate: Literal(f"{source['oudste_jaar']}-01-01", datatype=XSD.date),
            DCAT.endDate: Literal(f"{source['jongste_jaar']}-12-31", datatype=XSD.date),
        },
    )
    contact = _add(
        graph,
        BNode(f"{ident}-contact"),
        VCARD.Kind,
        {RDF.type: VCARD.Organization, VCARD.fn: Literal(source["uitgever"]), VCARD.hasURL: page},
    )
    rights = _add(
        graph, BNode(f"{ident}-rechten"), DCTERMS.RightsStatement, {SKOS.prefLabel: _dutch(source["bronvermelding"])}
    )
    public = _term(graph, EU + "access-right/PUBLIC", DCTERMS.RightsStatement)
    file = URIRef(f"{TABLES}/{ident}.csv.gz")
    distribution = _add(
        graph,
        URIRef(f"#{ident}-csv"),
        DCAT.Distribution,
        {
            DCTERMS.title: _dutch(f"{source['titel']}, per onderwerp, gebied en periode"),
            DCTERMS.description: _dutch(
                "Elke waarneming op de gebieden van vandaag, met status en reden; csv met komma's."
            ),
            DCAT.accessURL: file,
            DCAT.downloadURL: file,
            DCTERMS.format: _term(graph, EU + "file-type/CSV", DCTERMS.MediaTypeOrExtent),
            DCAT.mediaType: _term(graph, CSV_TYPE, DCTERMS.MediaType),
            DCAT.compressFormat: _term(graph, GZIP_TYPE, DCTERMS.MediaType),
            DCAT.byteSize: Literal(size, datatype=XSD.nonNegativeInteger),
            DCTERMS.issued: accepted,
            DCTERMS.modified: accepted,
            DCTERMS.rights: rights,
            **_licence(graph, source["licentie"], ident),
        },
    )
    return _add(
        graph,
        URIRef(f"#{ident}"),
        DCAT.Dataset,
        {
            DCTERMS.identifier: Literal(ident),
            DCTERMS.title: _dutch(source["titel"]),
            DCTERMS.description: _dutch(
                f"{source['titel']}, zoals aanvaard na controle; versie {source['bronversie']}."
            ),
            DCTERMS.publisher: _agent(graph, ident, source["uitgever"]),
            DCAT.contactPoint: contact,
            DCAT.landingPage: _term(graph, source["pagina"], FOAF.Document),
            PROV.wasDerivedFrom: page,
            DCAT.keyword: [_dutch(k) for k in dict.fromkeys([theme, *names])],
            DCAT.theme: _theme(graph, theme),
            DCTERMS.spatial: _term(graph, EU + "country/BEL", DCTERMS.Location),
            DCTERMS.temporal: period,
            DCTERMS.accrualPeriodicity: _term(
                graph, f"{EU}frequency/{FREQUENCIES[source['cadans']]}", DCTERMS.Frequency
            ),
            DCTERMS.accessRights: public if source["licentie"] in OPEN_LICENCES else [],
            DCTERMS.issued: accepted,
            DCTERMS.modified: accepted,
            DCTERMS.language: _term(graph, EU + "language/NLD", DCTERMS.LinguisticSystem),
            DCAT.distribution: distribution,
        },
    )


def _licence(graph: Graph, text: str, ident: str) -> dict[Node, Node]:
    """The licence by its address in a vocabulary, or in the publisher's words; none where nobody confirmed one."""
    if text not in OPEN_LICENCES:
        return {}
    known = OPEN_LICENCES[text]
    node = URIRef(known) if known else BNode(f"{ident}-licentie")
    return {DCTERMS.license: _add(graph, node, DCTERMS.LicenseDocument, {SKOS.prefLabel: _dutch(text)})}


def _theme(graph: Graph, theme: str) -> Node:
    label = {SKOS.prefLabel: _dutch(theme), SKOS.inScheme: URIRef(EU + "data-theme")}
    return _add(graph, URIRef(f"{EU}data-theme/{load_themes()[theme].europees}"), SKOS.Concept, label)


def _term(graph: Graph, address: str, kind: URIRef) -> Node:
    """Something that is described elsewhere, with what it is, as the shapes ask."""
    return _add(graph, URIRef(address), kind, {})


def _metric(graph: Graph, dimension: str, most: int) -> Node:
    name = URIRef(f"#maturiteit-{dimension}")
    said = _dutch(f"Datamaturiteit, {dimension}: gemiddelde van de steden, op {most}.")
    return _add(graph, name, DQV.Metric, {SKOS.definition: said, DQV.expectedDataType: XSD.double})


def _agent(graph: Graph, ident: str, name: str) -> Node:
    return _add(graph, BNode(f"{ident}-uitgever"), FOAF.Agent, {FOAF.name: Literal(name)})


def _dutch(text: str) -> Literal:
    return Literal(text, lang="nl")


def _add(graph: Graph, node: Node, kind: URIRef, said: dict[Any, Any]) -> Node:
    graph.add((node, RDF.type, kind))
    for predicate, found in said.items():
        for value in found if isinstance(found, list) else [found]:
            graph.add((node, predicate, value))
    return node
