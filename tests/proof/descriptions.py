"""`make proof`: descriptions that change after rows were accepted, on the publishers' files: each is read again, or the
figures of before stay and one sentence says so; a build follows every time.

python -m tests.proof.descriptions
"""

from __future__ import annotations

import copy
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config import Settings
from pipelines.deliver import land_datasets
from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.describe.specfile import SpecError
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.refresh import build_models
from pipelines.transform.steps import BuildError
from tests.helpers import SHARED, obmi, originals_are_here
from tests.homes import linked

FILES = {
    "statbel_bevolking": "statbel-population/TF_SOC_POP_STRUCT_2018.zip",
    "statbel_armoederisico": "statbel-admin-income/TF_SOC_ADI_MUNTY.csv",
    "statbel_inkomen_sector": "statbel-fiscal-income/fisc2020_D_NL.csv",
    "statbel_geboorten": "inbo-coding-club/20200528_births_belgium.txt",
    "statbel_wagens_huishoudtype": "statbel-cars/TF_CAR_HHTYPE_MUNTY.txt",
}
Changed = dict[str, Any]


def put(spec: Dataset, path: str, value: Any) -> Dataset:
    """The description with one entry changed; `formats.*.decimal` is that of every layout, None takes an entry out."""
    whole = copy.deepcopy(spec.deciding)
    places: list[Any] = [whole]
    *folders, last = path.split(".")
    for name in folders:
        places = [x for p in places for x in (p if name == "*" else [p.setdefault(name, {})])]
    for place in places:
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return spec.read_by(whole)


CHANGES: list[tuple[str, str, str, Any]] = [
    ("a mark", "statbel_bevolking", "missing", {"-": "verborgen"}),
    ("a mark", "statbel_geboorten", "missing", {"x": "onbekend"}),
    ("a mark with another meaning", "statbel_armoederisico", "missing", {"": "nvt"}),
    ("no mark any more", "statbel_armoederisico", "missing", {}),
    ("a second mark", "statbel_inkomen_sector", "missing", {".": "verborgen", "-": "leeg"}),
    ("a type: counts as numbers", "statbel_bevolking", "columns.aantal.type", "number"),
    ("a type: shares as counts", "statbel_armoederisico", "columns.armoederisico.type", "integer"),
    ("a type: text for a number", "statbel_bevolking", "columns.leeftijd_van.type", "text"),
    ("a type: counts as numbers", "statbel_inkomen_sector", "columns.inkomen.type", "number"),
    ("a bound", "statbel_armoederisico", "columns.armoederisico.max", 12),
    ("a bound", "statbel_bevolking", "columns.aantal.min", 5),
    ("a wider bound", "statbel_armoederisico", "columns.armoederisico.max", 99),
    ("codes", "statbel_bevolking", "columns.geslacht.values", {"M": "man", "X": "vrouw"}),
    ("other codes", "statbel_bevolking", "columns.nationaliteit.values", {"BEL": "belg", "ETR": "vreemd"}),
    ("a column more", "statbel_inkomen_sector", "columns.nieuw", {"type": "integer"}),
    ("a column less", "statbel_inkomen_sector", "columns.aangiften", None),
    ("a scope", "statbel_armoederisico", "dekking.vanaf", 2021),
    ("a scope", "statbel_geboorten", "dekking.gewesten", ["02000"]),
    ("a unit", "statbel_armoederisico", "columns.mediaan_inkomen.suffix", " EUR"),
    ("how a number is written", "statbel_armoederisico", "formats.*.decimal", ","),
    ("a key", "statbel_bevolking", "key", ["jaar", "gebied"]),
    ("an area version", "statbel_armoederisico", "gebied.niveau", "gemeente2018"),
    ("what an absent area means", "statbel_bevolking", "dekking.afwezig", "onbekend"),
    ("the day of a stock", "statbel_bevolking", "periode.peildag", "12-31"),
]


def cells(home: Home, dataset: str) -> dict[tuple[str, ...], Any]:
    """What the build keeps of the subjects of a dataset."""
    found = {}
    for path in (home.build / "kept").glob("*/mart.waarneming.parquet"):
        rows = (
            f"SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status FROM '{path}' WHERE bron = '{dataset}'"
        )
        found |= {r[:4]: r[4:] for r in duckdb.sql(rows).fetchall()}
    return found


def tried(base: Path, place: Path, dataset: str, path: str, value: Any) -> str:
    """What became of one change, in a copy of the home."""
    known = load_datasets()
    home = Home(linked(base, place))
    before = cells(home, dataset)
    try:
        datasets = {**known, dataset: put(known[dataset], path, value)}
        project = Project(datasets, load_topics(datasets=datasets), load_cities(), Settings())
    except (SpecError, ValueError) as err:
        return f"refused as a description: {' '.join(str(err).split())[:150]}"
    landings = Landings(home, datasets)
    with home.lock():
        land_datasets(landings, [dataset], "voorbeeld", Settings(), lambda who, text: None)
        try:
            build_models(project, landings)
        except (BuildError, SpecError) as err:
            return f"BROKEN BUILD: {err}"
    state = landings[dataset].state
    moved = len({*before.items()} ^ {*cells(home, dataset).items()})
    if state.unread is None:
        held = f", {len(state.held)} parts held" if state.held else ""
        return f"read again{held}, {moved} cells differ" if state.rules == datasets[dataset].rules else "NOT READ"
    reason = state.freshness[1]
    return f"{'MOVED' if moved or not before else 'refused'}: {reason[:230]}"


def main() -> int:
    """Print what became of every change; the exit code counts those that broke or moved what should have stayed."""
    if not originals_are_here():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "home"
        config = Path(folder) / "obmi.toml"
        config.write_text(f"[refresh]\ndatasets = {list(FILES)}\n", encoding="utf-8")
        os.environ |= {"OBMI_HOME": str(base), "OBMI_CONFIG": str(config)}
        for dataset, file in FILES.items():
            assert obmi("drop", dataset, SHARED / "data" / file).code == 0
        result = obmi("refresh")
        assert result.code in (0, 10), result.out + result.err
        wrong = 0
        for number, (what, dataset, path, value) in enumerate(CHANGES):
            said = tried(base, Path(folder) / f"change-{number}", dataset, path, value)
            wrong += said.split(":")[0] in ("BROKEN BUILD", "MOVED", "NOT READ")
            print(f"{what:<28} {dataset:<28} {said}", flush=True)
    print(
        f"\n{len(CHANGES) - wrong} of {len(CHANGES)} changes were read again or refused with the old figures standing"
    )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
