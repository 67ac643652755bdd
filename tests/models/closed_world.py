"""A small world in which one dataset is not public at the source, of synthetic persons: sectors and two versions of the
municipalities, months and years, sexes and ages, a cube, and a rate with a public denominator."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.describe.catalogue import City, Topic, load_topics
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home
from pipelines.ingest.read.cast import landing_types
from pipelines.publish import grades
from pipelines.publish.contract import TABLES
from pipelines.publish.known import newest
from pipelines.publish.release import publish
from pipelines.transform.build import build
from pipelines.transform.inputs import Inputs, accepted_list, catalogue_lists
from pipelines.transform.kept import Built
from tests.models.small_world import HELD, World
from tests.small import spec_of

CLOSED, PUBLIC = "proef_steun", "statbel_bevolking"
SEXES, AGES, YEARS = ("m", "v"), ("jong", "midden", "oud"), (2022, 2023)
BELOW = 5
TOTAL, CUBE, RATE, AMOUNT = "v8901_steun", "kubus8901_steun", "vp8901_steun", "v8901_bedrag"
FLAT = {TOTAL: {}, "v8901_m": {"geslacht": "m"}, "v8901_jong": {"leeftijd": "jong"}, "v8901_oud": {"leeftijd": "oud"}}
FLAT |= {"v8901_m_jong": {"geslacht": "m", "leeftijd": "jong"}}
MADE_OF = {
    "versions": {},
    "shown": [],
    "max_share": 1.0,
    "landed": {},
    "files": "leeg",
    "subjects": "leeg",
    "commit": "",
    "library": "",
}
Base = tuple[str, str, str, int, int]  # sector, sex, age, year, month


def closed_spec() -> Dataset:
    """Persons who get support, by month, sector, sex and age."""
    words = dict.fromkeys(("maand", "geslacht", "leeftijd", "aantal", "bedrag", "jaar", "gebied"), "1")
    return spec_of(
        {
            **{"maand": "integer", "geslacht": "text", "leeftijd": "text"},
            **{measure: {"type": "integer", "measure": True} for measure in ("aantal", "bedrag")},
        },
        {"header": {}, "constants": words},
        id=CLOSED,
        gebied={"niveau": "statsec2024"},
        periode={"soort": "lopend", "referentie": "per maand", "label": "de maand"},
        dekking={"gewesten": ["02000"], "vanaf": 2022, "afwezig": "nul"},
        drempel=BELOW,
    ).model_copy(update={"key": ["jaar", "maand", "gebied", "geslacht", "leeftijd"]})


def topics() -> dict[str, Topic]:
    """Flat subjects, the cube, a public denominator and a rate."""
    known = load_topics()
    whole = known["v6101_wagens"].model_dump(exclude_unset=True) | {
        "bron": [CLOSED], "maat": "aantal", "periodesoort": "lopend", "periodiciteit": ["jaar", "maand"],
        "publicatieniveaus": ["statsec2024"], "interval": None, "waar": {}, "soort": "plat", "aggregatie": "som",
    }  # fmt: skip
    found = {
        code: Topic(**whole | {"onderwerp": code, "naam": f"steun {code}", "naam_en": code, "waar": where})
        for code, where in FLAT.items()
    }
    found[AMOUNT] = Topic(
        **whole
        | {"onderwerp": AMOUNT, "naam": "bedrag", "naam_en": "amount", "maat": "bedrag", "drempelonderwerp": TOTAL}
        | {"drempel": BELOW, "waar": {}}
    )
    found[CUBE] = Topic(
        **whole
        | {"onderwerp": CUBE, "naam": "steun kubus", "naam_en": "cube", "soort": "kubus", "plat": TOTAL}
        | {"omschrijving": "[kubus] steun (in personen)", "dimensies": ["geslacht", "leeftijd"]}
    )
    found["v1101_t"] = known["v1101_t"]
    rate = known["vp4201_dichtheid"].model_dump(exclude_unset=True) | {"teller": TOTAL, "noemer": "v1101_t"}
    rate |= {
        "onderwerp": RATE,
        "naam": "steun per inwoner",
        "naam_en": "rate",
        "periodiciteit": ["jaar"],
        "factor": 1000.0,
    }
    found[RATE] = Topic(**rate)
    return found


class ClosedWorld(World):
    """What is accepted of it: the persons of every sector, of whom some small counts are planted."""

    def __init__(self, folder: Path, towns: int = 3, sectors: int = 3, seed: int = 0, months: int = 12) -> None:
        super().__init__(folder, seed)
        self.months = months
        self.towns = [f"7{i:04d}" for i in range(towns)]
        self.sectors = {f"{town}A{i:02d}-": town for town in self.towns for i in range(sectors)}
        self.topics = topics()
        self.specs = {CLOSED: closed_spec(), PUBLIC: load_datasets()[PUBLIC]}
        size = {sector: self.chance.lognormvariate(2.2, 1.0) for sector in self.sectors}
        self.persons: dict[Base, int] = {
            (s, g, a, y, m): _poisson(self.chance, size[s] * self.chance.uniform(0.3, 1.5))
            for s, g, a, y, m in itertools.product(self.sectors, SEXES, AGES, YEARS, range(1, months + 1))
        }
        self.amount = {cell: self.chance.randrange(10**8, 10**9) for cell in self.persons}
        self.inhabitants = {(t, y): self.chance.randrange(9_000, 90_000) for t in self.towns for y in YEARS}

    def merged(self, town: str) -> str:
        """The municipality of today: the last two became one."""
        return "79999" if town in self.towns[-2:] else town

    def plant(self, count: int) -> list[Base]:
        """Small counts among persons, at any place; which cells they are."""
        chosen = self.chance.sample(sorted(self.persons), count)
        self.persons |= {cell: self.chance.randrange(1, BELOW) for cell in chosen}
        return chosen

    def revise(self, share: float) -> None:
        """Another count in a share of all cells."""
        for cell in self.chance.sample(sorted(self.persons), int(share * len(self.persons))):
            self.persons[cell] = max(0, self.persons[cell] + self.chance.randrange(-2, 3))

    def build_after(self, home: Home, release: Path | None) -> Built:
        """Build in a home, after a release. Raises BuildError."""
        home.tmp.mkdir(parents=True, exist_ok=True)
        return build(home, self.inputs(release), self.topics, self.specs)

    def publish_in(self, home: Home) -> Path:
        """Build after the newest release of a home, and publish; the folder of the release. Raises BuildError."""
        built = self.build_after(home, newest(home))
        source = {"titel": "Proef", "uitgever": "Proef", "licentie": "CC0", "bronvermelding": "Proef", "status": "vers"}
        source |= {
            "pagina": "https://example.org",
            "cadans": "maandelijks",
            "bronversie": "1",
            "oudste_jaar": 2022,
            "jongste_jaar": 2023,
            "aanvaard_op": "2026-11-01T00:00:00",
            "bestanden": "proef.csv",
            "sha256": "0",
            "rijen": 1,
        }
        told = [{**source, "bron": b} for b in (CLOSED, PUBLIC)]
        (home.record / "delen").mkdir(parents=True, exist_ok=True)
        (home.record / "delen" / "leeg.json").write_text("{}", encoding="utf-8")
        rows: dict[str, list[dict[str, Any]]] = {t: [] for t in TABLES if t not in ("release", "revisie")} | {
            "bron": told
        }
        nothing = pa.table({c: pa.array([], pa.string()) for c in (*grades.COLUMNS, *grades.SAID)})
        city = City(stad="proef", naam="Proef", nis_code=self.towns[0], gemeenten=[self.towns[0]])
        themes = dict.fromkeys((CLOSED, PUBLIC), "demografie")
        manifest = publish(
            home, built, "mark", rows, nothing, [city], themes, {}, MADE_OF, lambda text: None, _Nothing(), {}
        )
        return home.releases / manifest["release"]

    def inputs(self, release: Path | None = None) -> Inputs:
        con = duckdb.connect()
        register = {name: self._stored(con, name, *rows) for name, rows in self._register().items()}
        for name, path in register.items():
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}')")
        rows = {
            CLOSED: [
                {
                    "gebiedsniveau": "statsec2024",
                    "gebied": s,
                    "geslacht": g,
                    "leeftijd": a,
                    "jaar": y,
                    "maand": m,
                    "aantal": n,
                    "bedrag": self.amount[s, g, a, y, m],
                }
                for (s, g, a, y, m), n in self.persons.items()
                if n
            ],
            PUBLIC: [
                {"gebiedsniveau": "gemeente2024", "gebied": t, "jaar": y, "aantal": n}
                for (t, y), n in self.inhabitants.items()
            ],
        }
        paths = {d: self._stored(con, d, landing_types(self.specs[d]), rows[d]) for d in rows}
        versions: dict[str, str | None] = {d: path.stem for d, path in paths.items()}
        expected = [
            {"onderwerp": c, "gebiedsniveau": "statsec2024", "jaar": str(y)} for c in (*FLAT, AMOUNT) for y in YEARS
        ]
        expected += [{"onderwerp": "v1101_t", "gebiedsniveau": "gemeente2024", "jaar": str(y)} for y in YEARS]
        lists = {
            **catalogue_lists(con, self.topics, self.specs, []),
            "verwacht": pa.Table.from_pylist(expected),
            "landing": accepted_list(versions),
            "vastgehouden": pa.table({c: pa.array([], pa.string()) for c in HELD}),
            "stad": pa.Table.from_pylist(
                [{"stad": "proef", "naam": "Proef", "gebiedsniveau": "gemeente", "gebied": self.towns[0]}]
            ),
        }
        con.close()
        return Inputs(versions, {d: f"(FROM read_parquet('{p}'))" for d, p in paths.items()}, register, lists, release)

    def _register(self) -> dict[str, tuple[dict[str, str], list[dict[str, Any]]]]:
        shapes = {name: kinds for name, (kinds, _) in super()._register().items()}
        today = sorted({self.merged(t) for t in self.towns})
        places = [("statsec2024", s) for s in self.sectors] + [("gemeente2024", t) for t in self.towns]
        places += [("gemeente", t) for t in today] + [("provincie", "70000"), ("gewest", "02000")]
        pairs = [("statsec2024", s, "gemeente2024", t) for s, t in self.sectors.items()]
        pairs += [("gemeente2024", t, "gemeente", self.merged(t)) for t in self.towns]
        pairs += [("gemeente", t, "provincie", "70000") for t in today] + [("provincie", "70000", "gewest", "02000")]
        known = {"naam": "Proef", "gewest": "02000", "soort": "gebied", "bron": "proef"}
        areas = [{"gebiedsniveau": level, "gebied": code, **known} for level, code in places]
        names = ("van_niveau", "van", "naar_niveau", "naar")
        relations = [{**dict(zip(names, pair, strict=True)), "aard": "exact"} for pair in pairs]
        levels = [
            {"gebiedsniveau": n, "reeks": n.removesuffix("2024"), "laatste_jaar": 2024 if "2024" in n else None,
             "afgeleid": "nee" if n.startswith("statsec") else "ja"}
            for n in ("statsec2024", "gemeente2024", "gemeente", "provincie", "gewest")
        ]  # fmt: skip
        return {
            "gebied": (shapes["gebied"], areas),
            "gebied_relatie": (shapes["gebied_relatie"], relations),
            "gebiedsniveau": (shapes["gebiedsniveau"], levels),
        }


class _Nothing:
    """A file holds nothing beside the marts."""

    def is_in(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> bool:
        return True

    def is_private(self, stad: str) -> bool:
        return False

    def write(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> None: ...

    def follow(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str) -> None: ...


def _poisson(chance: random.Random, mean: float) -> int:
    count, left = 0, chance.expovariate(1)
    while left < mean:
        count, left = count + 1, left + chance.expovariate(1)
    return count
