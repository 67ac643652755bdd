"""The status of a figure that is made of other figures, as SQL: which one wins."""

from __future__ import annotations

STRONGEST_FIRST = ("onbekend", "verborgen", "ok", "leeg", "nvt")


def status_of_sum(status: str) -> str:
    """The status of a sum over rows, as SQL: the strongest there is, so a sum of sums has that of all their parts."""
    asked = sorted(enumerate(STRONGEST_FIRST), key=lambda place: place[1] != "ok")  # what most rows are is asked first
    strength = " ".join(f"WHEN '{s}' THEN {i}" for i, s in asked)
    name = " ".join(f"WHEN {i} THEN '{s}'" for i, s in enumerate(STRONGEST_FIRST))
    return f"CASE MIN(CASE {status} {strength} END) {name} END"


def status_of_parts(*statuses: str) -> str:
    """The status of a figure made of parts in one row, as SQL: without all of them there is no figure."""
    if len(statuses) < 2:
        return statuses[0] if statuses else "'ok'"
    parts = ", ".join(statuses)
    missing = ", ".join(f"NULLIF({s}, 'ok')" for s in statuses)
    return (
        f"CASE WHEN 'onbekend' IN ({parts}) THEN 'onbekend' WHEN 'verborgen' IN ({parts}) THEN 'verborgen' "
        f"ELSE COALESCE({missing}, 'ok') END"
    )
