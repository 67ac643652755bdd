"""The datasets with real figures as they are accepted, and the gate on a candidate made from them."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import duckdb
import yaml

from pipelines.catalogue import load_cities
from pipelines.config import Settings
from pipelines.home import Home
from pipelines.ingest.areas import city_units, load_areas
from pipelines.ingest.drop import drop
from pipelines.ingest.landing import Landing
from pipelines.quality.gate import Verdict, check_delivery
from pipelines.quality.series import measures
from pipelines.refresh import land_dataset
from pipelines.specfile import ROOT
from pipelines.specs import Dataset, load_datasets
from tests.gate_proof.defects import Defect, defects

SHARED = ROOT.parent / "shared" / "data"
Unit = tuple[str, str]


def land_all(home: Home, only: list[str] | None = None) -> list[Dataset]:
    """Land every dataset with real figures: the built-in ones, and the publishers' own files where they are here."""
    found = []
    with home.lock():
        for spec in load_datasets().values():
            proof = ROOT / "tests" / "bewijs" / f"{spec.id}.yaml"
            if only and spec.id not in only:
                continue
            if spec.voorbeeld is None:
                if not proof.exists() or not SHARED.is_dir():
                    continue
                patterns = yaml.safe_load(proof.read_text(encoding="utf-8"))["bestanden"]
                drop(spec, [p for pattern in patterns for p in sorted(SHARED.glob(pattern))], home)
            if land_dataset(spec, "voorbeeld", home, Settings(), lambda _: None).state == "vers":
                found.append(spec)
    return found


@dataclass(frozen=True)
class Case:
    """What became of one candidate."""

    dataset: str
    setting: str
    name: str
    city: str
    caught: bool
    alone: bool
    said: str
    seconds: float


class World:
    """One dataset: its accepted figures, the years in them, and the cities that it knows."""

    def __init__(self, home: Home, spec: Dataset) -> None:
        self.spec = spec
        self.con = duckdb.connect()
        load_areas(self.con)
        self.con.execute(f"CREATE TABLE heel AS SELECT * FROM {Landing(home, spec).relation()}")
        self.years = [y for (y,) in self.con.execute("SELECT DISTINCT jaar FROM heel ORDER BY 1").fetchall()]
        rows = self.con.execute(
            f"SELECT DISTINCT gebiedsniveau, {spec.unit} FROM heel WHERE jaar = {self.years[-1]} ORDER BY ALL"
        ).fetchall()
        of_city = city_units(load_cities())
        self.cities = {c: u & set(rows) for c, u in of_city.items() if c != "vgc" and u & set(rows)}
        self.areas = rows

    def candidate(self, setting: str, year: int | None = None) -> None:
        """`nieuw`: the last year (or the one named) on top of those before it. `herlevering`: all once more."""
        last = year or self.years[-1]
        new, old = (f"jaar = {last}", f"jaar < {last}") if setting == "nieuw" else ("TRUE", "TRUE")
        self.con.execute(f"CREATE OR REPLACE TABLE kandidaat AS SELECT * FROM heel WHERE {new}")
        self.con.execute(f"CREATE OR REPLACE VIEW vorige AS SELECT * FROM heel WHERE {old}")

    def judge(self) -> tuple[Verdict, float]:
        start = time.perf_counter()
        return check_delivery(self.con, self.spec, 300, 0.1), time.perf_counter() - start

    def spoil(self, defect: Defect, setting: str, city: str, dice: random.Random) -> Case | None:
        """Make a candidate, seed the defect in one city's last year, and judge it; None where it changes nothing."""
        self.candidate(setting)
        year = self.years[-1]
        units = sorted(self.cities[city]) if city in self.cities else [dice.choice(self.areas)]
        level = units[0][0]
        others = sorted({u for c, us in self.cities.items() if c != city for lv, u in us if lv == level}) or [
            u for lv, u in self.areas if lv == level and (lv, u) not in units
        ]
        if not others and "{ander}" in defect.sql:
            return None
        listed = ", ".join(f"('{lv}', {_quoted(u)})" for lv, u in units)
        wholes = [(lv, u) for lv, u in self.areas if lv.startswith(("gewest", "provincie"))]
        if "{totaal}" in defect.sql and not wholes:
            return None
        total = dice.choice(wholes) if wholes else ("", "")
        self.con.execute(
            defect.sql.format(
                hier=f"((gebiedsniveau, {self.spec.unit}) IN ({listed}) AND jaar = {year})",
                ander=_quoted(dice.choice(others)) if others else "",
                eigen=_quoted(units[0][1]),
                niveau=_quoted(level),
                jaar=year,
                totaal=f"(gebiedsniveau = '{total[0]}' AND {self.spec.unit} = {_quoted(total[1])} AND jaar = {year})",
            )
        )
        real = f"SELECT * FROM heel WHERE {'jaar = ' + str(year) if setting == 'nieuw' else 'TRUE'}"
        damaged = set(
            self.con.execute(
                f"SELECT DISTINCT gebiedsniveau, {self.spec.unit} FROM "
                f"((FROM kandidaat EXCEPT ALL {real}) UNION ALL ({real} EXCEPT ALL FROM kandidaat))"
            ).fetchall()
        )
        if not damaged:
            return None
        verdict, seconds = self.judge()
        caught = verdict.refused is not None or damaged <= set(verdict.held)
        alone = defect.whole or verdict.refused is None
        said = verdict.refused or "; ".join(sorted({o.controle for o in verdict.held.values()}))
        return Case(self.spec.id, setting, defect.name, city, caught, alone, said, seconds)

    def possible(self, dice: random.Random) -> list[tuple[Defect, str]]:
        """Every defect of this dataset in every setting, in a random order."""
        names = measures(self.spec)
        found = []
        for defect in defects(self.spec, dice.choice(names) if names else None):
            if len(self.years) > 1:
                found.append((defect, "nieuw"))
            if not defect.news:
                found.append((defect, "herlevering"))
        dice.shuffle(found)
        return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
