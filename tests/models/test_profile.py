"""mart.profiel, mart.buur and the rank against plain rules on the same release."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest
from scipy.stats._result_classes import BinomTestResult

from pipelines.describe.catalogue import load_topics
from tests.helpers import obmi, query, reading
from tests.models.model_text import rendered

Rows = list[dict]
TOPICS = load_topics()


def rows(home: Path, sql: str) -> Rows:
    """The rows of a query on the release, by column."""
    with reading(home) as con:
        found = con.sql(sql)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def profile(released: Path) -> Rows:
    return rows(
        released,
        "SELECT p.*, o.polariteit, o.aggregatie, o.interval FROM mart.profiel AS p JOIN mart.onderwerp AS o "
        "USING (onderwerp)",
    )


@pytest.fixture(scope="module")
def values(released: Path) -> dict[tuple, tuple]:
    """Every yearly figure by subject, level, area and period: value, numerator and denominator."""
    found = query(
        released,
        "SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, teller, noemer FROM mart.waarneming "
        "WHERE LENGTH(periode) <> 7 AND gebiedsniveau IN ('gemeente', 'provincie', 'gewest', 'centrumsteden', 'vgc')",
    )
    return {row[:4]: row[4:] for row in found}


def test_every_area_of_today_has_the_latest_figure_of_every_subject_but_helpers(profile: Rows, values: dict) -> None:
    latest: dict[tuple, str] = {}
    for (subject, level, place, period), (value, *_) in values.items():
        known = latest.get((subject, level, place))
        if known is None or (value is not None, period) > (values[subject, level, place, known][0] is not None, known):
            latest[subject, level, place] = period
    helpers = {code for code, topic in load_topics().items() if topic.hulp}
    latest = {key: period for key, period in latest.items() if key[0] not in helpers}
    assert {(p["onderwerp"], p["gebiedsniveau"], p["gebied"]): p["periode"] for p in profile} == latest
    assert len({p["gebied"] for p in profile if p["gebiedsniveau"] == "gemeente"}) == 304
    for p in profile:
        assert p["waarde"] == values[p["onderwerp"], p["gebiedsniveau"], p["gebied"], p["periode"]][0]


@pytest.mark.proof
def test_a_comparison_is_the_interval_against_the_reference(profile: Rows, values: dict, released: Path) -> None:
    """A reference has no value of its own for a count; better and worse only where the subject has a polarity."""
    peers = defaultdict(list)
    for place, group, peer in query(released, "SELECT gebied, groep, buur FROM mart.buur"):
        peers[place, group].append(peer)
    seen = set()
    for p in profile:
        references = {
            "centrumsteden": values.get((p["onderwerp"], "centrumsteden", "centrumsteden", p["periode"]), [None])[0],
            "vlaanderen": values.get((p["onderwerp"], "gewest", "02000", p["periode"]), [None])[0],
        }
        own = peers[p["gebied"], "centrumstad" if p["stad"] else "gemeente"] if p["gebiedsniveau"] == "gemeente" else []
        parts = [values.get((p["onderwerp"], "gemeente", g, p["periode"]), (None,) * 3) for g in own]
        whole = parts and all(value is not None and n for value, _, n in parts)
        ratio = sum(t for _, t, _ in parts) / sum(n for *_, n in parts) if whole else None
        references["buren"] = None if ratio is None else TOPICS[p["onderwerp"]].factor * ratio
        low, high = p["ondergrens"], p["bovengrens"]
        if p["interval"].startswith("volledige telling"):
            assert low is None
            low = high = p["waarde"]
        for name, reference in references.items():
            assert p[f"waarde_{name}"] == pytest.approx(reference)
            itself = {"centrumsteden": p["gebiedsniveau"] == "centrumsteden", "vlaanderen": p["gebied"] == "02000"}
            said = "niet te onderscheiden"
            if p["aggregatie"] in ("som", "punten", "afgeleid") or itself.get(name, p["gebiedsniveau"] != "gemeente"):
                said = "nvt"
            elif low is None or reference is None:
                said = "niet te bepalen"
            elif low > p[f"waarde_{name}"]:
                said = "hoger"
            elif high < p[f"waarde_{name}"]:
                said = "lager"
            assert p[f"tegenover_{name}"] == said, (p, name)
            judged = {p["polariteit"]: "beter"}.get(said, "slechter") if said in ("hoger", "lager") else None
            assert p[f"oordeel_{name}"] == (None if p["polariteit"] == "geen" else judged)
            sure = p[f"zekerheid_{name}"]
            chance = said in ("hoger", "lager") and ": " not in p["interval"]
            assert sure in ((95, 99.8) if chance else (None,))
            seen.add((name, said, sure))
    expected = {("hoger", 95), ("hoger", 99.8), ("lager", 95), ("lager", 99.8), ("niet te onderscheiden", None)}
    assert {(said, sure) for name, said, sure in seen if name == "centrumsteden"} >= expected


def test_the_rank_has_the_places_that_the_intervals_leave_open(profile: Rows, values: dict) -> None:
    """Limits of 99.8 % from scipy: above are those that lie wholly above, and likewise below."""
    subject = "vp2801_vh_bedr_tot_aandeel"
    cities = [p for p in profile if p["onderwerp"] == subject and p["stad"] and p["gebiedsniveau"] == "gemeente"]
    assert len(cities) == 13
    bounds = {}
    for p in cities:
        _, k, n = values[subject, "gemeente", p["gebied"], p["periode"]]
        bounds[p["gebied"]] = BinomTestResult(k, n, "two-sided", k / n, None).proportion_ci(0.998, "wilson")
    for p in cities:
        low, high = bounds[p["gebied"]]
        assert p["rang"] == 1 + sum(q["waarde"] > p["waarde"] for q in cities)
        assert p["rang_van"] == 1 + sum(b.low > high for b in bounds.values())
        assert p["rang_tot"] == 13 - sum(b.high < low for b in bounds.values())
    assert any(p["rang_van"] < p["rang_tot"] for p in cities)
    assert {p["rang"] for p in profile if p["stad"] in (None, "vgc")} == {None}


def test_a_rank_is_of_all_who_could_have_one() -> None:
    """Synthetic: three cities and the VGC, without chance. Ties share a rank, the VGC is ranked only where it is
    comparable, who lacks a figure is named, and nobody is ranked when that is not for its own reason."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA ref; CREATE SCHEMA statistiek")
    con.execute(
        "CREATE TABLE ref.stad AS SELECT *, UPPER(gebied) AS naam FROM (VALUES ('gemeente', 'a'), ('gemeente', 'b'), "
        "('gemeente', 'c'), ('vgc', 'v')) AS t(gebiedsniveau, gebied)"
    )
    con.execute(
        "CREATE TABLE ref.onderwerp AS FROM (VALUES ('x', FALSE, FALSE, 'nvt'), ('y', TRUE, FALSE, 'verborgen'), "
        "('w', FALSE, FALSE, 'onbekend'), ('z', FALSE, FALSE, NULL), ('v', FALSE, TRUE, 'nvt')) "
        "AS t(onderwerp, vgc_vergelijkbaar, is_aantal, status)"
    )
    con.execute(
        "CREATE TABLE statistiek.reeks AS SELECT onderwerp, gebiedsniveau, gebied, '2024' AS periode, "
        "CASE WHEN gebied = 'c' THEN o.status ELSE 'ok' END AS status, waarde, waarde AS ondergrens_998, "
        "waarde AS bovengrens_998 FROM ref.onderwerp AS o, (VALUES ('gemeente', 'a', 3.0), ('gemeente', 'b', 3.0), "
        "('gemeente', 'c', NULL), ('vgc', 'v', 9.0)) AS w(gebiedsniveau, gebied, waarde) "
        "WHERE gebied <> 'c' OR o.status IS NOT NULL"
    )
    text = rendered("statistiek/rang").sql("duckdb")
    found = con.execute(
        f"SELECT onderwerp, gebied, rang, gerangschikt, rang_van, rang_tot, rang_zonder FROM ({text}) ORDER BY 1, 2"
    ).fetchall()
    assert found == [
        *[("w", "a", None, None, None, None, "C"), ("w", "b", None, None, None, None, "C")],
        *[("x", "a", 1, 2, 1, 2, "C"), ("x", "b", 1, 2, 1, 2, "C")],
        *[("y", "a", 2, 3, 2, 3, "C"), ("y", "b", 2, 3, 2, 3, "C"), ("y", "v", 1, 3, 1, 1, "C")],
        *[("z", "a", None, None, None, None, "C"), ("z", "b", None, None, None, None, "C")],
    ]


def test_peers_are_the_nearest_by_the_scores_that_the_release_shows(released: Path) -> None:
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    weights = {}
    for place, subject, score, weight in query(
        released, "SELECT gebied, onderwerp, score, gewicht FROM mart.buur_kenmerk"
    ):
        scores[place][subject], weights[subject] = score, weight
    cities = {g for (g,) in query(released, "SELECT gebied FROM mart.profiel WHERE stad IS NOT NULL AND stad <> 'vgc'")}

    def distance(a: str, b: str) -> float | None:
        both = set(scores[a]) & set(scores[b])
        known = sum(weights[s] for s in both)
        if 2 * known < sum(weights.values()):
            return None
        return math.sqrt(sum(weights[s] * (scores[a][s] - scores[b][s]) ** 2 for s in both) / known)

    found = defaultdict(list)
    for place, group, peer, far in query(
        released, "SELECT gebied, groep, buur, afstand FROM mart.buur ORDER BY gebied, groep, volgorde"
    ):
        found[place, group].append((far, peer))
    assert len({place for place, _ in found}) == 285
    for place in ["44021", "71072", "23003", "73107", "11002"]:
        every = sorted((d, b) for b in list(scores) if b != place and (d := distance(place, b)) is not None)
        assert [p for _, p in found[place, "gemeente"]] == [b for _, b in every[:10]]
        assert [d for d, _ in found[place, "gemeente"]] == pytest.approx([d for d, _ in every[:10]])
        among = [b for _, b in every if b in cities][:5] if place in cities else []
        assert [p for _, p in found[place, "centrumstad"]] == among


def test_scores_are_standardised_over_the_flemish_municipalities(released: Path) -> None:
    found = query(
        released,
        "SELECT onderwerp, COUNT(*), AVG(score), STDDEV_POP(score), CORR(score, CASE WHEN onderwerp = 'v1101_t' "
        "THEN LN(waarde) ELSE waarde END) FROM mart.buur_kenmerk GROUP BY onderwerp",
    )
    assert len(found) == 5
    for _, n, mean, spread, same in found:
        assert n > 142
        assert (mean, spread, same) == (pytest.approx(0, abs=1e-9), pytest.approx(1), pytest.approx(1))


def test_every_kind_of_area_has_a_profile_and_a_name_that_is_none_gets_a_hint(at_released: Path) -> None:
    for asked in ("Beersel", "vgc", "Antwerpen", "10000", "Vlaams Gewest"):
        assert obmi("profiel", asked).out.count("\n") > 50
    assert obmi("profiel", "Antwerpen").out.startswith("Antwerpen (gemeente 11002)")
    said = obmi("profiel", "Ghent")
    assert said.code == 30
    assert said.err.endswith("is named 'Ghent'; did you mean Gent or Genk?\n")


def test_every_figure_of_the_profile_has_its_age_and_grade(released: Path) -> None:
    wrong = """
      SELECT COUNT(*) FROM mart.profiel AS p JOIN mart.onderwerp AS o USING (onderwerp), mart.release AS r
      WHERE (p.kwaliteit IS NULL) <> (p.waarde IS NULL)
        OR ABS(p.ouderdom_maanden + CASE WHEN o.periodesoort = 'stand' OR o.naam LIKE 'groei%' THEN 0 ELSE 12 END
          - DATE_DIFF('day', p.periode_begin, r.gemaakt_op) / 30.4375) > 1.1"""
    assert query(released, wrong) == [(0,)]


def nothing_is_of_less_than_no_age(home: Path) -> None:
    """What is forecast, or of a year that is not over, has no age; it had less than none."""
    told = """
      SELECT COUNT(*) FILTER (ouderdom_maanden < 0),
        COUNT(*) FILTER (ouderdom_maanden IS NULL AND periode_begin < DATE '2024-01-01')
      FROM mart.profiel WHERE periode IS NOT NULL"""
    assert query(home, told) == [(0, 0)]


def nothing_is_shown_below_its_threshold(home: Path) -> None:
    """What a publisher makes public has no threshold: some said five, and 231 counts below it were shown."""
    below = """
      SELECT DISTINCT onderwerp FROM mart.waarneming AS w JOIN mart.onderwerp AS o USING (onderwerp)
      WHERE w.status = 'ok' AND COALESCE(w.teller, w.waarde) > 0 AND COALESCE(w.teller, w.waarde) < o.drempel"""
    assert query(home, below) == []


def test_age_and_threshold(released: Path) -> None:
    nothing_is_of_less_than_no_age(released)
    nothing_is_shown_below_its_threshold(released)
