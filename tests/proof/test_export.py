"""What goes to Swing, over all built-in figures; and an upload that a publisher made, given back cell by cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.helpers import obmi, refreshed
from tests.homes import linked
from tests.proof.test_causes import first
from tests.scenes.test_export import Swing, wrong_of

__all__ = ["first"]
UPLOAD = "pinc-swing-uploads/v2707_zorgboerderijen.xlsx"
NAMED = {"gemeente": "gemeente2024"}  # as the file called in 2022 what has been the version before today's since 2025


def test_swing_shows_every_figure_of_all_that_is_built_in(
    everything: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMI_HOME", str(everything))
    assert obmi("export", "--to", tmp_path / "swing").code == 0
    assert wrong_of(Swing(everything, tmp_path / "swing"), everything, one_of=5) == []


def test_an_upload_of_a_publisher_is_given_back_cell_by_cell(
    first: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, path = linked(first / "home", tmp_path / "home"), shared / "data" / UPLOAD
    monkeypatch.setenv("OBMI_HOME", str(home))
    assert obmi("drop", "pinc_zorgboerderijen", path).code == 0
    refreshed(home, 'refresh.datasets = ["pinc_zorgboerderijen"]\n')
    heads, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    codes = [str(head).strip() for head in heads[3:]]
    assert obmi("export", *codes, "--to", tmp_path / "swing").code == 0
    swing = Swing(home, tmp_path / "swing")
    compared = 0
    for period, level, area, *values in rows:
        if period is None:
            continue
        for code, theirs in zip(codes, values, strict=True):
            ours = swing.cells[code, str(period)][NAMED.get(level, level)][str(area)]
            assert ours == theirs, f"{code} {period} {level} {area}"
            compared += 1
    assert compared == 2 * 2273
