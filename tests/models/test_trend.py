"""The trend of the build against numpy and scipy, on random series of up to seven years with ties, gaps and a break."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.models.model_text import rendered

SERIES = 10_000
BROKEN = 2020


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], dict]:
    """The text of statistiek.trend on random series, by subject and area, each with the points that went in."""
    rng = np.random.default_rng(2027)
    rows = []
    for i in range(SERIES):
        years = 2024 - np.sort(rng.choice(9, size=rng.integers(3, 8), replace=False))
        whole = rng.integers(1, 10 ** rng.integers(1, 6), len(years))
        part = rng.binomial(whole, np.clip(rng.random() + rng.normal(0, 0.05) * (years - 2020), 0, 1))
        rows += [
            ("vp1_deel", i, int(y), 100 * t / n, float(t), float(n)) for y, t, n in zip(years, part, whole, strict=True)
        ]
        for code in ("v1_t", "v1_breuk"):
            values = rng.integers(0, rng.choice([3, 9, 1000]), len(years)) + rng.choice([0, 0, 400]) * (years - 2015)
            rows += [(code, i, int(y), float(v), None, None) for y, v in zip(years, values, strict=True)]
    names = ("onderwerp", "gebied", "jaar", "waarde", "teller", "noemer")
    series = pa.table({n: pa.array([r[i] for r in rows]) for i, n in enumerate(names)})
    con = duckdb.connect()
    con.register("series", series)
    con.execute("CREATE SCHEMA ref; CREATE SCHEMA statistiek")
    con.execute(
        "CREATE TABLE statistiek.reeks AS SELECT * REPLACE (gebied::TEXT AS gebied), 'gemeente' AS gebiedsniveau, "
        "jaar::TEXT AS periode, 'ok' AS status FROM series"
    )
    con.execute(
        "CREATE TABLE ref.onderwerp AS FROM (VALUES ('vp1_deel', 'wilson', NULL, NULL), "
        "('v1_t', NULL, NULL, NULL), "
        f"('v1_breuk', 'byar', '{BROKEN}: nieuwe telling', {BROKEN})) AS t(onderwerp, methode, breuk, breuk_jaar)"
    )
    con.execute(f"CREATE TABLE statistiek.kwantiel AS {rendered('statistiek/kwantiel').sql('duckdb')}")
    rel = con.sql(rendered("statistiek/trend").sql("duckdb"))
    out = {(r[0], r[2]): dict(zip(rel.columns, r, strict=True)) for r in rel.fetchall()}
    points: dict[tuple[str, str], list] = {}
    for code, place, *rest in rows:
        if code != "v1_breuk" or rest[0] >= BROKEN:
            points.setdefault((code, str(place)), []).append(rest)
    assert set(out) == set(points)
    for key, row in out.items():
        row["punten"] = sorted(points[key])[-5:]
    return out


def conclusion(row: dict, measure: float, p: float) -> tuple[str, float | None]:
    """What a test with this p-value says."""
    if len(row["punten"]) < 5:
        return "niet te bepalen", None
    if p > 0.05 or measure == 0:
        return "geen trend", None
    return ("stijgend" if measure > 0 else "dalend"), (99.8 if p <= 0.002 else 95)


@pytest.mark.proof
def test_of_a_proportion_it_is_the_chi_square_of_cochran_and_armitage(found: dict) -> None:
    """Armitage's chi-square is the number of people times their squared correlation of the year with the outcome."""
    kinds = set()
    for (code, _), row in found.items():
        if code != "vp1_deel":
            continue
        year, _, part, whole = np.array(row["punten"]).T
        z = 0.0
        if len(year) == 5 and 0 < part.sum() < whole.sum():
            pairs = np.array([np.tile(year, 2), np.repeat([1, 0], 5)])
            covariance = np.cov(pairs, fweights=np.concatenate([part, whole - part]).astype(int), bias=True)
            z = np.sqrt(whole.sum() / (covariance[0, 0] * covariance[1, 1])) * covariance[0, 1]
        if len(year) == 5:
            assert row["trend_maat"] == pytest.approx(z, rel=1e-8, abs=1e-8)
        kinds.add(said := (row["trend"], row["trend_zekerheid"]))
        assert said == conclusion(row, z, stats.chi2.sf(z**2, 1)), row
    assert len(kinds) == 6, "series of every kind are among them"


@pytest.mark.proof
def test_of_anything_else_it_is_mann_and_kendalls_with_exact_probabilities(found: dict) -> None:
    exact = {}
    checked = 0
    for (code, _), row in found.items():
        if code == "vp1_deel":
            continue
        year, value = np.array([p[:2] for p in row["punten"]], dtype=float).T
        pattern = tuple(np.unique(value, return_inverse=True)[1])
        if len(year) == 5 and pattern not in exact:
            kendall = stats.permutation_test(
                (value,),
                lambda v: sum(np.sign(v[j] - v[i]) for i in range(5) for j in range(i + 1, 5)),
                permutation_type="pairings",
                vectorized=False,
                n_resamples=np.inf,
                alternative="greater",
            )
            as_far = np.abs(kendall.null_distribution) >= abs(kendall.statistic)
            exact[pattern] = (kendall.statistic, as_far.mean())
            if len(set(pattern)) == 5:
                assert exact[pattern][1] == pytest.approx(stats.kendalltau(year, value, method="exact").pvalue)
        s, p = exact.get(pattern, (0, 1)) if len(year) == 5 else (0, 1)
        assert (row["trend_maat"] or 0) == s
        assert (row["trend"], row["trend_zekerheid"]) == conclusion(row, s, p), row
        checked += 1
    assert checked > SERIES
    assert len(exact) > 200


def test_a_break_cuts_the_trend_and_says_so(found: dict) -> None:
    broken = [row for (code, _), row in found.items() if code == "v1_breuk"]
    assert {row["trend_van"] >= str(BROKEN) for row in broken} == {True}
    assert {row["trend_breuk"] for row in broken} == {f"{BROKEN}: nieuwe telling", None}
    assert {row["trend_breuk"] for (code, _), row in found.items() if code != "v1_breuk"} == {None}
