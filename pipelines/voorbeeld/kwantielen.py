"""Write the quantiles that SQL cannot compute into models/statistiek/kwantiel.sql.

`python -m pipelines.voorbeeld.kwantielen` does it.

Mann-Kendall's S of five values is counted over all their orders, for every way in which some may be equal.
Exact limits of a Poisson count (Garwood, Biometrika 28, 1936): half a chi-square quantile with twice the count, and
twice the count plus one, as degrees of freedom. Byar's approximation takes over from ten on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, combinations, permutations, product

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
        for ties, most in _kendall(1 - level / 100).items():
            if most:
                yield "kendall_5", level, ties, -most, most


def _kendall(alpha: float) -> dict[int, int]:
    """Of five values, by the number of pairs that are equal: the least Kendall's S that chance exceeds in at most
    `alpha` of all orders, both sides together; 0 where every S is likelier."""
    found = {}
    for cuts in product((0, 1), repeat=4):
        values = [0, *accumulate(cuts)]
        orders = [sum((b > a) - (b < a) for a, b in combinations(order, 2)) for order in permutations(values)]
        likely = [s for s in range(1, 11) if sum(abs(o) >= s for o in orders) <= alpha * len(orders)]
        reached = [s for s in likely if s in orders]
        found[sum(a == b for a, b in combinations(values, 2))] = reached[0] if reached else 0
    return found


def written(text: str) -> str:
    """The text of the model with the quantiles as they are computed here."""
    head, rest = text.split(START)
    lines = [
        f"  ('{name}', {level}e0, {n}, {float(low)!r}e0, {float(high)!r}e0)" for name, level, n, low, high in rows()
    ]
    return head + START + ",\n".join(lines) + END + rest.split(END)[1]


if __name__ == "__main__":
    MODEL.write_text(written(MODEL.read_text(encoding="utf-8")), encoding="utf-8")
