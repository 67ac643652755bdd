"""Random cells of a release are what the raw bytes give, computed by other means than the pipeline's; `make proof`
takes 1,000, of the built-in figures and of the originals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proof.recomputed import Cell, recompute, same

NUMBER = 1000


def test_random_cells_are_what_the_raw_bytes_give(everything: Path) -> None:
    wrong, kinds = recompute(everything, NUMBER, "obmi")
    assert wrong == []
    assert kinds.total() == NUMBER
    assert {"som", "ratio", "afgeleid", "geen", "som without a value"} <= set(kinds)


@pytest.mark.parametrize(
    "answer", [(100.000001, "ok"), (None, "onbekend"), (None, "ok")], ids=["value", "no value", "no status"]
)
def test_a_cell_that_differs_is_seen(answer: tuple[float | None, str]) -> None:
    cell = Cell("v1101_t", "gemeente", "44021", "2021", 100.0, "ok")
    assert same(cell, (100.0, "ok"))
    assert not same(cell, answer)
    assert not same(replace(cell, waarde=None, status="verborgen"), answer)
