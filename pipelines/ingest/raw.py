"""The raw store: every byte that came in, by content hash, with where, when and how it came."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from pipelines.home import Home, Problem, begun, file_sha256, fsync, now, read_json, write_json

CHUNK = 1 << 20
BUILT_IN, LIVE = "voorbeeld", "live"


class Altered(Problem):
    """Bytes in the store that are not those that came in: one sentence."""


@dataclass(frozen=True)
class RawFile:
    """One file as it came in; `name` is the publisher's file name, `origin` how it came.

    Files of the same `part` are pages of one table and are read together; without one a file stands alone.
    """

    name: str
    sha256: str
    size: int
    origin: dict[str, str] = field(default_factory=dict)
    part: str = ""


@dataclass(frozen=True)
class Delivery:
    """Files that came in together for one dataset, over one way: voorbeeld, bestand, live or drop."""

    id: str
    dataset: str
    via: str
    arrived: str
    files: tuple[RawFile, ...]

    @property
    def stand_in(self) -> bool:
        """True for built-in figures, which stand in until a real delivery is accepted."""
        return self.via == BUILT_IN

    @property
    def city(self) -> str:
        """The city whose own delivery it is; empty where it is of all."""
        return self.files[0].origin.get("stad", "")

    @property
    def parts(self) -> list[list[RawFile]]:
        """The files by the table that they hold together; the same file twice counts once."""
        return parts_of(self.files)


def parts_of(files: Iterable[RawFile]) -> list[list[RawFile]]:
    """Files grouped by part, in order of arrival."""
    groups: dict[str, dict[str, RawFile]] = {}
    for file in files:
        groups.setdefault(file.part or file.sha256, {}).setdefault(file.sha256, file)
    return [list(group.values()) for group in groups.values()]


class RawStore:
    """Immutable objects under raw/objects, one manifest per delivery under raw/<dataset>."""

    def __init__(self, home: Home) -> None:
        self.root = home.raw

    def path(self, sha256: str) -> Path:
        """Where an object lies."""
        return self.root / "objects" / sha256[:2] / sha256

    def verified(self, file: RawFile) -> Path:
        """Where the bytes of a file lie, which are those that came in. Raises Altered."""
        path = self.path(file.sha256)
        if not path.exists() or file_sha256(path) != file.sha256:
            raise Altered(f"{path} is gone or altered since it came in; hand over {file.name} again with obmi drop")
        return path

    def keep(self, stream: BinaryIO, name: str, origin: dict[str, str], part: str = "") -> RawFile:
        """Store a stream complete or not at all; the same bytes again take the place of those that are there only where
        these were altered."""
        folder = self.root / "objects"
        folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with begun(folder) as target:
            while block := stream.read(CHUNK):
                digest.update(block)
                size += len(block)
                target.write(block)
            sha256 = digest.hexdigest()
            final = self.path(sha256)
            known = final.exists()
            if known and file_sha256(final) == sha256:
                Path(target.name).unlink()
                return RawFile(name, sha256, size, origin, part)
            target.flush()
            os.fsync(target.fileno())
            final.parent.mkdir(exist_ok=True)
            Path(target.name).replace(final)
        if not known:
            fsync(final.parent)
        return RawFile(name, sha256, size, origin, part)

    def deliveries(self, dataset: str) -> list[Delivery]:
        """All deliveries of a dataset, oldest first. Raises Damaged."""
        return [self.delivery(path) for path in self.manifests(dataset)]

    def manifests(self, dataset: str) -> list[Path]:
        """Where the deliveries of a dataset are written down, oldest first."""
        return sorted((self.root / dataset).glob("*.json"))

    def delivery(self, path: Path) -> Delivery:
        """The delivery that a manifest describes. Raises Damaged."""
        return read_json(path, Delivery, "run obmi refresh, which keeps it under another name and mends what it can")

    def deliver(self, dataset: str, via: str, files: Iterable[RawFile]) -> Delivery | None:
        """Write down a delivery. What was fetched before is not news; what a person hands over always is, and so are
        the same figures the first time that they are more than built in."""
        earlier = self.deliveries(dataset)
        known: dict[tuple[str, ...], set[str]] = {}
        for part in (p for d in earlier if d.via != "drop" and d.stand_in == (via == BUILT_IN) for p in d.parts):
            known.setdefault(_bytes_of(part), set()).add(part[0].part)
        fresh = tuple(f for p in parts_of(files) if via == "drop" or _is_new(p, known) for f in p)
        if not fresh:
            return None
        moment = now()
        # by the names of all that are there, damaged ones too: a number is of one delivery
        there = (self.root / dataset).glob("[0-9]*.json*")
        number = max((int(path.name.partition("-")[0]) for path in there), default=0) + 1
        ident = f"{number:06d}-{moment:%Y%m%dT%H%M%S}-{via}-{fresh[0].sha256[:8]}"
        delivery = Delivery(ident, dataset, via, moment.isoformat(timespec="seconds"), fresh)
        write_json(self.root / dataset / f"{ident}.json", asdict(delivery))
        return delivery


def told_of(files: Iterable[RawFile]) -> str:
    """What the table of these files is told by: their content hashes."""
    return ", ".join(f.sha256 for f in files)


def _bytes_of(part: list[RawFile]) -> tuple[str, ...]:
    return tuple(f.sha256 for f in part)


def _is_new(part: list[RawFile], known: dict[tuple[str, ...], set[str]]) -> bool:
    """True unless these bytes came before, under the same name or where one of both has none: two subjects may
    have the same figures."""
    names, name = known.get(_bytes_of(part), set()), part[0].part
    return not names or bool(name and names.isdisjoint({"", name}))
