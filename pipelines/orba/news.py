"""What became of the verdicts since the last refresh. Who owns a goal is told in the city's own file; the alerts that
are shared say of how many, and nothing of what a city plans."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import PRIVATE, Home, now, read_or_set_aside, write_json
from pipelines.orba.changed import changed
from pipelines.orba.editions import Editions
from pipelines.orba.states import follow
from pipelines.orba.verdict import Followed
from pipelines.publish.releases import database_path, sound_current

SEEN, TOLD_FILE = "gezien.json", "meldingen.jsonl"


@dataclass(frozen=True)
class Seen:
    """What the verdicts of a city stood on at the last refresh: the day, the release, the plan, and all the figures."""

    op: str = ""
    release: str = ""
    plan: str = ""
    volgt: dict[str, Followed] = field(default_factory=dict)


@dataclass(frozen=True)
class News:
    """What changed in a city: a line per goal or action for its owner, a line for everybody, and what was looked at."""

    folder: Path
    lines: list[dict[str, str]]
    said: str
    seen: Seen

    def remember(self) -> None:
        """Write down what was looked at, once it is told: a kill tells twice rather than never."""
        from pydantic import TypeAdapter

        write_json(self.folder / SEEN, TypeAdapter(Seen).dump_python(self.seen, mode="json"))


def verdict_news(home: Home, cities: Sequence[City]) -> list[News]:
    """The verdicts that changed since the last refresh, of the release that readers get and of today; written into the
    file of each city. Nothing where there is no release or no plan."""
    manifest = sound_current(home)
    found: list[News] = []
    for city in cities if manifest else ():
        assert manifest is not None, "asked above"
        editions, today = Editions(home, city.stad), now().date()
        place = editions.root / SEEN
        looked_at = (f"{today}", manifest["release"], editions.mark)
        before = read_or_set_aside(place, Seen, Seen())
        if not editions.mark or (before.op, before.release, before.plan) == looked_at:
            continue
        plan = editions.plan()
        with duckdb.connect(str(database_path(home, manifest, city.stad)), read_only=True) as con:
            followed = follow(plan, con, city)
        lines = []
        for key in before.volgt.keys() & followed.keys():
            change = changed(before.volgt[key], date.fromisoformat(before.op), followed[key], today)
            if change:
                row = plan.elements[key]
                who = {"onderdeel": key, "titel": row.titel, "eigenaar": row.eigenaar}
                lines.append({"op": f"{today}", **who, "van": change.van, "naar": change.naar, "reden": change.reden})
        lines.sort(key=lambda line: line["onderdeel"])
        _append(editions.root / TOLD_FILE, lines)
        many = "1 verdict" if len(lines) == 1 else f"{len(lines)} verdicts"
        said = f"orba · {city.stad}: {many} changed; see {home.relative(editions.root / TOLD_FILE)}" if lines else ""
        found.append(News(editions.root, lines, said, Seen(*looked_at, followed)))
    return found


def _append(path: Path, lines: list[dict[str, str]]) -> None:
    if not lines:
        return
    with path.open("a", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), 0o666 & ~PRIVATE)
        stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        stream.flush()
        os.fsync(stream.fileno())
