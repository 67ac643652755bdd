"""What every release was made of, written down for ever: enough to make it again from raw bytes when it has gone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.expectations import Correction
from pipelines.describe.specfile import ROOT, digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import Home, quoted, read_json, write_json
from pipelines.landing.landings import Landings
from pipelines.landing.state import Decision, State
from pipelines.publish.fingerprint import data_files
from pipelines.publish.releases import ReleaseError, find_release

Contents = dict[str, dict[str, str]]  # per file and table what tells its rows from others
LEFT = {"checked_at": None, "in_turn": None, "before": None, "beside": {}}  # of a state: what only a refresh asks for
TODO = "put back a copy of it: without it this release cannot be made again"


@dataclass(frozen=True)
class Then:
    """What was accepted of one dataset when a release was made, what people had decided, and which errors of the
    publisher were corrected: their hash, and what is `corrected` (None in what was written before that was told)."""

    state: State
    decisions: list[Decision]
    corrections: str
    corrected: list[dict[str, Any]] | None = None

    def reading(self, spec: Dataset) -> Dataset:
        """A description as it read the rows that were accepted then. Raises SpecError."""
        if self.state.rules in ("", spec.rules):
            return spec
        corrected = None if self.corrected is None else [Correction(**told) for told in self.corrected]
        return spec.read_by(self.state.description, corrected)


@dataclass(frozen=True)
class DefinedAs:
    """What tells the definition of a subject from another, and the datasets that it comes from."""

    mark: str
    sources: list[str]


@dataclass(frozen=True)
class Recorded:
    """One release: what it says of itself, the accepted `versions`, the datasets that it tells of (`shown`), the share
    of areas that the gate might hold, per dataset what was accepted (`landed`), the hash of every description (`files`)
    and what every subject followed from (`subjects`), these three by the hash of what is kept beside it, the commit and
    library of the code, and what stood in every table."""

    facts: dict[str, Any]
    versions: dict[str, str | None]
    shown: list[str]
    max_share: float
    landed: dict[str, str]
    files: str
    subjects: str
    commit: str
    library: str
    tables: Contents

    def then(self, home: Home, names: Iterable[str] | None = None) -> dict[str, Then]:
        """What was accepted of every dataset, or of those with these names. Raises Damaged."""
        asked = [name for name in self.landed if names is None or name in {*names}]
        return {dataset: read_json(_part(home, self.landed[dataset]), Then, TODO) for dataset in asked}

    def described(self, home: Home) -> dict[str, str]:
        """The hash of every description, list and model that it was made by. Raises Damaged."""
        return read_json(_part(home, self.files), dict[str, str], TODO)

    def defined(self, home: Home) -> dict[str, DefinedAs]:
        """What every subject followed from. Raises Damaged."""
        return read_json(_part(home, self.subjects), dict[str, DefinedAs], TODO)


def remember(
    landings: Landings,
    shown: Iterable[str],
    max_share: float,
    versions: Mapping[str, str | None],
    defined: Mapping[str, DefinedAs],
    root: Path = ROOT,
) -> dict[str, Any]:
    """Keep what is accepted now, by the descriptions below a root, for a release that is about to be made; what its
    record says of that."""
    found = {
        name: Then(landing.state, landing.decisions, digest_of(corrected), corrected)
        for name, landing in landings.items()
        if landing.is_known
        for corrected in [[c.model_dump() for c in landing.read_as.corrections]]
    }
    landed = {name: asdict(then) for name, then in found.items()}
    for told in landed.values():
        told["state"] |= LEFT
    return {
        "versions": dict(versions),
        "shown": list(shown),
        "max_share": max_share,
        "landed": {name: _keep(landings.home, told) for name, told in landed.items()},
        "files": _keep(landings.home, dict(data_files(root))),
        "subjects": _keep(landings.home, {code: asdict(subject) for code, subject in defined.items()}),
        "commit": _commit(),
        "library": duckdb.__version__,
    }


def write_record(home: Home, record: Recorded) -> None:
    """Write down what a release was made of, before anybody gets to read it."""
    write_json(home.record / f"{record.facts['release']}.json", asdict(record))


def recorded(home: Home, asked: str) -> Recorded:
    """What the release with this name was made of, or one that is still there, also by pin or day. Raises
    ReleaseError."""
    names = {path.stem for path in home.record.glob("*.json")}
    name = asked if asked in names else find_release(home, asked)["release"]
    if name not in names:
        raise ReleaseError(
            f"nothing says what {name} was made of: a version of obmi of before wrote it; choose one of "
            f"{', '.join(sorted(names)[-3:]) or 'the releases of the next refreshes'}"
        )
    return read_json(home.record / f"{name}.json", Recorded, TODO)


def contents(paths: Mapping[str, Path], known: Contents, same: Iterable[str]) -> Contents:
    """Per file and table of a release how many rows, and two sums of their hashes: 128 bits that depend on no order.
    Of tables that are the `same` as in an earlier release, what is `known` of it."""
    kept = {f"mart.{table}" for table in same}

    def of_file(name: str) -> dict[str, str]:
        with con.cursor() as own:
            own.execute(f'ATTACH {quoted(paths[name])} AS "{name}" (READ_ONLY)')
            # opbouw says how it was built
            tables = own.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
                "WHERE database_name = ? AND schema_name <> 'opbouw' ORDER BY 1",
                [name],
            ).fetchall()
            earlier = {table: told for table, told in known.get(name, {}).items() if table in kept}
            found = {table: earlier.get(table) or _content(own, f'"{name}".{table}') for (table,) in tables}
            own.execute(f'DETACH "{name}"')
        return found

    with duckdb.connect(config={"threads": 2}) as con, ThreadPoolExecutor(2) as pool:
        return dict(zip(paths, pool.map(of_file, paths), strict=True))


def record_of(home: Home, release: str | None) -> Recorded | None:
    """What an earlier release was made of; None where that was not written down. Raises Damaged."""
    path = home.record / f"{release}.json"
    return read_json(path, Recorded, TODO) if path.exists() else None


def _content(con: duckdb.DuckDBPyConnection, table: str) -> str:
    rows, total, xor = con.execute(
        f"SELECT COUNT(*), COALESCE(SUM(HASH(w)::HUGEINT), 0), COALESCE(BIT_XOR(HASH(w)), 0) FROM {table} AS w"
    ).fetchone()
    return f"{rows}-{total:x}-{xor:x}"


def _part(home: Home, mark: str) -> Path:
    return home.record / "delen" / f"{mark}.json"


def _keep(home: Home, told: Any) -> str:
    """Keep something once, by its content; the hash that it goes by."""
    mark = digest_of(told)
    if not _part(home, mark).exists():
        write_json(_part(home, mark), told)
    return mark


def _commit() -> str:
    """The commit of the checkout, for who looks for this code; empty where there is none."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
