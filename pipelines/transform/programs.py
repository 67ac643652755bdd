"""Linear programs over cells that are published together, solved by HiGHS: how far hidden cells can move, and what the
least is that must be hidden besides for one of them to move."""

from __future__ import annotations

from typing import Any

from pipelines.later import Later, np

highspy: Any = Later("highspy")


class Program:
    """Cells around their values, and rows whose movements, each times its factor, add up to nothing: entries are (row,
    cell, factor). A cell that is hidden moves freely above its least; one that is shown moves at its cost."""

    def __init__(self, value: Any, least: Any, hidden: Any, cost: Any, row: Any, cell: Any, factor: Any) -> None:
        size = len(value)
        self._value, self._size = value, size
        self._room = value - least  # how far each can fall
        self._cost, self._free = cost, hidden.copy()
        order = np.lexsort((row, cell))
        row, cell, factor = row[order], cell[order], factor[order]
        starts = np.searchsorted(cell, np.arange(size + 1))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * size, int(row.max()) + 1 if len(row) else 0
        model.col_lower_ = np.zeros(2 * size)
        # every cell rises by one column and falls by another
        model.col_upper_ = np.where(np.r_[hidden, hidden], np.r_[np.full(size, np.inf), self._room], 0.0)
        model.col_cost_ = np.zeros(2 * size)
        model.row_lower_ = model.row_upper_ = np.zeros(model.num_row_)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.r_[starts, starts[1:] + len(row)].astype(np.int32)
        model.a_matrix_.index_ = np.r_[row, row].astype(np.int32)
        model.a_matrix_.value_ = np.r_[factor, -factor].astype(float)
        self._solver = highspy._core._Highs()  # the class around it prints a banner
        self._solver.setOptionValue("output_flag", False)
        for name, setting in (("threads", 1), ("parallel", "off"), ("solver", "simplex"), ("presolve", "off")):
            self._solver.setOptionValue(name, setting)
        self._solver.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)  # costs differ: 30 % fewer steps
        self._solver.passModel(model)
        self._all = np.arange(2 * size, dtype=np.int32)

    def furthest(self, asked: Any, width: Any, side: int) -> Any:
        """The cells where those asked have moved as far as they can together, each at most its width, up (side 1) or
        down (-1), by hidden cells alone."""
        up, down = (np.full(self._size, np.inf), self._room) if side > 0 else (np.where(asked, 0, np.inf), self._room)
        up = np.where(asked & (side > 0), width, up)
        down = np.where(asked, np.minimum(width, self._room) if side < 0 else 0.0, down)
        self._bounds(np.zeros(2 * self._size), np.where(np.r_[self._free, self._free], np.r_[up, down], 0.0))
        reward = np.where(asked, -1.0, 0.0)
        nothing = np.zeros(self._size)
        self._costs(np.r_[reward, nothing] if side > 0 else np.r_[nothing, reward])
        return self._solved()

    def offer(self) -> None:
        """Let what is shown move too, at its cost."""
        self._bounds(np.zeros(2 * self._size), np.r_[np.full(self._size, np.inf), self._room])
        price = np.where(self._free, 0.0, self._cost)
        self._costs(np.r_[price, price])

    def move(self, cell: int, by: float) -> Any:
        """The cells where one has moved by this much, up or down, at the least cost; None if it cannot. What is shown
        and moved is free from then on."""
        column = cell if by > 0 else cell + self._size
        other = cell + self._size if by > 0 else cell
        self._solver.changeColBounds(column, abs(by), abs(by))
        self._solver.changeColBounds(other, 0, 0)
        found = self._solved()
        for side, top in ((cell, np.inf), (cell + self._size, self._room[cell])):
            self._solver.changeColBounds(side, 0, top)
        if found is not None:
            for moved in np.flatnonzero(~self._free & (np.abs(found - self._value) > 1e-6)):
                self._free[moved] = True
                self._solver.changeColCost(int(moved), 0.0)
                self._solver.changeColCost(int(moved) + self._size, 0.0)
        return found

    @property
    def free(self) -> Any:
        """Which cells are hidden by now."""
        return self._free

    def _bounds(self, low: Any, high: Any) -> None:
        self._solver.changeColsBounds(len(self._all), self._all, low, high)

    def _costs(self, costs: Any) -> None:
        self._solver.changeColsCost(len(self._all), self._all, costs)

    def _solved(self) -> Any:
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        moved = np.asarray(self._solver.getSolution().col_value)
        return self._value + moved[: self._size] - moved[self._size :]
