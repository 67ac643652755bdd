"""A publisher that changes what it said three years ago: every changed cell is told, and too much at once waits for a
person.

The changed figures are synthetic. What needs a whole refresh runs with `make proof`.
"""

import json
from pathlib import Path

import pytest

from tests.helpers import area, edited, land_all, obmi, status

DATASET = "statbel_armoederisico"
CELLS = 100


def revised(folder: Path, factor: float) -> tuple[Path, list[str]]:
    """The built-in figures with the median income of 2019 of a hundred municipalities times a factor."""
    codes: list[str] = []

    def change(row: dict[str, str]) -> dict[str, str]:
        if row["jaar"] != "2019" or row["mediaan_inkomen"] in ("", ".") or len(codes) == CELLS:
            return row
        codes.append(area(row))
        return row | {"mediaan_inkomen": f"{float(row['mediaan_inkomen']) * factor:.0f}"}

    return edited(DATASET, folder, change), codes


@pytest.mark.proof
def test_too_many_old_cells_at_once_wait_for_a_person(home: Path, tmp_path: Path) -> None:
    file, codes = revised(tmp_path, 1.3)
    assert len(codes) == CELLS
    assert obmi("drop", DATASET, file, "--by", "An").code == 0
    land_all(home, DATASET)
    assert (status()[DATASET]["state"], len(json.loads(obmi("quarantaine", "--json").out))) == ("oud", 1)
    assert "100 van de 318 gebieden: te veel om apart vast te houden" in status()[DATASET]["reason"]
    (item,) = json.loads(obmi("quarantaine", "--json").out)
    assert (item["controle"], item["jaren"], item["gebied"]) == ("niveausprong_mediaan", [2019], "")
