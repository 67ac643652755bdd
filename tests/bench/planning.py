"""One change in catalogues of 50, 200 and 1,000 subjects on the built-in figures.

The subjects are synthetic: those of the catalogue, cut down or copied under other codes until there are as many as
asked, in a checkout of their own. One cell of poverty is changed there, and refreshed in a whole process, as an analyst
would; and once more with everything imported first, for the seconds of building and releasing alone.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from pipelines.describe.catalogue import Topic, load_topics
from pipelines.describe.specfile import ROOT
from tests.bench.change import POVERTY, changed, copy_checkout
from tests.bench.figures import Figure
from tests.bench.process import Ran, run

SIZES = (50, 200, 1000)
RUNS = 3
GROWTH = 1.5


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


def checkout(folder: Path, number: int) -> Path:
    """A copy of this checkout, in a folder, with a catalogue of so many subjects."""
    copy_checkout(folder)
    for path in (folder / "models" / "indicatoren").glob("*.yaml"):
        path.unlink()
    themes: dict[str, dict[str, Any]] = defaultdict(dict)
    for code, topic in synthetic(number).items():
        themes[topic.thema][code] = topic.model_dump(exclude_defaults=True, exclude={"onderwerp", "thema"})
    for place, (theme, entries) in enumerate(themes.items()):
        text = yaml.safe_dump({"thema": theme, "onderwerpen": entries}, allow_unicode=True, sort_keys=False)
        (folder / "models" / "indicatoren" / f"{place:02d}.yaml").write_text(text, encoding="utf-8")
    return folder


class Catalogue:
    """So many subjects in a checkout and a home of their own, and what was measured there."""

    def __init__(self, folder: Path, number: int) -> None:
        folder.mkdir()
        (folder / "obmi.toml").touch()
        self._folder, self._code = folder, checkout(folder / "checkout", number)
        self._env = {"OBMI_HOME": f"{folder}/home", "OBMI_CONFIG": f"{folder}/obmi.toml", "PYTHONPATH": str(ROOT)}
        self._more = 0.0
        self.first = self._asked("pipelines.cli", "refresh")
        self.cells: list[Ran] = []
        self.parts: list[float] = []  # seconds of building and releasing
        self._hand_over()
        self._asked("pipelines.cli", "refresh")  # the first delivery takes the place of the built-in figures

    def change(self) -> None:
        """Change a cell and refresh in a whole process, and once more with everything imported first."""
        self._hand_over()
        self.cells.append(self._asked("pipelines.cli", "refresh"))
        self._hand_over()
        stages = json.loads(self._asked("tests.bench.work").line)["stages"]
        self.parts.append(stages["build"] + stages["release"])

    def _hand_over(self) -> None:
        self._more += 0.1
        file = changed(POVERTY, self._folder, "armoederisico", self._more)
        self._asked("pipelines.cli", "drop", POVERTY.stem, str(file))

    def _asked(self, *command: str) -> Ran:
        return run(["-m", *command], self._env, self._code)


def subjects() -> list[Figure]:
    """What one changed cell costs in each of these catalogues, which take turns."""
    with tempfile.TemporaryDirectory() as folder:
        found = {size: Catalogue(Path(folder) / f"{size}", size) for size in SIZES}
        for _ in range(RUNS):
            for one in found.values():
                one.change()
    few, most = found[SIZES[0]], found[SIZES[-1]]
    what = f"one changed cell, {SIZES[-1]:,} subjects against {SIZES[0]}"
    whole = median(b.wall / a.wall for a, b in zip(few.cells, most.cells, strict=True))
    alone = median(b / a for a, b in zip(few.parts, most.parts, strict=True))
    lines = [
        Figure(f"{what}, a whole refresh", whole, "times", GROWTH),
        Figure(f"{what}, building and releasing alone", alone, "times", GROWTH),
    ]
    for size, one in found.items():
        cell = f"{size:,} synthetic subjects, one changed cell"
        lines += [
            Figure(f"{size:,} synthetic subjects, the first refresh", one.first.wall, "s"),
            Figure(f"{cell}, a whole refresh", median(r.wall for r in one.cells), "s"),
            Figure(f"{cell}, building and releasing alone", median(one.parts), "s"),
            Figure(f"{cell}, processor", median(r.processor for r in one.cells), "s"),
            Figure(f"{size:,} synthetic subjects, peak", max(r.peak for r in (one.first, *one.cells)), "MiB"),
        ]
    return lines
