"""The figures of every dataset of a release as packed CSV, for whoever wants them without a database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import duckdb

from pipelines.home import quoted
from pipelines.publish.packed import gzipped

TABLES = "tabellen"
TODAY = "NOT REGEXP_MATCHES(gebiedsniveau, '^gemeente[0-9]')"  # the older versions are in the release itself


def text_of(work: Path, dataset: str) -> Path:
    """Where the figures of a dataset stand in the folder of a release."""
    return work / TABLES / f"{dataset}.csv.gz"


def tables_to_write(
    con: duckdb.DuckDBPyConnection, work: Path, datasets: Iterable[str], earlier: Path | None, changed: set[str]
) -> list[Callable[[], None]]:
    """What writes the table of each of these datasets, in any order, the longest first: none of one without figures.

    `con` has the release as catalog `rel`. Only these datasets have `changed` figures since the release in the folder
    `earlier`; the other tables are copied from it.
    """
    (work / TABLES).mkdir()
    rows = dict(con.execute("SELECT bron, COUNT(*) FROM rel.mart.waarneming GROUP BY bron").fetchall())
    tasks: list[tuple[int, Callable[[], None]]] = []
    for dataset in datasets:
        holding = [said for said in rows if dataset in said.split(" + ")]
        path = text_of(work, dataset)
        same = earlier and dataset not in changed and text_of(earlier, dataset)
        if same and same.exists():
            tasks.append((0, partial(shutil.copyfile, same, path)))
        elif holding:
            tasks.append((sum(rows[said] for said in holding), partial(_write, con, holding, path)))
    return [task for _, task in sorted(tasks, key=lambda known: -known[0])]


def _write(con: duckdb.DuckDBPyConnection, holding: list[str], path: Path) -> None:
    """Write the figures that say one of these as their datasets, and no file where all are on older versions; in the
    order of the release, which IN would lose: of more than a few texts DuckDB makes a join of it."""
    plain = path.with_suffix("")
    with con.cursor() as cursor:
        (rows,) = cursor.execute(
            "COPY (SELECT * EXCLUDE (periode_begin, bronversie) FROM rel.mart.waarneming "
            f"WHERE LIST_CONTAINS([{', '.join(map(quoted, holding))}], bron) AND {TODAY}) "
            f"TO {quoted(plain)} (FORMAT csv, HEADER)"
        ).fetchone()
    if rows:
        gzipped(plain, path)
    plain.unlink()
