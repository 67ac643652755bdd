"""Whoever watches a home sees when it was last refreshed, and how that went."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipelines.config import load_settings
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.heartbeat import METRICS, Heartbeat, beat
from tests.helpers import BUILT_IN, obmi
from tests.scenes.test_definitions import failing_job, looked


def figures(home: Path) -> dict[tuple[str, ...], float]:
    """What Prometheus reads, by name and labels."""
    families = text_string_to_metric_families((home / METRICS).read_text(encoding="utf-8"))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_a_refresh_leaves_a_heartbeat_and_figures(at_released):
    heart, seen = Heartbeat.of(Home(at_released)), figures(at_released)
    assert (heart.goed_op, heart.probleem) == (heart.op, "")
    moment = datetime.fromisoformat(heart.op).timestamp()
    assert seen["obmi_verversing_tijd_seconds",] == seen["obmi_verversing_goed_tijd_seconds",] == moment
    assert moment - 600 < seen["obmi_release_tijd_seconds",] <= moment
    assert seen["obmi_datasets", "vers"] >= len(BUILT_IN)
    assert {seen["obmi_vastgehouden", dataset] for dataset in BUILT_IN} == {0}


@pytest.mark.parametrize(("hours", "code"), [(1, 0), (25, 20)])
def test_the_exit_code_of_status_says_whether_it_is_late(at_released, monkeypatch, hours, code):
    ended = datetime.fromisoformat(Heartbeat.of(Home(at_released)).op)
    monkeypatch.setenv("OBMI_NOW", (ended + timedelta(hours=hours)).isoformat())
    result = obmi("status", "--json", "--within", "24")
    assert result.code == code
    assert json.loads(result.out)["verversing"]["op"] == ended.isoformat()
    assert obmi("status").code == 0, "nobody asked how late it may be"


def test_a_city_that_fails_for_what_is_held_is_no_failed_refresh(home):
    """Its run fails to show it; the night ended well."""
    before = Heartbeat.of(Home(home))
    with dg.DagsterInstance.ephemeral() as instance:
        _, cursor = looked(instance)
        for job, told in (("een_stad", False), ("verversing", True)):
            failing_job(job).execute_in_process(instance=instance, raise_on_error=False)
            _, cursor = looked(instance, cursor)
            assert bool(Heartbeat.of(Home(home)).probleem) is told, job
    assert Heartbeat.of(Home(home)).goed_op == before.goed_op


def test_a_refresh_that_published_nothing_leaves_the_last_good_moment(home):
    before = Heartbeat.of(Home(home))
    landings = Landings(Home(home), Project.load(load_settings()).datasets)
    beat(landings, "the build stopped")
    after = Heartbeat.of(Home(home))
    assert (after.goed_op, after.probleem) == (before.goed_op, "the build stopped")
    assert f"last that ended well {before.goed_op}: the build stopped" in obmi("status").out
    assert figures(home)["obmi_verversing_goed_tijd_seconds",] == datetime.fromisoformat(before.goed_op).timestamp()
