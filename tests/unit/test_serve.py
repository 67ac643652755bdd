"""Who gets past the login: a real server on this machine, and behind it a page that counts."""

from __future__ import annotations

import re
import stat
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.cli import main
from pipelines.config import ConfigError, Serve
from pipelines.describe.specfile import ROOT
from pipelines.home import Home
from pipelines.serve import attempts, guard
from pipelines.serve.front import addresses, checked
from pipelines.serve.people import FIRST_S, NotSo, People
from pipelines.serve.roles import CHANGES, NEVER, ROLES, Person
from pipelines.serve.trail import TOLD, Audit
from tests.proof.ui import EVIL
from tests.unit.guarded import Guarded, quick
from tests.visitors import FIRST, OWN, Visitor, listening

QUESTION = "query { version }"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    served = Guarded(tmp_path_factory.mktemp("home"))
    with listening(served.server):
        yield served


@pytest.fixture
def at(running: Guarded) -> Iterator[Guarded]:
    """The server, at which no password failed yet."""
    running.reached.clear()
    yield running
    running.attempts.__init__()


@pytest.fixture(scope="module")
def reader(running: Guarded) -> Visitor:
    return Visitor(running.base).settle("lezer")


@pytest.fixture(scope="module")
def keeper(running: Guarded) -> Visitor:
    return Visitor(running.base).settle("beheerder")


def strangers(at: Guarded, known: Visitor) -> list[Visitor]:
    """Browsers that nobody let in: without a cookie, with an invented one, a cut one, one of another name."""
    token = known.cookies["obmi-sessie"]
    wrong = ("", "x", token[:-1], token.swapcase(), f"{token}x", "' OR 1=1 --", "a" * 4000)
    values = [("obmi-sessie", value) for value in wrong]
    values += [(name, token) for name in ("__Host-obmi-sessie", "obmi-toestel", "session")]
    return [Visitor(at.base), *(known.stolen(*v) for v in values)]


def test_nobody_gets_in_without_a_session(at: Guarded, reader: Visitor) -> None:
    for visitor in strangers(at, reader):
        paths = (
            "/",
            "/runs",
            "/_next/static/x.js",
            "/logs/a/b.out",
            "/download_debug/x",
            "/%74oegang/../runs",
            "//runs",
        )
        assert {visitor.client.get(path).status_code for path in paths} <= {303, 401, 404}
        assert visitor.client.get("/runs", headers={"Accept": "*/*"}).status_code == 401
        assert visitor.ask(QUESTION).status_code == 401
        assert not visitor.opens()
        for path in ("/toegang/account", "/toegang/uit", "/toegang/gebruiker"):
            assert "beheerder" not in visitor.client.get(path).text
            assert visitor.client.post(path, data={"doe": "blokkeren", "naam": "lezer"}).status_code in (303, 405)
    assert at.reached == []
    assert Visitor(at.base).client.get("/health", headers={"Host": "anything"}).text == "ok\n"
    assert Visitor(at.base).client.get("/runs?a=b").headers["location"] == "/toegang?naar=%2Fruns%3Fa%3Db"


def test_another_page_gets_nothing_of_who_is_logged_in(at: Guarded, reader: Visitor) -> None:
    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert reader.ask(QUESTION, **headers).status_code == 403
        assert reader.client.get("/runs", headers={**headers, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
        for path in ("/toegang", "/toegang/uit", "/toegang/wachtwoord"):
            assert reader.client.post(path, data={}, headers=headers).status_code == 403
    assert reader.client.get("/graphql", params={"query": QUESTION}).status_code == 403
    assert reader.client.post("/report_asset_materialization/x", json={}).status_code == 403
    assert not reader.opens(EVIL)
    assert at.reached == []


def test_the_page_is_there_for_who_logged_in(at: Guarded, reader: Visitor) -> None:
    answer = reader.client.get("/runs")
    assert (answer.text, reader.ask(QUESTION).status_code) == ("secret figures", 200)
    assert at.reached == [("lezer", "GET"), ("lezer", "POST")]
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    with reader.socket() as opened:
        opened.send("a")
        assert opened.recv(timeout=5) == "a"


def test_a_question_has_a_length(at: Guarded, reader: Visitor) -> None:
    headers = {"Content-Type": "application/json"}
    assert reader.client.post("/graphql", content=iter([b"{}"]), headers=headers).status_code == 413
    assert reader.client.post("/graphql", content=b" " * 1_000_001, headers=headers).status_code == 413
    assert at.reached == []


def test_a_first_password_opens_nothing_but_a_new_one(at: Guarded) -> None:
    at.people.add("nieuw", "beheerder", "", FIRST.format("nieuw"))
    visitor = Visitor(at.base)
    assert visitor.log_in("nieuw", FIRST.format("nieuw")).status_code == 303
    assert visitor.client.get("/runs").headers["location"] == "/toegang/account"
    assert visitor.client.get("/toegang").headers["location"] == "/toegang/account"
    assert visitor.ask(QUESTION).status_code == 401
    assert not visitor.opens()
    added = visitor.form("/toegang/account", "/toegang/gebruiker", doe="toevoegen", naam="vriend", rol="beheerder")
    assert (added.status_code, at.people.find("vriend")) == (403, None)
    for wrong, said in ((FIRST.format("nieuw"), "heb je al"), ("kort", "12 tot 128"), ("nieuw1234567", "geraden")):
        told = {"huidig": FIRST.format("nieuw"), "nieuw": wrong}
        assert said in visitor.form("/toegang/account", "/toegang/wachtwoord", **told).text
    assert at.reached == []


class Clock:
    """People of a home of their own, and a clock that a test turns."""

    def __init__(self, folder: Path) -> None:
        self.now = time.time()
        self.people = quick(People(Home(folder), 1800, 43200, lambda: self.now))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


def test_a_first_password_ends_after_seven_days(clock: Clock) -> None:
    clock.people.add("laat", "lezer", "", FIRST.format("laat"))
    assert clock.people.checked("laat", FIRST.format("laat")).naam == "laat"
    clock.now += FIRST_S + 1
    assert clock.people.checked("laat", FIRST.format("laat")) is None
    clock.people.set_password("laat", OWN.format("laat"), own=True)
    clock.now += 10 * FIRST_S
    assert clock.people.checked("laat", OWN.format("laat")).naam == "laat", "an own one does not"


def test_a_session_ends_unused_and_ends_anyway(clock: Clock) -> None:
    person = Person("lezer", "lezer")
    token = clock.people.begin(person, True, "", "")
    clock.now += 1790
    assert clock.people.session(token).person == person
    clock.now += 1810
    assert clock.people.session(token) is None
    token, found = clock.people.begin(person, True, "", ""), []
    for _ in range(30):
        clock.now += 1500
        found.append(clock.people.session(token) is not None)
    assert found == [True] * 28 + [False] * 2, "twelve hours"


def test_logging_out_ends_the_session_and_its_websocket(at: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "AGAIN_S", 0)
    at.people.set_password("analist", FIRST.format("analist"), own=True)
    visitor = Visitor(at.base)
    assert visitor.log_in("analist", FIRST.format("analist"), "/jobs?x=1").headers["location"] == "/jobs?x=1"
    thief = visitor.stolen("obmi-sessie", visitor.cookies["obmi-sessie"])
    assert thief.client.get("/runs").status_code == 200
    with visitor.socket() as opened:
        opened.send("a")
        assert opened.recv(timeout=5) == "a"
        assert visitor.form("/toegang/account", "/toegang/uit").status_code == 303
        at.reached.clear()
        opened.send("b")
        with pytest.raises(Exception, match=r"4401|no close frame"):
            opened.recv(timeout=5)
    assert at.reached == [("analist", "closed")]
    assert thief.client.get("/runs").status_code == 303


@pytest.mark.parametrize("change", [{"actief": 0}, {"rol": "lezer"}, {"stad": "genk"}])
def test_whoever_is_changed_logs_in_again(at: Guarded, change: dict[str, Any]) -> None:
    token = at.people.begin(Person("beheerder", "beheerder"), True, "", "")
    before = at.people.find("beheerder")
    try:
        at.people.change("beheerder", **change)
        assert at.people.session(token) is None
    finally:
        at.people.change("beheerder", rol="beheerder", stad=before.stad, actief=1)


def test_a_beheerder_logs_somebody_out_who_came_by_the_provider(at: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "bo@stad.example"
    tokens = [at.people.begin(Person(name, "lezer"), False, "", "") for _ in range(2)]
    monkeypatch.setenv("OBMI_HOME", str(at.folder.parent))
    assert main(["users", "out", name]) == 0
    assert [at.people.session(token) for token in tokens] == [None, None]


def test_a_form_of_another_browser_is_not_taken(at: Guarded, reader: Visitor) -> None:
    other = Visitor(at.base)
    token = {"token": "0" * 64, "naam": "lezer", "wachtwoord": OWN.format("lezer")}
    assert other.client.post("/toegang", data=token).status_code == 400
    assert reader.client.post("/toegang/uit", data={"token": "0" * 64}).status_code == 400
    assert reader.client.post("/toegang/uit", content=b"a" * 20_000).status_code == 403
    assert reader.client.get("/runs").status_code == 200


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/toegang/uit", ""]
)
def test_nobody_is_sent_elsewhere(at: Guarded, reader: Visitor, to: str) -> None:
    assert reader.client.get("/toegang", params={"naar": to}).headers["location"] == "/"


def test_wrong_passwords_lock_out_who_guesses_and_not_the_owner(at: Guarded, reader: Visitor) -> None:
    tried: list[str] = []
    checked_before = at.people.checked
    at.people.checked = lambda name, password: tried.append(password) or checked_before(name, password)
    try:
        guesser, found = Visitor(at.base, "127.0.0.2"), []
        for number in range(60):
            found.append(guesser.log_in("lezer" if number % 2 else f"onbekend{number}", f"guess {number}").status_code)
        assert set(found) == {401, 429}
        assert len(tried) == attempts.PER_ADDRESS.amount
        elsewhere = Visitor(at.base, "127.0.0.3")
        assert elsewhere.log_in("lezer", OWN.format("lezer")).status_code == 429
        said = elsewhere.log_in("lezer", OWN.format("lezer"))
        assert "vraag een beheerder" in said.text
        assert said.headers["retry-after"]
        assert reader.client.get("/runs").status_code == 200, "who is logged in goes on"
        known = Visitor(at.base, "127.0.0.2").stolen("obmi-toestel", reader.cookies["obmi-toestel"])
        assert known.log_in("lezer", OWN.format("lezer")).status_code == 303, "in a browser that is known"
        at.people.change("lezer", actief=1)
        assert elsewhere.log_in("lezer", OWN.format("lezer")).status_code == 303, "let in again by a beheerder"
    finally:
        at.people.checked = checked_before


def test_a_browser_that_is_known_for_one_name_is_not_for_another(at: Guarded, reader: Visitor) -> None:
    guesser = Visitor(at.base, "127.0.0.5")
    assert [guesser.log_in("beheerder", f"guess {n}").status_code for n in range(11)] == [401] * 10 + [429]
    other = Visitor(at.base).stolen("obmi-toestel", reader.cookies["obmi-toestel"])
    assert other.log_in("beheerder", "guess").status_code == 429


def test_logging_in_again_ends_the_session_of_before(at: Guarded) -> None:
    at.people.add("twee", "lezer", "", FIRST.format("twee"))
    visitor = Visitor(at.base).settle("twee")
    before = visitor.cookies["obmi-sessie"]
    told = {"naam": "twee", "wachtwoord": OWN.format("twee"), "naar": "/"}
    assert visitor.form("/toegang/account", "/toegang", **told).status_code == 303
    assert visitor.cookies["obmi-sessie"] != before
    assert visitor.client.get("/runs").status_code == 200
    assert visitor.stolen("obmi-sessie", before).client.get("/runs").status_code == 303


def test_who_is_logged_in_asks_so_many_questions_a_minute(
    at: Guarded, reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.log_in("lezer", OWN.format("lezer"))
    monkeypatch.setattr(attempts, "QUESTIONS", type(attempts.QUESTIONS)(3))
    assert [reader.ask(QUESTION).status_code for _ in range(5)] == [200, 200, 200, 429, 429]


def test_a_locked_name_looks_like_an_unknown_one(at: Guarded) -> None:
    said = []
    for name in ("beheerder", "niemand"):
        visitor = Visitor(at.base, "127.0.0.4")
        answers = [visitor.log_in(name, f"guess {n}") for n in range(12)]
        said.append([(a.status_code, a.text.count("wachtwoord")) for a in answers])
    assert said[0] == said[1]


def test_a_beheerder_manages_people_and_nobody_else_does(at: Guarded, reader: Visitor, keeper: Visitor) -> None:
    reader.log_in("lezer", OWN.format("lezer"))
    keeper.log_in("beheerder", OWN.format("beheerder"))
    page, to = "/toegang/account", "/toegang/gebruiker"
    assert reader.form(page, to, doe="toevoegen", naam="nieuwe", rol="beheerder").status_code == 403
    assert at.people.find("nieuwe") is None
    made = keeper.form(page, to, doe="toevoegen", naam="nieuwe", rol="analist", stad="genk")
    first = made.text.split("<code>")[1].split("<")[0]
    assert Visitor(at.base).log_in("nieuwe", first).status_code == 303
    assert "<code>" not in keeper.client.get(page).text, "a first password is shown once"
    assert keeper.form(page, to, doe="blokkeren", naam="nieuwe").status_code == 200
    assert Visitor(at.base).log_in("nieuwe", first).status_code == 401
    for wrong in ({"naam": "<b>"}, {"naam": "x1", "rol": "god"}, {"naam": "x1", "rol": "lezer", "stad": "parijs"}):
        assert keeper.form(page, to, doe="toevoegen", **wrong).status_code == 400
    assert keeper.form(page, to, doe="blokkeren", naam="beheerder").status_code == 403, "not oneself"


def test_the_audit_log_says_who_did_what_and_no_secret(at: Guarded, reader: Visitor) -> None:
    text = (at.folder / TOLD).read_text(encoding="utf-8")
    told = {(line["wie"], line["wat"], line["uitslag"]) for line in at.told()}
    assert {("lezer", "aanmelden", "gelukt"), (None, "aanmelden", "verkeerd"), (None, "aanmelden", "te vaak")} <= told
    assert {("analist", "afmelden", "gelukt"), (None, "POST /graphql", "geweigerd")} <= told
    for secret in (*reader.cookies.values(), "woorden samen", "eigen zin", "guess", "onbekend1"):
        assert secret not in text
    kept = (at.folder / "toegang.sqlite").read_bytes().decode("latin-1")
    assert not [c for c in reader.cookies.values() if c in kept], "a session is kept as a hash"
    assert stat.S_IMODE(at.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((at.folder / "toegang.sqlite").stat().st_mode) == 0o600


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit._handler.stream.close()
    with pytest.raises(ValueError, match="closed file"):
        audit.tell("wipeAssets", Person("a", "beheerder"), "", "toegestaan")


def test_every_change_of_the_page_has_a_role_and_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's own schema: a change that a new version brings is in the difference, and nobody may do it."""
    from pipelines.serve import page

    obeyed: list[tuple[str, Any]] = []
    schema, told = page.create_schema(), []
    for name, field in schema.graphql_schema.mutation_type.fields.items():
        field.resolve = lambda root, info, name=name, **given: obeyed.append((name, given)) or name
    monkeypatch.setattr(page, "create_schema", lambda: schema)
    made = page.Page(None, 0, lambda *a, **k: told.append((a[0], a[3])))
    changes = made._graphene_schema.graphql_schema.mutation_type.fields
    known = set().union(*CHANGES.values())
    assert known | NEVER == set(changes)
    assert not known & NEVER
    counts = {}
    for role in ROLES:
        person = Person("an", role)
        info = SimpleNamespace(context=SimpleNamespace(person=person, source=None))
        for name, change in changes.items():
            if person.may(name):
                assert change.resolve(None, info) == name
            else:
                with pytest.raises(page.NotAllowed, match=name):
                    change.resolve(None, info)
        counts[role] = len(obeyed)
        obeyed.clear()
    assert counts == {"lezer": 0, "analist": len(CHANGES["analist"]), "beheerder": len(known)}
    assert len(told) == 3 * len(changes), "each is written down first"


def test_a_run_says_who_launched_it_whatever_is_claimed() -> None:
    from pipelines.serve.page import about, tagged

    claimed = [{"key": "user", "value": "an other"}, {"key": "dagster/partition", "value": "gent"}]
    given: dict[str, Any] = {
        "executionParams": {"selector": {"jobName": "verversing"}, "executionMetadata": {"tags": list(claimed)}},
        "executionParamsList": [{"selector": {"assetSelection": [{"path": ["landing", "x"]}]}}],
        "reexecutionParams": {"parentRunId": "r", "extraTags": list(claimed)},
    }
    tagged(given, {"user": "an"})
    runs = [given["executionParams"]["executionMetadata"]["tags"], given["reexecutionParams"]["extraTags"]]
    runs.append(given["executionParamsList"][0]["executionMetadata"]["tags"])
    assert [[t["value"] for t in tags if t["key"] == "user"] for tags in runs] == [["an"]] * 3
    given["executionParams"]["runConfigData"] = {"jobName": {"password": "hidden"}}
    assert {"jobName=verversing", "path=landing/x", "parentRunId=r"} <= set(about(given))
    assert "hidden" not in str(list(about(given)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "where others can listen in"),
        ({"host": "192.0.2.1", "names": ["obmi.example"]}, "where others can listen in"),
        ({"certificate": "a.pem"}, "go together"),
        ({"certificate": "a.pem", "key": "b.pem"}, "does not exist"),
        ({"host": "::", "certificate": __file__, "key": __file__}, "serve.names is empty"),
    ],
)
def test_what_is_not_safe_is_not_served(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked(Serve(**settings))


def test_where_the_page_is_found() -> None:
    checked(safe := Serve(host="0.0.0.0", port=443, names=["obmi.example"], certificate=__file__, key=__file__))
    assert addresses(safe) == ["https://obmi.example"]
    assert addresses(Serve()) == ["http://127.0.0.1:3000", "http://localhost:3000"]


def test_a_name_and_a_password_that_are_too_easy_are_refused(at: Guarded) -> None:
    for name, password in (("A B", "x" * 12), ("ok.naam", "password1234"), ("ok.naam", "ok.naam2026!"), ("lezer", "x")):
        with pytest.raises(NotSo):
            at.people.add(name, "lezer", "", password)
    with pytest.raises(NotSo, match="no role"):
        at.people.add("ok.naam", "god", "", FIRST.format("x"))


# The requirements of levels 1 and 2 per chapter of ASVS 5.0.0.
ASVS = {1: 27, 2: 11, 3: 19, 4: 10, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 12: 9, 16: 16}


def test_the_page_on_asvs_answers_every_requirement_and_counts_right() -> None:
    page = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| V")]
    answers = {number: row[2] for row in rows for number in re.findall(r"V[\d.]+", row[0])}
    assert len(answers) == sum(len(re.findall(r"V[\d.]+", row[0])) for row in rows), "none twice"
    assert Counter(int(n[1:].split(".")[0]) for n in answers) == ASVS
    found = Counter(answers.values())
    told = "Of the {} requirements {} are met, {} partly and {} not; {} do not apply."
    counted = (found[answer] for answer in ("met", "partly", "not met", "does not apply"))
    assert told.format(len(answers), *counted) in page
    assert all(row[3].strip() for row in rows if row[2] in ("partly", "not met"))


def test_the_unit_and_the_container_start_what_there_is() -> None:
    unit = (ROOT / "docs" / "server" / "obmi.service").read_text(encoding="utf-8")
    container = (ROOT / "docs" / "server" / "Containerfile").read_text(encoding="utf-8")
    started = re.findall(r"python -m (\S+)$", unit, re.M) + re.findall(r'"-m", "(\S+)"', container)
    assert started == ["pipelines.serve"] * 2
    assert (ROOT / "pipelines" / "serve" / "__main__.py").exists()
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"OBMI_[A-Z_]+", unit + container))
    assert {n for n in named if f"`{n}`" not in settings} == set()
    written, home = (re.search(rf"{key}=(\S+)$", unit, re.M)[1] for key in ("ReadWritePaths", "OBMI_HOME"))
    assert written == home
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for needed in ("--require-hashes --no-deps -r requirements.lock", "--no-deps --no-build-isolation -e ."):
        assert needed in container
        assert needed in makefile
