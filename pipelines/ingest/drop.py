"""Files that a person hands over: the same manifest and the same gate as what is fetched."""

from __future__ import annotations

from pathlib import Path

from pipelines.describe.catalogue import delivering, load_cities
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.fetch import SourceError, keep, told_city
from pipelines.ingest.raw import Delivery, RawStore


def drop(spec: Dataset, paths: list[Path], home: Home, by: str = "", city: str = "") -> Delivery:
    """Take over files that a person (`by`) hands over, of one `city` where each gives its own; they enter the next
    refresh through the same gate."""
    own = delivering(spec, load_cities()) if spec.per_stad else []
    if own and city not in own and (city or len(own) > 1):
        raise SourceError(f"{spec.id} is given per city; name in --city whose files these are: {', '.join(own)}")
    if city and not own:
        raise SourceError(f"one file of {spec.id} holds all cities; leave out --city")
    store = RawStore(home)
    if missing := [p for p in paths if not p.is_file()]:
        raise SourceError(f"{missing[0]} is not a file; name the file that you want to hand over")
    origin = {"by": by, **told_city(city or "".join(own))}
    delivery = store.deliver(spec.id, "drop", [keep(store, p, origin | {"path": p.name}) for p in paths])
    if delivery is None:
        raise SourceError(f"no file was named for {spec.id}; name at least one")
    return delivery
