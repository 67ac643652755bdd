"""What a build keeps: the tables of every step as Parquet, in a folder named by the hash of all that went in.

A folder is renamed into place when its step is done and its audits passed, so a kill leaves it whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home, file_sha256, fsync, quoted, read_or_set_aside, write_json
from pipelines.transform.reach import Group

Tables = dict[str, str]  # the sha256 of every table's file, by the name of its model


class Kept:
    """The folders of a home in which steps are kept."""

    def __init__(self, home: Home) -> None:
        self._folder, self._tmp = home.build / "kept", home.tmp
        self._around = Kept(home.around) if home.around else None

    def find(self, key: str) -> Tables | None:
        """The tables of a step, where it was done before, here or in the home around, and nothing happened to them
        since."""
        if self._around and not (self._folder / key).exists() and self._around.find(key):
            self._folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(self._around._folder / key, self._folder / key, copy_function=os.link)
        tables = read_or_set_aside(self._folder / key / "tables.json", Tables, {})
        return tables if tables and self.is_whole({key: tables}) else None

    def is_whole(self, steps: dict[str, Tables]) -> bool:
        """True when every file of these steps is what was written."""
        files = [(self.path(key, name), sha256) for key, tables in steps.items() for name, sha256 in tables.items()]
        return all(path.exists() and file_sha256(path) == sha256 for path, sha256 in files)

    def path(self, key: str, name: str) -> Path:
        """The file of one table of a step."""
        return _in(self._folder / key, name)

    def keep(self, con: duckdb.DuckDBPyConnection, key: str, names: Iterable[str]) -> Tables:
        """Write tables of the connection down as those of a step."""
        with self.begun(key) as folder:
            for name in names:
                write_table(con, folder, name)
            return self.install(key, folder, names)

    @contextmanager
    def begun(self, key: str) -> Iterator[Path]:
        """A new folder for the tables of a step, which is gone where it is not installed."""
        folder = self._tmp / f"kept-{key}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def install(self, key: str, folder: Path, names: Iterable[str]) -> Tables:
        """Keep a folder in which these tables are written as those of a step."""
        tables = {name: file_sha256(_in(folder, name)) for name in names}
        write_json(folder / "tables.json", tables)
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._folder / key, ignore_errors=True)
        os.rename(folder, self._folder / key)
        fsync(self._folder)
        return tables

    def tidy(self, keys: Iterable[str]) -> None:
        """Remove every step but these."""
        for folder in self._folder.iterdir():
            if folder.name not in keys:
                shutil.rmtree(folder)


def write_table(con: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    """Write a table of the connection into the folder of a step."""
    con.execute(f"COPY (FROM {name}) TO {quoted(_in(folder, name))} (FORMAT parquet, COMPRESSION zstd)")


def _in(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


@dataclass(frozen=True)
class Built:
    """A checked build: the hash of what it was made from, its steps with their tables, the group of those that are of
    one, and per model its columns (pairs of name and type), its audits and its comments. `ran` are the models that ran
    for it."""

    fingerprint: str = ""
    steps: dict[str, Tables] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    columns: dict[str, list[list[str]]] = field(default_factory=dict)
    audits: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, home: Home) -> Built:
        """The last build of a home, by its receipt, or an empty one."""
        return read_or_set_aside(home.build / "receipt.json", cls, cls())

    def leave_receipt(self, home: Home, fingerprint: str) -> None:
        """Say in the home what was built, and let go of the steps that no longer belong to it."""
        write_json(home.build / "receipt.json", asdict(replace(self, fingerprint=fingerprint, ran=[])))
        Kept(home).tidy(self.steps)

    def lay_out(self, con: duckdb.DuckDBPyConnection, home: Home) -> None:
        """Attach the build as `build`: every table as a view over what the steps keep of it."""
        con.execute("ATTACH ':memory:' AS build")
        lay_out(con, "build.", Kept(home), self.steps, self.columns)


def lay_out(
    con: duckdb.DuckDBPyConnection,
    place: str,
    kept: Kept,
    steps: dict[str, Tables],
    columns: dict[str, list[list[str]]],
    kind: str = "VIEW",
) -> None:
    """Make every table of these steps, with `place` before its name, the rows of all steps together; of `columns` those
    that no step has are empty."""
    for name, types in columns.items():
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {place}{name.split('.')[0]}")
        files = [quoted(kept.path(key, name)) for key, tables in steps.items() if name in tables]
        rows = f"read_parquet([{', '.join(files)}])" if files else _nothing(types)
        con.execute(f"CREATE {kind} {place}{name} AS FROM {rows}")


def _nothing(types: list[list[str]]) -> str:
    return f"(SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in types)} WHERE FALSE)"
