"""A merger that is announced and in no release yet: a file with rows as those of the list of areas."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from pipelines.publish.territory import TerritoryError

HEADER = ["van_niveau", "van", "naar_niveau", "naar"]


def load_announced(con: duckdb.DuckDBPyConnection, path: Path | None, after: str, versions: list[str]) -> str | None:
    """Load the relations of a file as the table `aangekondigd` and return the version that they start from.

    Without a file the table is empty and the answer None. The rows lead whole municipalities of one known version to
    the version `after`, and those of `after` to their provincie if they like. Raises TerritoryError.
    """
    con.execute("CREATE TEMP TABLE aangekondigd (van_niveau TEXT, van TEXT, naar_niveau TEXT, naar TEXT)")
    if path is None:
        return None
    rows = _rows(path)
    start = {r[0] for r in rows if r[2] == after}
    if after in versions or len(start) != 1 or not start <= set(versions):
        found = ", ".join(sorted(start)) or "nothing"
        raise TerritoryError(
            f"{path} must lead from one of {', '.join(versions)} to '{after}', a name that no version has yet; "
            f"it leads there from {found}"
        )
    (known,) = start
    codes = {g for (g,) in con.execute("SELECT gebied FROM gebied WHERE gebiedsniveau = ?", [known]).fetchall()}
    provinces = {g for (g,) in con.execute("SELECT gebied FROM gebied WHERE gebiedsniveau = 'provincie'").fetchall()}
    targets = {r[3] for r in rows if r[2] == after}
    seen: set[tuple[str, str]] = set()
    for level, code, to_level, target in rows:
        where = f"{path}: {level} {code}"
        if (level, to_level) not in ((known, after), (after, "provincie")):
            raise TerritoryError(f"{where} goes to {to_level}, neither {after} nor its provincie; leave it out")
        if level == known and code not in codes:
            raise TerritoryError(f"{where} is no municipality of the release; correct the code")
        if level == after and (code not in targets or target not in provinces):
            raise TerritoryError(f"{where} goes to provincie {target}, and one of the two is unknown; correct the code")
        if (level, code) in seen:
            raise TerritoryError(f"{where} stands there twice; an area lies wholly in one other")
        seen.add((level, code))
    for _, _, to_level, code in rows:
        if to_level == after and code in codes and (known, code) not in seen:
            raise TerritoryError(f"{path}: {code} grows and has no row of its own; add {known};{code};{after};{code}")
    con.executemany("INSERT INTO aangekondigd VALUES (?, ?, ?, ?)", rows)
    return known


def _rows(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise TerritoryError(f"{path} cannot be read as UTF-8 text; give a file that can be") from err
    header, *rows = [*csv.reader(lines, delimiter=";")] or [[]]
    if header != HEADER:
        raise TerritoryError(f"{path} starts with '{';'.join(header)}'; its first line must be {';'.join(HEADER)}")
    for row in rows:
        if len(row) != len(HEADER) or not all(row):
            raise TerritoryError(f"{path}: the row '{';'.join(row)}' must have {len(HEADER)} filled cells")
    return rows
