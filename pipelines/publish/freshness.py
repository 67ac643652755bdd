"""What is fresh and what is not, per dataset and per city."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.home import now
from pipelines.landing.areas import city_units
from pipelines.landing.incidents import FETCH, Incident, incidents
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import has_register
from pipelines.publish.expected import expected


def status_rows(landings: Landings, cities: list[City]) -> list[dict[str, Any]]:
    """One entry per dataset, with one per city in it: state, version, age, reason, check, last good."""
    units = city_units(cities, landings.home if has_register(landings.home) else None)
    rows = []
    for dataset, landing in landings.items():
        state = landing.state
        kind, why = landing.freshness
        failed = [c.controle for c in (state.refused.checks if state.refused else []) if c.blocks]
        held = [h.controle for h in state.held]
        good = state.accepted_at
        common = {
            "state": kind,
            "version": state.version,
            "age_days": max((now() - datetime.fromisoformat(good)).days, 0) if good else None,
            "reason": why or None,
            "check": next(iter([*failed, *held]), None) if state.version else None,
            "last_good": good,
            **{told: day and str(day) for told, day in _due(landing).items()},
        }
        per_city = {}
        faults = incidents(landings.only([dataset]), cities) if landing.spec.per_stad else []
        fresh = kind in ("vers", "deels") or (bool(faults) and all(i.steden for i in faults) and bool(state.version))
        for city in cities:
            kept = [h for h in state.held if (h.gebiedsniveau, h.eenheid) in units[city.stad]]
            own = {"state": "vastgehouden", "reason": kept[0].reden, "check": kept[0].controle} if kept else {}
            whole = {"state": "vers", "reason": None, "check": None} if fresh else {}
            per_city[city.stad] = {**common, **whole, **own, **_of_her_file(faults, city.stad)}
        rows.append({"dataset": dataset, **common, "cities": per_city})
    return rows


def _due(landing: Landing) -> dict[str, Any]:
    """When its publisher had news last, and has next."""
    told = expected(landing)
    return {"came": told["laatst_op"], "expected": told["verwacht_op"]}


def _of_her_file(faults: list[Incident], city: str) -> dict[str, Any]:
    """What is the matter with the file that a city gives itself: it did not come, or is held back."""
    hers = [i for i in faults if city in i.steden]
    if not hers:
        return {}
    own = hers[-1]
    state = "oud" if own.controle == FETCH else "vastgehouden"
    return {"state": state, "reason": own.reden, "check": own.controle}
