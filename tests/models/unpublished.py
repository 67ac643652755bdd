"""A system of counts of which no reader has anything yet."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.transform.suppress import System


def unpublished(value: Any, threshold: int, row: Any, cell: Any, sign: Any) -> System:
    """All that would be shown, with what is below the threshold as small; entries as in System."""
    none = np.zeros(len(value), dtype=bool)
    return System(
        value=value,
        shown=~none,
        fixed=value == 0,
        out=none,
        kept=none.copy(),
        small=(value > 0) & (value < threshold),
        threshold=np.full(len(value), float(threshold)),
        cost=1 + np.log2(1 + value),
        row=row,
        cell=cell,
        sign=sign,
    )
