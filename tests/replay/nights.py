"""One dataset asking a replayed publisher night after night, as a refresh does it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.describe.specs import Dataset
from pipelines.ingest.web.asker import Piece, Web
from tests.replay.server import Replay, asking, dataset, serve


class Asking:
    """One dataset asking one server, night after night; hints live as JSON between the nights."""

    def __init__(self, spec: Dataset, server: Replay, path: str, tmp_path: Path) -> None:
        self.spec, self.server, self.path, self.tmp = spec, server, path, tmp_path
        self.hints: dict[str, Any] = {}
        self.sent = 0

    def collect(self, **settings: Any) -> tuple[list[Piece], list[str]]:
        """The pieces of one night, and what could not be had; `sent` is how many bytes that took."""
        web = self._web(**settings)
        before, self.server.asked[:] = self.server.sent, []
        pieces = list(import_module(f"pipelines.ingest.protocols.{self.spec.protocol}").collect(self.spec, web))
        self.sent = self.server.sent - before
        self.hints = json.loads(json.dumps(self.hints | web.remembered))
        return pieces, web.failed

    def whole(self) -> list[Piece]:
        """The pieces of a night on which nothing goes wrong; the folder holds their bodies and nothing else."""
        pieces, failed = self.collect()
        assert failed == []
        assert set(self.folder()) == {b.path for p in pieces for b in p.bodies}
        for piece in pieces:
            for body in piece.bodies:
                body.path.rename(self.tmp / body.path.name)  # taken over
        return pieces

    def body(self, piece: Piece, number: int = 0) -> Path:
        """Where a body lies after it was taken over."""
        return self.tmp / piece.bodies[number].path.name

    def refused(self, match: str, **settings: Any) -> str:
        """Demand that a night gives nothing, leaves nothing, remembers nothing and says why in one sentence."""
        hints = self.hints
        pieces, failed = self.collect(**settings)
        assert (pieces, self.folder(), self.hints) == ([], [], hints)
        (sentence,) = failed
        assert re.search(match, sentence), sentence
        assert re.fullmatch(r"[^\n]+ \(http\S+\): [^\n]+\.", sentence), sentence
        return sentence

    def folder(self) -> list[Path]:
        return sorted((self.tmp / "home" / "tmp").iterdir())

    def _web(self, **settings: Any) -> Web:
        web = asking(self.spec, self.server.url + self.path, self.tmp / "home", self.hints)
        web.settings = replace(web.settings, backoff_s=0.01, retry_after_max_s=0.1, **settings)
        return web


@contextmanager
def asked_of(
    publisher: Any, path: str, tmp_path: Path, protocol: str, options: dict[str, Any], **more: Any
) -> Iterator[Asking]:
    with serve(publisher.reply) as server:
        yield Asking(dataset(protocol, options, **more), server, path, tmp_path)


def cheap(full: int, night: int) -> bool:
    """Whether an unchanged night takes under a hundredth of a full one."""
    return 0 <= night < full / 100
