"""Commands on what is fresh and what is held back: status, quarantaine, accept, reject."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from pipelines.commands.common import NOTHING, OK, Add, home_of_all_or_one, landings_of, project
from pipelines.config import load_home
from pipelines.home import now

SHOWN = 5


def commands(add: Add) -> None:
    """The commands of this module and their options."""
    sub = add("status", _status, "per dataset and city: state, version, age, reason, check, last good")
    sub.add_argument("--json", action="store_true")
    late = f"exit code {NOTHING} where no refresh ended well for so long, for who watches"
    sub.add_argument("--within", type=float, metavar="HOURS", help=late)
    sub = add("quarantaine", _quarantine, "what is held back: observed, expected, limit, rows, raw file and next step")
    sub.add_argument("--json", action="store_true")
    for name, run, text in (
        ("accept", _accept, "let what is held through: it is true"),
        ("reject", _reject, "keep what is held out: it is wrong"),
    ):
        sub = add(name, run, text)
        sub.add_argument("id", metavar="ID", help="from obmi quarantaine")
        sub.add_argument("--reason", required=True, metavar="TEXT", help="why, for whoever asks later")
        sub.add_argument("--by", required=True, metavar="NAAM", help="who decides; never who handed it over")
        if run is _accept:
            sub.add_argument("--days", type=int, default=365, metavar="N", help="how long that holds; 365 by default")


def _status(args: argparse.Namespace) -> int:
    from pipelines.landing.incidents import FETCH
    from pipelines.publish.alerts import untold
    from pipelines.publish.freshness import status_rows
    from pipelines.publish.heartbeat import Heartbeat
    from pipelines.publish.known import told_prices
    from pipelines.publish.releases import current_release, database_path

    declared, home = project(), home_of_all_or_one()
    shown = declared.taking_part(landings_of(declared), "voorbeeld")
    rows = status_rows(shown, declared.cities)
    current = current_release(load_home())
    closed = current and any(declared.datasets[row["dataset"]].drempel for row in rows)
    prices = told_prices(database_path(load_home(), current)) if closed else {}
    alerts, heart = untold(home), Heartbeat.of(home)
    code = NOTHING if args.within is not None and heart.is_late(args.within) else OK
    if args.json:
        release = current and current["release"]
        told = {"release": release, "verversing": asdict(heart), "meldingen": alerts, "datasets": rows}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return code
    print(f"release {current['release']}, made {current['gemaakt_op']} UTC" if current else "no release yet")
    if heart.op:
        print(f"last refresh {heart.op}, last that ended well {heart.goed_op or 'never'}{_because(heart.probleem)}")
    for sink, why in alerts.items():
        print(f"alerts to the {sink}: {why}")
    wide = max((len(row["dataset"]) for row in rows), default=0)
    below = " " * (wide + 1)
    for row in rows:
        age = (
            ""
            if row["age_days"] is None
            else f"accepted {row['last_good']} ({row['age_days']} days ago), version {row['version'][:12]}"
        )
        print(f"{row['dataset']:<{wide}} {row['state']:<10} {age}")
        if row["expected"] and row["expected"] < f"{now():%Y-%m-%d}":
            print(f"{below}news of the publisher was due on {row['expected']}, a cadence after {row['came']}")
        if row["reason"]:
            print(f"{below}why: {row['reason']}")
        for said in prices.get(row["dataset"], []):
            print(f"{below}{said}")
        for city, own in row["cities"].items():
            if own["state"] == "vastgehouden":
                print(f"{below}{city}: vastgehouden door controle '{own['check']}'; de vorige goede cijfers blijven")
            elif own["check"] == FETCH:
                print(f"{below}{city}: het eigen bestand kwam niet; de vorige goede cijfers blijven")
    if others := len(declared.datasets) - len(shown):
        print(f"{others} more datasets are described and nothing of them is here yet: obmi sources")
    return code


def _because(problem: str) -> str:
    return f": {problem}" if problem else ""


def _quarantine(args: argparse.Namespace) -> int:
    from pipelines.landing.quarantine import items

    declared = project()
    found = items(landings_of(declared), declared.cities)
    if args.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return OK
    for item in found:
        print("\n".join(_lines(item)))
    print(f"{len(found)} held back" if found else "nothing is held back")
    return OK


def _lines(item: dict[str, Any]) -> list[str]:
    where = " ".join(filter(None, (", ".join(item["steden"]), item["gebiedsniveau"], item["gebied"])))
    years = ", ".join(map(str, item["jaren"]))
    seen = {
        "observed": item["waargenomen"],
        "expected": item["verwacht"],
        "limit": item["grens"],
        "last good": item["laatste_goede"],
        "why": item["reden"],
        "also": "; ".join(item["ook"]),
        "rows": "; ".join(_row(r) for r in item["rijen"][:SHOWN]),
        "raw": ", ".join(f"{f['naam']} {f['pad']}" for f in item["bestanden"]),
    }
    if (decided := item["besluit"]) is None:
        seen["next"] = item["volgende_stap"]
    else:
        told = f"{decided['besluit']} by {decided['door']} on {decided['op'][:10]} until {decided['tot'][:10]}"
        seen["decided"] = f"{told}: {decided['reden']}"
    head = " · ".join(filter(None, (item["id"] or "--------", item["dataset"], item["controle"], where, years)))
    return [head, *(f"  {name:<10}{text}" for name, text in seen.items() if text), ""]


def _row(row: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in row.items() if v is not None)


def _accept(args: argparse.Namespace) -> int:
    from pipelines.landing.state import ACCEPTED

    entry = _decide(args, ACCEPTED, args.days)
    print(f"{entry.dataset}: let through until {entry.tot[:10]}; the next obmi refresh takes it in")
    return OK


def _reject(args: argparse.Namespace) -> int:
    from pipelines.landing.state import REJECTED

    entry = _decide(args, REJECTED, None)
    print(f"{entry.dataset}: kept out; the last good figures stay until a corrected file comes")
    return OK


def _decide(args: argparse.Namespace, decision: str, days: int | None) -> Any:
    from pipelines.landing.quarantine import decide

    with home_of_all_or_one().lock():
        return decide(landings_of(project()), args.id, decision, args.reason, args.by, days)
