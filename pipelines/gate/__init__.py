"""The gate. Of Great Expectations, which judges, what is slow and not used is loaded when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader

WHEN_USED = ("scipy.stats", "altair")  # for expectations about distributions and their charts: half of its import


class _WhenUsed(MetaPathFinder):
    """Finds these libraries as modules that load when something of them is asked."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in WHEN_USED else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


sys.meta_path.insert(0, _WhenUsed())
