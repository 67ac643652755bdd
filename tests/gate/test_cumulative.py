"""A count from a fixed day on: more is news however much more, fewer is held back. On synthetic counts."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.judge import check_delivery
from pipelines.home import Home
from pipelines.landing.areas import load_areas
from pipelines.landing.landings import Landing

TOTALS = load_datasets()["sciensano_besmettingen_totaal"]
GENT, GENK = "44021", "71016"
LATER = "besmettingen * 14 + 30"


@pytest.fixture
def con(tmp_path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Counts of 20 to 300 in every municipality, accepted some months ago."""
    with duckdb.connect() as connection:
        load_areas(connection)
        connection.execute(
            f"CREATE TABLE vorige AS SELECT 2020::BIGINT AS jaar, gebied, '{TOTALS.gebied.niveau}' AS gebiedsniveau, "
            "(20 + hash(gebied) % 280)::BIGINT AS besmettingen, 'ok' AS besmettingen_status "
            f"FROM gebied WHERE gebiedsniveau = '{TOTALS.gebied.niveau}' AND soort = 'gebied'"
        )
        days = Landing(Home(tmp_path), load_datasets()["sciensano_besmettingen"])
        connection.execute(f"CREATE VIEW sciensano_besmettingen AS SELECT * FROM {days.relation()}")
        yield connection


def held(con: duckdb.DuckDBPyConnection, counts: str, spec: Dataset = TOTALS) -> tuple[bool, set[str]]:
    """Whether the next delivery is refused, and the areas that are held back of it."""
    later = f"({counts})::BIGINT AS besmettingen"
    con.execute(f"CREATE OR REPLACE VIEW kandidaat AS SELECT * REPLACE ({later}) FROM vorige")
    verdict = check_delivery(con, spec, 60, 0.1)
    return verdict.refused is not None, {unit for _, unit, _ in verdict.held}


def test_what_grew_is_news(con: duckdb.DuckDBPyConnection) -> None:
    assert held(con, LATER) == (False, set())


def test_what_another_kind_of_count_may_not(con: duckdb.DuckDBPyConnection) -> None:
    flow = TOTALS.model_copy(update={"periode": TOTALS.periode.model_copy(update={"soort": "lopend"})})
    assert held(con, LATER, flow)[0]


def test_what_fell_is_held_back(con: duckdb.DuckDBPyConnection) -> None:
    fell = f"CASE gebied WHEN '{GENT}' THEN besmettingen / 5 ELSE {LATER} END"
    assert held(con, fell) == (False, {GENT})


def test_its_bounds_still_hold(con: duckdb.DuckDBPyConnection) -> None:
    too_many = f"CASE gebied WHEN '{GENK}' THEN 1e9 ELSE {LATER} END"
    assert held(con, too_many) == (False, {GENK})


def test_one_area_that_grew_far_more_than_the_others_is_held_back(con: duckdb.DuckDBPyConnection) -> None:
    too_many = f"CASE gebied WHEN '{GENT}' THEN 10 * ({LATER}) ELSE {LATER} END"
    assert held(con, too_many) == (False, {GENT})


def test_chance_is_in_what_was_added_alone(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"UPDATE vorige SET besmettingen = 200 WHERE gebied = '{GENT}'")
    too_many = f"CASE gebied WHEN '{GENT}' THEN 260 ELSE besmettingen END"
    assert held(con, too_many) == (False, {GENT})
