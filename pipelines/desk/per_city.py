"""What is of one centrumstad alone: her part of the release, and the files that cities each give by themselves; one
partition a city, that is refreshed by itself and shows what is held of it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import dagster as dg

from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import City, delivering
from pipelines.describe.specfile import digest_of
from pipelines.desk.assets import WAIT, Profile, in_a_sentence
from pipelines.desk.facts import HELD, held_rows, table_of
from pipelines.desk.labels import key_of
from pipelines.desk.sensors import SOON_S, WAITING, seen_files
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.landing.quarantine import items
from pipelines.project import Project
from pipelines.publish.releases import sound_current
from pipelines.refresh import refresh

CITY = "stad"  # her part of the release; of a dataset that cities give themselves it is stad.DATASET
FILES = "bestanden"  # what stands beside the cities in the cursor: when the files of the home changed
TAKEN = ("accepted", "partial")


def city_asset(spec: dg.AssetSpec, dataset: str = "") -> dg.AssetsDefinition:
    """Every city by itself: what came in (of one dataset, where one is named) is taken for that city alone, and its
    partition fails where something of it is held back; the others have their news all the same."""

    @dg.multi_asset(name="__".join(spec.key.path), specs=[spec], retry_policy=WAIT)
    def refresh_city(context: dg.AssetExecutionContext, source: Profile) -> Iterator[dg.MaterializeResult]:
        city, chosen = context.partition_key, [dataset] if dataset else None
        with in_a_sentence():
            home, settings = load_home(), load_settings()
            report = refresh(home, settings, source.profile, chosen, [city], lambda i, t: context.log.info(f"{i}: {t}"))
        if report.problem:
            raise dg.Failure(report.problem, allow_retries=False)
        state = states(home, dataset).get(city)
        if state is None:
            raise dg.Failure(f"{city}: no file of {dataset} came in yet; hand it over", allow_retries=False)
        if held := state.pop("vastgehouden"):
            told = f"{city}: {len(held)} held back, its last good figures stay: {held[0]['reden']}"
            raise dg.Failure(told, metadata={"vastgehouden": table_of(held)}, allow_retries=False)
        yield dg.MaterializeResult(metadata=state["metadata"], data_version=dg.DataVersion(state["versie"]))

    return refresh_city


def states(home: Home, dataset: str = "") -> dict[str, dict[str, Any]]:
    """Per city its version, its facts, and what is held of it: of the release that readers get, or of what cities each
    gave of a dataset."""
    project = Project.load(load_settings())
    landings = Landings(home, project.datasets)
    if dataset:
        return given_states(landings.only([dataset]), dataset, project.cities)
    release = sound_current(home)
    if release is None:
        return {}
    found = items(landings, project.cities)
    states = {}
    for city in (c.stad for c in project.cities):
        file = release["bestanden"][f"steden/{city}.duckdb"]
        path = home.current / "steden" / f"{city}.duckdb"
        facts = {"release": release["release"], "bytes": file["bytes"], "pad": dg.MetadataValue.path(str(path))}
        held = held_rows([item for item in found if city in item["steden"]], "dataset")
        states[city] = {"versie": file["sha256"][:32], "metadata": facts, "vastgehouden": held}
    return states


def given_states(landings: Landings, dataset: str, cities: list[City]) -> dict[str, dict[str, Any]]:
    """Per city that gave or should have given a file what was taken of it last, and what is held or did not come."""
    landing = landings[dataset]
    state, found, states = landing.state, items(landings, cities), {}
    for city in delivering(landing.spec, cities):
        taken = [d for d in landing.deliveries if d.city in (city, "") and state.processed.get(d.id) in TAKEN]
        held = held_rows([item for item in found if city in item["steden"]], "dataset")
        if why := state.out_of_reach.get(city):
            held.append(dict.fromkeys(HELD, "") | {"steden": city, "reden": why, "dataset": dataset})
        if not taken and not held:
            continue
        facts = {"leveringen": len(taken)}
        if taken:
            files, came = taken[-1].files, datetime.fromisoformat(taken[-1].arrived)
            facts |= {"gekomen": dg.MetadataValue.timestamp(came), "bestanden": ", ".join(f.name for f in files)}
        version = digest_of([f.sha256 for d in taken for f in d.files])[:32]
        states[city] = {"versie": version, "metadata": facts, "vastgehouden": held}
    return states


def city_sensor(jobs: Mapping[str, Any]) -> dg.SensorDefinition:
    """Tells Dagster per city what the home has; a run of a city that something is held of shows which city fails. A job
    for each dataset that cities give themselves, and one, without a dataset, for the release."""

    @dg.sensor(
        name="steden",
        jobs=[*jobs.values()],
        minimum_interval_seconds=SOON_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Houdt per stad bij welke cijfers ze heeft, en of er iets van haar vastgehouden is.",
    )
    def look(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if context.instance.get_runs(WAITING, limit=1):
            yield dg.SkipReason("a run is underway")
            return
        home, told = load_home(), json.loads(context.cursor or "{}")
        if told.get(FILES) == (seen := seen_files(home)):
            yield dg.SkipReason("nothing changed")
            return
        told[FILES] = seen
        found = [(d, city, state) for d in jobs for city, state in states(home, d).items()]
        for dataset, city, state in found:
            mark = digest_of([state["versie"], [row["id"] or row["reden"] for row in state["vastgehouden"]]])[:16]
            name = f"{dataset} {city}".strip()
            if told.get(name) == mark:
                continue
            told[name] = mark
            if state["vastgehouden"]:
                yield dg.RunRequest(run_key=f"{name} {mark}", partition_key=city, job_name=jobs[dataset].name)
                continue
            tags = {"dagster/data_version": state["versie"]}
            key = city_key(dataset)
            event = dg.AssetMaterialization(key, metadata=state["metadata"], partition=city, tags=tags)
            context.instance.report_runless_asset_event(event)
        context.update_cursor(json.dumps(told))

    return look


def city_key(dataset: str = "") -> dg.AssetKey:
    """The asset of the cities: of the release, or of one dataset."""
    return key_of(f"{CITY}.{dataset}" if dataset else CITY)
