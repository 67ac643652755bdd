"""Every merger since 2019, in the subjects of the five datasets: the new area is exactly the sum of its parts."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import areas
from tests.models.merged import IN_2019, IN_2025, figures_of, listed, wrong_cells, wrong_empty_cells

IN_WALLONIA = "82003+82005→82039"


def test_the_mergers_are_those_of_the_tables() -> None:
    for old, new, text in (
        ("gemeente2018", "gemeente2024", IN_2019),
        ("gemeente2024", "gemeente", f"{IN_2025} {IN_WALLONIA}"),
    ):
        with areas() as con:
            rows = con.execute(
                "SELECT naar, list(van) FROM gebied_relatie WHERE (van_niveau, naar_niveau) = (?, ?) "
                "GROUP BY naar HAVING COUNT(*) > 1",
                [old, new],
            ).fetchall()
        assert {naar: set(van) for naar, van in rows} == listed(text)


def test_a_merged_municipality_is_the_sum_of_its_parts(released: Path) -> None:
    """All built-in figures are in tests/proof/test_mergers.py."""
    figures = figures_of(released)
    number, wrong = wrong_cells(figures)
    assert (wrong, number >= 2500) == ([], True), number
    number, wrong = wrong_empty_cells(figures)
    assert (wrong, number) == ([], 2 * 8 * 13)
