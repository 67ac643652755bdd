"""A server with a login on this machine, and behind it a page that counts what reaches it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pipelines.config import Serve
from pipelines.home import Home
from pipelines.serve.attempts import Attempts
from pipelines.serve.front import guarded, server
from pipelines.serve.oidc import Provider
from pipelines.serve.people import People, private_folder
from pipelines.serve.roles import ROLES
from pipelines.serve.trail import TOLD, Audit
from tests.proof.ui import free_port
from tests.visitors import FIRST, METHODS


def quick(people: People) -> People:
    """The same people, whose passwords cost nothing to check."""
    people._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return people


class Guarded:
    """A server with a login, people who may come in, and what reached the page."""

    def __init__(self, folder: Path, provider: Provider | None = None, port: int | None = None) -> None:
        self.reached: list[tuple[str, str]] = []
        self.people = quick(People(Home(folder)))
        for role in ROLES:
            self.people.add(role, role, "gent", FIRST.format(role))
        self.folder = private_folder(Home(folder))

        async def http(request: Request) -> PlainTextResponse:
            self.reached.append((request.scope["person"].naam, request.method))
            return PlainTextResponse("secret figures")

        async def websocket(socket: WebSocket) -> None:
            self.reached.append((socket.scope["person"].naam, "websocket"))
            await socket.accept(subprotocol="graphql-ws")
            try:
                while True:
                    await socket.send_text(await socket.receive_text())
            except WebSocketDisconnect:
                self.reached.append((socket.scope["person"].naam, "closed"))

        routes: list[Any] = [WebSocketRoute("/graphql", websocket), Route("/{path:path}", http, methods=METHODS)]
        settings, audit = Serve(port=port or free_port()), Audit(self.folder)
        self.base = f"http://127.0.0.1:{settings.port}"
        self.attempts = Attempts()
        app = guarded(Starlette(routes=routes), settings, self.people, self.attempts, audit, provider)
        self.server = server(app, settings)

    def told(self) -> list[dict[str, Any]]:
        """The audit log."""
        return [json.loads(line) for line in (self.folder / TOLD).read_text(encoding="utf-8").splitlines()]
