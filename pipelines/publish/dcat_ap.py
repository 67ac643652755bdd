"""The catalogue of a release for other catalogues: DCAT-AP 3 with quality measurements (DQV).

Addresses of our own are relative, so they hold wherever the folder of the release is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from rdflib import Graph, Literal, URIRef

from pipelines.describe.licences import OPEN_LICENCES
from pipelines.describe.themes import load_themes
from pipelines.publish.tables_as_text import TABLES, text_of

FREQUENCIES = {
    "eenmalig": "NEVER",
    "driejaarlijks": "TRIENNIAL",
    "jaarlijks": "ANNUAL",
    "driemaandelijks": "QUARTERLY",
    "maandelijks": "MONTHLY",
    "dagelijks": "DAILY",
    "per uur": "HOURLY",
}
TURTLE, JSONLD = "catalogus.ttl", "catalogus.jsonld"
HERE = "https://catalogus.invalid/"  # stands in for the folder while rdflib, which knows no relative address, has it
NAMES = "SELECT bron, LIST(naam ORDER BY naam) FROM rel.mart.onderwerp GROUP BY bron"
POINTS = """
  SELECT dataset, LIST({dimensie: dimensie, score: score, maximum: maximum} ORDER BY dimensie)
  FROM (
    SELECT dataset, dimensie, ROUND(AVG(score), 3) AS score, MAX(maximum) AS maximum
    FROM rel.mart.datamaturiteit WHERE release = $release GROUP BY ALL
  ) GROUP BY dataset"""


def write_catalogue(
    con: duckdb.DuckDBPyConnection,
    work: Path,
    facts: dict[str, Any],
    sources: list[dict[str, Any]],
    themes: dict[str, str],
) -> list[Path]:
    """Write the catalogue of the tables in a folder, in Turtle and JSON-LD; the files with those of the tables.

    `con` has the release as catalog `rel`, `sources` are the rows of mart.bron and `themes` the theme of each.
    """
    names = dict(con.execute(NAMES).fetchall())
    points = dict(con.execute(POINTS, {"release": facts["release"]}).fetchall())
    datasets = []
    for source in sources:
        ident = source["bron"]
        path = text_of(work, ident)
        if path.exists():
            told = {
                "size": path.stat().st_size,
                "theme": load_themes()[themes[ident]],
                "keywords": list(dict.fromkeys([themes[ident], *names.get(ident, [])])),
                "points": points.get(ident, []),
            }
            datasets.append({**source, **told})
    turtle = _turtle(facts, datasets)
    (work / TURTLE).write_text(turtle, encoding="utf-8")
    graph = Graph().parse(data=turtle, format="turtle", publicID=HERE)
    linked = graph.serialize(format="json-ld", auto_compact=True).replace(HERE, "")
    (work / JSONLD).write_text(linked, encoding="utf-8")
    return [*sorted((work / TABLES).iterdir()), work / TURTLE, work / JSONLD]


def _turtle(facts: dict[str, Any], datasets: list[dict[str, Any]]) -> str:
    """The catalogue as the template says it; rdflib escapes every text and address that comes from elsewhere."""
    loader = FileSystemLoader(Path(__file__).parent)
    env = Environment(loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True)
    env.filters["text"] = lambda said: Literal(said).n3()
    env.filters["nl"] = lambda said: Literal(said, lang="nl").n3()
    env.filters["iri"] = lambda address: URIRef(address).n3()
    template = env.get_template(f"{TURTLE}.jinja")
    return template.render(release=facts, datasets=datasets, licences=OPEN_LICENCES, frequencies=FREQUENCIES)
