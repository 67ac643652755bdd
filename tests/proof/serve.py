"""`make proof`: `make serve` on a network, asked by strangers and by people with too low a role; ten thousand wrong
passwords; what listens; the page in a real browser; and secrets that were planted, looked for in all that it wrote."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dagster_graphql.schema import create_schema
from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from starlette.routing import Mount

from pipelines.serve.page import Page
from pipelines.serve.roles import ROLES, Person
from tests.proof.system import installed
from tests.proof.ui import EVIL, JSON, ROOT, SCHEDULE, Browser, free_port
from tests.unit.test_questions import DEEP, TOO_MUCH
from tests.visitors import FIRST, METHODS, OWN, Visitor

ATTEMPTS = 10_000
DATASET = "statbel_armoederisico"
PLANTED = "planted0secret0token"
STATE = f"{SCHEDULE[:-1]} runsOrError {{ ... on Runs {{ results {{ id }} }} }} }}"
SAID = re.compile(r"log in first|not served under that name|another page|by POST|own questions|mag \w+ niet|Aanmelden")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine's own address, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "chain.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    own = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *own))
    return paths


class Server:
    """`make serve` on every address of this machine, with people and planted secrets."""

    def __init__(self, work: Path) -> None:
        self.port, self.seen = free_port(), bytearray()
        self.home, self.log = work / "home", work / "server.log"
        chain, key = certificate(work)
        config = work / "obmi.toml"
        config.write_text(
            f'[serve]\nhost = "0.0.0.0"\nport = {self.port}\nnames = ["127.0.0.1"]\n'
            f'certificate = "{chain}"\nkey = "{key}"\n'
            f'[http]\nloopback = true\nattempts = 1\nallowed_hosts = ["127.0.0.1"]\n'
            f'[sources.{DATASET}]\nurl = ["http://127.0.0.1:9/data?key={PLANTED}"]\n'
        )
        self.env = {
            **{**os.environ, "OBMI_HOME": str(self.home), "OBMI_CONFIG": str(config), "OBMI_OIDC_SECRET": PLANTED},
            **{"OBMI_WEBHOOK": f"http://127.0.0.1:9/{PLANTED}", "OBMI_KEY_PROEF": PLANTED},
        }
        self.env.pop("DAGSTER_HOME", None)
        self.verify = ssl.create_default_context(cafile=chain)
        self.base = f"https://127.0.0.1:{self.port}"
        for role in ROLES:
            command = [sys.executable, "-m", "pipelines.cli", "users", "add", role, "--role", role, "--city", "gent"]
            subprocess.run(command, input=FIRST.format(role), text=True, check=True, cwd=ROOT, env=self.env)
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "pipelines.serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        while self.visitor().healthy() is None:
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.5)

    def visitor(self, address: str = "127.0.0.1") -> Watched:
        """Somebody before it, of whom all that is seen is kept."""
        return Watched(self, address)

    def audit(self) -> list[dict[str, Any]]:
        """What it wrote down."""
        return [json.loads(line) for line in (self.home / "toegang" / "audit.jsonl").read_text().splitlines()]

    def processor_s(self) -> float:
        """What it used of the processor, without its children."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def expire(self, visitor: Visitor) -> None:
        """Let the sessions that began last be over."""
        with contextlib.closing(sqlite3.connect(self.home / "toegang" / "toegang.sqlite")) as con, con:
            con.execute("UPDATE sessie SET gezien = 0 WHERE begonnen = (SELECT MAX(begonnen) FROM sessie)")

    def close(self) -> None:
        """End it, with its daemon; what it wrote stays."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Watched(Visitor):
    """A visitor of whom all that the server answers is kept, to look for secrets."""

    def __init__(self, server: Server, address: str = "127.0.0.1") -> None:
        super().__init__(server.base, address, server.verify)

        def keep(answer: httpx2.Response) -> None:
            server.seen += answer.read() + str(answer.headers).encode()

        self.client.event_hooks["response"].append(keep)

    def healthy(self) -> float | None:
        """The seconds within which it says that it is there; None when it does not."""
        start = time.perf_counter()
        try:
            return time.perf_counter() - start if self.client.get("/health").text == "ok\n" else None
        except httpx2.TransportError:
            return None


def minimal(kind: Any) -> str:
    """The smallest value of an argument that Dagster's schema takes."""
    if isinstance(kind, GraphQLNonNull):
        return minimal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return "[]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {n: f.type for n, f in kind.fields.items() if isinstance(f.type, GraphQLNonNull)}
        return "{" + ", ".join(f"{n}: {minimal(t)}" for n, t in needed.items()) + "}"
    return {"Int": "1", "Float": "1.0", "Boolean": "false"}.get(kind.name, '"x"')


def asked_for(name: str, field: GraphQLField) -> str:
    """A change with arguments with which it would be done."""
    needed = [f"{n}: {minimal(a.type)}" for n, a in field.args.items() if isinstance(a.type, GraphQLNonNull)]
    arguments = f"({', '.join(needed)})" if needed else ""
    leaf = getattr(field.type.of_type, "types", None) or getattr(field.type.of_type, "fields", None)
    return f"mutation {{ {name}{arguments} {'{ __typename }' if leaf else ''} }}"


def changes() -> dict[str, str]:
    """Every change of Dagster's page, as somebody would ask for it."""
    return {n: asked_for(n, f) for n, f in create_schema().graphql_schema.mutation_type.fields.items()}


def pages() -> list[str]:
    """Every address of Dagster's page, and of the login what needs one."""
    found = {"/toegang/account", "/toegang/uit", "/toegang/wachtwoord", "/toegang/sessie", "/toegang/gebruiker"}
    for route in Page(None, 0, lambda: None).build_routes():
        path = re.sub(r"\{\w+(:\w+)?\}", "x", route.path)
        found.add(f"{path}/x.js" if isinstance(route, Mount) else path)
    return sorted(found)


def nobodies(server: Server, known: Visitor) -> dict[str, Visitor]:
    """Browsers that have no session: none at all, an invented one, one that ended, and one that logged out."""
    name = "__Host-obmi-sessie"
    found: dict[str, Visitor] = {"without login": server.visitor(), "forged": server.visitor()}
    found["forged"].client.cookies.set(name, known.cookies[name][::-1])
    for kind in ("expired", "logged out"):
        found[kind] = server.visitor()
        assert found[kind].log_in("lezer", OWN.format("lezer")).status_code == 303
        token = found[kind].cookies[name]
        if kind == "expired":
            server.expire(found[kind])
        else:
            assert found[kind].form("/toegang/account", "/toegang/uit").status_code == 303
        found[kind].client.cookies.set(name, token)
    return found


def ways(visitor: Visitor, question: str) -> Iterator[httpx2.Response]:
    """The ways in which one question can be asked."""
    as_json, kind = json.dumps({"query": question}), {"Content-Type": JSON}
    for headers in (
        {},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        yield visitor.client.post("/graphql", content=as_json, headers={**kind, **headers})
        yield visitor.client.get("/graphql", params={"query": question}, headers={"Accept": JSON, **headers})
    batch = json.dumps([{"query": question}, {"query": question}])
    named = json.dumps(
        {"query": f"query a {{ version }} {question.replace('mutation', 'mutation b')}", "operationName": "b"}
    )
    yield visitor.client.post("/graphql", content=batch, headers=kind)
    yield visitor.client.post("/graphql", content=named, headers=kind)
    for other in ("application/graphql", "text/plain", "application/x-www-form-urlencoded"):
        yield visitor.client.post("/graphql", content=question, headers={"Content-Type": other})


def refused(answer: httpx2.Response) -> bool:
    """Whether a request was not obeyed and showed nothing: sent to the login, or told why not."""
    if answer.status_code in (303, 404, 405, 413):
        return not answer.headers.get("location", "/toegang").startswith(("http", "//"))
    return answer.status_code in (400, 401, 403) and '"data": {' not in answer.text


def over_websocket(visitor: Visitor, questions: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """Whether a change over a websocket gets nothing but an error."""
    with visitor.socket() as opened:
        opened.send(json.dumps({"type": "connection_init", "payload": {}}))
        assert json.loads(opened.recv(timeout=20))["type"] == "connection_ack"
        for name, question in questions.items():
            opened.send(json.dumps({"type": "start", "id": name, "payload": {"query": question}}))
            yield name, json.loads(opened.recv(timeout=20))["type"] == "error"


def listening(pid: int) -> tuple[int, int]:
    """How many sockets a process and its children listen on, beyond this machine and on it alone."""
    family, known = [str(pid)], {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            known[folder.name] = folder.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1]
    for one in family:
        family += [child for child, parent in known.items() if parent == one]
    owned = set()
    for one in family:
        with contextlib.suppress(OSError):
            owned |= {os.readlink(fd) for fd in Path(f"/proc/{one}/fd").iterdir()}
    beyond = Counter()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            told = line.split()
            if f"socket:[{told[9]}]" in owned and (told[3] == "0A" or table.startswith("udp")):
                here = told[1].startswith("0100007F") or told[1].startswith("00000000000000000000000001000000")
                beyond["here" if here else "beyond"] += 1
    return beyond["beyond"], beyond["here"]


def sockets(server: Server) -> Iterator[tuple[str, bool]]:
    """One socket is reached from elsewhere."""
    beyond, here = listening(server.process.pid)
    yield f"sockets beyond this machine: {beyond}, on it alone: {here}", beyond == 1


def guess(server: Server, owner: Visitor) -> Iterator[tuple[str, bool]]:
    """Ten thousand wrong passwords, and whether the right people still come in."""
    found: Counter[int] = Counter()
    slowest, before, start = 0.0, server.processor_s(), time.perf_counter()

    def attempts(number: int) -> None:
        visitor = server.visitor(f"127.0.0.{2 + number % 40}")
        token = re.search(r'name="token" value="(\w+)"', visitor.client.get("/toegang").text)[1]
        for n in range(ATTEMPTS // 8):
            name = ("lezer", "analist", f"onbekend{n}")[n % 3]
            given = {"token": token, "naam": name, "wachtwoord": f"a wrong guess {number} {n}"}
            found[visitor.client.post("/toegang", data=given).status_code] += 1

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(attempts, number) for number in range(8)]
        while not all(r.done() for r in running):
            slowest = max(slowest, server.visitor().healthy() or 60)
            time.sleep(0.5)
        for r in running:
            r.result()
    used, took = server.processor_s() - before, time.perf_counter() - start
    print(f"{found.total()} wrong passwords in {took:.0f} s: {dict(found)}; {used:.0f} s of the processor, ", end="")
    print(f"{found[401]} of them computed; slowest sign of life {slowest:.2f} s")
    yield "every attempt is refused", set(found) <= {401, 429, 503} and found.total() == ATTEMPTS
    yield "few are computed", found[401] <= 30 * (took / 60 + 2)
    yield "the service is up", slowest < 5
    yield "who is logged in goes on", owner.client.get("/jobs").status_code == 200
    stranger = server.visitor("127.0.0.99").log_in("lezer", OWN.format("lezer"))
    yield "the name is locked", stranger.status_code == 429
    yield "and says how to get in", "vraag een beheerder" in stranger.text
    known = server.visitor()
    known.client.cookies.set("__Host-obmi-toestel", owner.cookies["__Host-obmi-toestel"])
    yield "the owner comes in in a known browser", known.log_in("lezer", OWN.format("lezer")).status_code == 303


def over_tls(server: Server, answer: httpx2.Response) -> Iterator[tuple[str, bool]]:
    """What the connection and the cookies must be."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    for name, context in (("TLS 1.1", old), ("no TLS", None)):
        con = (
            http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=10)
            if context
            else http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        )
        try:
            con.request("GET", "/health")
            con.getresponse()
            yield f"{name} is refused", False
        except (OSError, http.client.HTTPException):
            yield f"{name} is refused", True
    cookies = answer.headers.get_list("set-cookie")
    strict = ("Secure", "HttpOnly", "SameSite=lax", "Path=/")
    yield (
        "cookies are strict",
        bool(cookies) and all(c.startswith("__Host-") and all(s.lower() in c.lower() for s in strict) for c in cookies),
    )
    yield "HSTS", "max-age=31536000" in answer.headers["strict-transport-security"]


def in_browser(server: Server, folder: Path) -> Iterator[tuple[str, bool]]:
    """Somebody logs in in chromium and looks around, under the policy for scripts."""
    browser = Browser(f"{server.base}/toegang?naar=%2Fjobs", folder, "--ignore-certificate-errors")
    fill = (
        "document.getElementById('naam').value = 'analist'; document.getElementById('wachtwoord').value = '{}'; "
        "document.querySelector('form').submit()"
    )

    def shows(text: str) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and text not in (browser.evaluate("document.body.innerText") or ""):
            time.sleep(0.5)
        return text in (browser.evaluate("document.body.innerText") or "")

    try:
        yield "the page to log in", shows("Wachtwoord vergeten")
        browser.evaluate(fill.format(OWN.format("analist")))
        yield "the jobs", shows("verversing")
        yield "who is logged in", shows("analist · analist")
        for path, text in (("/asset-groups", "Materialize all"), ("/runs", "No runs"), ("/automation", "02:00")):
            browser.go(server.base + path)
            yield path, shows(text)
        told = [m["params"]["entry"]["text"] for m in browser.seen if m.get("method") == "Log.entryAdded"]
        yield "nothing of the page is against its policy", not [t for t in told if "Content Security Policy" in t]
        yield "the websocket is opened", any(m.get("method") == "Network.webSocketFrameReceived" for m in browser.seen)
    finally:
        browser.close()


def strangers(server: Server, known: dict[str, Visitor]) -> Iterator[tuple[str, bool]]:
    """Every page and every change, of who has no session, another's, or too low a role."""
    every, paths, counts = changes(), pages(), Counter()
    wrong: list[Any] = []

    def count(kind: str, what: Any, right: bool) -> None:
        counts[kind] += 1
        wrong.extend([] if right else [(kind, what)])

    asking = nobodies(server, known["lezer"])
    for kind, visitor in asking.items():
        for path in paths:
            for method in METHODS:
                for headers in ({}, {"Host": "evil.example"}, {"Origin": EVIL}, {"Accept": "*/*"}):
                    answer = visitor.client.request(method, path, headers=headers)
                    count(f"pages, {kind}", (method, path, headers, answer), refused(answer))
        for name, question in every.items():
            for answer in ways(visitor, question):
                count(f"changes, {kind}", (name, answer), refused(answer))
            count(f"websockets, {kind}", name, not visitor.opens())
    for role, visitor in known.items():
        for name, question in every.items():
            if Person(role, role).may(name):
                continue
            for answer in ways(visitor, question):
                count(f"changes, {role}", (name, answer), refused(answer))
            right = visitor.ask(question)
            count(f"changes, {role}", (name, right.text), right.status_code == 403 and f"mag {name} niet" in right.text)
        for name, right in over_websocket(visitor, every):
            count(f"websockets, {role}", name, right)
    for origin in (EVIL, "null", "https://localhost", f"http://127.0.0.1:{server.port}"):
        count("websockets, foreign origin", origin, not known["lezer"].opens(origin))
    count("introspection", "", known["lezer"].ask("{ __schema { types { name } } }").status_code == 400)
    for kind, number in counts.items():
        print(f"{number:>6} {kind}")
    print(f"{counts.total():>6} requests, {len(wrong)} obeyed or shown", *wrong[:5])
    yield "nothing is obeyed and nothing shown", not wrong
    named = {line["wat"] for line in server.audit() if line["uitslag"] == "toegestaan"}
    yield f"no change was let through: {named or 0}", not named


def too_large(server: Server, reader: Visitor) -> Iterator[tuple[str, bool]]:
    """Questions that ask too much are refused in a sentence and do not keep the others waiting; the page's own are
    answered (`in_browser`)."""
    slowest = 0.0
    for kind, (question, said) in TOO_MUCH.items():
        start = time.perf_counter()
        answer = reader.ask(question)
        slowest = max(slowest, time.perf_counter() - start)
        yield f"{kind}: {said}", answer.status_code == 400 and said in answer.json()["errors"][0]["message"]
    for number, deep in enumerate(DEEP):
        yield f"what no parser takes ({number})", reader.ask(deep).status_code == 400
    with reader.socket() as page:
        question, said = TOO_MUCH["news"]
        page.send(json.dumps({"id": "1", "type": "start", "payload": {"query": question}}))
        yield "over the websocket", said in json.loads(page.recv(timeout=20))["payload"]["message"]
    yield f"the slowest refusal took {slowest:.2f} s", slowest < 1
    yield "it is written down", [line for line in server.audit() if line["wat"] == "vraag"] != []


def as_before(reader: Visitor, before: Any) -> Iterator[tuple[str, bool]]:
    """Nothing changed that the page shows."""
    yield "the schedule and the runs are as they were", reader.ask(STATE).json() == before


def launched(analyst: Visitor) -> Iterator[tuple[str, bool]]:
    """A run that an analyst launches under another's name says who it was, and that it failed."""
    config = json.dumps({"ops": {"beslis": {"config": {"id": "none", "besluit": "afgewezen", "reden": "proef"}}}})
    selector = '{repositoryLocationName: "pipelines.definitions", repositoryName: "__repository__", jobName: "besluit"}'
    claimed = '{tags: [{key: "user", value: "beheerder"}]}'
    given = f"selector: {selector}, runConfigData: {json.dumps(config)}, executionMetadata: {claimed}"
    asked = f"mutation {{ launchRun(executionParams: {{{given}}}) {{ ... on LaunchRunSuccess {{ run {{ id }} }} }} }}"
    run = analyst.ask(asked).json()["data"]["launchRun"]["run"]["id"]
    question = f'{{ runOrError(runId: "{run}") {{ ... on Run {{ status tags {{ key value }} }} }} }}'
    deadline, told = time.monotonic() + 180, {"status": ""}
    while time.monotonic() < deadline and told["status"] not in ("FAILURE", "SUCCESS"):
        time.sleep(1)
        told = analyst.ask(question).json()["data"]["runOrError"]
    tags = {t["key"]: t["value"] for t in told["tags"]}
    yield f"the run is of who launched it: {tags.get('user')}, {tags.get('obmi/stad')}", tags.get("user") == "analist"
    yield f"and it ended: {told['status']}", told["status"] == "FAILURE"


def alerted(server: Server) -> Iterator[tuple[str, bool]]:
    """A refresh that cannot reach an address with a secret, and tells so to a webhook that is one and is away."""
    command = [sys.executable, "-m", "pipelines.cli", "refresh", "--profile", "live", "--dataset", DATASET]
    with server.log.open("ab") as log:
        code = subprocess.run(command, cwd=ROOT, env=server.env, stdout=log, stderr=log).returncode
    told = (server.home / "meldingen.jsonl").read_text(encoding="utf-8")
    yield f"it ends with {code}, and an alert", code == 20 and "127.0.0.1:9/data" in told


def planted(server: Server) -> Iterator[tuple[str, bool]]:
    """Where a planted secret, a password or a cookie stands that should stand nowhere, when the server has ended: it
    makes and takes away files for as long as it runs."""
    secrets = [PLANTED, "a wrong guess", *(t.format(r) for t in (FIRST, OWN) for r in ROLES)]
    files = [p for p in [server.log, *server.home.rglob("*")] if p.is_file()]
    found = [(s, str(p)) for p in files for s in secrets if s.encode() in p.read_bytes()]
    found += [(s, "an answer") for s in secrets if s.encode() in server.seen]
    print(f"{len(secrets)} secrets looked for in {len(files)} files and {len(server.seen) / 1e6:.0f} MB of answers")
    yield f"no secret anywhere: {found[:5] or 0}", not found


def main() -> int:
    """Serve, ask, guess, look and stop; returns how many went wrong."""
    if not installed("chromium"):
        print("chromium is not on this machine and cannot be installed; install it, and start this again")
        return 1
    wrong: list[str] = []

    def check(part: Callable[..., Iterator[tuple[str, bool]]], *given: Any) -> None:
        start = time.perf_counter()
        for what, right in part(*given):
            print(f"  {'ok' if right else 'WRONG'}: {what}", flush=True)
            wrong.extend([] if right else [what])
        print(f"{part.__name__}: {time.perf_counter() - start:.0f} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="obmi-serve-") as folder:
        work = Path(folder)
        with contextlib.closing(Server(work)) as server:
            known = {role: server.visitor().settle(role) for role in ROLES}
            before = known["lezer"].ask(STATE).json()
            check(over_tls, server, server.visitor().log_in("lezer", OWN.format("lezer")))
            check(sockets, server)
            check(strangers, server, known)
            check(in_browser, server, work / "browser")
            check(too_large, server, known["lezer"])
            check(as_before, known["lezer"], before)
            check(guess, server, known["lezer"])
            check(launched, known["analist"])
            check(alerted, server)
        check(planted, server)
    print(f"wrong: {wrong or 0}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
