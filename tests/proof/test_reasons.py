"""Why a figure is missing is told as it is, also of a whole."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import query


def test_a_whole_of_which_the_source_covers_nothing_says_so(everything: Path) -> None:
    part = "SELECT onderwerp, periode FROM mart.waarneming WHERE gebiedsniveau = 'gemeente' AND gebied = '21004'"
    uncovered = f"{part} AND reden = 'niet gedekt door de bron'"
    whole = (
        f"FROM mart.waarneming SEMI JOIN ({uncovered}) AS deel USING (onderwerp, periode) WHERE gebiedsniveau = 'vgc'"
    )
    assert query(everything, f"SELECT COUNT(*) {whole} AND reden = 'niet gedekt door de bron'") > [(0,)]
    odd = f"SELECT reden {whole} AND NOT regexp_full_match(reden, '(\\d+ van \\d+ delen )?niet gedekt door de bron')"
    assert query(everything, odd) == []
