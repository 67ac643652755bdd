"""Random figures of a release, each traced to the rows and bytes that it was made from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb

from pipelines.config import Settings
from pipelines.home import Home, file_sha256, quoted
from pipelines.ingest.raw import RawStore
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.tracing import GivenRows, Step, Tracer
from tests.helpers import query

TODAY = "gebiedsniveau IN ('gemeente', 'vgc', 'centrumsteden', 'provincie', 'gewest')"


def tracer_of(home: Path, con: duckdb.DuckDBPyConnection, release: Path | None = None) -> Tracer:
    """What traces the figures of a release, the current one of the home unless another file is given."""
    con.execute(f"ATTACH {quoted(release or home / 'current' / 'obmi.duckdb')} AS rel (READ_ONLY)")
    project = Project.load(Settings())
    landings = Landings(Home(home), project.datasets)
    return Tracer(con, landings.in_use(), project.in_use(landings).topics)


def traced(home: Path, number: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many of so many random figures, half of them of areas of today, were made in which way; and of which
    something was not found, came out otherwise, or leads to bytes that are not there."""
    picked = [
        cell
        for where in (TODAY, f"NOT {TODAY}")
        for cell in query(
            home,
            "SELECT onderwerp, gebiedsniveau, gebied, periode FROM (FROM mart.waarneming WHERE status = 'ok' AND "
            f"{where} ORDER BY onderwerp, gebiedsniveau, gebied, periode) "
            f"USING SAMPLE reservoir({number // 2} ROWS) REPEATABLE ({seed})",
        )
    ]
    made: Counter[str] = Counter()
    wrong = []
    with duckdb.connect(config={"threads": 1}) as con:
        tracer, store = tracer_of(home, con), RawStore(Home(home))
        for cell in picked:
            step = tracer.of(*cell)
            assert step is not None
            made[step.how] += 1
            hashes = {source.sha256 for given in rows_of(step) for source in given.sources}
            absent = [h for h in hashes if not store.path(h).exists() or file_sha256(store.path(h)) != h]
            if not step.proven or absent or (step.how != "nul" and rows_of(step) and not hashes):
                wrong.append(f"{' '.join(cell)}: {step.how} {absent}")
    return made, wrong


def rows_of(step: Step) -> list[GivenRows]:
    """All rows that a figure was traced to."""
    return ([step.given] if step.given else []) + [given for part in step.parts for given in rows_of(part)]
