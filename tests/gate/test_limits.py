"""How far figures may move, on synthetic figures: what limits follow from, and what is found beside them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.describe.specs import load_datasets
from pipelines.gate.history import history_checks
from pipelines.landing.areas import load_areas

FARMS, PEOPLE = load_datasets()["pinc_hoeveproducenten"], load_datasets()["statbel_bevolking"]
LEVEL = "gemeente2024"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_areas(connection)
        yield connection


def wrong(con: duckdb.DuckDBPyConnection, spec, check: str) -> list[tuple]:
    """What a check on history finds wrong: area and what was observed."""
    found = {sql[0]: (sql, tables) for sql, tables in history_checks(spec, 2026)}
    (_, _, _, over, condition), tables = found[check]
    for statement in tables:
        con.execute(statement)
    return con.execute(f"SELECT DISTINCT eenheid, waargenomen FROM ({over}) WHERE {condition} ORDER BY ALL").fetchall()


def farms(con: duckdb.DuckDBPyConnection, years: int, last: dict[str, int]) -> None:
    """Counts of 6 to 12 in 240 municipalities that move by one at most; in the year after these as `last` says."""
    con.execute(
        f"CREATE OR REPLACE TABLE heel AS SELECT '{LEVEL}' AS gebiedsniveau, code AS gebied, j AS jaar, "
        "(6 + n % 6 + (n + j) % 2)::BIGINT AS hoeveproducenten, 'ok' AS hoeveproducenten_status "
        "FROM (SELECT code, ROW_NUMBER() OVER (ORDER BY code) AS n FROM (SELECT DISTINCT gebied AS code FROM gebied "
        f"WHERE gebiedsniveau = '{LEVEL}' ORDER BY code IN ('44021', '31005') DESC, code LIMIT 240)), "
        f"range(2015, {2016 + years}) AS r(j)"
    )
    now = " ".join(f"WHEN gebied = '{area}' THEN {count}" for area, count in last.items())
    con.execute(f"CREATE OR REPLACE TABLE vorige AS FROM heel WHERE jaar < {2015 + years}")
    con.execute(
        f"CREATE OR REPLACE TABLE kandidaat AS SELECT * REPLACE (CASE {now} ELSE hoeveproducenten END "
        f"AS hoeveproducenten) FROM heel WHERE jaar = {2015 + years}"
    )


def test_small_counts_are_judged_where_many_are_known(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 6, {"44021": 0, "31005": 8})
    assert wrong(con, FARMS, "reeks") == [("44021", 0)]
    farms(con, 1, {"44021": 0, "31005": 8})
    assert wrong(con, FARMS, "reeks") == []


def test_ten_times_a_few_is_no_chance(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 3, {"44021": 60})
    assert wrong(con, FARMS, "reeks") == [("44021", 60)]


def test_a_large_count_does_not_go_to_none_because_small_ones_did(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 6, {"44021": 0})
    con.execute("UPDATE vorige SET hoeveproducenten = 25 WHERE gebied = '44021'")
    con.execute("UPDATE vorige SET hoeveproducenten = 12 - 12 * (jaar % 2) WHERE gebied = '31005'")
    assert ("44021", 0) in wrong(con, FARMS, "reeks")


def test_the_only_one_of_an_area_does_not_go_unseen_in_a_redelivery(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 3, {"44021": 1})
    con.execute("CREATE OR REPLACE TABLE vorige AS FROM kandidaat")
    con.execute("UPDATE kandidaat SET hoeveproducenten = 0 WHERE gebied = '44021'")
    assert wrong(con, FARMS, "herziening") == [("44021", 0)]


def people(con: duckdb.DuckDBPyConnection) -> None:
    """Persons by age in 40 municipalities over five years: 500 of every age, and of some ages only a few, who come and
    go."""
    con.execute(
        f"CREATE OR REPLACE TABLE heel AS SELECT '{LEVEL}' AS gebiedsniveau, code AS gebied, j AS jaar, "
        "'man' AS geslacht, 'belg' AS nationaliteit, 'alle' AS burgerlijke_staat, "
        "a AS leeftijd_van, a AS leeftijd_tot, "
        "(CASE WHEN a >= 90 THEN 2 ELSE 500 + a + (n + j) % 3 END)::BIGINT AS aantal "
        "FROM (SELECT code, ROW_NUMBER() OVER (ORDER BY code) AS n FROM (SELECT DISTINCT gebied AS code FROM gebied "
        f"WHERE gebiedsniveau = '{LEVEL}' ORDER BY code = '44021' DESC, code LIMIT 40)), "
        "range(100) AS r(a), range(2015, 2020) AS s(j) WHERE a < 90 OR (a + n + j) % 40 <> 0"
    )
    con.execute("CREATE OR REPLACE TABLE vorige AS FROM heel WHERE jaar < 2019")
    con.execute("CREATE OR REPLACE TABLE kandidaat AS FROM heel WHERE jaar = 2019")


def test_a_large_cell_that_is_gone_is_seen_where_small_ones_come_and_go(con: duckdb.DuckDBPyConnection) -> None:
    people(con)
    assert wrong(con, PEOPLE, "verdwenen") == []
    con.execute("DELETE FROM kandidaat WHERE gebied = '44021' AND leeftijd_van = 40")
    assert [area for area, _ in wrong(con, PEOPLE, "verdwenen")] == ["44021"]


def test_a_largest_cell_that_is_too_large_is_seen_and_one_that_is_small_is_not(con: duckdb.DuckDBPyConnection) -> None:
    people(con)
    con.execute("UPDATE kandidaat SET aantal = aantal * 3 WHERE gebied = '44021' AND leeftijd_van = 89")
    assert ("44021", 1770) in wrong(con, PEOPLE, "reeks")
    con.execute("UPDATE kandidaat SET aantal = aantal // 300 WHERE gebied = '44021' AND leeftijd_van = 89")
    assert wrong(con, PEOPLE, "reeks") == []
