"""Who may come in: local people with a hashed password, their sessions, and the browsers in which they did before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.home import Home, Problem
from pipelines.serve.roles import ROLES, Person

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST = 128  # characters of a password
SHORTEST = 12
GUESSABLE = 3  # of zxcvbn's scores 0 to 4, what is enough: more than 10^8 guesses
FIRST_S = 7 * 86400  # how long a password that another chose may be used
KNOWN_S = 180 * 86400  # how long a browser is known
SEEN_S = 60  # a session's last use is written down once a minute
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
TABLES = """
CREATE TABLE IF NOT EXISTS persoon (
    naam TEXT PRIMARY KEY, rol TEXT NOT NULL, stad TEXT NOT NULL, wachtwoord TEXT NOT NULL,
    eerste_tot REAL, actief INTEGER NOT NULL DEFAULT 1, gewijzigd REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sessie (
    sleutel TEXT PRIMARY KEY, naam TEXT NOT NULL, rol TEXT NOT NULL, stad TEXT NOT NULL, lokaal INTEGER NOT NULL,
    adres TEXT NOT NULL, browser TEXT NOT NULL, begonnen REAL NOT NULL, gezien REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS toestel (sleutel TEXT PRIMARY KEY, naam TEXT NOT NULL, tot REAL NOT NULL) STRICT;
"""

PEOPLE = "SELECT naam, rol, stad, eerste_tot, actief, gewijzigd FROM persoon"
SESSIONS = (
    "SELECT sleutel, naam, rol, stad, lokaal, adres, browser, begonnen, gezien, lokaal AND EXISTS "
    "(SELECT 1 FROM persoon WHERE persoon.naam = sessie.naam AND eerste_tot IS NOT NULL) FROM sessie WHERE"
)


class NotSo(Problem):
    """What cannot be done with a person: one sentence with what to do instead, and the same for the page in Dutch."""

    def __init__(self, said: str, dutch: str) -> None:
        super().__init__(said)
        self.dutch = dutch


@dataclass(frozen=True)
class Local:
    """A local person: `eerste_tot` is until when a password may be used that another chose, None for one of their own;
    `gewijzigd` when somebody changed something, and `actief` whether the person may come in."""

    naam: str
    rol: str
    stad: str
    eerste_tot: float | None
    actief: bool
    gewijzigd: float

    @property
    def person(self) -> Person:
        """As who this person asks."""
        return Person(self.naam, self.rol, self.stad)


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in: with a local password or not, from where, since when and until when seen; `eerste`
    where a password of their own must be chosen first."""

    sleutel: str
    person: Person
    lokaal: bool
    adres: str
    browser: str
    begonnen: float
    gezien: float
    eerste: bool


class People:
    """The file of people, sessions and known browsers below the home; nobody but its owner can read it.

    `idle_s` and `most_s` are the seconds after which a session ends unused, and ends anyway.
    """

    def __init__(
        self, home: Home, idle_s: float = 1800, most_s: float = 43200, clock: Callable[[], float] = time.time
    ) -> None:
        self._idle_s, self._most_s, self._clock = idle_s, most_s, clock
        path = private_folder(home) / "toegang.sqlite"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._con = sqlite3.connect(path, check_same_thread=False, timeout=20)
        with self._changing() as con:
            con.executescript(TABLES)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._con:
            yield self._con

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher  # slow, and reading a session needs none

        # OWASP's first choice: 50 ms of one processor
        return PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)

    @cached_property
    def _nobody(self) -> str:
        """A hash that no password has, so that an unknown name takes as long as a known one."""
        return self._hasher.hash(secrets.token_hex())

    def add(self, naam: str, rol: str, stad: str, password: str) -> None:
        """A new person, whose password another chose. Raises NotSo."""
        if not NAME.fullmatch(naam):
            raise NotSo(
                f"{naam[:60]!r} cannot be a name; use 2 to 64 of a-z, 0-9, dot, dash and underscore",
                "Een naam heeft 2 tot 64 tekens: a-z, 0-9, punt, streepje en liggend streepje.",
            )
        if self.find(naam):
            raise NotSo(f"{naam} is there already; change it with obmi users set", f"{naam} is er al.")
        now, hashed = self._clock(), self._hashed(naam, stad, password)
        with self._changing() as con:
            row = (naam, _role(rol), stad, hashed, now + FIRST_S, now)
            con.execute("INSERT INTO persoon VALUES (?, ?, ?, ?, ?, 1, ?)", row)

    def change(self, naam: str, **changed: object) -> None:
        """Another `rol` or `stad`, `actief` or not; ends the sessions, and with another password no browser is known
        any more. Raises NotSo."""
        if "rol" in changed:
            _role(str(changed["rol"]))
        self._known(naam)
        with self._changing() as con:
            for column, value in {**changed, "gewijzigd": self._clock()}.items():
                con.execute(f"UPDATE persoon SET {column} = ? WHERE naam = ?", (value, naam))
            con.execute("DELETE FROM sessie WHERE naam = ? AND lokaal", (naam,))
            if "wachtwoord" in changed:
                con.execute("DELETE FROM toestel WHERE naam = ?", (naam,))

    def remove(self, naam: str) -> None:
        """Forget a person, with sessions and known browsers. Raises NotSo."""
        self._known(naam)
        with self._changing() as con:
            for table in ("persoon", "sessie", "toestel"):
                con.execute(f"DELETE FROM {table} WHERE naam = ?", (naam,))

    def set_password(self, naam: str, password: str, own: bool) -> None:
        """Another password, of their own choice or another's; ends the sessions. Raises NotSo."""
        known = self._known(naam)
        hashed = self._hashed(naam, known.stad, password)
        self.change(naam, wachtwoord=hashed, eerste_tot=None if own else self._clock() + FIRST_S)

    def everybody(self) -> list[Local]:
        """All local people, by name."""
        return [Local(*row) for row in self._rows(f"{PEOPLE} ORDER BY naam")]

    def find(self, naam: str) -> Local | None:
        """One of them, where there is one of this name."""
        found = self._rows(f"{PEOPLE} WHERE naam = ?", naam)
        return Local(*found[0]) if found else None

    def checked(self, naam: str, password: str) -> Local | None:
        """The person, where the password is right; it takes as long where the name is unknown."""
        from argon2.exceptions import VerificationError

        rows = self._rows("SELECT wachtwoord FROM persoon WHERE naam = ?", naam)
        hashed = rows[0][0] if rows else self._nobody
        try:
            self._hasher.verify(hashed, password[: LONGEST + 1])
        except VerificationError:
            return None
        known = self.find(naam)
        over = known is None or (known.eerste_tot is not None and known.eerste_tot < self._clock())
        return known if known and known.actief and not over else None

    def begin(self, person: Person, lokaal: bool, adres: str, browser: str) -> str:
        """Start a session; the secret of its cookie, of which only a hash is kept."""
        token, now = secrets.token_urlsafe(32), self._clock()
        row = (_key(token), person.naam, person.rol, person.stad, int(lokaal), adres, browser[:200], now, now)
        with self._changing() as con:
            con.execute("DELETE FROM sessie WHERE gezien < ? OR begonnen < ?", self._oldest())
            con.execute("INSERT INTO sessie VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return token

    def session(self, token: str) -> Session | None:
        """The session of a cookie, where it has not ended; it counts as used."""
        found = self._rows(f"{SESSIONS} sleutel = ? AND gezien >= ? AND begonnen >= ?", _key(token), *self._oldest())
        if not found:
            return None
        session, now = _session(found[0]), self._clock()
        if now - session.gezien >= SEEN_S:
            with self._changing() as con:
                con.execute("UPDATE sessie SET gezien = ? WHERE sleutel = ?", (now, session.sleutel))
        return session

    def sessions(self, naam: str) -> list[Session]:
        """The sessions of a person that have not ended, the newest first."""
        where = f"{SESSIONS} naam = ? AND gezien >= ? AND begonnen >= ? ORDER BY begonnen DESC"
        return [_session(row) for row in self._rows(where, naam, *self._oldest())]

    def end(self, naam: str, sleutel: str | None = None, but: str = "") -> None:
        """End one session of a person, or all but one."""
        with self._changing() as con:
            if sleutel is not None:
                con.execute("DELETE FROM sessie WHERE naam = ? AND sleutel = ?", (naam, sleutel))
            else:
                con.execute("DELETE FROM sessie WHERE naam = ? AND sleutel <> ?", (naam, but))

    def end_all(self) -> None:
        """End every session, and know no browser any more."""
        with self._changing() as con:
            con.execute("DELETE FROM sessie")
            con.execute("DELETE FROM toestel")

    def remember(self, naam: str) -> str:
        """Know a browser from now on; the secret of its cookie."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._changing() as con:
            con.execute("DELETE FROM toestel WHERE tot < ?", (now,))
            con.execute("INSERT INTO toestel VALUES (?, ?, ?)", (_key(token), naam, now + KNOWN_S))
        return token

    def knows(self, token: str, naam: str) -> str | None:
        """The key of a browser in which this person logged in before."""
        where = "SELECT sleutel FROM toestel WHERE sleutel = ? AND naam = ? AND tot >= ?"
        found = self._rows(where, _key(token), naam, self._clock())
        return found[0][0] if found else None

    def _hashed(self, naam: str, stad: str, password: str) -> str:
        from zxcvbn import zxcvbn

        if not SHORTEST <= len(password) <= LONGEST:
            raise NotSo(
                f"a password has {SHORTEST} to {LONGEST} characters; choose another, such as four or five words",
                f"Een wachtwoord heeft {SHORTEST} tot {LONGEST} tekens; neem er een ander, zoals vier of vijf woorden.",
            )
        known = [word for word in (naam, *re.split(r"\W|_", naam), stad, "obmi", "dagster") if word]
        if zxcvbn(password[:72], user_inputs=known)["score"] < GUESSABLE:
            raise NotSo(
                "this password is easily guessed; choose another, such as four or five words",
                "Dit wachtwoord is snel geraden; neem er een ander, zoals vier of vijf woorden.",
            )
        return self._hasher.hash(password)

    def _known(self, naam: str) -> Local:
        if (found := self.find(naam)) is None:
            raise NotSo(f"nobody is named {naam[:60]!r}; obmi users shows everybody", "Die naam is er niet.")
        return found

    def _oldest(self) -> tuple[float, float]:
        now = self._clock()
        return now - self._idle_s, now - self._most_s

    def _rows(self, sql: str, *given: object) -> list[tuple]:
        with self._lock:
            return self._con.execute(sql, given).fetchall()


def private_folder(home: Home) -> Path:
    """Where the server keeps people and what they did; its group cannot look in it."""
    folder = home.root / "toegang"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def _session(row: tuple) -> Session:
    sleutel, naam, rol, stad, lokaal, *rest, eerste = row
    return Session(sleutel, Person(naam, rol, stad), bool(lokaal), *rest, bool(eerste))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _role(rol: str) -> str:
    if rol not in ROLES:
        raise NotSo(f"{rol[:60]!r} is no role; choose from {', '.join(ROLES)}", "Die rol is er niet.")
    return rol
