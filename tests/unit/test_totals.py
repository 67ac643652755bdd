"""A row that is a total among the categories of a dimension is found, and what adds up by chance is not."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from pipelines.transform.totals import TotalAmongParts, refuse_totals, total_among
from tests.models.closed_world import closed_spec


def counts(rows: int = 40, codes: int = 5, mean: float = 3.0) -> np.ndarray:
    return np.random.default_rng(rows + codes).poisson(mean, (rows, codes)).astype(float)


def test_a_total_is_found_among_its_parts() -> None:
    parts = counts()
    assert total_among(np.c_[parts, parts.sum(axis=1)]) == [5, 0, 1, 2, 3, 4]


def test_a_total_of_some_and_one_of_all_are_found() -> None:
    parts = counts()
    some, every = parts[:, 1:3].sum(axis=1), parts.sum(axis=1)
    assert total_among(np.c_[parts, some]) == [5, 1, 2]
    assert total_among(np.c_[parts, some, every]) == [6, 0, 1, 2, 3, 4]


def test_a_total_that_also_stands_alone_is_found() -> None:
    """Tables of one dimension below each other: beside the total of this one stand the codes of another."""
    parts, alone = counts(), np.zeros((30, 6))
    alone[:, 5] = counts(30, 1, 50.0)[:, 0]
    assert total_among(np.r_[np.c_[parts, parts.sum(axis=1)], alone]) == [5, 0, 1, 2, 3, 4]


@pytest.mark.parametrize(("rows", "codes", "mean"), [(40, 5, 3.0), (4, 3, 1.0), (200, 60, 0.05), (3000, 200, 0.02)])
def test_what_is_no_total_is_left(rows: int, codes: int, mean: float) -> None:
    assert total_among(counts(rows, codes, mean)) is None


def test_a_dataset_with_a_total_is_refused_in_a_sentence() -> None:
    spec = closed_spec()
    with duckdb.connect() as con:
        con.execute(f"""CREATE SCHEMA landing; CREATE TABLE landing.{spec.id} AS
            SELECT 'g' || (i // 12) AS gebied, 2022 AS jaar, 1 + i % 12 AS maand, g AS geslacht, 'jong' AS leeftijd,
              (HASH(i, g) % 9)::BIGINT AS aantal
            FROM RANGE(48) AS r(i) CROSS JOIN (VALUES ('m'), ('v'), ('x')) AS s(g)""")
        refuse_totals(con, spec, set(), {"aantal"})
        con.execute(f"""INSERT INTO landing.{spec.id} BY NAME
            SELECT * REPLACE ('totaal' AS geslacht, (SUM(aantal) OVER own)::BIGINT AS aantal) FROM landing.{spec.id}
            WINDOW own AS (PARTITION BY gebied, maand) QUALIFY geslacht = 'm'""")
        with pytest.raises(TotalAmongParts, match="in geslacht is 'totaal' overal de som van m, v, x"):
            refuse_totals(con, spec, set(), {"aantal"})
