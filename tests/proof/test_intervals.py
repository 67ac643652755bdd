"""Intervals in the release of all built-in figures."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import query


def test_every_ratio_of_the_release_has_an_interval_or_the_reason(everything: Path) -> None:
    found = query(
        everything,
        "SELECT o.interval, COUNT(*), COUNT(w.ondergrens), COUNT(w.bovengrens) FROM mart.waarneming AS w "
        "JOIN mart.onderwerp AS o USING (onderwerp) WHERE w.status = 'ok' GROUP BY o.interval",
    )
    bounded = {interval: (low == n, high == n) for interval, n, low, high in found if ": " not in interval}
    assert bounded == {"wilson": (True, True), "byar": (True, True), "dobson": (True, True)}
    assert all(low == high == 0 for interval, _, low, high in found if ": " in interval)
    wide = "SELECT COUNT(*) FROM mart.waarneming WHERE NOT (ondergrens <= waarde AND waarde <= bovengrens)"
    assert query(everything, wide) == [(0,)]
