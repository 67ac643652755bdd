"""What `make ui` and `make serve` both run: Dagster's home, its daemon, and a server that ends when the daemon does."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.load_target import ModuleTarget

from pipelines.config import load_home
from pipelines.describe.specfile import ROOT
from pipelines.home import PRIVATE

DEFINITIONS = "pipelines.definitions"
POLL_MS = 2000  # how often the page asks for news


def target() -> ModuleTarget:
    """Where Dagster finds the definitions."""
    return ModuleTarget(DEFINITIONS, None, str(ROOT), None)


def served(served_by: Callable[[DagsterInstance], contextlib.AbstractContextManager[uvicorn.Server]], told: str) -> int:
    """Serve until it is stopped, or until the daemon ends; then one sentence and exit code 1."""
    os.umask(PRIVATE)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # not dead at once: the daemon must end too
    _dagster_home()
    with DagsterInstance.get() as instance:  # makes its databases: two processes that do so at once break them for good
        daemon = subprocess.Popen([sys.executable, "-m", "dagster._daemon", "run", "-m", DEFINITIONS], cwd=ROOT)
        try:
            with served_by(instance) as server:
                threading.Thread(target=_until_it_ends, args=(daemon, server), daemon=True).start()
                print(told, flush=True)
                server.run()
        except KeyboardInterrupt:
            pass
        finally:
            stopped = daemon.poll() is None
            end(daemon)
    if not stopped:
        print("obmi: Dagster's daemon ended, so nothing would be refreshed; start this again", file=sys.stderr)
    return 0 if stopped else 1


def end(process: subprocess.Popen, within_s: float = 5) -> None:
    """End a process. Python drops a signal that comes while it tidies up, so it is sent again, and then killed."""
    for stop in (process.terminate, process.terminate, process.kill):
        stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(within_s)
            return
    process.wait()


def _dagster_home() -> None:
    folder = Path(os.environ.setdefault("DAGSTER_HOME", str(load_home().root / "dagster")))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "dagster.yaml", folder)


def _until_it_ends(daemon: subprocess.Popen, server: uvicorn.Server) -> None:
    daemon.wait()
    server.should_exit = True
