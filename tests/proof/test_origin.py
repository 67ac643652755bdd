"""Random figures of all built-in datasets lead to the rows and bytes that make them."""

from pathlib import Path

from tests.models.traced import traced


def test_four_hundred_random_figures_are_computed_again_from_what_landed(everything: Path) -> None:
    made, wrong = traced(everything, 400, 20261128)
    assert wrong == []
    assert made.total() == 400
