"""`make gate-proof`: at least 300 seeded defects and 200 clean refreshes through the gate, with what it caught.

DEFECTS=9 is how many defects a dataset gets; --doc FILE writes the tables as Markdown.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from pipelines.home import Home
from tests.gate_proof.clean import clean_refreshes
from tests.gate_proof.defects import SUBTLE
from tests.gate_proof.world import Case, World, land_all

SEED = 20261126


def run(folder: Path, per_dataset: int, only: list[str] | None = None) -> tuple[list[Case], list[Case]]:
    """Every defect and every clean refresh of every dataset."""
    bad: list[Case] = []
    good: list[Case] = []
    home = Home(folder)
    specs = land_all(home, only)
    turn = 0
    for spec in specs:
        world, dice = World(home, spec), random.Random(f"{SEED} {spec.id}")
        cities = sorted(world.cities) or ["-"]
        done = 0
        for defect, setting in world.possible(dice):
            case = world.spoil(defect, setting, cities[turn % len(cities)], dice)
            turn += 1
            if case is not None:
                bad.append(case)
                done += 1
            if done == per_dataset:
                break
        good += clean_refreshes(world, dice)
        world.con.close()
        print(f"  {spec.id:<48} {done} defects, {len(good)} clean so far", file=sys.stderr, flush=True)
    return bad, good


def report(bad: list[Case], good: list[Case], seconds: float) -> str:
    """The tables, as Markdown."""
    caught = [c for c in bad if c.caught]
    blocking = [c for c in bad if not c.caught and c.name not in SUBTLE]
    alone = [c for c in bad if not c.alone]
    alarms = [c for c in good if not c.caught]
    spent = sum(c.seconds for c in bad + good)
    lines = [
        f"- {len(bad)} seeded defects over {len({c.dataset for c in bad})} datasets and "
        f"{len({c.city for c in bad} - {'-'})} cities: {len(caught)} caught ({len(caught) / len(bad):.1%})",
        f"- missed of the kinds that are not subtle: {len(blocking)}",
        f"- a fault of one city that kept back the other cities too: {len(alone)}",
        f"- {len(good)} clean refreshes: {len(alarms)} false alarms ({len(alarms) / max(len(good), 1):.1%})",
        f"- {seconds:.0f} s, of which {spent:.0f} s in the gate",
        "",
        "| defect | setting | seeded | caught |",
        "|---|---|---|---|",
    ]
    seen = Counter((c.name, c.setting) for c in bad)
    right = Counter((c.name, c.setting) for c in caught)
    lines += [f"| {n} | {s} | {seen[n, s]} | {right[n, s]} |" for n, s in sorted(seen)]
    lines += ["", "| missed | setting | dataset | city |", "|---|---|---|---|"]
    lines += [f"| {c.name} | {c.setting} | {c.dataset} | {c.city} |" for c in bad if not c.caught]
    lines += ["", "| kept back all cities | setting | dataset | because |", "|---|---|---|---|"]
    lines += [f"| {c.name} | {c.setting} | {c.dataset} | {c.said.split(' (')[0]} |" for c in alone]
    lines += ["", "| false alarm | dataset | because |", "|---|---|---|"]
    lines += [f"| {c.name} | {c.dataset} | {c.said[:110]} |" for c in alarms]
    return "\n".join(lines)


def main() -> int:
    """Run it all and print it; 1 when less than 95 % is caught or more than 1 % of what is clean is not let through."""
    parser = argparse.ArgumentParser()
    parser.add_argument("defects", nargs="?", type=int, default=9)
    parser.add_argument("--doc", type=Path)
    parser.add_argument("--only", action="append")
    args = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bad, good = run(Path(folder), args.defects, args.only)
    text = report(bad, good, time.perf_counter() - start)
    print(text)
    if args.doc:
        args.doc.write_text(text + "\n", encoding="utf-8")
    wrong = sum(1 for c in good if not c.caught)
    return int(sum(c.caught for c in bad) < 0.95 * len(bad) or wrong > 0.01 * len(good))


if __name__ == "__main__":
    sys.exit(main())
