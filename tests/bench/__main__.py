"""`make bench`: what the pipeline costs, as one table beside that of docs/snelheid.md.

Times say little by themselves on a shared machine. What is held against plain DuckDB alternates with it in one run, and
the ratio counts. `python -m tests.bench PART ...` measures some parts, `--write` puts the figures on the page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipelines.describe.specfile import ROOT
from pipelines.landing.register import built_in
from tests.bench.areas import SIDES
from tests.bench.change import change
from tests.bench.figures import Figure, committed, told, write
from tests.bench.nights import nights
from tests.bench.planning import subjects
from tests.bench.process import run
from tests.bench.reports import reports

DATA = ROOT.parent / "shared" / "data"
ORIGINALS = {
    "statbel_bevolking": "statbel-population/TF_SOC_POP_STRUCT_*.zip",
    "statbel_armoederisico": "statbel-admin-income/TF_SOC_ADI_MUNTY.csv",
    "politie_criminaliteit": "pinc-swing-uploads/Upload_2008_2020.xlsx",
    "statbel_bouwvergunningen": "statbel-bouwvergunningen/*.zip",
    "statbel_inkomen_sector": "statbel-fiscal-income/fisc2020_D_NL.csv",
}
RUNS = 5
POINTS = 1_000_000
OBSERVATIONS = 100_000_000
ROOM = 12_000_000_000  # bytes that writing them takes, with what is sorted on disk
CHECKED = 5_000_000


def originals_config(folder: Path, data: Path = DATA) -> Path:
    """An obmi.toml that reads the original publishers' files."""
    path = folder / "obmi.toml"
    lines = [f"[refresh]\ndatasets = {list(ORIGINALS)}\n"]
    lines += [f'[sources.{dataset}]\nfiles = ["{data / pattern}"]\n' for dataset, pattern in ORIGINALS.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def originals() -> list[Figure]:
    """Five datasets from the publishers' files, by a refresh and by a plain script that checks and keeps nothing."""
    register = str(built_in()["gebied"].parent)
    whole, work, peaks, gates = [], [], [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            env = {"OBMI_CONFIG": str(originals_config(Path(folder)))}
            plain = run(["-m", "tests.bench.plain", str(DATA), f"{folder}/plain.duckdb", register])
            ours = run(["-m", "pipelines.cli", "refresh"], {**env, "OBMI_HOME": f"{folder}/whole"})
            alone = json.loads(run(["-m", "tests.bench.work"], {**env, "OBMI_HOME": f"{folder}/work"}).line)
        whole.append(ours.wall / plain.wall)
        work.append(alone["seconds"] / json.loads(plain.line)["seconds"])
        gates.append(100 * alone["stages"]["gate"] / alone["seconds"])
        peaks.append(ours.peak)
    return [
        Figure("five datasets from the publishers' files, against a plain script", _middle(whole), "times", 5),
        Figure("the same without imports", _middle(work), "times", 3.5),
        Figure("the same, peak", max(peaks), "MiB"),
        Figure("the gate, part of that work", _middle(gates), "%", 30),
    ]


def profile() -> list[Figure]:
    """The profile of one area after another, from a release of a hundred million synthetic observations."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < ROOM:
            print(f"the profile is skipped: {OBSERVATIONS:,} observations need {ROOM:,} bytes of disk")
            return []
        run(["-m", "tests.bench.profile", "made", f"{folder}/release.duckdb", str(OBSERVATIONS)])
        facts = json.loads(run(["-m", "tests.bench.profile", "ask", f"{folder}/release.duckdb"]).line)
    wanted = {"lookup p95 ms": 4}
    what = f"profile among {facts['rows']:,} synthetic observations, "
    return [Figure(what + n.replace(" ms", ""), f, "ms", wanted.get(n)) for n, f in facts.items() if " ms" in n]


def points() -> list[Figure]:
    """Synthetic points in their municipality."""
    ran = [run(["-m", "tests.bench.points", str(POINTS)]) for _ in range(RUNS)]
    what = f"placing {POINTS:,} synthetic points"
    seconds = _middle([json.loads(r.line)["seconds"] for r in ran])
    return [Figure(what, seconds, "s"), Figure(f"{what}, peak", max(r.peak for r in ran), "MiB")]


def gate() -> list[Figure]:
    """Six expectations on synthetic rows, by the gate and by plain queries."""
    found = [json.loads(run(["-m", "tests.bench.gate", str(CHECKED)]).line) for _ in range(RUNS)]
    more = _middle([f["gate"] - f["plain"] for f in found])
    return [Figure(f"six expectations on {CHECKED:,} synthetic rows, more than plain queries", more, "s", 1.5)]


def parsing() -> list[Figure]:
    """Reading the largest files, through `ingest` and by plain DuckDB."""
    ratios, peaks = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            ran = {s: run(["-m", "tests.bench.parsing", s, str(DATA), f"{folder}/{s}"]) for s in ("plain", "ours")}
        seconds = {side: json.loads(r.line)["seconds"] for side, r in ran.items()}
        ratios.append(seconds["ours"] / seconds["plain"])
        peaks.append(ran["ours"].peak)
    what = "reading the largest files"
    return [
        Figure(f"{what}, against plain DuckDB", _middle(ratios), "times"),
        Figure(f"{what}, peak", max(peaks), "MiB"),
    ]


def areas() -> list[Figure]:
    """Ten million synthetic observations of sectors to higher levels, by the models and by a plain sum."""
    command, seconds, peaks = ["-m", "tests.bench.areas"], {side: [] for side in SIDES}, []
    with tempfile.TemporaryDirectory() as folder:
        run([*command, "made", f"{folder}/areas.duckdb"])
        for number in range(RUNS):
            for side, taken in seconds.items():
                if side == "whole" and number:
                    continue  # once is enough for what takes ten times as long
                ran = run([*command, side, f"{folder}/areas.duckdb"])
                taken.append(json.loads(ran.line)["seconds"])
                peaks.append(ran.peak)
    what = "ten million synthetic observations of sectors"
    against = {
        side: _middle([a / b for a, b in zip(seconds["sums"], seconds[side], strict=True)])
        for side in ("plain", "alike")
    }
    return [
        Figure(f"{what} to nine levels, against a plain join to the same", against["alike"], "times", 1.2),
        Figure(f"{what} to nine levels, against a plain join to five", against["plain"], "times"),
        Figure(f"{what}, the whole model", seconds["whole"][0], "s"),
        Figure(f"{what}, peak", max(peaks), "MiB", 2048),
    ]


def _middle(values: list[float]) -> float:
    return statistics.median(values)


PARTS: dict[str, Callable[[], list[Figure]]] = {
    p.__name__: p for p in (change, originals, subjects, areas, profile, nights, gate, points, parsing, reports)
}
OF_PUBLISHERS = ("originals", "parsing", "reports")


def main() -> None:
    """Measure, print the table, and write it where that is asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them where none is named")
    parser.add_argument("--write", action="store_true", help="put the figures in docs/snelheid.md")
    asked = parser.parse_args()
    before, found = committed(), []
    for name in asked.parts or PARTS:
        if name in OF_PUBLISHERS and not DATA.is_dir():
            print(f"{name} is skipped: the publishers' files are not in {os.path.relpath(DATA, ROOT)}")
            continue
        figures = PARTS[name]()
        for figure in figures:
            print(told(figure, before, sys.stdout.isatty()), flush=True)
        found += figures
    if asked.write:
        write(found)


if __name__ == "__main__":
    main()
