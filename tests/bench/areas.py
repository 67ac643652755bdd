"""Ten million synthetic sector observations to five levels: the text of onderwerp.plat against a plain join and sum.

`python -m tests.bench.areas made|plain|sums|whole FILE` prints its seconds and rows; `make bench` alternates them.
`sums` runs the part of the model that joins the relations and adds up values and statuses, `whole` all of the model,
which also completes the areas and writes every sector. The plain side adds up values and knows no status. The areas
are real, the observations are not.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb
from sqlglot import exp

from pipelines.home import quoted
from pipelines.ingest.areas import load_areas
from tests.model_text import rendered

LEVELS = "('gemeente', 'provincie', 'gewest', 'centrumsteden', 'vgc')"
SUBJECTS, YEARS = 20, 49  # times 10,237 sectors is ten million
PLAIN = f"""
  SELECT d.onderwerp, r.naar_niveau, r.naar, d.periode, SUM(d.waarde) AS waarde
  FROM volledig AS d JOIN ref.gebied_relatie AS r ON r.van_niveau = d.gebiedsniveau AND r.van = d.gebied
  WHERE r.naar_niveau IN {LEVELS} GROUP BY ALL"""
COMPLETING, SUMS = "volledig", "som"  # what the model makes before and after the part that is measured


def made(file: Path) -> None:
    """The areas as the models have them, and the observations: synthetic values, one in fifty hidden or unknown."""
    con = duckdb.connect(str(file))
    load_areas(con)
    pairs = file.with_suffix(".parquet")
    con.execute(f"COPY gebied_relatie TO {quoted(pairs)} (FORMAT parquet)")
    con.execute(
        """
        CREATE SCHEMA ref;
        CREATE SCHEMA bron;
        CREATE TABLE ref.gebied AS
          SELECT *, soort = 'gebied' AND COALESCE(gewest, '') IN ('02000', '04000') AS getoond FROM gebied
        """
    )
    con.execute(
        f"""
        CREATE TABLE ref.gebiedsniveau AS
          SELECT DISTINCT gebiedsniveau, gebiedsniveau AS reeks, NULL::INTEGER AS laatste_jaar,
            gebiedsniveau IN {LEVELS} AS afgeleid
          FROM gebied
        """
    )
    relations = rendered("ref/gebied_relatie", gebied_relatie=str(pairs)).sql("duckdb")
    con.execute(f"CREATE TABLE ref.gebied_relatie AS {relations}")
    con.execute(
        f"""
        CREATE TABLE ref.onderwerp AS
          SELECT printf('v9%03d_synthetisch', i) AS onderwerp, 'som' AS aggregatie, 'proef' AS bron
          FROM range({SUBJECTS}) AS s (i);
        CREATE TABLE ref.publicatie AS
          SELECT onderwerp, 'statsec2019' AS gebiedsniveau, gewest, 'nul' AS afwezig
          FROM ref.onderwerp, (VALUES ('02000'), ('04000')) AS g (gewest);
        CREATE TABLE bron.proef AS
          SELECT onderwerp, 'statsec2019' AS gebiedsniveau, van AS gebied, (1976 + jaar)::TEXT AS periode,
            MAKE_DATE((1976 + jaar)::INT, 1, 1) AS periode_begin,
            CASE hash(van, onderwerp, jaar) % 100
              WHEN 0 THEN 'verborgen' WHEN 1 THEN 'onbekend' ELSE 'ok' END AS status,
            CASE status WHEN 'ok' THEN (hash(jaar, van, onderwerp) % 1000)::DOUBLE END AS waarde
          FROM (SELECT van FROM gebied_relatie WHERE van_niveau = 'statsec2019' ORDER BY van), ref.onderwerp,
            range({YEARS}) AS j (jaar);
        CREATE VIEW volledig AS SELECT *, TRUE AS geleverd FROM bron.proef;
        """
    )
    landing = "SELECT 'proef' AS bron, 'v1' AS bronversie"
    held = "SELECT '' AS bron, '' AS gebiedsniveau, '' AS gebied, '' AS jaar, '' AS reden, '' AS niveau_eenheid LIMIT 0"
    for name, sql in (("landing", landing), ("held", held)):
        con.execute(f"COPY ({sql}) TO {quoted(file.with_suffix('.' + name))} (FORMAT parquet)")
    con.close()


def sql_of(side: str, file: Path) -> str:
    """The query of one side; the two of the model are cut from what SQLMesh renders."""
    if side == "plain":
        return PLAIN
    model = rendered(
        "onderwerp/plat",
        datasets=["proef"],
        landing=str(file.with_suffix(".landing")),
        vastgehouden=str(file.with_suffix(".held")),
    )
    if side == "whole":
        return model.sql("duckdb")
    names = [cte.alias for cte in model.ctes]
    measured = names[names.index(COMPLETING) + 1 : names.index(SUMS) + 1]
    sums = exp.select("*").from_(SUMS)
    for cte in model.ctes:
        if cte.alias in measured:
            sums = sums.with_(cte.alias, as_=cte.this)
    return sums.sql("duckdb")


def main() -> None:
    """Run one side on the file and print its seconds and rows as JSON; it writes to a file, as the build does."""
    side, file = sys.argv[1], Path(sys.argv[2])
    if side == "made":
        made(file)
        return
    sql = sql_of(side, file)
    target = file.with_suffix(f".{side}")
    target.unlink(missing_ok=True)
    con = duckdb.connect(config={"preserve_insertion_order": "false"})
    con.execute(f"ATTACH {quoted(file)} AS proef (READ_ONLY)")
    con.execute(f"ATTACH {quoted(target)} AS resultaat")
    con.execute("USE proef")
    started = time.perf_counter()
    con.execute(f"CREATE TABLE resultaat.uit AS {sql}")
    seconds = time.perf_counter() - started
    rows = con.execute("SELECT COUNT(*) FROM resultaat.uit").fetchone()[0]
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main()
