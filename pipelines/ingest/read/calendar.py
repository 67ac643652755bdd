"""Moments as UTC, right in both nights when the Belgian clock changes."""

from __future__ import annotations

from pipelines.home import quoted

EPOCH_MS = "epoch_ms"
BELGIAN = "Europe/Brussels"


def utc_of(raw: str, written: str, zone: str) -> str:
    """SQL of a text moment as a TIMESTAMP in UTC; needs the session in UTC.

    `written` is a strptime pattern, with `%z` where the text says its own offset, or `epoch_ms`. NULL where the
    text does not fit, and for clock time of a `zone` also where the clock skips the hour or passes it twice.
    """
    if written == EPOCH_MS:
        return f"epoch_ms(TRY_CAST({raw} AS BIGINT))"
    moment = f"TRY_STRPTIME({raw}, {quoted(written)})"
    if "%z" in written:
        return f"timezone('UTC', {moment})"
    if zone == "UTC":
        return f"CAST({moment} AS TIMESTAMP)"
    name = quoted(zone)
    utc = f"timezone({name}, {moment})"
    exists = f"timezone({name}, {utc}) = {moment}"
    once = " AND ".join(f"timezone({name}, {utc} {sign} INTERVAL 1 HOUR) <> {moment}" for sign in "+-")
    return f"CASE WHEN {exists} AND {once} THEN timezone('UTC', {utc}) END"


def local_of(moment: str, ends: bool) -> str:
    """SQL of the Belgian clock at a moment in UTC; of one at which something `ends`, just before it."""
    before = " - INTERVAL 1 MICROSECOND" if ends else ""
    return f"timezone({quoted(BELGIAN)}, timezone('UTC', {moment}{before}))"


def is_skipped(clock: str, written: str) -> str:
    """SQL that says whether the Belgian clock skips a clock time."""
    moment, name = f"TRY_STRPTIME({clock}, {quoted(written)})", quoted(BELGIAN)
    return f"COALESCE(timezone({name}, timezone({name}, {moment})) <> {moment}, FALSE)"
