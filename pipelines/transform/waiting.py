"""Subjects that waited for a dataset, and have figures now that it is accepted."""

from __future__ import annotations

import duckdb

from pipelines.describe.catalogue import Topic, arrived
from pipelines.landing.landings import Landing, Landings
from pipelines.transform.compile import condition


def with_figures(topics: dict[str, Topic], landings: Landings) -> dict[str, Topic]:
    """The subjects, of which those that waited for what is accepted now wait no more. One that finds no row in some
    year, as nobody had seen the publisher's words, waits on: it would stop the build of all others."""
    with duckdb.connect() as con:

        def finds(topic: Topic) -> bool:
            return all(_has_rows(con, landings[source], topic) for source in topic.bron)

        return arrived(topics, {name for name, landing in landings.items() if landing.state.version}, finds)


def _has_rows(con: duckdb.DuckDBPyConnection, landing: Landing, topic: Topic) -> bool:
    rows = condition(landing.spec, topic) or "TRUE"
    years = "COUNT(DISTINCT jaar)"
    same = f"SELECT {years} = {years} FILTER (WHERE {rows}) FROM {landing.relation()}"
    return bool(con.execute(same).fetchone()[0])
