"""The rules of a star, as Power BI has them: a key is unique whatever its capitals, a relation goes from many to one,
nothing hangs on what is not there, every table and column says what it is, and a table of dates has no gaps."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

Relations = Sequence[tuple[str, str]]


def faults_in_duckdb(con: duckdb.DuckDBPyConnection, relations: Relations) -> list[str]:
    """What is wrong with the tables `orba.*` of a file, in SQL."""
    found = []
    for table, column in sorted({tuple(to.split(".")) for _, to in relations}):
        key = f"lower(CAST({column} AS VARCHAR))"
        twice = f"SELECT {key} FROM orba.{table} GROUP BY 1 HAVING COUNT(*) > 1 OR MIN({column}) IS NULL"
        found += [f"{table}.{column} {key} twice" for (key,) in con.execute(twice).fetchall()]
    for source, to in relations:
        (table, column), (other, key) = source.split("."), to.split(".")
        there = f"{column} IS NULL OR {column} IN (SELECT {key} FROM orba.{other})"
        lost = f"SELECT {column} FROM orba.{table} WHERE NOT ({there})"
        found += [f"{source} {value} is not in {to}" for (value,) in con.execute(lost).fetchall()]
    days = con.execute("SELECT COUNT(*), MAX(datum) - MIN(datum) + 1 FROM orba.datum").fetchone()
    found += [f"{days[0]} days of {days[1]}"] if days[0] and days[0] != days[1] else []
    silent = """SELECT table_name FROM duckdb_tables() WHERE schema_name = 'orba' AND comment IS NULL
      UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns()
      WHERE schema_name = 'orba' AND comment IS NULL"""
    return found + [f"{name} says nothing" for (name,) in con.execute(silent).fetchall()]


def faults_in_pandas(con: duckdb.DuckDBPyConnection, relations: Relations) -> list[str]:
    """The same of the keys and relations, by merging as pandas does, many to one."""
    named = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'orba'").fetchall()
    frames = {name: con.execute(f"FROM orba.{name}").df() for (name,) in named}
    found = []
    for source, to in relations:
        (table, column), (other, key) = source.split("."), to.split(".")
        left, right = frames[table][[column]].dropna(), frames[other][[key]]
        try:
            merged = left.merge(right, "left", left_on=column, right_on=key, validate="many_to_one", indicator="kant")
        except pd.errors.MergeError as err:
            found.append(f"{source}: {err}")
            continue
        found += [f"{source} {value} is not in {to}" for value in merged.loc[merged.kant == "left_only", column]]
    return found
