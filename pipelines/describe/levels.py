"""The area levels and their versions (sources/gebieden/gebiedsniveau.csv): no other file knows a year of a merger."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from pipelines.describe.specfile import ROOT
from pipelines.home import quoted

LEVELS = ROOT / "sources" / "gebieden" / "gebiedsniveau.csv"
MUNICIPAL = "gemeente"
NATIONAL = "belgie"  # the one level without an area in a region that is shown
SHOWN_REGIONS = ("02000", "04000")  # Flanders and Brussels: no area elsewhere gets a row


@dataclass(frozen=True)
class Level:
    """One version of a level: `laatste_jaar` is the last year in which it was official, None for today's; with
    `afgeleid` every yearly series stands on it in full."""

    gebiedsniveau: str
    reeks: str
    laatste_jaar: int | None
    afgeleid: bool


@cache
def load_levels() -> dict[str, Level]:
    """Every level by its name, as the list gives them."""
    with LEVELS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    return {
        r["gebiedsniveau"]: Level(
            r["gebiedsniveau"], r["reeks"], int(r["laatste_jaar"]) if r["laatste_jaar"] else None, r["afgeleid"] == "ja"
        )
        for r in rows
    }


def versions(series: str = MUNICIPAL) -> list[Level]:
    """The versions of a level, oldest first and today's last."""
    found = [level for level in load_levels().values() if level.reeks == series]
    return sorted(found, key=lambda level: level.laatste_jaar or 9999)


def version_in(year: int, series: str = MUNICIPAL) -> str:
    """The version that was official on 1 January of a year; the oldest one for what lies before it."""
    return next(v.gebiedsniveau for v in versions(series) if v.laatste_jaar is None or year <= v.laatste_jaar)


def version_sql(year: str, series: str = MUNICIPAL) -> str:
    """SQL that gives the version for an SQL year, as `version_in` does."""
    *ended, today = versions(series)
    cases = " ".join(f"WHEN {year} <= {v.laatste_jaar} THEN {quoted(v.gebiedsniveau)}" for v in ended)
    return f"CASE {cases} ELSE {quoted(today.gebiedsniveau)} END" if cases else quoted(today.gebiedsniveau)
