"""`make ui`: Dagster's page behind the door, on this machine alone, and the daemon that runs its schedule."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from functools import partial

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_webserver.app import create_app_from_workspace_process_context

from pipelines.serve.daemon import POLL_MS, served, target
from pipelines.serve.door import behind_the_door


def main() -> int:
    """Serve until it is stopped, or until the daemon ends."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=3000)
    port = asked.parse_args().port
    return served(partial(_page, port=port), f"Dagster's page: http://127.0.0.1:{port}")


@contextlib.contextmanager
def _page(instance: DagsterInstance, port: int) -> Iterator[uvicorn.Server]:
    with WorkspaceProcessContext(instance, target()) as workspace:
        app = create_app_from_workspace_process_context(workspace, live_data_poll_rate=POLL_MS)
        yield behind_the_door(app, port)


if __name__ == "__main__":
    sys.exit(main())
