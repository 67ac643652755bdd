"""What is wrong now, one entry per fault, for alerts and for the person who looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pipelines.describe.catalogue import City
from pipelines.describe.specfile import digest_of
from pipelines.home import Home
from pipelines.landing.areas import city_units
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.receipt import TRIAL, Outcome
from pipelines.landing.register import has_register
from pipelines.landing.state import DecidedPart, HeldPart, Refusal

FETCH, READ, DESCRIPTION, BUILD, MENDED = "ophalen", "lezen", "beschrijving", "bouw", "herstel"


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
    delen: list[DecidedPart] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What makes two faults the same incident, whatever the delivery and the value."""
        own = " ".join(self.steden) if not self.gebied else ""  # what concerns a city's own delivery whole
        return " ".join(filter(None, (self.dataset, self.controle, self.gebiedsniveau, self.gebied, own)))


def incidents(
    landings: Landings, cities: list[City], problem: str = "", mended: Mapping[str, str] | None = None
) -> list[Incident]:
    """Everything that keeps a reader from the newest figures; `problem` is why the last refresh built nothing, `mended`
    what it found damaged per dataset and set right."""
    found: list[Incident] = []
    for dataset, said in (mended or {}).items():
        says = "De bestanden van het huis zijn zoals ze geschreven werden."
        todo = "see why a file was damaged; put back a copy of it where something has to be done again"
        found.append(Incident(dataset, MENDED, says, said, todo))
    for landing in landings.values():
        state = landing.state
        if trouble := state.fetch_problem or state.absent:
            says = "De bron antwoordt."
            todo = "nothing if it passes by itself; else ask the publisher, or hand the file over with obmi drop"
            gone = Incident(landing.spec.id, FETCH, says, trouble, todo, laatste_goede=state.accepted_at)
            found.append(gone)
        for city, why in state.out_of_reach.items():
            says = "De stad levert haar bestand."
            todo = (
                f"nothing if it passes by itself; else ask {city}, or hand its file over with obmi drop --city {city}"
            )
            gone = Incident(landing.spec.id, FETCH, says, why, todo, steden=(city,), laatste_goede=state.accepted_at)
            found.append(gone)
        found += judged_incidents(landing)
    if problem:
        todo = "mend what it names and refresh again; the last release stays until then"
        found.append(Incident("", BUILD, "Een release kan gemaakt worden.", problem, todo))
    return with_cities(landings.home, cities, found)


def with_cities(home: Home, cities: list[City], found: list[Incident]) -> list[Incident]:
    """The same, with the cities that each area is a part of."""
    if not any(i.gebied for i in found):
        return found
    units = city_units(cities, home if has_register(home) else None)
    own = {u: tuple(c for c in units if u in units[c]) for u in set().union(*units.values())}
    return [replace(i, steden=own.get((i.gebiedsniveau, i.gebied), ())) if i.gebied else i for i in found]


def judged_incidents(landing: Landing) -> list[Incident]:
    """What the gate refused or holds back of one dataset."""
    whose = {d.id: d.city for d in landing.deliveries} if landing.spec.per_stad else {}
    refused = [i for r in landing.state.refusals for i in _of_a_refusal(landing, r, whose.get(r.delivery, ""))]
    return [*_of_a_description(landing), *refused, *_of_what_is_held(landing)]


def _of_a_description(landing: Landing) -> list[Incident]:
    """A changed description by which what was accepted is refused."""
    unread = landing.state.unread
    if unread is None:
        return []
    says = "Wat aanvaard was, past bij zijn beschrijving als die verandert."
    todo = "correct the description so that the files fit it again, or hand over new ones with obmi drop"
    facts = {"levering": unread.delivery, "laatste_goede": landing.state.accepted_at}
    return [Incident(landing.spec.id, DESCRIPTION, says, unread.reason, todo, **facts)]


def _of_what_is_held(landing: Landing) -> list[Incident]:
    """What is held back of accepted deliveries, per area and the check that holds it."""
    state = landing.state
    parts: dict[tuple[str, str, str, str], list[HeldPart]] = {}
    for h in state.held:
        if h.asked:
            parts.setdefault((h.levering, h.controle, h.gebiedsniveau, h.eenheid), []).append(h)
    found = []
    for (delivery, name, level, area), of in parts.items():
        failed = state.failed.get(delivery, [])
        years = sorted({h.jaar for h in of})
        delen = [
            DecidedPart(c.controle, **asdict(d))
            for c in failed
            for d in c.delen
            if (d.gebiedsniveau, d.eenheid) == (level, area) and d.deel.get("jaar", years[0]) in years
        ]
        rows = [
            {"controle": c.controle, **r}
            for c in failed
            for r in c.rijen
            if (r.get("gebiedsniveau"), r.get("eenheid")) == (level, area)
        ]
        here = [c for c in failed if c.controle in {d.controle for d in delen}]
        also = [c for c in here if c.controle != name]
        incident = Incident(
            landing.spec.id,
            name,
            of[0].omschrijving,
            of[0].reden,
            "",
            levering=delivery,
            gebiedsniveau=level,
            gebied=area,
            jaren=tuple(years),
            laatste_goede=of[0].aanvaard_op,
            grens=next((c.grens for c in here if c.grens), None),
        )
        seen = next((r for r in rows if r["controle"] == name), {})
        found.append(_decidable(incident, also, delen, rows, seen))
    return found


def _of_a_refusal(landing: Landing, refused: Refusal, city: str) -> list[Incident]:
    """A delivery that was refused whole, by the check that its reason names; by reading where none failed. `city` is
    whose own it is, where each gives its own."""
    failed = sorted((c for c in refused.checks if c.blocks), key=lambda c: c.boodschap not in refused.reason)
    facts = {
        "levering": refused.delivery,
        "laatste_goede": landing.state.accepted_at,
        "steden": (city,) if city else (),
    }
    if not failed or failed[0].boodschap not in refused.reason:
        says = "Het bestand is leesbaar zoals het beschreven is."
        ident = digest_of([READ, refused.delivery])[:8]
        todo = (
            "ask the publisher for a file as described, or correct the description, and hand it over with obmi drop; "
            f"obmi reject {ident} takes this one back"
        )
        return [Incident(landing.spec.id, READ, says, refused.reason, todo, id=ident, **facts)]
    first, *also = failed
    incident = Incident(landing.spec.id, first.controle, first.omschrijving, refused.reason, "", **facts)
    incident = replace(incident, jaren=tuple(first.jaren))
    if any(c.uitslag == "fout" for c in failed):
        return [replace(incident, volgende_stap="see why a check did not run, and refresh again")]
    decided = [first] if first.controle == TRIAL else failed  # what else fails is held of the areas that it is about
    delen = [DecidedPart(c.controle, "", "", {}, c.kenmerk) for c in decided]
    rows = [{"controle": c.controle, **r} for c in decided for r in c.rijen]
    seen = first.rijen[0] if first.rijen else {"waargenomen": first.waargenomen, "verwacht": first.verwacht}
    limited = replace(incident, grens=next((c.grens for c in failed if c.grens), None))
    return [_decidable(limited, also, delen, rows, seen)]


def _decidable(
    incident: Incident, also: list[Outcome], delen: list[DecidedPart], rows: list[dict[str, Any]], first: dict[str, Any]
) -> Incident:
    """With what was observed and expected first, an id for exactly that, and what a person can do about it."""
    if not delen:
        return replace(incident, grens=None, volgende_stap="hand over a corrected file with obmi drop")
    ident = digest_of([incident.key, [asdict(d) for d in delen]])[:8]
    same = [first, *(r for r in rows if r.get("waargenomen") == first.get("waargenomen"))]
    return replace(
        incident,
        id=ident,
        ook=tuple(c.boodschap for c in also),
        waargenomen=_text(first.get("waargenomen")),
        verwacht=_text(next((r["verwacht"] for r in same if r.get("verwacht") is not None), None)),
        rijen=rows,
        delen=delen,
        volgende_stap=f"ask the publisher whether it is true: obmi accept {ident} lets it through, obmi reject {ident} "
        "keeps it out; obmi quarantaine shows the rows",
    )


def _text(value: object) -> str | None:
    return f"{value:.6g}" if isinstance(value, float) else None if value is None else str(value)
