"""Moments as UTC, right in both nights when the Belgian clock changes."""

from __future__ import annotations

from pipelines.home import quoted

EPOCH_MS = "epoch_ms"


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
