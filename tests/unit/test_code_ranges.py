"""Subjects over a range of codes, on the codes that the publisher gives."""

from __future__ import annotations

import duckdb

from pipelines.describe.between import Between
from pipelines.describe.catalogue import load_topics
from pipelines.home import quoted
from tests.helpers import FIGURES


def test_a_range_of_activities_holds_the_codes_that_end_in_an_x() -> None:
    """4399X, construction that is not told apart any further, comes after 43999: a range up to that left 644
    enterprises in construction out."""
    table = f"read_csv({quoted(FIGURES / 'statbel_btw_ondernemingen.csv.gz')}, delim = ';', all_varchar = true)"
    codes = [code for (code,) in duckdb.sql(f"SELECT DISTINCT nace FROM {table}").fetchall()]
    assert "4399X" in codes
    ranges = [(t.onderwerp, t.waar["nace"]) for t in load_topics().values() if isinstance(t.waar.get("nace"), Between)]
    assert len(ranges) >= 20
    left_out = [
        (topic, code)
        for topic, span in ranges
        for code in codes
        if code[: len(str(span.van))] == str(span.tot)[: len(str(span.van))] and code > str(span.tot)
    ]
    assert left_out == []
