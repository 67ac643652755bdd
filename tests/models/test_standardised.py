"""Directly standardised rates against numpy, on random areas with three classes, and what has none."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.models.model_text import rendered
from tests.models.test_intervals import CLOSE, LEVELS, limits

AREAS = 10_000
FACTOR = 10_000
CASES = ("v0001_a", "v0001_b", "v0001_c")
PEOPLE = ("v0002_a", "v0002_b", "v0002_c")


def built(cases: np.ndarray, people: np.ndarray, standard: np.ndarray, change: str = "") -> pa.Table:
    """The texts of onderwerp.gestandaardiseerd and statistiek.grens on counts per area and class."""
    places = [f"{i:05}" for i in range(len(cases))]

    def table(code: str, values: np.ndarray, level: str = "gemeente", areas: list[str] = places) -> pa.Table:
        return pa.table(
            {"onderwerp": [code] * len(areas), "gebiedsniveau": [level] * len(areas), "gebied": areas, "waarde": values}
        )

    rows = [
        table(code, column * 1.0)
        for codes, counts in ((CASES, cases), (PEOPLE, people))
        for code, column in zip(codes, counts.T, strict=True)
    ]
    rows += [table(code, np.array([n * 1.0]), "gewest", ["02000"]) for code, n in zip(PEOPLE, standard, strict=True)]
    flat = pa.concat_tables(rows)
    con = duckdb.connect()
    con.register("flat", flat)
    con.execute("CREATE SCHEMA onderwerp; CREATE SCHEMA ref; CREATE SCHEMA statistiek")
    con.execute(
        "CREATE TABLE onderwerp.basis AS SELECT *, '2024' AS periode, 'ok' AS status, NULL::TEXT AS reden FROM flat"
    )
    con.execute(
        "CREATE TABLE onderwerp.formule AS "
        "SELECT *, waarde AS teller, waarde AS noemer FROM onderwerp.basis WHERE FALSE"
    )
    con.execute("CREATE TABLE onderwerp.bronversie AS SELECT NULL::TEXT AS onderwerp, '' AS bron, '' AS bronversie")
    con.execute(
        "CREATE TABLE ref.onderwerp AS SELECT UNNEST(['vp0003_st', 'v0001_a', 'v0001_b', 'v0001_c', 'v0002_a', "
        f"'v0002_b', 'v0002_c']) AS onderwerp, {FACTOR}.0 AS factor, NULL::TEXT AS methode, FALSE AS is_deel"
    )
    con.execute("UPDATE ref.onderwerp SET methode = 'dobson' WHERE onderwerp = 'vp0003_st'")
    pairs = ", ".join(f"('vp0003_st', '{t}', '{n}', 2024)" for t, n in zip(CASES, PEOPLE, strict=True))
    con.execute(f"CREATE TABLE ref.klasse AS FROM (VALUES {pairs}) AS t(onderwerp, teller, noemer, standaardjaar)")
    con.execute(change)
    for model in ("onderwerp/gestandaardiseerd", "statistiek/kwantiel", "ref/periode"):
        con.execute(f"CREATE TABLE {model.replace('/', '.')} AS {rendered(model).sql('duckdb')}")
    text = rendered("statistiek/grens").sql("duckdb")
    return con.execute(
        f"SELECT * FROM ({text}) WHERE onderwerp = 'vp0003_st' AND gebiedsniveau = 'gemeente' ORDER BY gebied"
    ).to_arrow_table()


@pytest.fixture(scope="module")
def counts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cases and people per area and class, and the standard population. Few and many cases, and empty classes."""
    rng = np.random.default_rng(1991)
    people = (rng.pareto(1.5, (AREAS, 3)) * 400).astype(int) + 1
    cases = rng.binomial(people, rng.random((AREAS, 3)) ** 4)
    people[:50, 2], cases[:50, 2] = 0, 0
    people[50:60], cases[50:60] = 100, [10, 0, 0]
    people[60:70], cases[60:70] = 100, [9, 0, 0]
    return cases, people, np.array([1_200_000, 3_900_000, 1_500_000])


def test_a_rate_and_its_interval_are_those_of_numpy(counts: tuple) -> None:
    cases, people, standard = counts
    found = built(*counts)
    has = (people > 0).all(axis=1) & (cases.sum(axis=1) >= 10)
    status = found["status"].to_pylist()
    assert [s == "ok" for s in status] == list(has)
    assert {"nvt", "ok"} == set(status)
    rate = np.average(cases[has] / people[has], axis=1, weights=standard)
    error = np.sqrt(np.average(cases[has] / people[has] ** 2, axis=1, weights=standard**2) * (standard**2).sum())
    total = cases[has].sum(axis=1)
    got = found.filter(pa.array(has))
    np.testing.assert_allclose(got["waarde"], FACTOR * rate, **CLOSE)
    for level, names in LEVELS.items():
        for name, limit in zip(names, limits(total, level), strict=True):
            theirs = FACTOR * (rate + error / standard.sum() / np.sqrt(total) * (limit - total))
            np.testing.assert_allclose(got[name], theirs, **CLOSE)


def test_an_area_with_the_ages_of_the_standard_has_its_crude_rate_and_byars_interval() -> None:
    """Synthetic: 25 cases among 10,000 people in the standard's proportions, the same rate in each class."""
    found = built(np.array([[5, 15, 5]]), np.array([[2000, 6000, 2000]]), np.array([20, 60, 20])).to_pylist()[0]
    low, high = limits(np.array([25]), 0.95)
    assert found["waarde"] == pytest.approx(25)
    assert (found["ondergrens"], found["bovengrens"]) == (pytest.approx(low[0]), pytest.approx(high[0]))


@pytest.mark.proof
def test_what_cannot_be_standardised_says_why(counts: tuple) -> None:
    cases, people, standard = (part[-3:] for part in counts)
    hide = f"UPDATE onderwerp.basis SET status = 'verborgen', waarde = NULL, reden = 'x' WHERE onderwerp = '{CASES[1]}'"
    found = built(cases, people, standard, hide).to_pylist()
    assert {(r["status"], r["reden"], r["waarde"]) for r in found} == {("verborgen", "v0001_b: x", None)}
    found = built(cases, people, standard, "UPDATE ref.klasse SET standaardjaar = 1830").to_pylist()
    assert {r["status"] for r in found} == {"onbekend"}
    assert found[0]["reden"] == "v0002_a: geen cijfer van Vlaanderen in 1830"
    few = built(np.array([[9, 0, 0]]), np.array([[9, 9, 9]]), standard).to_pylist()[0]
    empty = built(np.array([[10, 0, 0]]), np.array([[10, 0, 9]]), standard).to_pylist()[0]
    assert (few["status"], few["reden"]) == ("nvt", "minder dan tien gevallen")
    assert (empty["status"], empty["reden"]) == ("nvt", "v0002_b: de klasse is leeg")
