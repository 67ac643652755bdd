"""What one city alone may see, put in its file of a release once that holds what everybody may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.levels import versions
from pipelines.describe.specfile import digest_of
from pipelines.home import Home, among, quoted, read_or_set_aside, write_json
from pipelines.later import pa
from pipelines.publish.causes import UNKNOWN
from pipelines.publish.cities import MARK, Beside, has_own, rows_of_city
from pipelines.publish.contract import CHANGED, KEY
from pipelines.publish.grades import COLUMNS, SAID, source_grades
from pipelines.publish.known import write_known
from pipelines.publish.marts import SORTED, fill, lay_out_marts
from pipelines.publish.recorded import Recorded, contents, write_record
from pipelines.transform.kept import Built, Kept, Tables
from pipelines.transform.reach import Group

FIGURES = ("mart.waarneming", "mart.profiel")
TOTALS = (*FIGURES, "mart.onderwerp")  # of a subject that a city shares in total
BY_DATASET = ("bron", "verwerking", "kalender")
OF_DETAIL = ("bestanden", "sha256", "rijen", "toelichting")  # what its files are, which it does not share
# The days as of this release, and what is overdue most first, as in what everybody has.
CALENDAR = """
  CREATE TEMP TABLE kalender AS
  SELECT * REPLACE (DATE_DIFF('day', verwacht_op, TIMESTAMP '{gemaakt_op}'::DATE) AS dagen_te_laat)
  FROM stad.mart.kalender;
  DELETE FROM stad.mart.kalender;
  INSERT INTO stad.mart.kalender FROM kalender ORDER BY verwacht_op NULLS LAST, bron"""
REVISED = f"""
  SELECT {KEY}, CASE WHEN n.status IS NULL THEN 'verdwenen' ELSE 'gewijzigd' END,
    o.waarde, n.waarde, o.status, n.status, '{UNKNOWN}', '{{vorige}}'
  FROM (FROM vorige.mart.waarneming WHERE onderwerp IN (FROM vorige.{MARK})) AS o
  LEFT JOIN stad.mart.waarneming AS n USING ({KEY})
  WHERE n.status IS NULL OR {CHANGED}
  ORDER BY ALL"""


@dataclass(frozen=True)
class OwnPart:
    """What a city has of its own: its home, the build of its datasets (an empty one where it has no figures), their
    subjects, the rows of every other table by name, the figures that are older than their newest delivery, the subjects
    of which everybody gets the total, the theme of every dataset, and what the record of a release says of it."""

    home: Home
    built: Built
    subjects: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    held: list[dict[str, Any]] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    themes: dict[str, str] = field(default_factory=dict)
    made_of: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home) -> OwnPart | None:
        """What was built last in the home of a city; None before that."""
        told = read_or_set_aside(_place(home), dict[str, Any], {})
        return cls(home, Built.of(home), **told) if told else None

    def remember(self, path: Path, facts: dict[str, Any]) -> None:
        """Write down in its own home what the file of the city in a release was made of; a part that was kept before
        this was told says nothing of it."""
        if not self.made_of:
            return
        told = contents({f"steden/{path.name}": path}, {}, [])
        write_record(self.home, Recorded(facts=facts, tables=told, **self.made_of))

    def keep(self) -> None:
        """Write down all that a release needs, so that it has the last good figures whatever happens to the rest."""
        write_json(_place(self.home), {n: v for n, v in vars(self).items() if n not in ("home", "built")})


def _place(home: Home) -> Path:
    return home.build / "eigen.json"


def with_totals(home: Home, built: Built, rows: dict[str, list[dict[str, Any]]], own: Mapping[str, OwnPart]) -> Built:
    """The build of what everybody gets, with the totals that cities share of what is their own; the rows about their
    datasets are added to `rows`. Nothing else of it goes this way, and it goes no other."""
    for city, part in own.items():
        if part.shared and part.built.steps:
            key, group, tables = _total(home, city, part)
            built = replace(built, steps=built.steps | {key: tables}, groups=built.groups | {key: group})
            told = {name: [r for r in part.rows[name] if r["bron"] in group.sources] for name in ("bron", "verwerking")}
            rows["bron"] += [{n: v for n, v in r.items() if n not in OF_DETAIL} for r in told["bron"]]
            rows["verwerking"] += told["verwerking"]
    return built


def _total(home: Home, city: str, part: OwnPart) -> tuple[str, Group, Tables]:
    """A step of the home of everybody that holds the totals which a city shares."""
    key, levels = digest_of([part.built.fingerprint, part.shared])[:32], [v.gebiedsniveau for v in versions()]
    with _connected(part.home) as con:
        part.built.lay_out(con, part.home)
        con.execute("ATTACH ':memory:' AS deel; USE deel; CREATE SCHEMA mart; CREATE SCHEMA onderwerp")
        own = f"SELECT gebiedsniveau, gebied FROM build.mart.gebied WHERE stad = {quoted(city)}"
        total = f"(gebiedsniveau, gebied) IN ({own} AND gebiedsniveau IN {among([*levels, city])})"
        for table in TOTALS:
            where = f"onderwerp IN {among(part.shared)}" + (f" AND {total}" if table in FIGURES else "")
            con.execute(f"CREATE VIEW {table} AS FROM build.{table} WHERE {where}")
        said = con.execute("SELECT DISTINCT bron FROM mart.waarneming").fetchall()
        names = among(bron for (bron,) in said)
        con.execute(f"CREATE VIEW onderwerp.bronversie AS FROM build.onderwerp.bronversie WHERE bron IN {names}")
        tables = Kept(home).keep(con, key, [*TOTALS, "onderwerp.bronversie"])
    sources = sorted({s for (bron,) in said for s in bron.split(" + ")} & {*part.themes})
    return key, Group(tuple(sources), tuple(part.shared), ()), tables


def add_own(path: Path, own: OwnPart, facts: dict[str, Any], before: Path | None, plans: Beside) -> None:
    """Add to the file of a city, which was written anew, what is its own, and what of its plan follows from that;
    `before` is the file of the last release."""
    city = path.stem
    with _connected(own.home) as con:
        _lay_out(con, own, facts)
        con.execute(f"ATTACH {quoted(path)} AS stad")
        if before:
            con.execute(f"ATTACH {quoted(before)} AS vorige (READ_ONLY)")
        con.execute("BEGIN")
        con.execute(f"CREATE TEMP TABLE eigen AS FROM stad.mart.gebied WHERE stad = {quoted(city)}")
        for table in [*SORTED, "revisie"] if own.shared else ():  # its totals are there
            if "onderwerp" in _columns(con, f"stad.mart.{table}"):
                con.execute(f"DELETE FROM stad.mart.{table} WHERE onderwerp IN {among(own.subjects)}")
        for table in SORTED if own.built.steps else ():
            if "onderwerp" in _columns(con, f"nieuw.mart.{table}"):
                where = f"onderwerp IN {among(own.subjects)} AND {rows_of_city(table, city)}"
                _add(con, table, f"FROM nieuw.mart.{table} WHERE {where} ORDER BY {SORTED[table]}")
        for table in own.rows:
            if table in BY_DATASET:
                con.execute(f"DELETE FROM stad.mart.{table} WHERE bron IN {among(own.themes)}")
            _add(con, table, f"FROM nieuw.mart.{table}")
        con.execute(CALENDAR.format(**facts))
        if before:
            if own.rows.get("datamaturiteit"):
                known = among({r["dataset"] for r in own.rows["datamaturiteit"]})
                _add(con, "datamaturiteit", f"FROM vorige.mart.datamaturiteit WHERE dataset IN {known}")
            if has_own(con, "vorige"):
                con.execute(f"INSERT INTO stad.mart.revisie {REVISED.format(vorige=facts['vorige'])}")
        con.execute("CREATE SCHEMA IF NOT EXISTS stad.opbouw")
        con.execute(f"CREATE TABLE stad.{MARK} AS SELECT UNNEST($1::TEXT[]) AS onderwerp", [own.subjects])
        write_known(con, "stad", before, own.built)
        plans.follow(con, "stad", city, "stad.mart")
        con.execute("COMMIT; CHECKPOINT stad")


def _connected(home: Home) -> duckdb.DuckDBPyConnection:
    """A connection of which nothing that is too large for memory lies where others may read it."""
    home.tmp.mkdir(exist_ok=True)
    return duckdb.connect(config={"temp_directory": str(home.tmp / "spill")})


def _lay_out(con: duckdb.DuckDBPyConnection, own: OwnPart, facts: dict[str, Any]) -> None:
    """Attach `nieuw` with the tables of what is a city's own."""
    rows = {table: [{**r, "release": facts["release"]} for r in found] for table, found in own.rows.items()}
    if own.built.steps:
        held = pa.table({n: pa.array([r[n] for r in own.held], pa.string()) for n in (*COLUMNS, *SAID)})
        lay_out_marts(con, own.home, own.built, facts, rows, source_grades(own.rows), held)
        return
    con.execute("ATTACH ':memory:' AS nieuw; CREATE SCHEMA nieuw.mart")
    for table, found in rows.items():
        fill(con, "nieuw", table, found)


def _add(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    """Add rows to a table of the file, with the columns that it has not."""
    target = f"stad.mart.{table}"
    there = _columns(con, target)
    for name, kind in _columns(con, f"({rows})").items():
        if name not in there:
            con.execute(f'ALTER TABLE {target} ADD COLUMN "{name}" {kind}')
    con.execute(f"INSERT INTO {target} BY NAME {rows}")


def _columns(con: duckdb.DuckDBPyConnection, rows: str) -> dict[str, str]:
    return {row[0]: row[1] for row in con.execute(f"DESCRIBE FROM {rows}").fetchall()}
