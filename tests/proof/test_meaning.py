"""What all built-in figures say about trend, rank, period, chance and what is better: no fault of each kind."""

from pathlib import Path

import pytest

from tests.helpers import query
from tests.models.test_meaning import FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_no_built_in_figure_has_this_fault(everything: Path, fault: str) -> None:
    assert query(everything, f"SELECT DISTINCT {FAULTS[fault]}") == []
