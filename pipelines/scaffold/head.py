"""Where the names of the columns stand, seen from the cells alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

NUMBER = re.compile(r"-?\d[\d.,\u00a0\u202f ]*%?")
YEAR = re.compile(r"(19|20)\d\d")


def header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the row of names; None when the first row of the table is figures already, or there is none."""
    at = first_row(rows)
    return at if at is not None and is_header(rows[at], rows[at + 1 :]) else None


def first_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the first row that is as wide as the table; titles above it fill fewer cells."""
    widths = [_width(row) for row in rows]
    usual = Counter(w for w in widths if w > 1).most_common(1)
    if not usual:
        return None
    return next(i for i, w in enumerate(widths) if w >= max(2, usual[0][0] - 1) and _filled(rows[i]) >= 0.5 * w)


def is_header(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """True when a row names what stands below it: no cell is a figure, years aside that count up to the right."""
    figures = [c for c in row if NUMBER.fullmatch(c.strip())]
    if not figures or not below:
        return True
    years = [c for c in figures if YEAR.fullmatch(c.strip())]
    return len(years) == len(figures) and len(set(years)) == len(years) and len(years) > 1


def _width(row: Sequence[str]) -> int:
    return max((i for i, c in enumerate(row, 1) if c.strip()), default=0)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for c in row if c.strip())
