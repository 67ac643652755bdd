"""The Dagster entry point: what `obmi refresh` does, as assets with their checks, a job and a schedule."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from graphlib import TopologicalSorter
from typing import Any, Literal

import dagster as dg

from pipelines.config import Settings, load_home, load_settings
from pipelines.deliver import Landed, land_dataset
from pipelines.describe.catalogue import load_topics
from pipelines.describe.expectations import Check
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.checks import compile_checks
from pipelines.home import Busy, Problem
from pipelines.landing.landings import Landings
from pipelines.landing.mending import mend
from pipelines.landing.quarantine import items
from pipelines.landing.register import register_sources
from pipelines.landing.state import State
from pipelines.publish.maturity_report import totals
from pipelines.publish.releases import MAIN, current_release
from pipelines.refresh import (
    Project,
    build_models,
    publish_release,
    stays_published,
    tell_about,
)
from pipelines.transform.graph import model_graph
from pipelines.transform.kept import Built

BUILDING = ("models", "release")
WAIT = dg.RetryPolicy(max_retries=3, delay=20)
SEVERITY = {"blokkerend": dg.AssetCheckSeverity.ERROR, "waarschuwing": dg.AssetCheckSeverity.WARN}


class Profile(dg.ConfigurableResource):
    """Where the figures come from: the built-in ones or live addresses; OBMI_PROFILE sets the default."""

    profile: Literal["voorbeeld", "live"] = "voorbeeld"


@contextlib.contextmanager
def _locked() -> Iterator[tuple[Project, Landings, Settings]]:
    """All that one step needs, under the lock that the command line takes too.

    What a step refuses fails it with one sentence; only a lock that is held is worth another try.
    """
    try:
        home, settings = load_home(), load_settings()
        with home.lock():
            project = Project.load(settings)
            landings = Landings(home, project.datasets)
            for said in mend(landings).values():
                dg.get_dagster_logger().warning(said)
            yield project, landings, settings
    except Busy as err:
        raise dg.Failure(str(err)) from err
    except Problem as err:
        raise dg.Failure(str(err), allow_retries=False) from err


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("."))


def landing_asset(spec: Dataset, publisher: str) -> dg.AssetsDefinition:
    """One dataset: fetched, checked and accepted. A failed check, or no version yet, shows on it and stops nothing
    else; only the register is needed by all."""
    key = _key(f"landing.{spec.id}")
    checks = [compiled.check for compiled in compile_checks(spec)]

    @dg.asset(
        key=key,
        group_name=publisher,
        deps=[] if spec.id in register_sources() else [_key(f"landing.{i}") for i in register_sources()],
        description=f"{spec.titel}. {spec.bronvermelding}, {spec.licentie}.",
        check_specs=[dg.AssetCheckSpec(c.id, asset=key, description=c.omschrijving) for c in checks],
        retry_policy=WAIT,
    )
    def land(context: dg.AssetExecutionContext, source: Profile) -> Iterator[Any]:
        with _locked() as (project, landings, settings):
            landed = land_dataset(landings, spec.id, source.profile, settings, context.log.info)
            state = landings[spec.id].state
            held = [_item(i) for i in items(landings.only([spec.id]), project.cities)]
        yield from _check_results(key, checks, state, landed)
        absent = f"{spec.id} has no accepted version yet: {landed.reason}" if landed.state == "ontbreekt" else ""
        if absent and spec.id in register_sources():
            raise dg.Failure(absent, allow_retries=False)
        if landed.reason:
            context.log.warning(absent or f"{landed.state}, the last good figures stay in use: {landed.reason}")
        yield dg.MaterializeResult(
            metadata={
                "state": landed.state,
                "reason": landed.reason,
                "version": state.version,
                "rows": sum(p.rows for p in state.parts),
                "years": ", ".join(map(str, sorted({y for p in state.parts for y in p.years}))),
                "files": ", ".join(sorted({p.file for p in state.parts})),
                **({"quarantine": held} if held else {}),
            },
            data_version=dg.DataVersion(state.version or landed.state),
        )

    return land


def _item(item: dict[str, Any]) -> dict[str, Any]:
    """What is held back, and the command for whoever decides about it."""
    told = ("id", "controle", "steden", "gebied", "jaren", "waargenomen", "verwacht", "grens", "reden", "volgende_stap")
    return {name: item[name] for name in told}


def _check_results(
    key: dg.AssetKey, checks: list[Check], state: State, landed: Landed
) -> Iterator[dg.AssetCheckResult]:
    """What the gate said of the newest delivery; a check without a result counts as failed."""
    found = {c.controle: asdict(c) for c in (state.refused or state).checks}
    for check in checks:
        got = found.get(check.id, {"uitslag": "fout", "boodschap": f"did not run: {landed.reason or 'no result'}"})
        facts = {n: got.get(n) for n in ("uitslag", "gezien", "afwijkend", "waargenomen", "verwacht")}
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=check.id,
            passed=got["uitslag"] in ("geslaagd", "nvt", "aanvaard"),
            severity=SEVERITY[check.ernst],
            description=got["boodschap"],
            metadata={n: v for n, v in facts.items() if v is not None},
        )


def models_asset(graph: dict[str, set[str]]) -> dg.AssetsDefinition:
    """The models, built together: only what changed runs, whatever was selected here."""
    order = [name for name in TopologicalSorter(graph).static_order() if name in graph]
    specs = [dg.AssetSpec(_key(n), deps=[_key(d) for d in sorted(graph[n])], group_name=n.split(".")[0]) for n in order]

    @dg.multi_asset(name="models", specs=specs, can_subset=True, retry_policy=WAIT)
    def build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        with _locked() as (project, landings, _):
            ran = [] if stays_published(project, landings) else build_models(project, landings)
            audits = Built.of(landings.home).audits
        for name in order:
            if _key(name) in context.selected_asset_keys:
                facts = {"ran": name in ran, "audits": audits.get(name, [])}
                yield dg.MaterializeResult(asset_key=_key(name), metadata=facts)

    return build


def release_asset(graph: dict[str, set[str]]) -> dg.AssetsDefinition:
    """What readers get: a new release, or the one that is there when nothing changed."""
    marts = [_key(n) for n in sorted(graph) if n.startswith("mart.")]

    @dg.asset(
        key="release",
        group_name="release",
        description="What readers get: one DuckDB file for all, and one per city.",
        deps=marts,
        retry_policy=WAIT,
    )
    def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with _locked() as (project, landings, settings):
            home = landings.home
            unchanged = stays_published(project, landings)
            if not unchanged:
                publish_release(project, landings, settings, context.log.info)
            manifest = current_release(home)
        assert manifest is not None
        path = home.releases / manifest["release"] / MAIN
        points = {t["stad"]: f"{t['score']} van {t['maximum']}" for t in totals(path)}
        return dg.MaterializeResult(
            metadata={
                "datamaturiteit": points,
                "unchanged": unchanged,
                "release": manifest["release"],
                "figures": manifest["cijfers"],
                "revisions": manifest["revisies"],
                "path": dg.MetadataValue.path(str(path)),
            }
        )

    return release


def alert_sensors(job: Any) -> list[dg.SensorDefinition]:
    """After every run of the job: one alert per new fault, and one when it is over."""

    def tell(context: dg.RunStatusSensorContext) -> None:
        failed = context.instance.all_logs(context.dagster_run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        building = [e.dagster_event for e in failed if e.dagster_event.step_key in BUILDING]
        # a landing tells its own fault, with its check and its city
        with _locked() as (project, landings, settings):
            tell_about(project, landings, settings, _sentence(building[0]) if building else "")

    return [
        dg.run_status_sensor(
            run_status=status,
            name=f"meldingen_{status.value.lower()}",
            monitored_jobs=[job],
            default_status=dg.DefaultSensorStatus.RUNNING,
        )(tell)
        for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
    ]


def _sentence(event: dg.DagsterEvent) -> str:
    """Why a step failed."""
    failure = event.step_failure_data
    said = failure.user_failure_data.description if failure.user_failure_data else failure.error.message
    return said.strip().splitlines()[0]


def definitions() -> dg.Definitions:
    """Everything that sources/, expectations/ and models/ describe."""
    datasets = load_datasets()
    publishers = {f"{p.parent.name}_{p.stem}": p.parent.name for p in ROOT.glob("sources/*/*.yaml")}
    graph = model_graph(load_topics(datasets=datasets), datasets)
    landings = [landing_asset(spec, publishers[name]) for name, spec in datasets.items()]
    profile = os.environ.get("OBMI_PROFILE", "voorbeeld")
    wanted = load_settings().brings_in
    nightly_keys = [
        _key(f"landing.{i}")
        for i, spec in datasets.items()
        if i in register_sources() or (spec.in_profile(profile) and wanted(i))
    ]
    nightly_keys += [_key(name) for name in graph] + [dg.AssetKey("release")]
    selection = dg.AssetSelection.assets(*nightly_keys)
    job = dg.define_asset_job("verversing", selection, executor_def=dg.in_process_executor)
    nightly = dg.ScheduleDefinition(
        name="elke_nacht",
        job=job,
        cron_schedule="0 2 * * *",
        execution_timezone="Europe/Brussels",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(
        assets=[*landings, models_asset(graph), release_asset(graph)],
        jobs=[job],
        schedules=[nightly],
        sensors=alert_sensors(job),
        resources={"source": Profile(profile=profile)},
        executor=dg.in_process_executor,
    )


defs = definitions()
