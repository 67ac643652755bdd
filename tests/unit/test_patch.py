"""A release that is written over the last one holds what one written anew holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.publish.patch import WHOLE, Change, _written, changes, is_hollow, is_outgrown, renew
from tests.helpers import PROOF

TABLES = {"waarneming": "gebied", "gebied": "gebied"}
ALL = dict.fromkeys(TABLES, WHOLE)
Rows = list[tuple[str, str, float | None]]
rows = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.none() | st.sampled_from([0.0, 1.5, 2.0])),
    max_size=12,
)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        for side in ("vorige", "nieuw"):
            con.execute(f"ATTACH ':memory:' AS {side}; CREATE SCHEMA {side}.mart")
        con.execute(f"ATTACH '{tmp_path / 'rel.duckdb'}' AS rel; CREATE SCHEMA rel.mart")
        for side in ("vorige", "nieuw", "rel"):
            hold(con, side, [("a", "x", 1.0), ("b", "x", None)])
        yield con


def hold(con: duckdb.DuckDBPyConnection, side: str, figures: Rows, areas: tuple[str, ...] = ("x", "y", "z")) -> None:
    """Give a side these figures and areas."""
    con.execute(f"CREATE OR REPLACE TABLE {side}.mart.waarneming (onderwerp VARCHAR, gebied VARCHAR, waarde DOUBLE)")
    con.execute(f"CREATE OR REPLACE TABLE {side}.mart.gebied (gebied VARCHAR)")
    for table, content in (("waarneming", figures), ("gebied", [(area,) for area in areas])):
        if content:
            marks = ", ".join("?" * len(content[0]))
            con.executemany(f"INSERT INTO {side}.mart.{table} VALUES ({marks})", content)


def held(con: duckdb.DuckDBPyConnection, side: str, table: str = "waarneming") -> list[tuple]:
    return con.execute(f"FROM {side}.mart.{table} ORDER BY ALL").fetchall()


def rows_of(table: str, about: str) -> str:
    return f"SELECT * FROM nieuw.mart.{table} WHERE {about} ORDER BY {TABLES[table]}"


def patched(con: duckdb.DuckDBPyConnection, found: dict[str, Change]) -> None:
    con.execute("BEGIN")
    for table in TABLES:
        renew(con, f"rel.mart.{table}", rows_of(table, "TRUE"), f"FROM nieuw.anders.{table}", found[table])
    con.execute("COMMIT; CHECKPOINT rel")


def test_nothing_differs_between_equal_tables_in_another_order(con: duckdb.DuckDBPyConnection) -> None:
    hold(con, "nieuw", [("b", "x", None), ("a", "x", 1.0)], ("z", "y", "x"))
    found = changes(con, ALL, rows_of)
    assert found == {"waarneming": Change(), "gebied": Change()}
    assert not any(found.values())


def test_a_value_a_blank_and_a_new_row_each_name_their_subject_alone(con: duckdb.DuckDBPyConnection) -> None:
    hold(con, "nieuw", [("a", "x", 2.0), ("b", "x", None)])
    found = changes(con, ALL, rows_of)["waarneming"]
    assert (found, found.gone) == (Change(("a",)), 1)
    hold(con, "nieuw", [("a", "x", 1.0), ("b", "x", 0.0)])
    assert changes(con, ALL, rows_of)["waarneming"] == Change(("b",))
    hold(con, "nieuw", [("a", "x", 1.0), ("b", "x", None), ("c", "x", 1.0)])
    found = changes(con, ALL, rows_of)["waarneming"]
    assert (found, found.gone) == (Change(("c",)), 0)


def test_of_another_delivery_all_figures_of_a_subject_differ_and_of_the_same_those_that_do(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for side in ("vorige", "nieuw"):
        con.execute(f"ALTER TABLE {side}.mart.waarneming ADD COLUMN bronversie VARCHAR DEFAULT 'een'")
    assert changes(con, ALL, rows_of)["waarneming"] == Change()
    con.execute("UPDATE nieuw.mart.waarneming SET bronversie = 'twee' WHERE onderwerp = 'a'")
    found = changes(con, ALL, rows_of)["waarneming"]
    assert (found, found.gone) == (Change(("a",)), 1)
    con.execute("UPDATE nieuw.mart.waarneming SET waarde = 9 WHERE onderwerp = 'b'")
    assert changes(con, ALL, rows_of)["waarneming"] == Change(("a", "b"))
    con.execute("UPDATE nieuw.mart.waarneming SET bronversie = 'een' WHERE onderwerp = 'a'")
    assert changes(con, ALL, rows_of)["waarneming"] == Change(("b",))
    con.execute("DELETE FROM nieuw.mart.waarneming WHERE onderwerp = 'a'")
    assert changes(con, ALL, rows_of) is None


def test_a_table_without_subjects_changes_whole(con: duckdb.DuckDBPyConnection) -> None:
    hold(con, "nieuw", [("a", "x", 1.0), ("b", "x", None)], ("x", "y", "w"))
    assert changes(con, ALL, rows_of) == {"waarneming": Change(), "gebied": WHOLE}


def test_another_column_or_type_changes_the_table_whole(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("ALTER TABLE nieuw.mart.waarneming ALTER waarde TYPE FLOAT")
    assert changes(con, ALL, rows_of)["waarneming"] == WHOLE
    con.execute("DROP TABLE vorige.mart.waarneming")
    assert changes(con, ALL, rows_of)["waarneming"] == WHOLE


@pytest.mark.parametrize("left", [[("a", "x", 1.0)], [("b", "x", None), ("a", "x", 1.0)][:1], []])
def test_nothing_is_kept_once_a_row_is_gone(con: duckdb.DuckDBPyConnection, left: Rows) -> None:
    hold(con, "nieuw", left)
    assert changes(con, ALL, rows_of) is None


def test_an_area_that_is_gone_keeps_nothing(con: duckdb.DuckDBPyConnection) -> None:
    hold(con, "nieuw", [("a", "x", 1.0), ("b", "x", None)], ("x",))
    assert changes(con, ALL, rows_of) is None


@pytest.mark.proof
def test_replaced_rows_are_at_most_a_third_of_what_a_table_holds(con: duckdb.DuckDBPyConnection) -> None:
    many: Rows = [(subject, "x", float(i)) for subject in "abcdef" for i in range(500)]
    for side in ("vorige", "rel"):
        hold(con, side, many)
    con.execute("CHECKPOINT rel")
    for night in range(1, 9):
        many = [(s, area, -float(i) - night if s == "a" else value) for i, (s, area, value) in enumerate(many)]
        hold(con, "nieuw", many)
        found = changes(con, ALL, rows_of)
        assert found["waarneming"] == Change(("a",))
        patched(con, found)
        hold(con, "vorige", many)
        written = con.execute(
            "SELECT SUM(count) FROM pragma_storage_info('rel.mart.waarneming') "
            "WHERE column_id = 0 AND segment_type <> 'VALIDITY'"
        ).fetchone()[0]
        assert _written(con, "rel.mart.waarneming") == written <= len(many) * 4 / 3
        assert held(con, "rel") == held(con, "nieuw")


def test_a_file_is_outgrown_when_a_third_of_it_would_be_replaced_or_is_empty(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "CREATE TABLE veel AS SELECT chr(97 + (i % 9)::INT) AS onderwerp, 'x' AS gebied, hash(i)::DOUBLE AS waarde "
        "FROM range(360_000) AS t (i)"
    )
    con.execute("CREATE OR REPLACE TABLE rel.mart.waarneming AS FROM veel; CHECKPOINT rel")
    assert not is_outgrown(con, "rel", {"waarneming": Change(("a", "b", "c"), gone=120_000), "gebied": Change()})
    assert is_outgrown(con, "rel", {"waarneming": Change(("a", "b", "c", "d"), gone=160_000)})
    assert not is_hollow(con, "rel")
    con.execute("CREATE OR REPLACE TABLE rel.mart.waarneming AS FROM veel; CHECKPOINT rel")
    assert is_hollow(con, "rel")
    assert is_outgrown(con, "rel", {"waarneming": Change()})


@settings(max_examples=200 if PROOF else 20)
@given(nights=st.lists(rows, min_size=1, max_size=4))
def test_any_history_ends_in_what_the_last_night_holds(nights: list[Rows]) -> None:
    with duckdb.connect() as con:
        for side in ("vorige", "nieuw", "rel"):
            con.execute(f"ATTACH ':memory:' AS {side}; CREATE SCHEMA {side}.mart")
            hold(con, side, [])
        for night in nights:
            hold(con, "nieuw", night)
            patched(con, changes(con, ALL, rows_of) or ALL)
            assert held(con, "rel") == held(con, "nieuw")
            hold(con, "vorige", night)
