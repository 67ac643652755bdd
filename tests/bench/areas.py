"""Ten million synthetic sector observations to higher levels: the text of the models against a plain join and sum.

`python -m tests.bench.areas made|plain|alike|sums|whole FILE` prints its seconds, processor seconds and rows;
`make bench` alternates them. `sums` is onderwerp.gekozen and onderwerp.opgelost: it adds up values and statuses to nine
levels, with the municipalities of 2018 and 2024 and the parts of municipalities. `whole` also makes
onderwerp.aangevuld, which completes the areas and writes every sector. The plain side adds up values to five levels and
knows no status; `alike` does so to all nine. The areas are real, the observations are not.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from pipelines.home import quoted
from pipelines.landing.areas import load_areas
from pipelines.landing.register import built_in
from pipelines.transform.build import CONNECTOR
from tests.models.model_text import rendered

FIVE = ("gemeente", "provincie", "gewest", "centrumsteden", "vgc")
NINE = (*FIVE, "gemeente2018", "gemeente2024", "deelgemeente2024", "wijk2024")  # those of the models
SUBJECTS, YEARS = 20, 49  # times 10,237 sectors is ten million
PLAIN = """
  SELECT d.onderwerp, r.naar_niveau, r.naar, d.periode, SUM(d.waarde) AS waarde
  FROM onderwerp.volledig AS d JOIN ref.gebied_relatie AS r ON r.van_niveau = d.gebiedsniveau AND r.van = d.gebied
  WHERE r.naar_niveau IN {levels} GROUP BY ALL"""
LEVELS = {"plain": FIVE, "alike": NINE}
SUMS = ["gekozen", "opgelost"]
SIDES = {"plain": ["plain"], "alike": ["alike"], "sums": SUMS, "whole": ["aangevuld", *SUMS]}


def made(file: Path) -> None:
    """The areas as the models have them, and the observations: synthetic values, one in fifty hidden or unknown."""
    con = duckdb.connect(str(file), config=CONNECTOR)
    load_areas(con)
    con.execute("CREATE SCHEMA ref; CREATE SCHEMA bron; CREATE SCHEMA onderwerp")
    lists = {table: str(path) for table, path in built_in().items()}
    for model in ("gebied", "gebiedsniveau", "gebied_relatie", "bereik", "stap", "grondgebied", "deel", "periode"):
        con.execute(f"CREATE TABLE ref.{model} AS {rendered(f'ref/{model}', **lists).sql('duckdb')}")
    con.execute(
        f"""
        CREATE TABLE ref.onderwerp AS
          SELECT printf('v9%03d_synthetisch', i) AS onderwerp, 'som' AS aggregatie, 'proef' AS bron,
            'stand' AS periodesoort, TRUE AS telt_op
          FROM range({SUBJECTS}) AS s (i);
        CREATE TABLE ref.publicatie AS
          SELECT onderwerp, 'statsec2019' AS gebiedsniveau, gewest, 'nul' AS afwezig
          FROM ref.onderwerp, (VALUES ('02000'), ('04000')) AS g (gewest);
        CREATE TABLE bron.proef AS
          SELECT onderwerp, 'statsec2019' AS gebiedsniveau, van AS gebied, (1976 + jaar)::TEXT AS periode,
            CASE hash(van, onderwerp, jaar) % 100
              WHEN 0 THEN 'verborgen' WHEN 1 THEN 'onbekend' ELSE 'ok' END AS status,
            CASE status WHEN 'ok' THEN (hash(jaar, van, onderwerp) % 1000)::DOUBLE END AS waarde,
            NULL::TEXT AS jaarreden
          FROM (SELECT DISTINCT van FROM gebied_relatie WHERE van_niveau = 'statsec2019' ORDER BY van), ref.onderwerp,
            range({YEARS}) AS j (jaar);
        CREATE VIEW onderwerp.gepubliceerd AS {rendered("onderwerp/gepubliceerd", datasets=["proef"]).sql("duckdb")}
        """
    )
    columns = ("bron", "periodesoort", "gebiedsniveau", "gebied", "jaar", "reden", "niveau_eenheid")
    held = ", ".join(f"'' AS {column}" for column in columns)
    con.execute(f"COPY (SELECT {held} LIMIT 0) TO {quoted(file.with_suffix('.held'))} (FORMAT parquet)")
    for step in ("reeks", "aangevuld", "jaarsom", "weg"):
        con.execute(f"CREATE TABLE onderwerp.{step} AS {sql_of(step, file)}")
    con.execute(f"CREATE VIEW onderwerp.volledig AS {sql_of('volledig', file)}")
    con.close()


def sql_of(step: str, file: Path) -> str:
    """The query of one step; those of the models are what SQLMesh renders."""
    if step in LEVELS:
        return PLAIN.format(levels=LEVELS[step])
    return rendered(f"onderwerp/{step}", vastgehouden=str(file.with_suffix(".held"))).sql("duckdb")


def main() -> None:
    """Run one side on the file and print its seconds, and its rows per level, as JSON; its tables stay in memory, as in
    a build."""
    side, file = sys.argv[1], Path(sys.argv[2])
    if side == "made":
        made(file)
        return
    steps = {step: sql_of(step, file) for step in SIDES[side]}
    con = duckdb.connect(config={**CONNECTOR, "temp_directory": str(file.with_suffix(f".{side}.tmp"))})
    con.execute(f"ATTACH {quoted(file)} AS proef (READ_ONLY)")
    con.execute("ATTACH ':memory:' AS resultaat")
    con.execute("CREATE SCHEMA resultaat.onderwerp; USE proef")
    started, worked = time.perf_counter(), time.process_time()
    for step, sql in steps.items():
        for made_here in steps:
            sql = sql.replace(f'"onderwerp"."{made_here}"', f'resultaat."onderwerp"."{made_here}"')
        con.execute(f"CREATE TABLE resultaat.onderwerp.{step} AS {sql}")
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    level = "naar_niveau" if side in LEVELS else "gebiedsniveau"
    each = f"SELECT {level}, COUNT(*) FROM resultaat.onderwerp.{step} GROUP BY 1 ORDER BY 1"
    print(json.dumps({"seconds": seconds, "processor": processor, "rows": dict(con.execute(each).fetchall())}))


if __name__ == "__main__":
    main()
