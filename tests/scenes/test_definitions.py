"""Dagster does what `obmi refresh` does, no more and no less."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config

from pipelines.config import load_settings
from pipelines.definitions import definitions, defs
from pipelines.describe.catalogue import load_topics, sources_of
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.desk.assets import WAIT
from pipelines.desk.labels import flowing
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.register import register_sources
from pipelines.project import Project
from pipelines.publish.releases import MAIN, current_release, database_path, list_releases
from pipelines.serve.daemon import end, served
from pipelines.site import make
from pipelines.transform.graph import model_graph
from pipelines.transform.kept import Built
from tests.helpers import BUILT_IN, POPULATION
from tests.homes import linked

REGISTER = [f"landing/{i}" for i in register_sources()]
REGISTER_ASSET = "ref/gebiedenregister"
GRAPH = defs.resolve_asset_graph()
GROUPS = {k.to_user_string(): GRAPH.get(k).group_name for k in GRAPH.get_all_asset_keys()}
LANDINGS = {f"landing/{p.parent.name}_{p.stem}" for p in ROOT.glob("sources/*/*.yaml")}
DELIVERED = {key.replace("landing/", "levering/") for key in LANDINGS}
READS = {key: {p.to_user_string() for p in GRAPH.get(dg.AssetKey(key.split("/"))).parent_keys} for key in GROUPS}
OF_DATASETS = ("landing/", "bron/", "levering/")  # these follow from what data people write
PER_CITY = {key for key in GROUPS if key.split("/")[0] == "stad"}  # they run per partition
ASSETS = sorted(
    (GROUPS.keys() - LANDINGS - DELIVERED - PER_CITY - {"websites"}) | {f"landing/{dataset}" for dataset in BUILT_IN}
)
POVERTY = "landing/statbel_armoederisico"


def run(
    home: Path, *keys: str, profile: str | None = None, instance: dg.DagsterInstance | None = None
) -> dg.ExecuteInProcessResult:
    """The job for the register and five datasets, or only these assets, in this process, on a home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_HOME", str(home))
        return defs.resolve_job_def("verversing").execute_in_process(
            instance=instance or dg.DagsterInstance.ephemeral(),
            asset_selection=[dg.AssetKey(k.split("/")) for k in keys or [*ASSETS, *REGISTER]],
            run_config={"resources": {"source": {"config": {"profile": profile}}}} if profile else None,
            raise_on_error=False,
        )


def failing_job(name: str) -> dg.JobDefinition:
    """A job in which the build fails."""

    @dg.op(name="models")
    def fails() -> None:
        raise dg.Failure("mart.profiel: 'sleutel' fails on 3 rows")

    return dg.JobDefinition(name=name, graph_def=dg.GraphDefinition(name, node_defs=[fails]))


def looked(instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[str, str | None]:
    """What the sensor of alerts says, and how far it came."""
    repository = defs.get_repository_def()
    context = dg.build_sensor_context(instance, cursor=cursor, repository_def=repository, sensor_name="meldingen")
    tick = repository.get_sensor_def("meldingen").evaluate_tick(context)
    return tick.skip_message, tick.cursor


def facts(result: dg.ExecuteInProcessResult, key: str) -> dict:
    """What a run wrote down about one asset."""
    found = [m for m in result.asset_materializations_for_node("__".join(key.split("/"))) if m is not None]
    return {k: v.value for k, v in found[0].metadata.items()}


def checks(result: dg.ExecuteInProcessResult, key: str) -> dict[str, dg.AssetCheckEvaluation]:
    return {e.check_name: e for e in result.get_asset_check_evaluations() if e.asset_key.to_user_string() == key}


def sentence(result: dg.ExecuteInProcessResult, step: str) -> str:
    """Why a step failed, in the words that the analyst sees."""
    failed = [e for e in result.get_step_failure_events() if e.step_key == step]
    return failed[0].step_failure_data.user_failure_data.description


def started(result: dg.ExecuteInProcessResult) -> list[str]:
    return [e.step_key for e in result.all_events if e.event_type == dg.DagsterEventType.STEP_START]


def poverty_figures(folder: Path, nis_code: str, year: str, column: int, value: str) -> Path:
    """The poverty figures with one figure changed, as a file."""
    lines = (ROOT / "sources/voorbeeld/statbel_armoederisico.csv").read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        cells = line.split(";")
        if cells[:2] == [year, nis_code]:
            cells[column] = value
            lines[i] = ";".join(cells)
    path = folder / "levering.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module", autouse=True)
def _five(session_env):
    """The job takes part in what the fixtures take part in."""


@pytest.fixture(scope="module")
def by_dagster(tmp_path_factory) -> tuple[Home, dg.ExecuteInProcessResult]:
    home = tmp_path_factory.mktemp("dagster")
    return Home(home), run(home)


@pytest.fixture
def copy(released, tmp_path) -> Home:
    """A published home of its own."""
    return Home(linked(released, tmp_path / "home"))


def checks_of(dataset: str) -> list[str]:
    """The names of a dataset's checks, as the graph has them."""
    return sorted(c.name for c in GRAPH.asset_check_keys if c.asset_key.to_user_string() == f"landing/{dataset}")


def test_every_asset_check_job_and_schedule_is_there(snapshot):
    """Where this is meant to change: python -m pytest -n 0 tests/scenes/test_definitions.py --snapshot-update."""
    repository = defs.get_repository_def()
    seen = {
        "assets and what they read": {
            key: ", ".join(sorted(r for r in read if not r.startswith(OF_DATASETS)))
            for key, read in READS.items()
            if not key.startswith(OF_DATASETS)
        },
        "checks": {dataset: checks_of(dataset) for dataset in sorted(BUILT_IN)},
        "jobs": sorted(repository.job_names),
        "schedules": [
            (s.name, s.job_name, s.cron_schedule, s.execution_timezone, s.default_status.value)
            for s in repository.schedule_defs
        ],
        "sensors": sorted((s.name, s.default_status.value) for s in repository.sensor_defs),
    }
    assert seen == snapshot


def test_every_dataset_lands_with_its_checks_and_the_nightly_job_asks_for_what_is_built_in():
    assert {key for key in GROUPS if key.startswith("landing/")} == LANDINGS
    assert {c.asset_key.to_user_string() for c in GRAPH.asset_check_keys} >= LANDINGS
    topics = load_topics()
    built_in = {f"landing/{i}" for i, spec in load_datasets().items() if spec.voorbeeld}
    of_models = {f"bron/{dataset}": {f"landing/{dataset}"} & built_in for dataset in sources_of(topics)}
    of_models["bron/kubus"] = {f"landing/{d}" for t in topics.values() if t.soort == "kubus" for d in t.bron} & built_in
    assert {key: read for key, read in READS.items() if key.startswith("bron/")} == of_models
    assert all(READS[key] == {REGISTER_ASSET, key.replace("landing", "levering")} for key in LANDINGS - {*REGISTER})
    assert READS[REGISTER_ASSET] == {*REGISTER}
    nightly = defs.resolve_job_def("verversing").asset_layer.executable_asset_keys
    per_city = {"stad", *(f"stad/{i}" for i, spec in load_datasets().items() if spec.per_stad)}
    per_city |= {f"stad/orba_{name}" for name in ("plan", "stand", "verslag")}
    reads = {read for key in nightly for read in READS[key.to_user_string()] if read in LANDINGS}
    assert reads <= {key.to_user_string() for key in nightly}, "or the page asks: are you sure?"
    told = "what is not built in waits to be asked for"
    assert {k.to_user_string() for k in nightly} == (
        GROUPS.keys() - LANDINGS - DELIVERED - per_city - {"websites"}
    ) | built_in, told


def test_what_came_in_once_flows_on_also_where_it_does_not_come_in_by_itself(tmp_path):
    graph = {"bron.a": {"landing.a"}, "bron.b": {"landing.b", "ref.p"}, "bron.c": {"landing.c"}}
    accepted = tmp_path / "landing" / "c" / "accepted.json"
    accepted.parent.mkdir(parents=True)
    accepted.touch()
    flows = {"bron.a": {"landing.a"}, "bron.b": {"ref.p"}, "bron.c": {"landing.c"}}
    assert flowing(graph, ["landing.a"], Home(tmp_path)) == flows


def test_the_groups_sort_as_the_figures_flow():
    """Every asset reads what stands in the same group or one before it; a dataset stands by its theme."""
    stages = {key: int(group[0]) for key, group in GROUPS.items()}
    assert [(key, r) for key, reads in READS.items() for r in reads if stages[r] > stages[key]] == []
    assert GROUPS[POVERTY] == GROUPS["bron/statbel_armoederisico"] == "3_landing/inkomen_en_armoede"
    assert GROUPS["levering/statbel_armoederisico"] == "1_bronnen/inkomen_en_armoede"


def test_an_analyst_reads_of_every_asset_and_check_what_it_is():
    """Counted over the definitions: 0 without."""
    assets = [GRAPH.get(key) for key in GRAPH.get_all_asset_keys()]
    for what, said in {
        "description": lambda a: a.description,
        "owner": lambda a: a.owners,
        "kind": lambda a: a.kinds,
        "group": lambda a: a.group_name != "default",
        "freshness": lambda a: a.freshness_policy,
        "columns": lambda a: a.metadata["dagster/column_schema"].columns,
        "what a column means": lambda a: all(c.description for c in a.metadata["dagster/column_schema"].columns),
    }.items():
        assert [a.key.to_user_string() for a in assets if not said(a)] == [], what
    checks = [GRAPH.get_check_spec(key) for key in GRAPH.asset_check_keys]
    assert len(checks) > 1000
    assert [c.name for c in checks if not c.description or c.metadata["severity"] not in ("ERROR", "WARN")] == []
    of_models = [c for c in checks if c.asset_key.path[0] != "landing"]
    assert all(c.blocking for c in of_models)
    assert not any(c.blocking for c in checks if c not in of_models), "what they find is held back already"


@pytest.mark.proof
def test_what_a_model_says_of_itself_is_what_sqlmesh_reads():
    from pipelines.transform.render import load_model
    from pipelines.transform.texts import model_texts, variables
    from tests.models.model_text import SOURCE_COLUMNS

    project = Project.load(load_settings())
    known = {i: project.datasets[i] for i in sources_of(project.topics)}
    told = {**variables(project.topics, known), "datasets": [*known]}
    for name, text in model_texts(project.topics, known).items():
        model, asset = load_model(text, told, SOURCE_COLUMNS), GRAPH.get(dg.AssetKey(name.split(".")))
        schema = asset.metadata["dagster/column_schema"]
        said = {c.name: c.description for c in schema.columns}
        assert said.keys() == model.columns_to_types.keys(), name
        assert asset.description == model.description
        assert {n: said[n] for n in model.column_descriptions} == model.column_descriptions, name
        audits = {c.name for c in GRAPH.asset_check_keys if c.asset_key == asset.key}
        assert audits == {audit.name for audit, _ in model.audits_with_args}, name


def test_the_nightly_job_takes_the_lists_of_areas_also_where_the_configuration_names_other_datasets(
    tmp_path, monkeypatch
):
    config = tmp_path / "obmi.toml"
    config.write_text("refresh.datasets = ['statbel_armoederisico']\n")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    nightly = definitions().resolve_job_def("verversing").asset_layer.executable_asset_keys
    landing = {k.to_user_string() for k in nightly if k.path[0] == "landing"}
    assert landing == {POVERTY, *REGISTER}


def test_materialize_all_runs_in_one_process_too():
    for name in ("verversing", "__ASSET_JOB"):
        assert defs.resolve_job_def(name).executor_def is dg.in_process_executor


def test_import_leaves_the_heavy_libraries_alone():
    heavy = "{'sqlmesh', 'great_expectations', 'pandas', 'requests'}"
    code = f"import sys, pipelines.definitions; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_dagster_accepts_its_configuration(tmp_path):
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    config, _ = dagster_instance_config(str(tmp_path))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
        assert not instance.telemetry_enabled
    assert config["run_monitoring"]["enabled"]
    assert set(config) == set(yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8")))


def test_of_nights_that_were_missed_one_run_makes_up_for_all():
    """Dagster makes up for the last one alone of a schedule without partitions."""
    repository = dg.Definitions.merge(defs).get_repository_def()
    (schedule,) = repository.schedule_defs
    assert repository.get_job(schedule.job_name).partitions_def is None
    assert schedule.execution_timezone == "Europe/Brussels"


def test_the_databases_of_dagster_are_there_before_its_daemon_starts(tmp_path, monkeypatch):
    """Two processes that make them at once stamp their version twice, and neither reads them any more."""
    found = []

    def start(*_, **__):
        found.extend(path.name for path in tmp_path.rglob("*.db"))
        raise InterruptedError

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for changed in ("os.umask", "signal.signal"):
        monkeypatch.setattr(changed, lambda *_: None)
    monkeypatch.setattr("subprocess.Popen", start)
    with pytest.raises(InterruptedError):
        served(None, "")
    assert {"index.db", "runs.db", "schedules.db"} <= set(found)


def test_a_daemon_that_misses_the_first_signal_is_ended():
    deaf = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: None)\nprint(1, flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        end(process, 0.1)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.proof
def test_graph_from_text_is_the_graph_of_sqlmesh():
    from pipelines.transform.render import load_model, plain_name
    from pipelines.transform.texts import model_texts, variables
    from tests.models.model_text import SOURCE_COLUMNS

    project = Project.load(load_settings())
    known = {i: project.datasets[i] for i in sources_of(project.topics)}
    told = {**variables(project.topics, known), "datasets": [*known]}
    models = {n: load_model(t, told, SOURCE_COLUMNS) for n, t in model_texts(project.topics, known).items()}
    theirs = {name: {plain_name(d) for d in model.depends_on} for name, model in models.items()}
    ours = model_graph(project.topics, project.datasets)
    assert {n: {r for r in reads if not r.startswith("landing.")} for n, reads in ours.items()} == theirs
    theirs = {n: r for n, reads in ours.items() for r in reads if r.startswith("landing.") and n != "bron.kubus"}
    assert theirs == {f"bron.{d}": f"landing.{d}" for d in sources_of(project.topics)}


def test_graph_reads_no_comments_texts_or_audits(tmp_path):
    model = """-- FROM mart.c
    MODEL (name mart.a, depends_on mart.b, description 'reads FROM mart.c, it''s said');
    SELECT x /* JOIN mart.c */ FROM ref.p AS p SEMI JOIN ref.q AS q ON p.x IS DISTINCT FROM q.x;
    AUDIT (name says); SELECT * FROM mart.c"""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.sql").write_text(model)
    for name in ("mart.b", "mart.c", "ref.p", "ref.q"):
        (tmp_path / "models" / f"{name}.sql").write_text(f"MODEL (name {name}); SELECT 1 AS x")
    assert model_graph({}, {}, tmp_path)["mart.a"] == {"mart.b", "ref.p", "ref.q"}


@pytest.mark.proof
def test_the_job_gives_what_the_command_gives(released, by_dagster):
    home, result = by_dagster
    by_command = Home(released)
    assert result.success
    theirs, ours = current_release(by_command), current_release(home)
    con = duckdb.connect()
    con.execute(f"ATTACH '{database_path(by_command, theirs)}' AS a (READ_ONLY)")
    con.execute(f"ATTACH '{database_path(home, ours)}' AS b (READ_ONLY)")
    for one, other in (("a", "b"), ("b", "a")):
        extra = f"SELECT * FROM {one}.mart.waarneming EXCEPT ALL SELECT * FROM {other}.mart.waarneming"
        assert con.execute(f"SELECT COUNT(*) FROM ({extra})").fetchone()[0] == 0
    counts = ("onderwerpen", "waarnemingen", "cijfers", "revisies", "vingerafdruk")
    assert {k: ours[k] for k in counts} == {k: theirs[k] for k in counts}
    assert ours["cijfers"] > 0


@pytest.mark.proof
def test_the_job_says_what_it_did(by_dagster):
    home, result = by_dagster
    landed = facts(result, "landing/statbel_bevolking")
    years = [str(year) for year in POPULATION]
    assert (landed["stand"], landed["reden"], landed["jaren"]) == ("vers", "", ", ".join(years))
    assert landed["bestanden"] == ", ".join(f"statbel_bevolking_{year}.csv" for year in years)
    assert landed["dagster/row_count"] > 0
    built = {m.asset_key.to_user_string(): m.metadata for m in result.asset_materializations_for_node("models")}
    told = {name.replace(".", "/") for name in Built.of(home).audits}
    assert set(built) == told, "a model of a dataset that never came was not built"
    assert built["mart/waarneming"]["liep"].value is True
    assert checks(result, "mart/waarneming")["status_zegt_of_er_een_waarde_is"].passed
    assert facts(result, "release")["pad"] == str(home.current / MAIN)


@pytest.mark.proof
def test_every_check_of_a_dataset_is_an_evaluation(by_dagster):
    _, result = by_dagster
    evaluations = result.get_asset_check_evaluations()
    of_figures = [e for e in evaluations if e.asset_key.to_user_string() in LANDINGS - {*REGISTER}]
    assert len(of_figures) == sum(len(checks_of(dataset)) for dataset in BUILT_IN)
    assert {e.asset_key.to_user_string() for e in evaluations} >= set(REGISTER)
    assert [e for e in evaluations if not e.passed] == []


@pytest.mark.proof
def test_one_bad_city_fails_its_checks_and_stops_nothing(copy, tmp_path, monkeypatch):
    """Everyone in Gent is poor in 2022: the steps after it run all the same. What they build then is what the command
    builds (test_deliveries)."""
    built = []
    monkeypatch.setattr("pipelines.desk.assets.build_models", lambda *_: built.append("models") or ["mart.gebied"])
    drop(load_datasets()["statbel_armoederisico"], [poverty_figures(tmp_path, "44021", "2022", 3, "99.9")], copy)
    result = run(copy.root, POVERTY, "landing/statbel_bevolking", "bron/statbel_armoederisico", "mart/gebied")
    assert result.success
    assert built == ["models"]
    assert started(result)[-1] == "models"
    evaluations = result.get_asset_check_evaluations()
    failed = {(e.asset_key.to_user_string(), e.check_name): e for e in evaluations if not e.passed}
    told = ("armoederisico_is_percentage", "niveausprong_armoederisico", "herziening")
    assert set(failed) == {(POVERTY, name) for name in told}
    bad = failed[POVERTY, "armoederisico_is_percentage"]
    assert (bad.severity, bad.blocking) == (dg.AssetCheckSeverity.ERROR, False)
    assert "Gent (44021), 2022: 99,9" in bad.description
    assert facts(result, POVERTY)["stand"] == "deels"
    (held,) = (row.data for row in facts(result, POVERTY)["vastgehouden"].records)
    assert (held["steden"], held["jaren"], held["waargenomen"]) == ("gent", "2022", "99.9")
    assert f"{held['id']}" in facts(result, POVERTY)[f"beslis {held['id']}"], "a link to decide"
    assert "vastgehouden" not in facts(result, "landing/statbel_bevolking")


def test_after_a_release_its_websites_are_made(copy, monkeypatch):
    """Of one city here: of all of them it takes too long."""
    monkeypatch.setenv("OBMI_HOME", str(copy.root))
    asked = []

    def one(release, to, city, say, goals):
        asked.append((release, city))
        return make_websites(release, to, "gent", say)

    make_websites = make.make_websites
    monkeypatch.setattr(make, "make_websites", one)
    result = defs.resolve_job_def("websites_maken").execute_in_process(instance=dg.DagsterInstance.ephemeral())
    told = facts(result, "websites")
    release = current_release(copy)
    assert asked == [(database_path(copy, release), None)]
    assert (told["release"], told["geschreven"]) == (release["release"], told["bestanden"])
    assert (Path(told["pad"]) / "gent" / "index.html").is_file()


def test_websites_before_a_release_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OBMI_HOME", str(tmp_path / "empty"))
    job = defs.resolve_job_def("websites_maken")
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    assert sentence(result, "websites") == "there is no release to make websites of; materialise 'release' first"


@pytest.mark.proof
def test_a_second_run_publishes_nothing(by_dagster):
    home, _ = by_dagster
    before = list_releases(home)
    result = run(home.root)
    assert result.success
    assert facts(result, "release")["ongewijzigd"] is True
    assert facts(result, "landing/statbel_bevolking")["stand"] == "ongewijzigd"
    assert not any(m.metadata["liep"].value for m in result.asset_materializations_for_node("models"))
    assert list_releases(home) == before


def test_a_subset_of_the_models_yields_only_that(copy):
    texts = copy.build / "texts.json"
    before = texts.read_bytes()
    result = run(copy.root, "mart/gebied", "ref/stad")
    assert result.success
    assert texts.read_bytes() == before, "what nothing changed of is not rendered once more"
    made = [m.asset_key.to_user_string() for m in result.asset_materializations_for_node("models")]
    assert sorted(made) == ["mart/gebied", "ref/stad"]


def test_release_without_the_checked_build_is_refused(copy, tmp_path):
    drop(load_datasets()["statbel_armoederisico"], [poverty_figures(tmp_path, "44021", "2022", 2, "27390")], copy)
    before = list_releases(copy)
    assert facts(run(copy.root, POVERTY), POVERTY)["stand"] == "vers"
    result = run(copy.root, "release")
    assert not result.success
    assert sentence(result, "release") == (
        "the build is not the checked build of what is accepted now; materialise the models first"
    )
    assert list_releases(copy) == before


def test_a_delivery_that_no_check_could_read_passes_none(copy, tmp_path):
    path = tmp_path / "levering.csv"
    path.write_text("<html>404</html>\n")
    drop(load_datasets()["statbel_armoederisico"], [path], copy)
    result = run(copy.root, POVERTY)
    assert result.success
    assert facts(result, POVERTY)["stand"] == "oud"
    evaluations = checks(result, POVERTY)
    assert sorted(evaluations) == checks_of("statbel_armoederisico")
    assert not any(e.passed for e in evaluations.values())
    assert evaluations["sleutel"].description.startswith("did not run: levering.csv")
    assert evaluations["dekking_uitzondering"].severity == dg.AssetCheckSeverity.WARN


def test_a_source_that_is_gone_leaves_the_last_good_figures(copy, tmp_path, monkeypatch):
    config = tmp_path / "obmi.toml"
    config.write_text("sources.statbel_armoederisico.files = ['/nowhere/*.csv']\n")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    result = run(copy.root, POVERTY)
    assert result.success
    landed = facts(result, POVERTY)
    assert landed["stand"] == "oud"
    assert "no file matches" in landed["reden"]


def test_without_any_accepted_version_nothing_is_built(tmp_path, monkeypatch):
    config = tmp_path / "obmi.toml"
    config.write_text("sources.statbel_armoederisico.files = ['/nowhere/*.csv']\n")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    result = run(tmp_path / "home", POVERTY, "bron/statbel_armoederisico")
    assert not result.success
    assert facts(result, POVERTY)["stand"] == "ontbreekt"
    assert not any(e.passed for e in checks(result, POVERTY).values())
    assert "no dataset has an accepted version yet" in sentence(result, "models")


@pytest.mark.proof
def test_a_dataset_that_never_came_does_not_keep_the_others_from_a_release(copy, tmp_path, monkeypatch):
    """Its asset failed before, and Dagster starts nothing after a failed one: that night had no release."""
    config = tmp_path / "obmi.toml"
    config.write_text("sources.statbel_vastgoedprijzen.files = ['/nowhere/*.csv']\n")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    result = run(copy.root, "landing/statbel_vastgoedprijzen", "bron/statbel_vastgoedprijzen", "release")
    assert result.success
    absent = facts(result, "landing/statbel_vastgoedprijzen")
    assert (absent["stand"], "no file matches" in absent["reden"]) == ("ontbreekt", True)
    assert not any(e.passed for e in checks(result, "landing/statbel_vastgoedprijzen").values())
    assert facts(result, "release")["release"]


def test_without_the_register_nothing_starts(tmp_path, monkeypatch):
    config = tmp_path / "obmi.toml"
    config.write_text("sources.statbel_refnis.files = ['/nowhere/*.csv']\n")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    result = run(tmp_path / "home", "landing/statbel_refnis", REGISTER_ASSET, POVERTY)
    assert "has no accepted version yet" in sentence(result, "landing__statbel_refnis")
    assert started(result) == ["landing__statbel_refnis"]


def test_a_failed_audit_fails_the_step_and_leaves_the_release(copy, monkeypatch):
    from pipelines.transform.steps import BuildError

    def stop(*_):
        raise BuildError("the build stopped and nothing was published: mart.waarneming: audit")

    before = list_releases(copy)
    monkeypatch.setattr("pipelines.desk.assets.build_models", stop)
    monkeypatch.setattr("pipelines.desk.assets.stays_published", lambda *_: False)
    with dg.DagsterInstance.ephemeral() as instance:
        _, cursor = looked(instance)
        result = run(copy.root, "mart/waarneming", "release", instance=instance)
        monkeypatch.setenv("OBMI_HOME", str(copy.root))
        looked(instance, cursor)
    assert not result.success
    assert sentence(result, "models") == "the build stopped and nothing was published: mart.waarneming: audit"
    assert started(result) == ["models"]
    assert list_releases(copy) == before
    last = json.loads((copy.root / "meldingen.jsonl").read_text(encoding="utf-8").splitlines()[-1])["incidenten"]
    assert {i["controle"]: (i["steden"], i["reden"]) for i in last if i["dataset"] == ""} == {
        "bouw": ([], "the build stopped and nothing was published: mart.waarneming: audit")
    }


def test_a_step_that_finds_the_lock_held_tries_again(copy, monkeypatch):
    waited = [0.0]
    clock = time.time
    monkeypatch.setattr("time.time", lambda: clock() + sum(waited))
    monkeypatch.setattr("time.sleep", waited.append)
    with copy.lock():
        result = run(copy.root, "release")
    assert not result.success
    assert sum(waited) == pytest.approx(60, abs=1)
    failed = result.get_step_failure_events()[0].step_failure_data
    assert f"another refresh is running (pid {os.getpid()}" in failed.error.cause.message


def test_every_step_waits_for_a_lock_that_is_held():
    jobs = defs.get_repository_def().get_all_jobs()
    steps = {f"{job.name}: {node.name}": node.definition.retry_policy for job in jobs for node in job.nodes}
    assert len(steps) > len(ASSETS) / 2
    assert not [name for name, policy in steps.items() if policy != WAIT]


def test_an_unknown_profile_is_refused(copy):
    with pytest.raises(dg.DagsterInvalidConfigError, match="not in enum type"):
        run(copy.root, POVERTY, profile="liev")
