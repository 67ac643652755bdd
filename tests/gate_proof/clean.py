"""Refreshes with nothing wrong: real consecutive editions, the same once more, and revisions like publishers'."""

from __future__ import annotations

import random

from pipelines.quality.series import measures
from tests.gate_proof.world import Case, World

EDITIONS = 6


def clean_refreshes(world: World, dice: random.Random) -> list[Case]:
    """Every clean refresh of one dataset; `caught` is False for a false alarm."""
    spec, found = world.spec, []
    for year in world.years[2:][-EDITIONS:]:
        world.candidate("nieuw", year)
        found.append(_judged(world, f"jaargang {year}"))
    world.candidate("herlevering")
    found.append(_judged(world, "dezelfde levering"))
    last = world.years[-1]
    # a revision of single cells would break sums that publishers keep: those datasets have their real editions alone
    adds_up = spec.gebied.niveau == "kolom" or any(c.dimensie == "consistentie" for c in spec.checks)
    for share, size in ((5, 1), (15, 2)) if measures(spec) and spec.key and not adds_up else ():
        world.candidate("herlevering")
        salt = dice.randrange(10**6)
        for m in measures(spec):
            kind = "BIGINT" if spec.columns[m].type == "integer" else "DOUBLE"
            world.con.execute(
                f"UPDATE kandidaat SET {m} = "
                f"CAST({m} * (1 + {size} * (hash(rowid + {salt}) % 5 - 2.0) / 100) AS {kind}) "
                f"WHERE jaar = {last} AND hash(rowid) % 100 < {share}"
            )
        found.append(_judged(world, f"herziening van {share} % van het laatste jaar, tot {2 * size} %"))
    return found


def _judged(world: World, name: str) -> Case:
    verdict, seconds = world.judge()
    clean = verdict.refused is None and not verdict.held
    said = verdict.refused or "; ".join(sorted({o.boodschap for o in verdict.held.values()}))
    return Case(world.spec.id, "schoon", name, "-", clean, True, said, seconds)
