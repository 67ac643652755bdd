"""Connect to allowed, public addresses only, by the very ip addresses that were checked."""

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
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
    "User-Agent": "obmi/0.1 (stad in cijfers)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

ASK = "ask the publisher"
BROKEN = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
# Outside 2000::/3, and in the 6to4 and Teredo tunnels, an IPv6 address may hide a private IPv4 one.
_IPV6_PUBLIC = ipaddress.ip_network("2000::/3")
_IPV6_TUNNELS = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("2002::/16"))

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
    """One sentence: what went wrong, at which address (without secrets), and what to do."""


class NotFound(FetchError):
    """The address answers that nothing lies there (404): not published yet, or moved."""


class Transient(Exception):
    """A failure worth another attempt: what, url, and the seconds the server asked to wait or None."""


def safe_url(url: str) -> str:
    """Return the address without query, fragment and userinfo, fit for messages and logs."""
    try:
        scheme, netloc, path, _, _ = urlsplit(url)
    except ValueError:
        return "unreadable address"
    # Without `//` what looks like a path may hold a password.
    text = f"{scheme}://{netloc.rpartition('@')[2]}{path if netloc else '...'}"
    return "".join(c if c.isprintable() else "?" for c in text)[:300]


def fetch_error(what: str, url: str, advice: str, kind: type[FetchError] = FetchError) -> FetchError:
    return kind(f"{what} ({safe_url(url)}): {advice}.")


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
    """Opens the connections of one fetch, until `end` on the monotonic clock.

    `outer` is the exception that the caller was already handling: it is not a cause of ours.
    """

    settings: HttpSettings
    etag: str | None
    end: float
    outer: BaseException | None

    def left_s(self) -> float:
        """Seconds until the deadline; never 0, which a socket takes for non-blocking."""
        return max(self.end - time.monotonic(), 0.001)

    def check(self, url: str, previous: Hop | None) -> Hop:
        """Look up the name once; raise FetchError unless all that it stands for may be connected to."""
        settings, headers = self.settings, HEADERS | ({"If-None-Match": self.etag} if self.etag else {})
        try:
            url = urljoin(previous.request.url if previous else "", url).partition("#")[0]
            request = requests.Request("GET", url, headers=headers).prepare()
            parts = urlsplit(request.url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            request = None
        if not request:
            raise fetch_error("malformed address or etag", url, "correct it in the source spec")
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
            raise Transient(f"host {host!r} is not known", url, None)
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
            return fetch_error(what, url, "try again later or raise the deadline")
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
        return Transient(what, url, None)
