"""A new version of what is accepted: the tables of a delivery joined to those that were there, without what is held."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.home import file_sha256, fsync, quoted
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.parse import ParsedTable
from pipelines.landing.held import held_parts, without_value
from pipelines.landing.landings import Landing
from pipelines.landing.parts import Part, parts_sql
from pipelines.landing.receipt import Why
from pipelines.landing.state import Composed, LandedTable


def compose(
    con: duckdb.DuckDBPyConnection,
    landing: Landing,
    tables: list[ParsedTable],
    held: Mapping[Part, Why],
    delivery: str,
    tmp: Path,
) -> Composed:
    """Join new tables to the accepted ones: what they hold replaces the same years (or what the source's `replaces`
    names), the rest stays. A held part keeps its last accepted rows. The same rows again are no new version."""
    spec, state = landing.spec, landing.state
    work = tmp / f"compose-{spec.id}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    units = parts_sql(spec, held)
    columns = ", ".join(named(c) for c in spec.replaces)
    paths = ", ".join(quoted(t.path) for t in tables)
    replaced = f"({columns}) IN (SELECT DISTINCT {columns} FROM read_parquet([{paths}])) AND NOT {units}"
    new = [_keep(con, work, landing.file(old), old, replaced) for old in state.parts]
    for table in tables:
        told = {k: v for k, v in vars(table).items() if k not in ("path", "notes", "until")}
        facts = LandedTable(**{**told, "years": list(table.years)}, held=0)
        if held:
            cut = _cut(con, work, quoted(table.path), f"NOT {units}", facts)
            facts = replace(cut, held=table.rows - cut.rows)
        else:
            shutil.copyfile(table.path, work / f"deel-{table.sha256}.parquet")
        _count(con, quoted(table.path), units, table, facts)
        new.append(facts)
    new = [t for t in new if t.rows]
    landed = f"read_parquet({quoted(work / 'deel-*.parquet')})" if new else None
    waiting = held_parts(con, spec, held, state, landed, delivery)
    parts = sorted(h.key for h in waiting)  # a figure that waits is worth less, so it makes a version too
    same = parts == sorted(h.key for h in state.held) and without_value(waiting) == without_value(state.held)
    if same and state.version is not None and _same_rows(con, landing, work, new):
        return Composed(state.version, state.parts, waiting)
    version = digest_of([sorted(t.sha256 for t in new), without_value(waiting), parts])[:32]
    _install(work, landing.folder(version))
    return Composed(version, new, waiting)


def _same_rows(con: duckdb.DuckDBPyConnection, landing: Landing, work: Path, new: list[LandedTable]) -> bool:
    """Whether the tables that are new hold the rows of those that they take the place of."""
    there, stays = {t.sha256 for t in landing.state.parts}, {t.sha256 for t in new}
    old = [quoted(landing.file(t)) for t in landing.state.parts if t.sha256 not in stays]
    fresh = [quoted(work / f"deel-{sha256}.parquet") for sha256 in stays - there]
    if sum(t.rows for t in landing.state.parts) != sum(t.rows for t in new) or not (old and fresh):
        return not (old or fresh)
    one, other = (f"SELECT * FROM read_parquet([{', '.join(files)}])" for files in (old, fresh))
    return con.execute(f"SELECT 1 FROM ({one} EXCEPT ALL {other}) LIMIT 1").fetchone() is None


def _keep(con: duckdb.DuckDBPyConnection, work: Path, source: Path, old: LandedTable, replaced: str) -> LandedTable:
    """An accepted table without the rows that are replaced; as it is where none are."""
    if con.execute(f"SELECT COUNT(*) FROM {quoted(source)} WHERE {replaced}").fetchone()[0]:
        return _cut(con, work, quoted(source), f"NOT ({replaced})", old)
    os.link(source, work / source.name)
    return old


def _cut(con: duckdb.DuckDBPyConnection, work: Path, source: str, where: str, facts: LandedTable) -> LandedTable:
    """Write the rows of a table that stay; the new one is addressed by its own content."""
    target = work / "cut.parquet"
    con.execute(f"COPY (SELECT * FROM {source} WHERE {where}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)")
    found = con.execute(f"SELECT jaar, COUNT(*) FROM {quoted(target)} GROUP BY 1 ORDER BY 1").fetchall()
    sha256 = file_sha256(target)
    if found:
        target.replace(work / f"deel-{sha256}.parquet")
    else:
        target.unlink()
    return replace(facts, sha256=sha256, rows=sum(n for _, n in found), years=[y for y, _ in found])


def _count(con: duckdb.DuckDBPyConnection, source: str, units: str, table: ParsedTable, landed: LandedTable) -> None:
    """Every row parsed is a row landed or a row held back, counted apart."""
    held = con.execute(f"SELECT COUNT(*) FROM {source} WHERE {units}").fetchone()[0]
    if table.rows != landed.rows + held or landed.held != held:
        raise AssertionError(f"{table.file}: {table.rows} rows read, {landed.rows} landed and {held} held back")


def _install(work: Path, final: Path) -> None:
    for path in [*work.iterdir(), work]:
        fsync(path)
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        work.replace(final)
        fsync(final.parent)
