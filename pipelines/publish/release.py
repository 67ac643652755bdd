"""Make a release: a new immutable DuckDB file of plain tables, one file per city, swapped in at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import City
from pipelines.describe.specfile import ROOT
from pipelines.home import Home, fsync, now, quoted, write_json
from pipelines.later import pa
from pipelines.publish.causes import causes
from pipelines.publish.cities import Beside, lay_out_cities, to_write_over, write_city
from pipelines.publish.contract import STORAGE, TABLES, comments_sql
from pipelines.publish.fingerprint import code_mark
from pipelines.publish.grades import source_grades
from pipelines.publish.keeping import last_good
from pipelines.publish.known import hides, newest, write_known
from pipelines.publish.marts import SORTED, add_revisions, fill, lay_out_marts, rows_of
from pipelines.publish.modes import closed, give
from pipelines.publish.named import view_sql
from pipelines.publish.own_file import OwnPart, add_own
from pipelines.publish.patch import WHOLE, Change, changes, is_outgrown, renew
from pipelines.publish.pieces import Pieces, may_differ, pieces, write_down
from pipelines.publish.recorded import Recorded, contents, record_of, write_record
from pipelines.publish.releases import (
    MAIN,
    database_path,
    facts_of,
    next_number,
    point,
)
from pipelines.publish.tables_as_text import tables_to_write
from pipelines.publish.territory import macro_sql
from pipelines.transform.kept import Built

# above this memory to disk: a release stays within 1 GiB, Python included; and what is committed goes into the file,
# not first into a log beside it
CONNECTOR = {"memory_limit": "800MB", "threads": 2, "checkpoint_threshold": "1B"}
# DuckDB guesses the rows of many files by the first, and can take three million for few: a join keeps in memory what is
# written last
AS_WRITTEN = "SET disabled_optimizers = 'join_order,build_side_probe_side'"
COUNTS = """
  SELECT COUNT(DISTINCT onderwerp) AS onderwerpen, COUNT(*) AS waarnemingen, COUNT(waarde) AS cijfers
  FROM rel.mart.waarneming"""


def publish(
    home: Home,
    built: Built,
    fingerprint: str,
    rows: dict[str, list[dict[str, Any]]],
    held: pa.Table,
    cities: list[City],
    themes: dict[str, str],
    groups: dict[str, str],
    made_of: dict[str, Any],
    say: Callable[[str], None],
    plans: Beside,
    own: Mapping[str, OwnPart],
    again: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Publish what the build holds and return the manifest.

    `rows` holds the rows of mart.bron, mart.kwaliteit and mart.datamaturiteit, `held` the figures that are older than
    their newest delivery, `made_of` what the record of the release says of it, `plans` what stands beside the marts,
    `own` what one city alone may see. Nothing that readers see changes before the last step; a kill at any moment
    leaves the old release or the new one. One that is made `again` keeps its name, number, moment and predecessor.
    """
    previous = last_good(home)
    moment = now()
    number = again["volgnummer"] if again else next_number(home)
    name = again["release"] if again else f"{moment:%Y-%m-%d}-{number:04d}"
    work = home.releases / f".new-{name}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "steden").mkdir(parents=True)
    mode = closed(work)
    facts = {
        "release": name,
        "volgnummer": number,
        "gemaakt_op": moment.replace(tzinfo=None).isoformat(timespec="seconds"),
        "vorige": again["vorige"] if again else previous["release"] if previous else None,
        "vingerafdruk": fingerprint,
        "code": code_mark(ROOT),
    }
    home.tmp.mkdir(exist_ok=True)
    spill = {"temp_directory": str(home.tmp / "spill")}
    with duckdb.connect(config={**CONNECTOR, **spill}) as con:
        con.execute(AS_WRITTEN)
        say("writing the release")
        if previous:
            con.execute(f"ATTACH {quoted(database_path(home, previous))} AS vorige (READ_ONLY)")
        content = {**rows, "datamaturiteit": [{**r, "release": name} for r in rows["datamaturiteit"]]}
        grades = source_grades(rows)
        lay_out_marts(con, home, built, facts, content, grades, held)
        rows_in_order = partial(rows_of, facts=facts)
        parts = pieces(con, built, SORTED, facts["gemaakt_op"][:7], grades, held)
        # what other code wrote may be laid out otherwise
        same_code = previous is not None and previous.get("code") == facts["code"]
        changed = changes(con, may_differ(con, "vorige", parts), rows_in_order) if same_code else None
        if changed and (is_outgrown(con, "vorige", changed) or hides(built, changed)):
            changed = None
        if changed and not plans.is_in(con, "vorige", ""):
            changed = None
        basis = home.releases / previous["release"] if changed is not None else None
        changed = changed or dict.fromkeys(SORTED, WHOLE)
        record = Recorded(facts=facts, tables={}, **made_of)
        why = causes(home, record_of(home, facts["vorige"]), record) if changed["waarneming"] else {}
        may = [city for city in cities if basis and not changed["gebied"] and city.stad not in own]
        with ThreadPoolExecutor(1) as beside:
            looked = beside.submit(to_write_over, basis / "steden", may, plans) if may else None
            counts = _write_main(con, work, basis, facts, previous, changed, built, parts, why, newest(home))
        over = looked.result() if looked else set()
        con.execute("BEGIN")
        if not basis:
            plans.write(con, "rel", "")
        plans.follow(con, "rel", "")
        con.execute("COMMIT; CHECKPOINT rel")
        say(f"writing the catalogue and {len(cities)} city files")
        form = home.tmp / "stad.duckdb"
        form.unlink(missing_ok=True)
        some_new = any(city.stad not in over for city in cities)
        lay_out_cities(con, changed["waarneming"], built.comments, form if some_new else None)

        def catalogue(tables: list[Future[None]]) -> list[Path]:
            from pipelines.publish.dcat_ap import write_catalogue  # rdflib is slow to import

            for table in tables:
                table.result()
            with con.cursor() as cursor:
                return write_catalogue(cursor, work, facts, rows["bron"], themes)

        def one(city: City) -> None:
            path = work / "steden" / f"{city.stad}.duckdb"
            shutil.copyfile(basis / "steden" / path.name if city.stad in over else form, path)
            with con.cursor() as cursor:
                write_city(cursor, path, city, changed if city.stad in over else {}, built.comments, plans)

        named = [source["bron"] for source in rows["bron"]]
        tables = tables_to_write(con, work, named, basis, _sources(con, changed["waarneming"], previous))
        with ThreadPoolExecutor(2) as pool:
            texts = [pool.submit(table) for table in tables]
            files_of_cities = [pool.submit(one, city) for city in cities]
            beside = pool.submit(catalogue, texts)
        for made in files_of_cities:
            made.result()
        written = beside.result()
        form.unlink(missing_ok=True)
        con.execute("DETACH rel")
    apart = {work / "steden" / f"{city}.duckdb": part for city, part in own.items()}
    for path, part in apart.items():
        before = database_path(home, previous, path.stem) if previous else None
        add_own(path, part, facts, before, plans)
        part.remember(path, facts)

    of_cities = {work / "steden" / f"{city.stad}.duckdb" for city in cities}

    def finished(path: Path) -> dict[str, Any]:
        if path.suffix != ".duckdb" and path not in written:
            raise RuntimeError(f"{path} lies beside the release, which must consist of what was written for it alone")
        give(path, groups, own=path in apart or (path in of_cities and plans.is_private(path.stem)))
        fsync(path)
        return facts_of(path)

    databases = {str(p.relative_to(work)): p for p in (work / MAIN, *sorted((work / "steden").glob("*")))}
    shared = {name: path for name, path in databases.items() if path not in apart}
    # with other areas the file of a city holds other rows of a table that is the same
    same = [table for table, change in changed.items() if not change] if basis and not changed["gebied"] else []
    earlier = record_of(home, facts["vorige"])
    paths = [*databases.values(), *written]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(finished, paths)
        held_in = contents(shared, earlier.tables if earlier else {}, same)
    write_record(home, replace(record, tables=held_in))
    files = {str(path.relative_to(work)): facts for path, facts in zip(paths, found, strict=True)}
    manifest = {**facts, **counts, "bestanden": files}
    write_json(work / "manifest.json", manifest)
    for folder in sorted({path.parent for path in [*(work / "steden").iterdir(), *written]}):
        fsync(folder)
    work.chmod(mode)
    fsync(work)
    os.rename(work, home.releases / name)
    fsync(home.releases)
    point(home, name)
    return manifest


def _write_main(
    con: duckdb.DuckDBPyConnection,
    work: Path,
    basis: Path | None,
    facts: dict[str, Any],
    previous: dict[str, Any] | None,
    changed: dict[str, Change],
    built: Built,
    made_of: Pieces,
    why: dict[str, str],
    before: Path | None,
) -> dict[str, int]:
    """Write the file with everything, over a copy of the one in the folder `basis` if there is one, and leave it
    attached as `rel`; what it counts. `why` says per subject what of it is otherwise than in the previous one."""
    if basis:
        shutil.copyfile(basis / MAIN, work / MAIN)
    con.execute(f"ATTACH {quoted(work / MAIN)} AS rel ({STORAGE})")
    con.execute("BEGIN; CREATE SCHEMA IF NOT EXISTS rel.mart")
    anew = [*TABLES]
    for table in SORTED:
        rows = rows_of(table, "TRUE", facts)
        if renew(con, f"rel.mart.{table}", rows, f"FROM nieuw.anders.{table}", changed[table]):
            anew.append(table)
    counts = con.execute(COUNTS).to_arrow_table().to_pylist()[0]
    fill(con, "rel", "release", [{**facts, **counts}])
    revised = add_revisions(con, previous and previous["release"], changed["waarneming"], why)
    for table in TABLES.keys() - {"release", "revisie"}:
        con.execute(f"CREATE OR REPLACE TABLE rel.mart.{table} AS FROM nieuw.mart.{table}")
    con.execute(comments_sql("rel", built.comments, anew) + macro_sql("rel") + view_sql("rel", built.comments))
    write_down(con, "rel", made_of)
    write_known(con, "rel", before, built)
    con.execute("COMMIT; CHECKPOINT rel")
    return {**counts, "revisies": revised}


def _sources(con: duckdb.DuckDBPyConnection, change: Change, previous: dict[str, Any] | None) -> set[str]:
    """The datasets that a change of figures is about."""
    sides = ["rel", "vorige"] if previous else ["rel"]
    each = (f"SELECT bron FROM {side}.mart.onderwerp WHERE {change.condition}" for side in sides)
    return {source for (said,) in con.execute(" UNION ".join(each)).fetchall() for source in said.split(", ")}
