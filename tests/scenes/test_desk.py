"""The analyst's page: one history with the command line, the gate on the page, and what a sensor starts."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from time import sleep
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.cli import main
from pipelines.config import load_settings
from pipelines.definitions import NIGHT, defs
from pipelines.describe.catalogue import load_cities
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.desk.assets import locked, under_the_lock
from pipelines.desk.decision import besluit
from pipelines.desk.facts import known_facts
from pipelines.desk.history import catch_up
from pipelines.desk.labels import key_of
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.heartbeat import Heartbeat, beat
from pipelines.publish.releases import current_release
from pipelines.transform.kept import Built
from tests.scenes.test_definitions import failing_job, looked, poverty_figures

REPOSITORY = defs.get_repository_def()
GRAPH = REPOSITORY.asset_graph
POVERTY = "statbel_armoederisico"
FROM = {  # of some assets a column, and what it follows from
    f"landing.{POVERTY}": ("armoederisico", (f"levering/{POVERTY}", "MS_ADMIN_AROP")),
    f"bron.{POVERTY}": ("periode", (f"landing/{POVERTY}", "jaar")),
    "mart.waarneming": ("waarde", ("statistiek/grens", "waarde")),
}
FEW = ("genk", "gent", "vgc")  # of the cities, to run by themselves
FILES = ("beschrijving", "controles", "model")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def catches_up(instance: dg.DagsterInstance, home: Path) -> list[str]:
    """What the history is told of a home now."""
    project = Project.load(load_settings())
    facts = known_facts(project, Landings(Home(home), project.datasets), set(Built.of(Home(home)).audits))
    told, done = catch_up(instance, facts, GRAPH)
    assert done
    return told


def last(instance: dg.DagsterInstance, name: str) -> dg.AssetMaterialization | None:
    """What the history says of an asset."""
    event = instance.get_latest_materialization_event(key_of(name))
    return event and event.asset_materialization


def failing(instance: dg.DagsterInstance, name: str) -> dict[str, dg.AssetCheckEvaluation]:
    """The checks of an asset that do not pass, as the history has them."""
    keys = [k for k in GRAPH.asset_check_keys if k.asset_key == key_of(name)]
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    said = {k.name: r.event.dagster_event.asset_check_evaluation_data for k, r in found.items()}
    return {n: e for n, e in said.items() if not e.passed}


def ticked(name: str, instance: dg.DagsterInstance, cursor: str | None = None) -> list[dg.RunRequest]:
    """The runs that a sensor asks for."""
    sensor = REPOSITORY.get_sensor_def(name)
    context = dg.build_sensor_context(instance, cursor=cursor, repository_def=REPOSITORY, sensor_name=name)
    return list(sensor.evaluate_tick(context).run_requests or [])


def decided(home: Path, monkeypatch, of: str = "", **config: str) -> dg.ExecuteInProcessResult:
    """What the job of a decision does for somebody `of` a city, or of all."""
    monkeypatch.setenv("OBMI_HOME", str(home))
    told = {"ops": {"beslis": {"config": {"door": "An", "reden": "nagevraagd bij Statbel", **config}}}}
    tags = {"obmi/stad": of} if of else {}
    return besluit.execute_in_process(run_config=told, raise_on_error=False, tags=tags)


@pytest.fixture(scope="module")
def history(scene):
    """The history of a home that is released, which assets it was told of, and what it was told after that."""
    with dg.DagsterInstance.ephemeral() as made:
        home = scene.reset()
        yield made, catches_up(made, home), catches_up(made, home)


@pytest.mark.proof
def test_what_the_command_line_did_is_in_the_history(released, history):
    instance, told, later = history
    project, home = Project.load(load_settings()), Home(released)
    landings = Landings(home, project.datasets)
    here = {i for i, landing in landings.items() if landing.state.version}
    assert POVERTY in here
    for dataset, landing in landings.items():
        event = last(instance, f"landing.{dataset}")
        assert (event and event.tags["dagster/data_version"]) == landing.state.version
    ran = {f"landing.{i}" for i in here} | {f"levering.{i}" for i in here} | set(Built.of(home).audits)
    assert set(told) == ran | {"ref.gebiedenregister", "release"}
    release = last(instance, "release")
    assert release.tags["dagster/data_version"] == current_release(home)["release"]
    assert release.metadata["cijfers"].value == current_release(home)["cijfers"]
    assert last(instance, "mart.waarneming").metadata["dagster/row_count"].value > release.metadata["cijfers"].value
    assert failing(instance, f"landing.{POVERTY}") == {}
    assert later == []


def test_of_an_empty_home_there_is_nothing_to_tell(empty_home, instance):
    assert catches_up(instance, empty_home) == []
    assert ticked("geschiedenis", instance) == ticked("steden", instance) == []


@pytest.mark.proof
def test_every_column_says_which_columns_it_follows_from(history):
    instance, *_ = history
    of = {name: last(instance, name).metadata["dagster/column_lineage"].value for name in FROM}
    for name, (column, came) in FROM.items():
        assert [(d.asset_key.to_user_string(), d.column_name) for d in of[name].deps_by_column[column]] == [came]


@pytest.mark.proof
def test_no_asset_lags_behind_in_the_history(history):
    instance, told, _ = history
    resolver = CachingStaleStatusResolver(instance, GRAPH, LoadingContextForTest(instance))
    assert {n for n in told if resolver.get_status(key_of(n)) != StaleStatus.FRESH} == set()


@pytest.mark.proof
def test_a_held_part_shows_what_was_seen_and_a_decision_lets_it_through(home, instance, tmp_path, monkeypatch):
    """A file that the command line took in while the page was up, decided about on the page."""
    catches_up(instance, home)
    drop(load_datasets()[POVERTY], [poverty_figures(tmp_path, "44021", "2022", 3, "99.9")], Home(home))
    assert main(["refresh", "--dataset", POVERTY]) == 10
    told = catches_up(instance, home)
    assert f"landing.{POVERTY}" in told
    assert "landing.statbel_bevolking" not in told
    failed = failing(instance, f"landing.{POVERTY}")
    assert failed["armoederisico_is_percentage"].metadata["waargenomen"].value == "99.9"
    (held,) = (r.data for r in last(instance, f"landing.{POVERTY}").metadata["vastgehouden"].value.records)
    assert (held["steden"], held["waargenomen"]) == ("gent", "99.9")
    assert held["reden"]
    refused = decided(home, monkeypatch, id="00000000", besluit="aanvaard")
    assert "nothing that can be decided has the id '00000000'" in why(refused)
    elsewhere = decided(home, monkeypatch, of="aalst", id=held["id"], besluit="aanvaard")
    assert f"{held['id']} is about gent, and a person of aalst decides about aalst alone" in why(elsewhere)
    assert decided(home, monkeypatch, of="gent", id=held["id"], besluit="aanvaard").success
    (asked,) = ticked("wachtende_leveringen", instance)
    assert key_of(f"landing.{POVERTY}") in asked.asset_selection
    assert dg.AssetKey("release") in asked.asset_selection
    with dg.instance_for_test() as disk:
        job = defs.resolve_job_def("levering")
        assert job.execute_in_process(instance=disk, asset_selection=asked.asset_selection).success
        assert failing(disk, f"landing.{POVERTY}").keys() <= {"herziening"}
        assert "vastgehouden" not in last(disk, f"landing.{POVERTY}").metadata
        changed = last(disk, "release").metadata
        assert changed["aantal gewijzigd"].value > 0
        cells = [r.data for r in changed["gewijzigde cijfers"].value.records]
        assert any(c["naam"] == "Gent" and c["nieuwe_waarde"] == 99.9 for c in cells)
        assert ticked("wachtende_leveringen", disk) == []


def why(result: dg.ExecuteInProcessResult) -> str:
    """Why a job failed."""
    return result.get_step_failure_events()[0].step_failure_data.user_failure_data.description


def test_a_decision_about_nothing_is_refused_in_a_sentence(at_released, tmp_path, monkeypatch):
    shutil.copytree(at_released, tmp_path / "home", symlinks=True)
    result = decided(tmp_path / "home", monkeypatch, id="00000000", besluit="afgewezen")
    assert why(result).startswith("nothing that can be decided has the id '00000000'")


def test_a_file_that_was_handed_over_asks_for_one_run(home, instance, tmp_path):
    assert ticked("wachtende_leveringen", instance) == []
    drop(load_datasets()[POVERTY], [poverty_figures(tmp_path, "44021", "2022", 2, "27390")], Home(home))
    (asked,) = ticked("wachtende_leveringen", instance)
    assert [k for k in asked.asset_selection if k.path[0] == "landing"] == [key_of(f"landing.{POVERTY}")]
    (again,) = ticked("wachtende_leveringen", instance)
    assert again.run_key == asked.run_key, "Dagster starts a run of one key once"


def test_who_materialises_one_dataset_gets_the_release(instance):
    """Of a run that published itself nothing follows."""
    for chosen, follows in (([f"landing.{POVERTY}"], True), ([f"landing.{POVERTY}", "release"], False), ([], False)):
        selection = frozenset(key_of(name) for name in chosen) or None
        run = dg.DagsterRun("verversing", asset_selection=selection)
        event = dg.DagsterEvent("PIPELINE_SUCCESS", run.job_name)
        context = dg.build_run_status_sensor_context("publicatie_na_landing", event, instance, run)
        asked = REPOSITORY.get_sensor_def("publicatie_na_landing")(context)
        assert isinstance(asked, dg.RunRequest) is follows, chosen


@pytest.mark.proof
def test_a_city_with_a_fault_fails_alone(home, tmp_path, monkeypatch):
    """A figure of Genk cannot be: its partition fails, the other thirteen have theirs."""
    monkeypatch.setenv("OBMI_HOME", str(home))
    drop(load_datasets()[POVERTY], [poverty_figures(tmp_path, "71016", "2022", 3, "99.9")], Home(home))
    assert main(["refresh", "--dataset", POVERTY]) == 10
    cities = [c.stad for c in load_cities()]
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance, repository_def=REPOSITORY, sensor_name="steden")
        asked = REPOSITORY.get_sensor_def("steden").evaluate_tick(context).run_requests
        assert [r.partition_key for r in asked] == ["genk"]
        job = defs.resolve_job_def("een_stad")
        results = {c: job.execute_in_process(partition_key=c, instance=instance, raise_on_error=False) for c in FEW}
        assert [c for c, result in results.items() if not result.success] == ["genk"]
        assert why(results["genk"]).startswith("genk: 1 held back, its last good figures stay: check 'armoederisico")
        done = instance.get_materialized_partitions(dg.AssetKey("stad"))
        assert done == {*cities} - {"genk"}


def test_of_fifty_triggers_at_once_one_writes(home):
    """The others are told who does. Dagster starts one run at a time anyway (dagster.yaml)."""
    at_once, writing, most, refused = Barrier(50), [], [], []

    def trigger() -> None:
        at_once.wait()
        try:
            with under_the_lock():
                writing.append(1)
                most.append(len(writing))
                sleep(0.1)
                writing.pop()
        except dg.Failure as err:
            refused.append(err.description)

    threads = [Thread(target=trigger) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert len(most) + len(refused) == 50
    assert all("another refresh is running" in said for said in refused)


def test_a_run_that_ends_while_a_refresh_is_busy_is_told_of_after_it(empty_home, instance):
    home, alerts = Home(empty_home), empty_home / "meldingen.jsonl"
    failing_job("verversing").execute_in_process(instance=instance, raise_on_error=False)
    _, first = looked(instance)
    failing_job("verversing").execute_in_process(instance=instance, raise_on_error=False)
    with home.lock():
        said, cursor = looked(instance, first)
        assert said.startswith("told later: another refresh is running")
    assert not alerts.exists()
    _, cursor = looked(instance, cursor)
    (told,) = alerts.read_text(encoding="utf-8").splitlines()
    assert "mart.profiel: 'sleutel' fails on 3 rows" in told
    assert Heartbeat.of(home).probleem == "mart.profiel: 'sleutel' fails on 3 rows"
    assert looked(instance, cursor) == ("all that ended is told", cursor)


def test_what_failed_before_the_last_refresh_ended_is_not_told(empty_home, instance, monkeypatch):
    _, cursor = looked(instance)
    failing_job("verversing").execute_in_process(instance=instance, raise_on_error=False)
    monkeypatch.setenv("OBMI_NOW", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    with locked() as (_, landings, _):
        beat(landings)
    looked(instance, cursor)
    assert not (empty_home / "meldingen.jsonl").exists()
    assert Heartbeat.of(Home(empty_home)).probleem == ""


def test_each_night_has_one_tick_also_where_the_clock_changes():
    (schedule,) = REPOSITORY.schedule_defs
    assert schedule.cron_schedule == NIGHT
    zone = ZoneInfo("Europe/Brussels")
    for month, day in ((3, 28), (10, 31)):
        start = datetime(2027, month, day - 1, 12, tzinfo=zone).timestamp()
        ticks = schedule_execution_time_iterator(start, NIGHT, schedule.execution_timezone)
        nights = [next(ticks).astimezone(zone) for _ in range(3)]
        assert [n.date().day for n in nights] == [day, *((day + 1, day + 2) if month == 3 else (1, 2))]
        assert {n.hour for n in nights} <= {2, 3}, "on the night in March there is no 02:00"


def test_the_descriptions_name_files_that_are_there():
    found = [a.metadata[n].path for a in map(GRAPH.get, GRAPH.get_all_asset_keys()) for n in a.metadata if n in FILES]
    assert len(found) > 200
    assert [path for path in found if not (ROOT / path).exists()] == []
