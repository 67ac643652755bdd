"""What must be filled and unique of a table, as its audits say."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines.transform.audit import broken

AUDITS: list[dict[str, Any]] = [
    {"name": "not_null", "filled": ["waarde"]},
    {"name": "unique_combination_of_columns", "keys": [["gebied", "jaar"]]},
    {"name": "unique_values", "keys": [["nummer"]]},
    {"name": "niet_negatief", "query": "SELECT * FROM cijfer WHERE waarde < 0"},
]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("waarde = 0", None),
        ("waarde = NULL WHERE nummer IN (3, 4)", "'not_null' fails on 2 rows without waarde"),
        ("jaar = '2020' WHERE gebied = 'a'", "'unique_combination_of_columns' fails on 8 rows"),
        ("gebied = NULL, jaar = NULL WHERE nummer IN (6, 7, 8)", "'unique_combination_of_columns' fails on 2 rows"),
        ("nummer = 10 WHERE nummer = 9", "'unique_values' fails on 1 row"),
        ("nummer = NULL WHERE nummer < 2", "'unique_values' fails on 1 row"),
        (
            "waarde = -1 WHERE nummer = 5",
            "'niet_negatief' fails on 1 row, such as gebied a, jaar 5, nummer 5, waarde -1.0",
        ),
    ],
)
def test_the_first_audit_that_fails_is_told_with_its_rows(change: str, told: str | None) -> None:
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE cijfer AS SELECT CASE WHEN i < 9 THEN 'a' ELSE 'b' END AS gebied, i::TEXT AS jaar, "
            "i AS nummer, i::DOUBLE AS waarde FROM RANGE(12) AS r(i)"
        )
        con.execute(f"UPDATE cijfer SET {change}")
        assert broken(con, "cijfer", AUDITS) == told
