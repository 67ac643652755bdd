"""What is wrong now, one entry per fault, for alerts and for the person who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.landing.areas import city_units
from pipelines.landing.held import NOT_ASKED
from pipelines.landing.landing import Landing
from pipelines.landing.register import has_register

FETCH, READ, BUILD = "ophalen", "lezen", "bouw"


@dataclass(frozen=True)
class Incident:
    """One area of one dataset, or a whole delivery (no area), that a check holds back.

    `ook` says what else fails there. `id` names exactly what was observed; it is empty where nobody can decide about
    it. `steden` are the cities that the area is a part of; `laatste_goede` is when what readers get was accepted.
    `rijen` are wrong rows, and `delen` the parts of every failed check with the fingerprint of what was observed.
    """

    dataset: str
    controle: str
    omschrijving: str
    reden: str
    volgende_stap: str
    id: str = ""
    levering: str = ""
    gebiedsniveau: str = ""
    gebied: str = ""
    steden: tuple[str, ...] = ()
    jaren: tuple[int, ...] = ()
    waargenomen: str | None = None
    verwacht: str | None = None
    grens: str | None = None
    laatste_goede: str | None = None
    ook: tuple[str, ...] = ()
    rijen: list[dict[str, Any]] = field(default_factory=list)
    delen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What makes two faults the same incident, whatever the delivery and the value."""
        return " ".join(filter(None, (self.dataset, self.controle, self.gebiedsniveau, self.gebied)))


def incidents(home: Home, datasets: Iterable[Dataset], cities: list[City], problem: str = "") -> list[Incident]:
    """Everything that keeps a reader from the newest figures; `problem` is why the last refresh built nothing."""
    found: list[Incident] = []
    for spec in datasets:
        state = Landing(home, spec).state
        if trouble := state.get("fetch_problem"):
            todo = "nothing if it passes by itself; else ask the publisher, or hand the file over with obmi drop"
            good = state.get("accepted_at")
            found.append(Incident(spec.id, FETCH, "De bron antwoordt.", trouble, todo, laatste_goede=good))
        found += [*refused(spec, state), *held(spec, state)]
    if problem:
        todo = "mend what it names and refresh again; the last release stays until then"
        found.append(Incident("", BUILD, "Een release kan gemaakt worden.", problem, todo))
    return with_cities(home, cities, found)


def with_cities(home: Home, cities: list[City], found: list[Incident]) -> list[Incident]:
    """The same, with the cities that each area is a part of."""
    if not any(i.gebied for i in found):
        return found
    units = city_units(cities, home if has_register(home) else None)
    own = {u: tuple(c for c in units if u in units[c]) for u in set().union(*units.values())}
    return [replace(i, steden=own.get((i.gebiedsniveau, i.gebied), ())) for i in found]


def held(spec: Dataset, state: dict[str, Any]) -> list[Incident]:
    """What is held back of accepted deliveries, per area and the check that holds it; of an earlier delivery only the
    reason is still known."""
    parts: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    for h in state.get("held", []):
        if h["controle"] != NOT_ASKED.controle:
            parts.setdefault((h["levering"], h["controle"], h["gebiedsniveau"], h["eenheid"]), []).append(h)
    found = []
    for (delivery, name, level, area), of in parts.items():
        failed = _failed(state["checks"]) if delivery == state["latest"]["delivery"] else []
        years = sorted({h["jaar"] for h in of})
        delen = [
            {"controle": c["controle"], **d}
            for c in failed
            for d in c["delen"]
            if (d["gebiedsniveau"], d["eenheid"]) == (level, area) and d["deel"].get("jaar", years[0]) in years
        ]
        rows = [
            {"controle": c["controle"], **r}
            for c in failed
            for r in c["rijen"]
            if (r.get("gebiedsniveau"), r.get("eenheid")) == (level, area)
        ]
        here = [c for c in failed if c["controle"] in {d["controle"] for d in delen}]
        also = [c for c in here if c["controle"] != name]
        incident = Incident(spec.id, name, of[0]["omschrijving"], of[0]["reden"], "", gebiedsniveau=level, gebied=area)
        seen = next((r for r in rows if r["controle"] == name), {})
        limit = next((c["grens"] for c in here if c["grens"]), None)
        facts = {"levering": delivery, "jaren": tuple(years), "laatste_goede": of[0]["aanvaard_op"]}
        found.append(_decidable(replace(incident, **facts), also, delen, rows, seen, limit))
    return found


def refused(spec: Dataset, state: dict[str, Any]) -> list[Incident]:
    """The delivery that was refused whole, by the check that its reason names; by reading where none failed."""
    latest, good = state.get("latest", {}), state.get("accepted_at")
    if latest.get("outcome") != "refused":
        return []
    failed = sorted(_failed(latest["checks"]), key=lambda c: c["boodschap"] not in latest["reason"])
    facts = {"levering": latest["delivery"], "laatste_goede": good}
    if not any(c["boodschap"] in latest["reason"] for c in failed):
        says = "Het bestand is leesbaar zoals het beschreven is."
        todo = "ask the publisher for a file as described, or correct the description, and hand it over with obmi drop"
        return [Incident(spec.id, READ, says, latest["reason"], todo, **facts)]
    first, *also = failed
    incident = Incident(spec.id, first["controle"], first["omschrijving"], latest["reason"], "", **facts)
    incident = replace(incident, jaren=tuple(first["jaren"]))
    if any(c["uitslag"] == "fout" for c in failed):
        return [replace(incident, volgende_stap="see why a check did not run, and refresh again")]
    nowhere = {"gebiedsniveau": "", "eenheid": "", "deel": {}}
    delen = [{"controle": c["controle"], **nowhere, "kenmerk": c["kenmerk"]} for c in failed]
    rows = [{"controle": c["controle"], **r} for c in failed for r in c["rijen"]]
    limit = next((c["grens"] for c in failed if c["grens"]), None)
    return [_decidable(incident, also, delen, rows, first["rijen"][0] if first["rijen"] else first, limit)]


def _failed(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [c for c in checks if c["ernst"] == "blokkerend" and c["uitslag"] in ("gefaald", "fout")]


def _decidable(
    incident: Incident,
    also: list[dict[str, Any]],
    delen: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    first: dict[str, Any],
    limit: str | None,
) -> Incident:
    """With what was observed and expected first, an id for exactly that, and what a person can do about it."""
    if not delen:
        return replace(incident, volgende_stap="hand over a corrected file with obmi drop")
    ident = digest_of([incident.key, delen])[:8]
    same = [first, *(r for r in rows if r.get("waargenomen") == first.get("waargenomen"))]
    return replace(
        incident,
        id=ident,
        ook=tuple(c["boodschap"] for c in also),
        waargenomen=_text(first.get("waargenomen")),
        verwacht=_text(next((r["verwacht"] for r in same if r.get("verwacht") is not None), None)),
        grens=limit,
        rijen=rows,
        delen=delen,
        volgende_stap=f"ask the publisher whether it is true: obmi accept {ident} lets it through, obmi reject {ident} "
        "keeps it out; obmi quarantaine shows the rows",
    )


def _text(value: object) -> str | None:
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)
