"""What would happen if an address were fetched now: asked for a first page, read, and held against what has landed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipelines.config import Settings
from pipelines.describe.specs import Dataset
from pipelines.home import Home, now, quoted
from pipelines.ingest.looking import AS_DESCRIBED, CODES, Look, Visits, take_look
from pipelines.ingest.web.connect import safe_url
from pipelines.landing.beside import Areas
from pipelines.landing.landings import Landing, Landings

FEW = 5  # codes that are named
SEEN = (("s", "staal"), ("g", "geland"))
NEVER_SEEN = 0.5  # the share of codes that nobody saw before from which they are another list: news adds some, not most


@dataclass(frozen=True)
class Probe:
    """What an address gave, in words: an outcome, its reason, the areas and years in the sample, and what is new."""

    dataset: str
    url: str
    outcome: str
    reason: str = ""
    found: str = ""
    news: str = ""

    @property
    def is_as_described(self) -> bool:
        """True where a refresh could read it."""
        return self.outcome == AS_DESCRIBED


def probe(
    landings: Landings, chosen: Iterable[str], settings: Settings, say: Callable[[Probe], None], pause_s: float = 1.0
) -> list[Probe]:
    """Ask the addresses of these datasets one after another; one that has none is left out. Nothing lands, and the
    home is not written in."""
    visits, found = Visits(pause_s), []
    with Areas(landings.home) as areas:
        for dataset in chosen:
            landing, local = landings[dataset], settings.sources.get(dataset)
            if urls := (local.url if local else []) or landing.spec.url:
                found.append(_one(areas, landing, urls, settings, visits))
                say(found[-1])
    return found


def _one(areas: Areas, landing: Landing, urls: list[str], settings: Settings, visits: Visits) -> Probe:
    spec = landing.spec
    with tempfile.TemporaryDirectory(prefix="obmi-") as folder, areas.beside(spec.id) as con:
        home = Home(Path(folder))
        home.tmp.mkdir(parents=True)
        sample = take_look(con, spec, urls, home, settings.http, visits)
        if sample.table is None:
            return Probe(spec.id, sample.url or safe_url(urls[0]), sample.outcome, sample.reason)
        con.execute(f"CREATE VIEW staal AS SELECT * FROM read_parquet({quoted(sample.table.path)})")
        con.execute(f"CREATE VIEW geland AS SELECT * FROM {landing.relation()}")
        sample = replace(sample, reason="; ".join(sample.table.notes["kolommen"]))
        if landing.state.version and (other := _other_codes(con, spec)):
            sample = replace(sample, outcome=CODES, reason=other)
        return Probe(spec.id, sample.url, sample.outcome, sample.reason, _found(con, spec, sample), _news(con, landing))


def _found(con: duckdb.DuckDBPyConnection, spec: Dataset, sample: Look) -> str:
    assert sample.table is not None, "only a table has areas"
    areas = con.execute(
        f"SELECT gebiedsniveau, COUNT(DISTINCT {spec.unit}) FROM staal GROUP BY 1 ORDER BY 1"
    ).fetchall()
    years = sample.table.years
    told = ", ".join(f"{n} van niveau {level}" for level, n in areas)
    return f"{sample.table.rows} rijen bekeken, gebieden: {told}, jaren: {years[0]}-{years[-1]}"


def _news(con: duckdb.DuckDBPyConnection, landing: Landing) -> str:
    """What in the sample has not landed like that."""
    if landing.state.version is None:
        return "er is nog niets geland"
    rows, new = con.execute(
        "SELECT (SELECT COUNT(*) FROM staal), (SELECT COUNT(*) FROM (SELECT * FROM staal EXCEPT SELECT * FROM geland))"
    ).fetchone()
    years = con.execute("SELECT DISTINCT jaar FROM staal EXCEPT SELECT DISTINCT jaar FROM geland ORDER BY 1").fetchall()
    told = f", nieuwe jaren: {', '.join(str(y) for (y,) in years)}" if years else ""
    return f"{new} van {rows} rijen staan zo niet in wat geland is{told}"


def _other_codes(con: duckdb.DuckDBPyConnection, spec: Dataset) -> str:
    """The first column whose codes are for the most part not those that have landed; empty where none is. What tells
    one delivery from the next (`replaces`), areas aside, is always new."""
    always_new = {*spec.replaces} - {"gebied"}
    for name in (n for n, c in spec.columns.items() if c.type == "text" and n not in always_new):
        both = (f'{word} AS (SELECT DISTINCT "{name}" AS code FROM {table})' for word, table in SEEN)
        codes, unseen, first = con.execute(
            f"WITH {', '.join(both)} SELECT COUNT(*), COUNT(*) FILTER (WHERE code NOT IN (FROM g)), "
            f"LIST(code ORDER BY code) FILTER (WHERE code NOT IN (FROM g))[:{FEW}] FROM s"
        ).fetchone()
        if codes and unseen / codes > NEVER_SEEN:
            return f"kolom {name}: {unseen} van {codes} codes zijn nooit eerder geland, onder meer {', '.join(first)}"
    return ""


def lines(one: Probe) -> list[str]:
    """What is told of one dataset."""
    more = [("waarom" if not one.is_as_described else "let op", one.reason), ("staal", one.found), ("nieuws", one.news)]
    return [f"{one.dataset:<32} {one.outcome:<16} {one.url}", *(f"    {n:<8} {text}" for n, text in more if text)]


def report(found: list[Probe]) -> str:
    """A text for who maintains the descriptions; no key or query of an address is in it."""
    good = sum(1 for one in found if one.is_as_described)
    head = [
        f"# Adressen gevraagd op {now():%Y-%m-%d %H:%M} UTC",
        "",
        f"{len(found)} beschrijvingen, {good} zoals beschreven. Gevraagd is een eerste bladzijde of een staal; niets",
        "is overgenomen. Wat anders is dan beschreven, staat eerst.",
        "",
    ]
    ordered = sorted(found, key=lambda one: (one.is_as_described, one.dataset))
    return "\n".join([*head, *(line for one in ordered for line in [*lines(one), ""])])
