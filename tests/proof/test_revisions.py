"""A publisher that changes what it said three years ago: every changed cell is told."""

import json
from pathlib import Path

import pytest

from tests.helpers import changes, obmi, query
from tests.scenes.test_revisions import DATASET, revised


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
    before, last = (files(path) for path in sorted((home / "releases").glob("20*/manifest.json")))
    tables = {name for name in last if name.startswith("tabellen/") and last[name]["sha256"] != before[name]["sha256"]}
    assert tables == {f"tabellen/{DATASET}.csv.gz"}, "the others are as they were"


def files(manifest: Path) -> dict[str, dict[str, str]]:
    """What a manifest says of each file of its release."""
    return json.loads(manifest.read_text(encoding="utf-8"))["bestanden"]
