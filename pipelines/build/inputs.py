"""What enters the build, by content: accepted landings, area lists, the catalogue and the cities.

A model reads a path that holds the hash of what lies there, so a data change is a code change
(docs/adr/0001) and rebuilds only what depends on it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.catalogue import City, Topic
from pipelines.home import Home, Problem, file_sha256, quoted
from pipelines.ingest.areas import area_files, load_areas
from pipelines.ingest.landing import Landing
from pipelines.specfile import digest_of
from pipelines.specs import Dataset

CODE = Path(__file__).resolve().parent.parent


class NothingAccepted(Problem):
    """No dataset ever had an accepted version, so nothing can be built."""


def accepted_versions(home: Home, datasets: dict[str, Dataset]) -> dict[str, str | None]:
    """The accepted version of every dataset; None for one that never had any. Raises NothingAccepted."""
    versions = {spec.id: Landing(home, spec).state.get("version") for spec in datasets.values()}
    if not any(versions[spec.id] for spec in datasets.values() if spec.modelled):
        raise NothingAccepted("no dataset has an accepted version yet; run obmi refresh and see why")
    return versions


def fingerprint(versions: dict[str, str | None], root: Path) -> str:
    """Content hash of all that decides a release: accepted data, models, catalogue, lists and code."""
    files = [
        *sorted((root / "models").rglob("*.sql")),
        *sorted((root / "models").rglob("*.yaml")),
        *sorted((root / "sources").glob("*/*.yaml")),
        *sorted((root / "sources").glob("gebieden/*.csv")),
        root / "sources" / "steden.yaml",
        CODE / "build" / "inputs.py",
        CODE / "build" / "plan.py",
        *sorted((CODE / "publish").glob("*.py")),
    ]
    return digest_of([versions, [(str(f.relative_to(f.parents[2])), file_sha256(f)) for f in files]])


def variables(home: Home, datasets: dict[str, Dataset], topics: dict[str, Topic], cities: list[City]) -> dict[str, Any]:
    """SQLMesh variables: the path of every input, with the hash of its content in it."""
    con = duckdb.connect()
    datasets = {i: s for i, s in datasets.items() if s.modelled}
    folders = {spec.id: str(Landing(home, spec).in_use(con)) for spec in datasets.values()}
    out: dict[str, Any] = {"datasets": sorted(folders), **folders}
    landings = [{"bron": i, "bronversie": Path(f).name} for i, f in folders.items()]
    load_areas(con)
    con.register("onderwerp", pa.Table.from_pylist([_topic(t) for t in topics.values()]))
    con.register("publicatie", pa.Table.from_pylist(_publication(topics, datasets)))
    con.register("stad", pa.Table.from_pylist([_city(c) for c in cities]))
    con.register("verwacht", _expected(con, home, datasets, topics))
    con.register("landing", pa.Table.from_pylist(landings))
    con.register("vastgehouden", _held(home, datasets))
    lists = ("onderwerp", "publicatie", "stad", "verwacht", "landing", "vastgehouden")
    for name in (*area_files(), *lists):
        out[name] = str(_store(con, home, name))
    con.close()
    return out


def _store(con: duckdb.DuckDBPyConnection, home: Home, name: str) -> Path:
    work = home.tmp / f"{name}.parquet"
    con.execute(f"COPY (SELECT * FROM {name}) TO {quoted(work)} (FORMAT parquet)")
    final = home.landing / "_lijsten" / f"{name}-{file_sha256(work)[:32]}.parquet"
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(work, final)
    return final


def _topic(topic: Topic) -> dict[str, Any]:
    data = topic.model_dump(exclude={"publicatieniveaus", "periodiciteit"})
    return {**data, "bron": ", ".join(topic.bron)}


def _city(city: City) -> dict[str, str]:
    level = "gemeente" if city.nis_code else "vgc"
    return {"stad": city.stad, "naam": city.naam, "gebiedsniveau": level, "gebied": city.nis_code or "vgc"}


def _publication(topics: dict[str, Topic], datasets: dict[str, Dataset]) -> list[dict[str, str]]:
    return [
        {"onderwerp": t.onderwerp, "gebiedsniveau": level, "gewest": region, "afwezig": coverage.afwezig}
        for t in topics.values()
        if t.aggregatie != "ratio"
        for coverage in [datasets[t.bron[0]].dekking]
        for level in t.publicatieniveaus
        for region in coverage.gewesten
    ]


def _held(home: Home, datasets: dict[str, Dataset]) -> pa.Table:
    """What is held back and has no earlier value: those areas are unknown, never zero."""
    columns = ("bron", "gebiedsniveau", "gebied", "jaar", "reden")
    rows = [
        (spec.id, h["gebiedsniveau"], h["eenheid"], str(h["jaar"]), h["omschrijving"])
        for spec in datasets.values()
        for h in Landing(home, spec).state.get("held", [])
        if not h["had_value"]
    ]
    return pa.table({c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(columns)})


def _expected(
    con: duckdb.DuckDBPyConnection, home: Home, datasets: dict[str, Dataset], topics: dict[str, Topic]
) -> pa.Table:
    """Which subject must be there at which published level in which year, from what was accepted."""
    rows = []
    for spec in datasets.values():
        pairs = con.execute(
            f"SELECT DISTINCT gebiedsniveau, jaar FROM {Landing(home, spec).relation()} ORDER BY ALL"
        ).fetchall()
        rows += [
            {"onderwerp": t.onderwerp, "gebiedsniveau": level, "jaar": str(year)}
            for t in topics.values()
            if t.aggregatie != "ratio" and spec.id in t.bron
            for level, year in pairs
            if level in t.publicatieniveaus
        ]
    return pa.Table.from_pylist(rows)
