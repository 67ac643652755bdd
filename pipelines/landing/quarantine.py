"""What the gate holds back, and what a person decides about it: let a real change through, or keep it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.describe.specs import Dataset
from pipelines.home import Home, Problem, now, read_json, write_json
from pipelines.ingest.raw import Delivery, RawStore
from pipelines.landing.incidents import Incident, held, refused, with_cities
from pipelines.landing.landing import Landing

ACCEPTED, REJECTED = "aanvaard", "afgewezen"


class Undecided(Problem):
    """A decision that cannot be taken: one sentence."""


def items(home: Home, datasets: Iterable[Dataset], cities: list[City]) -> list[dict[str, Any]]:
    """Everything that is held: per dataset and area, or a whole delivery, with the rows, the raw files and what was
    decided about it."""
    found = []
    for spec in datasets:
        decided = {d["id"]: d for d in _log(home, spec)}
        files = {d.id: d.files for d in RawStore(home).deliveries(spec.id)}
        for incident in with_cities(home, cities, _of(home, spec)):
            raw = [
                {"naam": f.name, "sha256": f.sha256, "pad": str(RawStore(home).path(f.sha256))}
                for f in files[incident.levering]
            ]
            found.append({**asdict(incident), "bestanden": raw, "besluit": decided.get(incident.id)})
    return found


def _of(home: Home, spec: Dataset) -> list[Incident]:
    state = Landing(home, spec).state
    return [*refused(spec, state), *held(spec, state)]


def decide(
    home: Home, datasets: Iterable[Dataset], ident: str, decision: str, reason: str, by: str, days: int
) -> dict[str, Any]:
    """Write down what a person decides about one item, and make its delivery wait for the next refresh when it is let
    through. A delivery that is refused whole and rejected is withdrawn.

    The caller holds the lock. Raises Undecided when the item is not there, cannot be let through, or is the decider's
    own delivery.
    """
    spec, item = _find(home, datasets, ident)
    if not by.strip() or not reason.strip():
        raise Undecided("a decision needs a name in --by and a reason in --reason; give both")
    if days < 1:
        raise Undecided(f"a decision holds for at least a day, not for {days}; give --days a larger number")
    deliveries = RawStore(home).deliveries(spec.id)
    if decision == ACCEPTED:
        _may_accept(item, deliveries, by)
    moment = now()
    told = (
        "id",
        "dataset",
        "controle",
        "gebiedsniveau",
        "gebied",
        "jaren",
        "levering",
        "waargenomen",
        "verwacht",
        "delen",
    )
    entry = {
        **{k: getattr(item, k) for k in told},
        "besluit": decision,
        "reden": reason.strip(),
        "door": by.strip(),
        "op": moment.isoformat(timespec="seconds"),
        "tot": (moment + timedelta(days=days)).isoformat(timespec="seconds"),
    }
    write_json(_path(home, spec), [*_log(home, spec), entry])
    if decision == ACCEPTED:
        Landing(home, spec).reopen(item.levering)
    elif not item.gebied:
        Landing(home, spec).withdraw()
    return entry


def _find(home: Home, datasets: Iterable[Dataset], ident: str) -> tuple[Dataset, Incident]:
    for spec in datasets:
        for incident in _of(home, spec):
            if incident.id and incident.id == ident:
                return spec, incident
    raise Undecided(f"nothing that can be decided has the id '{ident}'; obmi quarantaine lists what is held")


def _may_accept(item: Incident, deliveries: list[Delivery], by: str) -> None:
    delivery = next(d for d in deliveries if d.id == item.levering)
    uploaders = {f.origin.get("by", "").casefold() for f in delivery.files} - {""}
    if by.strip().casefold() in uploaders:
        raise Undecided(f"{by.strip()} handed over this delivery of {item.dataset}; somebody else must let it through")
    if deliveries[-1].id != delivery.id:
        raise Undecided(f"{item.dataset} has had a newer delivery since; hand over {delivery.files[0].name} again")


def decisions(home: Home, spec: Dataset) -> list[dict[str, Any]]:
    """What a person lets through at the gate, as long as it holds."""
    return [d for d in _log(home, spec) if d["besluit"] == ACCEPTED and datetime.fromisoformat(d["tot"]) >= now()]


def _log(home: Home, spec: Dataset) -> list[dict[str, Any]]:
    return read_json(_path(home, spec), [])


def _path(home: Home, spec: Dataset) -> Path:
    return home.landing / spec.id / "besluiten.json"
