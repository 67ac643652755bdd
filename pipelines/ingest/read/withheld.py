"""Rows that may not be published yet: nothing of them lands, is checked, counted or told before their moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb

from pipelines.describe.embargo import Embargo
from pipelines.home import quoted
from pipelines.ingest.read.calendar import BELGIAN

EMBARGO = "embargo"  # among the reasons for which a row does not land: of these rows nothing is told


def from_when(embargo: Embargo, typed: dict[str, str]) -> str:
    """SQL of the moment (UTC, or of a column of days the day in Belgium) from which a row may be published, given the
    SQL of every typed column; NULL where it may at once."""
    if embargo.kolom:
        return typed[embargo.kolom]
    moments = {year: moment.astimezone(UTC).replace(tzinfo=None) for year, moment in embargo.jaren.items()}
    cases = " ".join(f"WHEN {year} THEN TIMESTAMP {quoted(moment)}" for year, moment in moments.items())
    return f"CASE {typed['jaar']} {cases} END"


def waits(moment: str, as_of: datetime, *, by_day: bool) -> str:
    """SQL that says whether a row may not be published at a moment (UTC), given the SQL of when it may."""
    if by_day:
        return f"COALESCE({moment} > DATE {quoted(as_of.astimezone(ZoneInfo(BELGIAN)).date())}, FALSE)"
    return f"COALESCE({moment} > TIMESTAMP {quoted(as_of.astimezone(UTC).replace(tzinfo=None))}, FALSE)"


def first_of(con: duckdb.DuckDBPyConnection, rows: str, moment: str, waiting: str, *, by_day: bool) -> datetime | None:
    """When the first of the rows that wait may be published (UTC); None where none wait."""
    (found,) = con.execute(f"SELECT MIN({moment}) FROM {rows} WHERE {waiting}").fetchone()
    if found is None:
        return None
    if by_day:
        return datetime(found.year, found.month, found.day, tzinfo=ZoneInfo(BELGIAN)).astimezone(UTC)
    return found.replace(tzinfo=UTC)
