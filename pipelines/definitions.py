"""The Dagster entry point: everything that sources/, expectations/ and models/ describe, as assets of the desk."""

from __future__ import annotations

import os
from typing import Any

import dagster as dg

from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import delivering, load_cities, load_topics, sources_of
from pipelines.describe.meanings import meanings
from pipelines.describe.specs import load_datasets
from pipelines.desk.assets import Profile, landing_asset, models_asset, register_asset, release_asset
from pipelines.desk.decision import besluit
from pipelines.desk.goals import PLAN, REPORT, STANDING, doelen, goals_asset
from pipelines.desk.labels import (
    REGISTER,
    city_spec,
    delivered_spec,
    flowing,
    given_spec,
    key_of,
    model_specs,
    release_spec,
    websites_spec,
    with_register,
)
from pipelines.desk.model_header import header_of
from pipelines.desk.per_city import city_asset, city_key, city_sensor
from pipelines.desk.sensors import geschiedenis, meldingen, publish_sensor, waiting_sensor
from pipelines.desk.websites import WEBSITES, websites_asset, websites_sensor
from pipelines.landing.register import register_sources
from pipelines.publish.contract import TABLES
from pipelines.transform.compile import cubes_of, dimensions
from pipelines.transform.graph import model_graph
from pipelines.transform.texts import model_texts
from pipelines.transform.waiting import arrived

NIGHT = "0 2 * * *"


def definitions() -> dg.Definitions:
    """Everything that sources/, expectations/ and models/ describe."""
    datasets = load_datasets()
    topics = load_topics(datasets=datasets)
    texts = model_texts(topics, {i: datasets[i] for i in sources_of(arrived(topics, set(datasets)))})
    graph = with_register(model_graph(topics, datasets), texts)
    kinds, meaning = dimensions(cubes_of(topics, datasets), datasets), meanings()
    profile, settings = os.environ.get("OBMI_PROFILE", "voorbeeld"), load_settings()
    every_night = [i for i, spec in datasets.items() if spec.in_profile(profile) and settings.brings_in(i)]
    landed = [f"landing.{i}" for i in dict.fromkeys([*register_sources(), *every_night])]
    graph = flowing(graph, landed, load_home())
    headers = {name: header_of(text, kinds, meaning) for name, text in texts.items()}
    models = model_specs(graph, texts, headers, datasets)
    published = [key_of(name) for name in (*graph, "release")]
    nightly = [*map(key_of, (*landed, REGISTER)), *published]
    job = _job("verversing", nightly, "Alles landen, bouwen en publiceren, zoals elke nacht.")
    publishing = _job("publicatie", published, "Bouwen en publiceren wat veranderde.")
    handed_over = _job("levering", [*published, *(key_of(f"landing.{i}") for i in datasets)], "Opnemen wat wacht.")
    cities, said = load_cities(), "Eén stad alleen: wat binnenkwam, voor haar aanvaard en gepubliceerd."
    by_city = {i: datasets[i] for i in datasets if datasets[i].per_stad}
    one_city = {i: _job(f"een_stad_{i}".strip("_"), [city_key(i)], said) for i in ("", *by_city)}
    goals = _job(
        "orba_van_een_stad", [PLAN, STANDING, REPORT], "Het plan, de stand en het halfjaarverslag van een stad."
    )
    online = _job("websites_maken", [key_of(WEBSITES)], "De websites van de release die lezers krijgen.")
    schedule = dg.ScheduleDefinition(
        name="elke_nacht",
        job=job,
        cron_schedule=NIGHT,
        execution_timezone="Europe/Brussels",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Elke nacht om twee uur; van gemiste nachten wordt er een ingehaald.",
    )
    return dg.Definitions(
        assets=[
            *map(delivered_spec, datasets.values()),
            *map(landing_asset, datasets.values()),
            register_asset(),
            models_asset(models, headers, graph),
            release_asset(release_spec((n for n in graph if n.startswith("mart.")), TABLES)),
            websites_asset(websites_spec()),
            city_asset(city_spec(cities)),
            goals_asset(cities),
            *(city_asset(given_spec(spec, delivering(spec, cities)), i) for i, spec in by_city.items()),
        ],
        jobs=[job, publishing, handed_over, *one_city.values(), goals, online, besluit],
        schedules=[schedule],
        sensors=[
            geschiedenis,
            meldingen,
            waiting_sensor(handed_over, published),
            publish_sensor(publishing),
            city_sensor(one_city),
            websites_sensor(online),
            doelen,
        ],
        resources={"source": Profile(profile=profile)},
        executor=dg.in_process_executor,
    )


def _job(name: str, keys: list[dg.AssetKey], says: str) -> Any:
    """A job of these assets, in one process."""
    selection = dg.AssetSelection.assets(*keys)
    return dg.define_asset_job(name, selection, description=says, executor_def=dg.in_process_executor)


defs = definitions()
