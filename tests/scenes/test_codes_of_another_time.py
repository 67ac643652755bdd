"""A code of another version of the areas in a delivery: held, and named with what it became or was made of.

Synthetic: one code of the built-in figures replaced.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import Row, edited
from tests.scenes.test_deliveries_refused import refused

pytestmark = pytest.mark.proof

CODE_COLUMNS = {"statbel_inkomen_sector": "sector", "politie_criminaliteit": "geoitem"}
CASES = {
    "a code of 2024 in permits on today's areas": (
        "statbel_bouwvergunningen",
        ("71072", "71022"),
        ("area 71022 is unknown at level gemeente in", "belongs to gemeente2018, gemeente2024", "successor is 71072"),
    ),
    "a municipality that Antwerpen took in": (
        "statbel_bouwvergunningen",
        ("11001", "11007"),
        ("area 11007 is unknown at level gemeente in", "belongs to gemeente2018, gemeente2024", "successor is 11002"),
    ),
    "a code of 2025 in figures on the areas of 2024": (
        "statbel_armoederisico",
        ("71022", "71072"),
        ("area 71072 is unknown at level gemeente2024", "belongs to gemeente", "the successor of 71022 + 73040"),
    ),
    "a code of 2025 in an upload of 2020": (
        "politie_criminaliteit",
        ("46003", "46030"),
        ("area 46030 is unknown at level gemeente2024", "the successor of 11056 + 46003 + 46013"),
    ),
    "a code of 2018 in the population of 2021": (
        "statbel_bevolking",
        ("44084", "44001"),
        ("area 44001 is unknown at level gemeente2024 in 2021", "belongs to gemeente2018", "successor is 44084"),
    ),
    "a place that no list knows": (
        "statbel_armoederisico",
        ("71022", "99999x"),
        ("area 99999x is unknown at level gemeente2024", "(1 unknown codes, 8 rows with this one)"),
    ),
    "a name where a code belongs": (
        "statbel_armoederisico",
        ("46021", "Saint-Nicolas"),
        ("area Saint-Nicolas is unknown at level gemeente2024",),
    ),
    "a sector of a later year": (
        "statbel_inkomen_sector",
        ("44021A00-", "44021A00K"),
        ("area 44021A00K is unknown at level statsec2019 in 2020",),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_code_of_another_time_is_held_and_explained(home: Path, tmp_path: Path, case: str) -> None:
    dataset, (old, new), said = CASES[case]
    column = CODE_COLUMNS.get(dataset, "nis_code")
    path = edited(dataset, tmp_path, lambda row: {**row, column: new} if row[column] == old else row)
    refused(home, dataset, path, *said, ", row ", "; correct the code or the source's area version")


def test_the_municipalities_of_2021_in_a_file_of_2018_are_held_and_explained(home: Path, tmp_path: Path) -> None:
    def earlier(row: Row) -> Row:
        return {**row, "jaar": "2018"}

    path = edited("statbel_bevolking", tmp_path, earlier, "statbel_bevolking_2018.csv")
    said = ("area 12041 is unknown at level gemeente2018 in 2018", "the successor of 12030 + 12034", "(7 unknown codes")
    refused(home, "statbel_bevolking", path, *said)
