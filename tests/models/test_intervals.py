"""The intervals of the build against scipy, cell by cell. The cells are random, with the edges among them."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.stats._result_classes import BinomTestResult

from pipelines.voorbeeld import kwantielen
from tests.models.model_text import rendered

CELLS = 10_000
CLOSE = {"rtol": 1e-8, "atol": 1e-8}
FACTOR = {"vp0001_deel": 100, "vp0001_per": 1000}
LEVELS = {0.95: ("ondergrens", "bovengrens"), 0.998: ("ondergrens_998", "bovengrens_998")}


@pytest.fixture(scope="module")
def cells() -> pa.Table:
    """The text of statistiek.grens on parts of a whole, counts, and counts per denominator; part > whole among them."""
    rng = np.random.default_rng(27)
    whole = np.concatenate([[1, 1, 2, 10**7, 50], rng.integers(1, 2_000, 5_000), rng.integers(1, 600_000, CELLS)])[
        :CELLS
    ]
    part = np.concatenate([[0, 1, 2, 0, 50], rng.binomial(whole[5:], rng.random(CELLS - 5) ** 3)])
    count = np.concatenate([np.arange(30), rng.poisson(rng.exponential(400, CELLS - 30) ** 1.2)])
    places = [f"{i:05}" for i in range(CELLS)]

    def ratio(code: str, counted: np.ndarray) -> pa.Table:
        values = FACTOR[code] * counted / whole
        return (
            table(code, values)
            .append_column("teller", pa.array(counted * 1.0))
            .append_column("noemer", pa.array(whole * 1.0))
        )

    def table(code: str, values: np.ndarray) -> pa.Table:
        same = {
            "gebiedsniveau": "gemeente",
            "periode": "2024",
            "status": "ok",
            "reden": "",
        }
        filled = {name: [text] * CELLS for name, text in same.items()}
        return pa.table({"onderwerp": [code] * CELLS, "gebied": places, "waarde": values * 1.0, **filled})

    con = duckdb.connect()
    con.execute("CREATE SCHEMA onderwerp; CREATE SCHEMA ref; CREATE SCHEMA statistiek")
    flat, ratios = table("v0001_t", count), pa.concat_tables([ratio("vp0001_deel", part), ratio("vp0001_per", count)])
    con.execute("CREATE TABLE onderwerp.basis AS FROM flat")
    con.execute("CREATE TABLE onderwerp.formule AS FROM ratios")
    con.execute("CREATE TABLE onderwerp.bronversie AS SELECT NULL::TEXT AS onderwerp, '' AS bron, '' AS bronversie")
    con.execute(
        "CREATE TABLE onderwerp.gestandaardiseerd AS SELECT *, waarde AS gevallen, waarde AS spreiding "
        "FROM onderwerp.basis WHERE FALSE"
    )
    con.execute(
        "CREATE TABLE ref.onderwerp AS SELECT *, FALSE AS is_deel FROM (VALUES ('v0001_t', 'byar', NULL), "
        "('vp0001_deel', 'wilson', 100.0), ('vp0001_per', 'byar', 1000.0)) AS t(onderwerp, methode, factor)"
    )
    for model in ("statistiek/kwantiel", "ref/periode"):
        con.execute(f"CREATE TABLE {model.replace('/', '.')} AS {rendered(model).sql('duckdb')}")
    found = con.execute(
        f"SELECT * FROM ({rendered('statistiek/grens').sql('duckdb')}) ORDER BY gebied"
    ).to_arrow_table()
    assert (len(flat), len(ratios), found.num_rows) == (CELLS, 2 * CELLS, 3 * CELLS)
    return found


def of(cells: pa.Table, code: str) -> dict[str, np.ndarray]:
    """The columns of one subject, in the order of its areas."""
    chosen = cells.filter(pa.compute.equal(cells["onderwerp"], code))
    return {name: chosen[name].to_numpy() for name in ("waarde", "teller", "noemer", *sum(LEVELS.values(), ()))}


@pytest.mark.parametrize("level", LEVELS)
def test_wilson_is_that_of_scipy(cells: pa.Table, level: float) -> None:
    got = of(cells, "vp0001_deel")
    pairs = zip(got["teller"], got["noemer"], strict=True)
    theirs = [BinomTestResult(k, n, "two-sided", k / n, None).proportion_ci(level, "wilson") for k, n in pairs]
    for side, name in enumerate(LEVELS[level]):
        np.testing.assert_allclose(got[name] / 100, [limits[side] for limits in theirs], **CLOSE)


def limits(count: np.ndarray, level: float) -> list[np.ndarray]:
    """Exact limits below ten; from ten on Byar's, which is the cube of a normal quantile (Wilson and Hilferty)."""
    tail = (1 - level) / 2
    exact = [stats.chi2.ppf(tail, 2 * count) / 2, stats.chi2.isf(tail, 2 * count + 2) / 2]
    exact[0] = np.where(count == 0, 0, exact[0])
    found = []
    for side, x in enumerate((np.maximum(count, 10), count + 1)):
        cube = stats.norm.ppf((tail, 1 - tail)[side], loc=1 - 1 / (9 * x), scale=np.sqrt(1 / (9 * x)))
        found.append(np.where(count < 10, exact[side], x * cube**3))
        np.testing.assert_allclose(found[side][count > 10], exact[side][count > 10], rtol=0.013)
    return found


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("code", ["v0001_t", "vp0001_per"])
def test_byar_is_exact_below_ten_and_close_to_exact_above(cells: pa.Table, level: float, code: str) -> None:
    got = of(cells, code)
    per = 1 if code == "v0001_t" else FACTOR[code] / got["noemer"]
    count = got["waarde"] if code == "v0001_t" else got["teller"]
    assert {0, 1, 9, 10} <= set(count)
    for name, theirs in zip(LEVELS[level], limits(count, level), strict=True):
        np.testing.assert_allclose(got[name] / per, theirs, **CLOSE)


def test_the_table_of_quantiles_is_what_scipy_gives_now() -> None:
    text = kwantielen.MODEL.read_text(encoding="utf-8")
    assert text == kwantielen.written(text), "run python -m pipelines.voorbeeld.kwantielen"


def test_a_part_that_is_more_than_the_whole_has_no_value() -> None:
    """Synthetic: a percentage of 12 out of 10, of 3 out of 10, and of -1; a rate may be more than one."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA onderwerp; CREATE SCHEMA ref")
    con.execute(
        "CREATE TABLE onderwerp.basis AS "
        "SELECT *, '2024' AS periode, 'gemeente' AS gebiedsniveau, 'ok' AS status, NULL::TEXT AS reden "
        "FROM (VALUES ('t', 'a', 12.0), ('t', 'b', 3.0), ('t', 'c', -1.0), ('n', 'a', 10.0), ('n', 'b', 10.0), "
        "('n', 'c', 10.0)) AS v(onderwerp, gebied, waarde)"
    )
    con.execute(
        "CREATE TABLE ref.onderwerp AS FROM (VALUES ('deel', 'percentage', TRUE, 't', 'n', 100), "
        "('per', 'ratio', TRUE, 't', 'n', 100)) AS v(onderwerp, soort, is_verhouding, teller, noemer, factor)"
    )
    text = rendered("onderwerp/formule").sql("duckdb")
    rows = con.execute(f"SELECT onderwerp, gebied, waarde, status, reden FROM ({text}) ORDER BY 1, 2").fetchall()
    refused = "het deel is kleiner dan nul of groter dan het geheel"
    assert rows[:3] == [
        ("deel", "a", None, "onbekend", refused),
        ("deel", "b", 30.0, "ok", None),
        ("deel", "c", None, "onbekend", refused),
    ]
    assert [row[2:4] for row in rows[3:5]] == [(120.0, "ok"), (30.0, "ok")]
