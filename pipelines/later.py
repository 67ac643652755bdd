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
    threading.Thread(target=lambda: [importlib.import_module(name) for name in names], daemon=True).start()


pa: Any = Later("pyarrow")
pq: Any = Later("pyarrow.parquet")
np: Any = Later("numpy")
