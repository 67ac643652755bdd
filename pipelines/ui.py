"""`make ui`: Dagster's page behind the door, on this machine alone, and the daemon that runs its schedule."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from pipelines.door import behind_the_door
from pipelines.home import PRIVATE

DEFINITIONS = "pipelines.definitions"
POLL_MS = 2000  # how often the page asks for news


def main() -> int:
    """Serve until it is stopped, or until the daemon ends; then one sentence and exit code 1."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=3000)
    port = asked.parse_args().port
    os.umask(PRIVATE)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # not dead at once: the daemon must end too
    target = ModuleTarget(DEFINITIONS, None, str(Path.cwd()), None)
    daemon = subprocess.Popen([sys.executable, "-m", "dagster._daemon", "run", "-m", DEFINITIONS])
    try:
        with DagsterInstance.get() as instance, WorkspaceProcessContext(instance, target) as workspace:
            app = create_app_from_workspace_process_context(workspace, live_data_poll_rate=POLL_MS)
            server = behind_the_door(app, port)
            threading.Thread(target=_until_it_ends, args=(daemon, server), daemon=True).start()
            print(f"Dagster's page: http://127.0.0.1:{port}", flush=True)
            server.run()
    except KeyboardInterrupt:
        pass
    finally:
        stopped = daemon.poll() is None
        end(daemon)
    if not stopped:
        print("obmi: Dagster's daemon ended, so nothing would be refreshed; start make ui again", file=sys.stderr)
    return 0 if stopped else 1


def end(process: subprocess.Popen, within_s: float = 5) -> None:
    """End a process. Python drops a signal that comes while it tidies up, so it is sent again, and then killed."""
    for stop in (process.terminate, process.terminate, process.kill):
        stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(within_s)
            return
    process.wait()


def _until_it_ends(daemon: subprocess.Popen, server: uvicorn.Server) -> None:
    daemon.wait()
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
