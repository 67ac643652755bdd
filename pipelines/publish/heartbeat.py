"""The heartbeat of a home: when it was last refreshed, and how that went, for whoever watches it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.home import Home, now, read_or_set_aside, write_json
from pipelines.landing.landings import Landings
from pipelines.publish.releases import sound_current

METRICS = "obmi.prom"


@dataclass(frozen=True)
class Heartbeat:
    """When the last refresh ended (`op`), when the last one that published or had nothing to publish (`goed_op`), and
    why the last one did not (`probleem`)."""

    op: str = ""
    goed_op: str = ""
    probleem: str = ""

    @classmethod
    def of(cls, home: Home) -> Heartbeat:
        """That of a home; empty before its first refresh."""
        return read_or_set_aside(_place(home), cls, cls())

    def is_late(self, hours: float) -> bool:
        """True when no refresh ended well for so long."""
        return not self.goed_op or now() - datetime.fromisoformat(self.goed_op) > timedelta(hours=hours)


def beat(landings: Landings, problem: str = "") -> None:
    """Write down that a refresh ended, and the same as figures for Prometheus, in obmi.prom."""
    _measure(landings.home, landings, ended(landings.home, problem))


def ended(home: Home, problem: str = "") -> Heartbeat:
    """Write down that a refresh ended, and why it did not end well."""
    moment = now().isoformat(timespec="seconds")
    told = Heartbeat(moment, Heartbeat.of(home).goed_op if problem else moment, problem)
    write_json(_place(home), asdict(told))
    return told


def _measure(home: Home, landings: Landings, told: Heartbeat) -> None:
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile  # here: a query waits for imports

    figures = CollectorRegistry()

    def gauge(name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"obmi_{name}", says, labels, registry=figures)

    gauge("verversing_tijd_seconds", "When the last refresh ended.").set(_seconds(told.op))
    gauge("verversing_goed_tijd_seconds", "When the last refresh ended well.").set(_seconds(told.goed_op))
    if release := sound_current(home):
        made = gauge("release_tijd_seconds", "When the release that readers get was made.")
        made.set(_seconds(release["gemaakt_op"]))
    present = [x for x in landings.values() if x.state.version or x.state.refusals]
    datasets = gauge("datasets", "Datasets by how fresh they are.", "stand")
    for stand, number in Counter(landing.freshness[0] for landing in present).items():
        datasets.labels(stand).set(number)
    held = gauge("vastgehouden", "Parts of a dataset that are held back.", "dataset")
    accepted = gauge("aanvaard_tijd_seconds", "When what is in use of a dataset was accepted.", "dataset")
    for state in (landing.state for landing in present):
        held.labels(state.dataset).set(len(state.held))
        if state.accepted_at:
            accepted.labels(state.dataset).set(_seconds(state.accepted_at))
    write_to_textfile(str(home.root / METRICS), figures)


def _seconds(moment: str) -> float:
    """A moment as Prometheus counts it; 0 for none."""
    if not moment:
        return 0
    found = datetime.fromisoformat(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _place(home: Home) -> Path:
    return home.root / "hartslag.json"
