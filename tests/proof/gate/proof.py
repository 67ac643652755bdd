"""Seeded defects and clean refreshes of every dataset through the gate, and the tables of what it caught."""

from __future__ import annotations

import random
import sys
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from tests.proof.gate.clean import clean_refreshes
from tests.proof.gate.defects import SUBTLE
from tests.proof.gate.world import NO_CITY, Case, World, land_all

SEED, WORKERS = 20261126, 2
SETTINGS = {"nieuw": "new year", "reeks": "new year", "herlevering": "redelivery"}
LEAST_CAUGHT, MOST_ALARMS, LEAST_DEFECTS, LEAST_CLEAN = 0.95, 0.01, 300, 200


def prove(task: tuple[str, Path, int, int]) -> tuple[list[Case], list[Case]]:
    """Defects and clean refreshes of one dataset."""
    ident, folder, per_dataset, seed = task
    world, dice = World(Home(folder), load_datasets()[ident]), random.Random(f"{seed} {ident}")
    cities = sorted(world.cities) or [NO_CITY]
    turn = dice.randrange(len(cities))
    bad: list[Case] = []
    for defect, setting in world.possible(dice):
        case = world.spoil(defect, setting, cities[turn % len(cities)], dice)
        if case is not None:
            bad.append(case)
            turn += 1
        if len(bad) == per_dataset:
            break
    good = clean_refreshes(world, dice)
    world.con.close()
    return bad, good


def run(folder: Path, per_dataset: int, seed: int, workers: int = WORKERS) -> tuple[list[Case], list[Case]]:
    """Every defect and every clean refresh of every dataset with real figures."""
    bad: list[Case] = []
    good: list[Case] = []
    tasks = [(ident, folder, per_dataset, seed) for ident in land_all(Home(folder))]
    with get_context("spawn").Pool(workers) as pool:
        for spoilt, clean in pool.imap(prove, tasks):
            bad += spoilt
            good += clean
            print(f"  {(spoilt + clean)[0].dataset:<48} {len(bad)} defects, {len(good)} clean", file=sys.stderr)
    return bad, good


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / max(whole, 1):.1%})"


def report(bad: list[Case], good: list[Case], seconds: float, seed: int = SEED) -> str:
    """The tables, as Markdown."""
    caught, alarms = [c for c in bad if c.caught], [c for c in good if not c.caught]
    kept = [c for c in bad if c.others]
    datasets, cities = {c.dataset for c in bad}, {c.city for c in bad} - {NO_CITY}
    lines = [
        f"Seed {seed}; {len(datasets)} datasets, {len(cities)} cities.",
        "",
        "| what | measured | wanted |",
        "|---|---|---|",
        f"| seeded defects that were caught | {share(len(caught), len(bad))} | {LEAST_CAUGHT:.0%} of {LEAST_DEFECTS} |",
        f"| of which in a new year | {share(*_part([c for c in bad if SETTINGS[c.setting] == 'new year']))} | |",
        f"| of which in a redelivery | {share(*_part([c for c in bad if SETTINGS[c.setting] == 'redelivery']))} | |",
        f"| of which gross | {share(*_part([c for c in bad if c.name not in SUBTLE]))} | |",
        f"| of which subtle: {', '.join(sorted(SUBTLE))} | {share(*_part([c for c in bad if c.name in SUBTLE]))} | |",
        f"| defects that kept back a city without a fault | {share(len(kept), len(bad))} | 0 |",
        f"| clean refreshes with something held | {share(len(alarms), len(good))} | "
        f"{MOST_ALARMS:.0%} of {LEAST_CLEAN} |",
        f"| seconds in the gate, all cases | {sum(c.seconds for c in bad + good):.0f} of {seconds:.0f} | |",
        "",
        "Defects by kind and size:",
        "",
        "| defect | seeded | caught | missed in |",
        "|---|---|---|---|",
    ]
    seen, right = Counter(c.name for c in bad), Counter(c.name for c in caught)
    for name in sorted(seen):
        missed = Counter(f"{c.dataset} ({SETTINGS[c.setting]})" for c in bad if c.name == name and not c.caught)
        lines.append(f"| {name} | {seen[name]} | {right[name]} | {'; '.join(sorted(missed))} |")
    lines += ["", "What the checks held:", "", "| check | defects | false alarms |", "|---|---|---|"]
    held, false = (Counter(k for c in cases for k in set(c.checks)) for cases in (caught, alarms))
    lines += [f"| {k} | {held[k]} | {false[k]} |" for k in sorted(held | false)]
    lines += ["", "Clean refreshes with something held:", "", "| dataset | refresh | because |", "|---|---|---|"]
    lines += [f"| {c.dataset} | {c.name} | {c.said[:160]} |" for c in alarms]
    lines += [
        "",
        "Defects that kept back a city without a fault:",
        "",
        "| dataset | defect | because |",
        "|---|---|---|",
    ]
    lines += [f"| {c.dataset} | {c.name} | {c.said[:160]} |" for c in kept]
    return "\n".join(lines) + "\n"


def _part(these: list[Case]) -> tuple[int, int]:
    return sum(c.caught for c in these), len(these)


def holds(bad: list[Case], good: list[Case]) -> bool:
    """Whether the gate is as strong as wanted."""
    enough = len(bad) >= LEAST_DEFECTS and len(good) >= LEAST_CLEAN
    caught = sum(c.caught for c in bad) >= LEAST_CAUGHT * len(bad)
    alarms = sum(not c.caught for c in good) <= MOST_ALARMS * len(good)
    return enough and caught and alarms and not any(c.others for c in bad)
