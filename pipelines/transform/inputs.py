"""What enters the build: accepted landings, the register of areas, the catalogue, the cities and what is held."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import LAST_YEAR, City, Topic, sources_of
from pipelines.describe.coverage import Coverage
from pipelines.describe.levels import SHOWN_REGIONS
from pipelines.describe.relatives import roles
from pipelines.describe.specs import Dataset
from pipelines.home import Problem, quoted
from pipelines.landing.areas import load_areas, municipal_levels
from pipelines.landing.held import held_level
from pipelines.landing.landings import Landings
from pipelines.landing.register import register_tables
from pipelines.later import pa
from pipelines.transform.compile import measures


class NothingAccepted(Problem):
    """No dataset ever had an accepted version, so nothing can be built."""


@dataclass(frozen=True)
class Inputs:
    """What a build reads: per dataset the accepted version (None before there is any) and SQL that reads it, the files
    of the register of areas, the lists that follow from the catalogue, the cities and what is held, and the file of the
    last release."""

    versions: dict[str, str | None]
    landings: dict[str, str]
    register: dict[str, Path]
    lists: dict[str, pa.Table]
    release: Path | None = None


def accepted_versions(landings: Landings, topics: dict[str, Topic]) -> dict[str, str | None]:
    """The accepted version of every dataset, None for one that never had any, and of the register of areas.

    Raises NothingAccepted and RegisterError.
    """
    versions = {name: landing.state.version for name, landing in landings.items()}
    if not any(versions[i] for i in sources_of(topics)):
        raise NothingAccepted("no dataset has an accepted version yet; run obmi refresh and see why")
    return versions | {name: path.name for name, path in register_tables(landings.home).items()}


def inputs(landings: Landings, topics: dict[str, Topic], cities: list[City], release: Path | None = None) -> Inputs:
    """All that the build reads. Raises RegisterError."""
    known = landings.only(sorted(sources_of(topics)))
    versions = {name: landing.state.version for name, landing in known.items()}
    here = known.only(name for name, version in versions.items() if version)
    con = duckdb.connect()
    load_areas(con, landings.home)
    lists = {
        **catalogue_lists(con, topics, {name: landing.spec for name, landing in known.items()}, cities),
        "verwacht": _expected(con, here, topics),
        "landing": accepted_list(versions),
        "vastgehouden": _held(con, here, topics),
    }
    con.close()
    relations = {name: landing.relation() for name, landing in known.items()}
    return Inputs(versions, relations, register_tables(landings.home), lists, release)


def catalogue_lists(
    con: duckdb.DuckDBPyConnection, topics: dict[str, Topic], datasets: dict[str, Dataset], cities: list[City]
) -> dict[str, pa.Table]:
    """The lists that follow from the catalogue and the cities, over the areas of the connection."""
    return {
        "onderwerp": pa.Table.from_pylist(_topics(topics)),
        "herkomst": _origins(topics),
        "term": _terms(topics),
        "klasse": _classes(topics),
        "publicatie": pa.Table.from_pylist(published(con, topics, datasets)),
        "stad": pa.Table.from_pylist([_city(c) for c in cities]),
    }


def accepted_list(versions: dict[str, str | None]) -> pa.Table:
    """The accepted version of every dataset that has one."""
    return pa.Table.from_pylist([{"bron": i, "bronversie": version} for i, version in versions.items() if version])


NOT_IN_A_ROW = {"publicatieniveaus", "periodiciteit", "termen", "waar", "dimensies", "breuk", "klassen"}
NOT_IN_A_ROW |= {"synoniemen", "hulp", "deel_van"}


def _topics(topics: dict[str, Topic]) -> list[dict[str, Any]]:
    """A row per subject, and one for each of the two sums that a weighted mean is made of."""
    rows, known = [], roles(topics)
    for topic in topics.values():
        row = {**topic.model_dump(exclude=NOT_IN_A_ROW), "bron": ", ".join(sources(topic, topics)), "is_deel": False}
        row |= dict(zip(("rol", "rol_van"), known[topic.onderwerp], strict=True))
        row["synoniemen"] = "; ".join(topic.synoniemen) or None
        year = max(topic.breuk, default=None)
        row |= {"breuk_jaar": year, "breuk": f"{year}: {topic.breuk[year]}" if year else None}
        if topic.aggregatie == "gewogen":
            code = topic.onderwerp
            parts = {"teller": f"{code}.teller", "noemer": f"{code}.noemer"}
            rows += [{**row, "onderwerp": p, "naam": p, "aggregatie": "som", "is_deel": True} for p in parts.values()]
            row |= parts
        rows.append(row)
    return rows


def sources(topic: Topic, topics: dict[str, Topic]) -> list[str]:
    """The datasets that a subject comes from, by way of its parts."""
    found = [*topic.bron, *(s for p in topic.parts for s in sources(topics[p], topics))]
    return list(dict.fromkeys(found))


def _origins(topics: dict[str, Topic]) -> pa.Table:
    """Every dataset that a subject comes from, in order; a part of a weighted mean has those of the mean."""
    rows = [
        {"onderwerp": code, "bron": source, "volgorde": place}
        for topic in topics.values()
        for code in (topic.onderwerp, *(c for c, _ in measures(topic) if c != topic.onderwerp))
        for place, source in enumerate(sources(topic, topics), 1)
    ]
    return pa.Table.from_pylist(rows)


def _terms(topics: dict[str, Topic]) -> pa.Table:
    """What every derived subject is the sum of: its terms, with their coefficients and years."""
    rows = [
        (t.onderwerp, term.removesuffix(LAST_YEAR), float(coefficient), int(term.endswith(LAST_YEAR)))
        for t in topics.values()
        for term, coefficient in t.termen.items()
    ]
    shape = {"onderwerp": pa.string(), "term": pa.string(), "coefficient": pa.float64(), "jaren_terug": pa.int64()}
    return pa.table({n: pa.array([r[i] for r in rows], k) for i, (n, k) in enumerate(shape.items())})


def _classes(topics: dict[str, Topic]) -> pa.Table:
    """The classes of every standardised subject: what is counted, among whom, and the year of the standard."""
    rows = [(t.onderwerp, *pair, t.standaardjaar) for t in topics.values() for pair in t.klassen.items()]
    shape = {"onderwerp": pa.string(), "teller": pa.string(), "noemer": pa.string(), "standaardjaar": pa.int64()}
    return pa.table({n: pa.array([r[i] for r in rows], k) for i, (n, k) in enumerate(shape.items())})


def _series(topics: dict[str, Topic], source: str | None = None) -> list[tuple[str, Topic]]:
    """Every flat series that comes from a dataset, by its code in the build, with its subject."""
    return [
        (code, topic)
        for topic in topics.values()
        if topic.measured and (source is None or source in topic.bron)
        for code, _ in measures(topic)
    ]


def _city(city: City) -> dict[str, str]:
    level = "gemeente" if city.nis_code else "vgc"
    return {"stad": city.stad, "naam": city.naam, "gebiedsniveau": level, "gebied": city.nis_code or "vgc"}


def published(
    con: duckdb.DuckDBPyConnection, topics: dict[str, Topic], datasets: dict[str, Dataset]
) -> list[dict[str, str]]:
    """Where every series is published, and what an area without a row means there."""
    series = _series(topics)
    covered = {source: datasets[source].dekking for source in {topic.bron[0] for _, topic in series}}
    regions = {source: _regions(con, coverage) for source, coverage in covered.items()}
    absent = {source: "nul" if c.afwezig == "nul" else "onbekend" for source, c in covered.items()}
    return [
        {"onderwerp": code, "gebiedsniveau": level, "gewest": region, "afwezig": absent[topic.bron[0]]}
        for code, topic in series
        for level in topic.publicatieniveaus
        for region in regions[topic.bron[0]]
    ]


def _regions(con: duckdb.DuckDBPyConnection, coverage: Coverage) -> list[str]:
    """The regions that a source covers, or that the areas lie in which it covers."""
    if coverage.gewesten:
        return coverage.gewesten
    asked = "SELECT DISTINCT gewest FROM gebied WHERE gebied IN (SELECT UNNEST($1::TEXT[])) AND gewest <> '' ORDER BY 1"
    return [region for (region,) in con.execute(asked, [coverage.gebieden]).fetchall()]


def _held(con: duckdb.DuckDBPyConnection, landings: Landings, topics: dict[str, Topic]) -> pa.Table:
    """What is held back and has no earlier value, per period kind of the subjects in it: those areas are unknown, never
    zero. `niveau_eenheid` is the level of what was held: the level itself, or the municipalities that its areas are
    held back by."""
    columns = ("bron", "periodesoort", "gebiedsniveau", "gebied", "jaar", "reden", "niveau_eenheid")
    kinds = sorted({(source, t.periodesoort or "") for t in topics.values() if t.sourced for source in t.bron})
    municipal = municipal_levels(con)
    rows = [
        (spec.id, kind, level, h.eenheid, year, h.omschrijving, held_level(spec, level, municipal))
        for landing in landings.values()
        for spec in [landing.spec]
        for kind in [kind for source, kind in kinds if source == spec.id]
        for h in landing.state.held
        if not h.had_value
        for level, year in [(h.gebiedsniveau, str(h.jaar + spec.periode.later(kind)))]
    ]
    return pa.table({c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(columns)})


def _expected(con: duckdb.DuckDBPyConnection, landings: Landings, topics: dict[str, Topic]) -> pa.Table:
    """Which subject must be there at which published level in which year, from what was accepted of areas that are
    shown."""
    given = [
        f"SELECT {quoted(name)} AS bron, {level}, {area} AS gebied, jaar FROM {landing.relation()}"
        for name, landing in landings.items()
        for points in [landing.spec.gebied.punten]
        for level, area in [("'gemeente' AS gebiedsniveau", "gemeente") if points else ("gebiedsniveau", "gebied")]
    ]
    shown = f"SELECT gebiedsniveau, gebied FROM gebied WHERE gewest IN {SHOWN_REGIONS}"
    asked = (  # all in one: each by itself would lay out the areas
        f"SELECT DISTINCT bron, gebiedsniveau, jaar FROM ({' UNION ALL '.join(given)}) "
        f"SEMI JOIN ({shown}) USING (gebiedsniveau, gebied) ORDER BY ALL"
    )
    found = con.execute(asked).fetchall() if given else []
    rows: list[tuple[str, str, str]] = []
    for landing in landings.values():
        spec = landing.spec
        pairs = [(level, year) for name, level, year in found if name == spec.id]
        years = {year for _, year in pairs}
        for topic in (t for t in topics.values() if t.measured and spec.id in t.bron):
            later = spec.periode.later(topic.periodesoort)
            there = {year for year in years if topic.exists_in(year, later)}
            rows += [
                (topic.onderwerp, level, str(year + later))
                for level, year in pairs
                if year in there and level in topic.publicatieniveaus
            ]
    columns = ("onderwerp", "gebiedsniveau", "jaar")
    return pa.table({c: pa.array([r[i] for r in rows], pa.string()) for i, c in enumerate(columns)})
