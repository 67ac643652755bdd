"""Logging in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipelines.serve.attempts import Attempts
from pipelines.serve.cookies import Cookies
from pipelines.serve.forms import STALE, Forms, address_of, moment, own_address
from pipelines.serve.guard import ACCOUNT, ENTRY
from pipelines.serve.people import KNOWN_S, Local, NotSo, People
from pipelines.serve.roles import Person

if TYPE_CHECKING:
    from pipelines.serve.oidc import Provider
from pipelines.serve.trail import Audit

MOST_WAITING = 20  # who wait until a password is checked; one is checked at a time
WRONG = "Deze naam en dit wachtwoord horen niet samen, of het account is geblokkeerd."
LATER = (
    "Te veel verkeerde wachtwoorden. Probeer het opnieuw om {:%H:%M} uur op {:%d/%m}, of vraag een beheerder om een "
    "nieuw wachtwoord; in een browser waarin je al eens aanmeldde, kun je gewoon verder."
)


class Entry:
    """The page to log in, over the people, the counted attempts and the audit log."""

    def __init__(
        self,
        forms: Forms,
        people: People,
        attempts: Attempts,
        audit: Audit,
        cookies: Cookies,
        provider: Provider | None,
    ) -> None:
        self._forms, self._people, self._attempts = forms, people, attempts
        self._audit, self._cookies, self._provider = audit, cookies, provider
        self._hashing, self._waiting = ThreadPoolExecutor(1), 0

    def routes(self) -> list[Route]:
        """Its addresses."""
        own = [Route(ENTRY, self.enter, methods=["GET"]), Route(ENTRY, self.log_in, methods=["POST"])]
        if self._provider is None:
            return own
        to, back = partial(self._elsewhere, self._provider), partial(self._back, self._provider)
        return [*own, Route(f"{ENTRY}/oidc", to, methods=["GET"]), Route(f"{ENTRY}/oidc/terug", back, methods=["GET"])]

    async def _elsewhere(self, provider: Provider, request: Request) -> Response:
        """To the provider of the organisation."""
        try:
            return await provider.ask(request, own_address(request.query_params.get("naar")))
        except NotSo as err:
            return self._not_known(request, err)

    async def _back(self, provider: Provider, request: Request) -> Response:
        """Back from it, with who it is."""
        try:
            person, known_as, to = await provider.answered(request)
        except NotSo as err:
            return self._not_known(request, err)
        return self.welcome(request, person, own_address(to), sub=known_as)

    def _not_known(self, request: Request, err: NotSo) -> Response:
        self._audit.tell("aanmelden", None, address_of(request), "geweigerd", met="oidc", reden=str(err))
        return self.login(request, "/", err.dutch, 403)

    async def enter(self, request: Request) -> Response:
        """The page to log in, or on to where somebody who is wanted to be."""
        to, session = own_address(request.query_params.get("naar")), request.scope["login"]
        return RedirectResponse(ACCOUNT if session.eerste else to, 303) if session else self.login(request, to)

    async def log_in(self, request: Request) -> Response:
        """Take a name and a password."""
        given = await self._forms.read(request)
        to = own_address((given or {}).get("naar"))
        if given is None:
            return self.login(request, to, STALE, 400)
        if self._waiting >= MOST_WAITING:
            return self.login(request, to, "Het is druk. Probeer het over een minuut opnieuw.", 503)
        known = await self.tried(request, given.get("naam", "").strip().lower()[:64], given.get("wachtwoord", ""))
        if isinstance(known, float):
            until = moment(known)
            answer = self.login(request, to, LATER.format(until, until), 429)
            answer.headers["retry-after"] = "900"
            return answer
        return self.login(request, to, WRONG, 401) if known is None else self.welcome(request, known.person, to)

    async def tried(self, request: Request, name: str, password: str) -> Local | float | None:
        """Who it is, the moment before which nothing more is tried, or None: wrong. One at a time, so that attempts at
        once are counted as attempts in a row, and take one processor at most."""
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hashing, self._try, request, name, password)
        finally:
            self._waiting -= 1

    def _try(self, request: Request, name: str, password: str) -> Local | float | None:
        known, address = self._people.find(name), address_of(request)
        token = self._cookies.read(request, "toestel")
        browser = self._people.knows(token, name) if token else None
        counted = f"{name}/{known.gewijzigd if known else 0}"  # a beheerder who changes something starts the count anew
        named = name if known else "onbekend"  # some type their password here
        if (until := self._attempts.wait_until(counted, address, browser)) is not None:
            if self._attempts.noted(address):
                self._audit.tell("aanmelden", None, address, "te vaak", naam=named)
            return until
        found = self._people.checked(name, password)
        if found is None:
            self._attempts.failed(counted, address, browser)
            self._audit.tell("aanmelden", None, address, "verkeerd", naam=named)
        else:
            self._attempts.succeeded(counted, browser)
        return found

    def welcome(self, request: Request, person: Person, to: str, sub: str | None = None) -> Response:
        """Begin a session, of a person whom a provider knows by `sub` or of a local one, and end the one that this
        browser had; a local person's browser is known from now on."""
        address, local = address_of(request), sub is None
        facts = {"met": "wachtwoord"} if local else {"met": "oidc", "sub": sub}
        self._audit.tell("aanmelden", person, address, "gelukt", **facts)
        if before := request.scope["login"]:
            self._people.end(before.person.naam, before.sleutel)
        answer = RedirectResponse(to, 303)
        token = self._people.begin(person, local, address, request.headers.get("user-agent", ""))
        self._cookies.set(answer, "sessie", token)
        self._cookies.drop(answer, "formulier")
        known = self._cookies.read(request, "toestel")
        if local and not (known and self._people.knows(known, person.naam)):
            self._cookies.set(answer, "toestel", self._people.remember(person.naam), KNOWN_S)
        return answer

    def login(self, request: Request, to: str, said: str = "", status: int = 200) -> Response:
        """The page to log in, with what went wrong."""
        facts: dict[str, Any] = {"page": "login", "title": "Aanmelden", "said": said, "naar": to}
        facts["oidc"] = self._provider is not None
        return self._forms.page(request, facts, status)
