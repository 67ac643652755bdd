"""Makes the committed names of areas (sources/gebieden/naam.csv) from Statbel's own files."""

from __future__ import annotations

import argparse
import csv
import io
import zipfile
from pathlib import Path

import duckdb

from pipelines.describe.levels import load_levels
from pipelines.describe.placenames import NAMES
from pipelines.landing.areas import load_areas

REFNIS = "statbel-refnis/TU_COM_REFNIS.txt"
PERMITS = "statbel-bouwvergunningen/statbel,_bouwvergunningen_20251201.zip"
LANGUAGES = ("NL", "FR", "DE")


def names(data: Path) -> set[tuple[str, str, str]]:
    """Every name that Statbel gives to an area of the register: code, language, name.

    The list of codes has three languages and does not know the municipalities of 2025; those have two in the
    permits, in capitals.
    """
    with duckdb.connect() as con:
        load_areas(con)
        rows = con.execute("SELECT gebiedsniveau, gebied FROM gebied WHERE soort = 'gebied'").fetchall()
    areas = {area for level, area in rows if level in load_levels()}
    with (data / REFNIS).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="|"))
    found = {(r["CD_REFNIS"], t.lower(), r[f"TX_REFNIS_{t}"]) for r in rows for t in LANGUAGES}
    known = {code for code, *_ in found}
    with zipfile.ZipFile(data / PERMITS) as archive, archive.open(archive.namelist()[0]) as member:
        for r in csv.DictReader(io.TextIOWrapper(member, "ascii", newline=""), delimiter="|"):
            if r["REFNIS"] not in known:
                found |= {(r["REFNIS"], t.lower(), r[f"REFNIS_{t}"]) for t in LANGUAGES[:2]}
    return {row for row in found if row[0] in areas and row[2]}


def main() -> None:
    """Make the table from the folder with the publishers' files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="folder with the publishers' files")
    rows = sorted(names(options.parse_args().data))
    with NAMES.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=";", lineterminator="\n").writerows([("gebied", "taal", "naam"), *rows])
    print(f"{NAMES.name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
