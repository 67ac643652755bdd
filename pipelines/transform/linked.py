"""What adds up to what among the figures of a dataset, over its subjects, cubes, areas and periods, as one system."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.later import np
from pipelines.transform.sets import Sets
from pipelines.transform.suppress import System, suppress


class Linked:
    """Every figure of a dataset by its set and its place, a territory in a period, and what adds up to what."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        sets: Sets,
        kinds: list[tuple[str, str, int]],
        thresholds: dict[str, int],
        flows: set[str],
        threshold: int,
    ) -> None:
        self._con, self._sets = con, sets
        self._size = con.execute("SELECT COUNT(*) FROM geheim.plaats").fetchone()[0]
        shape = (len(sets.known), self._size)
        self.value, self.shown = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        self.kept, self.out = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        asked = "FROM geheim.rij AS r JOIN geheim.plaats AS p USING (grondgebied, periode)"
        rows = con.execute(
            f"SELECT verzameling, plaats, waarde {asked} WHERE status = 'ok' ORDER BY gebiedsniveau DESC"
        ).fetchnumpy()
        where = rows["verzameling"], rows["plaats"]
        self.value[where], self.shown[where] = rows["waarde"], True
        for cells in sets.cubes.values():  # what has no row did not occur there
            numbers = [*cells.values()]
            there = self.shown[numbers].any(axis=0)
            held = con.execute(f"SELECT DISTINCT verzameling, plaats {asked} WHERE status <> 'ok'").fetchall()
            empty = np.isnan(self.value[numbers]) & there
            for number, place in held:
                if number in numbers:
                    empty[numbers.index(number), place] = False
            self.value[np.ix_(numbers, range(self._size))] = np.where(empty, 0.0, self.value[numbers])
            self.shown[np.ix_(numbers, range(self._size))] |= empty
        limits = np.full(len(sets.known), float(threshold))
        self._flow = np.zeros(len(sets.known), dtype=bool)
        for code, _, number in kinds:
            limits[number] = max(limits[number], thresholds[code])
            self._flow[number] |= code in flows
        self._limit = limits
        self._rows: list[tuple[Any, Any, Any]] = []
        self._count = 0
        self._beside: list[float] = []
        self._remember()

    def _remember(self) -> None:
        """What readers have by now: a figure that was shown is out, one that was hidden stays so."""
        rows = self._con.execute(
            "SELECT s.verzameling, p.plaats, e.waarde FROM geheim_eerder AS e "
            "JOIN geheim_soort AS s ON s.onderwerp = e.onderwerp AND s.cel = e.cel "
            "JOIN ref.grondgebied AS g ON g.gebiedsniveau = e.gebiedsniveau AND g.gebied = e.gebied "
            "JOIN geheim.plaats AS p ON p.grondgebied = g.grondgebied AND p.periode = e.periode"
        ).fetchnumpy()
        value = np.ma.filled(rows["waarde"].astype(float), np.nan)
        where = rows["verzameling"], rows["plaats"]
        same = np.abs(self.value[where] - value) <= 1e-9 * np.maximum(1, np.abs(value))
        self.out[where[0][same], where[1][same]] = True
        held = np.isnan(value)
        self.kept[where[0][held], where[1][held]] = True

    def hidden(self) -> list[tuple[int, int]]:
        """The set and place of every figure that is hidden."""
        self._sums_of_sets()
        self._sums_of_areas()
        self._sums_of_months()
        number, place = np.nonzero(~np.isnan(self.value).T)[::-1]
        ids = np.full(self.value.shape, -1)
        ids[number, place] = np.arange(len(number))
        flat = np.r_[ids.ravel(), len(number) + np.arange(len(self._beside))]
        value = np.r_[self.value[number, place], self._beside]
        limit = np.r_[self._limit[number], np.full(len(self._beside), self._limit.min(initial=2))]
        beside = np.zeros(len(self._beside), dtype=bool)
        shown = np.r_[self.shown[number, place], beside]
        row, cell, sign = (
            np.concatenate([r[i] for r in self._rows]) if self._rows else np.zeros(0, int) for i in range(3)
        )
        cell = flat[cell]
        kept = np.r_[self.kept[number, place], beside]
        kept |= _zeros_above(kept & (value == 0), value, row, cell, sign)
        fixed = shown & (value == 0) & ~kept
        there = ~fixed[cell]  # a zero that is shown adds nothing
        row, cell, sign = row[there], cell[there], sign[there]
        order = np.lexsort((cell, row))
        row = np.unique(row[order], return_inverse=True)[1]
        found = suppress(
            System(
                value=value,
                shown=shown,
                fixed=fixed,
                out=np.r_[self.out[number, place], beside] & ~(kept & (value == 0)),
                kept=kept,
                small=((value > 0) | (shown & kept)) & (value < limit),
                threshold=limit,
                cost=1 + np.log2(1 + value),
                row=row,
                cell=cell[order],
                sign=sign[order],
            )
        )
        return [(int(number[i]), int(place[i])) for i in np.flatnonzero(found[: len(number)])]

    def _add(self, whole: Any, parts: Any, beside: Any = None) -> None:
        """Rows of which each whole is the sum of its parts, and of what is beside them; cells by set and place."""
        rows = self._count + np.arange(len(whole))
        self._count += len(whole)
        self._rows.append((rows, whole, np.full(len(whole), -1)))
        self._rows.append(
            (np.tile(rows, len(parts)), np.concatenate(parts), np.ones(len(whole) * len(parts), dtype=int))
        )
        if beside is not None and (more := np.flatnonzero(beside)).size:
            ids = self.value.size + len(self._beside) + np.arange(len(more))
            self._beside += [float(v) for v in beside[more]]
            self._rows.append((rows[more], ids, np.ones(len(more), dtype=int)))

    def _sums_of_sets(self) -> None:
        relations = self._sets.relations
        for _ in range(2):  # what no subject is follows from what one is, and then from that
            for whole, parts in relations:
                inside = [whole, *parts]
                for part in parts:  # of nothing every part is nothing
                    self.value[part, np.isnan(self.value[part]) & (self.value[whole] == 0)] = 0.0
                signs = np.array([-1.0, *[1.0] * len(parts)])[:, None]
                lacking = np.isnan(self.value[inside])
                alone = np.flatnonzero(lacking.sum(axis=0) == 1)
                for at, member in enumerate(inside):
                    places = alone[lacking[at, alone]]
                    rest = -np.nansum(self.value[inside][:, places] * signs, axis=0) * signs[at, 0]
                    fits = rest >= 0
                    self.value[member, places[fits]] = rest[fits]
        for whole, parts in relations:
            total, amounts = self.value[whole], self.value[[*parts]]
            places = np.flatnonzero(np.abs(total - amounts.sum(axis=0)) <= 1e-6 * np.maximum(1, np.abs(total)))
            self._add(whole * self._size + places, [p * self._size + places for p in parts])

    def _sums_of_areas(self) -> None:
        """Every whole is the sum of its parts of one level, and of what could not be placed in one."""
        place = {
            (g, p): i
            for i, g, p in self._con.execute("SELECT plaats, grondgebied, periode FROM geheim.plaats").fetchall()
        }
        periods = sorted({p for _, p in place})
        parts = self._con.execute(
            "SELECT geheel, LIST(deel ORDER BY deel) FROM ref.deel WHERE telt GROUP BY partitie, geheel, nodig "
            "HAVING COUNT(*) = nodig ORDER BY MAX(trede), partitie"
        ).fetchall()
        within: dict[int, list[list[int]]] = {}
        for whole, inside in parts:
            within.setdefault(whole, []).append(inside)

        def covered(area: int, period: str) -> list[int] | None:
            """The places that make up an area: itself, or where it has no figures its parts."""
            if (own := place.get((area, period))) is not None:
                return [own]
            for inside in within.get(area, []):
                found = [covered(part, period) for part in inside]
                if None not in found:
                    return [p for some in found for p in some or []]
            return None

        for whole, inside in parts:
            for period in periods:
                found = [covered(part, period) for part in inside]
                if (whole, period) in place and None not in found:
                    at = [p for some in found for p in some or []]
                    total = self.value[:, place[whole, period]]
                    self.value[:, place[whole, period]] = np.where(
                        np.isnan(total), self.value[:, at].sum(axis=1), total
                    )
                    self._sum_of_places(np.arange(len(self.value)), place[whole, period], at)

    def _sums_of_months(self) -> None:
        """A year is the sum of its months, or quarters, and a quarter that of its months."""
        rows = self._con.execute(
            "SELECT plaats, grondgebied, periode, jaar, periodiciteit FROM geheim.plaats"
        ).fetchall()
        place = {(g, period): i for i, g, period, *_ in rows}
        flows = np.flatnonzero(self._flow)
        for i, area, _, year, kind in rows:
            if kind == "jaar":
                months = [place.get((area, f"{year}-{m:02d}"), -1) for m in range(1, 13)]
                quarters = [place.get((area, f"{year}-Q{q}"), -1) for q in range(1, 5)]
                for parts in (months, quarters):
                    if min(parts) >= 0:
                        self._sum_of_places(flows, i, parts)
                for q, quarter in enumerate(quarters):
                    if quarter >= 0 and min(own := months[3 * q : 3 * q + 3]) >= 0:
                        self._sum_of_places(flows, quarter, own)

    def _sum_of_places(self, numbers: Any, whole: int, parts: list[int]) -> None:
        total = self.value[numbers, whole]
        rest = total - self.value[np.ix_(numbers, parts)].sum(axis=1)
        rest = np.where(np.abs(rest) <= 1e-6 * np.maximum(1, np.abs(total)), 0.0, rest)
        fits = numbers[rest >= 0]
        self._add(fits * self._size + whole, [fits * self._size + p for p in parts], rest[rest >= 0])


def _zeros_above(found: Any, value: Any, row: Any, cell: Any, sign: Any) -> Any:
    """These zeros, which are not shown, with the zeros that they are parts of: a whole of nothing would tell them."""
    whole = np.zeros(row.max(initial=-1) + 1, dtype=int)
    whole[row[sign < 0]] = cell[sign < 0]
    part = sign > 0
    while True:
        above = whole[row[part & found[cell]]]
        above = above[(value[above] == 0) & ~found[above]]
        if not len(above):
            return found
        found[above] = True
