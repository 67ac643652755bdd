"""The pages beside those of subjects: start, theme, area, comparison, quality and what is said about all of them."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.site import words
from pipelines.site.charts import Dot, spark
from pipelines.site.numbers import number
from pipelines.site.read_release import BESIDE, FLANDERS, TOGETHER, Place, ReleaseFigures, Row

NEWEST = 6  # datasets that the start names
STEPS = 8  # steps that the page on quality names


@dataclass(frozen=True)
class Tile:
    """One figure at a glance."""

    code: str
    title: str
    value: str
    period: str
    spark: Markup
    trend: str
    place: str
    compared: str
    why_not: str


def theme_address(theme: str) -> str:
    """The address of a theme: `inkomen-en-armoede`."""
    plain = unicodedata.normalize("NFKD", theme.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def tile(figures: ReleaseFigures, place: Place, code: str) -> Tile:
    """A subject as a tile."""
    topic, row = figures.topics[code], figures.latest(place.gebied, code)
    valued = row if row is not None and row["waarde"] is not None else None
    points = figures.series.get((place.gebied, code), [])
    compared = words.comparisons(valued, topic) if valued else []
    return Tile(
        code=code,
        title=words.title(topic),
        value=words.value_said(valued, topic) if valued else "",
        period=valued["periode"] if valued else "",
        spark=spark([Dot(p.jaar, p.waarde) for p in points if p.waarde is not None]),
        trend=words.trend(valued).capitalize() if valued and valued["trend"] in ("stijgend", "dalend") else "",
        place=words.rank_said(valued, []) if valued else "",
        compared=compared[0] if compared else "",
        why_not="" if valued else words.missing(row, figures) if row else "nog geen cijfers",
    )


def start(figures: ReleaseFigures, place: Place, codes: list[str]) -> dict[str, Any]:
    """The city in twelve figures, and what came in last."""
    fresh = [s for s in figures.sources.values() if s["aanvaard_op"] and s["jongste_jaar"]]
    fresh.sort(key=lambda s: (-s["jongste_jaar"], s["titel"]))
    return {
        "tiles": [tile(figures, place, c) for c in codes if c in figures.topics],
        "themes": [
            (name, theme_address(name), with_value(figures, place, topics)) for name, topics in figures.themes.items()
        ],
        "fresh": [(s["titel"], s["uitgever"], s["jongste_jaar"], words.accepted(s)) for s in fresh[:NEWEST]],
        "revised": [
            (code, words.title(figures.topics[code]), len(rows))
            for (area, code), rows in sorted(figures.revisions.items())
            if area == place.gebied and code in figures.topics
        ],
    }


def with_value(figures: ReleaseFigures, place: Place, topics: list[Row]) -> int:
    """How many of these subjects have a value here."""
    rows = (figures.latest(place.gebied, t["onderwerp"]) for t in topics)
    return sum(row is not None and row["waarde"] is not None for row in rows)


def theme(figures: ReleaseFigures, place: Place, name: str, codes: list[str]) -> dict[str, Any]:
    """The tiles of a theme, and its other subjects with and without figures."""
    topics = figures.themes[name]
    first = [c for c in codes if c in figures.topics]
    rest = [t for t in topics if t["onderwerp"] not in first]
    rows = [(t, figures.latest(place.gebied, t["onderwerp"])) for t in rest]
    return {
        "name": name,
        "slug": theme_address(name),
        "title": name,
        "tiles": [tile(figures, place, c) for c in first],
        "others": [
            (t["onderwerp"], words.title(t), words.value_said(r, t), r["periode"])
            for t, r in rows
            if r and r["waarde"] is not None
        ],
        "without": [
            (t["onderwerp"], words.title(t), words.missing(r, figures) if r else "")
            for t, r in rows
            if not r or r["waarde"] is None
        ],
    }


def area(figures: ReleaseFigures, code: str) -> dict[str, Any]:
    """The profile of an area: its latest figures by theme, beside those of the thirteen and of Flanders."""
    groups = []
    for name, topics in figures.themes.items():
        rows = []
        for topic in sorted(topics, key=lambda t: t["soort"] not in BESIDE):  # what can be compared first
            found = figures.latest(code, topic["onderwerp"])
            if found is None or found["waarde"] is None:
                continue
            beside = topic["soort"] in BESIDE
            others = [
                number(v, topic["afronding"]) if beside and (v := found[f"waarde_{side}"]) is not None else ""
                for side in ("centrumsteden", "vlaanderen")
            ]
            rows.append(
                (
                    topic["onderwerp"],
                    words.title(topic),
                    words.value_said(found, topic),
                    found["periode"],
                    *others,
                    found["rang"],
                )
            )
        if rows:
            groups.append((name, theme_address(name), rows))
    peers = [(p, figures.names.get(p, p)) for p in figures.peers.get((code, "centrumstad"), [])]
    alike = [(p, figures.names.get(p, p)) for p in figures.peers.get((code, "gemeente"), [])]
    said = words.area_name(code, figures)
    return {
        "title": said[:1].upper() + said[1:],
        "code": code,
        "groups": groups,
        "peers": peers,
        "alike": alike,
        "merger": words.merger(code, figures),
    }


def areas(figures: ReleaseFigures, place: Place) -> list[str]:
    """The areas that a website has a profile of: its own, the cities, their references, and those that are alike."""
    found = [place.gebied, *(figures.area(c) for c in figures.cities), TOGETHER, FLANDERS]
    for group in ("centrumstad", "gemeente"):
        found += figures.peers.get((place.gebied, group), [])
    return list(dict.fromkeys(found))


def cities_beside(figures: ReleaseFigures, place: Place, name: str) -> dict[str, Any]:
    """The cities beside each other on what can be compared in a theme, in the year that most of them have."""
    columns = [(figures.area(c), c.naam) for c in figures.cities] + [
        (TOGETHER, "De 13 samen"),
        (FLANDERS, "Vlaanderen"),
    ]
    rows = []
    for topic in figures.themes[name]:
        if topic["soort"] not in BESIDE:
            continue
        found = [figures.latest(code, topic["onderwerp"]) for code, _ in columns]
        periods = Counter(r["periode"] for r in found if r and r["waarde"] is not None)
        if not periods:
            continue
        usual = max(periods, key=lambda p: (periods[p], p))
        cells = [_compared(r, topic, usual) for r in found]
        rows.append((topic["onderwerp"], words.title(topic), topic["eenheid"] or "", usual, cells))
    return {
        "title": f"Vergelijken: {name}",
        "name": name,
        "slug": theme_address(name),
        "columns": columns,
        "rows": rows,
        "own": place.gebied,
    }


def _compared(row: Row | None, topic: Row, usual: str) -> tuple[str, str, bool]:
    """A value and, where it is of another year than its row, that year; or why there is none. And whether there is."""
    if row is None or row["waarde"] is None:
        return words.STATUSES.get(row["status"], "geen cijfer") if row else "geen cijfer", "", False
    return number(row["waarde"], topic["afronding"]), "" if row["periode"] == usual else row["periode"], True


def quality(figures: ReleaseFigures, place: Place) -> dict[str, Any]:
    """How fresh every dataset is, what is held back, which checks failed, and how many points the data earn."""
    checks = [row for rows in figures.checks.values() for row in rows]
    held = [
        r
        for r in checks
        if r["punt"] == "vastgehouden" and (r["gebied"] in (None, place.gebied) or place.gebied == TOGETHER)
    ]
    return {
        "title": "Kwaliteit",
        "sources": [
            {**s, "checks": words.checks_said(figures.checks.get(b, [])), "since": words.accepted(s)}
            for b, s in figures.sources.items()
        ],
        "held": [(r["bron"], r["boodschap"] or r["omschrijving"]) for r in held],
        "failed": [
            (
                figures.sources[r["bron"]]["titel"] if r["bron"] in figures.sources else r["bron"],
                r["omschrijving"],
                r["waargenomen"],
            )
            for r in checks
            if r["uitslag"] in ("gefaald", "fout")
        ],
        "maturity": _maturity(figures, place),
        "steps": _steps(figures, place),
    }


def _maturity(figures: ReleaseFigures, place: Place) -> list[tuple[str, int, int]]:
    """Points per dimension of one city, or per city for the thirteen together."""
    points: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for city in figures.cities:
        for row in figures.maturity.get(city.stad, []):
            if place.gebied in (figures.area(city), TOGETHER):
                kept = points[city.naam if place.gebied == TOGETHER else row["dimensie"]]
                kept[0], kept[1] = kept[0] + row["score"], kept[1] + row["maximum"]
    return [(name, got, most) for name, (got, most) in points.items()]


def _steps(figures: ReleaseFigures, place: Place) -> list[tuple[str, int, str]]:
    """The steps that bring one city most points, and who can take them: first what it can do itself."""
    rows = [r for r in figures.maturity.get(place.stad, []) if r["winst"] and r["volgende_stap"]]
    won: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        won[row["volgende_stap"], row["wie"] or ""] += row["winst"]
    best = sorted(won.items(), key=lambda item: (item[0][1] != "stad", -item[1], item[0]))
    return [(what, gain, who) for (what, who), gain in best[:STEPS]]


def every_subject(figures: ReleaseFigures, place: Place) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Every subject by theme, with whether it has a value here: the list that a search goes through."""
    found = []
    for name, topics in figures.themes.items():
        rows = [(t["onderwerp"], words.title(t), with_value(figures, place, [t]) > 0) for t in topics]
        found.append((name, theme_address(name), rows))
    return found
