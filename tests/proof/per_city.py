"""`make long-proof`: two deliveries that are right for thirteen cities and wrong for one, each of the fourteen in turn.

All changed figures here are synthetic: one more of something in every city, and in the wrong one what cannot be.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.definitions import defs
from pipelines.describe.catalogue import load_cities
from pipelines.home import Home
from pipelines.publish.releases import current_release, database_path
from tests.helpers import Row, alone, area, edited, obmi, refreshed
from tests.homes import linked, made_once
from tests.scenes.one_city import LOOK, one_more, times_ten

DATASETS = ("statbel_armoederisico", "politie_criminaliteit")
OTHERWISE = {"hasselt": "71022", "vgc": "21004"}  # its code before 2025, and one of its municipalities
CITIES = {c.stad: OTHERWISE.get(c.stad, c.nis_code) for c in load_cities()}


def delivered(dataset: str, folder: Path, wrong: str) -> Path:
    """The figures of a dataset with news of every city, and what cannot be of the wrong one."""

    def change(row: Row) -> Row:
        if area(row) not in CITIES.values():
            return row
        if area(row) != CITIES[wrong]:
            return one_more(dataset, row)
        if dataset == "politie_criminaliteit":
            return times_ten(dataset, row)
        return row | ({"armoederisico": "95"} if row["jaar"] == LOOK[dataset][1] else {})

    return edited(dataset, folder, change)


def values(home: Path, dataset: str) -> dict[str, float]:
    """What the release says of the figure that changes, per city."""
    with duckdb.connect(str(database_path(Home(home), current_release(Home(home)))), read_only=True) as con:
        where = "gebiedsniveau = 'gemeente2024' AND onderwerp = ? AND periode = ?"
        asked = f"SELECT gebied, waarde FROM mart.waarneming WHERE {where}"
        found = dict(con.execute(asked, LOOK[dataset]).fetchall())
    return {city: found[code] for city, code in CITIES.items()}


def partitions(home: Path) -> tuple[set[str], set[str]]:
    """The cities whose partitions are materialised, and those that failed."""
    repository = defs.get_repository_def()
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance, repository_def=repository, sensor_name="steden")
        asked = repository.get_sensor_def("steden").evaluate_tick(context).run_requests or []
        job, failed = defs.resolve_job_def("een_stad"), set()
        for city in (request.partition_key for request in asked):
            if not job.execute_in_process(partition_key=city, instance=instance, raise_on_error=False).success:
                failed.add(city)
        return set(instance.get_materialized_partitions(dg.AssetKey("stad"))), failed


def main() -> int:
    """Play every city, or those that are named; returns how many went wrong."""
    work, wrong, published, expected = Path(tempfile.mkdtemp(prefix="obmi-per-city-")), [], 0, 0
    (work / "obmi.toml").write_text(alone(), encoding="utf-8")
    os.environ |= {"OBMI_CONFIG": str(work / "obmi.toml")}
    released = made_once("released", refreshed)
    before = {dataset: values(released, dataset) for dataset in DATASETS}
    try:
        for bad in sys.argv[1:] or CITIES:
            home = work / bad
            os.environ |= {"OBMI_HOME": str(home)}
            linked(released, home)
            for dataset in DATASETS:
                assert obmi("drop", dataset, delivered(dataset, work, bad)).code == 0
            code = obmi("refresh", *(word for dataset in DATASETS for word in ("--dataset", dataset))).code
            wrong += [] if code == 10 else [(bad, code)]
            for dataset in DATASETS:
                seen = values(home, dataset)
                news = {city for city, value in seen.items() if value != before[dataset][city]}
                published, expected = published + len(news - {bad}), expected + len(CITIES) - 1
                wrong += [] if news == {*CITIES} - {bad} else [(bad, dataset, news)]
            done, failed = partitions(home)
            wrong += [] if (done, failed) == ({*CITIES} - {bad}, {bad}) else [(bad, done, failed)]
            print(f"{bad} wrong: {published} of {expected} figures of the others published; {wrong or 0}", flush=True)
            shutil.rmtree(home)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"wrong: {wrong or 0}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
