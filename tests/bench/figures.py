"""What was measured, as one table: beside what was wanted, and what the table in docs/snelheid.md says of last time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.describe.specfile import ROOT

PAGE = ROOT / "docs" / "snelheid.md"
HEAD = "| what | measured | wanted at most |\n|---|---|---|\n"
LINE = re.compile(r"^\| (?P<name>[^|]+) \| (?P<value>[\d.,]+) (?P<unit>[^|]*?) *\|", re.MULTILINE)
WORSE = 1.2
RED, PLAIN = "\x1b[31m", "\x1b[0m"


@dataclass(frozen=True)
class Figure:
    """One measurement, of which less is better: `wanted` is the most that it may be, where that was decided."""

    name: str
    value: float
    unit: str
    wanted: float | None = None

    @property
    def line(self) -> str:
        """As it stands in the table."""
        wanted = "" if self.wanted is None else f"{_short(self.wanted)} {self.unit}"
        return f"| {self.name} | {_short(self.value)} {self.unit} | {wanted} |"


def committed(page: Path = PAGE) -> dict[str, float]:
    """What the table of last time says, by name."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return {found["name"]: float(found["value"].replace(",", "")) for found in LINE.finditer(text)}


def told(figure: Figure, before: dict[str, float], colour: bool) -> str:
    """One figure for a person, with its ratio to last time; in red where it got worse by a fifth."""
    last = before.get(figure.name)
    ratio = f"last {_short(last)}" if last is not None else "not measured before"
    ratio += f", {figure.value / last:.2f} times that" if last else ""
    wanted = "" if figure.wanted is None else f", wanted {_short(figure.wanted)}"
    line = f"{figure.name:<74} {_short(figure.value):>9} {figure.unit:<13} {ratio}{wanted}"
    worse = last is not None and figure.value > WORSE * last
    return f"{RED}{line}: worse{PLAIN}" if worse and colour else f"{line}: worse" if worse else line


def write(figures: list[Figure], page: Path = PAGE) -> None:
    """Put the figures in the table of the page; those that were not measured this time stay as they are."""
    text = page.read_text(encoding="utf-8")
    start = text.index(HEAD) + len(HEAD)
    lines = _by_name(text[start:]) | {figure.name: figure.line for figure in figures}
    page.write_text(text[:start] + "\n".join(lines.values()) + "\n", encoding="utf-8")


def _by_name(table: str) -> dict[str, str]:
    return {found["name"]: line for line in table.splitlines() if (found := LINE.match(line))}


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
