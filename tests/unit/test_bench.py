"""The table of what things cost: what is read from the page is what was written, and what got worse is told."""

from __future__ import annotations

import csv
import gzip
import random
from pathlib import Path

import pytest

from tests.bench.figures import HEAD, PAGE, RED, Figure, committed, told, write
from tests.bench.nights import change, weight


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


def test_a_night_changes_one_cell_in_a_hundred_by_a_thousandth(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    rows = [["jaar", "gebied", "aantal"], *([str(2018 + n % 3), str(n), f"{1000 + n}.0"] for n in range(3000))]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\n").writerows(rows)
    change(path, ("aantal",), random.Random(1))
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        found = [*csv.reader(stream, delimiter=";")]
    changed = [(old, new) for old, new in zip(rows, found, strict=True) if old != new]
    assert len(changed) == 20, "of the 2,000 cells of other years than 2020"
    for (year, _, old), (*_, new) in changed:
        assert year != "2020"
        assert float(new) == round(float(old) * 1.001, 1)


def test_what_is_linked_twice_weighs_once(tmp_path: Path) -> None:
    (tmp_path / "een").write_bytes(b"x" * 5000)
    (tmp_path / "twee").hardlink_to(tmp_path / "een")
    (tmp_path / "drie").symlink_to(tmp_path / "een")
    assert weight(tmp_path) == 5000
