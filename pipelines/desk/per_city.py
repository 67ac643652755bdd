"""The release per centrumstad: one partition a city, that is refreshed by itself and shows what is held of it alone."""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import City
from pipelines.describe.specfile import digest_of
from pipelines.desk.assets import WAIT, Profile, in_a_sentence
from pipelines.desk.facts import held_rows, table_of
from pipelines.desk.labels import city_spec
from pipelines.desk.sensors import SOON_S, WAITING, seen_files
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.landing.quarantine import items
from pipelines.publish.releases import sound_current
from pipelines.refresh import Project, refresh

CITY = dg.AssetKey("stad")
FILES = "bestanden"  # what stands beside the cities in the cursor: when the files of the home changed


def city_asset(cities: list[City]) -> dg.AssetsDefinition:
    """Every city by itself: what came in is taken for that city alone, and its partition fails where something of it is
    held back; the others have their news all the same."""

    @dg.multi_asset(name="stad", specs=[city_spec(cities)], retry_policy=WAIT)
    def refresh_city(context: dg.AssetExecutionContext, source: Profile) -> Iterator[dg.MaterializeResult]:
        city = context.partition_key
        with in_a_sentence():
            home, settings = load_home(), load_settings()
            report = refresh(home, settings, source.profile, None, [city], lambda i, t: context.log.info(f"{i}: {t}"))
        if report.problem:
            raise dg.Failure(report.problem, allow_retries=False)
        state = states(home)[city]
        if held := state.pop("vastgehouden"):
            told = f"{city}: {len(held)} held back, its last good figures stay: {held[0]['reden']}"
            raise dg.Failure(told, metadata={"vastgehouden": table_of(held)}, allow_retries=False)
        yield dg.MaterializeResult(metadata=state["metadata"], data_version=dg.DataVersion(state["versie"]))

    return refresh_city


def states(home: Home) -> dict[str, dict[str, Any]]:
    """Per city of the release that readers get: the version of its file, its facts, and what is held of it."""
    release = sound_current(home)
    if release is None:
        return {}
    project = Project.load(load_settings())
    found = items(Landings(home, project.datasets), project.cities)
    states = {}
    for city in (c.stad for c in project.cities):
        file = release["bestanden"][f"steden/{city}.duckdb"]
        path = home.current / "steden" / f"{city}.duckdb"
        facts = {"release": release["release"], "bytes": file["bytes"], "pad": dg.MetadataValue.path(str(path))}
        held = held_rows([item for item in found if city in item["steden"]], "dataset")
        states[city] = {"versie": file["sha256"][:32], "metadata": facts, "vastgehouden": held}
    return states


def city_sensor(job: Any) -> dg.SensorDefinition:
    """Tells Dagster per city what the home has; a run of a city that something is held of shows which city fails."""

    @dg.sensor(
        name="steden",
        job=job,
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
        for city, state in states(home).items():
            mark = digest_of([state["versie"], [row["id"] for row in state["vastgehouden"]]])[:16]
            if told.get(city) == mark:
                continue
            told[city] = mark
            if state["vastgehouden"]:
                yield dg.RunRequest(run_key=f"{city} {mark}", partition_key=city)
                continue
            tags = {"dagster/data_version": state["versie"]}
            event = dg.AssetMaterialization(CITY, metadata=state["metadata"], partition=city, tags=tags)
            context.instance.report_runless_asset_event(event)
        context.update_cursor(json.dumps(told))

    return look
