"""The table of what things cost: what is read from the page is what was written, and what got worse is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.figures import HEAD, PAGE, RED, Figure, committed, told, write


def test_the_page_keeps_what_was_not_measured_again(tmp_path: Path) -> None:
    page = tmp_path / "snelheid.md"
    page.write_text(f"# Kop\n\n{HEAD}", encoding="utf-8")
    write([Figure("a, peak", 1234.6, "MiB", 1000), Figure("b", 0.456, "s")], page)
    write([Figure("b", 12, "s", 10)], page)
    assert committed(page) == {"a, peak": 1235, "b": 12}
    assert page.read_text(encoding="utf-8").endswith("| a, peak | 1,235 MiB | 1,000 MiB |\n| b | 12 s | 10 s |\n")


@pytest.mark.parametrize(("value", "worse"), [(1.0, False), (1.19, False), (1.21, True), (0.2, False)])
def test_what_is_worse_by_a_fifth_is_red(value: float, worse: bool) -> None:
    said = told(Figure("a", value, "s"), {"a": 1.0}, colour=True)
    assert said.startswith(RED) is worse
    assert ("worse" in said) is worse
    assert RED not in told(Figure("a", value, "s"), {"a": 1.0}, colour=False)


def test_what_was_never_measured_is_no_worse_and_more_than_zero_is() -> None:
    assert "not measured before" in told(Figure("a", 9, "s"), {}, colour=True)
    assert told(Figure("a", 9, "files"), {"a": 0}, colour=False).endswith("last 0: worse")


def test_the_page_has_figures() -> None:
    assert committed(PAGE)["nothing changed"] > 0
