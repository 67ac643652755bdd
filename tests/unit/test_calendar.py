"""Moments to UTC in both nights when the Belgian clock changes, without an extension that must be downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.read.calendar import EPOCH_MS, utc_of
from pipelines.ingest.read.errors import ParseError
from tests.small import landed, spec_of

Ask = Callable[..., list[str | None]]
CLOCK = "%Y-%m-%d %H:%M:%S"


@pytest.fixture
def ask() -> Iterator[Ask]:
    """What an expression makes of made-up texts, as parse evaluates it: in a session in UTC."""
    offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(config=offline) as con:
        con.execute("SET TimeZone = 'UTC'")

        def run(written: str, zone: str, *texts: str) -> list[str | None]:
            con.execute("CREATE OR REPLACE TABLE x (n INTEGER, t VARCHAR)")
            con.executemany("INSERT INTO x VALUES (?, ?)", list(enumerate(texts)))
            found = con.execute(f"SELECT CAST({utc_of('t', written, zone)} AS VARCHAR) FROM x ORDER BY n").fetchall()
            return [value for (value,) in found]

        yield run


def test_the_night_that_skips_an_hour(ask: Ask) -> None:
    texts = ("2026-03-29 01:59:59", "2026-03-29 02:00:00", "2026-03-29 02:59:59", "2026-03-29 03:00:00")
    expected = ["2026-03-29 00:59:59", None, None, "2026-03-29 01:00:00"]
    assert ask(CLOCK, "Europe/Brussels", *texts) == expected


def test_the_night_that_passes_an_hour_twice(ask: Ask) -> None:
    """A clock time that stands for two moments is neither of them; a quarter before and after are certain."""
    texts = ("2026-10-25 01:59:59", "2026-10-25 02:00:00", "2026-10-25 02:59:59", "2026-10-25 03:00:00")
    expected = ["2026-10-24 23:59:59", None, None, "2026-10-25 02:00:00"]
    assert ask(CLOCK, "Europe/Brussels", *texts) == expected


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_a_text_with_its_offset_is_certain_in_both_nights(ask: Ask, night: str) -> None:
    texts = (f"{night}T01:30:00+01:00", f"{night}T02:30:00+02:00", f"{night}T02:30:00+01:00")
    expected = [f"{night} 00:30:00", f"{night} 00:30:00", f"{night} 01:30:00"]
    assert ask("%Y-%m-%dT%H:%M:%S%z", "Europe/Brussels", *texts) == expected


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_utc_is_utc_in_both_nights(ask: Ask, night: str) -> None:
    texts = [f"{night}T{hour:02}:30:00Z" for hour in range(4)]
    assert ask("%Y-%m-%dT%H:%M:%SZ", "UTC", *texts) == [f"{night} {hour:02}:30:00" for hour in range(4)]


def test_milliseconds_since_1970(ask: Ask) -> None:
    assert ask(EPOCH_MS, "UTC", "1774747800000", "soon") == ["2026-03-29 01:30:00", None]


def test_what_does_not_fit_is_no_moment(ask: Ask) -> None:
    assert ask(CLOCK, "UTC", "2026-02-30 10:00:00", "2026-02-03", "", "2026-02-03 10:00:00+02:00") == [None] * 4


def test_a_summer_and_a_winter_day(ask: Ask) -> None:
    texts = ("2026-07-01 12:00:00", "2026-01-01 12:00:00")
    assert ask(CLOCK, "Europe/Brussels", *texts) == ["2026-07-01 10:00:00", "2026-01-01 11:00:00"]


def test_a_moment_belongs_to_the_day_of_the_place(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The first hour of the year begins at 23:00 UTC on the day before; in summer a day begins at 22:00."""
    follows = {"jaar": {"type": "integer", "uit": "tijd"}, "maand": {"type": "integer", "uit": "tijd"}}
    columns = {"tijd": {"type": "time", "written": "%Y-%m-%dT%H:%M:%SZ"}, "dag": {"type": "date", "uit": "tijd"}}
    text = "nis;tijd\n11001;2025-12-31T23:00:00Z\n11002;2026-06-30T22:00:00Z\n11004;2026-06-30T21:59:59Z\n"

    def days(**more: object) -> list[tuple]:
        described = {**columns, "tijd": columns["tijd"] | more, **follows}
        spec = spec_of(described, {"header": {"nis": "gebied", "tijd": "tijd"}, "constants": {}})
        landed(con, spec, text, tmp_path)
        return con.execute("SELECT jaar, maand, dag::TEXT FROM kandidaat ORDER BY gebied").fetchall()

    assert days() == [(2026, 1, "2026-01-01"), (2026, 7, "2026-07-01"), (2026, 6, "2026-06-30")]
    ends = [(2025, 12, "2025-12-31"), (2026, 6, "2026-06-30"), (2026, 6, "2026-06-30")]
    assert days(einde=True) == ends, "an hour that ends at midnight is of the day before"
    spec = spec_of({**columns, **follows}, {"header": {"nis": "gebied", "tijd": "tijd"}, "constants": {}})
    with pytest.raises(ParseError, match="row 2, column tijd: 'soon' is not time"):
        landed(con, spec, "nis;tijd\n11001;soon\n", tmp_path)


def test_rows_of_the_hour_that_the_clock_skips_are_left_out_in_every_year(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    form = {
        "header": {"nis": "gebied", "n": "aantal"},
        "ignored": ["dag", "uur"],
        "constants": {"jaar": "2022"},
        "skipped": {"columns": ["dag", "uur"], "written": "%Y-%m-%d %H:%M", "reason": "overgeslagen"},
    }
    spec = spec_of({"aantal": {"type": "integer", "measure": True}}, form, key=["gebied", "aantal"])
    skipped, there = (
        "11001;2022-03-27;2:30;\n11001;2026-03-29;2:00;0\n",
        "11001;2022-03-27;3:00;3\n11001;2022-03-26;2:30;2\n",
    )
    rows = f"nis;dag;uur;n\n{skipped}{there}"
    assert len(landed(con, spec, rows, tmp_path)) == 2
    with pytest.raises(ParseError, match="row 2, column n"):
        landed(con, spec, rows.replace("2022-03-27;2:30", "2022-03-28;2:30"), tmp_path)
    full = rows.replace("2:30;\n", "2:30;7\n")
    assert len(landed(con, spec, full, tmp_path)) == 3, "a row with a figure is not lost"
