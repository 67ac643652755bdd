"""Figures of the built-in release are those that publishers print for the same area and period, or differ by what
tests/gedrukt.csv says and for the reason that it gives; `make proof` compares all of them on the originals."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.helpers import query
from tests.models.printed import compare, load

FIGURES = load()


def test_our_figures_are_the_printed_ones(everything: Path) -> None:
    wrong, absent = compare(everything, FIGURES)
    assert wrong == []
    present = {b for (b,) in query(everything, "SELECT bron FROM mart.bron WHERE bronversie IS NOT NULL")}
    sources = dict(query(everything, "SELECT onderwerp, STRING_SPLIT(bron, ', ') FROM mart.onderwerp"))
    assert [f for f in absent if set(sources[f.onderwerp]) <= present] == []
    assert len([f for f in FIGURES if f not in absent and Decimal(f.verschil) == 0]) >= 120


def test_another_digit_in_print_is_seen(everything: Path) -> None:
    first = next(f for f in FIGURES if f.onderwerp == "v1101_t")
    wrong, absent = compare(
        everything, [replace(first, gedrukt=str(int(first.gedrukt) + 1)), replace(first, gebied="")]
    )
    assert len(wrong) == 1
    assert [f.gebied for f in absent] == [""]
