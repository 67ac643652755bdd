"""What is accepted of the reported plans, made a version of each city's plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from pipelines.describe.catalogue import City
from pipelines.home import Home, read_or_set_aside, write_json
from pipelines.landing.landings import Landings
from pipelines.orba.editions import Editions
from pipelines.orba.reported import is_plan, reported
from pipelines.orba.takeover import Differences, differences, with_report

SHOWN = 5  # of a long list
COUNTED = {
    "doel": "doelen",
    "actieplan": "actieplannen",
    "actie": "acties",
    "project": "projecten",
    "indicator": "indicatoren",
}


def take_reports(landings: Landings, cities: Iterable[City], say: Callable[[str, str], None]) -> None:
    """Make a new version of every plan that is reported otherwise than before; the caller holds the lock."""
    home, accepted = landings.home, _accepted(landings)
    place = home.root / "orba" / "gemeld.json"
    if accepted == read_or_set_aside(place, dict[str, str], {}):
        return
    bron = ", ".join(f"{dataset} {version[:12]}" for dataset, version in accepted.items())
    for stad, rows in reported(landings, cities).items():
        editions = Editions(home, stad)
        with editions.alone():
            old = editions.plan()
            if editions.add(with_report(old, rows), "", bron, "", []):
                say(f"orba {stad}", summary_of(differences(old, editions.plan())))
    write_json(place, accepted)


def _accepted(landings: Landings) -> dict[str, str]:
    return {name: one.state.version for name, one in landings.items() if is_plan(one.spec) and one.state.version}


def plan_versions(home: Home, cities: Iterable[City]) -> dict[str, str]:
    """Which version of each city's plan a release is made from, and which report; part of its fingerprint."""
    found = {city.stad: Editions(home, city.stad).mark for city in cities}
    return {stad: mark for stad, mark in found.items() if mark}


def summary_of(found: Differences) -> str:
    """Differences in a line."""
    parts = (
        (len(found.nieuw), "nieuw"),
        (len(found.geschrapt), "geschrapt"),
        (len(found.verplaatst), "verplaatst"),
        (len(found.hernoemd), "hernoemd"),
        (len(found.meer), "met meer geld"),
        (len(found.minder), "met minder geld"),
    )
    return ", ".join(f"{number} {what}" for number, what in parts if number) or "niets anders"


def told_differences(found: Differences, full: bool = False) -> list[str]:
    """Differences as lines of Dutch: what is new, cut, moved, renamed, and which money changed."""
    lines = [summary_of(found)]
    lists = (
        ("Nieuw", [f"{r.sleutel}  {r.titel}" for r in found.nieuw]),
        ("Geschrapt", [f"{r.sleutel}  {r.titel}" for r in found.geschrapt]),
        ("Verplaatst", [f"{a.sleutel} → {b.sleutel}  {b.titel}" for a, b in found.verplaatst]),
        ("Hernoemd", [f"{a.sleutel}  {a.titel} → {b.titel}" for a, b in found.hernoemd]),
        ("Meer geld", [f"{r.sleutel}  {r.titel}: {d:+,.0f} euro" for r, d in found.meer]),
        ("Minder geld", [f"{r.sleutel}  {r.titel}: {d:+,.0f} euro" for r, d in found.minder]),
    )
    for title, said in lists:
        shown = said if full else said[:SHOWN]
        lines += [f"{title}:", *(f"  {text}" for text in shown)] if said else []
        lines += [f"  … en nog {len(said) - len(shown)}; --alles toont ze"] if len(said) > len(shown) else []
    changed = {year: pair for year, pair in found.per_jaar.items() if pair[0] != pair[1]}
    lines += [f"{year}: {a:,.0f} → {b:,.0f} euro ({b - a:+,.0f})" for year, (a, b) in changed.items()]
    return lines


def told_plan(editions: Editions, since: int | None = None, full: bool = False) -> list[str]:
    """The newest plan of a city in lines, and what it has otherwise than an earlier version."""
    made = editions.all()
    if not made:
        return [f"{editions.stad} has no plan yet; hand over the reported plans with obmi drop and run obmi refresh"]
    plan, last = editions.plan(), made[-1]
    before = since if since is not None else last.nummer - 1
    euro = sum((row.gepland_eur or 0 for row in plan.of("bedrag")), Decimal(0))
    counts = ", ".join(f"{len(plan.of(table))} {name}" for table, name in COUNTED.items())
    lines = [
        f"{editions.stad}, versie {last.nummer} van {last.op}, {last.door or 'gemeld'}, uit {last.bron}",
        f"{counts}, {euro:,.0f} euro gepland",
    ]
    if last.nummer > 1:
        lines += ["", f"Tegenover versie {before}:", *told_differences(differences(editions.plan(before), plan), full)]
    return lines
