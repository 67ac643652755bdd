"""The datasets with real figures as they are accepted, and the gate on a candidate made from them."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import duckdb
import yaml

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.catalogue import load_cities
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.gate.judge import Verdict, check_delivery
from pipelines.gate.series import measures
from pipelines.home import Home, quoted
from pipelines.ingest.drop import drop
from pipelines.landing.areas import city_units, load_areas
from pipelines.landing.beside import lay_out_others
from pipelines.landing.landings import Landings
from tests.helpers import SHARED, with_register
from tests.proof.gate.defects import Defect, defects

TIMEOUT_S, MAX_SHARE = 300, 0.1
# Our table has this year by single year of age, and those before it by class: no edition of a publisher follows so.
FINER = {"statbel_bevolking": 2021}
NO_CITY = "-"


def land_all(home: Home) -> list[str]:
    """Land every dataset with real figures: the built-in ones, and the publishers' own files where they are here.
    What a home holds already is taken as it is. Returns their names."""
    found = []
    if not home.landing.exists():
        with_register(home)
    known = Landings(home, load_datasets())
    with home.lock():
        for spec in (landing.spec for landing in known.values()):
            if known[spec.id].state.version is None:
                proof = ROOT / "tests" / "bewijs" / f"{spec.id}.yaml"
                if spec.voorbeeld is None:
                    if not proof.exists() or not (SHARED / "data").is_dir():
                        continue
                    patterns = yaml.safe_load(proof.read_text(encoding="utf-8"))["bestanden"]
                    drop(spec, [p for pattern in patterns for p in sorted((SHARED / "data").glob(pattern))], home)
                land_dataset(known, spec.id, "voorbeeld", Settings(), lambda _: None)
            if known[spec.id].state.version:
                found.append(spec.id)
    return found


@dataclass(frozen=True)
class Case:
    """What became of one candidate.

    `caught`: the delivery was refused, or all that is wrong in it was held (of a clean one: nothing was). `others` are
    the cities whose figures are right and that were kept back too. `checks` are those that held something.
    """

    dataset: str
    setting: str
    name: str
    city: str
    caught: bool
    others: list[str]
    checks: list[str]
    said: str
    seconds: float


class World:
    """One dataset: its accepted figures, the years in them, and the cities that it knows."""

    def __init__(self, home: Home, spec: Dataset) -> None:
        self.spec = spec
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("SET enable_progress_bar = false")
        load_areas(self.con)
        known = Landings(home, load_datasets() | {spec.id: spec})
        lay_out_others(self.con, known, spec.id)
        finer = FINER.get(spec.id, 0)
        self.con.execute(f"CREATE TABLE heel AS SELECT * FROM {known[spec.id].relation()} WHERE jaar <> {finer}")
        parts = known[spec.id].state.parts
        yearly = len(parts) > 1 and all(len(p.years) == 1 for p in parts)
        # how the publisher delivers a new year; a list that is replaced whole has none
        self.shape = "" if "jaar" not in spec.replaces else "nieuw" if yearly else "reeks"
        self.years = [y for (y,) in self.con.execute("SELECT DISTINCT jaar FROM heel ORDER BY 1").fetchall()]
        self.areas = self.con.execute(
            f"SELECT DISTINCT gebiedsniveau, {spec.unit} FROM heel WHERE jaar = {self.years[-1]} ORDER BY ALL"
        ).fetchall()
        known = set(self.con.execute(f"SELECT DISTINCT gebiedsniveau, {spec.unit} FROM heel").fetchall())
        of_city = {c: units & known for c, units in city_units(load_cities()).items() if c != "vgc"}
        last = set(self.areas)
        self.cities = {c: units for c, units in sorted(of_city.items()) if units & last}

    def candidate(self, setting: str, year: int | None = None) -> None:
        """`nieuw`: the last year (or the one named) on top of those before it. `reeks`: the same, with those before it
        delivered again. `herlevering`: all once more."""
        last = year or self.years[-1]
        new = {"nieuw": f"jaar = {last}", "reeks": f"jaar <= {last}", "herlevering": "TRUE"}[setting]
        old = "TRUE" if setting == "herlevering" else f"jaar < {last}"
        self.con.execute(f"CREATE OR REPLACE TABLE kandidaat AS SELECT * FROM heel WHERE {new}")
        self.con.execute(f"CREATE OR REPLACE VIEW vorige AS SELECT * FROM heel WHERE {old}")

    def judge(self) -> tuple[Verdict, float]:
        """What the gate makes of the candidate, and in how many seconds."""
        start = time.perf_counter()
        return check_delivery(self.con, self.spec, TIMEOUT_S, MAX_SHARE), time.perf_counter() - start

    def clean(self, setting: str, name: str) -> Case:
        """Judge a candidate with nothing wrong in it."""
        verdict, seconds = self.judge()
        through = verdict.refused is None and not verdict.held
        return self._case(setting, name, NO_CITY, through, [], verdict, seconds)

    def spoil(self, defect: Defect, setting: str, city: str, dice: random.Random) -> Case | None:
        """Make a candidate, seed the defect in one city's last year, and judge it; None where it changes nothing."""
        self.candidate(setting)
        places = self._places(city, defect, dice)
        if places is None:
            return None
        self.con.execute(defect.sql.format(**places))
        damaged = self._damaged()
        if not damaged or not self._has_news():
            return None
        verdict, seconds = self.judge()
        held = {(level, area) for level, area, _ in verdict.held}
        caught = verdict.refused is not None or damaged <= held
        kept = (lambda units: verdict.refused is not None or units & held) if not defect.whole else bool
        others = [] if defect.whole else [c for c, units in self.cities.items() if kept(units) and not units & damaged]
        return self._case(setting, defect.name, city, caught, others, verdict, seconds)

    def possible(self, dice: random.Random) -> list[tuple[Defect, str]]:
        """Every defect of this dataset in every setting, in a random order."""
        names = measures(self.spec)
        found = []
        for defect in defects(self.spec, dice.choice(names) if names else None):
            if len(self.years) > 1 and self.shape:
                found.append((defect, self.shape))
            if not defect.news:
                found.append((defect, "herlevering"))
        dice.shuffle(found)
        return found

    def _places(self, city: str, defect: Defect, dice: random.Random) -> dict[str, str] | None:
        """What the SQL of a defect names; None where this dataset has no such place."""
        last = set(self.areas)
        units = sorted(self.cities[city] & last) if city in self.cities else [dice.choice(self.areas)]
        level, year = units[0][0], self.years[-1]
        others = sorted({u for c, us in self.cities.items() if c != city for lv, u in us & last if lv == level}) or [
            u for lv, u in self.areas if lv == level and (lv, u) not in units
        ]
        wholes = [(lv, u) for lv, u in self.areas if lv.startswith(("gewest", "provincie"))]
        if (not others and "{ander}" in defect.sql) or (not wholes and "{totaal}" in defect.sql):
            return None
        total = dice.choice(wholes) if wholes else ("", "")
        listed = ", ".join(f"({quoted(lv)}, {quoted(u)})" for lv, u in units)
        unit = self.spec.unit
        return {
            "daar": f"((gebiedsniveau, {unit}) IN ({listed}))",
            "hier": f"((gebiedsniveau, {unit}) IN ({listed}) AND jaar = {year})",
            "ander": quoted(dice.choice(others)) if others else "",
            "eigen": quoted(units[0][1]),
            "niveau": quoted(level),
            "jaar": str(year),
            "totaal": f"((gebiedsniveau, {unit}) IN (({quoted(total[0])}, {quoted(total[1])})) AND jaar = {year})",
        }

    def _has_news(self) -> bool:
        """Without rows of its year a delivery brings nothing, and spoils nothing."""
        last = f"SELECT COUNT(*) FROM kandidaat WHERE jaar >= {self.years[-1]}"
        return bool(self.con.execute(last).fetchone()[0])

    def _damaged(self) -> set[tuple[str, str]]:
        """Every unit of which something else would land than what is right: a source that gives its parts apart keeps
        those that a delivery does not bring. No defect is in a year before the last but one."""
        scope, late = ", ".join(self.spec.replaces), f"jaar >= {self.years[-1] - 1}"
        kept = f"FROM vorige WHERE ({scope}) NOT IN (SELECT ({scope}) FROM kandidaat)"
        lands, right = f"(FROM (FROM kandidaat UNION ALL {kept}) WHERE {late})", f"(FROM heel WHERE {late})"
        rows = self.con.execute(
            f"SELECT DISTINCT gebiedsniveau, {self.spec.unit} FROM "
            f"((FROM {lands} EXCEPT ALL FROM {right}) UNION ALL (FROM {right} EXCEPT ALL FROM {lands}))"
        )
        return set(rows.fetchall())

    def _case(
        self, setting: str, name: str, city: str, caught: bool, others: list[str], verdict: Verdict, seconds: float
    ) -> Case:
        broken = [o.boodschap for o in verdict.outcomes if "did not run" in o.boodschap]
        assert not broken, f"what a broken check holds is not caught: {broken}"
        blocking = [o for o in verdict.outcomes if o.blocks]
        said = verdict.refused or "; ".join(sorted({o.boodschap for o in verdict.held.values()}))
        return Case(self.spec.id, setting, name, city, caught, others, [o.controle for o in blocking], said, seconds)
