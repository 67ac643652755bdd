"""Refreshes with nothing wrong: real consecutive editions, the same once more, and revisions like publishers'."""

from __future__ import annotations

import random

from pipelines.gate.series import measures
from tests.proof.gate.world import Case, World

EDITIONS = 12
# Synthetic: the share of the rows of the last two years that changes, and by how many percent at most.
REVISIONS = ((5, 1), (15, 2))


def clean_refreshes(world: World, dice: random.Random, editions: int = EDITIONS) -> list[Case]:
    """Every clean refresh of one dataset; `caught` is False for a false alarm."""
    found = []
    for year in world.years[1:][-editions:] if world.shape else ():
        world.candidate(world.shape, year)
        found.append(world.clean(world.shape, f"jaargang {year}"))
    world.candidate("herlevering")
    found.append(world.clean("herlevering", "dezelfde levering"))
    for share, size in REVISIONS if _is_free(world) else ():
        world.candidate("herlevering")
        _revise(world, share, size, dice.randrange(10**6))
        found.append(world.clean("herlevering", f"herziening van {share} % van de rijen, tot {size} %"))
    return found


def _is_free(world: World) -> bool:
    """Whether single cells can change: those of sums that a publisher keeps cannot, and such datasets have their real
    editions alone."""
    spec = world.spec
    adds_up = spec.gebied.niveau == "kolom" or any(c.dimensie == "consistentie" for c in spec.checks)
    return bool(measures(spec)) and bool(spec.key) and not adds_up


def _revise(world: World, share: int, size: int, salt: int) -> None:
    for m in measures(world.spec):
        kind = "BIGINT" if world.spec.columns[m].type == "integer" else "DOUBLE"
        world.con.execute(
            f"UPDATE kandidaat SET {m} = CAST({m} * (1 + {size} * (hash(rowid + {salt}) % 5 - 2.0) / 200) AS {kind}) "
            f"WHERE jaar >= {world.years[-2:][0]} AND hash(rowid) % 100 < {share}"
        )
