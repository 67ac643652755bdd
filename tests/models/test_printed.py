"""Figures of the built-in release are those that publishers print for the same area and period, or differ by what
tests/gedrukt.csv says and for the reason that it gives; `make proof` compares all of them on the originals."""

from __future__ import annotations

from decimal import Decimal

from pipelines.describe.catalogue import load_topics
from tests.models.printed import load

FIGURES = load()


def test_each_printed_figure_says_where_it_stands_and_why_it_differs() -> None:
    topics = load_topics()
    keys = [(f.onderwerp, f.gebiedsniveau, f.gebied, f.periode, f.gedrukt_in) for f in FIGURES]
    assert len(keys) == len(set(keys))
    for figure in FIGURES:
        assert figure.uitgever, figure
        assert figure.gedrukt_in, figure
        assert figure.licentie, figure
        assert figure.onderwerp in topics, figure
        assert figure.toelichting or Decimal(figure.verschil) == 0, figure
    equal = [f for f in FIGURES if Decimal(f.verschil) == 0]
    assert len(equal) >= 90
    assert len({f.onderwerp for f in equal}) >= 20
    assert {f.gebied for f in equal} >= {"11002", "31005", "44021", "46021", "71016", "71022"}
