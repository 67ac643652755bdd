"""What a release is going to hold: the marts of the build with their grades, and what describes the release."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from pipelines.home import Home
from pipelines.later import pa
from pipelines.publish.causes import HIDDEN, HIDDEN_BY_US, UNKNOWN
from pipelines.publish.contract import CHANGED, KEY, TABLES, create_sql
from pipelines.publish.grades import GRADED, HELD, Grades
from pipelines.publish.known import tell_price
from pipelines.publish.patch import Change
from pipelines.transform.kept import Built

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
EARLIER = "database_name = 'vorige' AND schema_name = 'mart' AND table_name = 'datamaturiteit'"
DIFFERENCES = """
  INSERT INTO nieuw.mart.kwaliteit BY NAME
  WITH verschil AS (
    SELECT *, ABS(verschil) > 1e-9 * GREATEST(1, ABS(waarde)) AS anders FROM nieuw.mart.verschil
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
  SELECT p.* EXCLUDE (einde), w.kwaliteit, CASE WHEN p.einde <= TIMESTAMP '{gemaakt_op}'
    THEN DATE_DIFF('month', p.einde, TIMESTAMP '{gemaakt_op}') END AS ouderdom_maanden
  FROM (FROM nieuw.mart.waarneming WHERE {about}) AS w
  RIGHT JOIN (
    SELECT r.*, o.naam AS onderwerp_naam, o.thema, o.eenheid,
      CASE WHEN o.periodesoort = 'stand' OR t.onderwerp IS NOT NULL THEN r.periode_begin
        ELSE r.periode_begin + INTERVAL 1 YEAR END AS einde
    FROM (FROM build.mart.profiel WHERE {about}) AS r JOIN build.mart.onderwerp AS o USING (onderwerp)
    LEFT JOIN (SELECT DISTINCT onderwerp FROM build.ref.term WHERE jaren_terug > 0) AS t
      ON t.onderwerp IN (o.onderwerp, o.teller)
  ) AS p USING (onderwerp, gebiedsniveau, gebied, periode)"""


def lay_out_marts(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    built: Built,
    facts: dict[str, Any],
    rows: dict[str, list[dict[str, Any]]],
    grades: Grades,
    held: pa.Table,
) -> None:
    """Attach `nieuw` with the tables of a release: large ones as views over the build, the others filled.

    A release that is attached as `vorige` gives its history. `mart.release` and `mart.revisie` are not there yet.
    """
    built.lay_out(con, home)
    con.execute("ATTACH ':memory:' AS nieuw; CREATE SCHEMA nieuw.mart")
    for table, filled in rows.items():
        fill(con, "nieuw", table, filled)
    older = "SELECT * REPLACE (aanvaard_op::TIMESTAMP AS aanvaard_op) FROM held"
    con.execute(f"CREATE TABLE nieuw.main.vastgehouden AS {older}")
    con.execute("CREATE TABLE nieuw.main.graad (bron VARCHAR, oud BOOLEAN, waarschuwing BOOLEAN)")
    con.executemany("INSERT INTO nieuw.main.graad VALUES (?, ?, ?)", [[bron, *told] for bron, told in grades.items()])
    # without what is held, no area needs to be looked through for it
    con.execute(f"CREATE TABLE nieuw.main.geteld AS FROM ({HELD}){'' if held.num_rows else ' LIMIT 0'}")
    made = {"waarneming": GRADED, "profiel": PROFILE.format(about="TRUE", **facts)}
    for table in SORTED:
        con.execute(f"CREATE VIEW nieuw.mart.{table} AS {made.get(table, f'SELECT * FROM build.mart.{table}')}")
    con.execute(DIFFERENCES)
    tell_price(con, built)
    if con.execute(f"SELECT 1 FROM duckdb_tables() WHERE {EARLIER}").fetchone():
        con.execute("INSERT INTO nieuw.mart.datamaturiteit BY NAME FROM vorige.mart.datamaturiteit")


def rows_of(table: str, about: str, facts: dict[str, Any]) -> str:
    """SQL for the rows of a table of a release of which this holds, in their order."""
    rows = f"FROM nieuw.mart.{table} WHERE {about}"
    if table == "profiel":  # by its view every figure would be looked through for them
        rows = PROFILE.format(about=about, **facts)
    return f"SELECT * FROM ({rows}) ORDER BY {SORTED[table]}"


def add_revisions(con: duckdb.DuckDBPyConnection, previous: str | None, change: Change, why: dict[str, str]) -> int:
    """Fill `mart.revisie` with every value, of what changed, that is otherwise than in the previous release, and per
    subject `why`; how many."""
    con.execute(create_sql("rel", "revisie"))
    if previous and change:
        con.register("oorzaak", pa.table({"onderwerp": [*why], "oorzaak": pa.array(why.values(), pa.string())}))
        new = "rel.mart.waarneming" if change.whole else "nieuw.anders.waarneming"
        con.execute(f"""
          INSERT INTO rel.mart.revisie
          SELECT {KEY}, CASE WHEN n.status IS NULL THEN 'verdwenen' ELSE 'gewijzigd' END,
            o.waarde, n.waarde, o.status, n.status,
            CASE WHEN {HIDDEN_BY_US} THEN '{HIDDEN}' ELSE COALESCE(oorzaak, '{UNKNOWN}') END, '{previous}'
          FROM (FROM vorige.mart.waarneming WHERE {change.condition}) AS o
          LEFT JOIN (FROM {new} WHERE {change.condition}) AS n USING ({KEY})
          LEFT JOIN oorzaak USING (onderwerp)
          WHERE n.status IS NULL OR {CHANGED}
          ORDER BY ALL""")
        con.unregister("oorzaak")
    return con.execute("SELECT COUNT(*) FROM rel.mart.revisie").fetchone()[0]


def fill(con: duckdb.DuckDBPyConnection, catalog: str, table: str, content: list[dict[str, Any]]) -> None:
    """Make a table that describes the release, with these rows."""
    con.execute(create_sql(catalog, table))
    if not content:
        return
    columns = TABLES[table][1]
    texts = {c: [None if r.get(c) is None else _plain(r[c]) for r in content] for c in columns}
    con.register("rijen", pa.table({c: pa.array(v, pa.string()) for c, v in texts.items()}))
    casts = ", ".join(f"CAST({c} AS {kind})" for c, (kind, _) in columns.items())
    con.execute(f"INSERT INTO {catalog}.mart.{table} SELECT {casts} FROM rijen")
    con.unregister("rijen")


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
