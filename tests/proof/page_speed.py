"""`make ui-proof`: what Dagster's page asks when an analyst opens it, asked again while a refresh builds everything.

The questions are those that a browser was seen to ask; all of one page are asked at once, as a browser does. Prints
the median, the 95th in a hundred and the slowest answer of each, at rest and during the refresh, and the load of the
machine. The figure that changes is synthetic.

python -m tests.proof.page_speed
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from pipelines.home import Home
from tests.helpers import alone, refreshed
from tests.homes import made_once
from tests.proof.desk import POVERTY, RUNS, Desk, at_rest, at_the_page, awaited, told
from tests.proof.system import installed
from tests.proof.ui import JSON, ROOT, _answer, page
from tests.scenes.test_definitions import poverty_figures

# The whole graph, the list of assets, one asset, and the runs.
PAGES = ("asset-groups", "assets", f"assets/landing/{POVERTY}?view=overview", "runs")
AT_ONCE = 6  # connections of a browser to one server
ROUNDS, PAUSE_S, SETTLED_MS = 10, 1.0, 10_000
WITHIN_S = 1.0
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class Question(NamedTuple):
    """One that a browser asks: the page that is opened, its name there, and its body, which is empty for the page."""

    path: str
    name: str
    body: str


def asked_by_a_browser(desk: Desk) -> list[Question]:
    """What the browser asks of every page, each question once."""
    found: dict[tuple[str, str], Question] = {}
    for path in PAGES:
        found[path, ""] = Question(path, "the page itself", "")
        seen: list[str] = []

        def keep(request, seen: list[str] = seen) -> None:
            if request.url.endswith("/graphql") or "/graphql?" in request.url:
                seen.append(request.post_data)

        desk.tab.on("request", keep)
        desk.tab.goto(f"http://127.0.0.1:{desk.port}/{path}")
        desk.tab.wait_for_timeout(SETTLED_MS)
        desk.tab.remove_listener("request", keep)
        assert seen, f"the browser asked nothing on {path}"
        for body in sorted(seen, key=len):  # one of each; that of most assets, where it is asked for some at a time
            name = json.loads(body)["operationName"]
            found[path, name] = Question(path, name, body)
    return list(found.values())


def taken(port: int, question: Question) -> tuple[Question, float]:
    """How many seconds an answer takes."""
    own = {"Content-Type": JSON, "Origin": f"http://127.0.0.1:{port}"} if question.body else {}
    start = time.perf_counter()
    method, path = ("POST", "/graphql") if question.body else ("GET", f"/{question.path}")
    status, answer = _answer(port, method, path, question.body or None, own)
    seconds = time.perf_counter() - start
    assert status == 200, (question, answer[:300])
    return question, seconds


def measured(port: int, questions: list[Question], goes_on: Callable[[int], bool]) -> dict[str, list[float]]:
    """The seconds of every question, by its name, and of a page with all that it asks; round after round."""
    found, number = defaultdict(list), 0
    paths = list(dict.fromkeys(q.path for q in questions))
    with ThreadPoolExecutor(AT_ONCE) as several:
        while goes_on(number):
            for path in paths:
                start = time.perf_counter()
                for q, seconds in several.map(lambda q: taken(port, q), [q for q in questions if q.path == path]):
                    found[q.name].append(seconds)
                found[f"all of {path.partition('?')[0]}"].append(time.perf_counter() - start)
                time.sleep(PAUSE_S)
            number += 1
    return found


def of_hundred(seconds: list[float]) -> tuple[float, float, float]:
    """The median, the 95th in a hundred and the most."""
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1], max(seconds)


def load() -> str:
    """What the machine does."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def main() -> int:
    """Measure at rest and during a refresh; returns how many questions took too long during it."""
    if not installed("chromium"):
        print("chromium is not on this machine and cannot be installed; install it, and start this again")
        return 1
    with tempfile.TemporaryDirectory(prefix="obmi-speed-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        home, figures = Home(work / "one" / "home"), work / "armoede.csv"
        shutil.copytree(made_once("released", refreshed), home.root, symlinks=True)
        shutil.copy(ROOT / "sources" / "voorbeeld" / f"{POVERTY}.csv", figures)
        with at_the_page(home, f"sources.{POVERTY}.files = ['{figures}']\n{alone(POVERTY)}", work) as desk:
            awaited(lambda: "release" in told(desk.port), "the history")
            awaited(lambda: at_rest(desk.port, "websites_maken", 1), "the websites of the release", desk.port)
            questions = asked_by_a_browser(desk)
            desk.tab.goto("about:blank")
            rest, before = measured(desk.port, questions, lambda number: number < ROUNDS), load()
            shutil.copy(poverty_figures(work, "44021", "2022", 2, "27390"), figures)
            shutil.rmtree(home.root / "build")  # so that every model is built again
            desk.open("locations/pipelines.definitions/jobs/verversing", "Materialize all")
            desk.launch("Materialize all")
            desk.tab.goto("about:blank")
            start = time.monotonic()
            busy = measured(
                desk.port,
                questions,
                lambda number: page(desk.port, RUNS)["runsOrError"]["results"][0]["status"] not in ENDED,
            )
            during, ran = load(), time.monotonic() - start
            awaited(lambda: at_rest(desk.port, "verversing", 1), "everything", desk.port)
    print(f"at rest: {before}; during a refresh of {ran:.0f} s: {during}; seconds: median, 95 in 100, most")
    for what in sorted(busy, key=lambda w: -max(busy[w])):
        was, now = (" ".join(f"{s:6.3f}" for s in of_hundred(seconds[what])) for seconds in (rest, busy))
        print(f"{what:<42} {len(busy[what]):4d} times  at rest {was}   during {now}")
    slow = [what for what in busy if not what.startswith("all of") and max(busy[what]) > WITHIN_S]
    print(f"slower than {WITHIN_S:.0f} s: {slow or 0}")
    return len(slow)


if __name__ == "__main__":
    sys.exit(main())
