"""Logging in with the account of an organisation: a real provider on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread

from pipelines.config import ConfigError, Oidc
from pipelines.serve.oidc import Provider
from tests.proof.ui import free_port
from tests.unit.guarded import Guarded
from tests.visitors import Visitor, listening

SETTINGS = {"client_id": "obmi", "scope": "openid profile", "role": "groups", "city": "locality"}
ROLES = {"obmi-lezers": "lezer", "obmi-beheer": "beheerder"}
USERS = {
    "u1": {"preferred_username": "an", "groups": ["iets", "obmi-lezers", "obmi-beheer"], "locality": "Gent"},
    "u2": {"preferred_username": "bo@stad.example", "groups": "obmi-lezers", "locality": None},
    "u3": {"preferred_username": "cis", "groups": ["iets"]},
    "u4": {"groups": ["obmi-lezers"]},
    "u5": {"preferred_username": "dirk", "groups": ["obmi-lezers"], "locality": "parijs"},
    "u6": {"preferred_username": "<script>", "groups": ["obmi-lezers"]},
}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    users = [User(sub=sub, claims=claims) for sub, claims in USERS.items()]
    with run_server_in_thread(user_claims=users, require_nonce=True) as there:
        settings = Oidc(issuer=f"http://localhost:{there.server_port}", roles=ROLES, **SETTINGS)
        port = free_port()
        provider = Provider(settings, "secret", f"http://127.0.0.1:{port}", {"gent"}, loopback=True)
        served = Guarded(tmp_path_factory.mktemp("home"), provider, port)
        with listening(served.server):
            yield served


def sent(visitor: Visitor, to: str = "/jobs") -> str:
    """The address of the provider that somebody is sent to."""
    answer = visitor.client.get("/toegang/oidc", params={"naar": to})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def back(there: str, sub: str) -> str:
    """The address that somebody comes back to, who is `sub` there."""
    return httpx2.post(there, data={"sub": sub}).headers["location"]


def test_who_the_organisation_knows_gets_the_role_and_city_that_it_says(at: Guarded) -> None:
    visitor = Visitor(at.base)
    assert "/toegang/oidc?naar=/runs" in visitor.client.get("/toegang?naar=/runs").text
    there = sent(visitor)
    asked = parse_qs(urlsplit(there).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    answer = visitor.client.get(
        back(there, "u1"), headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert visitor.client.get("/runs").text == "secret figures"
    page = visitor.client.get("/toegang/account").text
    assert "an@localhost · beheerder · gent" in page
    assert "Huidig wachtwoord" not in page
    assert "obmi-oidc" not in visitor.cookies
    told = [line for line in at.told() if line.get("met") == "oidc"][-1]
    assert (told["wie"], told["sub"], told["uitslag"]) == ("an@localhost", "u1", "gelukt")
    other = Visitor(at.base)
    assert other.client.get(back(sent(other), "u2")).status_code == 303
    assert "bo@stad.example · lezer<" in other.client.get("/toegang/account").text


@pytest.mark.parametrize("sub", ["u3", "u4", "u5", "u6"])
def test_who_has_no_role_name_or_city_here_is_not_let_in(at: Guarded, sub: str) -> None:
    visitor = Visitor(at.base)
    answer = visitor.client.get(back(sent(visitor), sub))
    assert (answer.status_code, "Je organisatie geeft" in answer.text) == (403, True)
    assert visitor.client.get("/runs").status_code == 303


def test_an_answer_of_another_question_is_not_taken(at: Guarded) -> None:
    visitor, at_once = Visitor(at.base), Visitor(at.base)
    mine, other = back(sent(visitor), "u1"), back(sent(at_once), "u1")
    code, state = (parse_qs(urlsplit(a).query) for a in (other, mine))
    swapped = f"/toegang/oidc/terug?code={code['code'][0]}&state={state['state'][0]}"
    for address in (other, swapped, f"{mine[:-3]}xyz", "/toegang/oidc/terug", "/toegang/oidc/terug?error=<b>&state=x"):
        answer = visitor.client.get(address)
        assert answer.status_code == 403, address
        assert "<b>" not in answer.text
    assert Visitor(at.base).client.get(mine).status_code == 403, "a browser that asked nothing"
    assert visitor.client.get("/runs").status_code == 303
    done = back(sent(visitor), "u1")
    assert [visitor.client.get(done).status_code for _ in range(2)] == [303, 403], "once"
    text = (at.folder / "audit.jsonl").read_text(encoding="utf-8")
    assert code["code"][0] not in text


def test_a_provider_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    port = free_port()
    settings = Oidc(issuer=f"http://127.0.0.1:{free_port()}", roles=ROLES, **SETTINGS)
    served = Guarded(tmp_path, Provider(settings, "secret", f"http://127.0.0.1:{port}", set(), loopback=True), port)
    with listening(served.server):
        answer = Visitor(served.base).client.get("/toegang/oidc")
        assert (answer.status_code, "niet gelukt" in answer.text) == (403, True)


@pytest.mark.parametrize("wrong", [{"issuer": "http://id.example"}, {"client_id": ""}, {"roles": {}}, {"secret": ""}])
def test_a_provider_that_cannot_be_trusted_is_refused(wrong: dict[str, object]) -> None:
    told = {"issuer": "https://id.example", "roles": ROLES, "secret": "s", **SETTINGS, **wrong}
    secret = str(told.pop("secret"))
    with pytest.raises(ConfigError, match="oidc needs issuer"):
        Provider(Oidc(**told), secret, "https://obmi.example", set(), loopback=False)
