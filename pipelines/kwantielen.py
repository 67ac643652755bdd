"""Write the quantiles that SQL cannot compute into models/statistiek/kwantiel.sql: `python -m pipelines.kwantielen`.

Exact limits of a Poisson count (Garwood, Biometrika 28, 1936): half a chi-square quantile with twice the count, and
twice the count plus one, as degrees of freedom. Byar's approximation takes over from ten on.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.specfile import ROOT

MODEL = ROOT / "models" / "statistiek" / "kwantiel.sql"
LEVELS = (95, 99.8)
START, END = "(VALUES\n", "\n) AS v"


def rows() -> Iterator[tuple[str, float, int, float, float]]:
    """Distribution, two-sided confidence in %, parameter, and the lower and upper quantile."""
    from scipy import stats

    for level in LEVELS:
        tail = (1 - level / 100) / 2
        for count in range(10):
            low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0
            yield "poisson", level, count, low, stats.chi2.isf(tail, 2 * count + 2) / 2


def written(text: str) -> str:
    """The text of the model with the quantiles as they are computed here."""
    head, rest = text.split(START)
    lines = [
        f"  ('{name}', {level}e0, {n}, {float(low)!r}e0, {float(high)!r}e0)" for name, level, n, low, high in rows()
    ]
    return head + START + ",\n".join(lines) + END + rest.split(END)[1]


if __name__ == "__main__":
    MODEL.write_text(written(MODEL.read_text(encoding="utf-8")), encoding="utf-8")
