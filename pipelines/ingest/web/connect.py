"""Connect to allowed, public addresses only, by the very ip addresses that were checked."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from logging import ERROR, getLogger
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

HEADERS = {
    "User-Agent": "obmi/0.2 (stad in cijfers)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

ASK = "ask the publisher"
# What a browser, too, lets a page send anywhere: no key travels in these.
HARMLESS = frozenset({"accept", "accept-language", "content-type"})
PER_HOST = 2
BROKEN = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
# Outside 2000::/3, and in the 6to4 and Teredo tunnels, an IPv6 address may hide a private IPv4 one.
_IPV6_PUBLIC = ipaddress.ip_network("2000::/3")
_IPV6_TUNNELS = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("2002::/16"))

_SLOTS: dict[str, threading.BoundedSemaphore] = {}

# urllib3 logs whole addresses, keys included, on debug level and when headers are malformed.
getLogger("urllib3").setLevel(ERROR)


@dataclass(frozen=True)
class HttpSettings:
    """Limits of one fetch: exact host names, seconds, bytes, and decompressed over compressed size."""

    allowed_hosts: frozenset[str]
    allow_loopback: bool = False
    connect_timeout_s: float = 10
    read_timeout_s: float = 30
    deadline_s: float = 600
    max_bytes: int = 2_000_000_000
    max_expansion: int = 200
    attempts: int = 5
    retry_after_max_s: float = 120
    backoff_s: float = 1.0


class FetchError(Exception):
    """One sentence: what went wrong, at which address (without secrets), and what to do.

    `status` is the HTTP status where that was the reason.
    """

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Unreachable(FetchError):
    """Every attempt ended without an answer: the host is not known, refuses, or breaks off."""


class Slow(Unreachable):
    """No attempt was answered, or answered whole, in time."""


class NotFound(FetchError):
    """The address answers that nothing lies there (404): not published yet, or moved."""


class EmptyAnswer(FetchError):
    """An answer as described that holds no row."""


class OtherShape(FetchError):
    """An answer that is not written as the protocol or the source says."""


class UnknownCodes(FetchError):
    """The address answers, and knows none of the codes that are asked."""


class Transient(Exception):
    """A failure worth another attempt; `wait_s` are the seconds the server asked to wait, or None.

    Its text and repr do not hold the address, which may have a key in it.
    """

    def __init__(
        self,
        what: str,
        url: str,
        wait_s: float | None = None,
        status: int | None = None,
        advice: str = "try again later",
        late: bool = False,
    ) -> None:
        super().__init__(what)
        self.what, self.url, self.wait_s, self.status, self.advice = what, url, wait_s, status, advice
        self.late = late


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; a key for one origin is not for another. Raises ValueError."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def safe_url(url: str) -> str:
    """Return the address without query, fragment and userinfo, fit for messages and logs."""
    try:
        scheme, netloc, path, _, _ = urlsplit(url)
    except ValueError:
        return "unreadable address"
    # Without `//` what looks like a path may hold a password.
    text = f"{scheme}://{netloc.rpartition('@')[2]}{path if netloc else '...'}"
    return "".join(c if c.isprintable() else "?" for c in text)[:300]


def fetch_error(
    what: str, url: str, advice: str, kind: type[FetchError] = FetchError, status: int | None = None
) -> FetchError:
    return kind(f"{what} ({safe_url(url)}): {advice}.", status)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and (ip not in _IPV6_PUBLIC or any(ip in tunnel for tunnel in _IPV6_TUNNELS)):
        return False
    return ip.is_global and not ip.is_multicast


class Hop(NamedTuple):
    """A checked address, and the only ip addresses to connect to."""

    request: requests.PreparedRequest
    port: int
    addresses: list[str]
    loopback: bool


@dataclass(frozen=True)
class Connector:
    """Opens the connections of one fetch of `url`, until `end` on the monotonic clock.

    `outer` is the exception that the caller was already handling: it is not a cause of ours. The headers
    `sent` may hold a key, and stay with the origin of `url`.
    """

    settings: HttpSettings
    url: str = field(repr=False)
    end: float
    outer: BaseException | None
    sent: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    def left_s(self) -> float:
        """Seconds until the deadline; never 0, which a socket takes for non-blocking."""
        return max(self.end - time.monotonic(), 0.001)

    def check(self, url: str, previous: Hop | None, conditions: dict[str, str]) -> Hop:
        """Look up the name once; raise FetchError unless all that it stands for may be connected to."""
        settings, method = self.settings, "GET" if self.body is None else "POST"
        try:
            url = urljoin(previous.request.url if previous else "", url).partition("#")[0]
            target = requests.Request(method, url).prepare().url
            own = origin(target) == origin(requests.Request(method, self.url).prepare().url)
            along = {name: value for name, value in self.sent.items() if own or name.lower() in HARMLESS}
            headers = HEADERS | conditions | along
            request = requests.Request(method, url, headers=headers, data=self.body).prepare()
            parts, (_, host, port) = urlsplit(request.url), origin(request.url)
        except ValueError:
            request = None
        if not request:
            raise fetch_error("malformed address, header or etag", url, "correct the source spec or the key")
        secure = parts.scheme == "https"
        if not secure and not (parts.scheme == "http" and settings.allow_loopback):
            raise fetch_error(f"scheme {parts.scheme!r} is not allowed", url, "use an https address")
        if previous and previous.request.url.startswith("https:") and not secure:
            raise fetch_error("redirect from https to plain http", url, "ask the publisher for an https address")
        if "@" in parts.netloc:
            raise fetch_error("user name or password in the address", url, "take it out")
        if host not in settings.allowed_hosts:
            raise fetch_error(f"host {host!r} is not in the allow-list", url, "allow it if you trust it")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Transient(f"host {host!r} is not known", url)
        addresses = list(dict.fromkeys(info[4][0] for info in found))
        loopback = [a for a in addresses if settings.allow_loopback and ipaddress.ip_address(a).is_loopback]
        refused = [a for a in addresses if a not in loopback and not (secure and _is_public(a))]
        if refused:
            rule = "not a public address" if secure else "plain http is for loopback only"
            raise fetch_error(f"host {host!r} is at {refused[0]}, {rule}", url, "correct the source spec")
        if loopback and previous and not previous.loopback:
            raise fetch_error("redirect from a public to a loopback address", url, ASK)
        return Hop(request, port, addresses, bool(loopback))

    def open(self, hop: Hop, stack: ExitStack) -> requests.Response:
        """Connect to the checked addresses only; Host header, TLS name and certificate stay the host's."""

        def connect(_connection: object) -> socket.socket:
            for address in hop.addresses:
                limit = min(self.settings.connect_timeout_s, self.left_s())
                try:
                    sock = socket.create_connection((address, hop.port), timeout=limit)
                except OSError as error:
                    problem = error
                    continue
                self._cut_at_the_end(sock, stack)
                return sock
            raise problem

        def pinned(pool: type) -> type:
            connection = type("PinnedConnection", (pool.ConnectionCls,), {"_new_conn": connect})
            return type("PinnedPool", (pool,), {"ConnectionCls": connection})

        stack.enter_context(self._slot(hop.request.url))
        # Straight to the adapter: a session would add proxies, cookies and .netrc from the environment.
        adapter = stack.enter_context(closing(HTTPAdapter()))
        pools = {"http": pinned(HTTPConnectionPool), "https": pinned(HTTPSConnectionPool)}
        adapter.poolmanager.pool_classes_by_scheme = pools
        limits = (self.settings.connect_timeout_s, min(self.settings.read_timeout_s, self.left_s()))
        try:
            return stack.enter_context(adapter.send(hop.request, stream=True, timeout=limits, verify=True))
        except BROKEN as error:
            failure = self.failure(error, hop.request.url)
        # Outside the handler: the library's exception, which quotes the address, stays behind.
        raise failure

    @contextmanager
    def _slot(self, url: str) -> Iterator[None]:
        """Wait for one of the few connections that this process has to a host at a time."""
        slot = _SLOTS.setdefault(urlsplit(url).hostname, threading.BoundedSemaphore(PER_HOST))
        if not slot.acquire(timeout=self.left_s()):
            raise self.failure(TimeoutError(), url)
        try:
            yield
        finally:
            slot.release()

    def _cut_at_the_end(self, sock: socket.socket, stack: ExitStack) -> None:
        """Shut the connection at the deadline; socket timeouts start again at every byte and cannot."""
        # A duplicate, because TLS takes over the descriptor of the original.
        guard = stack.enter_context(sock.dup())

        def cut() -> None:
            # An error means that the connection is gone already.
            with suppress(OSError):
                guard.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.left_s(), cut)
        timer.daemon = True
        timer.start()
        stack.callback(timer.cancel)

    def failure(self, error: BaseException, url: str) -> Exception:
        """Translate a library's exception without its text, which repeats the address and its secrets."""
        if time.monotonic() >= self.end:
            what = f"not complete within the deadline of {self.settings.deadline_s:g} s"
            return fetch_error(what, url, "try again later or raise the deadline", Slow)
        causes = [error]
        # Not beyond the library: the caller may be handling an error of its own.
        while causes[-1].__context__ not in (None, self.outer):
            causes.append(causes[-1].__context__)
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return fetch_error(f"TLS certificate refused, {cause.verify_message}", url, ASK)
        if isinstance(error, ValueError):
            return fetch_error("malformed request or answer", url, ASK)
        late = any(isinstance(cause, TimeoutError | Urllib3TimeoutError) for cause in causes)
        what = "no answer in time" if late else f"the connection broke, {type(causes[-1]).__name__}"
        return Transient(what, url, late=late)
