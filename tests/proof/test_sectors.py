"""Sectors lie where the publisher says."""

from __future__ import annotations

from pathlib import Path

from tests.models.test_sectors import municipalities
from tests.proof.test_publishers import pairs


def test_every_sector_of_today_lies_where_the_publisher_says(released: Path, shared: Path) -> None:
    """Also the 1,097 whose prefix is not their municipality. The unknown places lie in none that is shown."""
    theirs = pairs(shared / "data/pinc-gebiedsniveaus/aggregatietabellen/statsec_gemeente.xlsx")
    misleading = {sector: place for sector, place in theirs.items() if sector[:5] != place}
    assert (len(theirs), len(misleading)) == (10_902, 1_097)
    ours = municipalities(released, "statsec")
    assert ours == {sector: place for sector, place in theirs.items() if not place.startswith("9999")}
    assert misleading.keys() <= ours.keys()


def test_sectors_of_2024_lie_where_the_publisher_says(released: Path, shared: Path) -> None:
    theirs = pairs(shared / "data/pinc-gebiedsniveaus/aggregatietabellen/statsec2024_gemeente.xlsx")
    ours = municipalities(released, "statsec2024")
    assert len(theirs) == 10_241
    assert ours == {sector: place for sector, place in theirs.items() if not place.startswith("9999")}
