"""`make long-proof`: a first live night from an empty home, what is accepted by name and then in the release, and what
`obmi sources --try` says of every address when its publisher changes. All publishers are servers of our own on this
machine, which speak as the real ones do over rows of our own making: no figure here is one.

python -m tests.proof.live [HOME]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import duckdb

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.ingest.looking import AS_DESCRIBED
from pipelines.ingest.protocols import sensor
from pipelines.landing.areas import load_areas
from pipelines.landing.landings import Landings
from pipelines.landing.receipt import TRIAL
from pipelines.probe import Probe, probe
from pipelines.transform.waiting import arrived
from tests.helpers import obmi, query
from tests.replay.publishers import CHANGES, KEY, RIGHT, SLOW, Publishers, published

SLOW_S = 1.5  # how late a slow publisher answers; who asks waits a second
# Descriptions whose own checks know more of their figures than rows of our own making hold.
KNOWN_BETTER = {
    "statbel_bevolking": "leeftijden_volledig",
    "statbel_bouwvergunningen": "maanden_tegen_jaar",
    "statbel_gebouwenpark": "bouwjaren_tegen_gebouwen",
    "statbel_wagens_huishoudtype": "wagens_passen_bij_de_klasse",
}
ROW = "{:<32} {:<12} {}".format


def with_address() -> dict[str, Dataset]:
    """The descriptions that have an address."""
    return {i: spec for i, spec in load_datasets().items() if spec.url}


def told(publishers: Publishers, folder: Path, deadline_s: float = 60) -> None:
    """An obmi.toml that puts the replayed publishers in the place of the real ones."""
    lines = [f"[http]\nloopback = true\nattempts = 1\ndeadline_s = {deadline_s}\n"]
    lines += [f"[sources.{i}]\nurl = {json.dumps(publishers.address(i))}\n" for i in with_address()]
    (folder / "obmi.toml").write_text("".join(lines), encoding="utf-8")


def waiting() -> Counter[str]:
    """How many subjects wait for each dataset alone."""
    topics = load_topics()
    there = arrived(topics, {*load_datasets()})
    return Counter(b for c, t in there.items() if t.in_voorbereiding != topics[c].in_voorbereiding for b in t.bron)


def states() -> dict[str, tuple[str, str]]:
    """What became of every dataset with an address, and why."""
    rows = json.loads(obmi("status", "--json").out)["datasets"]
    return {r["dataset"]: (r["state"], r["reason"] or "") for r in rows if r["dataset"] in with_address()}


def first_night(home: Path) -> int:
    """Refresh an empty home live, accept by name what is on trial, and refresh again; how many went otherwise than
    they should."""
    result = obmi("refresh", "--profile", "live")
    print(f"a first live night ended with {result.code}")
    print(result.err[-2000:] if result.code not in (0, 10) else "")
    night = states()
    held = json.loads(obmi("quarantaine", "--json").out)
    trial = {i["dataset"]: i["id"] for i in held if i["controle"] == TRIAL}
    for dataset, ident in trial.items():
        done = obmi("accept", ident, "--reason", "nagekeken in deze proef", "--by", "An")
        if done.code:
            print(f"{dataset}: {done.err}")
    result = obmi("refresh", "--profile", "live")
    print(f"the night after they were accepted ended with {result.code}")
    later = states()
    sql = (
        "SELECT bron, COUNT(DISTINCT onderwerp), COUNT(waarde) FROM mart.waarneming WHERE waarde IS NOT NULL GROUP BY 1"
    )
    figures = {bron: (subjects, cells) for bron, subjects, cells in query(home, sql)}
    released = dict(query(home, "SELECT bron, status FROM mart.bron"))
    print(ROW("dataset", "first night", "accepted by name, and then"))
    wrong = 0
    for dataset in with_address():
        state, why = night[dataset]
        subjects, cells = figures.get(dataset, (0, 0))
        then = f"{later[dataset][0]}, {cells} figures of {subjects} subjects in the release"
        refused = KNOWN_BETTER.get(dataset)
        here = dataset in trial and later[dataset][0] == released.get(dataset) == "vers"
        fine = f"'{refused}'" in why if refused else here and subjects >= waiting()[dataset]
        wrong += not fine
        print(ROW(dataset, state, then if dataset in trial else why[:200]), "" if fine else "  WRONG")
    print(
        f"\n{len(trial)} op proef and accepted, {len(night) - len(trial)} refused; {wrong} otherwise than it should\n"
    )
    return wrong


def tried(landings: Landings, publishers: Publishers, settings_of: Path) -> int:
    """Ask every address as it is described, and after every change; how many were told wrongly."""
    from pipelines.config import load_settings

    wrong, rows = 0, []
    for change in (RIGHT, *CHANGES):
        publishers.change = change
        told(publishers, settings_of, 1 if change == SLOW else 60)
        found: list[Probe] = probe(landings, with_address(), load_settings(), lambda _: None, 0)
        wanted = change or AS_DESCRIBED
        other = [one for one in found if one.outcome != wanted]
        for one in other:
            print(f"{one.dataset} is '{wanted}' and was told as '{one.outcome}': {one.reason[:200]}")
        rows.append((wanted, len(found), Counter(one.outcome for one in found)[wanted]))
        wrong += len(other)
    print(f"{'what the publishers did':<26} {'asked':>6} {'told so':>8}")
    for what, asked, right in rows:
        print(f"{what:<26} {asked:>6} {right:>8}")
    changes = rows[1:]
    print(f"\n{sum(r[2] for r in changes)} of {sum(r[1] for r in changes)} changes told rightly\n")
    return wrong


def main() -> int:
    """Print what became of every description; the exit code counts what went wrong."""
    for spec in with_address().values():
        if spec.secret:
            os.environ[spec.secret.env] = KEY
    sensor.time = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        load_areas(con)
        home = Path(sys.argv[1] if len(sys.argv) > 1 else folder) / "home"
        os.environ |= {"OBMI_HOME": str(home), "OBMI_CONFIG": str(Path(folder) / "obmi.toml")}
        with published(con, with_address(), SLOW_S) as (publishers, _):
            told(publishers, Path(folder))
            wrong = first_night(home)
            return wrong + tried(Landings(Home(home), load_datasets()), publishers, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
