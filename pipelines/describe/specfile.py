"""How what data people write is read: YAML into strict shapes, with file and line in every refusal."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.home import Problem

ROOT = Path(__file__).resolve().parent.parent.parent


class SpecError(Problem):
    """A spec that cannot be used: one sentence with file, place and what to do."""


class Spec(BaseModel):
    """The base of every shape: a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=Spec)


def load_yaml(path: Path) -> Any:
    """What a YAML file holds. Raises SpecError."""
    try:
        return pickle.loads(_parsed(path.read_text(encoding="utf-8")))  # noqa: S301, bytes of this process
    except (OSError, yaml.YAMLError) as err:
        raise SpecError(
            f"{name_of(path)} cannot be read ({' '.join(str(err).split())}); mend the YAML and try again"
        ) from err


@lru_cache(maxsize=1024)
def _parsed(text: str) -> bytes:
    """By its text, so never older than the file: every command and every step of a run reads the same descriptions.
    Pickled, for a reader may change what it gets."""
    return pickle.dumps(yaml.load(text, Loader=yaml.CSafeLoader))


def name_of(path: Path) -> str:
    """A file as messages name it: from the checkout on."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def line_of(path: Path, at: object, keys: tuple[Any, ...] = ()) -> str:
    """The line of an entry, or of the innermost of `keys` that stands in it; without an entry, in the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    name = re.escape(str(at))
    entry = re.compile(rf"\s*(- )?(\"?{name}\"?\s*:|id:\s*\"?{name}\"?\s*$)")
    start = next((i for i, text in enumerate(lines) if entry.match(text)), None)
    block = list(enumerate(lines, 1))
    if start is not None:
        depth = len(lines[start]) - len(lines[start].lstrip())
        rest = block[start + 1 :]
        end = next((n for n, t in rest if t.strip() and len(t) - len(t.lstrip()) <= depth), len(lines) + 1)
        block = block[start : end - 1]
    for key in reversed(keys):
        for number, text in block:
            if re.match(rf"\s*(- )?\"?{re.escape(str(key))}\"?\s*:", text):
                return f" line {number}"
    return f" line {start + 1}" if start is not None else ""


def shaped(model: type[S], path: Path, at: object, **data: Any) -> S:
    """One entry of a file in its shape. Raises SpecError with file and line."""
    try:
        return _made(model, pickle.dumps(data)).model_copy()
    except (ValidationError, TypeError) as err:
        if isinstance(err, TypeError):
            raise SpecError(f"{name_of(path)}: {err}; the entry must be a mapping") from err
        first = err.errors()[0]
        where = ".".join(str(p) for p in first["loc"]) or str(at)
        said = first["msg"].removeprefix("Value error, ")
        raise SpecError(
            f"{name_of(path)}{line_of(path, at, first['loc'])}: {at}: {where}: {said}; mend the entry"
        ) from err


@lru_cache(maxsize=8192)
def _made(model: type[S], data: bytes) -> S:
    """By what it is made of, as `_parsed`; nobody gets this one, only copies of it."""
    return model(**pickle.loads(data))  # noqa: S301, bytes of this process


def digest_of(data: Any) -> str:
    """sha256 of a JSON value, independent of key order."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
