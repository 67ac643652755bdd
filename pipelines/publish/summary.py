"""What a refresh did, in words for the person who started it."""

from __future__ import annotations

from typing import Any

from pipelines.home import Home
from pipelines.publish.releases import MAIN, current_release


def summary(report: Any, home: Home) -> list[str]:
    """Lines on what is fresh, what is not and why, which release readers get, and what to try next."""
    current = current_release(home)
    trials = [x for x in report.landed if x.state == "op proef"]
    others = [x for x in report.landed if x not in trials]
    fresh = [x.dataset for x in others if x.state in ("vers", "ongewijzigd")]
    said = ["", f"Fresh: {len(fresh)} of {len(others)} datasets"]
    said += [f"On trial: {x.dataset} (op proef), not in the release\n  why: {x.reason}" for x in trials]
    for landed in others:
        if landed.dataset not in fresh:
            kept = "nothing to show yet" if landed.state == "ontbreekt" else "the last good figures stay in use"
            said += [f"Not fresh: {landed.dataset} ({landed.state}), {kept}", f"  why: {landed.reason}"]
    if report.problem:
        said.append(f"Not published: {report.problem}")
    if current is None:
        return [*said, "There is no release yet."]
    size = f"{current['onderwerpen']} subjects, {current['cijfers']:,} figures"
    if report.release:
        revised = report.release["revisies"]
        against = f", {revised:,} revised against {report.release['vorige']}" if report.release["vorige"] else ""
        said.append(f"New release {current['release']}: {size}{against}")
    else:
        said.append(f"Nothing new; release {current['release']} stays: {size}")
    return [
        *said,
        f"It lies in {home.releases / current['release'] / MAIN}",
        "",
        "Try next:",
        "  .venv/bin/obmi query \"SELECT onderwerp, periode, waarde, rang FROM mart.profiel WHERE stad = 'gent'\"",
        "  .venv/bin/obmi status",
    ]
