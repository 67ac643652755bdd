"""Addresses per year, per school year and per month: which are asked, and which may not be there yet."""

from __future__ import annotations

import pytest

from pipelines.describe.specs import load_datasets
from pipelines.ingest.protocols.http_file import _expand

YEARLY = load_datasets()["statbel_bevolking"]


def asked(url: str, first: int, today: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """The addresses on a day, and whether each may be absent."""
    monkeypatch.setenv("OBMI_NOW", f"{today}T12:00:00+00:00")
    period = YEARLY.dekking.model_copy(update={"vanaf": first})
    return {a: late for a, _, late in _expand(YEARLY.model_copy(update={"dekking": period}), [url])}


def test_only_this_year_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked("https://a.example/{jaar}.zip", 2024, "2026-03-01", monkeypatch)
    assert found == {f"https://a.example/{y}.zip": y == 2026 for y in (2024, 2025, 2026)}


def test_a_school_year_may_be_absent_until_the_year_after_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked("https://a.example/{jaar}-{volgend_jaar}.csv", 2023, "2026-01-10", monkeypatch)
    assert found == {
        "https://a.example/2023-2024.csv": False,
        "https://a.example/2024-2025.csv": False,
        "https://a.example/2025-2026.csv": True,
        "https://a.example/2026-2027.csv": True,
    }


def test_months_run_until_now_and_never_into_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked("https://a.example/data-{jaar}-{maand}.csv", 2024, "2026-02-15", monkeypatch)
    assert min(found) == "https://a.example/data-2024-01.csv"
    assert max(found) == "https://a.example/data-2026-02.csv"
    assert len(found) == 12 + 12 + 2


def test_the_last_months_and_those_of_the_first_year_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked("https://a.example/data-{jaar}-{maand}.csv", 2024, "2026-02-15", monkeypatch)
    late = [url[-11:-4] for url, may_be_absent in found.items() if may_be_absent and "data-2024" not in url]
    assert late == ["2025-12", "2026-01", "2026-02"]
    assert all(found[f"https://a.example/data-2024-{m:02d}.csv"] for m in range(1, 13))


def test_an_address_without_a_date_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked("https://a.example/all.zip", 2020, "2026-02-15", monkeypatch) == {"https://a.example/all.zip": False}
