"""What of the landings was cut short or altered, mended at the start of a refresh: what follows from the rest is made
again, and the damaged file is kept beside it under another name."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home import Damaged, set_aside, write_json
from pipelines.ingest.raw import Delivery, RawFile, RawStore
from pipelines.landing.landings import Landing, Landings

_IDENT = re.compile(r"\d{6}-(\d{8}T\d{6})-(\w+)-([0-9a-f]{8})")


def mend(landings: Landings) -> dict[str, str]:
    """What was damaged per dataset, and what became of it, as a sentence. The caller holds the lock."""
    found = {name: [*_mended(landings, landing)] for name, landing in landings.items()}
    return {name: "; ".join(said) for name, said in found.items() if said}


def _mended(landings: Landings, landing: Landing) -> list[str]:
    said = []
    if (why := _damage_of(landing, "decisions")) is not None:
        kept = set_aside(landing.log)
        said.append(f"{why}: it is kept as {kept.name}, and what was decided in it has to be decided again")
    if (why := _damage_of(landing, "state")) is not None:
        kept = set_aside(landing.pointer)
        said.append(f"{why}: it is kept as {kept.name}, and every delivery is read and judged again")
    store = RawStore(landings.home)
    sound, damaged = [], []
    for path in store.manifests(landing.spec.id):
        try:
            sound.append(store.delivery(path))
        except Damaged as err:
            damaged.append((path, _first(err)))
    known = {sha256 for delivery in sound for sha256 in (f.sha256 for f in delivery.files)}
    for path, why in damaged:
        kept = set_aside(path)
        said.append(f"{why}: it is kept as {kept.name}, and {_written_again(store, landing, path, known)}")
    return said


def _damage_of(landing: Landing, name: str) -> str | None:
    try:
        getattr(landing, name)
    except Damaged as err:
        return _first(err)
    return None


def _first(err: Damaged) -> str:
    """Which file it is and what is wrong with it, without what to do."""
    return str(err).partition("; ")[0]


def _written_again(store: RawStore, landing: Landing, path: Path, known: set[str]) -> str:
    """Write down what is still known of a delivery: how and when it came by its name, its files by what is accepted and
    came with no other `known` delivery. One that a person handed over and no refresh has looked at is refused."""
    told, became = _IDENT.fullmatch(path.stem), landing.state.processed.get(path.stem)
    if told is None:
        return "nothing of it is known"
    moment, via, start = told.groups()
    if became is None and via == "drop":
        reason = f"{path} was damaged before its files were read"
        landing.refuse(path.stem, f"{reason}; hand them over again with obmi drop, or withdraw this delivery")
        return "its files have to be handed over again"
    if became is None:
        return "its files come in again by themselves"
    files = []
    for part in landing.state.parts:
        hashes = part.raw_sha256.split(", ")
        own = hashes[0].startswith(start) or known.isdisjoint(hashes)
        if own and all(store.path(sha256).exists() for sha256 in hashes):
            name, together = part.file.split("/")[0], part.raw_sha256 if len(hashes) > 1 else ""
            files += [RawFile(name, sha256, store.path(sha256).stat().st_size, {}, together) for sha256 in hashes]
    known |= {f.sha256 for f in files}
    arrived = datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).isoformat(timespec="seconds")
    write_json(path, asdict(Delivery(path.stem, landing.spec.id, via, arrived, tuple(files))))
    return "written down again without where its files came from"
