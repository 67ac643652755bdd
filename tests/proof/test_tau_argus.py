"""The audit of τ-ARGUS, the field's own tool, on what is hidden: its judgement of every small count is ours."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pytauargus._tauargus import audit_jj

from pipelines.home import Home
from pipelines.transform import linked
from pipelines.transform.suppress import System, suppress
from tests.models.closed_world import BELOW, ClosedWorld


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> list[System]:
    """The systems that a build hides in."""
    found: list[System] = []
    monkeypatch.setattr(linked, "suppress", lambda system: (found.append(system), suppress(system))[1])
    return found


def as_jj(system: System, hidden: np.ndarray) -> str:
    """A system as τ-ARGUS reads it: cells with value, status (u small, m hidden, s shown), bounds and the width that
    they must keep; equations that add up to zero. A zero adds nothing."""
    cells = np.flatnonzero(~system.fixed)
    number = {c: i for i, c in enumerate(cells)}
    lines = ["0", str(len(cells))]
    for c in cells:
        status = "u" if system.small[c] else "m" if hidden[c] or not system.shown[c] else "s"
        width = BELOW - 2 if system.small[c] else 0
        lines.append(f"{number[c]} {system.value[c]:.0f} 1 {status} {int(system.shown[c])} 1000000 0 0 {width}")
    ends = np.searchsorted(system.row, np.arange(system.row[-1] + 2))
    lines.append(str(len(ends) - 1))
    for start, end in pairwise(ends):
        parts = [f"{number[system.cell[e]]} ({system.sign[e]})" for e in range(start, end)]
        lines.append(f"0 {len(parts)} : {' '.join(parts)} ")
    return "\n".join(lines) + "\n"


def judged(system: System, hidden: np.ndarray, tmp_path: Path) -> list[float]:
    """How wide τ-ARGUS finds the interval of every small count."""
    (tmp_path / "ours.jj").write_text(as_jj(system, hidden), encoding="utf-8")
    cells = np.flatnonzero(~system.fixed)
    return [r["max"] - r["min"] for r in audit_jj(str(tmp_path / "ours.jj")) if system.small[cells[r["cell"]]]]


def test_tau_argus_finds_every_small_count_protected(
    systems: list[System], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # it writes a file of its own where it runs
    world = ClosedWorld(tmp_path, towns=2, sectors=2, months=6)
    world.plant(60)
    world.build_after(Home(tmp_path), None)
    (system,) = systems
    wide = judged(system, suppress(system), tmp_path)
    assert len(wide) == system.small.sum() > 60
    assert [w for w in wide if w < BELOW - 2 - 1e-6] == []
    alone = judged(system, system.small & system.shown, tmp_path)
    assert sum(w < 1e-6 for w in alone) > 15, "τ-ARGUS sees what the small counts alone would give away"
