"""What is fresh and what is not, per dataset and per city."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.describe.specs import Dataset
from pipelines.home import Home, now
from pipelines.landing.areas import city_units
from pipelines.landing.freshness import freshness, missing_reason
from pipelines.landing.landing import Landing
from pipelines.landing.register import has_register


def status_rows(home: Home, datasets: dict[str, Dataset], cities: list[City]) -> list[dict[str, Any]]:
    """One entry per dataset, with one per city in it: state, version, age, reason, check, last good."""
    units = city_units(cities, home if has_register(home) else None)
    rows = []
    for spec in datasets.values():
        state = Landing(home, spec).state
        if "version" not in state:
            why = missing_reason(state)
            common = {
                "state": "ontbreekt",
                "version": None,
                "age_days": None,
                "reason": why,
                "check": None,
                "last_good": None,
            }
            rows.append({"dataset": spec.id, **common, "cities": {c.stad: common for c in cities}})
            continue
        kind, why = freshness(state)
        failed = [
            c["controle"]
            for c in state["latest"]["checks"]
            if c["uitslag"] in ("gefaald", "fout") and c["ernst"] == "blokkerend"
        ]
        common = {
            "state": kind,
            "version": state["version"],
            "age_days": (now() - datetime.fromisoformat(state["accepted_at"])).days,
            "reason": why,
            "check": failed[0] if failed else (state["held"][0]["controle"] if state["held"] else None),
            "last_good": state["accepted_at"],
        }
        per_city = {}
        for city in cities:
            held = [h for h in state["held"] if (h["gebiedsniveau"], h["eenheid"]) in units[city.stad]]
            own = {"state": "vastgehouden", "reason": held[0]["reden"], "check": held[0]["controle"]} if held else {}
            whole = {} if kind == "oud" else {"state": "vers", "reason": None, "check": None}
            per_city[city.stad] = {**common, **whole, **own}
        rows.append({"dataset": spec.id, **common, "cities": per_city})
    return rows
