"""The figures of a dataset as text: as they lie in the release, so that the same figures give the same bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb

from pipelines.publish.tables_as_text import tables_to_write, text_of

ROWS, PARTNERS = (
    300_000,
    9,
)  # of several row groups, which two threads read, and more datasets than IN compares one by one


def test_figures_that_many_datasets_are_in_keep_their_order(tmp_path: Path) -> None:
    with duckdb.connect(config={"threads": 2}) as con:
        con.execute("ATTACH ':memory:' AS rel; CREATE SCHEMA rel.mart")
        con.execute(
            "CREATE TABLE rel.mart.waarneming AS SELECT i AS waarde, 'gemeente' AS gebiedsniveau, '' AS periode_begin, "
            f"'' AS bronversie, 'mensen + deel_' || i % {PARTNERS} AS bron FROM range({ROWS}) AS numbers (i)"
        )
        [write] = tables_to_write(con, tmp_path, ["mensen"], None, set())
        write()
    with gzip.open(text_of(tmp_path, "mensen"), "rt", encoding="utf-8") as stream:
        assert [int(line.split(",")[0]) for line in [*stream][1:]] == [*range(ROWS)]
