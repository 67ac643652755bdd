"""Which cells to hide so that no small count follows from what stays: small ones, and others by linear programs.

Cells that are published together are the unknowns of one linear system: its equations say which cell is the sum of
others. Who reads it knows all that is shown, and of a hidden cell that it is no zero, for zeros are shown: but for what
was hidden before and is zero by now, which stays hidden, for with an earlier release it would tell what it was. A small
cell, or such a zero, is protected when it can then still lie anywhere in an interval as wide as from 1 up to below its
threshold. Fischetti and Salazar, Management Science 47 (2001), state the problem; one small cell after another gets
what it needs at the least cost by the linear program of Kelly, Golden and Assad, Networks 22 (1992), in which what is
hidden is free.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pipelines.home import Problem
from pipelines.later import np
from pipelines.transform.programs import Program

CLOSE = 1e-6
AT_ONCE = 2
BLOCK = 800  # neighbours in one program
NEAR = (300, 3000, 30_000, 10**9)  # how many cells around a small one may move, tried in turn


class Unprotected(Problem):
    """Small counts that stay recoverable whatever is hidden: nothing may be published."""


@dataclass
class System:
    """Cells and the equations among them.

    `shown` is what is published, `fixed` the zeros among it that stay shown, `out` what readers have by now, `kept`
    what was hidden before and stays so. `small` is what must be protected, each below its `threshold`. `cost` is what
    hiding a cell costs beside another. Entries (`row`, `cell`, `sign`) stand in the order of their rows: in every row
    the signed cells add up to zero. Cells that stand together have their numbers together.
    """

    value: Any
    shown: Any
    fixed: Any
    out: Any
    kept: Any
    small: Any
    threshold: Any
    cost: Any
    row: Any
    cell: Any
    sign: Any


def suppress(system: System) -> Any:
    """Which of the shown cells are hidden, as booleans. The same system gives the same cells. Raises Unprotected."""
    work = _Work(system)
    work.prove()
    return work.hidden & system.shown


class _Work:
    def __init__(self, system: System) -> None:
        s = self.s = system
        self.rows = int(s.row[-1]) + 1 if len(s.row) else 0
        self.starts = np.searchsorted(s.row, np.arange(self.rows + 1))
        self.by_cell = np.argsort(s.cell, kind="stable")
        self.cell_starts = np.searchsorted(s.cell[self.by_cell], np.arange(len(s.value) + 1))
        # hiding what readers have helps only as far as they cannot know that it is the same: what is left then
        self.still = s.fixed | s.out
        self.hidden = ~s.shown | ((s.small | s.kept) & ~self.still)
        # what a reader knows of a hidden cell that is published: that it is no zero, unless it stays hidden as one
        self.low = np.where(s.shown, np.minimum(s.value, 1.0), 0.0)
        self.width = np.maximum(s.threshold - 2, 1.0)

    def prove(self) -> None:
        """Prove by linear programs how far every small cell can move; hide more where it is not far enough: in blocks
        of neighbours first, then around each that is left."""
        s = self.s
        self.least, self.most = s.value.copy(), s.value.copy()
        everything = np.arange(len(s.value))
        moving = np.flatnonzero(~self.still)
        blocks = [moving[begin : begin + BLOCK] for begin in range(0, len(moving), BLOCK)]
        with ThreadPoolExecutor(AT_ONCE) as pool:  # each moves cells of its own, and takes all others as they are
            deque(pool.map(self._settle, blocks), maxlen=0)
        for still in (self.still, s.fixed):
            self.still = still
            for most in NEAR:
                for cell in np.flatnonzero(self._left(everything)):
                    if self._left(cell):  # what one paid for may have helped it
                        self._settle(self._near(cell, most), cell)
        if left := int(self._left(everything).sum()):
            raise Unprotected(f"{left} small counts stay recoverable whatever else is hidden")

    def _left(self, columns: Any) -> Any:
        """Which of these cells are small and hidden, and not proved yet to move far enough."""
        short = self.most[columns] - self.least[columns] < self.width[columns] - CLOSE
        return self.s.small[columns] & self.hidden[columns] & short

    def _settle(self, columns: Any, cell: int | None = None) -> None:
        """Prove the small cells of these columns, or one of them, and hide what it takes among the columns."""
        asked = self._left(columns) if cell is None else columns == cell
        if not asked.any():
            return
        program = self._program(columns)
        width = self.width[columns]
        if cell is None:
            asked = self._move_together(program, columns, asked, width)
        program.offer()
        for place in np.flatnonzero(asked):
            self._move_one(program, columns, place, width[place])
        self.hidden[columns[program.free]] = True

    def _move_together(self, program: Program, columns: Any, asked: Any, width: Any) -> Any:
        """Move many cells at once while that helps; which are left."""
        for side in (1, -1):
            while asked.any():
                self._seen(columns, program.furthest(asked, width, side))
                left = asked & self._left(columns)
                helped = left.sum() < 0.95 * asked.sum()
                asked = left
                if not helped:
                    break
        return asked

    def _move_one(self, program: Program, columns: Any, place: int, width: float) -> None:
        if not self._left(columns[place]):
            return
        found = program.move(place, width)
        if found is None and (room := min(width, self.s.value[columns[place]] - 1)) > 0:
            found = program.move(place, -room)
        if found is not None:
            self._seen(columns, found)

    def _seen(self, columns: Any, found: Any) -> None:
        """What a possible table shows of how far cells can move."""
        self.most[columns] = np.fmax(self.most[columns], found)
        self.least[columns] = np.fmin(self.least[columns], found)

    def _program(self, columns: Any) -> Program:
        """The equations in which these cells stand, with every other cell at its value."""
        s = self.s
        rows = np.unique(s.row[self._entries(columns)])
        entries = _ranges(self.starts[rows], self.starts[rows + 1])
        place = np.searchsorted(columns, s.cell[entries])  # columns stand in order
        there = columns[np.minimum(place, len(columns) - 1)] == s.cell[entries]
        which, cells, taken = np.searchsorted(rows, s.row[entries[there]]), place[there], entries[there]
        hidden = self.hidden[columns]
        return Program(s.value[columns], self.low[columns], hidden, s.cost[columns], which, cells, s.sign[taken])

    def _entries(self, cells: Any) -> Any:
        return self.by_cell[_ranges(self.cell_starts[cells], self.cell_starts[cells + 1])]

    def _near(self, cell: int, most: int) -> Any:
        """The cells that may be moved around one, by the equations that they share: the hidden, then the cheapest."""
        s = self.s
        found = ring = np.array([cell])
        while len(ring):
            rows = np.unique(s.row[self._entries(ring)])
            reached = np.unique(s.cell[_ranges(self.starts[rows], self.starts[rows + 1])])
            reached = np.setdiff1d(reached[~self.still[reached]], found, assume_unique=True)
            if (room := most - len(found)) < len(reached):
                order = np.lexsort((reached, s.cost[reached], ~self.hidden[reached]))
                reached = reached[order[:room]]
            found = np.r_[found, reached]
            ring = reached
        return np.sort(found)


def _ranges(starts: Any, ends: Any) -> Any:
    """The numbers from every start up to its end, one after another."""
    sizes = ends - starts
    return np.arange(sizes.sum()) + np.repeat(starts - np.r_[0, np.cumsum(sizes)[:-1]], sizes)
