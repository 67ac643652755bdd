"""Held back is as small as the fault: of every single city and every pair of cities that is wrong, the others get their
news, and of a wrong city all but the wrong year and series.

All changed figures here are synthetic. The short form takes each city once, alone or in a pair, on one of the datasets;
`make proof` takes all 13 cities and 78 pairs on each.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.describe.catalogue import load_cities
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.judge import Verdict, check_delivery
from pipelines.home import Home, quoted
from pipelines.ingest.read.parse import ParsedTable
from pipelines.landing.areas import city_units, load_areas
from pipelines.landing.beside import lay_out_others
from pipelines.landing.compose import compose
from pipelines.landing.held import is_held
from pipelines.landing.landings import Landing
from pipelines.landing.parts import Part
from pipelines.landing.receipt import Why, Wrong
from pipelines.landing.state import Composed, HeldPart
from tests.helpers import PROOF, landings
from tests.homes import linked
from tests.small import spec_of

SPECS = load_datasets()
CITIES = sorted(c.stad for c in load_cities() if c.nis_code)
# Per dataset what is ten times too large, and which measure has one more in which rows: news that is nothing odd.
LARGE = {
    "statbel_armoederisico": (["mediaan_inkomen", "armoederisico"], "mediaan_inkomen", "TRUE"),
    "statbel_bevolking": (["aantal"], "aantal", "leeftijd_van = 20"),
    "statbel_bouwvergunningen": (["woningen", "appartementen", "renovaties"], "woningen", "maand IN (0, 3)"),
    "statbel_inkomen_sector": (["aangiften", "inkomen"], "aangiften", "inkomen IS NULL"),
    "politie_criminaliteit": (["waarde"], "waarde", "onderwerp = 'v2801_vh_totcrim'"),
}
LAST = {"statbel_bouwvergunningen": 2024}
ALONE = [(city,) for city in CITIES]
PAIRS = list(combinations(CITIES, 2))
SHORT = [*ALONE[:5], *zip(CITIES[5::2], CITIES[6::2], strict=False)]  # every dataset, and every city as a wrong one


class Gate:
    """An accepted landing, and what becomes of one more delivery: judged and composed, never accepted."""

    def __init__(self, home: Path, spec: Dataset, tmp: Path, units: dict[str, set[tuple[str, str]]]) -> None:
        self.spec, self.tmp = spec, tmp
        self.landing = landings(home)[spec.id]
        self.con = duckdb.connect()
        load_areas(self.con, Home(home))
        lay_out_others(self.con, landings(home), spec.id)
        owned = [{"stad": city, "niveau": level, "code": code} for city, own in units.items() for level, code in own]
        self.con.register("eenheid", pa.Table.from_pylist(owned))
        self.con.execute(f"CREATE TABLE vorige AS SELECT * FROM {self.landing.relation()}")
        latest = self.con.execute("SELECT MAX(jaar) FROM vorige").fetchone()[0]
        self.year = LAST.get(spec.id, latest)

    def judge(self, *updates: str, rows: str = "") -> Verdict:
        """What the gate makes of the accepted rows (or only of some) with these changes."""
        self.con.execute(f"CREATE OR REPLACE TABLE kandidaat AS SELECT * FROM vorige WHERE {rows or 'TRUE'}")
        for update in updates:
            self.con.execute(f"UPDATE kandidaat SET {update}")
        return check_delivery(self.con, self.spec, 60, 0.1)

    def land(self, verdict: Verdict) -> Composed:
        """The composed version; it is the table `geland` from then on."""
        path = self.tmp / "kandidaat.parquet"
        self.con.execute(f"COPY kandidaat TO {quoted(path)} (FORMAT parquet)")
        years = tuple(y for (y,) in self.con.execute("SELECT DISTINCT jaar FROM kandidaat ORDER BY 1").fetchall())
        rows = self.con.execute("SELECT COUNT(*) FROM kandidaat").fetchone()[0]
        table = ParsedTable(path, "0" * 64, rows, years, path.name, "0" * 64, rows, {}, {})
        made = compose(self.con, self.landing, [table], verdict.held, "levering", self.tmp)
        files = quoted(self.landing.folder(made.version) / "deel-*.parquet")
        self.con.execute(f"CREATE OR REPLACE TABLE geland AS SELECT * FROM read_parquet({files})")
        return made

    def differs(self, one: str, other: str, where: str) -> int:
        """How many rows the first table has there that the second has not."""
        found = self.con.execute(
            f"SELECT COUNT(*) FROM (SELECT * FROM {one} WHERE {where} EXCEPT ALL SELECT * FROM {other} WHERE {where})"
        )
        return found.fetchone()[0]

    def cities_that_differ(self, one: str, other: str) -> set[str]:
        """The cities of which the first table has rows that the second has not."""
        found = self.con.execute(
            f"SELECT DISTINCT stad FROM (FROM {one} EXCEPT ALL FROM {other}) AS t "
            f"JOIN eenheid AS e ON e.niveau = t.gebiedsniveau AND e.code = t.{self.spec.unit}"
        )
        return {city for (city,) in found.fetchall()}


@pytest.fixture(scope="module")
def units(released: Path) -> dict[str, set[tuple[str, str]]]:
    return city_units(load_cities(), Home(released))


@pytest.fixture(scope="module")
def gates(released: Path, units, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Gate]]:
    home = linked(released, tmp_path_factory.mktemp("held") / "home", build=False)
    made = {d: Gate(home, SPECS[d], tmp_path_factory.mktemp(d), units) for d in LARGE}
    before = {d: set(g.landing.root.iterdir()) for d, g in made.items()}
    yield made
    for dataset, gate in made.items():
        gate.con.close()
        assert before[dataset] <= set(gate.landing.root.iterdir())


def within(spec: Dataset, *cities: str) -> str:
    """SQL for the rows of these cities, on any version of the municipalities."""
    listed = ", ".join(quoted(city) for city in cities)
    return f"(gebiedsniveau, {spec.unit}) IN (SELECT (niveau, code) FROM eenheid WHERE stad IN ({listed}))"


@pytest.mark.proof
@pytest.mark.parametrize("number", range(len(ALONE) + len(PAIRS)) if PROOF else range(len(SHORT)))
def test_the_cities_that_are_not_wrong_get_their_news(gates: dict[str, Gate], units, number: int) -> None:
    wrong = ([*ALONE, *PAIRS] if PROOF else SHORT)[number]
    for dataset in LARGE if PROOF else [list(LARGE)[number % len(LARGE)]]:
        gate, (measures, measure, rows) = gates[dataset], LARGE[dataset]
        bad, latest = within(gate.spec, *wrong), f"jaar = {gate.year}"
        good = within(gate.spec, *(set(CITIES) - set(wrong)))
        verdict = gate.judge(
            f"{', '.join(f'{m} = {m} * 10' for m in measures)} WHERE {latest} AND {bad}",
            f"{measure} = {measure} + 1 WHERE {latest} AND {rows} AND {good}",
        )
        assert verdict.refused is None
        assert {(level, unit) for level, unit, _ in verdict.held} <= set().union(*(units[c] for c in wrong))
        gate.land(verdict)
        assert gate.differs("kandidaat", "geland", good) == 0, "the others have their news"
        assert gate.differs("kandidaat", "vorige", good) > 0, "and there is some in every case"
        assert gate.cities_that_differ("geland", "vorige") >= set(CITIES) - set(wrong)
        assert gate.differs("geland", "vorige", bad) == 0, "the wrong ones keep their last good rows"


def test_only_the_wrong_year_is_held(gates: dict[str, Gate]) -> None:
    gate = gates["statbel_armoederisico"]
    verdict = gate.judge(
        "armoederisico = 95 WHERE gebied = '44021' AND jaar = 2022", "mediaan_inkomen = mediaan_inkomen + 1"
    )
    assert list(verdict.held) == [("gemeente2024", "44021", (("jaar", 2022),))]
    (held,) = gate.land(verdict).held
    assert (held.eenheid, held.jaar, held.had_value, held.reeks) == ("44021", 2022, True, {})
    assert held.aanvaard_op == gate.landing.state.accepted_at
    here = "gebied = '44021' AND jaar = 2022"
    assert gate.differs("geland", "vorige", here) == 0
    assert gate.differs("geland", "kandidaat", f"NOT ({here})") == 0


def test_only_the_wrong_series_is_held(gates: dict[str, Gate]) -> None:
    gate = gates["politie_criminaliteit"]
    kind = gate.con.execute(
        "SELECT onderwerp FROM vorige WHERE gebied = '44021' AND jaar = 2019 AND waarde BETWEEN 100 AND 500 ORDER BY 1"
    ).fetchone()[0]
    here = f"gebied = '44021' AND jaar = 2019 AND onderwerp = '{kind}'"
    verdict = gate.judge("waarde = waarde + 1 WHERE gebied = '11002'", f"waarde = waarde * 4 WHERE {here}")
    assert list(verdict.held) == [("gemeente2024", "44021", (("jaar", 2019), ("onderwerp", kind)))]
    (held,) = gate.land(verdict).held
    assert (held.reeks, held.jaar) == ({"onderwerp": kind}, 2019)
    assert gate.differs("geland", "vorige", here) == 0
    assert gate.differs("geland", "kandidaat", f"NOT ({here})") == 0


def test_an_area_that_is_wrong_in_many_years_is_held_whole(gates: dict[str, Gate]) -> None:
    gate = gates["statbel_armoederisico"]
    few, many = (gate.judge(f"armoederisico = 95 WHERE gebied = '44021' AND jaar > {2022 - years}") for years in (3, 4))
    assert len(few.held) == 3
    assert list(many.held) == [("gemeente2024", "44021", ())]
    assert {h.jaar for h in gate.land(many).held} == set(range(2015, 2023))


def test_what_was_held_stays_held_until_a_delivery_replaces_it(tmp_path: Path, released: Path) -> None:
    """A source that gives its kinds apart: a delivery of one kind clears nothing of another."""
    spec = spec_of(
        {"soort": "text", "n": {"type": "integer", "min": 0}},
        {"header": {"code": "gebied", "soort": "soort", "n": "n"}},
        id="proef_soorten",
        key=["jaar", "gebied", "soort"],
        replaces=["jaar", "soort"],
    )
    con = duckdb.connect()
    landing = Landing(Home(tmp_path / "home"), spec)
    why = Why("c", "o", "b")

    def deliver(rows: str, held: dict[Part, Why]) -> list[HeldPart]:
        con.execute(f"CREATE OR REPLACE TABLE kandidaat AS SELECT 'gemeente2024' AS gebiedsniveau, * FROM ({rows})")
        path = tmp_path / "in.parquet"
        con.execute(f"COPY kandidaat TO {quoted(path)} (FORMAT parquet)")
        count = con.execute("SELECT COUNT(*) FROM kandidaat").fetchone()[0]
        table = ParsedTable(path, str(count) * 64, count, (2020,), "in", "0" * 64, count, {}, {})
        made = compose(con, landing, [table], held, "levering", tmp_path)
        landing.settle(replace(landing.state, **vars(landing.state.joined(made, [], "levering"))))
        return made.held

    values = "SELECT 2020 AS jaar, '44021' AS gebied, soort, 1 AS n FROM (VALUES {}) AS v(soort)"
    bad = {("gemeente2024", "44021", (("jaar", 2020), ("soort", "b"))): why}
    (first,) = deliver(values.format("('a'), ('b'), ('c')"), bad)
    assert (first.reeks, first.had_value, first.aanvaard_op) == ({"soort": "b"}, False, None)
    assert deliver(values.format("('a')"), {}) == [first]
    assert deliver(values.format("('b'), ('a')"), bad)[0].sinds == first.sinds
    assert deliver(values.format("('b')"), {}) == []
    con.close()


@pytest.mark.parametrize(
    ("told", "series", "inside"),
    [
        ({"jaar": 2020}, {}, True),
        ({"jaar": 2020, "soort": "a"}, {}, True),
        ({"jaar": 2020, "soort": "a"}, {"soort": "a"}, True),
        ({}, {}, True),
        ({"jaar": 2021}, {}, False),
        ({"jaar": 2020}, {"soort": "a"}, False),
        ({"jaar": 2020, "soort": "b"}, {"soort": "a"}, False),
    ],
)
def test_a_receipt_covers_only_what_is_held(told: dict, series: dict, inside: bool) -> None:
    held = [HeldPart("g", "1", 2020, series, "c", "o", "b", "levering", "2026-01-01", None, had_value=False)]
    assert is_held(held, Wrong("g", "1", told, "")) is inside
    assert not is_held(held, Wrong("g", "2", told, ""))


def test_what_is_told_of_counts_that_are_not_public_holds_none_of_them(gates: dict[str, Gate]) -> None:
    """Neither of one that is wrong nor of what it is held against: it goes to releases, alerts and Dagster."""
    gate = gates["politie_criminaliteit"]
    closed = gate.spec.model_copy(update={"drempel": 5})
    closed._place = gate.spec._place
    here = "gebied = '44021' AND jaar = 2019 AND waarde BETWEEN 1000 AND 9999"
    before = {f"{value:.0f}" for (value,) in gate.con.execute(f"SELECT waarde FROM vorige WHERE {here}").fetchall()}
    assert len(before) > 3
    for odd in (7654321, -7654321):
        public = gate.judge(f"waarde = {odd} WHERE {here}")
        verdict = check_delivery(gate.con, closed, 60, 0.1)
        told, secret = (re.sub(r"(?<=\d)[.,](?=\d{3})", "", repr((v, v.held, v.outcomes))) for v in (public, verdict))
        assert "7654321" in told
        assert "7654321" not in secret
        assert not {n for n in re.findall(r"\d+", secret) if n in before}
        assert [o.uitslag for o in verdict.outcomes] == [o.uitslag for o in public.outcomes]
        assert verdict.held.keys() == public.held.keys()
