"""Files that a person hands over: the same manifest and the same gate as what is fetched."""

from __future__ import annotations

from pathlib import Path

from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.fetch import SourceError, keep
from pipelines.ingest.raw import Delivery, RawStore


def drop(spec: Dataset, paths: list[Path], home: Home, by: str = "") -> Delivery:
    """Take over files that a person (`by`) hands over; they enter the next refresh through the same gate."""
    store = RawStore(home)
    if missing := [p for p in paths if not p.is_file()]:
        raise SourceError(f"{missing[0]} is not a file; name the file that you want to hand over")
    delivery = store.deliver(spec.id, "drop", [keep(store, p, {"path": p.name, "by": by}) for p in paths])
    if delivery is None:
        raise SourceError(f"no file was named for {spec.id}; name at least one")
    return delivery
