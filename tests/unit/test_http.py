"""The download function against real servers on loopback, most of which misbehave."""

import errno
import gzip
import hashlib
import logging
import re
import socket
import ssl
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from tempfile import NamedTemporaryFile

import pytest

from pipelines.ingest.web.connect import FetchError, safe_url
from pipelines.ingest.web.http import download
from tests.unit.raw_server import BODY, Server, answer, everything, peak_bytes, refused, settings

# The canaries listen on other loopback addresses: they must be reachable to be proof.
pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])

# A key and two certificates for data.example, made for these tests and trusted by nobody. Embedded because
# the suite runs on machines that have Python but no openssl command.
TEST_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzaGyHguoqLyhjtRS
0F4vOVr2L9X7dXpbi0iNJ5SiEGihRANCAATaeirkWOEBgHNQkgDWUy3RpcSq9nV4
s2/XoraCA+56Hr3hBG6jQ6IQ/LFDm/R2cd4vmTYDxshdh4LWs3xTXY4R
-----END PRIVATE KEY-----
"""
TEST_CERT = """\
-----BEGIN CERTIFICATE-----
MIIBYjCCAQigAwIBAgIUW1ngt8HUAAPkaawZc3o3k9YzIVYwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOb2JtaSB0ZXN0IG9ubHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
MDAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDm9ibWkgdGVzdCBvbmx5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE2noq5FjhAYBzUJIA1lMt0aXEqvZ1eLNv16K2ggPu
eh694QRuo0OiEPyxQ5v0dnHeL5k2A8bIXYeC1rN8U12OEaMsMCowFwYDVR0RBBAw
DoIMZGF0YS5leGFtcGxlMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAw
RQIgAOkiNhCKr2oogz2xHY5iJAz86vuZKFSFaXhgXJS0+HcCIQCr0ore5qnQddfo
WbCqoAeh45+wZFp603nnx1MrfAz2Fg==
-----END CERTIFICATE-----
"""
EXPIRED_CERT = """\
-----BEGIN CERTIFICATE-----
MIIBXzCCAQagAwIBAgIUUBJyWdhxPb+CH6LdUgnDyUmFXFswCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOb2JtaSB0ZXN0IG9ubHkwHhcNMjAwMTAxMDAwMDAwWhcNMjAw
MTAyMDAwMDAwWjAZMRcwFQYDVQQDDA5vYm1pIHRlc3Qgb25seTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNp6KuRY4QGAc1CSANZTLdGlxKr2dXizb9eitoID7noe
veEEbqNDohD8sUOb9HZx3i+ZNgPGyF2HgtazfFNdjhGjLDAqMBcGA1UdEQQQMA6C
DGRhdGEuZXhhbXBsZTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQC
IB/pe5Y9Hi0hHUU7kO8EFnBXshLaIqg0eXB6+W1YK6LvAiAH1tFNObYSYuT8aO0K
zw4l0tylxPv98KjwFWIbjWmvKA==
-----END CERTIFICATE-----
"""

PUBLIC = "93.184.216.34"
DATA = {"allowed_hosts": frozenset({"data.example"})}


# --- what must work


def test_a_body_is_stored_whole_with_its_hash_and_origin(serve, tmp_path):
    big = bytes(range(256)) * 4096
    server = serve(answer(big, headers=['ETag: "v1"', "Set-Cookie: session=1", "X-Obmi-Length: known"]))
    got = download(server.url + "?f=csv#part", tmp_path, settings())
    assert got.path.parent == tmp_path
    assert got.path.read_bytes() == big
    assert (got.size, got.sha256) == (len(big), hashlib.sha256(big).hexdigest())
    assert (got.url, got.final_url, got.status) == (server.url + "?f=csv#part", server.url + "?f=csv", 200)
    assert got.headers == {"etag": '"v1"', "content-length": str(len(big))}
    assert abs(datetime.now(UTC) - got.fetched_at) < timedelta(seconds=10)
    request = server.requests[0].lower()
    assert request.startswith("get /data.csv?f=csv http/1.1\r\n")
    assert "accept-encoding: identity\r\n" in request
    assert "user-agent: obmi/0.2 (stad in cijfers)\r\n" in request


def test_an_ordinary_http_server_and_its_etag(tmp_path):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            same = self.headers["If-None-Match"] == '"v1"'
            self.send_response(304 if same else 200)
            self.send_header("ETag", '"v1"')
            if not same:
                self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            if not same:
                self.wfile.write(BODY)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/data.csv"
        assert download(url, tmp_path, settings(), '"v1"') is None
        assert list(tmp_path.iterdir()) == []
        assert download(url, tmp_path, settings(), '"v0"').path.read_bytes() == BODY
        assert download(url, tmp_path, settings()).headers["etag"] == '"v1"'
        server.shutdown()


def test_a_304_that_nobody_asked_for_is_an_error(serve, tmp_path):
    server = serve(answer(b"", "304 Not Modified", length=False))
    refused(server.url, tmp_path, "answered 304")
    assert server.hits == 1


def test_a_body_without_length_is_marked(serve, tmp_path):
    got = download(serve(answer(length=False)).url, tmp_path, settings())
    assert (got.path.read_bytes(), got.headers["x-obmi-length"]) == (BODY, "unknown")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_chunked_body_is_complete_with_its_last_chunk(serve, tmp_path):
    got = download(serve(CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n").url, tmp_path, settings())
    assert got.path.read_bytes() == b"hello!"
    assert "x-obmi-length" not in got.headers


@pytest.mark.parametrize("rest", [b"5\r\nhello\r\n", b"5\r\nhel", b"5\r\nhello\r\n-1\r\nrest", b"zz\r\nhello\r\n"])
def test_a_chunked_body_without_its_last_chunk_is_not_stored(serve, tmp_path, rest):
    server = serve(CHUNKED + rest)
    refused(server.url, tmp_path, "attempt 3, the connection broke")
    assert server.hits == 3


def test_a_redirect_to_an_allowed_host_is_followed(serve, tmp_path):
    there = serve(answer())
    here = serve(answer(b"moved", "302 Found", [f"Location: {there.url}?page=2#top"]))
    got = download(here.url, tmp_path, settings())
    assert (got.url, got.final_url) == (here.url, there.url + "?page=2")


def test_a_relative_redirect_is_followed_and_five_are_enough(serve, tmp_path):
    def reply(hit):
        return answer() if hit == 6 else answer(b"", "307 Temporary Redirect", [f"Location: /{hit}/cafés.csv"])

    server = serve(reply)
    assert download(server.url, tmp_path, settings()).final_url.endswith("/5/caf%C3%A9s.csv")


def test_the_environment_adds_no_proxy(serve, tmp_path, monkeypatch):
    canary, server = serve(answer(b"from the proxy")), serve(answer())
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert download(server.url, tmp_path, settings()).path.read_bytes() == BODY
    assert canary.connections == 0


# --- servers that fail


def test_two_errors_and_then_an_answer(serve, tmp_path):
    server = serve(lambda hit: answer(b"oops", "500 Internal Server Error") if hit < 3 else answer())
    assert download(server.url, tmp_path, settings()).path.read_bytes() == BODY
    assert server.hits == 3


@pytest.mark.parametrize("status", ["429 Too Many", "500 X", "502 X", "503 X", "504 X"])
def test_a_lasting_server_error_ends_after_the_attempts(serve, tmp_path, status):
    server = serve(answer(b"down", status))
    refused(server.url, tmp_path, f"attempt 3, the server answered {status[:3]}")
    assert server.hits == 3


@pytest.mark.parametrize("status", [201, 204, 206, 300, 302, 400, 401, 403, 404, 410, 416, 501])
def test_any_other_status_fails_at_once(serve, tmp_path, status):
    server = serve(answer(b"" if status == 204 else BODY, f"{status} X"))
    refused(server.url, tmp_path, f"answered {status}")
    assert server.hits == 1


def test_the_gaps_between_attempts_grow_and_differ(serve, tmp_path, sleeps):
    server = serve(answer(b"", "503 X"))
    for _ in range(2):
        refused(server.url, tmp_path, "503", attempts=5, backoff_s=1.0, deadline_s=600)
    first, second = sleeps[:4], sleeps[4:]
    for gaps in (first, second):
        assert gaps == sorted(gaps)
        assert [base <= gap <= base + 1 for base, gap in zip((1, 2, 4, 8), gaps, strict=True)] == [True] * 4
    assert first != second


def test_attempts_do_not_go_beyond_the_deadline(serve, tmp_path, sleeps):
    server = serve(answer(b"", "503 X"))
    refused(server.url, tmp_path, "attempt 1, ", attempts=5, backoff_s=10, deadline_s=5)
    assert (server.hits, sleeps) == (1, [])


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("0", 0, 0),
        ("3", 3, 3),
        ("99999", 120, 120),
        ("9" * 5000, 0.01, 0.02),
        ("soon", 0.01, 0.02),
        ("-5", 0.01, 0.02),
        ("1.5", 0.01, 0.02),
        ("Wed, 99 Foo 2026 25:61:00 GMT", 0.01, 0.02),
        (timedelta(days=-1), 0, 0),
        (timedelta(seconds=90), 60, 90),
        (timedelta(days=9), 120, 120),
    ],
)
def test_retry_after_is_honoured_up_to_its_limit(serve, tmp_path, sleeps, value, low, high):
    if isinstance(value, timedelta):
        value = format_datetime(datetime.now(UTC) + value, usegmt=True)
    busy = answer(b"", "429 Too Many Requests", [f"Retry-After: {value}"])
    server = serve(lambda hit: busy if hit == 1 else answer())
    download(server.url, tmp_path, settings(deadline_s=600))
    assert server.hits == 2
    assert low <= sleeps[0] <= high


def test_retry_after_beyond_the_deadline_is_not_waited_for(serve, tmp_path, sleeps):
    server = serve(answer(b"", "429 Too Many Requests", ["Retry-After: 99999"]))
    refused(server.url, tmp_path, "attempt 1, the server answered 429", deadline_s=60)
    assert (server.hits, sleeps) == (1, [])


def test_a_closed_port_is_tried_again(tmp_path, sleeps):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        refused(url, tmp_path, "attempt 3, the connection broke, ConnectionRefusedError")
    assert len(sleeps) == 2


def test_a_reset_is_tried_again(serve, tmp_path):
    server = serve(lambda hit: None if hit < 3 else answer())
    assert download(server.url, tmp_path, settings()).size == len(BODY)


def test_a_name_that_is_not_known_is_tried_again(tmp_path, monkeypatch, sleeps):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    refused("https://data.example/x", tmp_path, "attempt 3, host 'data.example' is not known", **DATA)
    assert len(sleeps) == 2


# --- bodies that are not what they say


def test_a_short_body_is_tried_again_and_then_refused(serve, tmp_path):
    server = serve(answer(BODY)[:-10])
    refused(server.url, tmp_path, f"attempt 3, the body ended after {len(BODY) - 10} of {len(BODY)} bytes")
    assert server.hits == 3


def test_a_short_body_that_comes_whole_the_second_time_is_stored_once(serve, tmp_path):
    server = serve(lambda hit: answer(BODY)[:-10] if hit == 1 else answer())
    got = download(server.url, tmp_path, settings())
    assert list(tmp_path.iterdir()) == [got.path]
    assert got.path.read_bytes() == BODY


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length: ten",
        "Content-Length: -1",
        "Content-Length: 3\r\nContent-Length: 4",
        "Transfer-Encoding: gzip, chunked",
    ],
)
def test_an_unreadable_length_is_refused(serve, tmp_path, header):
    server = serve(answer(headers=[header], length=False))
    refused(server.url, tmp_path, "unreadable length|malformed")
    assert server.hits == 1


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("X-GZip", gzip.compress(BODY[:9], mtime=0) + gzip.compress(BODY[9:], mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("identity", BODY),
    ],
)
def test_an_encoding_sent_anyway_is_undone(serve, tmp_path, encoding, body):
    got = download(serve(answer(body, headers=[f"Content-Encoding: {encoding}"])).url, tmp_path, settings())
    assert got.path.read_bytes() == BODY
    assert (got.size, got.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())


def test_a_large_gzip_comes_out_whole(serve, tmp_path):
    body = b"".join(b"%d;%d\n" % (n, n * n) for n in range(200_000))
    server = serve(answer(gzip.compress(body, mtime=0), headers=["Content-Encoding: gzip"]))
    assert download(server.url, tmp_path, settings()).sha256 == hashlib.sha256(body).hexdigest()


def test_a_gzip_file_that_is_the_data_is_left_alone(serve, tmp_path):
    body = gzip.compress(BODY, mtime=0)
    server = serve(answer(body, headers=["Content-Type: application/gzip"]))
    assert download(server.url, tmp_path, settings()).path.read_bytes() == body


GZIPPED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", GZIPPED[:-12], "the gzip body is cut short"),
        ("gzip", GZIPPED[:-4], "the gzip body is cut short"),
        ("gzip", GZIPPED[:-8] + bytes([GZIPPED[-8] ^ 1]) + GZIPPED[-7:], "the gzip body is damaged"),
        ("gzip", GZIPPED + b"rest", "the gzip body is damaged"),
        ("gzip", BODY, "the gzip body is damaged"),
        ("deflate", zlib.compress(BODY)[:-2], "the deflate body is cut short"),
        ("deflate", zlib.compress(BODY)[:-1] + b"\0", "the deflate body is damaged"),
    ],
)
def test_a_cut_or_damaged_encoding_is_not_stored(serve, tmp_path, encoding, body, reason):
    server = serve(answer(body, headers=[f"Content-Encoding: {encoding}"]))
    refused(server.url, tmp_path, f"attempt 3, {reason}")
    assert server.hits == 3


def test_an_unknown_encoding_is_refused(serve, tmp_path):
    refused(serve(answer(headers=["Content-Encoding: br"])).url, tmp_path, "Content-Encoding")


def test_a_gzip_bomb_is_refused(serve, tmp_path):
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) * 900 < 30_000_000
    server = serve(answer(bomb, headers=["Content-Encoding: gzip"]))
    assert peak_bytes(lambda: refused(server.url, tmp_path, "expands more than 200 times")) < 3_000_000
    assert server.hits == 1
    assert download(server.url, tmp_path, settings(max_expansion=1100)).size == 30_000_000


def test_the_byte_cap_counts_what_is_stored(serve, tmp_path):
    packed = answer(gzip.compress(bytes(5000)), headers=["Content-Encoding: gzip"])
    for reply in (answer(bytes(5000)), answer(bytes(5000), length=False), packed):
        server = serve(reply)
        refused(server.url, tmp_path, "more than 4999 bytes", max_bytes=4999)
        assert server.hits == 1
        assert download(server.url, tmp_path, settings(max_bytes=5000)).size == 5000
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize("headers", [(), ("Content-Encoding: gzip",)])
def test_an_empty_body_is_refused(serve, tmp_path, headers):
    server = serve(answer(b"", headers=headers))
    refused(server.url, tmp_path, "the body is empty")
    assert server.hits == 1


PAGES = [
    b"<!DOCTYPE html><title>Onderhoud</title>",
    b"\xef\xbb\xbf \r\n\t<!doctype HTML PUBLIC>",
    b"<HTML lang=nl>",
    b"<html><head><title>Request Rejected</title>",
    b'<?xml version="1.0"?>\n<!-- wall -->\n<html xmlns="x">',
    "\ufeff<html>".encode("utf-16-le"),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_web_page_is_refused_unless_expected(serve, tmp_path, page):
    server = serve(answer(page, headers=["Content-Type: text/csv"]))
    refused(server.url, tmp_path, "not data but a web page")
    assert server.hits == 1
    assert download(server.url, tmp_path, settings(), expect_html=True).path.read_bytes() == page


@pytest.mark.parametrize("body", [b"naam;<html>\n", b"<htmlachtig/>", b'<?xml version="1.0"?><cijfers/>', b"{}"])
def test_data_that_only_resembles_a_page_is_stored(serve, tmp_path, body):
    server = serve(answer(body, headers=["Content-Type: text/html"]))
    assert download(server.url, tmp_path, settings()).path.read_bytes() == body


# --- the deadline


def drip(start: bytes):
    yield start
    while True:
        time.sleep(0.05)
        yield b"1"


@pytest.mark.parametrize(
    "start",
    [
        answer(b"")[:-5] + b"900\r\n\r\n",
        answer(b"", length=False),
        CHUNKED,
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTT",
    ],
    ids=["body", "body without length", "chunk size", "header", "status"],
)
def test_a_slow_drip_is_cut_at_the_deadline(serve, tmp_path, start):
    server, begin = serve(lambda _: drip(start)), time.monotonic()
    refused(server.url, tmp_path, "not complete within the deadline of 0.3 s", deadline_s=0.3)
    assert 0.25 < time.monotonic() - begin < 1.2
    assert server.hits == 1


@pytest.mark.parametrize("start", [b"", answer()[:-10]], ids=["no answer", "half a body"])
def test_a_stall_is_cut_at_the_deadline(serve, tmp_path, start):
    def stall(_):
        yield start
        time.sleep(3)

    begin = time.monotonic()
    refused(serve(stall).url, tmp_path, "deadline of 0.3 s", deadline_s=0.3, read_timeout_s=30)
    assert time.monotonic() - begin < 1.2


def test_a_stall_shorter_than_the_deadline_is_tried_again(serve, tmp_path):
    def reply(hit):
        if hit == 1:
            yield answer()[:-10]
            time.sleep(1)
        else:
            yield answer()

    server, begin = serve(reply), time.monotonic()
    assert download(server.url, tmp_path, settings(read_timeout_s=0.2)).size == len(BODY)
    assert time.monotonic() - begin < 0.9


# --- where a fetch may go


def test_a_host_outside_the_allow_list_is_not_connected_to(serve, tmp_path):
    server = serve(answer())
    refused(
        server.url,
        tmp_path,
        "host '127.0.0.1' is not in the allow-list",
        allowed_hosts=frozenset({"x.example"}),
    )
    assert server.connections == 0


def test_loopback_needs_permission(serve, tmp_path):
    server = serve(answer())
    refused(server.url, tmp_path, "scheme 'http' is not allowed", allow_loopback=False)
    refused(server.url.replace("http:", "https:"), tmp_path, "not a public address", allow_loopback=False)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.2:{port}/", "allow-list"),
        ("//127.0.0.2:{port}/", "allow-list"),
        ("http://127.0.0.1@127.0.0.2:{port}/", "user name"),
        ("http://127.0.0.2:{port}\\@127.0.0.1/", "allow-list|malformed"),
        ("http://2130706434:{port}/", "allow-list"),
        ("http://localhost:{port}/", "allow-list"),
        ("http://[::1]:{port}/", "allow-list"),
        ("http://[::ffff:127.0.0.2]:{port}/", "allow-list"),
        ("file:///etc/passwd", "scheme 'file'"),
        ("ftp://127.0.0.2:{port}/", "scheme 'ftp'"),
        ("http://[127.0.0.2:{port}/", "malformed"),
        ("http://127.0.0.1:99999/", "malformed"),
    ],
)
def test_a_redirect_elsewhere_is_not_followed(serve, tmp_path, location, reason):
    canary = serve(answer(b"secret of another service"), address="127.0.0.2")
    here = serve(answer(b"", "302 Found", ["Location: " + location.format(port=canary.port)]))
    refused(here.url, tmp_path, reason)
    assert (here.hits, canary.connections) == (1, 0)


def test_the_canary_can_be_hit(serve, tmp_path):
    """Shows that the zeros of the tests beside this one mean something."""
    canary = serve(answer(), address="127.0.0.2")
    here = serve(answer(b"", "302 Found", [f"Location: {canary.url}"]))
    assert download(here.url, tmp_path, settings(allowed_hosts=frozenset({"127.0.0.1", "127.0.0.2"}))).size == len(BODY)
    assert canary.hits == 1


def test_a_redirect_loop_ends(serve, tmp_path):
    server = serve(answer(b"", "302 Found", ["Location: /data.csv"]))
    refused(server.url, tmp_path, "more than 5 redirects")
    assert server.hits == 6


def names(monkeypatch, answers: dict[str, list[list[str]]]) -> list[str]:
    """Give each look-up of a name its next list of addresses (the last one stays), and note the look-ups."""
    real, asked = socket.getaddrinfo, []

    def getaddrinfo(host, port, *rest, **more):
        if host not in answers:
            return real(host, port, *rest, **more)
        asked.append(host)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [found for address in addresses for found in real(address, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


NOT_PUBLIC = """
    127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255
    192.0.2.1 ::1 :: fe80::1 fc00::1 fec0::1 ff0e::1 ::ffff:10.0.0.1 ::7f00:1 64:ff9b::a00:1 2002:a00:1::
    2001:0:a00:1:: 2001:db8::1
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_a_name_at_a_non_public_address_is_refused(tmp_path, monkeypatch, address):
    def connect(where, **_):
        pytest.fail(f"connected to {where}")

    monkeypatch.setattr(socket, "create_connection", connect)
    for addresses in ([address], [PUBLIC, address]):
        asked = names(monkeypatch, {"data.example": [addresses]})
        refused("https://data.example/x", tmp_path, "not a public address", allow_loopback=False, **DATA)
        assert asked == ["data.example"]


def test_private_is_refused_and_plain_http_stays_on_loopback_with_permission(tmp_path, monkeypatch):
    names(monkeypatch, {"data.example": [["10.0.0.1"], [PUBLIC], [PUBLIC, "127.0.0.1"]]})
    refused("https://data.example/x", tmp_path, "at 10.0.0.1, not a public", **DATA)
    for _ in range(2):
        refused("http://data.example/x", tmp_path, f"at {PUBLIC}, plain http is for loopback", **DATA)


# --- TLS


@pytest.fixture
def public(serve, tmp_path_factory, monkeypatch):
    """A TLS server found at a public address, and notes of the addresses and names it was reached by."""
    real, notes, ports = socket.create_connection, [], {}
    folder = tmp_path_factory.mktemp("tls")

    def connect(where, **options):
        notes.append(where[0])
        return real(("127.0.0.1", ports[where[0]]) if where[0] in ports else where, **options)

    def start(reply, cert=TEST_CERT, trusted=True) -> Server:
        (folder / "key.pem").write_text(TEST_KEY)
        (folder / "cert.pem").write_text(cert)
        if trusted:
            monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(folder / "cert.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        context.sni_callback = lambda _socket, name, _context: notes.append(name)
        server = serve(reply, tls=context)
        ports[PUBLIC] = server.port
        return server

    monkeypatch.setattr(socket, "create_connection", connect)
    return start, notes


def test_the_connection_goes_to_the_checked_address_under_the_own_name(public, serve, tmp_path, monkeypatch):
    start, notes = public
    server = start(answer())
    canary = serve(answer(), address="127.0.0.2")
    asked = names(monkeypatch, {"data.example": [[PUBLIC], ["127.0.0.2"]]})
    url = f"https://data.example:{canary.port}/x"
    assert download(url, tmp_path, settings(allow_loopback=False, **DATA)).path.read_bytes() == BODY
    assert asked == ["data.example"]
    assert notes == [PUBLIC, "data.example"]
    assert f"host: data.example:{canary.port}\r\n" in server.requests[0].lower()
    assert canary.connections == 0


def test_the_next_checked_address_is_tried_when_one_is_silent(public, serve, tmp_path, monkeypatch):
    start, notes = public
    start(answer())
    names(monkeypatch, {"data.example": [["127.0.0.9", PUBLIC]]})
    assert download("https://data.example/x", tmp_path, settings(**DATA)).size == len(BODY)
    assert notes == ["127.0.0.9", PUBLIC, "data.example"]


@pytest.mark.parametrize(
    ("cert", "trusted", "host", "reason"),
    [
        (TEST_CERT, False, "data.example", "TLS certificate refused, self-signed certificate"),
        (EXPIRED_CERT, True, "data.example", "TLS certificate refused, certificate has expired"),
        (TEST_CERT, True, "other.example", "TLS certificate refused, Hostname mismatch"),
    ],
)
def test_a_bad_certificate_is_refused_whatever_the_environment_says(
    public, tmp_path, monkeypatch, cert, trusted, host, reason
):
    start, _ = public
    server = start(answer(), cert, trusted)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    names(monkeypatch, {host: [[PUBLIC]]})
    refused(f"https://{host}/x?token=s3cret", tmp_path, reason, allowed_hosts=frozenset({host}))
    assert (server.connections, server.hits) == (1, 0)


def test_a_redirect_from_https_never_leads_to_plain_http_or_loopback(public, serve, tmp_path, monkeypatch):
    start, _ = public
    canary = serve(answer(b"secret of another service"))
    allowed = frozenset({"data.example", "127.0.0.1"})
    for location, reason in (
        (canary.url, "https to plain"),
        (canary.url.replace("http:", "https:"), "loopback"),
    ):
        server = start(answer(b"", "302 Found", [f"Location: {location}"]))
        names(monkeypatch, {"data.example": [[PUBLIC]]})
        refused("https://data.example/x", tmp_path, reason, allowed_hosts=allowed)
        assert (server.hits, canary.connections) == (1, 0)


def test_a_stalled_tls_handshake_is_cut_at_the_deadline(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url, begin = f"https://127.0.0.1:{silent.getsockname()[1]}/", time.monotonic()
        refused(url, tmp_path, "deadline of 0.3 s", deadline_s=0.3)
        assert time.monotonic() - begin < 1


def test_a_header_dripping_over_tls_is_cut_at_the_deadline(public, tmp_path, monkeypatch):
    start, _ = public
    server = start(lambda _: drip(b"HTTP/1.1 200 OK\r\nX-Slow: "))
    names(monkeypatch, {"data.example": [[PUBLIC]]})
    begin = time.monotonic()
    refused("https://data.example/x", tmp_path, "deadline of 0.5 s", deadline_s=0.5, **DATA)
    assert time.monotonic() - begin < 1.4
    assert server.hits == 1


def test_connecting_takes_no_longer_than_its_limit_or_the_deadline(tmp_path, monkeypatch, sleeps):
    limits = []

    def silent(_, timeout):
        limits.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    names(monkeypatch, {"data.example": [[PUBLIC]]})
    for connect_timeout_s in (1, 10):
        changes = {"connect_timeout_s": connect_timeout_s, "attempts": 1, **DATA}
        refused("https://data.example/x", tmp_path, "attempt 1, no answer in time", **changes)
    assert limits[0] == 1
    assert 4 < limits[1] <= 5


# --- what is said


SECRETS = ("s3cret-query", "s3cret-user", "s3cret-pass", "s3cret-part", "s3cret-there")


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"", "404 Not Found"),
        answer(b"", "503 X"),
        answer(b""),
        answer()[:-3],
        CHUNKED + b"5\r\nhel",
        answer(b"<html>"),
        answer(headers=["Content-Encoding: gzip"]),
        answer(headers=["a line that is no header"]),
        answer(b"", "302 Found", ["Location: https://s3cret-user:s3cret-pass@elsewhere.example/x?k=s3cret-there"]),
        answer(b"", "302 Found", ["Location: /x?k=s3cret-there"]),
        answer(b"", "302 Found", ["Location: http://[bad?k=s3cret-there"]),
        b"no http at all\r\n\r\n",
        None,
    ],
)
def test_no_secret_of_the_address_is_told(serve, tmp_path, caplog, capfd, reply):
    caplog.set_level(logging.DEBUG)
    url = serve(lambda _: reply).url + "?key=s3cret-query#s3cret-part"
    try:
        download(url, tmp_path, settings())
    except FetchError as error:
        told = everything(error)
        assert "127.0.0.1" in told or "elsewhere.example" in told or "unreadable address" in told
    else:
        told = ""
        assert b"no header" in reply
    told += caplog.text + "".join(capfd.readouterr())
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://s3cret-user:s3cret-pass@127.0.0.1:{port}/x?key=s3cret-query",
        "http:s3cret-user:s3cret-pass@127.0.0.1/x?key=s3cret-query",
        "https://[s3cret-user/?key=s3cret-query",
        "s3cret-query",
    ],
)
def test_an_address_with_a_password_is_refused_without_telling_it(serve, tmp_path, url):
    server = serve(answer())
    with pytest.raises(FetchError) as caught:
        download(url.format(port=server.port), tmp_path, settings())
    assert [secret for secret in SECRETS if secret in everything(caught.value)] == []
    assert server.connections == 0


@pytest.mark.parametrize("etag", ['"v1"\r\nX-Evil: 1', '"\u20ac"'])
def test_a_malformed_etag_is_refused(serve, tmp_path, etag):
    server = serve(answer())
    refused(server.url, tmp_path, "malformed", etag=etag)
    assert server.hits == 0


def test_an_error_says_what_where_and_what_to_do_in_one_sentence(serve, tmp_path):
    server = serve(answer(b"", "404 Not Found"))
    message = refused(server.url + "?key=1", tmp_path, "404")
    assert message == f"the server answered 404 ({server.url}): look up the new address at the publisher."


def test_control_characters_do_not_reach_a_terminal():
    assert safe_url("https://u:p@data.example:8443/a\x1b[2Jb?c#d") == "https://data.example:8443/a?[2Jb"


def test_an_error_that_the_caller_is_handling_is_not_taken_for_ours(serve, tmp_path):
    server = serve(lambda hit: None if hit == 1 else answer())
    try:
        raise ssl.SSLCertVerificationError("of an earlier fetch")
    except ssl.SSLCertVerificationError:
        assert download(server.url, tmp_path, settings()).size == len(BODY)


def test_a_missing_folder_is_named(serve, tmp_path):
    server = serve(answer())
    with pytest.raises(FetchError, match=r"cannot write in .*nowhere, No such file"):
        download(server.url, tmp_path / "nowhere", settings())
    assert server.hits == 1


def test_a_full_disk_is_named_and_not_taken_for_the_network(serve, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def on_a_full_disk(**options):
        file = NamedTemporaryFile(**options)  # noqa: SIM115 (the code under test closes it)
        file.write = full
        return file

    server = serve(answer())
    monkeypatch.setattr("pipelines.ingest.web.body.NamedTemporaryFile", on_a_full_disk)
    refused(server.url, tmp_path, re.escape(f"cannot write in {tmp_path}, No space left on device"))
    assert server.hits == 1


def test_an_interrupt_leaves_no_file(serve, tmp_path, monkeypatch):
    class Interrupted:
        def update(self, _):
            assert len(list(tmp_path.iterdir())) == 1
            raise KeyboardInterrupt

    server = serve(answer())
    monkeypatch.setattr("pipelines.ingest.web.body.hashlib.sha256", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        download(server.url, tmp_path, settings())
    assert list(tmp_path.iterdir()) == []
