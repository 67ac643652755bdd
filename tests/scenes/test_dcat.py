"""The catalogue for other catalogues: it fits DCAT-AP 3 by the official shapes, its files are there, and its score."""

import contextlib
import csv
import functools
import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import duckdb
import pytest
import requests
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph
from rdflib.compare import isomorphic

from pipelines.describe.specs import Dataset, load_datasets
from pipelines.landing.register import register_sources
from pipelines.publish import tables_as_text
from pipelines.publish.dcat_ap import FREQUENCIES, write_catalogue
from pipelines.publish.tables_as_text import tables_to_write
from tests.helpers import obmi, query
from tests.scenes.metadata_score import score

SMALL = "statbel_armoederisico"


@pytest.fixture(scope="module")
def folder(released: Path) -> Path:
    return (released / "current").resolve()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The folder of a release on a web server of this machine."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def read(folder: Path, address: str | None = None) -> Graph:
    """The catalogue of a release; its own addresses are those in `address`, or in the folder itself."""
    base = (address or folder.as_uri()) + "/"
    return Graph().parse(folder / "catalogus.ttl", format="turtle", publicID=base)


def answers(address: str) -> bool:
    """True when an address of this machine answers without an error."""
    return requests.head(address, timeout=10).ok


def test_a_table_is_copied_from_the_last_release_unless_its_figures_changed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew, pack = [], tables_as_text.gzipped
    monkeypatch.setattr(tables_as_text, "gzipped", lambda text, path: anew.append(path.stem) or pack(text, path))
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{folder / 'obmi.duckdb'}' AS rel (READ_ONLY)")
        names = [name for (name,) in con.execute("SELECT bron FROM rel.mart.bron").fetchall()]
        for write in tables_to_write(con, tmp_path, names, folder, {"statbel_armoederisico"}):
            write()
    pairs = [(folder / "tabellen" / path.name, path) for path in (tmp_path / "tabellen").iterdir()]
    assert len(pairs) > 3
    assert all(new.read_bytes() == old.read_bytes() and not new.samefile(old) for old, new in pairs)
    assert anew == ["statbel_armoederisico.csv"]


SCRIPT = '<img src=x onerror="alert(1)"> " ; a dct:Evil . \\ </script>\n{{ 7 * 7 }}'


def test_a_script_in_a_text_of_a_publisher_stays_a_text(folder: Path, tmp_path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{folder / 'obmi.duckdb'}' AS rel (READ_ONLY)")
        told = con.execute(
            "SELECT * REPLACE (aanvaard_op::VARCHAR AS aanvaard_op) FROM rel.mart.bron WHERE bron = $1", [SMALL]
        )
        (source,) = told.to_arrow_table().to_pylist()
        facts = con.execute("FROM rel.mart.release").to_arrow_table().to_pylist()[0]
        source |= dict.fromkeys(("titel", "uitgever", "licentie", "bronvermelding"), SCRIPT)
        themes = {SMALL: load_datasets()[SMALL].thema}
        for write in tables_to_write(con, tmp_path, [SMALL], folder, set()):
            write()
        write_catalogue(con, tmp_path, {**facts, "gemaakt_op": "2026-01-01"}, [source], themes)
    graph = read(tmp_path)
    (dataset,) = graph.subjects(RDF.type, DCAT.Dataset)
    assert str(graph.value(dataset, DCTERMS.title)) == SCRIPT
    assert str(graph.value(graph.value(dataset, DCTERMS.publisher), FOAF.name)) == SCRIPT
    assert isomorphic(
        graph, Graph().parse(tmp_path / "catalogus.jsonld", format="json-ld", publicID=f"{tmp_path.as_uri()}/")
    )


def test_json_and_turtle_say_the_same(folder: Path) -> None:
    base = folder.as_uri() + "/"
    other = Graph().parse(folder / "catalogus.jsonld", format="json-ld", publicID=base)
    assert len(other) > 100
    assert isomorphic(read(folder), other)
    for name in ("catalogus.ttl", "catalogus.jsonld"):
        assert "catalogus.invalid" not in (folder / name).read_text(encoding="utf-8"), (
            "addresses of our own are relative"
        )


def test_every_dataset_with_figures_has_a_file_with_them(folder: Path, released: Path) -> None:
    datasets = {str(d).rsplit("#", 1)[1] for d in read(folder).subjects(RDF.type, DCAT.Dataset)}
    landed = {b for (b,) in query(released, "SELECT bron FROM mart.bron WHERE bronversie IS NOT NULL")}
    assert datasets == landed - set(register_sources()), "lists of areas hold no figures"
    with gzip.open(folder / "tabellen" / "statbel_armoederisico.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = query(
        released,
        "SELECT COUNT(*), COUNT(waarde) FROM mart.waarneming WHERE bron = 'statbel_armoederisico' "
        "AND gebiedsniveau NOT IN ('gemeente2018', 'gemeente2024')",
    )
    assert [(len(rows), sum(r["waarde"] != "" for r in rows))] == found


def test_what_is_not_there_earns_no_points(folder: Path) -> None:
    graph = read(folder)
    whole = score(graph, lambda address: True, True)
    for predicate, name in (
        (DCAT.keyword, "vindbaarheid: trefwoord"),
        (DCAT.byteSize, "context: grootte"),
        (DCTERMS.spatial, "vindbaarheid: plaats"),
    ):
        graph.remove((None, predicate, None))
        assert whole[name][0] > 0
        assert score(graph, lambda address: True, True)[name][0] == 0
    silent = score(graph, lambda address: False, False)
    assert {name for name, (got, _) in whole.items() if got > silent[name][0] == 0} >= {
        "toegankelijkheid: toegangsadres antwoordt",
        "toegankelijkheid: downloadadres antwoordt",
        "uitwisselbaarheid: past in DCAT-AP",
    }


def test_an_address_that_answers_with_an_error_does_not_count(folder: Path) -> None:
    with serving(folder) as address:
        assert answers(f"{address}/catalogus.ttl")
        assert not answers(f"{address}/weg.ttl")


def test_the_command_says_where_the_catalogue_lies(at_released: Path) -> None:
    said = obmi("catalogus")
    assert said.code == 0
    assert [Path(line).name for line in said.out.split()] == ["catalogus.ttl", "catalogus.jsonld", "tabellen"]
    assert all(Path(line).exists() for line in said.out.split())


def test_every_rhythm_has_its_term_in_the_european_vocabulary() -> None:
    assert set(get_args(Dataset.model_fields["cadans"].annotation)) == set(FREQUENCIES)
