"""The register of areas, derived from the accepted landings of its sources and from our own small lists.

sources/gebieden/register.sql says how. What it gives is kept by content hash; a register that contradicts itself is
not taken, and the last good one stays in use (docs/adr/0025).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import duckdb

from pipelines.describe.catalogue import load_cities
from pipelines.describe.levels import LEVELS
from pipelines.describe.specfile import ROOT, digest_of
from pipelines.describe.specs import load_datasets
from pipelines.home import Home, Problem, file_sha256, now, quoted, read_json, read_or_set_aside, write_json
from pipelines.ingest.read.parse import parse
from pipelines.ingest.read.tables import open_tables
from pipelines.landing.landings import Landings
from pipelines.later import pa

FOLDER = LEVELS.parent
RULES = FOLDER / "register.sql"
LISTS = {
    "gebiedsniveau": {"laatste_jaar": "INTEGER"},
    "fusies": {"datum": "DATE", "inwoners": "DOUBLE"},
    "aanvulling": {},
}
CITIES = ROOT / "sources" / "steden.yaml"
TABLES = ("gebied", "gebied_relatie", "gebiedsniveau")
NAME = "gebiedenregister"


class RegisterError(Problem):
    """There is no register of areas: one sentence."""


@dataclass(frozen=True)
class _Register:
    """The accepted register: its Parquet file per table, and the hash of all that it follows from."""

    tables: dict[str, str]
    made_from: str = ""
    accepted_at: str = ""


@cache
def register_sources() -> tuple[str, ...]:
    """The datasets that the register is made from, as its SQL names them."""
    return tuple(sorted(set(re.findall(r"\blanding\.(\w+)", RULES.read_text(encoding="utf-8")))))


def settle_register(landings: Landings) -> str | None:
    """Derive the register anew where what it follows from has changed; why the last good one stays, else None.

    Raises RegisterError where there is no good one.
    """
    home = landings.home
    before = read_or_set_aside(_pointer(home), _Register, _Register({}))
    landed = {i: landings[i].state.version for i in register_sources()}
    absent = [i for i, version in landed.items() if not version]
    if absent:
        return _kept(before, f"{absent[0]} has no accepted version yet")
    files = [RULES, CITIES, *(FOLDER / f"{name}.csv" for name in LISTS)]
    made_from = digest_of([landed, [file_sha256(f) for f in files]])
    if before.made_from == made_from:
        return None
    con = duckdb.connect()
    try:
        folders = {i: home.landing / i / str(version) / "deel-*.parquet" for i, version in landed.items()}
        if wrong := derive(con, folders):
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            return _kept(before, f"the lists of areas contradict each other: {wrong[0]}{more}; correct one of them")
        tables = {name: store(con, home, name).name for name in TABLES}
    finally:
        con.close()
    write_json(_pointer(home), asdict(_Register(tables, made_from, now().isoformat())))
    return None


def _kept(before: _Register, why: str) -> str:
    if not before.tables:
        raise RegisterError(f"there is no register of areas yet, and no figure can be read without one: {why}")
    return why


def derive(con: duckdb.DuckDBPyConnection, landed: dict[str, Path]) -> list[str]:
    """Make the tables of the register from the Parquet of its sources; a sentence for each contradiction."""
    con.execute("CREATE SCHEMA landing; CREATE SCHEMA lijst")
    for name, path in landed.items():
        con.execute(f"CREATE VIEW landing.{name} AS SELECT * FROM read_parquet({quoted(path)})")
    for name, types in LISTS.items():
        cast = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in types.items())
        con.execute(
            f"CREATE TABLE lijst.{name} AS SELECT *{f' REPLACE ({cast})' if cast else ''} FROM read_csv("
            f"{quoted(FOLDER / f'{name}.csv')}, delim=';', header=true, all_varchar=true, nullstr='')"
        )
    groups = [("centrumsteden" if c.nis_code else c.stad, g) for c in load_cities() for g in c.gemeenten]
    columns = {"gebiedsniveau": [g for g, _ in groups], "gemeente": [g for _, g in groups]}
    con.register("steden", pa.table(columns))
    con.execute("CREATE TABLE lijst.stad AS SELECT * FROM steden")
    con.execute(RULES.read_text(encoding="utf-8"))
    return [wrong for (wrong,) in con.execute("SELECT wat FROM fout").fetchall()]


def store(con: duckdb.DuckDBPyConnection, home: Home, name: str) -> Path:
    """Keep a table as Parquet under the hash of its content, whatever the order in which threads made its rows."""
    work = home.tmp / f"{name}.parquet"
    con.execute(f"COPY (SELECT * FROM {name} ORDER BY ALL) TO {quoted(work)} (FORMAT parquet)")
    final = home.landing / "_lijsten" / f"{name}-{file_sha256(work)[:32]}.parquet"
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(work, final)
    return final


def has_register(home: Home) -> bool:
    """True once a register was accepted in this home."""
    return _pointer(home).exists()


def register_tables(home: Home | None) -> dict[str, Path]:
    """The accepted register of a home, a file per table; without a home that of the built-in lists.

    Raises RegisterError.
    """
    if home is None:
        return built_in()
    if not has_register(home):
        raise RegisterError("there is no register of areas yet; run obmi refresh")
    register = read_json(_pointer(home), _Register, "run obmi refresh, which derives it again")
    return {name: home.landing / "_lijsten" / file for name, file in register.tables.items()}


def _pointer(home: Home) -> Path:
    return home.landing / "_lijsten" / f"{NAME}.json"


@cache
def built_in() -> dict[str, Path]:
    """The register that follows from the built-in lists, for what works outside a home."""
    folder = Path(tempfile.mkdtemp(prefix="register-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = Home(folder)
    home.tmp.mkdir()
    known = load_datasets()
    con = duckdb.connect()
    try:
        parts = {}
        for name in register_sources():
            spec = known[name]
            files = [(path, path.name) for path in sorted((ROOT / "sources" / "voorbeeld").glob(spec.voorbeeld or ""))]
            work = home.tmp / name
            work.mkdir()
            parts[name] = parse(con, spec, open_tables(spec, files, work), name, work).path
        if wrong := derive(con, parts):
            raise RegisterError(f"the built-in lists of areas contradict each other: {wrong[0]}")
        return {name: store(con, home, name) for name in TABLES}
    finally:
        con.close()
