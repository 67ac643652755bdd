"""What goes along with a request and where it may end up: keys, posted questions, refusals, two at a time."""

import gzip
import json
import logging
import threading
import time
from pathlib import Path

import pytest

from pipelines.ingest.web.connect import Connector, FetchError, NotFound, Transient
from pipelines.ingest.web.http import download
from tests.unit.raw_server import BODY, answer, everything, refused, settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8"])

KEY = "s3cret-key-0001"
SENT = {"X-Api-Key": KEY, "Authorization": f"Apikey {KEY}", "Accept": "text/csv"}
BOTH = frozenset({"127.0.0.1", "127.0.0.2"})


def told(url: str, into: Path, **more) -> FetchError:
    """Fetch with a key, and demand a refusal that leaves no file."""
    with pytest.raises(FetchError) as caught:
        download(url, into, settings(), headers=SENT, **more)
    assert list(into.iterdir()) == []
    return caught.value


# --- keys


def test_a_key_goes_to_the_address_itself_also_after_a_redirect_within_it(serve, tmp_path):
    server = serve(lambda hit: answer() if hit == 2 else answer(b"", "302 Found", ["Location: /there.csv"]))
    download(server.url, tmp_path, settings(), headers=SENT)
    assert [KEY in request for request in server.requests] == [True, True]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"], ids=["other port", "other host"])
def test_a_key_never_goes_to_another_origin(serve, tmp_path, address):
    """The canary redirects once more within itself: the second hop is not the key's origin either."""
    back = [None]

    def reply(hit):
        locations = {1: "Location: /again.csv", 2: f"Location: {back[0]}"}
        return answer(b"", "307 X", [locations[hit]])

    canary = serve(reply, address=address)
    here = serve(lambda hit: answer() if hit == 2 else answer(b"", "302 Found", [f"Location: {canary.url}"]))
    back[0] = here.url + "?back"
    download(here.url, tmp_path, settings(allowed_hosts=BOTH), headers=SENT)
    assert canary.hits == 2
    assert [KEY in request or "s3cret" in request for request in canary.requests] == [False, False]
    assert ["Accept: text/csv" in request for request in canary.requests] == [True, True]
    assert [KEY in request for request in here.requests] == [True, True]


def test_an_environment_variable_with_a_line_end_in_it_is_told_without_its_value(serve, tmp_path):
    server = serve(answer())
    with pytest.raises(FetchError, match="malformed address, header or etag") as caught:
        download(server.url, tmp_path, settings(), headers={"X-Api-Key": f"{KEY}\nX-Evil: 1"})
    assert KEY not in everything(caught.value)
    assert server.connections == 0


ECHOES = {
    "json": answer(json.dumps({"message": f"Key {KEY} is unknown"}).encode(), "401 Unauthorized"),
    "text": answer(f"no access for Apikey {KEY}".encode(), "403 Forbidden"),
    "address": answer(f"GET /data.csv?apikey=s3cret-query&token={KEY} failed".encode(), "400 Bad Request"),
    "bare query": answer(b"no such key: s3cret-query", "400 Bad Request"),
    "busy": answer(f"{KEY} asks too much".encode(), "429 Too Many Requests", ["Retry-After: 0"]),
    "redirect": answer(b"", "302 Found", [f"Location: https://elsewhere.example/?k={KEY}"]),
    "broken": answer()[:-3],
    "reset": None,
}


@pytest.mark.parametrize("reply", ECHOES.values(), ids=list(ECHOES))
def test_a_key_that_the_server_repeats_is_not_told(serve, tmp_path, caplog, capfd, reply):
    caplog.set_level(logging.DEBUG)
    server = serve(lambda _: reply)
    error = told(server.url + "?apikey=s3cret-query", tmp_path)
    said = everything(error) + caplog.text + "".join(capfd.readouterr())
    assert server.hits
    assert KEY in server.requests[0]
    assert [secret for secret in (KEY, "s3cret-query") if secret in said] == []


def test_a_key_that_the_server_repeats_in_a_header_is_not_kept(serve, tmp_path):
    server = serve(answer(headers=[f"X-Caller: {KEY}", "Content-Location: /data.csv?apikey=s3cret-query", 'ETag: "1"']))
    got = download(server.url + "?apikey=s3cret-query", tmp_path, settings(), headers=SENT)
    assert got.headers["x-caller"] == "***"
    assert got.headers["content-location"] == "/data.csv?apikey=***"
    assert got.headers["etag"] == '"1"'


def test_what_carries_a_key_does_not_show_it():
    connector = Connector(settings(), f"https://x.example/?apikey={KEY}", 0, None, SENT, KEY.encode())
    assert KEY not in repr(connector)
    assert KEY not in everything(Transient("broken", f"https://x.example/?apikey={KEY}"))


# --- posted questions


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_posted_question_is_not_turned_into_a_get(serve, tmp_path, status):
    server = serve(answer(b"", f"{status} X", ["Location: /there"]))
    error = told(server.url, tmp_path, body=b"{}")
    assert f"answered a POST with redirect {status}, which would become a GET" in str(error)
    assert error.status == status
    assert [request.split()[0] for request in server.requests] == ["POST"]


@pytest.mark.parametrize("status", [307, 308])
def test_a_posted_question_is_repeated_where_the_redirect_keeps_the_method(serve, tmp_path, status):
    server = serve(lambda hit: answer() if hit == 2 else answer(b"", f"{status} X", ["Location: /there"]))
    got = download(server.url, tmp_path, settings(), headers={"Content-Type": "application/json"}, body=b'{"id": 1}')
    assert got.path.read_bytes() == BODY
    for request in server.requests:
        assert request.startswith("POST ")
        assert "content-type: application/json\r\n" in request.lower()
        assert "content-length: 9\r\n" in request.lower()
    assert [body.endswith(b'{"id": 1}') for body in server.bodies] == [True, True]


# --- what a refusing server says

EUROSTAT = {
    "error": [
        {
            "status": 400,
            "id": 100,
            "label": "INVALID_QUERY_DIMENSION: Query is invalid as per its structure's definition. "
            'Dimension "GEO" is not defined',
        }
    ]
}
LIMIT = "Invalid value for limit API parameter: 1473 was found but -1 <= limit <= 100 is expected."
SAID = {
    "eurostat": (json.dumps(EUROSTAT).encode(), 'Dimension "GEO" is not defined ('),
    "opendatasoft": (
        json.dumps({"error_code": "InvalidRESTParameterError", "message": LIMIT.replace("<", "")}).encode(),
        "said: Invalid value for limit API parameter: 1473 was found but -1 = limit = 100 is expected (",
    ),
    "swing": (
        b'{"error":{"message":"Guest user group not found, No access!"}}',
        "said: Guest user group not found, No access! (",
    ),
    "text": (b"  Unknown\tseries\r\n7029 ", "said: Unknown series 7029 ("),
    "sdmx": (b'<?xml version="1.0"?><m:Error><c:Text>No &quot;M&quot; here</c:Text></m:Error>', 'said: No "M" here ('),
    "markup": (b'{"message": "<b onclick=x>no</b> &lt;script>alert(1)&lt;/script>"}', "said: no alert(1) ("),
    "terminal": (b'{"message": "a\\u001b[2Jb\\u202ec"}', "said: a?[2Jb?c ("),
    "long": (b"x" * 500, "said: " + "x" * 197 + "... ("),
    "packed": (gzip.compress(b"packed words"), "said: packed words ("),
}


@pytest.mark.parametrize(("body", "said"), SAID.values(), ids=list(SAID))
def test_the_servers_own_explanation_is_quoted(serve, tmp_path, body, said):
    packed = ["Content-Encoding: gzip"] if body[:2] == b"\x1f\x8b" else []
    error = told(serve(answer(body, "400 Bad Request", packed)).url, tmp_path)
    assert str(error).startswith("the server answered 400 and said: ")
    assert said in str(error)
    assert str(error).endswith("): correct the query in the source spec.")
    assert len(str(error).splitlines()) == 1
    assert error.status == 400


SILENT = {
    "empty": b"",
    "page": b"<!doctype html><title>Request Rejected</title>",
    "other json": b'{"code": 17}',
    "deep json": b"[" * 5000,
    "half json": b'{"message": "',
    "endless": b"word " * 20_000,
}


@pytest.mark.parametrize("body", SILENT.values(), ids=list(SILENT))
def test_nothing_is_quoted_where_nothing_is_said(serve, tmp_path, body):
    server = serve(answer(body, "400 Bad Request"))
    assert str(told(server.url, tmp_path)) == (
        f"the server answered 400 ({server.url}): correct the query in the source spec."
    )


def test_an_explanation_that_breaks_off_does_not_hide_the_status(serve, tmp_path):
    error = told(serve(answer(b'{"message": "no"}', "410 Gone")[:-4]).url, tmp_path)
    assert error.status == 410
    assert "answered 410 (" in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_to_be_checked(serve, tmp_path, status):
    error = told(serve(answer(b"", f"{status} X")).url, tmp_path)
    assert error.status == status
    assert "check the key" in str(error)


def test_statuses_stay_with_their_errors(serve, tmp_path):
    absent, down = told(serve(answer(b"", "404 X")).url, tmp_path), told(serve(answer(b"", "503 X")).url, tmp_path)
    broken = told(serve(answer()[:-3]).url, tmp_path)
    assert [absent.status, down.status, broken.status] == [404, 503, None]
    assert isinstance(absent, NotFound)


LATER = b'{"error":[{"status":413,"label":"Your request will be treated asynchronously. Please try again later."}]}'


def test_a_large_question_is_asked_again_and_left_to_the_next_refresh(serve, tmp_path):
    server = serve(answer(LATER, "413 Payload Too Large"))
    error = told(server.url, tmp_path)
    assert (server.hits, error.status) == (3, 413)
    assert str(error) == (
        "gave up after attempt 3, the server answered 413 and said: Your request will be treated asynchronously. "
        f"Please try again later ({server.url}): the next refresh will pick it up once the publisher has it ready."
    )
    server = serve(lambda hit: answer(LATER, "413 X") if hit == 1 else answer())
    assert download(server.url, tmp_path, settings()).path.read_bytes() == BODY


# --- two at a time


def test_a_host_sees_two_connections_at_a_time(serve, tmp_path):
    """Counted until just before the last byte, so that a client cannot go on before it is counted off."""
    lock, now, most = threading.Lock(), 0, 0

    def reply(_):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        yield answer()[:-1]
        time.sleep(0.05)
        with lock:
            now -= 1
        yield answer()[-1:]

    servers = [serve(reply), serve(reply)]  # one host, two ports
    got, threads = [], []
    for number in range(6):
        url = servers[number % 2].url
        threads.append(threading.Thread(target=lambda url=url: got.append(download(url, tmp_path, settings()))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [body.path.read_bytes() for body in got] == [BODY] * 6
    assert most == 2


def test_a_failed_download_gives_its_place_back(serve, tmp_path):
    server = serve(lambda hit: (answer(b"", "404 X"), None, answer()[:-3])[hit % 3] if hit < 13 else answer())
    for _ in range(4):
        refused(server.url, tmp_path, "answered 404|broke|ended", attempts=3, backoff_s=0)
    hits = server.hits
    threads = [threading.Thread(target=download, args=(server.url, tmp_path, settings())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3)
    assert hits >= 4
    assert len(list(tmp_path.iterdir())) == 2


def test_waiting_for_a_place_ends_at_the_deadline(serve, tmp_path):
    def reply(_):
        yield answer()[:-1]
        free.wait(3)
        yield answer()[-1:]

    free, server = threading.Event(), serve(reply)
    threads = [threading.Thread(target=download, args=(server.url, tmp_path, settings())) for _ in range(2)]
    for thread in threads:
        thread.start()
    while server.hits < 2:
        time.sleep(0.005)
    other = tmp_path / "other"
    other.mkdir()
    refused(server.url, other, "not complete within the deadline of 0.2 s", deadline_s=0.2)
    assert server.connections == 2
    free.set()
    for thread in threads:
        thread.join()
