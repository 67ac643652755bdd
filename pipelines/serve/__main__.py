"""`make serve`: Dagster's page behind a login, on one port, and the daemon that runs its schedule."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from dagster import DagsterInstance
from starlette.requests import HTTPConnection

from pipelines.config import Serve, Settings, load_home, load_settings
from pipelines.describe.catalogue import load_cities
from pipelines.home import Home, Problem
from pipelines.serve.attempts import Attempts
from pipelines.serve.daemon import POLL_MS, served, target
from pipelines.serve.front import addresses, checked, guarded, server
from pipelines.serve.page import Page, Workspace
from pipelines.serve.people import People, private_folder
from pipelines.serve.roles import Person

if TYPE_CHECKING:
    from pipelines.serve.oidc import Provider
from pipelines.serve.trail import Audit


def main() -> int:
    """Serve until it is stopped, or until the daemon ends; what is wrong in the settings is one sentence."""
    try:
        settings, home = load_settings(), load_home()
        checked(settings.serve)
        told = f"Dagster's page, behind a login: {addresses(settings.serve)[0]}"
        return served(partial(_page, settings=settings.serve, home=home, provider=_provider(settings)), told)
    except Problem as err:
        print(f"obmi: {err}", file=sys.stderr)
        return err.code


def _provider(settings: Settings) -> Provider | None:
    secret = os.environ.pop("OBMI_OIDC_SECRET", "")  # out of the environment of runs
    if not settings.oidc.issuer:
        return None
    from pipelines.serve.oidc import Provider  # slow

    cities = {city.stad for city in load_cities()}
    return Provider(settings.oidc, secret, addresses(settings.serve)[0], cities, settings.http.loopback)


@contextlib.contextmanager
def _page(
    instance: DagsterInstance, settings: Serve, home: Home, provider: Provider | None
) -> Iterator[uvicorn.Server]:
    people = People(home, settings.idle_min * 60, settings.hours * 3600)
    audit = Audit(private_folder(home))

    def tell(what: str, person: Person, asked: HTTPConnection, outcome: str, **facts: object) -> None:
        audit.tell(what, person, asked.client.host if asked.client else "", outcome, **facts)

    with contextlib.closing(audit), Workspace(instance, target()) as workspace:
        page = Page(workspace, POLL_MS, tell).create_asgi_app()
        yield server(guarded(page, settings, people, Attempts(), audit, provider), settings)


if __name__ == "__main__":
    sys.exit(main())
