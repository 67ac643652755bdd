"""Who may ask what of Dagster's page: a real server on this machine, and behind the door an application that counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pipelines.serve.door import behind_the_door
from tests.proof.ui import EVIL, JSON, asked, free_port, strange, subscribes
from tests.visitors import METHODS, listening

MUTATION = "mutation { stopRunningSchedule { __typename } }"


class Served:
    """A server behind the door, and what reached it."""

    def __init__(self) -> None:
        self.port, self.reached = free_port(), []

        async def http(request: Request) -> PlainTextResponse:
            self.reached.append(request.method)
            return PlainTextResponse("done")

        async def websocket(socket: WebSocket) -> None:
            self.reached.append("websocket")
            await socket.accept(subprotocol="graphql-ws")
            await socket.close()

        routes: list[Any] = [WebSocketRoute("/graphql", websocket), Route("/{path:path}", http, methods=METHODS)]
        self.server = behind_the_door(Starlette(routes=routes), self.port)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    with listening(served.server):
        yield served


@pytest.fixture
def port(served: Served) -> int:
    served.reached.clear()
    return served.port


def test_a_stranger_changes_nothing(served: Served, port: int) -> None:
    tried = list(strange(port, MUTATION))
    let = [t for t in tried if asked(port, *t) not in (400, 403)]
    assert (let, served.reached) == ([], [])
    assert len(tried) > 80


def test_a_stranger_reads_nothing(served: Served, port: int) -> None:
    for headers in (
        {"Host": f"evil.example:{port}"},
        {"Origin": EVIL},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ):
        assert asked(port, "GET", "/runs", None, headers) == 403
    assert served.reached == []


def test_the_page_itself_works(served: Served, port: int) -> None:
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        own = {"Host": name, "Origin": f"http://{name}", "Sec-Fetch-Site": "same-origin"}
        question = json.dumps({"query": MUTATION})
        assert asked(port, "POST", "/graphql", question, {**own, "Content-Type": f"{JSON}; charset=utf-8"}) == 200
        assert asked(port, "GET", "/runs", None, {"Host": name}) == 200
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert asked(port, "GET", "/runs", None, linked) == 200, "a link in an alert"
    assert served.reached == ["POST", "GET", "POST", "GET", "GET"]


def test_a_websocket_is_opened_for_the_page_alone(served: Served, port: int) -> None:
    own = f"http://127.0.0.1:{port}"
    assert not any(
        subscribes(port, o, h) for o, h in ((EVIL, None), (None, None), ("null", None), (own, "evil.example"))
    )
    assert served.reached == []
    assert subscribes(port, own)
    assert served.reached == ["websocket"]


def test_it_listens_on_this_machine_alone(served: Served) -> None:
    listening = [sock.getsockname() for server in served.server.servers for sock in server.sockets]
    assert listening == [("127.0.0.1", served.port)]
