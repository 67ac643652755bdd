"""Six expectations on synthetic rows, by the gate and by six plain queries that count the same."""

from __future__ import annotations

import json
import sys
import time

import duckdb

from pipelines.describe.expectations import Check
from pipelines.gate.described import Compiled
from pipelines.gate.judge import run_checks

ROWS = """
  CREATE TABLE kandidaat AS
  SELECT 'gemeente2024' AS gebiedsniveau, (11000 + i % 581)::TEXT AS gebied, 2000 + i // 581 % 25 AS jaar,
    i // 14525 AS reeks, CASE WHEN i % 2 = 0 THEN 'man' ELSE 'vrouw' END AS geslacht, i % 9973 AS aantal,
    i % 9973 / 9973.0 AS deel
  FROM range($rows) AS r(i)"""
CHECKS = {
    "not_null": ({"column": "aantal"}, "SELECT COUNT(*) FROM kandidaat WHERE aantal IS NULL"),
    "between": (
        {"column": "jaar", "min_value": 2000, "max_value": 2024},
        "SELECT COUNT(*) FROM kandidaat WHERE NOT jaar BETWEEN 2000 AND 2024",
    ),
    "in_set": (
        {"column": "geslacht", "value_set": ["man", "vrouw"]},
        "SELECT COUNT(*) FROM kandidaat WHERE geslacht NOT IN ('man', 'vrouw')",
    ),
    "deel": (
        {"column": "deel", "min_value": 0, "max_value": 1},
        "SELECT COUNT(*) FROM kandidaat WHERE NOT deel BETWEEN 0 AND 1",
    ),
}
NAMES = {"not_null": "expect_column_values_to_not_be_null", "in_set": "expect_column_values_to_be_in_set"}
OVER = {
    "sleutel": (
        "SELECT gebied AS eenheid, gebiedsniveau, jaar, COUNT(*) AS n, COUNT(DISTINCT reeks) AS m "
        "FROM kandidaat GROUP BY ALL",
        "n <> m",
    ),
    "som": (
        "SELECT gebied AS eenheid, gebiedsniveau, jaar, SUM(aantal) AS waargenomen FROM kandidaat GROUP BY ALL",
        "waargenomen < 0",
    ),
}


def six() -> tuple[list[Compiled], list[str]]:
    """The checks, and the queries that count what is wrong for each."""
    says = {"omschrijving": "Proef.", "dimensie": "geldigheid"}
    made = [
        Compiled(Check(id=i, **says, expectation=NAMES.get(i, "expect_column_values_to_be_between"), kwargs=kwargs))
        for i, (kwargs, _) in CHECKS.items()
    ]
    made += [Compiled(Check(id=i, **says, over=o, fout=f), o, f) for i, (o, f) in OVER.items()]
    plain = [sql for _, sql in CHECKS.values()]
    return made, plain + [f"SELECT COUNT(*) FROM ({o}) WHERE {f}" for o, f in OVER.values()]


def main() -> None:
    """Print the seconds of both, after a first small run that pays the imports."""
    checks, queries = six()
    found = {}
    for rows in (1000, int(sys.argv[1])):
        con = duckdb.connect()
        con.execute(ROWS, {"rows": rows})
        con.execute("CREATE TABLE vorige AS FROM kandidaat LIMIT 0")
        started = time.perf_counter()
        wrong = [con.execute(sql).fetchone()[0] for sql in queries]
        found["plain"] = time.perf_counter() - started
        started = time.perf_counter()
        outcomes = run_checks(con, checks, 300)
        found["gate"] = time.perf_counter() - started
        con.close()
        if any(wrong) or {o.uitslag for o in outcomes} != {"geslaagd"}:
            raise SystemExit(f"the synthetic rows are not as they should be: {wrong} {outcomes}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
