"""`make proof`: every change that Dagster's page knows, asked of `make ui` as a stranger would, and the page in a real
browser.

Puts Debian's chromium on the machine where there is none.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.proof.system import installed

ROOT = Path(__file__).resolve().parents[2]
EVIL = "http://evil.example"
SCHEDULE = (
    'query { schedulesOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: '
    '"pipelines.definitions"}) { ... on Schedules { results { name scheduleState { status } } } } }'
)
MUTATIONS = "query { __schema { mutationType { fields { name args { name type { kind } } } } } }"
JSON = "application/json"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def asked(port: int, method: str, path: str, body: str | None, headers: dict[str, str]) -> int:
    """The status that a request is answered with."""
    return _answer(port, method, path, body, headers)[0]


def _answer(port: int, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
    con = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    con.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
        con.putheader(name, value)
    if body is not None:
        con.putheader("Content-Length", str(len(body.encode())))
    con.endheaders(body.encode() if body is not None else None)
    answer = con.getresponse()
    return answer.status, answer.read()


def page(port: int, question: str) -> Any:
    """What the page itself is answered."""
    own = {"Content-Type": JSON, "Origin": f"http://127.0.0.1:{port}"}
    status, body = _answer(port, "POST", "/graphql", json.dumps({"query": question}), own)
    assert status == 200, body
    return json.loads(body)["data"]


def strange(port: int, mutation: str) -> Iterator[tuple[str, str, str | None, dict[str, str]]]:
    """The requests by which a page of somebody else, or a name that leads to this machine, asks for a change."""
    own, good = f"http://127.0.0.1:{port}", {"Content-Type": JSON}
    as_json, as_form = json.dumps({"query": mutation}), urllib.parse.urlencode({"query": mutation})
    for path in (f"/graphql?{as_form}", f"/graphql/?{as_form}", f"/%67raphql?{as_form}", f"//graphql?{as_form}"):
        for headers in ({}, {"Origin": own}, {"Origin": EVIL}, {"Host": f"evil.example:{port}"}):
            yield "GET", path, None, headers
            yield "HEAD", path, None, headers
            yield "POST", path, "", {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    for headers in (
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": f"http://localhost:{port}"},
        {"Origin": f"https://127.0.0.1:{port}"},
        {"Origin": f"http://127.0.0.1:{port}.evil.example"},
        {},
        {"Origin": own, "Host": f"evil.example:{port}"},
        {"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}"},
        {"Origin": own, "Host": ""},
        {"Origin": own, "Host": "127.0.0.1"},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Origin": own, "Sec-Fetch-Site": "same-site"},
    ):
        yield "POST", "/graphql", as_json, {**good, **headers}
    for kind in (
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "application/graphql",
        "",
    ):
        yield "POST", "/graphql", as_json, {"Content-Type": kind, "Origin": own}
        yield "POST", "/graphql", as_form, {"Content-Type": kind, "Origin": own}
        yield "POST", "/graphql", mutation, {"Content-Type": kind, "Origin": own}
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        yield method, "/graphql", as_json, {**good, "Origin": own}
    for path in ("report_asset_materialization", "report_asset_check", "report_asset_observation"):
        yield "POST", f"/{path}/release?partition=x", "{}", {**good, "Origin": own}


def subscribes(port: int, origin: str | None, host: str | None = None) -> bool:
    """Whether a websocket is opened."""
    try:
        with connect(
            f"ws://{host or '127.0.0.1'}:{port}/graphql",
            sock=socket.create_connection(("127.0.0.1", port)),
            origin=origin,
            subprotocols=["graphql-ws"],
        ):
            return True
    except InvalidStatus:
        return False


def mutations(port: int) -> list[str]:
    """Every change that the page knows, without arguments it cannot do without where that is possible."""
    found = page(port, MUTATIONS)["__schema"]["mutationType"]["fields"]
    return [f"mutation {{ {f['name']} {{ __typename }} }}" for f in found]


class Browser:
    """Chromium without a screen, driven over its own protocol."""

    def __init__(self, url: str, folder: Path, *flags: str) -> None:
        self._process = subprocess.Popen(
            [
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={folder}",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                *flags,
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        told = folder / "DevToolsActivePort"
        while not told.exists() or len(told.read_text().split()) < 2:
            time.sleep(0.2)
        port = int(told.read_text().split()[0])
        con = http.client.HTTPConnection("127.0.0.1", port)
        con.request("GET", "/json")
        (tab,) = (t for t in json.loads(con.getresponse().read()) if t["type"] == "page")
        self._open = contextlib.ExitStack()
        self._tab = self._open.enter_context(connect(tab["webSocketDebuggerUrl"], max_size=None))
        self._number, self.seen = 0, []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._do(f"{domain}.enable")
        self.go(url)

    def _do(self, method: str, **params: object) -> dict[str, Any]:
        self._number += 1
        self._tab.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._tab.recv(timeout=60))
            if message.get("id") == self._number:
                return message.get("result", {})
            self.seen.append(message)

    def go(self, url: str) -> None:
        """Open a page."""
        self._do("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of a piece of JavaScript in the page."""
        return self._do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)["result"].get(
            "value"
        )

    def close(self) -> None:
        """Stop the browser."""
        self._open.close()
        self._process.terminate()
        self._process.wait()


def in_browser(url: str, folder: Path) -> tuple[str, set[str], list[int]]:
    """What the page shows, the kinds of messages over its websocket, and what its questions were answered with."""
    browser = Browser(url, folder)
    try:
        deadline, text = time.monotonic() + 120, ""
        while time.monotonic() < deadline and "verversing" not in text:
            time.sleep(1)
            text = browser.evaluate("document.body.innerText") or ""
        time.sleep(3)
        browser.evaluate("1")
        frames = {
            json.loads(m["params"]["response"]["payloadData"])["type"]
            for m in browser.seen
            if m.get("method") == "Network.webSocketFrameReceived"
        }
        answers = [
            m["params"]["response"]["status"]
            for m in browser.seen
            if m.get("method") == "Network.responseReceived" and "/graphql" in m["params"]["response"]["url"]
        ]
        return text, frames, answers
    finally:
        browser.close()


def main() -> int:
    """Start `make ui` on a home of its own, ask, look, and stop it; returns how many went wrong."""
    if not installed("chromium"):
        print("chromium is not on this machine and cannot be installed; install it, and start this again")
        return 1
    work, port = Path(tempfile.mkdtemp(prefix="obmi-ui-")), free_port()
    (work / "dagster").mkdir()
    shutil.copy(ROOT / "dagster.yaml", work / "dagster")
    env = {**os.environ, "OBMI_HOME": str(work), "DAGSTER_HOME": str(work / "dagster")}
    served = subprocess.Popen([sys.executable, "-m", "pipelines.ui", "--port", str(port)], cwd=ROOT, env=env)
    wrong = []
    try:
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        schedule = page(port, SCHEDULE)
        every = mutations(port)
        tried = [(m, *r) for m in every for r in strange(port, m)]
        obeyed = [t for t in tried if asked(port, *t[1:]) not in (400, 403)]
        print(f"{len(every)} mutations, {len(tried)} requests of strangers, {len(obeyed)} let through", *obeyed[:3])
        wrong += obeyed
        own = f"http://127.0.0.1:{port}"
        for origin, host in ((EVIL, None), (None, None), ("null", None), (own, "evil.example")):
            wrong += [(origin, host)] if subscribes(port, origin, host) else []
        wrong += [] if subscribes(port, own) else ["the page's own websocket"]
        wrong += [] if page(port, SCHEDULE) == schedule else ["the schedule changed"]
        text, frames, answers = in_browser(f"{own}/jobs", work / "browser")
        print(f"the page: {len(text)} letters, {len(answers)} questions answered {set(answers)}, websocket {frames}")
        wrong += [] if "verversing" in text and set(answers) == {200} and "connection_ack" in frames else ["the page"]
    finally:
        served.terminate()
        served.wait()
        shutil.rmtree(work, ignore_errors=True)
    print(f"wrong: {wrong or 0}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
