"""A folder of pages on disk, of which only what differs is written, and what is no longer made is taken away."""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.home import Problem, read_json, write_json

LIST = "obmi-site.json"  # what was made here, so that nothing of somebody else is ever taken away


class NoPlace(Problem):
    """A folder that the website may not be written in."""


class Folder:
    """The folder of one website; files are given one by one, and `end` takes away what was not given again."""

    def __init__(self, path: Path) -> None:
        self._path, self._made, self._open, self.written = path, set[str](), set[Path](), 0
        if path.exists() and any(path.iterdir()) and not (path / LIST).exists():
            raise NoPlace(f"{path} holds files that obmi site did not make; choose an empty folder with --to")
        todo = "remove the folder and run obmi site again"
        self._before = set(read_json(path / LIST, list[str], todo, default=[]))
        if not (path / LIST).exists():
            write_json(path / LIST, [])  # or a run that is killed leaves a folder that nobody may write in

    def keep(self, start: str) -> list[str]:
        """What an earlier run made under names that start so stays as it is. Returns the names."""
        kept = [name for name in sorted(self._before) if name.startswith(start) and (self._path / name).exists()]
        self._made.update(kept)
        return kept

    def give(self, name: str, given: str | bytes) -> None:
        """A file of the website; it is replaced in one step, and left alone where it is the same."""
        self._made.add(name)
        path, content = self._path / name, given.encode() if isinstance(given, str) else given
        if name in self._before and path.exists() and path.read_bytes() == content:
            return
        if path.parent not in self._open:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o755)  # a web server reads it
            self._open.add(path.parent)
        begun = path.with_name(f".{path.name}.tmp")
        with begun.open("wb", buffering=0) as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), 0o644)
        os.replace(begun, path)
        self.written += 1

    def end(self) -> int:
        """Take away what was made before and is not made now, and keep the list. Returns how many files there are."""
        for name in sorted(self._before - self._made):
            (self._path / name).unlink(missing_ok=True)
        if self._before != self._made:
            write_json(self._path / LIST, sorted(self._made))
        return len(self._made)
