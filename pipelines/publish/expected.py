"""When the publisher of every dataset has news next, by when it last had some and how often it has: mart.kalender."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import Any

from pipelines.home import now
from pipelines.landing.landings import Landing, Landings

MONTHS = {"driejaarlijks": 36, "jaarlijks": 12, "driemaandelijks": 3, "maandelijks": 1}
DAYS = {"dagelijks": 1, "per uur": 1}


def expected(landing: Landing) -> dict[str, Any]:
    """When the last delivery came that holds something accepted, and when the next one is due: `laatst_op` and
    `verwacht_op` as dates, None for what comes once, and where only built-in figures are there. `dagen_te_laat` is
    positive where the day is over."""
    last = max((datetime.fromisoformat(d.arrived).date() for d in landing.taken if not d.stand_in), default=None)
    due = last and _next(last, landing.spec.cadans)
    return {"laatst_op": last, "verwacht_op": due, "dagen_te_laat": due and (now().date() - due).days}


def calendar_rows(landings: Landings) -> list[dict[str, Any]]:
    """mart.kalender: one row per dataset, what is overdue most first; without a day last."""
    rows = []
    for landing in landings.values():
        told = expected(landing)
        named = landing.spec.model_dump(include={"titel", "uitgever", "cadans"})
        newest = max((year for part in landing.state.parts for year in part.years), default=None)
        rows.append({"bron": landing.spec.id, **named, "jongste_jaar": newest, **told})
    return sorted(rows, key=lambda r: (r["verwacht_op"] is None, r["verwacht_op"] or date.max, r["bron"]))


def _next(day: date, cadence: str) -> date | None:
    if cadence in DAYS:
        return date.fromordinal(day.toordinal() + DAYS[cadence])
    if cadence not in MONTHS:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + MONTHS[cadence], 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
