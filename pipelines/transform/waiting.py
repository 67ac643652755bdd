"""Subjects that waited for a dataset, and have figures now that it is accepted."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from pipelines.describe.catalogue import Topic
from pipelines.landing.landings import Landing, Landings
from pipelines.transform.compile import condition


def arrived(
    topics: dict[str, Topic], accepted: set[str], finds: Callable[[Topic], bool] = lambda _: True
) -> dict[str, Topic]:
    """The subjects as they are once these datasets have an accepted version: one in preparation that says all it needs,
    and waited for them alone, has figures from then on, where it `finds` its rows; and so has what is computed from
    it, unless it waits for something else."""
    there = dict(topics)
    for code, topic in topics.items():
        if topic.in_voorbereiding and topic.bron and (topic.maat or topic.aggregatie == "punten"):
            shown = topic.model_copy(update={"in_voorbereiding": None})
            if {*topic.bron} <= accepted and finds(shown):
                there[code] = shown
    waiting = {
        code
        for code, topic in there.items()
        if topic.in_voorbereiding and any(topics[part].in_voorbereiding for part in topic.parts)
    }
    while ready := {c for c in waiting if not any(there[part].in_voorbereiding for part in there[c].parts)}:
        there |= {c: topics[c].model_copy(update={"in_voorbereiding": None}) for c in ready}
        waiting -= ready
    return there


def with_figures(topics: dict[str, Topic], landings: Landings) -> dict[str, Topic]:
    """The subjects, of which those that waited for what is accepted now wait no more. One that finds no row in some
    year, as nobody had seen the publisher's words, waits on: it would stop the build of all others."""

    def finds(topic: Topic) -> bool:
        with duckdb.connect() as con:
            return all(_has_rows(con, landings[source], topic) for source in topic.bron)

    return arrived(topics, {name for name, landing in landings.items() if landing.state.version}, finds)


def _has_rows(con: duckdb.DuckDBPyConnection, landing: Landing, topic: Topic) -> bool:
    rows = condition(landing.spec, topic) or "TRUE"
    years = "COUNT(DISTINCT jaar)"
    same = f"SELECT {years} = {years} FILTER (WHERE {rows}) FROM {landing.relation()}"
    return bool(con.execute(same).fetchone()[0])
