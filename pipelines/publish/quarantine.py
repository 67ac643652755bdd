"""What the gate holds back, and what a person decides about it: let a real change through, or turn it away."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from pipelines.home import Home, Problem, now, read_json, write_json
from pipelines.ingest.land import NOT_ASKED
from pipelines.ingest.landing import Landing
from pipelines.ingest.raw import Delivery, RawStore
from pipelines.specs import Dataset

ACCEPTED, REJECTED = "aanvaard", "afgewezen"
Waived = set[tuple[str, str, str]]


class Undecided(Problem):
    """A decision that cannot be taken: one sentence."""


def items(home: Home, datasets: dict[str, Dataset]) -> list[dict[str, Any]]:
    """Everything that is held and not decided: per dataset, check and area, or per check for a whole delivery."""
    found = []
    for spec in datasets.values():
        decided = {d["id"] for d in _decisions(home, spec)}
        found += [i for i in _of_dataset(home, spec) if i["id"] not in decided]
    return found


def _of_dataset(home: Home, spec: Dataset) -> list[dict[str, Any]]:
    state = Landing(home, spec).state
    latest = state.get("latest", {})
    refused = latest.get("outcome") == "refused"
    checks = {c["controle"]: c for c in (latest if refused else state).get("checks", [])}
    if refused:
        failed = [c for c in checks.values() if c["ernst"] == "blokkerend" and c["uitslag"] in ("gefaald", "fout")]
        held = [(latest["delivery"], c["controle"], "", "", c["jaren"]) for c in failed]
        return [_item(home, spec, checks.get(h[1]), *h) for h in held or [(latest["delivery"], "lezen", "", "", [])]]
    years: dict[tuple[str, str, str, str], list[int]] = {}
    for h in state.get("held", []):
        if h["controle"] != NOT_ASKED.controle:
            years.setdefault((h["levering"], h["controle"], h["gebiedsniveau"], h["eenheid"]), []).append(h["jaar"])
    return [_item(home, spec, checks.get(k[1]), *k, found) for k, found in years.items()]


def _item(
    home: Home,
    spec: Dataset,
    check: dict[str, Any] | None,
    delivery: str,
    name: str,
    level: str,
    area: str,
    years: list[int],
) -> dict[str, Any]:
    facts = check or {}
    own = [r for r in facts.get("rijen", []) if not area or (r.get("gebiedsniveau"), r.get("eenheid")) == (level, area)]
    files = {d.id: d for d in RawStore(home).deliveries(spec.id)}[delivery].files
    return {
        "id": hashlib.sha256("|".join([spec.id, delivery, name, level, area]).encode()).hexdigest()[:8],
        "dataset": spec.id,
        "controle": name,
        "omschrijving": facts.get("omschrijving", "Het bestand is leesbaar zoals het beschreven is."),
        "gebiedsniveau": level,
        "gebied": area,
        "jaren": sorted(set(years)),
        "waargenomen": own[0].get("waargenomen") if own else facts.get("waargenomen"),
        "verwacht": own[0].get("verwacht") if own else facts.get("verwacht"),
        "grens": own[0].get("grens") if own else facts.get("grens"),
        "rijen": own,
        "levering": delivery,
        "bestanden": [{"naam": f.name, "sha256": f.sha256, "pad": str(RawStore(home).path(f.sha256))} for f in files],
        "volgende_stap": _next_step(facts, name),
    }


def _next_step(check: dict[str, Any], name: str) -> str:
    if name == "lezen":
        return "vraag de uitgever een bestand zoals beschreven, of pas de beschrijving aan; lever opnieuw met obmi drop"
    if check.get("uitslag") == "fout":
        return "de controle liep niet: kijk na waarom, en ververs opnieuw"
    return "vraag het na bij de uitgever: obmi accept als het echt zo is, obmi reject als het fout is"


def decide(
    home: Home, datasets: dict[str, Dataset], ident: str, decision: str, reason: str, by: str, days: int
) -> dict[str, Any]:
    """Write down what a person decides about one item, and make its delivery wait for the next refresh when it is let
    through. Raises Undecided when the item is not there, cannot be let through, or is the decider's own delivery."""
    item = next((i for i in items(home, datasets) if i["id"] == ident), None)
    if item is None:
        raise Undecided(f"nothing in quarantine has the id '{ident}'; obmi quarantaine lists what is held")
    if not by.strip() or not reason.strip():
        raise Undecided("a decision needs a name in --by and a reason in --reason")
    spec = datasets[item["dataset"]]
    landing = Landing(home, spec)
    deliveries = RawStore(home).deliveries(spec.id)
    delivery = next(d for d in deliveries if d.id == item["levering"])
    if decision == ACCEPTED:
        _may_accept(item, delivery, deliveries[-1], by)
    moment = now()
    entry = {
        **{k: item[k] for k in ("id", "dataset", "controle", "gebiedsniveau", "gebied", "jaren", "levering")},
        **{k: item[k] for k in ("waargenomen", "verwacht", "grens")},
        "besluit": decision,
        "reden": reason.strip(),
        "door": by.strip(),
        "op": moment.isoformat(timespec="seconds"),
        "tot": (moment + timedelta(days=days)).isoformat(timespec="seconds"),
    }
    write_json(_path(home, spec), [*_decisions(home, spec), entry])
    if decision == ACCEPTED:
        landing.reopen(delivery.id)
    elif not item["gebied"]:
        landing.withdraw()
    return entry


def _may_accept(item: dict[str, Any], delivery: Delivery, newest: Delivery, by: str) -> None:
    if item["volgende_stap"].startswith(("de controle liep niet", "vraag de uitgever")):
        raise Undecided(f"'{item['controle']}' says nothing about the figures, so they cannot be let through")
    uploaders = {f.origin.get("by", "").casefold() for f in delivery.files} - {""}
    if by.strip().casefold() in uploaders:
        raise Undecided(f"{by} handed over this delivery; somebody else must let it through")
    if newest.id != delivery.id:
        raise Undecided(f"{item['dataset']} has had a newer delivery since; hand over {delivery.files[0].name} again")


def waived(home: Home, spec: Dataset, delivery: str) -> Waived:
    """The (check, gebiedsniveau, area) that a person lets through in a delivery; area '' is all of it."""
    return {
        (d["controle"], d["gebiedsniveau"], d["gebied"])
        for d in _decisions(home, spec)
        if d["besluit"] == ACCEPTED and d["levering"] == delivery and datetime.fromisoformat(d["tot"]) >= now()
    }


def _path(home: Home, spec: Dataset) -> Any:
    return home.landing / spec.id / "besluiten.json"


def _decisions(home: Home, spec: Dataset) -> list[dict[str, Any]]:
    return read_json(_path(home, spec), [])
