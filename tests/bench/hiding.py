"""Hiding small counts alone: synthetic persons by sector, sex and age, under municipalities, provinces and a region.

`python -m tests.bench.hiding SECTORS` prints cells, share hidden and too small, seconds by the clock and of processor
time, and the most memory that the process had; 18 cells a sector.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from pipelines.transform.suppress import System, suppress
from tests.models.unpublished import unpublished

SEXES, AGES, PER_TOWN, TOWNS_PER_PROVINCE = 2, 5, 35, 60


def table(sectors: int, mean: float, threshold: int = 5) -> System:
    """Counts around a mean per sector, sex and age, with the totals of every dimension and of every level of areas."""
    chance = np.random.default_rng(0)
    towns = max(1, sectors // PER_TOWN)
    provinces = max(1, towns // TOWNS_PER_PROVINCE)
    above = np.r_[
        sectors + np.sort(chance.integers(0, towns, sectors)),
        sectors + towns + np.arange(towns) * provinces // towns,
        np.full(provinces, sectors + towns + provinces),
    ]
    rates = mean * SEXES * AGES * chance.dirichlet(np.full(SEXES * AGES, 2.0))
    counts = np.zeros((len(above) + 1, SEXES + 1, AGES + 1))
    counts[:sectors, 1:, 1:] = chance.poisson(chance.gamma(0.6, 1.0, sectors)[:, None] * rates).reshape(-1, SEXES, AGES)
    for part, whole in enumerate(above):  # the parts of every level come before their wholes
        counts[whole] += counts[part]
    counts[:, 0] = counts.sum(axis=1)
    counts[:, :, 0] = counts.sum(axis=2)
    path = np.lexsort((np.arange(len(counts)), _town(above, sectors, towns)))
    place = np.empty(len(counts), dtype=int)
    place[path] = np.arange(len(counts))
    number = place[:, None, None] * counts[0].size + np.arange(counts[0].size).reshape(SEXES + 1, AGES + 1)
    value = counts[path].ravel()
    wholes = {w: [*number[np.flatnonzero(above == w)].reshape(-1, counts[0].size).T] for w in np.unique(above)}
    rows = [(number[w].ravel()[i], parts) for w, every in wholes.items() for i, parts in enumerate(every)]
    rows += [(number[a, 0, j], number[a, 1:, j]) for a in range(len(counts)) for j in range(AGES + 1)]
    rows += [(number[a, i, 0], number[a, i, 1:]) for a in range(len(counts)) for i in range(SEXES + 1)]
    row = np.repeat(np.arange(len(rows)), [1 + len(parts) for _, parts in rows])
    cell = np.concatenate([np.r_[whole, parts] for whole, parts in rows])
    sign = np.concatenate([np.r_[-1, np.ones(len(parts), dtype=int)] for _, parts in rows])
    there = value[cell] != 0
    row = np.unique(row[there], return_inverse=True)[1]
    return unpublished(value, threshold, row, cell[there], sign[there])


def _town(above: np.ndarray, sectors: int, towns: int) -> np.ndarray:
    """The municipality that an area stands with: neighbours come together."""
    first = np.arange(len(above) + 1)
    first[:sectors] = above[:sectors]
    return np.where(first < sectors + towns, first, -1)


def main() -> None:
    """Hide in a table of that many sectors, and print what it took as JSON."""
    system = table(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 100.0)
    started, by_clock = time.process_time(), time.monotonic()
    hidden = suppress(system)
    took = {"seconds": round(time.monotonic() - by_clock, 1), "cpu_s": round(time.process_time() - started, 1)}
    shares = {"hidden": float(hidden.mean()), "small": float(system.small.mean())}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"cells": len(hidden), **took, "memory_mb": memory, **shares}))


if __name__ == "__main__":
    main()
