"""Write the quantiles that SQL cannot compute into models/statistiek/kwantiel.sql.

`python -m pipelines.voorbeeld.kwantielen` does it.

Mann-Kendall's S of up to ten values is counted over all their orders, for every way in which some may be equal.
Exact limits of a Poisson count (Garwood, Biometrika 28, 1936): half a chi-square quantile with twice the count, and
twice the count plus one, as degrees of freedom. Byar's approximation takes over from ten on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any

from pipelines.describe.specfile import ROOT

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
        for n in range(5, 11):
            for ties, least in _kendall(n, 1 - level / 100).items():
                yield f"kendall_{n}", level, ties, -least, least


def _kendall(n: int, alpha: float) -> dict[int, int]:
    """Of n values, by the number of pairs that are equal: the least Kendall's S that chance reaches in at most `alpha`
    of all orders, both sides together; nothing where every S is likelier. Of two ways to have as many equal pairs it is
    that of the largest S."""
    import numpy as np

    found: dict[int, float] = {}
    for groups in _partitions(n, n):
        orders = _inversions(n)
        for size in groups:
            orders = np.rint(np.polydiv(orders, _inversions(size))[0])
        ties = sum(math.comb(size, 2) for size in groups)
        tails = 2 * np.cumsum(orders) / orders.sum()
        reached = [math.comb(n, 2) - ties - 2 * i for i, p in enumerate(tails) if p <= alpha]
        found[ties] = max(found.get(ties, 0), min(reached, default=math.inf))
    return {ties: int(least) for ties, least in sorted(found.items()) if least < math.inf}


def _partitions(n: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Every way to write n as a sum of numbers up to `largest`."""
    if n == 0:
        yield ()
    for size in range(1, min(n, largest) + 1):
        for rest in _partitions(n - size, size):
            yield (size, *rest)


def _inversions(n: int) -> Any:
    """How many orders of n different values have no, one, two … pairs that fall."""
    import numpy as np

    return reduce(np.polymul, [np.ones(k) for k in range(1, n + 1)])


def written(text: str) -> str:
    """The text of the model with the quantiles as they are computed here."""
    head, rest = text.split(START)
    lines = [
        f"  ('{name}', {level}e0, {n}, {float(low)!r}e0, {float(high)!r}e0)" for name, level, n, low, high in rows()
    ]
    return head + START + ",\n".join(lines) + END + rest.split(END)[1]


if __name__ == "__main__":
    MODEL.write_text(written(MODEL.read_text(encoding="utf-8")), encoding="utf-8")
