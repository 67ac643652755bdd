"""What looks at the home and at runs while the page is up: alerts, history, what waits, and what is to be published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import digest_of
from pipelines.desk.assets import under_the_lock
from pipelines.desk.facts import known_facts
from pipelines.desk.history import catch_up
from pipelines.desk.labels import key_of
from pipelines.home import Home
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import has_register
from pipelines.publish.heartbeat import beat
from pipelines.refresh import Project, tell_about
from pipelines.transform.graph import model_graph

BUILDING = ("models", "release")
TELLS_ITSELF = ("een_stad", "besluit")  # of a city obmi refresh tells, and a decision changes no figure by itself
RUNNING = dg.DefaultSensorStatus.RUNNING
UNDERWAY = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
WAITING = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, *UNDERWAY.statuses])
SOON_S = 10


def alert_sensors() -> Iterator[dg.SensorDefinition]:
    """After every run: one alert per new fault, and one when it is over."""

    def tell(context: dg.RunStatusSensorContext) -> None:
        if context.dagster_run.job_name in TELLS_ITSELF:
            return
        failed = context.instance.all_logs(context.dagster_run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        building = [e.dagster_event for e in failed if e.dagster_event.step_key in BUILDING]
        # a landing tells its own fault, with its check and its city
        with under_the_lock() as (project, landings, settings):
            tell_about(project, landings, settings, _sentence(building[0]) if building else "")
            told = [_sentence(e.dagster_event) for e in failed] or ["the run failed"]
            beat(landings, told[0] if context.dagster_run.status == dg.DagsterRunStatus.FAILURE else "")

    for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE):
        yield dg.run_status_sensor(
            run_status=status,
            name=f"meldingen_{status.value.lower()}",
            description="Meldt wat nieuw fout is, en wat voorbij is.",
            default_status=RUNNING,
        )(tell)


def _sentence(event: dg.DagsterEvent) -> str:
    """Why a step failed."""
    failure = event.step_failure_data
    said = failure.user_failure_data.description if failure.user_failure_data else failure.error.message
    return said.strip().splitlines()[0]


@dg.sensor(
    minimum_interval_seconds=SOON_S,
    default_status=RUNNING,
    description="Houdt de geschiedenis bij: wat obmi refresh naast deze pagina deed, staat er ook in.",
)
def geschiedenis(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Tell Dagster what the home has that it does not know; a run tells its own."""
    if context.instance.get_runs(UNDERWAY, limit=1):
        return dg.SkipReason("a run tells its own history")
    home = load_home()
    if (seen := seen_files(home)) == context.cursor:
        return dg.SkipReason("nothing changed")
    project = Project.load(load_settings())
    graph = model_graph(load_topics(datasets=project.datasets), project.datasets)
    assert context.repository_def is not None, "a sensor stands in a repository"
    assets = context.repository_def.asset_graph
    told, done = catch_up(context.instance, known_facts(project, Landings(home, project.datasets), graph), assets)
    if done:
        context.update_cursor(seen)
    return dg.SkipReason(f"caught up with {len(told)} assets")


def seen_files(home: Home) -> str:
    """When the files changed that say what is delivered, accepted, built and published."""
    named = [*home.landing.glob("*/accepted.json"), *home.landing.glob("_lijsten/*.json"), home.build / "receipt.json"]
    folders = [*home.raw.glob("*/"), home.releases]
    files = [path for path in (*named, *folders) if path.exists()]
    target = home.current.readlink() if home.current.is_symlink() else Path()
    return digest_of([*((str(p), p.stat().st_mtime_ns) for p in sorted(files)), str(target)])


def waiting_sensor(job: Any, published: list[dg.AssetKey]) -> dg.SensorDefinition:
    """What was handed over, or let through by a decision, is landed and published without waiting for the night."""

    @dg.sensor(
        name="wachtende_leveringen",
        job=job,
        minimum_interval_seconds=SOON_S,
        default_status=RUNNING,
        description="Neemt op wat met obmi drop werd afgegeven of met een besluit werd doorgelaten.",
    )
    def wait(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if context.instance.get_runs(WAITING, limit=1):
            yield dg.SkipReason("a run is underway, and may take it in")
            return
        home = load_home()
        if (seen := seen_files(home)) == context.cursor:
            yield dg.SkipReason("nothing changed")
            return
        if not has_register(home):
            yield dg.SkipReason("there is no register of areas yet; materialise everything first")
            return
        landings = Landings(home, Project.load(load_settings()).datasets)
        found = {i: landing.pending for i, landing in landings.items() if _waits(landing)}
        context.update_cursor(seen)
        if not found:
            yield dg.SkipReason("nothing waits")
            return
        told = [(i, [d.id for d in waiting], len(landings[i].decisions)) for i, waiting in found.items()]
        yield dg.RunRequest(
            run_key=digest_of(told)[:16],
            asset_selection=[*(key_of(f"landing.{i}") for i in found), *published],
            tags={"obmi/datasets": ", ".join(found)[:200]},
        )

    return wait


def _waits(landing: Landing) -> bool:
    """True unless it waits for other cities than a refresh was asked for."""
    return bool(landing.pending) and all(h.asked for h in landing.state.held)


def publish_sensor(job: Any) -> dg.SensorDefinition:
    """After a run that landed and did not publish: build what changed and publish it."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="publicatie_na_landing",
        request_job=job,
        minimum_interval_seconds=SOON_S,
        default_status=RUNNING,
        description="Wie één dataset of één thema materialiseert, krijgt daarna vanzelf de release die erbij hoort.",
    )
    def publish(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        chosen = {key.path[0] for key in context.dagster_run.asset_selection or ()}
        if not chosen or chosen & {"release", "stad"}:
            return dg.SkipReason("it published itself, or made nothing")
        return dg.RunRequest(run_key=f"na {context.dagster_run.run_id}")

    return publish
