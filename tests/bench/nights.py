"""What thirty nights take on disk, in each of which one published figure in a hundred is another.

The changes are synthetic: accepted cells of built-in figures, chosen by chance over all areas and years, a thousandth
higher. They are of measures that no check holds against a sum or another dataset, or the gate would hold them back. The
publishers' files of every night are whole, as they come, so the raw bytes are counted apart.
"""

from __future__ import annotations

import csv
import gzip
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import duckdb

from pipelines.config import Releases
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from tests.bench.figures import Figure
from tests.bench.process import run

NIGHTS, SEED, MEBIBYTE = 30, 20261128, 1 << 20
SHARE = 0.01  # of the cells that may change
SMALLEST = 1000  # of which a thousandth is one
CHANGING = {
    "pinc_elektriciteit_sector": ("elek_res_kwh", "elek_nietres_kwh", "gas_res_kwh", "gas_nietres_kwh"),
    "statbel_armoederisico": ("mediaan_inkomen",),
    "statbel_bevolking": ("aantal",),
    "statbel_inkomen_gemeente": ("netto_belastbaar_inkomen_eur",),
    "statbel_inkomen_sector": ("mediaan",),
    "statbel_vastgoedprijzen": ("mediaanprijs_eur",),
}
SETTLED = "2020"  # the year in which another dataset tells the same
FIGURES = ROOT / "sources" / "voorbeeld"
AGAINST = 2  # times one release


def nights(number: int = NIGHTS) -> list[Figure]:
    """Refresh so many nights, and weigh the home."""
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        env = {"OBMI_HOME": str(home), "OBMI_CONFIG": str(folder / "obmi.toml")}
        files = laid_out(folder)
        run(["-m", "pipelines.cli", "refresh"], env)
        for _ in range(number):
            for path, measures in files.items():
                change(path, measures, chance)
            run(["-m", "pipelines.cli", "refresh"], env)
        weights = {part.name: weight(part) for part in home.iterdir() if part.is_dir() and not part.is_symlink()}
        one = weight((home / "current").resolve())
        kept = len([*(home / "releases").glob("*/manifest.json")])
        with duckdb.connect(str(home / "current" / "obmi.duckdb"), read_only=True) as con:
            told = "100 * (SELECT COUNT(*) FROM mart.revisie) / COUNT(waarde)"
            (share,) = con.execute(f"SELECT {told} FROM mart.waarneming").fetchone()
    if kept != min(number + 1, Releases().keep) or share < 1:
        raise SystemExit(f"after {number} nights {kept} releases are there, and {share:.2g} % of the figures changed")
    whole = sum(weights.values())
    what = f"{number} nights of one changed figure in a hundred"
    return [
        Figure(f"{what}, without raw bytes", (whole - weights["raw"]) / one, "times a release", AGAINST),
        Figure(f"{what}, one release", one / MEBIBYTE, "MiB"),
        *(Figure(f"{what}, {part}", size / MEBIBYTE, "MiB") for part, size in sorted(weights.items())),
    ]


def laid_out(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Copy the figures that change, and have obmi.toml say where they are; the files, each with its measures."""
    found, lines = {}, []
    for dataset, measures in CHANGING.items():
        own = sorted(FIGURES.glob(str(load_datasets()[dataset].voorbeeld)))
        copies = [Path(shutil.copy(path, folder)) for path in own]
        found |= {copy: measures for copy in copies if SETTLED not in copy.name}
        lines.append(f"sources.{dataset}.files = {[str(c) for c in copies]}\n")
    (folder / "obmi.toml").write_text("".join(lines), encoding="utf-8")
    return found


def change(path: Path, measures: tuple[str, ...], chance: random.Random) -> None:
    """Make some cells of a file another: in a line a cell of a measure."""
    with _opened(path, "rt") as stream:
        header, *lines = csv.reader(stream, delimiter=";")
    places = [header.index(name) for name in measures]
    cells = [(line, place) for line in lines for place in places if _changes(line, line[place])]
    for line, place in chance.sample(cells, round(SHARE * len(cells))):
        line[place] = _more(line[place])
    with _opened(path, "wt") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\n").writerows([header, *lines])


def _changes(line: list[str], figure: str) -> bool:
    return SETTLED not in line and figure.replace(".", "", 1).isdecimal() and float(figure) >= SMALLEST


def _more(figure: str) -> str:
    """The figure a thousandth higher, with as many digits."""
    digits = len(figure.partition(".")[2])
    return f"{float(figure) * 1.001:.{digits}f}"


def _opened(path: Path, mode: str) -> TextIO:
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, mode, encoding="utf-8", newline="")


def weight(folder: Path) -> int:
    """The bytes of a folder; what is linked more than once counts once."""
    return sum(size for _, size in {_identity(path) for path in _files_in(folder)})


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_size
