"""A small world to build: six municipalities, four datasets of synthetic figures, and the subjects in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import load_datasets
from pipelines.home import Home, quoted
from pipelines.ingest.read.cast import landing_types
from pipelines.transform.build import build
from pipelines.transform.inputs import Inputs, accepted_list, catalogue_lists
from pipelines.transform.kept import Built

INHABITANTS, FIRMS, POOR, CARS = (
    "statbel_bevolking",
    "statbel_btw_ondernemingen",
    "statbel_armoederisico",
    "statbel_wagens_huishoudtype",
)
RATIO, MEDIAN = "vp4201_dichtheid", "vg3101_mediaan"
SUBJECTS = ("v1101_t", "v4201_ondernemingen", RATIO, MEDIAN, "vp3101_arop", "v6101_wagens", "kubus6101_wagens")
MEASURES = {
    INHABITANTS: ["aantal"],
    FIRMS: ["ondernemingen"],
    POOR: ["mediaan_inkomen", "armoederisico"],
    CARS: ["wagens"],
}
YEARS = ("2019", "2020", "2021")
LEVELS = {"gemeente2024": 2024, "gemeente": None, "provincie": None, "gewest": None}
PROVINCES = {"10000": "02000", "40000": "02000", "04000": "04000"}
TOWNS = {"11002": "10000", "12025": "10000", "44021": "40000", "44012": "40000", "44048": "40000", "21004": "04000"}
MERGED = {"44012": "44087", "44048": "44087"}
AREA = (
    "gebiedsniveau",
    "gebied",
    "naam",
    "naam_fr",
    "gewest",
    "soort",
    "geldig_van",
    "geldig_tot",
    "nuts",
    "lau",
    "bron",
)
PAIR = ("van_niveau", "van", "naar_niveau", "naar", "aard", "gewicht")
HELD = ("bron", "periodesoort", "gebiedsniveau", "gebied", "jaar", "reden", "niveau_eenheid")
DATASETS = load_datasets()


class World:
    """What is accepted, described and known of areas; every change is a change of what the next build reads."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self._folder, self.chance = folder, random.Random(seed)
        self.cells = {
            (dataset, measure, town, year): float(self.chance.randrange(1, 90_000))
            for dataset, measures in MEASURES.items()
            for measure in measures
            for town in TOWNS
            for year in YEARS
        }
        self.away: set[str] = set()
        self.held: set[tuple[str, str, str]] = set()
        self.promised: set[str] = set()
        self.names = {town: f"Stad {town}" for town in TOWNS}
        known = load_topics()
        self.topics = {code: known[code] for code in SUBJECTS}

    def changes(self) -> dict[str, Callable[[], object]]:
        """What may happen in a history, by name."""
        return {
            "a cell": self._another_value,
            "a dataset goes or comes back": lambda: self.away.symmetric_difference_update([self._any(MEASURES)]),
            "held back or let through": lambda: self.held.symmetric_difference_update(
                [(self._any([POOR, CARS]), self._any(TOWNS), self._any(YEARS))]
            ),
            "an entry that computes": lambda: self.say(RATIO, factor=self._any([1.0, 100.0, 1000.0])),
            "an entry that tells": lambda: self.say(MEDIAN, naam=f"Mediaan {self.chance.randrange(9)}"),
            "a weight": lambda: self.say(MEDIAN, buurgewicht=self._any([0.5, 1.0, 2.0])),
            "a name of an area": lambda: self.names.update({self._any(TOWNS): f"Stad {self.chance.randrange(99)}"}),
        }

    def _any(self, choices: Any) -> Any:
        return self.chance.choice(sorted(choices))

    def _another_value(self) -> None:
        self.cells[self._any(self.cells)] = self.chance.randrange(1, 90_000_000) / 1000

    def say(self, code: str, **columns: Any) -> None:
        """Describe a subject otherwise."""
        self.topics[code] = self.topics[code].model_copy(update=columns)

    def build(self, home: Home) -> Built:
        """Build the world in a home. Raises BuildError."""
        home.tmp.mkdir(parents=True, exist_ok=True)
        built = build(home, self.inputs(), self.topics, DATASETS)
        built.leave_receipt(home, "mark")
        return built

    def inputs(self) -> Inputs:
        """What a build reads of it."""
        con = duckdb.connect()
        register = {name: self._stored(con, name, *rows) for name, rows in self._register().items()}
        for name, path in register.items():
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet({quoted(path)})")
        versions: dict[str, str | None] = {}
        relations = {}
        for dataset in sorted(MEASURES):
            path = self._stored(con, dataset, landing_types(DATASETS[dataset]), self._rows(dataset))
            nothing = " LIMIT 0" if dataset in self.away else ""
            relations[dataset] = f"(FROM read_parquet({quoted(path)}){nothing})"
            versions[dataset] = None if dataset in self.away else path.stem
        here = [d for d in sorted(MEASURES) if d not in self.away]
        expected = [
            {
                "onderwerp": code,
                "gebiedsniveau": "gemeente2024",
                "jaar": str(int(year) + DATASETS[topic.bron[0]].periode.later(topic.periodesoort)),
            }
            for code, topic in self.topics.items()
            if topic.measured and topic.bron[0] in here
            for year in sorted({y for d, _, t, y in self.cells if d == topic.bron[0] and (d, t, y) not in self.held})
        ]
        expected += [{"onderwerp": MEDIAN, "gebiedsniveau": "gemeente2024", "jaar": year} for year in self.promised]
        kinds = sorted({(t.bron[0], t.periodesoort) for t in self.topics.values() if t.sourced})
        held = [
            (d, kind, "gemeente2024", t, y, "proef", "gemeente2024")
            for d, t, y in sorted(self.held)
            for source, kind in kinds
            if d in here and source == d
        ]
        specs = {dataset: DATASETS[dataset] for dataset in sorted(MEASURES)}
        lists = {
            **catalogue_lists(con, self.topics, specs, [c for c in load_cities() if c.stad in ("antwerpen", "gent")]),
            "verwacht": pa.Table.from_pylist(expected),
            "landing": accepted_list(versions),
            "vastgehouden": pa.table({c: pa.array([h[i] for h in held], pa.string()) for i, c in enumerate(HELD)}),
        }
        con.close()
        return Inputs(versions, relations, register, lists)

    def _rows(self, dataset: str) -> list[dict[str, Any]]:
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        for (own, measure, town, year), value in self.cells.items():
            if own == dataset and (dataset, town, year) not in self.held:
                row = rows.setdefault(
                    (town, year), {"gebiedsniveau": "gemeente2024", "gebied": town, "jaar": int(year)}
                )
                row |= {measure: value, f"{measure}_status": "ok", "huishoudtype": "alle", "wagenklasse": "alle"}
        return [*rows.values()]

    def _register(self) -> dict[str, tuple[dict[str, str], list[dict[str, Any]]]]:
        today = {MERGED.get(town, town): town for town in TOWNS}
        places = [("gemeente2024", town, self.names[town], PROVINCES[TOWNS[town]]) for town in TOWNS]
        places += [("gemeente", code, self.names[old], PROVINCES[TOWNS[old]]) for code, old in today.items()]
        places += [("provincie", code, f"Provincie {code}", region) for code, region in PROVINCES.items()]
        places += [("gewest", region, f"Gewest {region}", region) for region in set(PROVINCES.values())]
        pairs = [("gemeente2024", town, "gemeente", MERGED.get(town, town)) for town in TOWNS]
        pairs += [("gemeente", code, "provincie", TOWNS[old]) for code, old in today.items()]
        pairs += [("gemeente", code, "gewest", PROVINCES[TOWNS[old]]) for code, old in today.items()]
        areas = [
            {"gebiedsniveau": level, "gebied": code, "naam": name, "gewest": region, "soort": "gebied", "bron": "proef"}
            for level, code, name, region in places
        ]
        relations = [{**dict(zip(PAIR, pair, strict=False)), "aard": "exact"} for pair in pairs]
        levels = [
            {"gebiedsniveau": n, "reeks": n.removesuffix("2024"), "laatste_jaar": last, "afgeleid": "ja"}
            for n, last in LEVELS.items()
        ]
        dates = {"geldig_van": "DATE", "geldig_tot": "DATE"}
        texts = ("gebiedsniveau", "reeks", "laatste_jaar", "afgeleid")
        return {
            "gebied": (dict.fromkeys(AREA, "TEXT") | dates, areas),
            "gebied_relatie": (dict.fromkeys(PAIR, "TEXT") | {"gewicht": "DOUBLE"}, relations),
            "gebiedsniveau": (dict.fromkeys(texts, "TEXT") | {"laatste_jaar": "INTEGER"}, levels),
        }

    def _stored(
        self, con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: list[dict[str, Any]]
    ) -> Path:
        """Rows as Parquet under the hash of their content."""
        path = self._folder / f"{name}-{digest_of([columns, rows])[:16]}.parquet"
        if not path.exists():
            (self._folder / "rows.json").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
            kinds = ", ".join(f"{c}: '{kind}'" for c, kind in columns.items())
            read = (
                f"read_json({quoted(self._folder / 'rows.json')}, columns = {{{kinds}}}, format = 'newline_delimited')"
            )
            con.execute(f"COPY (FROM {read}) TO {quoted(path)} (FORMAT parquet)")
        return path


def table_hashes(home: Home, built: Built) -> dict[str, tuple[int, int]]:
    """The number of rows of every mart table, and a hash that does not depend on their order."""
    with duckdb.connect() as con:
        built.lay_out(con, home)
        marts = sorted(name for name in built.columns if name.startswith("mart."))
        asked = "SELECT COUNT(*), COALESCE(SUM(HASH(t)::HUGEINT), 0) FROM build.{} AS t"
        return {name: con.execute(asked.format(name)).fetchone() for name in marts}
