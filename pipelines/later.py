"""What takes long to import: here by its name, and imported when something of it is first used."""

from __future__ import annotations

import importlib
import threading
from typing import Any


class Later:
    """A module that is imported when it is first asked for something."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, asked: str) -> Any:
        found = getattr(importlib.import_module(self._name), asked)
        setattr(self, asked, found)  # asked once: this is slower than what is then called
        return found


def import_beside(*names: str) -> None:
    """Import slow modules while DuckDB works; whoever needs one waits for this import."""
    threading.Thread(target=_import_all, args=names, daemon=True).start()


def _import_all(*names: str) -> None:
    for name in names:
        importlib.import_module(name)


# Frames lie in memory that Python asks for and gives back 16 KB at a time, at some depths at every call, and each time
# every thread waits. A large one brings room for those below it.
_import_all.__code__ = _import_all.__code__.replace(co_stacksize=1 << 16)


pa: Any = Later("pyarrow")
pq: Any = Later("pyarrow.parquet")
np: Any = Later("numpy")
