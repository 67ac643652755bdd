"""Charts as small SVG, made of text alone: a line with its band, a spark, and a dot with its interval.

Colours are classes: a page's style gives them in light, dark and print, and a file for elsewhere brings them itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from markupsafe import Markup

from pipelines.site.escaped import safe
from pipelines.site.numbers import number

WIDTH, HEIGHT, TOP, FOOT, RIGHT = 480, 250, 24, 30, 10  # of a line chart, in its own units
Place = Callable[[float], float]
STYLE = (
    "text{font:14px sans-serif;fill:#404040}.grid{stroke:#d9d9d9}.own{stroke:#0b4f6c;fill:none;stroke-width:3}"
    ".own.dot{fill:#0b4f6c;stroke:none}.band{fill:#0b4f6c;opacity:.18}.ref{stroke:#6b6b6b;fill:none;stroke-width:2}"
    ".r1{stroke-dasharray:7 4}.r2{stroke-dasharray:2 4}.ref.dot{fill:#6b6b6b;stroke:none}"
    ".titel{font-weight:bold}.bron{font-size:12px}.gat{stroke-width:1;stroke-dasharray:1 5}"
    ".straks{stroke-dasharray:9 5}"
)


@dataclass(frozen=True)
class Dot:
    """One figure of a series: its year, value and interval."""

    year: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """One area's figures, oldest first, and the class that draws them."""

    name: str
    kind: str
    dots: Sequence[Dot]


def line_chart(lines: Sequence[Line], decimals: int, said: str, label: Callable[[int], str] = str) -> Markup:
    """Lines over the years, broken where a year is missing, the first one with its band; `said` tells it in words. With
    `label` the years may be numbers of something else, such as months."""
    dots = [dot for line in lines for dot in line.dots]
    own = lines[0].dots
    ticks = _ticks([d.value for d in dots] + [v for d in own for v in (d.low, d.high) if v is not None])
    first, last = min(d.year for d in dots), max(d.year for d in dots)

    figures = decimals if ticks[1] - ticks[0] < 1 else 0
    left = 10 + 8 * max(len(number(t, figures)) for t in ticks)

    def x(year: float) -> float:
        return left + (WIDTH - left - RIGHT) * ((year - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return HEIGHT - FOOT - (HEIGHT - FOOT - TOP) * share

    parts = [f'<path class="grid" d="{"".join(f"M0 {_short(y(t))}h{WIDTH}" for t in ticks)}"/>']
    for line in reversed(lines):
        parts += _line(line, x, y, band=line is lines[0])
    parts += [f'<text x="0" y="{_short(y(t) - 5)}">{number(t, figures)}</text>' for t in ticks]
    parts += [
        f'<text x="{_short(x(year))}" y="{HEIGHT - 8}" text-anchor="{anchor}">{label(year)}</text>'
        for year, anchor in _years(first, last)
    ]
    head = f'<svg class="lijn" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{safe(said)}">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 -- every text in it is escaped


def as_file(svg: Markup, title: str, source: str) -> str:
    """The same chart as a file that stands alone: with its colours, its title, and where its figures come from."""
    above, below = wrap(title, 54), wrap(source, 82)
    top, height = 20 * len(above) + 6, HEIGHT + 20 * len(above) + 6 + 17 * len(below) + 6
    lines = [f'<text y="{20 * nr - top + 16}" class="titel">{safe(text)}</text>' for nr, text in enumerate(above)]
    lines += [f'<text class="bron" y="{HEIGHT + 17 * nr + 12}">{safe(text)}</text>' for nr, text in enumerate(below)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 {-top} {WIDTH + 16} {height}" width="{WIDTH + 16}" '
        f'height="{height}" role="img"><title>{safe(title)}</title><desc>{safe(source)}</desc><style>{STYLE}</style>'
        f'<rect x="-8" y="{-top}" width="{WIDTH + 16}" height="{height}" fill="#fff"/>'
        f"{svg.split('>', 1)[1].removesuffix('</svg>')}{''.join(lines)}</svg>\n"
    )


def spark(dots: Sequence[Dot]) -> Markup:
    """A series as a small line without words, for beside a figure that says it."""
    if len(dots) < 2:
        return Markup("")
    low, high = min(d.value for d in dots), max(d.value for d in dots)
    first, last = dots[0].year, dots[-1].year

    def x(year: float) -> float:
        return 4 + 112 * (year - first) / (last - first)

    def y(value: float) -> float:
        return 28 - 24 * ((value - low) / (high - low) if high > low else 0.5)

    parts = _line(Line("", "own", dots), x, y, band=False)
    head = '<svg class="vonk" viewBox="0 0 120 32" aria-hidden="true">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 -- numbers alone


def bar(share: float) -> Markup:
    """A part of a whole as a bar."""
    drawn = f'<path class="k5" d="M0 0h{_short(100 * share)}v8H0z"/>'
    return Markup(f'<svg class="balk" viewBox="0 0 100 8" aria-hidden="true">{drawn}</svg>')  # noqa: S704


def dot_row(dot: Dot, scale: tuple[float, float], reference: float | None, own: bool) -> Markup:
    """One area on a scale that its table shares: a dot with its interval, or a bar where the scale begins at zero, and
    a thin line where the reference stands."""
    low, high = scale

    def x(value: float) -> str:
        return _short(4 + 232 * ((value - low) / (high - low) if high > low else 0.5))

    kind = "own" if own else "ref"
    line = f'<path class="grid" d="M{x(reference)} 0v16"/>' if reference is not None else ""
    reach = f'<path class="{kind}" d="M{x(dot.low)} 8H{x(dot.high)}"/>' if dot.low is not None and dot.high else ""
    mark = f'<circle class="{kind} dot" cx="{x(dot.value)}" cy="8" r="4"/>'
    return Markup(f'<svg class="stip" viewBox="0 0 240 16" aria-hidden="true">{line}{reach}{mark}</svg>')  # noqa: S704


def _line(line: Line, x: Place, y: Place, band: bool) -> list[str]:
    """The pieces of a line between missing years, a dot where one stands alone or ends it, and its band."""
    parts: list[str] = []
    pieces = _pieces(line.dots)
    if gaps := list(pairwise(pieces)):
        ends = [(before[-1], after[0]) for before, after in gaps]
        path = "".join(
            f"M{_short(x(a.year))} {_short(y(a.value))}L{_short(x(b.year))} {_short(y(b.value))}" for a, b in ends
        )
        parts.append(f'<path class="{line.kind} gat" d="{path}"/>')
    for piece in pieces:
        limits = [d for d in piece if d.low is not None and d.high is not None] if band else []
        if len(limits) > 1:
            there = "L".join(f"{_short(x(d.year))} {_short(y(d.high))}" for d in limits)
            back = "L".join(f"{_short(x(d.year))} {_short(y(d.low))}" for d in reversed(limits))
            parts.append(f'<path class="band" d="M{there}L{back}z"/>')
        if len(piece) > 1:
            path = "L".join(f"{_short(x(d.year))} {_short(y(d.value))}" for d in piece)
            parts.append(f'<path class="{line.kind}" d="M{path}"/>')
        if len(piece) == 1 or (piece[-1] is line.dots[-1] and band):
            at = piece[-1]
            place = f'cx="{_short(x(at.year))}" cy="{_short(y(at.value))}"'
            parts.append(f'<circle class="{line.kind} dot" {place} r="4"/>')
    return parts


def _pieces(dots: Sequence[Dot]) -> list[list[Dot]]:
    pieces: list[list[Dot]] = []
    for dot in dots:
        if pieces and dot.year - pieces[-1][-1].year == 1:
            pieces[-1].append(dot)
        else:
            pieces.append([dot])
    return pieces


def _ticks(values: Sequence[float]) -> list[float]:
    """Three to six round values that hold all of these; from zero where that costs less than half of the height."""
    low, high = min(values), max(values)
    if 0 < low < high / 2:
        low = 0
    if low == high:
        low, high = (low - abs(low) / 10, high + abs(high) / 10) if low else (0, 1)
    rough = (high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= rough * 0.999)
    start = math.floor(low / step + 1e-9)
    return [round((start + i) * step, 10) for i in range(math.ceil(high / step - 1e-9) - start + 1)]


def _years(first: int, last: int) -> list[tuple[int, str]]:
    if first == last:
        return [(first, "middle")]
    middle = [((first + last) // 2, "middle")] if last - first > 3 else []
    return [(first, "start"), *middle, (last, "end")]


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
