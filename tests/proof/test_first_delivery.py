"""Every file that a description is proven on, handed over alone in a home where all built-in figures landed: it is
accepted whole, and of its dataset nothing that was built in is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.homes import linked
from tests.proof.handed_over import Given, all_built_in, dropped, first_deliveries, refused


@pytest.mark.parametrize("given", [g for g in first_deliveries() if len(g.files) == 1], ids=str)
def test_the_first_delivery_of_a_publisher_is_accepted(given: Given, tmp_path: Path) -> None:
    home = linked(all_built_in(), tmp_path / "home")
    assert refused(home, given, dropped(home, given)) == ""
