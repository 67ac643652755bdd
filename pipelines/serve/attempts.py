"""How often a password may be tried: per name, per address and in all, before anything is computed of it."""

from __future__ import annotations

import ipaddress

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

QUARTER = 15
PER_NAME = RateLimitItemPerMinute(10, QUARTER)
PER_NAME_A_DAY = RateLimitItemPerDay(50)
PER_ADDRESS = RateLimitItemPerMinute(20, QUARTER)
IN_ALL = RateLimitItemPerMinute(30)  # a few seconds of one processor, whatever the number of names and addresses
QUESTIONS = RateLimitItemPerMinute(1200)  # of one session; the page asks some tens a minute
NOTED = RateLimitItemPerMinute(20)  # lines of the audit log on what is refused of one address


class Attempts:
    """Counts what failed. A browser in which the owner of a name logged in before is counted by itself, so that nobody
    else can lock the owner out of it."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def wait_until(self, name: str, address: str, browser: str | None) -> float | None:
        """The moment before which this attempt is not taken; None when it is."""
        full = [self._ends(item, *key) for item, key in _counted(name, address, browser) if not self._free(item, key)]
        return max(full, default=None)

    def failed(self, name: str, address: str, browser: str | None) -> None:
        """Count a wrong password."""
        for item, key in _counted(name, address, browser):
            self._limiter.hit(item, *key)

    def succeeded(self, name: str, browser: str | None) -> None:
        """Forget what failed for this name, so that mistakes of months do not add up."""
        for item, key in _counted(name, "", browser):
            if key[0] in ("name", "browser"):
                self._limiter.clear(item, *key)

    def questions(self, session: str) -> bool:
        """Whether a session may ask one more question."""
        return self._limiter.hit(QUESTIONS, "questions", session)

    def noted(self, address: str) -> bool:
        """Whether a refusal is still written down, so that nobody fills the audit log."""
        return self._limiter.hit(NOTED, "noted", network(address))

    def _free(self, item: RateLimitItem, key: tuple[str, str]) -> bool:
        return self._limiter.test(item, *key)

    def _ends(self, item: RateLimitItem, *key: str) -> float:
        return self._limiter.get_window_stats(item, *key).reset_time


def network(address: str) -> str:
    """What one party has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _counted(name: str, address: str, browser: str | None) -> list[tuple[RateLimitItem, tuple[str, str]]]:
    if browser:
        return [(PER_NAME, ("browser", browser))]
    own = [(item, ("name", name)) for item in (PER_NAME, PER_NAME_A_DAY)]
    return [*own, (PER_ADDRESS, ("address", network(address))), (IN_ALL, ("all", ""))]
