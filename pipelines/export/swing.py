"""Upload files for Swing, the databank that the cities have today: flat files, cubes, and a workbook that says what
each subject is, by the rules that Provincies in Cijfers publishes for its own uploads.

What Swing adds up by itself is not sent: a subject that is a sum goes up on its lowest level of areas, and on a higher
one only where the figure there is another than the sum of its parts. A rate goes up as a formula of its numerator and
denominator. Sources: the conventions of Provincies in Cijfers on reading in data, missing values, cubes and fields.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.describe.levels import load_levels
from pipelines.export.chosen import NothingToExport, choose, theme_file
from pipelines.export.swing_book import SUMS, write_book
from pipelines.home import quoted

SERIES = ("statsec", "gemeente", "arrondiss", "provincie", "gewest")
# from the finest: of one kind of area the oldest version first, whose parts went into the later ones
LEVELS = tuple(name for name, level in load_levels().items() if level.reeks in SERIES)
MISSING = {"leeg": "-99996", "verborgen": "-99997", "nvt": "-99998", "onbekend": "-99999"}
POISON = ("onbekend", "verborgen")  # one such part, and nobody knows the sum; the first is the worse
COLUMNS = 60  # of one file at most, of which three say when and where
ROWS = 1_000_000  # of one file at most
CLOSE = 1e-9  # as a part of a figure: sums in another order differ less
HERE = "period", "geolevel", "geoitem"


@dataclass(frozen=True)
class Written:
    """What an export holds, and what it leaves to Swing or cannot hold."""

    subjects: int
    files: int
    cells: int
    formulas: int
    left_to_swing: int
    without_year: int


def write_swing(database: Path, to: Path, asked: Sequence[str], said: Callable[[str], None]) -> Written:
    """Write the subjects that are asked for, or all, of a release into a folder: flat files, cubes and the workbook.
    Raises NothingToExport."""
    with duckdb.connect() as con:
        topics = choose(con, database, asked)
        to.mkdir(parents=True, exist_ok=True)
        _lay_out(con)
        flat, cells = _flat_files(con, to, said)
        cubed, more = _cube_files(con, to, said)
        if not flat and not cubed:
            raise NothingToExport("none of these subjects has a yearly figure in this release; ask for others")
        write_book(to / "metadata.xlsx", topics, _dimensions(con))
        left = con.execute(
            "SELECT (SELECT COUNT(*) FROM topic WHERE aggregatie = 'ratio'), "
            "(SELECT COUNT(*) FROM cel WHERE NOT gestuurd), "
            "(SELECT COUNT(*) FROM rel.mart.waarneming SEMI JOIN topic USING (onderwerp) WHERE LENGTH(periode) <> 4)"
        ).fetchone()
    return Written(len(topics), flat + cubed + 1, cells + more, *left)


def _lay_out(con: duckdb.DuckDBPyConnection) -> None:
    """Every yearly figure as `cel`, with whether it is sent. Of a sum one level is the base, from which Swing adds up
    the others: the one from which most follow, of those that the levels below add nothing to. A level that follows from
    it in every year, or adds nothing to it, is not sent."""
    levels = ", ".join(f"({quoted(level)}, {place})" for place, level in enumerate(LEVELS))
    worse, bad = POISON
    con.execute(
        f"CREATE TABLE niveau AS SELECT * FROM (VALUES {levels}) AS n (gebiedsniveau, hoogte);"
        "CREATE TABLE cel AS SELECT o.thema, w.onderwerp, w.periode, w.gebiedsniveau, w.gebied, w.waarde, w.status, "
        f"  n.hoogte, o.aggregatie IN {SUMS} AS telt_op "
        "FROM rel.mart.waarneming AS w JOIN topic AS o USING (onderwerp) JOIN niveau AS n USING (gebiedsniveau) "
        "WHERE o.aggregatie <> 'ratio' AND LENGTH(w.periode) = 4"
    )
    con.execute(  # what Swing makes of each level, for the areas of every other
        "CREATE TABLE opgeteld AS SELECT c.onderwerp, c.periode, c.hoogte AS basis, "
        "  r.naar_niveau AS gebiedsniveau, r.naar AS gebied, SUM(c.waarde) AS som, CASE "
        f"    WHEN BOOL_OR(c.status = '{worse}') THEN '{worse}' WHEN BOOL_OR(c.status = '{bad}') THEN '{bad}' "
        "    WHEN COUNT(c.waarde) > 0 THEN 'ok' ELSE MIN(c.status) END AS uitkomst "
        "FROM cel AS c JOIN rel.mart.gebied_relatie AS r ON r.van_niveau = c.gebiedsniveau AND r.van = c.gebied "
        "JOIN niveau AS n ON n.gebiedsniveau = r.naar_niveau WHERE c.telt_op AND r.aard = 'exact' GROUP BY ALL"
    )
    con.execute(  # which level follows from which; a lower one, where nothing is known that the other does not say
        "CREATE TABLE volgt AS SELECT b.onderwerp, b.periode, b.basis, b.eronder, c.gebiedsniveau, COUNT(*) AS cellen, "
        "  ANY_VALUE(c.hoogte < b.basis) AS ligt_eronder "
        "FROM (SELECT DISTINCT onderwerp, periode, hoogte AS basis, "
        "  DENSE_RANK() OVER (PARTITION BY onderwerp, periode ORDER BY hoogte) - 1 AS eronder "
        "  FROM cel WHERE telt_op) AS b "
        "JOIN cel AS c ON c.onderwerp = b.onderwerp AND c.periode = b.periode AND c.hoogte <> b.basis "
        "LEFT JOIN opgeteld AS s ON s.onderwerp = c.onderwerp AND s.periode = c.periode AND s.basis = b.basis "
        "  AND s.gebiedsniveau = c.gebiedsniveau AND s.gebied = c.gebied GROUP BY ALL HAVING BOOL_AND(COALESCE(CASE "
        "  WHEN c.status <> 'ok' THEN c.hoogte < b.basis OR s.uitkomst = c.status "
        f"  ELSE s.uitkomst = 'ok' AND ABS(c.waarde - s.som) <= {CLOSE} * GREATEST(1, ABS(c.waarde)) END, FALSE))"
    )
    con.execute(
        "CREATE TABLE gekozen AS SELECT onderwerp, periode, ARG_MAX(basis, (cellen, -basis)) AS basis "
        "FROM (SELECT onderwerp, periode, basis, SUM(cellen) AS cellen FROM volgt "
        "  GROUP BY onderwerp, periode, basis, eronder HAVING COUNT(*) FILTER (ligt_eronder) = eronder) GROUP BY ALL;"
        "ALTER TABLE cel ADD COLUMN gestuurd BOOLEAN DEFAULT TRUE;"
        "UPDATE cel SET gestuurd = FALSE FROM volgt AS v JOIN gekozen AS g USING (onderwerp, periode, basis) "
        "WHERE v.onderwerp = cel.onderwerp AND v.periode = cel.periode AND v.gebiedsniveau = cel.gebiedsniveau;"
        # a level above the base that is sent in one year is sent in all
        "UPDATE cel SET gestuurd = TRUE FROM gekozen AS g WHERE g.onderwerp = cel.onderwerp "
        "AND g.periode = cel.periode AND cel.hoogte > g.basis AND (cel.onderwerp, cel.gebiedsniveau) IN ("
        "  SELECT (c.onderwerp, c.gebiedsniveau) FROM cel AS c JOIN gekozen AS k USING (onderwerp, periode) "
        "  WHERE c.gestuurd AND c.hoogte > k.basis)"
    )


def _flat_files(con: duckdb.DuckDBPyConnection, to: Path, said: Callable[[str], None]) -> tuple[int, int]:
    """A file for the subjects of a theme that go over the same years on one level; how many, and their cells."""
    found = con.execute(
        "SELECT thema, gebiedsniveau, jaren, LIST(onderwerp ORDER BY onderwerp) FROM (SELECT thema, onderwerp, "
        "gebiedsniveau, ANY_VALUE(hoogte) AS hoogte, LIST(DISTINCT periode ORDER BY periode) AS jaren "
        "FROM cel WHERE gestuurd GROUP BY ALL) GROUP BY ALL ORDER BY thema, ANY_VALUE(hoogte), jaren"
    ).fetchall()
    numbers: dict[str, int] = defaultdict(int)
    files = cells = 0
    for theme, level, years, codes in found:
        (areas,) = con.execute("SELECT COUNT(DISTINCT gebied) FROM cel WHERE gebiedsniveau = ?", [level]).fetchone()
        for some_codes in _parts(codes, COLUMNS - len(HERE)):
            for some_years in _parts(years, max(1, ROWS // areas)):
                name = f"{theme_file(theme)}-{level}"
                numbers[name] += 1
                cells += _flat_file(con, to / f"{name}-{numbers[name]}.csv", level, some_years, some_codes)
                files += 1
        said(f"{theme}, {level}: {len(codes)} subjects, {years[0]} to {years[-1]}")
    return files, cells


def _flat_file(
    con: duckdb.DuckDBPyConnection, path: Path, level: str, years: Sequence[str], codes: Sequence[str]
) -> int:
    columns = ", ".join(f'MAX(code) FILTER (onderwerp = {quoted(code)}) AS "{code}"' for code in codes)
    rows = (
        f"SELECT periode AS period, gebiedsniveau AS geolevel, {_item('gebied')} AS geoitem, {columns} "
        f"FROM (SELECT *, {_code()} AS code FROM cel WHERE gestuurd AND gebiedsniveau = {quoted(level)} "
        f"AND periode IN {_listed(years)} AND onderwerp IN {_listed(codes)}) GROUP BY ALL ORDER BY ALL"
    )
    (written,) = con.execute(f"COPY ({rows}) TO {quoted(path)} (HEADER, DELIMITER ',')").fetchone()
    return written * len(codes)


def _cube_files(con: duckdb.DuckDBPyConnection, to: Path, said: Callable[[str], None]) -> tuple[int, int]:
    """A file per cube, with a column for each of its dimensions, of every year on the lowest level; how many, and their
    cells."""
    files = cells = 0
    for code, dimensions in _cubes(con).items():
        columns = ", ".join(f'"{d}" AS "{_dimension_code(code, d)}"' for d in dimensions)
        rows = (
            f"SELECT periode AS period, gebiedsniveau AS geolevel, {_item('gebied')} AS geoitem, {columns}, "
            f'{_code()} AS "{code}" FROM rel.mart.kubus JOIN niveau USING (gebiedsniveau) '
            f"WHERE onderwerp = {quoted(code)} AND LENGTH(periode) = 4 "
            "QUALIFY hoogte = MIN(hoogte) OVER (PARTITION BY periode) ORDER BY ALL"
        )
        (written,) = con.execute(f"COPY ({rows}) TO {quoted(to / f'{code}.csv')} (HEADER, DELIMITER ',')").fetchone()
        files, cells = files + 1, cells + written
        said(f"{code}: {written:,} rows by {', '.join(dimensions)}")
    return files, cells


def _cubes(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The cubes that are asked for, each with the dimensions that it has."""
    fixed = {"onderwerp", "gebiedsniveau", "gebied", "periode", "periode_begin", "waarde", "status"}
    names = [c for (c, *_) in con.execute("DESCRIBE rel.mart.kubus").fetchall() if c not in fixed]
    counted = ", ".join(f'COUNT("{n}")' for n in names)
    rows = con.execute(
        f"SELECT onderwerp, {counted} FROM rel.mart.kubus SEMI JOIN topic USING (onderwerp) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {code: [n for n, count in zip(names, counts, strict=True) if count] for code, *counts in rows}


def _dimensions(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, list[str]]]:
    """The dimensions of the cubes by their code in Swing, each with its name and its items."""
    return {
        _dimension_code(cube, name): (
            name.replace("_", " "),
            [
                str(item)
                for (item,) in con.execute(
                    f'SELECT DISTINCT "{name}" FROM rel.mart.kubus WHERE onderwerp = ? ORDER BY 1', [cube]
                ).fetchall()
            ],
        )
        for cube, names in _cubes(con).items()
        for name in names
    }


def _dimension_code(cube: str, dimension: str) -> str:
    """The code of a dimension in Swing: the four digits of the cube's theme, and its name."""
    return f"v{cube.removeprefix('kubus')[:4]}_{dimension}"


def _code() -> str:
    """SQL of a cell as Swing reads it: a whole number without a point, or the code of what is missing."""
    cases = " ".join(f"WHEN '{status}' THEN '{code}'" for status, code in MISSING.items())
    whole = (
        "CASE WHEN waarde = TRUNC(waarde) AND ABS(waarde) < 1e15 THEN waarde::BIGINT::VARCHAR ELSE waarde::VARCHAR END"
    )
    return f"CASE status {cases} ELSE {whole} END"


def _item(area: str) -> str:
    """SQL of the code of an area in Swing, where 04000 is 4000."""
    return f"LTRIM({area}, '0')"


def _parts(values: Sequence[str], size: int) -> list[Sequence[str]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _listed(values: Sequence[str]) -> str:
    return f"({', '.join(map(quoted, values))})"
