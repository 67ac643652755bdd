"""The scene of one bad city, played once for all the tests that read it: every dataset delivered with something wrong
for Gent and something new for Brugge, and then delivered right.

All changed figures here are synthetic.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import BUILT_IN, Result, Row, area, edited, figures, land_all, obmi, status
from tests.homes import linked

GENT, BRUGGE = "44021", "31005"
LOOK = {
    "statbel_bevolking": ("v1101_t", "2021"),
    "statbel_armoederisico": ("vg3101_mediaan", "2022"),
    "statbel_bouwvergunningen": ("v2207_woningen", "2024"),
    "statbel_inkomen_sector": ("v3102_aangiften", "2020"),
    "politie_criminaliteit": ("v2801_vh_totcrim", "2020"),
}
MEASURES = {
    "statbel_bevolking": ["aantal"],
    "statbel_armoederisico": ["mediaan_inkomen", "armoederisico"],
    "statbel_bouwvergunningen": ["woningen", "appartementen", "renovaties"],
    "statbel_inkomen_sector": ["aangiften", "inkomen"],
}


def times_ten(dataset: str, row: Row) -> Row:
    """Synthetic: every measure of a row ten times as large; missing marks stay."""
    measures = MEASURES.get(dataset) or [c for c in row if c.startswith("v2801")]
    numbers = {m: row[m] for m in measures if row[m] not in ("", ".") and not row[m].startswith("-9999")}
    return {**row, **{m: f"{float(v) * 10:g}" if "." in v else str(int(v) * 10) for m, v in numbers.items()}}


def one_more(dataset: str, row: Row) -> Row:
    """Synthetic: one more in the row that `LOOK` looks at, so that it stays consistent."""
    of_year = row.get("jaar", row.get("period")) == LOOK[dataset][1]
    column = {
        "statbel_bevolking": "aantal" if row.get("leeftijd_van") == "20" else "",
        "statbel_armoederisico": "mediaan_inkomen",
        "statbel_bouwvergunningen": "woningen" if row.get("maand") in ("0", "3") else "",
        "statbel_inkomen_sector": "aangiften" if row.get("inkomen") == "." else "",
        "politie_criminaliteit": "v2801_vh_totcrim",
    }[dataset]
    return {**row, column: str(int(row[column]) + 1)} if of_year and column else row


def gent_wrong_brugge_new(dataset: str, folder: Path, name: str = "") -> Path:
    """Gent ten times too large, of the poverty risk only an impossible 2022; and one more in Brugge."""

    def change(row: Row) -> Row:
        if area(row) == GENT and dataset == "statbel_armoederisico":
            return row | ({"armoederisico": "95"} if row["jaar"] == "2022" else {})
        if area(row) == GENT:
            return times_ten(dataset, row)
        return one_more(dataset, row) if area(row) == BRUGGE else row

    return edited(dataset, folder, change, name)


def play(released: Path, folder: Path) -> None:
    """Play it in a folder: the homes `held` and `cleared`, and what was said in seen.json."""
    home, files = folder / "cleared", folder / "files"
    files.mkdir(parents=True)
    linked(released, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_HOME", str(home))
        for dataset in BUILT_IN:
            assert obmi("drop", dataset, gent_wrong_brugge_new(dataset, files)).code == 0
        seen: dict[str, Any] = {"result": vars(obmi("refresh")), "status": status()}
        linked(home, folder / "held", build=False)
        seen["again"] = vars(obmi("refresh"))
        for dataset in BUILT_IN:
            assert obmi("drop", dataset, figures(dataset)).code == 0
        land_all(home)
        seen["cleared_status"] = status()
    (folder / "seen.json").write_text(json.dumps(seen), encoding="utf-8")


def seen_in(folder: Path) -> dict[str, Any]:
    """What was said and the two homes, of a scene that was played."""
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    said = {name: Result(**seen[name]) for name in ("result", "again")}
    return {**seen, **said, "home": folder / "held", "cleared_home": folder / "cleared"}
