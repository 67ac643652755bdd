"""The profile of a city on all built-in figures, as a person reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import obmi, query


@pytest.mark.parametrize("asked", ["GENT", "44021", "gent"])
def test_a_person_gets_the_profile_of_a_city_by_its_name_or_code(
    everything: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("OBMI_HOME", str(everything))
    said = obmi("profiel", asked)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("Gent (gemeente 44021), release ")
    assert lines[1].startswith("Verwante centrumsteden: ")
    (old,) = [line for line in lines if line.startswith("65-plussers (t.o.v. inwoners)")]
    for part in ("2021", "16,6 %", "12/13", "18,9 ▼", "20,7 ▼"):
        assert f"  {part}" in old
    (grown,) = [
        line for line in lines if line.startswith("inwoners met niet-Belgische nationaliteit (t.o.v. inwoners)")
    ]
    assert "stijgend sinds 2009 (zonder 2010-2014, 2016)" in grown
    shown = query(
        everything,
        "SELECT COUNT(*), COUNT(DISTINCT p.thema) FROM mart.profiel AS p JOIN mart.onderwerp AS o "
        "USING (onderwerp) WHERE p.gebied = '44021'",
    )
    blank = lines.index("")
    assert len([line for line in lines[blank + 3 : lines.index("", blank + 1)] if line]) == 0
    assert len([line for line in lines[blank + 3 : -2] if line]) == sum(shown[0])
