"""`make serve`: Dagster's page behind a login, on one port, and the daemon that runs its schedule."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import partial

import uvicorn
from dagster import DagsterInstance
from starlette.requests import HTTPConnection

from pipelines.config import Serve, load_home, load_settings
from pipelines.home import Home, Problem
from pipelines.serve.attempts import Attempts
from pipelines.serve.cookies import Cookies
from pipelines.serve.daemon import POLL_MS, served, target
from pipelines.serve.front import addresses, checked, guarded, server
from pipelines.serve.page import Page, Workspace
from pipelines.serve.people import People, private_folder
from pipelines.serve.roles import Person
from pipelines.serve.trail import Audit


def main() -> int:
    """Serve until it is stopped, or until the daemon ends; what is wrong in the settings is one sentence."""
    try:
        settings, home = load_settings().serve, load_home()
        checked(settings)
        told = f"Dagster's page, behind a login: {addresses(settings)[0]}"
        return served(partial(_page, settings=settings, home=home), told)
    except Problem as err:
        print(f"obmi: {err}", file=sys.stderr)
        return err.code


@contextlib.contextmanager
def _page(instance: DagsterInstance, settings: Serve, home: Home) -> Iterator[uvicorn.Server]:
    people = People(home, settings.idle_min * 60, settings.hours * 3600)
    audit = Audit(private_folder(home))

    def tell(what: str, person: Person, asked: HTTPConnection, outcome: str, **facts: object) -> None:
        audit.tell(what, person, asked.client.host if asked.client else "", outcome, **facts)

    with contextlib.closing(audit), Workspace(instance, target()) as workspace:
        page = Page(workspace, POLL_MS, tell).create_asgi_app()
        yield server(guarded(page, settings, people, Attempts(), audit, Cookies(bool(settings.key))), settings)


if __name__ == "__main__":
    sys.exit(main())
