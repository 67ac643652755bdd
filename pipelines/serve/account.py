"""One's own account: logging out, another password, sessions elsewhere; and for a beheerder the other people."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pipelines.describe.catalogue import City
from pipelines.serve.cookies import Cookies
from pipelines.serve.entry import WRONG, Entry
from pipelines.serve.forms import STALE, Forms, address_of
from pipelines.serve.guard import ACCOUNT, ENTRY
from pipelines.serve.people import Local, NotSo, People, Session
from pipelines.serve.roles import KEEPER, ROLES
from pipelines.serve.trail import Audit

Does = Callable[[Request, Session, dict[str, str]], Awaitable[Response]]


class Account:
    """The pages of somebody who is logged in."""

    def __init__(
        self, entry: Entry, forms: Forms, people: People, audit: Audit, cookies: Cookies, cities: list[City]
    ) -> None:
        self._entry, self._forms, self._people, self._audit = entry, forms, people, audit
        self._cookies, self._cities = cookies, cities

    def routes(self) -> list[Route]:
        """Its addresses."""
        changes = {
            **{"uit": self._log_out, "wachtwoord": self._new_password},
            **{"sessie": self._end_session, "gebruiker": self._change_person},
        }
        return [
            Route(ACCOUNT, self.show, methods=["GET"]),
            *(Route(f"{ENTRY}/{name}", self._form(does), methods=["POST"]) for name, does in changes.items()),
        ]

    def _form(self, does: Does) -> Callable[[Request], Awaitable[Response]]:
        """What is done with a form of somebody who is logged in."""

        async def with_form(request: Request) -> Response:
            session = request.scope["login"]
            if session is None:
                return RedirectResponse(ENTRY, 303)
            given = await self._forms.read(request)
            return self._account(request, STALE, 400) if given is None else await does(request, session, given)

        return with_form

    async def show(self, request: Request) -> Response:
        """One's own page."""
        return self._account(request) if request.scope["login"] else RedirectResponse(ENTRY, 303)

    async def _log_out(self, request: Request, session: Session, given: dict[str, str]) -> Response:
        self._people.end(session.person.naam, session.sleutel)
        self._audit.tell("afmelden", session.person, address_of(request), "gelukt")
        answer = RedirectResponse(ENTRY, 303, {"clear-site-data": '"cache", "storage"'})
        self._cookies.drop(answer, "sessie")
        return answer

    async def _new_password(self, request: Request, session: Session, given: dict[str, str]) -> Response:
        """For who knows the present one; every other session ends."""
        person, new = session.person, given.get("nieuw", "")
        if not session.lokaal:
            return self._account(request, "Je wachtwoord staat bij je organisatie.", 400)
        known = await self._entry.tried(request, person.naam, given.get("huidig", ""))
        if not isinstance(known, Local):
            said = WRONG if known is None else "Te veel verkeerde wachtwoorden; probeer het over een kwartier opnieuw."
            return self._account(request, said, 401)
        try:
            if new == given.get("huidig"):
                raise NotSo("this is the password that you have", "Dit wachtwoord heb je al; neem een ander.")
            self._people.set_password(person.naam, new, own=True)
        except NotSo as err:
            return self._account(request, err.dutch, 400)
        self._audit.tell("wachtwoord wijzigen", person, address_of(request), "gelukt")
        return self._entry.welcome(request, person, "/")

    async def _end_session(self, request: Request, session: Session, given: dict[str, str]) -> Response:
        self._people.end(session.person.naam, given.get("sleutel", ""))
        self._audit.tell("sessie beëindigen", session.person, address_of(request), "gelukt")
        return self._account(request, "Die sessie is beëindigd.")

    async def _change_person(self, request: Request, session: Session, given: dict[str, str]) -> Response:
        """What a beheerder does to another: add, block, let in again, a new first password."""
        keeper, name = session.person, given.get("naam", "")
        action, address = f"gebruiker {given.get('doe', '')[:20]}", address_of(request)
        if keeper.rol != KEEPER or session.eerste or name == keeper.naam:
            self._audit.tell(action, keeper, address, "geweigerd", over=name[:64])
            return self._account(request, "Dat mag alleen een beheerder, en niet over zichzelf.", 403)
        first = secrets.token_urlsafe(15) if given.get("doe") in ("toevoegen", "wachtwoord") else None
        try:
            self._changed(given.get("doe", ""), name, first or "", given)
        except NotSo as err:
            return self._account(request, err.dutch, 400)
        self._audit.tell(action, keeper, address, "gelukt", over=name)
        return self._account(request, "Gedaan.", shown=(name, first) if first else None)

    def _changed(self, does: str, name: str, first: str, given: dict[str, str]) -> None:
        city = given.get("stad", "")
        if city and city not in {c.stad for c in self._cities}:
            raise NotSo("no such city; choose one of the list", "Die stad is er niet.")
        match does:
            case "toevoegen":
                self._people.add(name, given.get("rol", ""), city, first)
            case "wachtwoord":
                self._people.set_password(name, first, own=False)
            case "blokkeren" | "vrijgeven":
                self._people.change(name, actief=int(does == "vrijgeven"))
            case _:
                raise NotSo("this is nothing that can be done; choose a button", "Kies een knop van de pagina.")

    def _account(
        self, request: Request, said: str = "", status: int = 200, shown: tuple[str, str] | None = None
    ) -> Response:
        session = request.scope["login"]
        person = session.person
        if session.eerste and not said:
            said = "Kies eerst een eigen wachtwoord."
        keeps = person.rol == KEEPER and not session.eerste
        facts = {
            **{"page": "account", "title": "Account", "said": said, "shown": shown, "person": person, "roles": ROLES},
            **{"first": session.eerste, "local": session.lokaal, "own": session.sleutel, "cities": self._cities},
            "sessions": self._people.sessions(person.naam),
            "people": self._people.everybody() if keeps else None,
        }
        return self._forms.page(request, facts, status)
