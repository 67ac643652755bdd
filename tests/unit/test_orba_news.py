"""Who is told that a verdict changed, and what everybody hears of it. The plan and the release are made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.config import Settings
from pipelines.home import Home
from pipelines.orba import news
from pipelines.orba.editions import Editions
from pipelines.orba.news import SEEN, TOLD_FILE, verdict_news
from pipelines.publish.alerts import tell
from tests.made_plan import CITY, SHARE, made_plan, made_release


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    found = Home(tmp_path / "home")
    editions = Editions(found, "gent")
    with editions.alone():
        editions.add(made_plan().rows, "An", "proef", "", [])
    monkeypatch.setattr(news, "database_path", lambda home, manifest, city=None: tmp_path / "r.duckdb")
    return found


def look(home: Home, monkeypatch: pytest.MonkeyPatch, day: str, last: float) -> list[news.News]:
    """What a refresh of that day finds, when the last figure of the share is this."""
    made_release(home.root.parent / "r.duckdb", {**SHARE, 2025: last}, {2025: 200.0})
    monkeypatch.setenv("OBMI_NOW", f"{day}T02:00:00+00:00")
    monkeypatch.setattr(news, "sound_current", lambda home: {"release": f"{day}-0001"})
    return verdict_news(home, [CITY])


def test_an_owner_hears_why_and_everybody_else_only_of_how_many(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = look(home, monkeypatch, "2026-01-05", 14.0)
    assert first.lines == []
    first.remember()
    assert look(home, monkeypatch, "2026-01-05", 14.0) == []  # the same day, release and plan
    (second,) = look(home, monkeypatch, "2026-01-06", 25.0)
    (line,) = second.lines
    assert (line["onderdeel"], line["eigenaar"], line["van"], line["naar"]) == (
        *("gent/d1", "Een dienst"),
        *("op schema", "achter"),
    )
    assert "door een herziening (verzonnen aandeel van 2025 was" in line["reden"]
    place = home.root / "orba" / "gent"
    assert json.loads((place / TOLD_FILE).read_text()) == line
    assert (place / TOLD_FILE).stat().st_mode & 0o777 == 0o640
    tell(home, Settings(), [], [second.said])
    shared = (home.root / "meldingen.jsonl").read_text()
    assert "orba · gent: 1 verdict changed" in shared
    assert "verzonnen" not in shared
    assert json.loads((place / SEEN).read_text())["op"] == "2026-01-05"  # told again if it is killed here
    second.remember()
    assert look(home, monkeypatch, "2026-01-06", 25.0) == []


def test_a_date_that_passes_moves_a_verdict_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    look(home, monkeypatch, "2026-01-05", 14.0)[0].remember()
    (found,) = look(home, monkeypatch, "2026-02-20", 14.0)
    assert {line["onderdeel"] for line in found.lines} == {"gent/d1/a/0", "gent/d1/a/1"}
    assert all("door de datum" in line["reden"] for line in found.lines)
