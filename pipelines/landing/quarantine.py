"""What the gate holds back, and what a person decides about it: let a real change through, or keep it out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.home import Problem, now
from pipelines.ingest.raw import RawStore
from pipelines.landing.incidents import READ, Incident, judged_incidents, with_cities
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.state import ACCEPTED, Decision


class Undecided(Problem):
    """A decision that cannot be taken: one sentence."""


def items(landings: Landings, cities: list[City]) -> list[dict[str, Any]]:
    """Everything that is held: per dataset and area, or a whole delivery, with the rows, the raw files and what was
    decided about it."""
    found, store = [], RawStore(landings.home)
    for landing in landings.values():
        held = judged_incidents(landing)
        if not held:
            continue
        decided = {d.id: asdict(d) for d in landing.decisions}
        files = {d.id: d.files for d in landing.deliveries}
        for incident in with_cities(landings.home, cities, held):
            raw = [
                {"naam": f.name, "sha256": f.sha256, "pad": str(store.path(f.sha256))}
                for f in files.get(incident.levering, ())
            ]
            found.append({**asdict(incident), "bestanden": raw, "besluit": decided.get(incident.id)})
    return found


def decide(landings: Landings, ident: str, decision: str, reason: str, by: str, days: int | None) -> Decision:
    """Write down what a person decides about one item; only a decision to let through ends, after so many days. A
    delivery that is refused whole and rejected is withdrawn.

    The caller holds the lock. Raises Undecided when the item is not there, cannot be let through, or is the decider's
    own delivery.
    """
    landing, item = _find(landings, ident)
    if not by.strip() or not reason.strip():
        raise Undecided("a decision needs a name in --by and a reason in --reason; give both")
    if days is not None and days < 1:
        raise Undecided(f"a decision holds for at least a day, not for {days}; give --days a larger number")
    if decision == ACCEPTED:
        _may_accept(item, landing, by)
    moment = now()
    entry = Decision(
        id=item.id,
        dataset=item.dataset,
        controle=item.controle,
        gebiedsniveau=item.gebiedsniveau,
        gebied=item.gebied,
        jaren=item.jaren,
        levering=item.levering,
        waargenomen=item.waargenomen,
        verwacht=item.verwacht,
        delen=item.delen,
        besluit=decision,
        reden=reason.strip(),
        door=by.strip(),
        op=moment.isoformat(timespec="seconds"),
        tot="" if days is None else (moment + timedelta(days=days)).isoformat(timespec="seconds"),
    )
    landing.decide(entry)
    if decision != ACCEPTED and not item.gebied:
        landing.withdraw(item.levering)
    return entry


def _find(landings: Landings, ident: str) -> tuple[Landing, Incident]:
    for landing in landings.values():
        for incident in judged_incidents(landing):
            if incident.id and incident.id == ident:
                return landing, incident
    raise Undecided(f"nothing that can be decided has the id '{ident}'; obmi quarantaine lists what is held")


def _may_accept(item: Incident, landing: Landing, by: str) -> None:
    if item.controle == READ:
        raise Undecided(
            f"what {item.dataset} was handed cannot be read, so it cannot be let through; {item.volgende_stap}"
        )
    delivery = next(d for d in landing.deliveries if d.id == item.levering)
    uploaders = {f.origin.get("by", "").casefold() for f in delivery.files} - {""}
    if by.strip().casefold() in uploaders:
        raise Undecided(f"{by.strip()} handed over this delivery of {item.dataset}; somebody else must let it through")
