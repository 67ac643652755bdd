"""`make ui-proof`: of three nights that were missed one run makes up for all; its process is killed: the run fails in
time, and is tried once more.

python -m tests.proof.dagster_runs
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, DagsterInstance, DagsterRunStatus
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._core.workspace.context import WorkspaceProcessContext

from pipelines.definitions import NIGHT
from pipelines.describe.specfile import ROOT
from pipelines.serve.daemon import end, target

DEFINITIONS, JOB, SCHEDULE = "pipelines.definitions", "verversing", "elke_nacht"
FAILS_WITHIN_S = 120
WORKER = re.compile(r"\(pid: (\d+)\)")


def until(found: Callable[[], Any], seconds: float) -> Any:
    """What is found within so many seconds; nothing where it is not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if got := found():
            return got
        time.sleep(0.5)
    return None


def worker_of(instance: DagsterInstance, run: str) -> int | None:
    """The process that does the steps of a run."""
    told = (WORKER.search(e.message or e.user_message or "") for e in instance.all_logs(run))
    pids = [int(found[1]) for found in told if found]
    return pids[-1] if pids else None


def missed(instance: DagsterInstance) -> None:
    """Make the schedule one that last looked three and a half days ago."""
    with WorkspaceProcessContext(instance, target()) as workspace:
        (location,) = workspace.create_request_context().code_locations
        (repository,) = location.get_repositories().values()
        origin = repository.get_schedule(SCHEDULE).get_remote_origin()
    facts = ScheduleInstigatorData(NIGHT, start_timestamp=time.time() - 3.5 * 24 * 3600)
    status = InstigatorStatus.DECLARED_IN_CODE
    instance.add_instigator_state(InstigatorState(origin, InstigatorType.SCHEDULE, status, facts))


def played(work: Path) -> list[str]:
    """Wait for the one run, kill its worker, and wait for what becomes of it: what is wrong with that."""
    wrong = []
    with DagsterInstance.get() as instance:
        run = (until(instance.get_runs, 180) or [None])[0]
        if run is None or run.job_name != JOB:
            return ["no run made up for the missed nights"]
        pid = until(lambda: worker_of(instance, run.run_id), 180)
        nights = run.tags.get("dagster/schedule_name")
        print(f"{nights}: run {run.run_id[:8]}, worker {pid}", flush=True)
        if not pid:
            return ["the run never started"]
        os.kill(pid, signal.SIGKILL)
        start = time.monotonic()
        failed = until(lambda: instance.get_run_by_id(run.run_id).status == DagsterRunStatus.FAILURE, FAILS_WITHIN_S)
        print(f"failed after {time.monotonic() - start:.0f} s" if failed else "it did not fail", flush=True)
        wrong += [] if failed else [f"not failed within {FAILS_WITHIN_S} s"]
        steps = instance.all_logs(run.run_id, of_type=DagsterEventType.STEP_FAILURE)
        wrong += [f"a step failed: {e.user_message}" for e in steps]
        again = until(lambda: [r for r in instance.get_runs() if r.parent_run_id == run.run_id], 120)
        wrong += [] if again else ["not tried again"]
        done = again and until(lambda: instance.get_run_by_id(again[0].run_id).is_finished, 300)
        ended = instance.get_run_by_id(again[0].run_id).status if again else None
        print(f"tried again: {ended}", flush=True)
        wrong += [] if done and ended == DagsterRunStatus.SUCCESS else [f"the second run ended as {ended}"]
        wrong += [] if len(instance.get_runs()) == 2 else [f"{len(instance.get_runs())} runs"]
    wrong += [] if (work / "current").exists() else ["no release"]
    return wrong


def main() -> int:
    """Start the daemon on a home of its own, play, and stop it; returns how many went wrong."""
    work = Path(tempfile.mkdtemp(prefix="obmi-runs-"))
    (work / "dagster").mkdir()
    shutil.copy(ROOT / "dagster.yaml", work / "dagster")
    (work / "obmi.toml").write_text(f"[refresh]\ndatasets = {json.dumps(['statbel_armoederisico'])}\n")
    told = {"OBMI_HOME": work, "DAGSTER_HOME": work / "dagster", "OBMI_CONFIG": work / "obmi.toml"}
    os.environ |= {name: str(value) for name, value in told.items()}
    with DagsterInstance.get() as instance:
        missed(instance)
    daemon = subprocess.Popen([sys.executable, "-m", "dagster._daemon", "run", "-m", DEFINITIONS], cwd=ROOT)
    try:
        wrong = played(work)
    finally:
        end(daemon)
        shutil.rmtree(work, ignore_errors=True)
    print(f"wrong: {wrong or 0}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
