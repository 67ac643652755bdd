"""What is wrong now, one entry per fault, for alerts and for the person who looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pipelines.catalogue import City
from pipelines.home import Home
from pipelines.ingest.areas import city_units
from pipelines.ingest.land import NOT_ASKED
from pipelines.ingest.landing import Landing
from pipelines.ingest.register import has_register
from pipelines.specs import Dataset

FETCH, READ, BUILD = "ophalen", "lezen", "bouw"


@dataclass(frozen=True)
class Incident:
    """One check that fails for one area of one dataset, or for a whole delivery (no area).

    `steden` are the cities that the area is a part of; `laatste_goede` is when what readers get was accepted.
    """

    dataset: str
    controle: str
    omschrijving: str
    reden: str
    volgende_stap: str
    gebiedsniveau: str = ""
    gebied: str = ""
    steden: tuple[str, ...] = ()
    jaren: tuple[int, ...] = ()
    waargenomen: str | None = None
    verwacht: str | None = None
    grens: str | None = None
    laatste_goede: str | None = None

    @property
    def key(self) -> str:
        """What makes two faults the same incident, whatever the delivery and the value."""
        return " ".join(filter(None, (self.dataset, self.controle, self.gebiedsniveau, self.gebied)))


def incidents(home: Home, datasets: Iterable[Dataset], cities: list[City], problem: str = "") -> list[Incident]:
    """Everything that keeps a reader from the newest figures; `problem` is why the last refresh built nothing."""
    found = [i for spec in datasets for i in _of_dataset(spec, Landing(home, spec).state)]
    if any(i.gebied for i in found):
        units = city_units(cities, home if has_register(home) else None)
        own = {u: tuple(c for c in units if u in units[c]) for u in set().union(*units.values())}
        found = [replace(i, steden=own.get((i.gebiedsniveau, i.gebied), ())) for i in found]
    if problem:
        todo = "mend what it names and refresh again; the last release stays until then"
        found.append(Incident("", BUILD, "Een release kan gemaakt worden.", problem, todo))
    return found


def _of_dataset(spec: Dataset, state: dict[str, Any]) -> Iterator[Incident]:
    latest, last_good = state.get("latest", {}), state.get("accepted_at")
    if trouble := state.get("fetch_problem"):
        todo = "nothing if it passes by itself; else ask the publisher, or hand the file over with obmi drop"
        yield Incident(spec.id, FETCH, "De bron antwoordt.", trouble, todo, laatste_goede=last_good)
    if latest.get("outcome") == "refused":
        yield _refused(spec, latest, last_good)
    checks = {c["controle"]: c for c in state.get("checks", [])}
    years: dict[tuple[str, str, str], list[int]] = {}
    for h in state.get("held", []):
        if h["controle"] != NOT_ASKED.controle:
            years.setdefault((h["controle"], h["gebiedsniveau"], h["eenheid"]), []).append(h["jaar"])
    for (name, level, area), held in years.items():
        yield _incident(spec, checks.get(name, {"controle": name}), last_good, level, area, held)


def _refused(spec: Dataset, latest: dict[str, Any], last_good: str | None) -> Incident:
    """The delivery that was refused whole, by the check that its reason names; by reading where none does."""
    failed = [c for c in latest["checks"] if c["ernst"] == "blokkerend" and c["uitslag"] in ("gefaald", "fout")]
    named = next((c for c in failed if c["boodschap"] in latest["reason"]), None)
    if named:
        return replace(_incident(spec, named, last_good, "", "", named["jaren"]), reden=latest["reason"])
    says = "Het bestand is leesbaar zoals het beschreven is."
    todo = "ask the publisher for a file as described, or correct the description, and hand it over with obmi drop"
    return Incident(spec.id, READ, says, latest["reason"], todo, laatste_goede=last_good)


def _incident(
    spec: Dataset, check: dict[str, Any], last_good: str | None, level: str, area: str, years: list[int]
) -> Incident:
    rows = [
        r for r in check.get("rijen", []) if not area or (r.get("gebiedsniveau"), r.get("eenheid")) == (level, area)
    ]
    first = rows[0] if rows else check
    ran = check.get("uitslag") != "fout"
    return Incident(
        spec.id,
        check["controle"],
        check.get("omschrijving", ""),
        check.get("boodschap", ""),
        "ask the publisher whether it is true; obmi quarantaine shows what is held"
        if ran
        else "see why it did not run",
        level,
        area,
        (),
        tuple(sorted(set(years))),
        _text(first.get("waargenomen")),
        _text(first.get("verwacht")),
        check.get("grens"),
        last_good,
    )


def _text(value: object) -> str | None:
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)
