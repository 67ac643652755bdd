"""One change in catalogues of 50, 200 and 1,000 subjects on the built-in figures.

The subjects are synthetic: those of the catalogue, cut down or copied under other codes until there are as many as
asked. `python -m tests.bench.planning landed HOME` takes in the built-in figures, `python -m tests.bench.planning
HOME NUMBER` builds and releases such a catalogue, changes a cell of poverty, builds and releases again, and prints the
seconds of both, and those of processor of the last.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipelines.config import Settings
from pipelines.deliver import land_all
from pipelines.describe.catalogue import Topic, load_cities, load_topics
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.keeping import pack_ahead
from pipelines.refresh import build_models, publish_release
from tests.bench.change import POVERTY, changed

SIZES = (50, 200, 1000)


def synthetic(number: int) -> dict[str, Topic]:
    """So many subjects, those of the dataset that changes among the first, each with the parts that it is computed
    from; copies have codes and names of their own. What hangs on that dataset has none, so that a change reaches as
    many subjects in every catalogue."""
    known = {code: topic for code, topic in load_topics().items() if topic.in_voorbereiding is None}
    known = dict(sorted(known.items(), key=lambda item: POVERTY.stem not in item[1].bron))  # what the change is about
    chosen: dict[str, Topic] = {}
    copy = 0
    while len(chosen) < number:
        for topic in known.values():
            needed = _with_parts(topic, known) if len(chosen) < number else []
            if copy and any(POVERTY.stem in one.bron for one in needed):
                continue
            for one in needed:
                own = _copied(one, copy)
                chosen[own.onderwerp] = own
        copy += 1
    return chosen


def _with_parts(topic: Topic, known: dict[str, Topic]) -> list[Topic]:
    """A subject after all that it is computed from or refers to."""
    related = [*topic.parts, *(c for c in (topic.plat, topic.drempelonderwerp) if c)]
    return [*(t for code in related for t in _with_parts(known[code], known)), topic]


def _copied(topic: Topic, copy: int) -> Topic:
    """A subject under codes of its own, which point to the same copy of its parts."""
    if not copy:
        return topic.model_copy(update={"opvolger": None})

    def named(code: str | None) -> str | None:
        return code and f"{code}_{copy}"

    terms = {f"{named(t.split(' ')[0])}{t[len(t.split(' ')[0]) :]}": c for t, c in topic.termen.items()}
    classes = {f"{named(one)}": f"{named(other)}" for one, other in topic.klassen.items()}
    single = ("onderwerp", "teller", "noemer", "plat", "drempelonderwerp")
    codes = {key: named(getattr(topic, key)) for key in single}
    return topic.model_copy(
        update={**codes, "termen": terms, "klassen": classes, "opvolger": None, "naam": f"{topic.naam} {copy}"}
    )


def landed(home: Home) -> None:
    """Take in the built-in figures of every dataset that has them."""
    known = Landings(home, load_datasets())
    built_in = [i for i, landing in known.items() if landing.spec.voorbeeld]
    with home.lock():
        _, problem = land_all(known, built_in, load_cities(), "voorbeeld", Settings(), None, lambda who, text: None)
    if problem:
        raise SystemExit(problem)


def measure(home: Home, number: int) -> dict[str, Any]:
    """Seconds of the first build and release, and of the next after one changed cell, of which also those of
    processor."""
    topics = synthetic(number)
    project = Project(load_datasets(), topics, load_cities(), Settings())

    def released() -> tuple[float, float]:
        started, worked = time.perf_counter(), time.process_time()
        known = Landings(home, project.datasets)
        with home.lock():
            with ThreadPoolExecutor(1) as beside:  # as a refresh does
                beside.submit(pack_ahead, home)
                build_models(project, known)
            publish_release(project, known, project.settings, lambda text: None)
        return time.perf_counter() - started, time.process_time() - worked

    first, _ = released()
    # the first delivery takes the place of the built-in figures; the second changes one cell of it
    for more in (0.1, 0.2):
        file = changed(POVERTY, home.root, "armoederisico", more)
        drop(project.datasets[POVERTY.stem], [file], home)
        landed(home)
        last, processor = released()
    return {"subjects": len(topics), "first": first, "change": last, "processor": processor}


def main() -> None:
    """Take in the figures, or measure one size and print it as JSON."""
    if sys.argv[1] == "landed":
        landed(Home(Path(sys.argv[2])))
        return
    print(json.dumps(measure(Home(Path(sys.argv[1])), int(sys.argv[2]))))


if __name__ == "__main__":
    main()
