"""Get a dataset's bytes: from its address, from the built-in figures, or from a person's hands."""

from __future__ import annotations

import glob
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.config import Settings
from pipelines.describe.options import HttpFile
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.home import Home, Problem, now, read_or_set_aside, write_json
from pipelines.ingest.raw import BUILT_IN, LIVE, Delivery, RawFile, RawStore
from pipelines.ingest.unforeseen import unforeseen

if TYPE_CHECKING:
    from pipelines.ingest.web.asker import Piece
    from pipelines.ingest.web.http import Fetched


class SourceError(Problem):
    """Bytes that could not be had: one sentence with what, where, and what to do."""


class MissingYears(SourceError):
    """Years whose file the publisher does not have, where the others came in."""

    def __init__(self, dataset: str, missing: dict[int, str]) -> None:
        self.years = tuple(sorted(missing))
        super().__init__(f"{dataset}: the publisher has no file of {', '.join(map(str, self.years))}")


def fetch(
    spec: Dataset, profile: str, home: Home, settings: Settings, stand_in: bool = True, city: str = ""
) -> Delivery | None:
    """Bring in what is new for one dataset, or for one `city` of it; None where nothing changed or there is nowhere to
    look. Where an address or a path says `{stad}`, the name of the city stands there.

    A dataset without an address of its own (protocol `drop`) starts from the built-in figures, where it has
    them and they may stand in, in every profile. Raises SourceError.
    """
    store = RawStore(home)
    local = settings.sources.get(spec.id)
    if local and local.files:
        patterns = _of_city(local.files, city)
        paths = [p for pattern in patterns for p in sorted(glob.glob(pattern))]
        return _from_files(store, spec, paths, "bestand", ", ".join(patterns), city)
    if profile == "live" and (spec.protocol != "drop" or (local and local.url)):
        urls = _of_city((local.url if local else []) or spec.url, city)
        return _from_web(store, spec, urls, home, settings, city)
    if spec.voorbeeld is None or not stand_in:
        return None
    (pattern,) = _of_city([spec.voorbeeld], city)
    paths = [str(p) for p in sorted((ROOT / "sources" / "voorbeeld").glob(pattern))]
    return _from_files(store, spec, paths, BUILT_IN, f"sources/voorbeeld/{pattern}", city)


def _of_city(places: list[str], city: str) -> list[str]:
    return [place.replace("{stad}", city) for place in places]


def told_city(city: str) -> dict[str, str]:
    """What the origin of a file says of the city that gave it."""
    return {"stad": city} if city else {}


def keep(store: RawStore, path: Path, origin: dict[str, str]) -> RawFile:
    part = f"{origin['stad']}/{path.name}" if "stad" in origin else ""  # two cities may give the same bytes
    with path.open("rb") as stream:
        return store.keep(stream, path.name, {**origin, "at": now().isoformat(timespec="seconds")}, part)


def _from_files(store: RawStore, spec: Dataset, paths: list[str], via: str, wanted: str, city: str) -> Delivery | None:
    if not paths:
        raise SourceError(f"{spec.id}: no file matches {wanted}; restore the files or correct the pattern")
    return store.deliver(spec.id, via, [keep(store, Path(p), {"path": Path(p).name, **told_city(city)}) for p in paths])


def _from_web(
    store: RawStore, spec: Dataset, urls: list[str], home: Home, settings: Settings, city: str
) -> Delivery | None:
    from pipelines.ingest.web.asker import Web
    from pipelines.ingest.web.connect import FetchError, safe_url

    hints_path = store.root / spec.id / "hints" / "web.json"
    hints = read_or_set_aside(hints_path, dict[str, Any], {})
    web = Web(spec, urls, home, settings.http, _in_store(store, hints))
    files: list[RawFile] = []
    if spec.protocol == "drop":  # obmi.toml may know an address of what others hand over
        spec = spec.model_copy(update={"protocol": "http_file", "options": HttpFile()})
    protocol = importlib.import_module(f"pipelines.ingest.protocols.{spec.protocol}")
    try:
        for piece in protocol.collect(spec, web):
            files += [
                _take_over(store, spec, body, name, piece, city)
                for body, name in zip(piece.bodies, piece.names, strict=True)
            ]
    except FetchError as err:
        web.failed.append(str(err))
    except Exception as err:  # noqa: BLE001 (whatever a publisher answers, it stops that source alone)
        what = f"{spec.id}: what {safe_url(urls[0])} answers cannot be read"
        todo = "refresh again later, or hand over the file with obmi drop"
        web.failed.append(unforeseen(home, what, err, todo, web.hide))
    delivery = store.deliver(spec.id, LIVE, files) if files else None
    write_json(hints_path, hints | web.remembered)
    if web.failed:
        more = f" (and {len(web.failed) - 2} more)" if len(web.failed) > 2 else ""
        raise SourceError("; ".join(web.failed[:2]) + more)
    if web.missing:
        raise MissingYears(spec.id, web.missing)
    return delivery


def _in_store(store: RawStore, hints: dict[str, Any]) -> dict[str, Any]:
    """The hints without those of bytes that the store does not hold: "unchanged" is no answer for these."""
    return {
        key: hint
        for key, hint in hints.items()
        if not (isinstance(hint, dict) and "sha256" in hint) or store.path(hint["sha256"]).exists()
    }


def _take_over(store: RawStore, spec: Dataset, body: Fetched, name: str, piece: Piece, city: str) -> RawFile:
    from pipelines.ingest.web.answers import without_keys
    from pipelines.ingest.web.connect import safe_url

    origin = {
        **body.headers,
        **piece.facts,
        **told_city(city),
        "url": safe_url(body.url),
        "final_url": safe_url(body.final_url),
        "status": str(body.status),
        "spec": spec.rules,
        "at": body.fetched_at.isoformat(timespec="seconds"),
    }
    with body.path.open("rb") as stream:
        kept = store.keep(stream, name, origin, without_keys(piece.part))
    body.path.unlink()
    return kept
