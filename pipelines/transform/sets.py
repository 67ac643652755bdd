"""Which counts of a dataset are parts of others: every subject, and every cell of a cube, is a set of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import duckdb

from pipelines.describe.catalogue import Topic
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.transform.compile import condition, dimensions, rows_where

Set = tuple[str, int]  # the measure, and a bit for every combination of dimensions that its rows have
BETWEEN = "\x1f"  # the values of a cell of a cube, as one text
MOST = 400  # sets of one dataset that no subject is: what else can be computed has many cells to hide in


@dataclass
class Sets:
    """`known` are the sets that subjects are, in order; `flat` the set of every flat one, `cubes` those of the cells of
    every cube by the values of its dimensions. `relations` are a set and sets that it is the sum of, which may be sets
    that no subject is."""

    known: list[Set] = field(default_factory=list)
    numbers: dict[Set, int] = field(default_factory=dict)
    flat: dict[str, int] = field(default_factory=dict)
    cubes: dict[str, dict[tuple[Any, ...], int]] = field(default_factory=dict)
    relations: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(self, found: Set) -> int:
        """The number of a set."""
        if found not in self.numbers:
            self.numbers[found] = len(self.known)
            self.known.append(found)
        return self.numbers[found]


def counted(topic: Topic, source: str) -> list[tuple[str, str]]:
    """The code and measure of every count of a subject that a threshold is about: of none that follows another."""
    if not topic.sourced or source not in topic.bron or topic.drempelonderwerp:
        return []
    if topic.aggregatie == "gewogen":
        return [(f"{topic.onderwerp}.noemer", topic.gewicht or "")]
    return [(topic.onderwerp, topic.maat or "")] if topic.aggregatie in ("som", "punten") else []


def sets_of(con: duckdb.DuckDBPyConnection, spec: Dataset, topics: list[Topic]) -> Sets:
    """The sets of a dataset's counts, by the combinations that its accepted rows have."""
    counts = [(t, code, measure) for t in topics for code, measure in counted(t, spec.id)]
    names = sorted({n for t, *_ in counts for n in (*t.waar, *t.dimensies) if n not in ("jaar", "gebiedsniveau")})
    asked = [f"COALESCE({' AND '.join(rows_where(spec, t)) or 'TRUE'}, FALSE)" for t, *_ in counts]
    columns = ", ".join([*map(named, names), *asked]) or "1"
    rows = con.execute(f"SELECT DISTINCT {columns} FROM ({_landed(spec, topics)}) ORDER BY ALL").fetchall()
    combos = sorted({row[: len(names)] for row in rows}, key=str)
    bit = {combo: 1 << i for i, combo in enumerate(combos)}
    found = Sets()
    for place, (topic, code, measure) in enumerate(counts):
        own = {row[: len(names)] for row in rows if row[len(names) + place]}
        if topic.soort != "kubus":
            found.flat[code] = found.add((measure, sum(bit[c] for c in own)))
            continue
        cells: dict[tuple[Any, ...], int] = {}
        for combo in own:
            key = tuple(combo[names.index(d)] for d in topic.dimensies)
            cells[key] = cells.get(key, 0) | bit[combo]
        found.cubes[code] = {key: found.add((measure, bits)) for key, bits in sorted(cells.items(), key=str)}
    _relate(found, {t.onderwerp: t.dimensies for t, *_ in counts if t.soort == "kubus"})
    return found


def cube_parts(cube: Topic, cell: str) -> dict[str, str]:
    """SQL for the value of every dimension in the text of a cell of a cube."""
    return {d: f"SPLIT_PART({cell}, CHR({ord(BETWEEN)}), {i})" for i, d in enumerate(cube.dimensies, 1)}


def _landed(spec: Dataset, topics: list[Topic]) -> str:
    """The rows of a dataset, and as it were a row for every cell of a cube that was hidden and has none by now."""
    parts = [f"SELECT * FROM landing.{spec.id}"]
    for cube in [t for t in topics if t.soort == "kubus"]:
        kinds = dimensions([cube], {spec.id: spec})
        told = ", ".join(f"{part}::{kinds[d]} AS {named(d)}" for d, part in cube_parts(cube, "e.cel").items())
        key = f"CONCAT_WS(CHR({ord(BETWEEN)}), {', '.join(f'{named(d)}::TEXT' for d in cube.dimensies)})"
        gone = (
            f"SELECT DISTINCT cel FROM geheim_eerder WHERE onderwerp = {quoted(cube.onderwerp)} AND waarde IS NULL "
            f"AND cel NOT IN (SELECT {key} FROM landing.{spec.id} WHERE {condition(spec, cube) or 'TRUE'})"
        )
        parts.append(f"SELECT l.* REPLACE ({told}) FROM landing.{spec.id} AS l CROSS JOIN ({gone}) AS e")
    return " UNION ALL ".join(parts)


def _relate(found: Sets, dimensions: dict[str, list[str]]) -> None:
    """The sums among sets: over the cells of a cube, over what cubes have in common, and what lies beside a part."""
    cubes = {code: [*cells.values()] for code, cells in found.cubes.items()}
    for one, other in combinations(sorted(dimensions), 2):
        common = [d for d in dimensions[one] if d in dimensions[other]]
        sums: dict[tuple[Any, ...], int] = {}
        for key, number in found.cubes[one].items():
            values = tuple(key[dimensions[one].index(d)] for d in common)
            sums[values] = sums.get(values, 0) | found.known[number][1]
        for bits in sums.values():
            found.add((found.known[cubes[one][0]][0], bits))
    for parts in cubes.values():
        for whole, (measure, bits) in enumerate([*found.known]):
            inside = [p for p in parts if found.known[p][0] == measure and found.known[p][1] & ~bits == 0]
            if whole not in inside and inside and _joined(found, inside) == bits:
                found.relations.append((whole, tuple(inside)))
    flat = sorted(set(found.flat.values()))
    for whole in flat:
        measure, bits = found.known[whole]
        others = [p for p in flat if p != whole and found.known[p][0] == measure and found.known[p][1]]
        parts = [p for p in others if found.known[p][1] & ~bits == 0]
        for part in parts:
            if len(found.known) < len(flat) + MOST + sum(map(len, cubes.values())):
                rest = found.add((measure, bits & ~found.known[part][1]))
                if (whole, (rest, part)) not in found.relations:
                    found.relations.append((whole, (part, rest)))
        apart: list[int] = []
        for part in parts:
            if not _joined(found, apart) & found.known[part][1]:
                apart.append(part)
        if len(apart) > 1:
            rest_bits = bits & ~_joined(found, apart)
            found.relations.append((whole, (*apart, *([found.add((measure, rest_bits))] if rest_bits else []))))
    wholes = [i for i, (m, _) in enumerate(found.known) if any(m == found.known[f][0] for f in flat)]
    for whole in wholes[len(flat) :][:MOST]:  # among what no subject is: sums of two of them
        measure, bits = found.known[whole]
        for part in wholes[:MOST]:
            own = found.known[part]
            other = found.numbers.get((measure, bits & ~own[1]))
            if own[0] == measure and own[1] and own[1] & ~bits == 0 and other is not None and part < other:
                found.relations.append((whole, (part, other)))


def _joined(found: Sets, numbers: Iterable[int]) -> int:
    bits = 0
    for number in numbers:
        bits |= found.known[number][1]
    return bits
