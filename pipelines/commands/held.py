"""Commands on what is fresh and what is held back: status."""

from __future__ import annotations

import argparse
import json

from pipelines.commands.common import OK, Add, project
from pipelines.config import load_home


def commands(add: Add) -> None:
    """The commands of this module and their options."""
    sub = add("status", _status, "per dataset and city: state, version, age, reason, check, last good")
    sub.add_argument("--json", action="store_true")


def _status(args: argparse.Namespace) -> int:
    from pipelines.publish.alerts import untold
    from pipelines.publish.releases import current_release
    from pipelines.publish.status import status_rows

    declared, home = project(), load_home()
    shown = declared.taking_part(home, "voorbeeld")
    rows = status_rows(home, shown, declared.cities)
    current = current_release(home)
    alerts = untold(home)
    if args.json:
        told = {"release": current and current["release"], "meldingen": alerts, "datasets": rows}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return OK
    print(f"release {current['release']}, made {current['gemaakt_op']} UTC" if current else "no release yet")
    for sink, why in alerts.items():
        print(f"alerts to the {sink}: {why}")
    for row in rows:
        age = (
            ""
            if row["age_days"] is None
            else f"accepted {row['last_good']} ({row['age_days']} days ago), version {row['version'][:12]}"
        )
        print(f"{row['dataset']:<26} {row['state']:<10} {age}")
        if row["reason"]:
            print(f"{'':<27}why: {row['reason']}")
        for city, own in row["cities"].items():
            if own["state"] == "vastgehouden":
                print(f"{'':<27}{city}: held back by check '{own['check']}', its last good figures stay")
    if others := len(declared.datasets) - len(shown):
        print(f"{others} more datasets are described and nothing of them is here yet: obmi sources")
    return OK
