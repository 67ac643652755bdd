"""Make a release: a new immutable DuckDB file of plain tables, one file per city, swapped in at the end."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.describe.catalogue import City
from pipelines.home import Home, fsync_dir, now, quoted, write_json
from pipelines.publish.changes import CHANGED, KEY
from pipelines.publish.contract import TABLES, comments_sql, create_sql
from pipelines.publish.grades import GRADED
from pipelines.publish.modes import give
from pipelines.publish.releases import (
    MAIN,
    database_path,
    facts_of,
    intact,
    list_releases,
    next_number,
    point,
    sound_current,
)
from pipelines.publish.territory import macro_sql
from pipelines.transform.kept import Built

STORAGE = "STORAGE_VERSION 'v1.4.0'"
SORTED = {
    "waarneming": "gebied, onderwerp, gebiedsniveau, periode",
    "kubus": "gebied, onderwerp, gebiedsniveau, periode",
    "verschil": "gebied, onderwerp, gebiedsniveau, periode",
    "grens": "gebied, onderwerp, gebiedsniveau, periode",
    "onderwerp": "onderwerp",
    "gebied": "gebiedsniveau, gebied",
    "gebied_relatie": "van_niveau, van, naar_niveau, naar",
    "profiel": "gebied, onderwerp, gebiedsniveau",
    "buur": "gebied, groep, volgorde",
    "buur_kenmerk": "gebied, onderwerp",
}
SHARED = "gebiedsniveau IN ('provincie', 'gewest', 'centrumsteden', 'vgc')"
OWN = "(gebiedsniveau, gebied) IN (SELECT gebiedsniveau, gebied FROM eigen)"
FILTERS = {
    "waarneming": f"{SHARED} OR {OWN}",
    "kubus": OWN,
    "verschil": f"{SHARED} OR {OWN}",
    "grens": f"{SHARED} OR {OWN}",
    "gebied": SHARED + " OR stad = '{stad}'",
    "gebied_relatie": "(van_niveau, van) IN (SELECT gebiedsniveau, gebied FROM eigen)",
    "profiel": "stad = '{stad}'",
    "buur": "gebied IN (SELECT gebied FROM eigen)",
    "buur_kenmerk": "gebied IN (SELECT gebied FROM eigen)",
    "revisie": f"{SHARED} OR {OWN}",
    "kwaliteit": "gebied IS NULL OR gebied IN (SELECT gebied FROM eigen)",
    "datamaturiteit": "stad = '{stad}'",
}
EARLIER = "database_name = 'vorige' AND schema_name = 'mart' AND table_name = 'datamaturiteit'"
DIFFERENCES = """
  INSERT INTO rel.mart.kwaliteit BY NAME
  WITH verschil AS (
    SELECT *, ABS(verschil) > 1e-9 * GREATEST(1, ABS(waarde)) AS anders FROM rel.mart.verschil
  )
  SELECT 'bouw' AS punt, bron, 'som_van_delen' AS controle, 'consistentie' AS dimensie, 'waarschuwing' AS ernst,
    'Wat de uitgever een gebied geeft, is de som van wat hij zijn delen geeft.' AS omschrijving,
    CASE WHEN BOOL_OR(anders) THEN 'gefaald' ELSE 'geslaagd' END AS uitslag,
    COUNT(*) AS gezien, COUNT(*) FILTER (anders) AS afwijkend,
    ARG_MAX(FORMAT('{} in {} {}, {}: {:.10g}', onderwerp, gebiedsniveau, gebied, periode, waarde), ABS(verschil))
      FILTER (anders) AS waargenomen,
    ARG_MAX(FORMAT('{:.10g}', som), ABS(verschil)) FILTER (anders) AS verwacht
  FROM verschil GROUP BY bron ORDER BY bron
"""
PROFILE = """
  SELECT p.*, w.kwaliteit, DATE_DIFF('month',
    CASE WHEN o.periodesoort = 'stand' THEN p.periode_begin ELSE p.periode_begin + INTERVAL 1 YEAR END,
    TIMESTAMP '{gemaakt_op}') AS ouderdom_maanden
  FROM build.mart.profiel AS p
  JOIN build.mart.onderwerp AS o USING (onderwerp)
  LEFT JOIN rel.mart.waarneming AS w USING (onderwerp, gebiedsniveau, gebied, periode)"""


def publish(
    home: Home,
    built: Built,
    fingerprint: str,
    rows: dict[str, list[dict[str, Any]]],
    held: pa.Table,
    cities: list[City],
    themes: dict[str, str],
    groups: dict[str, str],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Publish what the build holds and return the manifest.

    `rows` holds the rows of mart.bron, mart.kwaliteit and mart.datamaturiteit, `held` the figures that are older than
    their newest delivery. Nothing that readers see changes before
    the last step; a kill at any moment leaves the old release or the new one.
    """
    from pipelines.publish.dcat_ap import write_catalogue  # rdflib is slow to import

    earlier = list_releases(home)
    previous = sound_current(home)
    previous = previous if intact(home, previous) else next((m for m in reversed(earlier) if intact(home, m)), None)
    moment = now()
    number = next_number(home)
    name = f"{moment:%Y-%m-%d}-{number:04d}"
    work = home.releases / f".new-{name}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "steden").mkdir(parents=True)
    facts = {
        "release": name,
        "volgnummer": number,
        "gemaakt_op": moment.replace(tzinfo=None).isoformat(timespec="seconds"),
        "vorige": previous["release"] if previous else None,
        "vingerafdruk": fingerprint,
    }
    say("writing the release")
    counts = _write_main(home, work, built, facts, rows, held, previous)
    with duckdb.connect() as con:  # the city files share what it has read of the release
        con.execute(f"ATTACH {quoted(work / MAIN)} AS rel (READ_ONLY)")
        say("writing the catalogue")
        beside = write_catalogue(con, work, facts, rows["bron"], themes)
        say(f"writing {len(cities)} city files")

        def write(city: City) -> None:
            with con.cursor() as own:
                _write_city(own, work / "steden" / f"{city.stad}.duckdb", city, built.comments)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, cities))
    files = {}
    for path in [work / MAIN, *sorted((work / "steden").glob("*")), *beside]:
        if path.suffix != ".duckdb" and path not in beside:
            raise RuntimeError(f"{path} lies beside the release, which must consist of what was written for it alone")
        give(path, groups)
        _fsync(path)
        files[str(path.relative_to(work))] = facts_of(path)
    manifest = {**facts, **counts, "bestanden": files}
    write_json(work / "manifest.json", manifest)
    for folder in sorted({path.parent for path in [*(work / "steden").iterdir(), *beside]}):
        fsync_dir(folder)
    fsync_dir(work)
    os.rename(work, home.releases / name)
    fsync_dir(home.releases)
    point(home, name)
    return manifest


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_main(
    home: Home,
    work: Path,
    built: Built,
    facts: dict[str, Any],
    rows: dict[str, list[dict[str, Any]]],
    held: pa.Table,
    previous: dict[str, Any] | None,
) -> dict[str, Any]:
    con = duckdb.connect()
    try:
        built.lay_out(con, home)
        con.execute(f"ATTACH {quoted(work / MAIN)} AS rel ({STORAGE})")
        if previous:
            con.execute(f"ATTACH {quoted(database_path(home, previous))} AS vorige (READ_ONLY)")
        con.execute("BEGIN")
        con.execute("CREATE SCHEMA rel.mart")
        content = {**rows, "datamaturiteit": [{**r, "release": facts["release"]} for r in rows["datamaturiteit"]]}
        for table, filled in content.items():
            _fill(con, table, filled)
        con.execute(
            "CREATE TEMP TABLE vastgehouden AS SELECT * REPLACE (aanvaard_op::TIMESTAMP AS aanvaard_op) FROM held"
        )
        for table, order in SORTED.items():
            made = {"waarneming": GRADED, "profiel": PROFILE.format(**facts)}
            source = made.get(table, f"SELECT * FROM build.mart.{table}")
            con.execute(f"CREATE TABLE rel.mart.{table} AS {source} ORDER BY {order}")
        con.execute(DIFFERENCES)
        counts = dict(
            zip(
                ("onderwerpen", "waarnemingen", "cijfers"),
                con.execute(
                    "SELECT COUNT(DISTINCT onderwerp), COUNT(*), COUNT(waarde) FROM rel.mart.waarneming"
                ).fetchone(),
                strict=True,
            )
        )
        _fill(con, "release", [{**facts, **counts}])
        con.execute(create_sql("rel", "revisie"))
        if previous:
            con.execute(_revisions(previous["release"]))
            if con.execute(f"SELECT 1 FROM duckdb_tables() WHERE {EARLIER}").fetchone():
                con.execute("INSERT INTO rel.mart.datamaturiteit BY NAME FROM vorige.mart.datamaturiteit")
        con.execute(comments_sql("rel", built.comments) + macro_sql("rel"))
        revised = con.execute("SELECT COUNT(*) FROM rel.mart.revisie").fetchone()[0]
        con.execute("COMMIT")
        con.execute("CHECKPOINT rel")
        con.execute("DETACH rel")
    finally:
        con.close()
    return {**counts, "revisies": revised}


def _fill(con: duckdb.DuckDBPyConnection, table: str, content: list[dict[str, Any]]) -> None:
    con.execute(create_sql("rel", table))
    if not content:
        return
    columns = TABLES[table][1]
    texts = {c: [None if r.get(c) is None else _plain(r[c]) for r in content] for c in columns}
    con.register("rijen", pa.table({c: pa.array(v, pa.string()) for c, v in texts.items()}))
    casts = ", ".join(f"CAST({c} AS {kind})" for c, (kind, _) in columns.items())
    con.execute(f"INSERT INTO rel.mart.{table} SELECT {casts} FROM rijen")
    con.unregister("rijen")


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _revisions(previous: str) -> str:
    return f"""
      INSERT INTO rel.mart.revisie
      SELECT {KEY}, CASE WHEN n.status IS NULL THEN 'verdwenen' ELSE 'gewijzigd' END,
        o.waarde, n.waarde, o.status, n.status, '{previous}'
      FROM vorige.mart.waarneming AS o LEFT JOIN rel.mart.waarneming AS n USING ({KEY})
      WHERE n.status IS NULL OR {CHANGED}
      ORDER BY ALL"""


def _write_city(con: duckdb.DuckDBPyConnection, path: Path, city: City, comments: dict[str, dict[str, Any]]) -> None:
    """Write what one city gets of the release attached as `rel`."""
    own = f'"{city.stad}"'
    con.execute(f"ATTACH {quoted(path)} AS {own} ({STORAGE})")
    con.execute("BEGIN")
    con.execute(f"CREATE SCHEMA {own}.mart")
    con.execute(f"CREATE TEMP TABLE eigen AS SELECT * FROM rel.mart.gebied WHERE stad = '{city.stad}'")
    for table in [*SORTED, *TABLES]:
        where = FILTERS.get(table, "TRUE").format(stad=city.stad)
        con.execute(f"CREATE TABLE {own}.mart.{table} AS SELECT * FROM rel.mart.{table} WHERE {where}")
    con.execute(comments_sql(own, comments) + macro_sql(own))
    con.execute("COMMIT")
    con.execute(f"CHECKPOINT {own}")
    con.execute(f"DETACH {own}")
