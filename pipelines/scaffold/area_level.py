"""Which areas a column of codes names: level, version, and which regions are there whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.describe.levels import MUNICIPAL, load_levels, version_in, versions
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Sample

FAMILIES = ("statsec", "wijk", "deelgemeente", "gemeente", "arrondiss", "provincie", "gewest", "belgie")
WIDTH = 5
Lists = dict[str, dict[str, str | None]]


def family(level: str) -> str:
    """A level without the year of its version."""
    return re.sub(r"\d{4}$", "", level)


def lists(sample: Sample) -> Lists:
    """Level → area code → its region, for the levels that figures stand on. A number below a hundred (a vervoerregio)
    tells nobody that it is an area."""
    out: Lists = {}
    for level, code, region in sample.con.execute("SELECT gebiedsniveau, gebied, gewest FROM gebied").fetchall():
        if level in load_levels() and len(code) > 2:
            out.setdefault(level, {})[code] = region
    return out


@dataclass(frozen=True)
class Judged:
    """The level and version of a set of codes, why, and the codes that it does not know."""

    level: str
    why: str
    unknown: frozenset[str] = frozenset()


def padded(code: str, known: Mapping[str, object] | set[str]) -> str:
    """A code with the leading zeros that a spreadsheet took, where that makes a known one."""
    full = code.zfill(WIDTH)
    return full if code.isdigit() and len(code) < WIDTH and full in known else code


def best_family(codes: Iterable[str], known: Lists, hint: str = "") -> tuple[str, int]:
    """The kind of area that knows the most codes, and how many; a level's own word breaks a tie."""
    codes = set(codes)
    hits: dict[str, int] = {}
    for level, areas in known.items():
        hits[family(level)] = max(hits.get(family(level), 0), len(codes & areas.keys()))

    def rank(name: str) -> tuple[int, bool, int]:
        order = FAMILIES.index(name) if name in FAMILIES else len(FAMILIES)
        return hits[name], family(hint.lower()) == name, -order

    chosen = max(hits, key=rank)
    return chosen, hits[chosen]


def judge(
    per_year: Mapping[int, set[str]], known: Lists, answers: Answers, hint: str = "", beside: Sequence[str] = ()
) -> Judged:
    """Level and version of the codes of every year; `beside` are the levels of the file that are known already.
    Asks where the codes leave more than one version open."""
    codes = set().union(*per_year.values())
    kind, _ = best_family(codes, known, hint)
    versions = sorted((v for v in known if family(v) == kind), key=lambda v: (v == kind, v))
    given = answers.overruled("versies", {}).get(hint) if hint else answers.overruled("gebied", None)
    if given and given != "jaar":
        if given not in known:
            raise NotDescribed(f"level '{given}' is unknown; choose from {', '.join(sorted(known))}")
        return Judged(given, "as answered", frozenset(codes - known[given].keys()))
    strange = {v: codes - known[v].keys() for v in versions}
    fewest = min(len(s) for s in strange.values())
    fitting = [v for v in versions if len(strange[v]) == fewest]
    if kind == "gemeente" and (given == "jaar" or fewest) and _own_year(per_year, known, fewest):
        return Judged("jaar", "the codes of every year are municipalities of that year", frozenset())
    if len(fitting) > 1:
        fitting = _fullest(codes, fitting, known)
    if len(fitting) > 1 and hint in fitting and hint != kind:
        return Judged(
            hint, f"the level column says {hint}, and the codes do not contradict it", frozenset(strange[hint])
        )
    level = fitting[0]
    if len(fitting) > 1 and (shared := _shared(kind, fitting, beside)):
        why = f"its codes fit several versions, and the municipalities beside it are {beside[0]}"
        return Judged(shared, why, frozenset(strange[shared]))
    if len(fitting) > 1:
        level = answers.need(f"versie {hint or 'gebied'}", f"version of the {kind} codes, which fit several", fitting)
        return Judged(level, "as answered", frozenset(strange[level]))
    if len(versions) == 1:
        return Judged(level, f"holds {len(codes & known[level].keys())} codes of this level", frozenset(strange[level]))
    why = _telling(codes, level, versions, known)
    if hint in versions and hint not in (kind, level):
        why += f", although the level column says {hint}"
    return Judged(level, why, frozenset(strange[level]))


def _shared(kind: str, fitting: list[str], beside: Sequence[str]) -> str | None:
    """The version that was in force together with the municipalities of the same file: the first one that ended no
    earlier."""
    version = next((level.removeprefix("gemeente") for level in beside if family(level) == "gemeente"), None)
    if version is None:
        return None
    if not version:
        return kind if kind in fitting else None
    ended = sorted(v for v in fitting if v.removeprefix(kind) >= version)
    return ended[0] if ended else (kind if kind in fitting else None)


def _own_year(per_year: Mapping[int, set[str]], known: Lists, fewest: int) -> bool:
    unknown = 0
    for year, codes in per_year.items():
        unknown += len(codes - known[version_in(year)].keys())
    return unknown < fewest


def _fullest(codes: set[str], fitting: list[str], known: Lists) -> list[str]:
    """The versions of which nothing is absent in the arrondissements that the codes lie in; else all of them."""
    prefixes = {c[:2] for c in codes}
    whole = [v for v in fitting if all(c in codes for c in known[v] if c[:2] in prefixes)]
    return whole or fitting


def _telling(codes: set[str], level: str, versions: list[str], known: Lists) -> str:
    """Per other version a code that is there and one that is not, as only this version would have it."""
    held, absent = [], []
    for other in (v for v in versions if v != level):
        held += _favourites(codes & (known[level].keys() - known[other].keys()))
        prefixes = {c[:2] for c in codes}
        absent += _favourites({c for c in known[other].keys() - known[level].keys() - codes if c[:2] in prefixes})
    parts = ["holds " + " and ".join(dict.fromkeys(held))] if held else []
    parts += ["not " + " and ".join(dict.fromkeys(absent))] if absent else []
    named = f"municipalities {_when(level)}" if family(level) == MUNICIPAL else f"codes of {level}"
    return f"{' and '.join(parts)}: {named}" if parts else named


def _when(level: str) -> str:
    """The years in which a version of the municipalities is official."""
    ended = [0, *(v.laatste_jaar or 0 for v in versions())]
    first, last = next((ended[i] + 1, v.laatste_jaar) for i, v in enumerate(versions()) if v.gebiedsniveau == level)
    if last is None:
        return f"since {first}"
    return f"until {last}" if first == 1 else f"of {first}-{last}"


def _favourites(codes: set[str]) -> list[str]:
    """One code, of a city where there is one, because analysts know those by heart."""
    cities = ["71022", "71072", "11007", "46030", "23106", "44083", "44086", "44001"]
    return sorted(codes, key=lambda c: (cities.index(c) if c in cities else len(cities), c))[:1]


@cache
def word_of(level: str) -> str:
    """The Dutch words for a level, for descriptions."""
    names = {
        **{v.gebiedsniveau: f"gemeenten tot en met {v.laatste_jaar}" for v in versions()},
        MUNICIPAL: "gemeenten van vandaag",
        "jaar": "gemeenten van het eigen jaar",
        "kolom": "gebieden die in het bestand staan",
    }
    return names.get(level, f"gebieden van het niveau {level}")
