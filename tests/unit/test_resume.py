"""A body that breaks off is continued only where it is shown to be the same file, and never spliced."""

import hashlib
import threading

import pytest

from pipelines.ingest.web.http import download
from tests.unit.raw_server import answer, refused, settings

OLD = b"".join(b"synthetic;old;%05d\n" % n for n in range(4_000))
NEW = OLD.replace(b"old", b"new")
CUT = 40_000
TAG = 'ETag: "v1"'
MODIFIED = "Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT"
LATER, SOON = "Date: Tue, 24 Nov 2026 10:01:00 GMT", "Date: Tue, 24 Nov 2026 10:00:59 GMT"
BYTES = "Accept-Ranges: bytes"


def broken(*headers: str, body: bytes = OLD, cut: int = CUT) -> bytes:
    """A whole answer of which only the first bytes come."""
    whole = answer(body, headers=headers)
    return whole[: len(whole) - len(body) + cut]


def rest(start: int = CUT, body: bytes = OLD, *headers: str, span: str = "", status: str = "206 Partial Content"):
    """The answer to a range."""
    span = span or f"Content-Range: bytes {start}-{len(body) - 1}/{len(body)}"
    return answer(body[start:], status, [span, *(headers or (TAG,))])


def ranges(server) -> list[str]:
    """The Range of every request, empty where it asked for everything."""
    found = []
    for request in server.requests:
        lines = dict(line.lower().split(": ", 1) for line in request.strip().split("\r\n")[1:])
        assert ("range" in lines) == ("if-range" in lines)
        found.append(lines.get("range", ""))
    return found


def scripted(serve, *replies):
    """A server that gives these answers in this order."""
    return serve(lambda hit: replies[min(hit, len(replies)) - 1])


def whole(server, into, body: bytes, **changes):
    """Fetch, and demand exactly these bytes with their hash and no other file."""
    got = download(server.url, into, settings(**changes))
    assert got.path.read_bytes() == body
    assert (got.size, got.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert list(into.iterdir()) == [got.path]
    return got


@pytest.mark.parametrize(
    ("proof", "asked"),
    [((TAG,), 'if-range: "v1"\r\n'), ((MODIFIED, LATER), f"if-range: {MODIFIED[15:].lower()}\r\n")],
    ids=["etag", "last-modified"],
)
def test_the_rest_is_asked_for_and_put_behind_the_first_part(serve, tmp_path, proof, asked):
    server = scripted(serve, broken(BYTES, *proof), rest(CUT, OLD, *proof))
    got = whole(server, tmp_path, OLD)
    assert ranges(server) == ["", f"bytes={CUT}-"]
    assert asked in server.requests[1].lower()
    assert got.headers["content-length"] == str(len(OLD)), "the headers are those of the whole file"
    assert "content-range" not in got.headers
    assert got.status == 200


def test_the_rest_may_break_off_as_well(serve, tmp_path):
    at = CUT + 30_000
    server = scripted(serve, broken(BYTES, TAG), rest()[: at - len(OLD)], rest(at))
    whole(server, tmp_path, OLD)
    assert ranges(server) == ["", f"bytes={CUT}-", f"bytes={at}-"]


def test_a_rest_in_chunks_must_be_whole(serve, tmp_path):
    def chunked(body):
        head = f"HTTP/1.1 206 X\r\n{TAG}\r\nContent-Range: bytes {CUT}-{len(OLD) - 1}/{len(OLD)}\r\n"
        return f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"

    whole(scripted(serve, broken(BYTES, TAG), chunked(OLD[CUT:])), tmp_path, OLD)
    for got in tmp_path.iterdir():
        got.unlink()
    for wrong in (OLD[CUT:-5], OLD[CUT:] + b"more"):
        server = scripted(serve, broken(BYTES, TAG), chunked(wrong), answer(OLD, headers=[TAG]))
        got = whole(server, tmp_path, OLD)
        got.path.unlink()


def test_a_server_that_is_busy_meanwhile_is_asked_for_the_rest_again(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG), answer(b"", "503 X"), rest())
    whole(server, tmp_path, OLD)
    assert ranges(server) == ["", f"bytes={CUT}-", f"bytes={CUT}-"]


# --- the server has another file, or does not do ranges


@pytest.mark.parametrize("tag", [TAG, 'ETag: "v2"'], ids=["ignores ranges", "file changed"])
@pytest.mark.parametrize("body", [OLD, NEW], ids=["same bytes", "other bytes"])
def test_an_answer_of_the_whole_file_starts_over(serve, tmp_path, tag, body):
    server = scripted(serve, broken(BYTES, TAG), answer(body, headers=[tag, BYTES]))
    got = whole(server, tmp_path, body)
    assert got.headers["etag"] == tag[6:]
    assert ranges(server) == ["", f"bytes={CUT}-"]


def test_a_shorter_file_that_came_instead_is_not_padded_with_the_old_one(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG), answer(b"short\n", headers=['ETag: "v2"']))
    whole(server, tmp_path, b"short\n")


def test_the_changed_file_breaks_off_and_is_continued_by_its_own_tag(serve, tmp_path):
    later = rest(10_000, NEW, 'ETag: "v2"')
    server = scripted(serve, broken(BYTES, TAG), broken(BYTES, 'ETag: "v2"', body=NEW, cut=10_000), later)
    whole(server, tmp_path, NEW)
    assert ranges(server) == ["", f"bytes={CUT}-", "bytes=10000-"]
    assert 'if-range: "v2"\r\n' in server.requests[2].lower()


END = len(OLD) - 1
WRONG = {
    "no range named": rest(span="X-Other: 1"),
    "starts earlier": rest(span=f"Content-Range: bytes {CUT - 1}-{END}/{END + 1}"),
    "starts later": rest(span=f"Content-Range: bytes {CUT + 1}-{END}/{END + 1}"),
    "starts at zero": rest(span=f"Content-Range: bytes 0-{END}/{END + 1}"),
    "ends earlier": rest(span=f"Content-Range: bytes {CUT}-{END - 1}/{END + 1}"),
    "other total": rest(span=f"Content-Range: bytes {CUT}-{END}/{END + 2}"),
    "total not known": rest(span=f"Content-Range: bytes {CUT}-{END}/*"),
    "not a range": rest(span="Content-Range: bytes many"),
    "other unit": rest(span=f"Content-Range: lines {CUT}-{END}/{END + 1}"),
    "other length": answer(OLD[CUT:-1], "206 X", [TAG, f"Content-Range: bytes {CUT}-{END}/{END + 1}"]),
    "file changed": rest(CUT, NEW, 'ETag: "v2"'),
    "tag turned weak": rest(CUT, OLD, 'ETag: W/"v1"'),
    "tag gone": rest(CUT, OLD, "X-Other: 1"),
    "date changed": rest(CUT, OLD, TAG, "Last-Modified: Wed, 25 Nov 2026 10:00:00 GMT"),
    "packed": rest(CUT, OLD, TAG, "Content-Encoding: gzip"),
    "not satisfiable": answer(b"", "416 X", [f"Content-Range: bytes */{END + 1}"]),
    "condition failed": answer(b"", "412 X"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_rest_that_does_not_fit_starts_over_without_a_range(serve, tmp_path, wrong):
    """The third answer breaks off as well: a server that was wrong about ranges is not asked for one again."""
    again = broken(BYTES, MODIFIED, TAG, body=NEW, cut=100)
    server = scripted(serve, broken(BYTES, MODIFIED, TAG), wrong, again, answer(NEW))
    whole(server, tmp_path, NEW, attempts=4)
    assert ranges(server) == ["", f"bytes={CUT}-", "", ""]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_rest_that_does_not_fit_leaves_nothing_when_no_attempt_is_left(serve, tmp_path, wrong):
    server = scripted(serve, broken(BYTES, MODIFIED, TAG), wrong)
    refused(server.url, tmp_path, "attempt 2, the server cannot continue where the body broke off", attempts=2)


def test_a_redirect_to_another_file_with_the_same_tag_is_not_spliced(serve, tmp_path):
    """Both files carry tag "v1", as files of a simple server may."""
    first, second = (answer(b"", "302 X", [f"Location: /{year}.csv"]) for year in (2025, 2026))
    server = scripted(serve, first, broken(BYTES, TAG), second, rest(CUT, NEW), second, answer(NEW, headers=[TAG]))
    whole(server, tmp_path, NEW)
    assert ranges(server) == ["", "", f"bytes={CUT}-", f"bytes={CUT}-", "", ""]


@pytest.mark.parametrize("status", ["404 X", "403 X", "304 X"])
def test_a_file_that_is_gone_meanwhile_is_told_at_once(serve, tmp_path, status):
    server = scripted(serve, broken(BYTES, TAG), answer(b"", status))
    refused(server.url, tmp_path, f"^the server answered {status[:3]}")
    assert server.hits == 2


# --- nothing shows that it is the same file

UNPROVEN = {
    "no tag": (BYTES,),
    "weak tag": (BYTES, 'ETag: W/"v1"'),
    "weak tag and date": (BYTES, 'ETag: W/"v1"', MODIFIED, LATER),
    "tag without quotes": (BYTES, "ETag: v1"),
    "just modified": (BYTES, MODIFIED, SOON),
    "date without now": (BYTES, MODIFIED),
    "date unreadable": (BYTES, "Last-Modified: soon", LATER),
    "ranges not offered": (TAG,),
    "ranges refused": ("Accept-Ranges: none", TAG),
    "packed": (BYTES, TAG, "Content-Encoding: deflate"),
}


@pytest.mark.parametrize("headers", UNPROVEN.values(), ids=list(UNPROVEN))
def test_without_proof_the_whole_file_is_asked_for_again(serve, tmp_path, headers):
    server = scripted(serve, broken(*headers), answer(NEW))
    whole(server, tmp_path, NEW)
    assert ranges(server) == ["", ""]


def test_a_body_that_broke_before_its_first_byte_is_asked_for_whole(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG, cut=0), answer(OLD))
    whole(server, tmp_path, OLD)
    assert ranges(server) == ["", ""]


def test_a_posted_question_is_asked_whole_again(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG), answer(OLD))
    assert download(server.url, tmp_path, settings(), body=b"{}").path.read_bytes() == OLD
    assert ranges(server) == ["", ""]


def test_the_first_question_about_a_known_version_asks_for_no_range(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG), rest())
    got = download(server.url, tmp_path, settings(), '"v0"')
    assert got.path.read_bytes() == OLD
    asked = ["if-none-match" in request.lower() for request in server.requests]
    assert asked == [True, False], "a 304 to the second would be about another file than its range"


# --- limits hold over the parts together


def test_the_byte_cap_counts_all_parts(serve, tmp_path):
    server = scripted(serve, broken(BYTES, TAG), rest())
    refused(server.url, tmp_path, f"more than {len(OLD) - 1} bytes", max_bytes=len(OLD) - 1)
    assert server.hits == 2


def test_a_web_page_is_recognised_by_its_first_part(serve, tmp_path):
    page = b"<!doctype html>" + OLD
    tail = answer(page[500:], "206 X", [TAG, f"Content-Range: bytes 500-{len(page) - 1}/{len(page)}"])
    refused(scripted(serve, broken(BYTES, TAG, body=page, cut=500), tail).url, tmp_path, "not data but a web page")


def test_a_real_file_over_many_breaks_is_whole(serve, tmp_path):
    """A server that hangs up after 20 kB each time, by the rules of ranges."""

    def reply(_):
        start = int((ranges(server)[-1] or "bytes=0-")[6:-1])
        full = rest(start) if start else answer(OLD, headers=[BYTES, TAG])
        return full[: len(full) - len(OLD[start:]) + 20_000]

    server = serve(reply)
    whole(server, tmp_path, OLD, attempts=5)
    assert ranges(server) == ["", *(f"bytes={n}0000-" for n in (2, 4, 6))]


def test_a_silent_connection_is_continued_as_well(serve, tmp_path):
    """The first answer neither ends nor goes on, as behind a router that lost the connection."""
    done = threading.Event()

    def reply(hit):
        yield broken(BYTES, TAG) if hit == 1 else rest()
        if hit == 1:
            done.wait(3)

    server = serve(reply)
    whole(server, tmp_path, OLD, read_timeout_s=0.2)
    done.set()
    assert ranges(server) == ["", f"bytes={CUT}-"]
