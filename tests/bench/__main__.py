"""`make bench`: the whole refresh of the original files against a plain DuckDB script, in the same run.

Prints medians of alternating runs: the work without imports, the whole process, peak memory, and where
the time goes. Times say nothing by themselves on a shared machine; the ratios do.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.landing.register import built_in
from tests.bench.areas import SIDES
from tests.bench.planning import SIZES

ROOT = Path(__file__).resolve().parents[2]
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


def run(command: list[str], env: dict[str, str]) -> tuple[float, float, str]:
    """Run a process: wall seconds, peak memory in MiB, and its last line."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        out.seek(0)
        text = out.read()
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    return wall, usage.ru_maxrss / 1024, text.strip().splitlines()[-1]


def main() -> None:
    """Measure what is synthetic (points, checks, sectors, catalogues, profiles), then alternate the three commands on
    the originals, and print the figures."""
    points()
    gate()
    areas()
    catalogues()
    profiles()
    if not DATA.is_dir():
        print(f"bench skipped: the original publishers' files are not in {os.path.relpath(DATA, ROOT)}")
        return
    whole, plain_whole, work, plain_work, peak, plain_peak = [], [], [], [], [], []
    stages: dict[str, list[float]] = {}
    register = str(built_in()["gebied"].parent)
    for number in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder)
            env = {"OBMI_CONFIG": str(originals_config(base))}
            plain_command = [sys.executable, "-m", "tests.bench.plain", str(DATA), f"{base}/plain.duckdb", register]
            wall, memory, line = run(plain_command, {})
            plain_whole.append(wall)
            plain_peak.append(memory)
            plain_work.append(json.loads(line)["seconds"])
            wall, memory, _ = run(
                [sys.executable, "-m", "pipelines.cli", "refresh"], {**env, "OBMI_HOME": f"{base}/whole"}
            )
            whole.append(wall)
            peak.append(memory)
            _, _, line = run([sys.executable, "-m", "tests.bench.work"], {**env, "OBMI_HOME": f"{base}/work"})
            facts = json.loads(line)
            work.append(facts["seconds"])
            for stage, seconds in facts["stages"].items():
                stages.setdefault(stage, []).append(seconds)
        print(f"run {number + 1} of {RUNS}: plain {plain_work[-1]:.2f} s, refresh {work[-1]:.2f} s", flush=True)
    _print("work without imports", work, plain_work)
    _print("whole process", whole, plain_whole)
    print(f"peak memory: refresh {max(peak):,.0f} MiB, plain {max(plain_peak):,.0f} MiB")
    for stage, seconds in stages.items():
        print(f"  {stage:<10} {statistics.median(seconds):6.2f} s")
    share = statistics.median(g / w for g, w in zip(stages["gate"], work, strict=True))
    print(f"the gate, a part of landing, takes {share:.0%} of the work (target at most 30 %)")
    parsing()


def catalogues() -> None:
    """Build catalogues of synthetic subjects on the built-in figures, and plan each again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.planning"]
        subprocess.run([*command, "landed", f"{folder}/landed"], cwd=ROOT, check=True)
        for size in SIZES:
            shutil.copytree(f"{folder}/landed", f"{folder}/{size}", symlinks=True)
            _, memory, line = run([*command, f"{folder}/{size}", str(size)], {})
            facts = json.loads(line)
            timed = {name: figure for name, figure in facts.items() if isinstance(figure, list)}
            stages = ", ".join(f"{name} {wall:.1f} s ({cpu:.1f} s of CPU)" for name, (wall, cpu) in timed.items())
            print(f"{facts['subjects']:,} synthetic subjects: {stages}, peak {memory:,.0f} MiB", flush=True)


def profiles() -> None:
    """Ask a release of a hundred million synthetic observations for the profile of one area after another."""
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < ROOM:
            print(f"the profile is skipped: {OBSERVATIONS:,} observations need {ROOM:,} bytes of disk")
            return
        command = [sys.executable, "-m", "tests.bench.profile"]
        subprocess.run([*command, "made", f"{folder}/release.duckdb", str(OBSERVATIONS)], cwd=ROOT, check=True)
        _, _, line = run([*command, "ask", f"{folder}/release.duckdb"], {})
    facts = json.loads(line)
    print(f"profile of an area among {facts.pop('rows'):,} synthetic observations ({facts.pop('bytes'):,} bytes)")
    for name, figure in facts.items():
        print(f"  {name:<36} {figure:6.2f}")


def points() -> None:
    """Place synthetic points in their municipality, and print the seconds per million."""
    seconds, memories = [], []
    for _ in range(RUNS):
        _, memory, line = run([sys.executable, "-m", "tests.bench.points", str(POINTS)], {})
        seconds.append(json.loads(line)["seconds"])
        memories.append(memory)
    counts = ", ".join(f"{number:,} {how}" for how, number in json.loads(line)["counts"].items())
    print(f"placing {POINTS:,} synthetic points ({counts}): {statistics.median(seconds):.2f} s", flush=True)
    print(f"peak memory: placing {max(memories):,.0f} MiB")


def gate() -> None:
    """Six expectations on five million synthetic rows, by the gate and by plain queries, and print the figures."""
    seconds = [json.loads(run([sys.executable, "-m", "tests.bench.gate", str(CHECKED)], {})[2]) for _ in range(RUNS)]
    ours, plain = [s["gate"] for s in seconds], [s["plain"] for s in seconds]
    _print(f"six expectations on {CHECKED:,} synthetic rows", ours, plain, "gate")
    more = statistics.median(a - b for a, b in zip(ours, plain, strict=True))
    print(f"the gate takes {more:.2f} s more (target 1.5)", flush=True)


def parsing() -> None:
    """Alternate reading the largest files through `ingest` and by plain DuckDB, and print the figures."""
    ours, plain, peak, plain_peak = [], [], [], []
    for number in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            for side, seconds, memories in (("plain", plain, plain_peak), ("ours", ours, peak)):
                command = [sys.executable, "-m", "tests.bench.parsing", side, str(DATA), f"{folder}/{side}"]
                _, memory, line = run(command, {})
                seconds.append(json.loads(line)["seconds"])
                memories.append(memory)
        print(f"run {number + 1} of {RUNS}: plain {plain[-1]:.2f} s, ingest {ours[-1]:.2f} s", flush=True)
    _print("parsing", ours, plain, "ingest")
    print(f"peak memory: ingest {max(peak):,.0f} MiB, plain {max(plain_peak):,.0f} MiB")


def areas() -> None:
    """Alternate carrying ten million synthetic observations to five levels by the model and by a plain sum."""
    seconds, processor, peaks = ({side: [] for side in SIDES} for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.areas"]
        subprocess.run([*command, "made", f"{folder}/areas.duckdb"], cwd=ROOT, check=True)
        for number in range(RUNS):
            for side in seconds:
                if side == "whole" and number:
                    continue  # once is enough for what takes ten times as long
                _, memory, line = run([*command, side, f"{folder}/areas.duckdb"], {})
                facts = json.loads(line)
                seconds[side].append(facts["seconds"])
                processor[side].append(facts["processor"])
                peaks[side].append(memory)
            print(
                f"run {number + 1} of {RUNS}: plain {seconds['plain'][-1]:.2f} s, sums {seconds['sums'][-1]:.2f} s",
                flush=True,
            )
    for side, levels in (("plain", "five"), ("alike", "the model's seven")):
        _print(f"ten million synthetic observations to {levels} levels", seconds["sums"], seconds[side], "model")
        _print("processor time of the same", processor["sums"], processor[side], "model")
    print(f"peak memory: model {max(peaks['sums']):,.0f} MiB, plain {max(peaks['plain']):,.0f} MiB (target 2,048)")
    print(
        f"the whole model, which also completes and writes every sector: {seconds['whole'][0]:.2f} s, "
        f"{peaks['whole'][0]:,.0f} MiB"
    )


def _print(what: str, ours: list[float], plain: list[float], name: str = "refresh") -> None:
    ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
    print(
        f"{what}: {name} {statistics.median(ours):.2f} s, plain {statistics.median(plain):.2f} s, "
        f"ratio {ratio:.2f} ({min(a / b for a, b in zip(ours, plain, strict=True)):.2f} at best)"
    )


if __name__ == "__main__":
    main()
