"""The trend of the build against scipy and against every order, on random series with ties, gaps and a break."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from itertools import permutations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.models.model_text import rendered

SERIES = 1_000
BROKEN = 2004


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], dict]:
    """The text of statistiek.trend on random series, by subject and area, each with the points that went in."""
    rng = np.random.default_rng(2027)
    rows = []
    for i in range(SERIES):
        years = 2024 - np.sort(rng.choice(30, size=rng.choice([*range(1, 12), 20, 29]), replace=False))
        for code in ("v1_t", "v1_breuk", "v1_later"):
            noise = rng.integers(0, rng.choice([1, 3, 9, 1000]), len(years))
            values = noise + rng.choice([0, 0, 5, -400, 400]) * (years - 1990)
            rows += [(code, str(i), int(y), float(v)) for y, v in zip(years, values, strict=True)]
    names = ("onderwerp", "gebied", "jaar", "waarde")
    series = pa.table({n: pa.array([r[i] for r in rows]) for i, n in enumerate(names)})
    con = duckdb.connect()
    con.register("series", series)
    con.execute("CREATE SCHEMA ref; CREATE SCHEMA statistiek")
    con.execute(
        "CREATE TABLE statistiek.reeks AS SELECT *, 'gemeente' AS gebiedsniveau, jaar::TEXT AS periode, "
        "'ok' AS status FROM series"
    )
    con.execute(
        "CREATE TABLE ref.onderwerp AS FROM (VALUES ('v1_t', 'plat', NULL, NULL), ('v1_later', 'prognose', NULL, NULL),"
        f"('v1_breuk', 'plat', '{BROKEN}: nieuwe telling', {BROKEN})) AS t(onderwerp, soort, breuk, breuk_jaar)"
    )
    con.execute(f"CREATE TABLE statistiek.kwantiel AS {rendered('statistiek/kwantiel').sql('duckdb')}")
    rel = con.sql(rendered("statistiek/trend").sql("duckdb"))
    out = {(r[0], r[2]): dict(zip(rel.columns, r, strict=True)) for r in rel.fetchall()}
    points: dict[tuple[str, str], list] = {}
    for code, place, year, value in rows:
        if code != "v1_later" and (code != "v1_breuk" or year >= BROKEN):
            points.setdefault((code, place), []).append((year, value))
    assert set(out) == set(points), "a forecast has no trend"
    for key, row in out.items():
        row["punten"] = sorted(points[key])
    return out


@cache
def likelihood(values: tuple[float, ...], s: int) -> float:
    """How often chance gives an S as far from zero: counted up to seven values, scipy's up to ten without ties, and
    from eleven on its normal approximation, moved by the one that its S misses for continuity."""
    n = len(values)
    if s == 0:
        return 1.0
    if n <= 7:
        orders = Counter(kendall(order) for order in set(permutations(values)))
        return sum(k for t, k in orders.items() if abs(t) >= abs(s)) / orders.total()
    if n > 10:
        tau = stats.kendalltau(range(n), values, variant="b", method="asymptotic")
        z = stats.norm.isf(tau.pvalue / 2)
        return 2 * stats.norm.sf(z * (1 - 1 / abs(s)))
    return stats.kendalltau(range(n), values, method="exact").pvalue


def kendall(values: tuple[float, ...]) -> int:
    return sum((b > a) - (b < a) for i, a in enumerate(values) for b in values[i + 1 :])


@pytest.mark.proof
def test_it_is_mann_and_kendalls_of_the_whole_series_with_the_probabilities_of_scipy(found: dict) -> None:
    seen: Counter = Counter()
    for row in found.values():
        values = tuple(v for _, v in row["punten"])
        n, s = len(values), kendall(values)
        assert (row["trend_punten"], row["trend_maat"] or 0) == (n, s)
        if 7 < n <= 10 and len(set(values)) < n:
            continue  # scipy has no exact probability with ties
        ranks = tuple(stats.rankdata(values, "dense").tolist())
        best = tuple(sorted(ranks))
        p, least = likelihood(ranks, s), likelihood(best, kendall(best))
        said, sure = "geen trend", None
        if n < 2:
            said = "niet te bepalen"
        elif least > 0.05 and not (len(set(values)) == 1 and n >= 5):
            said = f"niet aantoonbaar ({n} punten)"
        elif p <= 0.05 and s:
            said, sure = ("stijgend" if s > 0 else "dalend"), (99.8 if p <= 0.002 else 95)
        assert (row["trend"], row["trend_zekerheid"]) == (said, sure), row
        seen[said.split(" (")[0], sure] += 1
    assert len(seen) == 7, "series of every kind are among them"


def test_four_figures_show_no_trend_and_five_only_without_a_second_pair_of_equals(found: dict) -> None:
    for row in found.values():
        values = [v for _, v in row["punten"]]
        pairs = sum(math.comb(k, 2) for k in Counter(values).values())
        if 2 <= len(values) <= 4 or (len(values) == 5 and 2 <= pairs < 10):
            assert row["trend"] == f"niet aantoonbaar ({len(values)} punten)"
        elif len(values) == 5:
            assert not row["trend"].startswith("niet")


def test_the_years_without_a_figure_are_named(found: dict) -> None:
    for row in found.values():
        years = [y for y, _ in row["punten"]]
        gone = sorted(set(range(years[0], years[-1])) - set(years))
        named = [
            y
            for part in (row["trend_gaten"] or "").split(", ")
            if part
            for y in range(int(part[:4]), int(part[-4:]) + 1)
        ]
        assert (named, row["trend_van"]) == (gone, str(years[0]))


def test_a_break_cuts_the_trend_and_says_so(found: dict) -> None:
    broken = [row for (code, _), row in found.items() if code == "v1_breuk"]
    assert {row["trend_van"] >= str(BROKEN) for row in broken} == {True}
    assert {row["trend_breuk"] for row in broken} == {f"{BROKEN}: nieuwe telling", None}
    assert {row["trend_breuk"] for (code, _), row in found.items() if code != "v1_breuk"} == {None}
