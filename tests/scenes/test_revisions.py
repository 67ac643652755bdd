"""A publisher that changes what it said three years ago: every changed cell is told, and too much at once waits for a
person.

The changed figures are synthetic. What needs a whole refresh runs with `make proof`.
"""

import json
from pathlib import Path

import pytest

from tests.helpers import area, changes, edited, land_all, obmi, query, status

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


def test_too_many_old_cells_at_once_wait_for_a_person(home: Path, tmp_path: Path) -> None:
    file, codes = revised(tmp_path, 1.3)
    assert len(codes) == CELLS
    assert obmi("drop", DATASET, file, "--by", "An").code == 0
    land_all(home, DATASET)
    assert (status()[DATASET]["state"], len(json.loads(obmi("quarantaine", "--json").out))) == ("oud", 1)
    assert "100 of 318 areas: too many to hold one by one" in status()[DATASET]["reason"]
    (item,) = json.loads(obmi("quarantaine", "--json").out)
    assert (item["controle"], item["jaren"], item["gebied"]) == ("niveausprong_mediaan", [2019], "")


@pytest.mark.proof
@pytest.mark.parametrize("factor", [1.01, 1.3])
def test_a_hundred_cells_of_three_years_ago_are_a_hundred_revisions(
    home: Path, released: Path, tmp_path: Path, factor: float
) -> None:
    """A small change goes through; one beyond the threshold only after somebody lets it through."""
    file, codes = revised(tmp_path, factor)
    assert obmi("drop", DATASET, file, "--by", "An").code == 0
    result = obmi("refresh")
    if factor > 1.15:
        assert (result.code, len(list((home / "releases").glob("*/manifest.json")))) == (20, 1)
        (item,) = json.loads(obmi("quarantaine", "--json").out)
        assert obmi("accept", item["id"], "--reason", "nieuwe definitie", "--by", "Bo").code == 0
        result = obmi("refresh")
    assert result.code == 0, result.out
    rows = query(home, "SELECT onderwerp, gebiedsniveau, gebied, periode, oude_waarde, nieuwe_waarde FROM mart.revisie")
    own = [r for r in rows if (r[0], r[1]) == ("vg3101_mediaan", "gemeente2024")]
    assert sorted(r[2] for r in own) == sorted(codes)
    assert {r[3] for r in own} == {"2019"}
    assert set(rows) == changes(released, home), "none silent"
