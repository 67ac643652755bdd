"""How far figures may move, on synthetic figures: what limits follow from, and what is found beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest

from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import OF_A_SERIES, load_datasets
from pipelines.gate.change import change_checks
from pipelines.gate.statements import text
from pipelines.home import now
from pipelines.landing.areas import load_areas
from tests.small import spec_of

FARMS, PEOPLE = load_datasets()["pinc_hoeveproducenten"], load_datasets()["statbel_bevolking"]
PERMITS = load_datasets()["statbel_bouwvergunningen"]
LEVEL = "gemeente2024"


def test_the_numbers_are_few_and_explained() -> None:
    numbers = re.findall(r"^-- .+\nCREATE OR REPLACE MACRO (\w+)\(\) AS [\d.]+;$", text("getallen"), re.MULTILINE)
    told = re.findall(
        r"^\| `(\w+)` \| [\d.]+( %)? \| .+ \|$", (ROOT / "docs" / "poort.md").read_text("utf-8"), re.MULTILINE
    )
    assert [name for name, _ in told] == numbers
    assert len(numbers) == text("getallen").count("MACRO") <= 15


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_areas(connection)
        yield connection


def wrong(con: duckdb.DuckDBPyConnection, spec, check: str) -> list[tuple]:
    """What a check on history finds wrong: area and what was observed."""
    found = {sql[0]: (sql, tables) for sql, tables in change_checks(spec, now().year)}
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


def test_a_fault_among_the_first_changes_is_not_what_is_usual(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 1, {"44021": 9, "31005": 8})
    for table in ("vorige", "kandidaat"):
        con.execute(f"DELETE FROM {table} WHERE gebied NOT IN (SELECT gebied FROM vorige ORDER BY gebied LIMIT 40)")
        con.execute(f"UPDATE {table} SET hoeveproducenten = 10 * hoeveproducenten")
        con.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE FALSE")
    con.execute("UPDATE kandidaat SET hoeveproducenten = 9 WHERE gebied = '11002'")
    assert wrong(con, FARMS, "reeks") == [("11002", 9)]


def test_what_no_city_asks_for_may_be_zero_where_ours_may_not(con: duckdb.DuckDBPyConnection) -> None:
    farms(con, 6, {"44021": 0, "12007": 0})
    con.execute("UPDATE vorige SET hoeveproducenten = 80 * hoeveproducenten WHERE gebied IN ('44021', '12007')")
    assert ("44021", 0) in wrong(con, FARMS, "reeks")
    assert ("12007", 0) not in wrong(con, FARMS, "reeks")


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


def permits(con: duckdb.DuckDBPyConnection, flats: int) -> None:
    """Permits of Gent by month in the year before this one, and in the first two months of this one: as many homes as
    before, or fewer, and so many flats."""
    con.execute(
        f"CREATE OR REPLACE TABLE heel AS SELECT '{LEVEL}' AS gebiedsniveau, '44021' AS gebied, j AS jaar, m AS maand, "
        "1000::BIGINT AS woningen, 400::BIGINT AS appartementen, 200::BIGINT AS renovaties "
        f"FROM range({now().year - 1}, {now().year + 1}) AS r(j), range(1, 13) AS s(m)"
    )
    con.execute(f"CREATE OR REPLACE TABLE vorige AS FROM heel WHERE jaar < {now().year}")
    con.execute(
        f"CREATE OR REPLACE TABLE kandidaat AS SELECT * REPLACE ({flats}::BIGINT AS appartementen) FROM heel "
        f"WHERE jaar = {now().year} AND maand <= 2"
    )


def test_the_year_in_hand_may_be_low_and_not_out_of_proportion(con: duckdb.DuckDBPyConnection) -> None:
    permits(con, 400)
    con.execute("UPDATE kandidaat SET woningen = 700, appartementen = 280, renovaties = 140")
    assert wrong(con, PERMITS, "reeks") == []
    permits(con, 30)
    con.execute("DELETE FROM kandidaat WHERE maand = 1")
    assert wrong(con, PERMITS, "reeks") == [("44021", 30)]


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
    con.execute("UPDATE kandidaat SET aantal = aantal // 6 WHERE gebied = '44021' AND leeftijd_van = 89")
    assert wrong(con, PEOPLE, "reeks") == []


def test_a_measure_may_have_any_name_that_its_description_may_give_it(con: duckdb.DuckDBPyConnection) -> None:
    named = {w for step in ("reeksen", "herzien", "herzien_getal", "herzien_samen") for w in words(text(step))}
    with pytest.raises(ValueError, match="'deel' is what the checks call something else; rename that column"):
        spec_of({"deel": {"type": "integer", "measure": True}}, {"header": {"code": "gebied", "deel": "deel"}})
    columns = {
        name: {"type": "integer", "measure": True} for name in sorted(named - OF_A_SERIES) if not name.endswith("_")
    }
    form = {"header": {"code": "gebied", "jaar": "jaar", **{n: n for n in columns}}, "constants": {}}
    spec = spec_of(columns, form, gebied={"niveau": LEVEL}, key=["gebied", "jaar"])
    figures = ", ".join(f"7::BIGINT AS {name}" for name in columns)
    for table, until in (("vorige", 2018), ("kandidaat", 2019)):
        con.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT '{LEVEL}' AS gebiedsniveau, gebied, j AS jaar, {figures} "
            f"FROM (VALUES ('44021'), ('31005')) AS g(gebied), range(2015, {until}) AS r(j)"
        )
    for (_, _, _, over, condition), tables in change_checks(spec, now().year):
        for statement in tables:
            con.execute(statement)
        con.execute(f"FROM ({over}) WHERE {condition}")  # raises where a name is taken


def words(sql: str) -> set[str]:
    """What SQL names, but for keywords and what a template fills in."""
    keywords = {k for k, *_ in duckdb.sql("FROM duckdb_keywords()").fetchall()} | {"gebied", "jaar", "gebiedsniveau"}
    return {w for w in re.findall(r"(?<!\{)\b[a-z_]+\b(?!\})", re.sub(r"--.*|'[^']*'", "", sql))} - keywords
