"""How the server is reached: under which names, over what, and what stands before the page."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from pipelines.config import ConfigError, Serve, is_loopback
from pipelines.describe.catalogue import load_cities
from pipelines.serve.account import Account
from pipelines.serve.attempts import Attempts
from pipelines.serve.cookies import Cookies
from pipelines.serve.door import Door
from pipelines.serve.entry import Entry
from pipelines.serve.forms import Forms
from pipelines.serve.guard import ENTRY, HEALTH, Guard
from pipelines.serve.people import People
from pipelines.serve.trail import Audit

if TYPE_CHECKING:
    from pipelines.serve.oidc import Provider


def checked(settings: Serve) -> None:
    """Raises ConfigError where others could listen in, or where no browser could come in."""
    if bool(settings.certificate) != bool(settings.key):
        raise ConfigError("serve.certificate and serve.key go together; fill in both in obmi.toml")
    for named in filter(None, (settings.certificate, settings.key)):
        if not Path(named).is_file():
            raise ConfigError(f"serve names {named}, which does not exist; correct the path in obmi.toml")
    if not is_loopback(settings.host) and not settings.key:
        raise ConfigError(
            f"serve.host is {settings.host}, where others can listen in; fill in serve.certificate and serve.key"
        )
    if not is_loopback(settings.host) and not settings.names:
        raise ConfigError("serve.names is empty; fill in the name that a browser knows this server by")


def addresses(settings: Serve) -> list[str]:
    """Where the page is found, its first name first."""
    scheme, usual = ("https", 443) if settings.key else ("http", 80)
    names = [*settings.names, *(["127.0.0.1", "localhost"] if is_loopback(settings.host) else [])]
    port = "" if settings.port == usual else f":{settings.port}"
    return [f"{scheme}://{name}{port}" for name in names]


def guarded(
    page: ASGIApp,
    settings: Serve,
    people: People,
    attempts: Attempts,
    audit: Audit,
    provider: Provider | None = None,
) -> ASGIApp:
    """The page, behind the login, behind the door."""
    tls = bool(settings.key)
    cookies = Cookies(tls)
    forms = Forms(cookies)
    entry = Entry(forms, people, attempts, audit, cookies, provider)
    account = Account(entry, forms, people, audit, cookies, load_cities())
    before: ASGIApp = Starlette(routes=[*entry.routes(), *account.routes()])
    if provider:  # what it must send back stands in a signed cookie of ten minutes
        name = "__Host-obmi-oidc" if tls else "obmi-oidc"
        before = SessionMiddleware(before, secrets.token_hex(32), name, max_age=600, https_only=tls)
    guard = Guard(page, before, people, attempts, audit, cookies)
    hosts = [address.split("//")[1] for address in addresses(settings)]
    return Door(guard, hosts, tls, ENTRY, HEALTH, guard.refused)


def server(app: ASGIApp, settings: Serve) -> uvicorn.Server:
    """The one server that listens."""
    files = {"ssl_certfile": settings.certificate, "ssl_keyfile": settings.key} if settings.key else {}
    return uvicorn.Server(
        uvicorn.Config(
            app,
            settings.host,
            settings.port,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            ws_max_size=1_000_000,
            timeout_graceful_shutdown=5,
            **files,
        )
    )
