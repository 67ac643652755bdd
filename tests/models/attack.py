"""An attacker's own linear program: every figure that a release shows, as a sum over persons that he does not know.

It knows nothing of how figures were hidden. It shares with the pipeline only what a reader knows: which areas are parts
of which, what subjects go over, that what a cube has no row for did not occur, and that a hidden figure is no zero
unless it or a part of it was hidden before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import highspy
import numpy as np
from scipy.sparse import csr_matrix

from tests.models.closed_world import AGES, CUBE, FLAT, RATE, SEXES, YEARS, Base, ClosedWorld


def told(con: duckdb.DuckDBPyConnection, catalog: str, world: ClosedWorld) -> Iterable[tuple[list[Base], float | None]]:
    """What the tables of one release say, each as the persons that it goes over and how many they are."""
    figures = con.execute(
        "SELECT onderwerp, gebiedsniveau, gebied, periode, waarde, status, teller, noemer "
        f"FROM {catalog}.mart.waarneming"
    ).fetchall()
    for code, level, area, period, value, status, part, whole in figures:
        where = FLAT.get("v8901_steun" if code == RATE else code)
        if where is None:
            continue
        assert status in ("ok", "verborgen", "onbekend"), status
        if status == "onbekend":
            continue
        amount = value
        if code == RATE:
            if status != "ok":
                continue
            amount = value * whole / 1000
            assert abs(amount - part) < 1e-6 * max(1, part)
        cells = persons(world, level, area, period, where)
        yield cells, amount
    names = ", ".join(["onderwerp", "gebiedsniveau", "gebied", "periode", "geslacht", "leeftijd", "waarde", "status"])
    there: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for _, level, area, period, sex, age, value, status in con.execute(
        f"SELECT {names} FROM {catalog}.mart.kubus WHERE onderwerp = '{CUBE}'"
    ).fetchall():
        assert (status == "ok") == (value is not None)
        there.setdefault((level, area, period), set()).add((sex, age))
        yield persons(world, level, area, period, {"geslacht": sex, "leeftijd": age}), value
    for (level, area, period), seen in there.items():
        for sex, age in set(itertools.product(SEXES, AGES)) - seen:
            yield persons(world, level, area, period, {"geslacht": sex, "leeftijd": age}), 0.0


def persons(world: ClosedWorld, level: str, area: str, period: str, where: dict[str, str]) -> list[Base]:
    """The cells of persons that a figure goes over."""
    towns = {"statsec2024": lambda s, t: s, "gemeente2024": lambda s, t: t, "gemeente": lambda s, t: world.merged(t)}
    inside = towns.get(level, lambda s, t: area)
    sectors = [s for s, town in world.sectors.items() if inside(s, town) == area]
    year, _, month = period.partition("-")
    assert int(year) in YEARS
    return [
        (s, g, a, int(year), m)
        for s in sectors
        for g in SEXES
        for a in AGES
        if where.get("geslacht", g) == g and where.get("leeftijd", a) == a
        for m in ([int(month)] if month else range(1, world.months + 1))
    ]


Seen = tuple[dict[Base, int], dict[tuple[Base, int], int]]  # what was true, and which counts may be others than before


class Attack:
    """What follows from any number of releases, each with what was true when it was made: a count that is the same in
    two releases is one unknown, as if the attacker knew that it did not change. But what a release hides that was shown
    before may have changed, and he cannot know that it did not."""

    def __init__(self) -> None:
        self._column: dict[tuple[Base, int, int], int] = {}
        self._anew: dict[tuple[Base, int], int] = {}
        self._told = 0
        self._rows: dict[frozenset[int], tuple[float, float]] = {}
        self._hidden: dict[Base, set[frozenset[Base]]] = {}  # by one of the persons
        self._solver: Any = None

    def add(self, rows: Iterable[tuple[list[Base], float | None]], truth: dict[Base, int]) -> Seen:
        """Take in what a release tells; what `interval` needs to ask about that release."""
        self._solver = None
        rows = [*rows]
        self._told += 1
        nothing = {frozenset(c) for c, amount in rows if amount is None and self._was_hidden(frozenset(c))}
        for cells in (frozenset(c) for c, amount in rows if amount is None):
            self._hidden.setdefault(min(cells), set()).add(cells)
        known = {key for key, (low, high) in self._rows.items() if low == high}
        for cells, amount in rows:
            if amount is None and frozenset(self._unknown(c, (truth, self._anew)) for c in cells) in known:
                self._anew = self._anew | {(c, truth[c]): self._told for c in cells}
        seen = (truth, self._anew)
        for cells, amount in rows:
            key = frozenset(self._unknown(c, seen) for c in cells)
            low, high = self._rows.get(key, (0.0, np.inf))
            new = (amount, amount) if amount is not None else (float(frozenset(cells) not in nothing), np.inf)
            self._rows[key] = (max(low, new[0]), min(high, new[1]))
            assert self._rows[key][0] <= self._rows[key][1] + 1e-6, "what is told contradicts itself"
        return seen

    def _was_hidden(self, cells: frozenset[Base]) -> bool:
        return any(part <= cells for one in cells for part in self._hidden.get(one, ()))

    def _unknown(self, cell: Base, seen: Seen) -> int:
        key = (cell, seen[0][cell])
        return self._column.setdefault((*key, seen[1].get(key, 0)), len(self._column))

    def interval(self, cells: list[Base], seen: Seen) -> tuple[float, float]:
        """Between what bounds a sum over persons lies."""
        if self._solver is None:
            self._solver = self._prepared()
        goal = np.zeros(len(self._column))
        for cell in cells:
            goal[self._unknown(cell, seen)] += 1
        found = []
        for sign in (1, -1):
            self._solver.changeColsCost(len(goal), np.arange(len(goal), dtype=np.int32), sign * goal)
            self._solver.run()
            state = self._solver.getModelStatus()
            assert state in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnbounded), state
            optimal = state == highspy.HighsModelStatus.kOptimal
            found.append(sign * (self._solver.getInfo().objective_function_value if optimal else np.inf))
        return (found[0], found[1] if found[1] != -np.inf else np.inf)

    def _prepared(self) -> Any:
        matrix = self._matrix([*self._rows]).tocsc()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._column), len(self._rows)
        model.col_cost_, model.col_lower_ = np.zeros(model.num_col_), np.zeros(model.num_col_)
        model.col_upper_ = np.full(model.num_col_, np.inf)
        model.row_lower_ = np.array([low for low, _ in self._rows.values()])
        model.row_upper_ = np.array([high for _, high in self._rows.values()])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        solver = highspy._core._Highs()
        for name, value in (("output_flag", False), ("presolve", "off"), ("simplex_strategy", 4), ("threads", 1)):
            solver.setOptionValue(name, value)
        solver.passModel(model)
        return solver

    def _matrix(self, keys: list[frozenset[int]]) -> Any:
        rows = np.repeat(np.arange(len(keys)), [len(k) for k in keys])
        columns = np.array([c for k in keys for c in sorted(k)], dtype=int)
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(keys), len(self._column)))


def release_of(path: Path) -> duckdb.DuckDBPyConnection:
    """A release file, attached as `rel`."""
    con = duckdb.connect()
    con.execute(f"ATTACH '{path}' AS rel (READ_ONLY)")
    return con
