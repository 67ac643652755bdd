"""The plan of a city as it was reported: from accepted rows to goals, action plans, actions and amounts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.describe.catalogue import City
from pipelines.describe.specs import Dataset
from pipelines.home import among
from pipelines.landing.landings import Landing, Landings
from pipelines.orba.plan import REPORTED, Actie, Actieplan, Bedrag, Doel, Element, Row
from pipelines.orba.readable import readable

LEVELS = ("doel", "actieplan", "actie")
# A dataset with these columns holds plans, whoever publishes it.
COLUMNS = {part for level in LEVELS for part in (f"{level}_code", level, f"{level}_tekst")} | {"uitgave_eur"}
NONE = "-"  # what the code and the texts of a goal that is not there land as
NAMELESS = {"doel": "Zonder beleidsdoelstelling", "actieplan": "Zonder actieplan", "actie": "Zonder naam"}
SLUG = 40
CENT = Decimal("0.01")
Rows = dict[str, dict[str, Row]]


def is_plan(spec: Dataset) -> bool:
    """True for a dataset that holds plans."""
    return {*spec.columns} >= COLUMNS


def reported(landings: Landings, cities: Iterable[City]) -> dict[str, Rows]:
    """What each city reported, by table and key; a city that is in no accepted dataset is not there."""
    found: dict[str, Rows] = {}
    for landing in landings.values():
        if is_plan(landing.spec) and landing.state.version:
            found |= rows_of_plans(landing, cities)
    return found


def rows_of_plans(landing: Landing, cities: Iterable[City]) -> dict[str, Rows]:
    """The plans in an accepted dataset, of the cities that have one."""
    of = {code: city.stad for city in cities for code in city.gemeenten if city.nis_code}
    names = ["gebied", "jaar", *sorted(COLUMNS)]
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT {', '.join(names)} FROM {landing.relation()} WHERE gebied IN {among(of)} ORDER BY ALL"
        ).fetchall()
    lines: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault(of[row[0]], []).append(dict(zip(names, row, strict=True)))
    return {stad: as_rows(stad, held) for stad, held in lines.items()}


def as_rows(stad: str, lines: Iterable[Mapping[str, Any]]) -> Rows:
    """Lines of an action and a year as the rows of a plan. A code that stands for several elements (`BDS` for every
    goal) is told apart by their titles."""
    lines = list(lines)
    keys: dict[str, dict[tuple[str, ...], str]] = {}
    above: dict[tuple[str, ...], str] = {(): stad}
    for depth, level in enumerate(LEVELS, 1):
        paths = sorted({_path(line, depth) for line in lines}, key=_natural)
        keys[level] = _keys(paths, above)
        above = {path: keys[level][path] for path in paths}
    rows: Rows = {table: {} for table in (*LEVELS, "bedrag")}
    for level, shape in zip(LEVELS, (Doel, Actieplan, Actie), strict=True):
        for number, (path, key) in enumerate(keys[level].items(), 1):
            parent = {} if level == "doel" else {LEVELS[LEVELS.index(level) - 1]: key.rpartition("/")[0]}
            rows[level][key] = _element(shape, level, key, path[-3:], number, parent)
    for line in sorted(lines, key=lambda line: line["jaar"]):
        action = keys["actie"][_path(line, 3)]
        key = f"{action}/{line['jaar']}"
        rows["bedrag"][key] = Bedrag(
            sleutel=key, onderdeel=action, jaar=line["jaar"], gepland_eur=Decimal(line["uitgave_eur"]).quantize(CENT)
        )
    return rows


def _element(
    shape: type[Element], level: str, key: str, said: tuple[str, ...], number: int, parent: dict[str, str]
) -> Element:
    code, title, text = ("" if part == NONE else part for part in said)
    return shape(
        sleutel=key,
        code=code,
        titel=readable(title) or code or NAMELESS[level],
        omschrijving=readable(text),
        zoals_gemeld=text,
        herkomst=REPORTED,
        volgorde=number,
        **parent,
    )


def _path(line: Mapping[str, Any], depth: int) -> tuple[str, ...]:
    """Code, title and text of an element and of all above it."""
    parts = [(line[f"{level}_code"], line[level], line[f"{level}_tekst"]) for level in LEVELS[:depth]]
    return tuple(text for part in parts for text in part)


def _natural(path: tuple[str, ...]) -> list[Any]:
    """Codes in the order of a person: 2 before 10."""
    return [[(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"(\d+)", text)] for text in path]


def _keys(paths: list[tuple[str, ...]], above: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """A key of each path below that of its parent: the code, with the title where elements share it, and a number
    where they share both."""
    plain = {path: f"{above[path[:-3]]}/{_part(path[-3])}" for path in paths}
    shared = _shared(plain.values())
    titled = {p: f"{key}~{key_part(p[-2])}" if key.casefold() in shared else key for p, key in plain.items()}
    shared = _shared(titled.values())
    number: Counter[str] = Counter()
    found = {}
    for path, key in titled.items():
        number[key.casefold()] += 1
        found[path] = f"{key}~{number[key.casefold()]}" if key.casefold() in shared else key
    return found


def _shared(keys: Iterable[str]) -> set[str]:
    """The keys that occur more than once; Power BI makes no difference between a and A."""
    return {key for key, number in Counter(key.casefold() for key in keys).items() if number > 1}


def _part(code: str) -> str:
    return "geen" if code == NONE else code.replace("/", "-")


def key_part(text: str) -> str:
    """A text as part of a key: small letters and digits, no longer than is read at a glance."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG].rstrip("-")
