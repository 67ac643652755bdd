"""What looks at the home and at runs while the page is up: alerts, history, what waits, and what is to be published."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import digest_of
from pipelines.desk.assets import locked
from pipelines.desk.facts import known_facts
from pipelines.desk.history import catch_up
from pipelines.desk.labels import key_of
from pipelines.home import Busy, Home
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.register import has_register
from pipelines.project import Project
from pipelines.publish.heartbeat import Heartbeat, beat
from pipelines.refresh import tell_about
from pipelines.transform.graph import model_graph

BUILDING = ("models", "release")
TELLS_ITSELF = ("een_stad", "besluit")  # begin so: of a city obmi refresh tells, a decision changes no figure itself
RUNNING = dg.DefaultSensorStatus.RUNNING
UNDERWAY = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
WAITING = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED, *UNDERWAY.statuses])
ENDS = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE)
MOST_RUNS = 20  # told in one look
SOON_S = 10


@dg.sensor(
    minimum_interval_seconds=SOON_S,
    default_status=RUNNING,
    description="Meldt na elke run wat nieuw fout is, en wat voorbij is.",
)
def meldingen(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """After every run: one alert per new fault, and one when it is over; after a refresh that is busy now, where one
    is."""
    told = Told(**json.loads(context.cursor)) if context.cursor else Told(_newest(context.instance))
    try:
        for run, ended, at in _ended(context.instance, told.event):
            told = replace(_tell(context.instance, run, ended, told), event=at)
    except Busy as err:
        return dg.SkipReason(f"told later: {err}")
    finally:
        context.update_cursor(json.dumps(asdict(told)))
    return dg.SkipReason("all that ended is told")


@dataclass(frozen=True)
class Told:
    """What was told: the number of the last event, and when this sensor last wrote the heartbeat."""

    event: int
    op: str = ""


def _newest(instance: dg.DagsterInstance) -> int:
    """The number of the newest run that ended: what ended before the first look is not told."""
    found = [instance.fetch_run_status_changes(kind, limit=1).records for kind in ENDS]
    return max((record.storage_id for records in found for record in records), default=0)


def _ended(instance: dg.DagsterInstance, after: int) -> list[tuple[dg.DagsterRun, float, int]]:
    """The runs that ended after an event, in order: each with when, and the number of its event."""
    found = []
    for kind in ENDS:
        asked = dg.RunStatusChangeRecordsFilter(kind, after_storage_id=after)
        found += instance.fetch_run_status_changes(asked, limit=MOST_RUNS, ascending=True).records
    runs = [(instance.get_run_by_id(r.run_id), r.timestamp, r.storage_id) for r in found]
    return sorted(((run, ended, at) for run, ended, at in runs if run), key=lambda one: one[2])


def _tell(instance: dg.DagsterInstance, run: dg.DagsterRun, ended: float, told: Told) -> Told:
    """Tell what came of a run, unless a refresh ended after it, which told what is the matter now. Raises Busy."""
    if run.job_name.startswith(TELLS_ITSELF):
        return told
    failed = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    building = [e.dagster_event for e in failed if e.dagster_event.step_key in BUILDING]
    with locked() as (project, landings, settings):
        last = Heartbeat.of(landings.home).op
        if last != told.op and last and datetime.fromisoformat(last).timestamp() > ended:
            return told
        # a landing tells its own fault, with its check and its city
        tell_about(project, landings, settings, _sentence(building[0]) if building else "")
        said = [_sentence(e.dagster_event) for e in failed] or ["the run failed"]
        beat(landings, said[0] if run.status == dg.DagsterRunStatus.FAILURE else "")
        return replace(told, op=Heartbeat.of(landings.home).op)


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
