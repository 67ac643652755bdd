"""`make long-proof`: random orders of twelve real deliveries, with random refreshes between them, all end in the same.

python -m tests.proof.order [ORDERS [RELEASES]]

Compared is all that a release follows from: what the build reads, and what is told of sources and checks, apart from
times. Of so many orders as RELEASES says the whole release is made too, and its tables are compared. What is read, and
what is judged beside the same, is so once: both follow from their inputs alone.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines import accept, deliver
from pipelines.config import Settings
from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.ingest.raw import Delivery
from pipelines.ingest.reading import ReadDelivery
from pipelines.landing.beside import Areas
from pipelines.landing.landings import Landings
from pipelines.landing.receipt import Verdict
from pipelines.project import Project
from pipelines.publish.provenance import quality_rows, source_rows
from pipelines.refresh import build_models, publish_release
from pipelines.transform.inputs import inputs
from tests.helpers import SHARED, originals_are_here, with_register

POPULATION = "statbel-population/TF_SOC_POP_STRUCT_{}.zip"
DELIVERIES = [
    *(("statbel_bevolking", POPULATION.format(year)) for year in (2018, 2019, 2020, 2021)),
    ("statbel_bevolking_totaal", "bmesuere-belgium-topojson/bevolking_per_gemeente.csv"),
    ("statbel_armoederisico", "statbel-admin-income/TF_SOC_ADI_MUNTY.csv"),
    ("statbel_geboorten", "inbo-coding-club/20200528_births_belgium.txt"),
    ("statbel_wagens_huishoudtype", "statbel-cars/TF_CAR_HHTYPE_MUNTY.txt"),
    ("statistiekvlaanderen_huishoudens_totaal", "statistiekvlaanderen-huishoudensvooruitzichten/municipalities.csv"),
    ("statistiekvlaanderen_huishoudensvooruitzichten", "embuild-huishoudens/huishoudens.csv"),
    ("statbel_inkomen_sector", "statbel-fiscal-income/fisc2020_D_NL.csv"),
    ("statbel_verkeersslachtoffers", "ds-python-course/TF_ACCIDENTS_VICTIMS_2020.zip"),
]
TIMES = ("aanvaard_op", "sinds", "op")


class Once:
    """Reads every delivery once, and judges once what is judged beside the same."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._read, self._check = folder, deliver._read, accept.check_delivery
        self._known_reads: dict[Any, ReadDelivery] = {}
        self._known: dict[Any, Verdict] = {}
        deliver._read, accept.check_delivery = self.read, self.check

    def read(self, landings: Landings, areas: Areas, dataset: str, delivery: Delivery) -> ReadDelivery:
        key = (dataset, tuple(f.sha256 for f in delivery.files))
        if key not in self._known_reads:
            got = self._read(landings, areas, dataset, delivery)
            tables = [
                replace(t, path=Path(shutil.copy2(t.path, self._folder / f"{t.sha256}.parquet"))) for t in got.tables
            ]
            self._known_reads[key] = replace(got, tables=tables)
        return replace(self._known_reads[key], delivery=delivery)

    def check(self, con: duckdb.DuckDBPyConnection, spec: Dataset, *more: Any) -> Verdict:
        views = ["kandidaat", "vorige", *sorted({name for check in spec.checks for name in check.met})]
        seen = [con.execute(f"SELECT COUNT(*), SUM(hash(t)) FROM {view} AS t").fetchone() for view in views]
        key = (spec.id, *seen)
        if key not in self._known:
            self._known[key] = self._check(con, spec, *more)
        return self._known[key]

    def __str__(self) -> str:
        return f"{len(self._known)} judged, {len(self._known_reads)} read"


def land(landings: Landings, datasets: list[str]) -> None:
    deliver.land_datasets(landings, sorted(set(datasets)), "voorbeeld", Settings(), lambda who, text: None)


def play(order: list[tuple[str, str]], refreshes: list[bool], home: Home, datasets: dict[str, Dataset]) -> Landings:
    """Hand over the deliveries, with a refresh after some, and one at the end."""
    landings, waiting = Landings(home, datasets), []
    with home.lock():
        for (dataset, file), refresh in zip(order, refreshes, strict=True):
            drop(datasets[dataset], [SHARED / "data" / file], home)
            waiting.append(dataset)
            if refresh:
                land(landings, waiting)
        land(landings, [d for d, _ in order])
    return landings


def follows(landings: Landings, project: Project) -> dict[str, str]:
    """Content hashes of all that a release follows from, apart from times."""
    used = landings.only(sorted({d for d, _ in DELIVERIES})).in_use()
    entering = inputs(landings, project.topics, project.cities)
    told = [
        [{k: v for k, v in row.items() if k not in TIMES} for row in rows]
        for rows in (source_rows(used), quality_rows(used, {}))
    ]
    return {
        "versions": digest_of(entering.versions),
        "lists": digest_of({n: t.to_pylist() for n, t in entering.lists.items()}),
        "sources": digest_of(told[0]),
        "checks": digest_of(told[1]),
    }


def released(landings: Landings, project: Project) -> dict[str, str]:
    """Content hashes of the tables of a release, apart from those about the release itself."""
    with landings.home.lock():
        build_models(project, landings)
        made = publish_release(project, landings, Settings(), lambda text: None)
    found = {}
    with duckdb.connect(str(landings.home.releases / made["release"] / "obmi.duckdb"), read_only=True) as con:
        names = con.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'mart'").fetchall()
        for (name,) in sorted(names):
            columns = [c for c, *_ in con.execute(f"DESCRIBE mart.{name}").fetchall() if c not in TIMES]
            if name != "release":
                told = f"SELECT {', '.join(columns)} FROM mart.{name}"
                found[name] = str(con.execute(f"SELECT COUNT(*), SUM(hash(t)) FROM ({told}) AS t").fetchone())
    return found


def main() -> int:
    """Print every end that is not that of the first order; the exit code is their number."""
    if not originals_are_here():
        return 0
    number, releases = (int(a) for a in [*sys.argv[1:], *("50", "2")[len(sys.argv) - 1 :]][:2])
    chance, ends, wrong, start = random.Random(20261128), [], 0, time.process_time()
    datasets = {i: s.model_copy(update={"voorbeeld": None}) for i, s in load_datasets().items()}
    project = Project(datasets, load_topics(datasets=datasets), load_cities(), Settings())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "read").mkdir()
        once = Once(Path(folder) / "read")
        for n in range(number):
            order = chance.sample(DELIVERIES, len(DELIVERIES))
            refreshes = [chance.random() < 0.4 for _ in order]
            home = with_register(Home(Path(folder) / f"order-{n}"))
            landings = play(order, refreshes, home, datasets)
            end = follows(landings, project) | (released(landings, project) if n < releases else {})
            ends.append(end)
            if others := [k for k in end.keys() & ends[0].keys() if end[k] != ends[0][k]]:
                wrong += 1
                print(f"order {n}: other {', '.join(sorted(others))}: {order} {refreshes}", flush=True)
            shutil.rmtree(home.root)
            if n % 10 == 9 or n < releases:
                print(f"{n + 1} orders, {once}, {time.process_time() - start:.0f} s of processor", flush=True)
    left = landings["statbel_bevolking"].state
    print(f"{number - wrong} of {number} orders end in one and the same; of the population {len(left.held)} parts held")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
