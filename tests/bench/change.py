"""What one change costs: a cell of poverty, a cell of the population, an entry of the catalogue, and nothing at all.

All on the built-in figures, each command a whole process on one home, one after the other. The changed cells are
synthetic.
"""

from __future__ import annotations

import csv
import gzip
import shutil
import statistics
import tempfile
from pathlib import Path

import duckdb

from pipelines.describe.specfile import ROOT
from tests.bench.figures import Figure
from tests.bench.process import Ran, run

FIGURES = ROOT / "sources" / "voorbeeld"
POVERTY = FIGURES / "statbel_armoederisico.csv"
CHECKOUT = ("pipelines", "models", "sources", "expectations", "pyproject.toml")
ENTRY = (
    "models/indicatoren/veiligheid.yaml",
    "    noemer: v1101_t\n    factor: 1000\n",
    "    noemer: v1101_t\n    factor: 10000\n",
)
SECONDS, PART, MEMORY, NOTHING = 10, 25, 1024, 1
POPULATION, DIFF, ALL, ALL_MEMORY = 15, 6, 35, 1536


def change() -> list[Figure]:
    """Measure them all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "obmi.toml").touch()
        env = {"OBMI_HOME": str(folder / "home"), "OBMI_CONFIG": str(folder / "obmi.toml")}

        def obmi(*asked: str | Path, checkout: Path = ROOT) -> Ran:
            return run(["-m", "pipelines.cli", *map(str, asked)], env, checkout)

        first = obmi("refresh")
        before = _written(folder / "home")
        nothing = [obmi("refresh") for _ in range(3)]
        written = len(_written(folder / "home") ^ before)
        obmi("drop", POVERTY.stem, changed(POVERTY, folder, "armoederisico", 0.1))
        obmi("refresh")  # the first delivery takes the place of the built-in figures
        obmi("drop", POVERTY.stem, changed(POVERTY, folder, "armoederisico", 0.2))
        cell = obmi("refresh")
        told = _revised(folder / "home")
        years = sorted(FIGURES.glob("statbel_bevolking_2*.csv*"))
        obmi("drop", "statbel_bevolking", *years)
        obmi("refresh")
        obmi("drop", "statbel_bevolking", changed(years[-1], folder, "aantal", 1))
        widest = obmi("refresh")
        checkout = _edited(folder / "checkout")
        diff = obmi("diff", checkout=checkout)
        entry = obmi("refresh", checkout=checkout)
    if not 0 < told < 10:
        raise SystemExit(f"one cell of poverty changed, and {told} rows were revised")
    return [
        Figure("all built-in datasets from nothing", first.wall, "s", ALL),
        Figure("all built-in datasets from nothing, processor", first.processor, "s"),
        Figure("all built-in datasets from nothing, peak", first.peak, "MiB", ALL_MEMORY),
        Figure("nothing changed", statistics.median(r.wall for r in nothing), "s", NOTHING),
        Figure("nothing changed, files written but the log", written, "files", 0),
        *_told("one cell of poverty", cell, SECONDS, MEMORY),
        Figure("one cell of poverty, part of the first refresh", 100 * cell.wall / first.wall, "%", PART),
        *_told("one cell of the population", widest, POPULATION, None),
        *_told("one entry of the catalogue", entry, SECONDS, MEMORY),
        Figure("one entry of the catalogue, obmi diff", diff.wall, "s", DIFF),
    ]


def _told(what: str, ran: Ran, seconds: float, memory: float | None) -> list[Figure]:
    return [
        Figure(what, ran.wall, "s", seconds),
        Figure(f"{what}, processor", ran.processor, "s"),
        Figure(f"{what}, peak", ran.peak, "MiB", memory),
    ]


def changed(source: Path, folder: Path, column: str, more: float) -> Path:
    """The figures with so much more in the last cell of a column, under their own name."""
    unpacked = gzip.open if source.suffix == ".gz" else open
    with unpacked(source, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    cell = max(i for i, row in enumerate(rows) if row[column].replace(".", "").isdecimal())
    rows[cell][column] = f"{float(rows[cell][column]) + more:g}"
    path = folder / source.name.removesuffix(".gz")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def copy_checkout(checkout: Path) -> None:
    """Copy what a refresh goes by of this checkout to a folder."""
    for part in CHECKOUT:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        (checkout / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, checkout / part)


def _edited(checkout: Path) -> Path:
    """A copy of this checkout in which one entry of the catalogue is computed otherwise."""
    copy_checkout(checkout)
    name, old, new = ENTRY
    text = (checkout / name).read_text(encoding="utf-8")
    place = text.rindex(old)
    (checkout / name).write_text(text[:place] + new + text[place + len(old) :], encoding="utf-8")
    return checkout


def _written(home: Path) -> set[tuple[str, int, int]]:
    """Every file of a home but its log, its lock and its heartbeat, with its size and when it was written."""
    told = (".lock", ".jsonl", ".log", ".prom")
    files = (p for p in home.rglob("*") if p.is_file() and p.suffix not in told and p.name != "hartslag.json")
    return {(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def _revised(home: Path) -> int:
    with duckdb.connect(str(home / "current" / "obmi.duckdb"), read_only=True) as con:
        return con.execute("SELECT COUNT(*) FROM mart.revisie").fetchone()[0]
