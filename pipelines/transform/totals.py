"""A row that is a total among the categories of a dimension: of a dataset that is not public at the source it tells
what is hidden of the others, so it is refused."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import Problem
from pipelines.ingest.read.cast import named
from pipelines.later import np

ENOUGH = 5  # groups of rows: in fewer, codes add up by chance
GROUPS, NUMBERS = 20_000, 4_000_000  # at most so many groups are looked at, and so many numbers
SHOWN = 3  # codes in a sentence
PLACE = ("gebied", "gebiedsniveau", "jaar", "kwartaal", "maand")


class TotalAmongParts(Problem):
    """A code that is the sum of others of its dimension."""


def refuse_totals(con: duckdb.DuckDBPyConnection, spec: Dataset, names: set[str], measures: set[str]) -> None:
    """Look for totals in the dimensions of a dataset: its key, and the `names` that subjects use. Raises
    TotalAmongParts."""
    own = sorted(({*spec.key} | names) - {*PLACE})
    around = [n for n in PLACE if n in spec.columns]
    for name in own:
        for measure in sorted(measures):
            codes, counts = _table(con, spec, name, [*around, *(n for n in own if n != name)], measure)
            if found := total_among(counts):
                total, *parts = (str(codes[i]) for i in found)
                several = f"{', '.join(parts[:SHOWN])}{f' en {len(parts) - SHOWN} andere' if parts[SHOWN:] else ''}"
                raise TotalAmongParts(
                    f"{spec.id}: in {name} is '{total}' overal de som van {several}, en daaruit volgt wat verborgen "
                    "is; laat die rijen weg met excluded in de beschrijving"
                )


def total_among(counts: Any) -> list[int] | None:
    """A column that in every row with others is the sum of some of them, and those; None if there is none."""
    size = counts.sum(axis=0)
    for total in np.argsort(-size, kind="stable"):
        below = (counts <= counts[:, [total]]).all(axis=0) & (size > 0)
        below[total] = False
        others = np.flatnonzero(below)
        beside = counts[:, others].sum(axis=1)
        rows = (counts[:, total] > 0) & (beside > 0)
        if rows.sum() < ENOUGH or (beside[rows] < counts[rows, total]).any():
            continue
        others = others[np.argsort(size[others], kind="stable")]
        table = counts[np.ix_(rows, others)]
        free = _independent(table)
        share = np.linalg.lstsq(table[:, free], counts[rows, total], rcond=None)[0]
        parts = others[free][share > 0.5]
        if np.allclose(counts[np.ix_(rows, parts)].sum(axis=1), counts[rows, total], rtol=0, atol=1e-6):
            return [int(total), *map(int, sorted(parts))]
    return None


def _independent(table: Any) -> list[int]:
    """The columns that are no combination of those before them."""
    found: list[int] = []
    basis = np.zeros((len(table), 0))
    for i, column in enumerate(table.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)  # once more: what rounding left
        if (size := np.linalg.norm(rest)) > 1e-9 * np.linalg.norm(column):
            found.append(i)
            basis = np.c_[basis, rest / size]
    return found


def _table(
    con: duckdb.DuckDBPyConnection, spec: Dataset, name: str, group: list[str], measure: str
) -> tuple[list[Any], Any]:
    """The codes of a dimension, and per group of rows that are otherwise the same their counts: of the fullest groups,
    and none of which a count is not known."""
    told = f"""WITH rij AS (
        SELECT HASH({", ".join(map(named, group))}) AS groep, {named(name)} AS code, {named(measure)} AS aantal
        FROM landing.{spec.id} WHERE NOT {named(name)} IS NULL
      ), code AS (
        SELECT code, ROW_NUMBER() OVER (ORDER BY code) - 1 AS kolom FROM (SELECT DISTINCT code FROM rij)
      ), groep AS (
        SELECT groep, ROW_NUMBER() OVER (ORDER BY COUNT(DISTINCT code) DESC, groep) - 1 AS rij FROM rij
        GROUP BY groep HAVING COUNT(aantal) = COUNT(*) AND COUNT(DISTINCT code) > 1
        ORDER BY COUNT(DISTINCT code) DESC, groep
        LIMIT LEAST({GROUPS}, {NUMBERS} // (SELECT COUNT(*) FROM code))
      )"""
    codes = [code for (code,) in con.execute(f"{told} SELECT code FROM code ORDER BY kolom").fetchall()]
    found = con.execute(
        f"{told} SELECT g.rij, c.kolom, SUM(r.aantal)::DOUBLE AS aantal FROM rij AS r JOIN groep AS g USING (groep) "
        "JOIN code AS c USING (code) GROUP BY ALL"
    ).fetchnumpy()
    counts = np.zeros((int(found["rij"].max(initial=-1)) + 1, len(codes)))
    counts[found["rij"], found["kolom"]] = found["aantal"]
    return codes, counts
