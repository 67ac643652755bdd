"""The short form of the kill proof; `make proof` is the long one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.proof.kill import changed, complete, kill, two_at_once

pytestmark = pytest.mark.proof


def test_a_kill_loses_nothing_and_of_two_refreshes_after_it_one_runs(home: Path) -> None:
    changed(home, 1)
    moment = random.uniform(1, 7)
    before, after, _ = kill(home, moment)
    assert two_at_once(home) == [0, 30], f"killed after {moment:.2f} s"
    assert before is not None
    assert complete(home) not in (None, before) or after != before
