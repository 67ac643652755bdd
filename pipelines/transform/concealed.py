"""Hide, of a dataset whose cells are not public at the source, what is too small and what would give that away.

It is done once, in the figures that everything else is computed from: what is computed of shown figures tells no more
than they do. Areas, versions of areas, months and years, subjects and cubes are one linear system (`suppress.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import Topic
from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.later import pa
from pipelines.transform.linked import Linked
from pipelines.transform.sets import BETWEEN, counted, cube_parts, sets_of
from pipelines.transform.totals import refuse_totals

METHOD = 2  # another number hides anew
HIDDEN = "verborgen: kleiner dan {}, of nodig om zo'n getal niet te kunnen terugrekenen"
STATE, KNOWN = "geheim.stand", "opbouw.eerder"  # what is shown of a build, and what readers may have by now
EARLIER = ("onderwerp", "gebiedsniveau", "gebied", "periode", "cel", "waarde")  # of what a reader may have by now
# of a cube cell that was hidden and does not occur any more: a row, so that it can stay hidden
GONE = """
INSERT INTO mart.kubus BY NAME
SELECT e.onderwerp, e.gebiedsniveau, e.gebied, e.periode, k.periode_begin, {dimensions}, 0.0 AS waarde, 'ok' AS status
FROM (SELECT DISTINCT * FROM geheim_eerder WHERE waarde IS NULL AND onderwerp = {cube}) AS e
JOIN ref.periode AS k ON k.periode = e.periode
SEMI JOIN onderwerp.plat AS p ON p.gebiedsniveau = e.gebiedsniveau AND p.gebied = e.gebied AND p.periode = e.periode
ANTI JOIN {cubes} AS c ON c.onderwerp = e.onderwerp AND c.gebiedsniveau = e.gebiedsniveau AND c.gebied = e.gebied
  AND c.periode = e.periode AND c.cel = e.cel"""
PLACES = """
CREATE SCHEMA geheim;
CREATE TABLE geheim.rij AS
SELECT s.verzameling, g.grondgebied, p.periode, p.waarde, p.status, p.gebiedsniveau, p.gebied
FROM onderwerp.plat AS p JOIN geheim_soort AS s ON s.onderwerp = p.onderwerp AND s.cel = ''
JOIN ref.grondgebied AS g ON g.gebiedsniveau = p.gebiedsniveau AND g.gebied = p.gebied
UNION ALL
SELECT s.verzameling, g.grondgebied, k.periode, k.waarde, k.status, k.gebiedsniveau, k.gebied
FROM {cubes} AS k JOIN geheim_soort AS s ON s.onderwerp = k.onderwerp AND s.cel = k.cel
JOIN ref.grondgebied AS g ON g.gebiedsniveau = k.gebiedsniveau AND g.gebied = k.gebied;
CREATE TABLE geheim.plaats AS
SELECT ROW_NUMBER() OVER (ORDER BY k.jaar, o.volgorde, r.periode) - 1 AS plaats, r.grondgebied, r.periode,
  k.jaar, k.periodiciteit
FROM (SELECT DISTINCT grondgebied, periode FROM geheim.rij) AS r
JOIN geheim_volgorde AS o ON o.grondgebied = r.grondgebied
JOIN ref.periode AS k ON k.periode = r.periode"""
MASK = """
CREATE TABLE geheim.dicht AS
SELECT DISTINCT s.onderwerp, s.cel, g.gebiedsniveau, g.gebied, p.periode
FROM geheim_verborgen AS v JOIN geheim.plaats AS p USING (plaats) JOIN geheim_soort AS s USING (verzameling)
JOIN ref.grondgebied AS g USING (grondgebied);
CREATE TABLE geheim.was AS
SELECT r.onderwerp, r.gebiedsniveau, r.gebied, r.periode, r.cel, r.waarde > 0 AND r.waarde < s.drempel AS klein
FROM (
  SELECT onderwerp, gebiedsniveau, gebied, periode, '' AS cel, waarde, status FROM onderwerp.plat
  UNION ALL SELECT onderwerp, gebiedsniveau, gebied, periode, cel, waarde, status FROM {cubes}
) AS r
JOIN geheim_soort AS s ON s.onderwerp = r.onderwerp AND s.cel = r.cel
WHERE r.status = 'ok';
CREATE TABLE geheim.plat AS
WITH eigen AS (
  SELECT p.*, d.onderwerp IS NOT NULL OR (p.waarde > 0 AND p.waarde < s.drempel) AS dicht
  FROM onderwerp.plat AS p
  LEFT JOIN geheim_soort AS s ON s.onderwerp = p.onderwerp AND s.cel = ''
  LEFT JOIN geheim.dicht AS d ON d.onderwerp = p.onderwerp AND d.cel = '' AND d.gebiedsniveau = p.gebiedsniveau
    AND d.gebied = p.gebied AND d.periode = p.periode
), gevolgd AS (
  SELECT e.*, COALESCE(g.dicht, e.dicht, FALSE) OR (v.onderwerp IS NOT NULL AND g.status IS DISTINCT FROM 'ok') AS weg
  FROM eigen AS e
  LEFT JOIN geheim_volger AS v ON v.onderwerp = e.onderwerp
  LEFT JOIN eigen AS g ON g.onderwerp = v.drempelonderwerp AND g.gebiedsniveau = e.gebiedsniveau
    AND g.gebied = e.gebied AND g.periode = e.periode
)
SELECT * EXCLUDE (dicht, weg) REPLACE (
  CASE WHEN NOT weg THEN waarde END AS waarde,
  CASE WHEN weg AND status = 'ok' THEN 'verborgen' ELSE status END AS status,
  CASE WHEN weg AND status = 'ok' THEN {reason} ELSE reden END AS reden,
  CASE WHEN NOT weg AND status = 'ok' THEN gekend END AS gekend,
  0 AS verborgen)
FROM gevolgd;
DROP VIEW onderwerp.plat;
CREATE TABLE onderwerp.plat AS FROM geheim.plat ORDER BY onderwerp, gebiedsniveau, gebied, periode;
CREATE OR REPLACE TABLE onderwerp.opgelost AS SELECT * REPLACE (NULL::DOUBLE AS waarde, NULL::DOUBLE AS som)
FROM onderwerp.opgelost"""
MASK_CUBES = """
CREATE OR REPLACE TABLE mart.kubus AS
SELECT k.* EXCLUDE cel REPLACE (
  CASE WHEN d.onderwerp IS NULL THEN k.waarde END AS waarde,
  CASE WHEN d.onderwerp IS NOT NULL AND k.status = 'ok' THEN 'verborgen' ELSE k.status END AS status)
FROM {cubes} AS k
LEFT JOIN geheim.dicht AS d ON d.onderwerp = k.onderwerp AND d.cel = k.cel AND d.gebiedsniveau = k.gebiedsniveau
  AND d.gebied = k.gebied AND d.periode = k.periode
ORDER BY k.onderwerp, k.gebiedsniveau, k.gebied, k.periode, k.cel"""
SHOWN = """
CREATE TABLE geheim.stand AS
SELECT r.onderwerp, r.gebiedsniveau, r.gebied, r.periode, r.cel, r.waarde, o.klein
FROM (
  SELECT onderwerp, gebiedsniveau, gebied, periode, '' AS cel, waarde, status FROM onderwerp.plat
  UNION ALL SELECT onderwerp, gebiedsniveau, gebied, periode, cel, waarde, status FROM {cubes}
) AS r
JOIN geheim.was AS o USING (onderwerp, gebiedsniveau, gebied, periode, cel)
ORDER BY ALL"""
COLUMNS = [*((c, "VARCHAR") for c in EARLIER[:-1]), ("waarde", "DOUBLE"), ("klein", "BOOLEAN")]


@dataclass(frozen=True)
class Hiding:
    """What is hidden of a dataset: below which number, of which subjects, and what readers have by now."""

    spec: Dataset
    topics: list[Topic]
    earlier: pa.Table | None

    @property
    def decides(self) -> list[Any]:
        """All that it follows from beside the figures."""
        said = [[t.onderwerp, t.drempel, t.drempelonderwerp, t.periodesoort] for t in self.topics]
        rows = [*map(str, self.earlier.to_pylist())] if self.earlier else []
        return [METHOD, self.spec.drempel, said, digest_of(sorted(rows))]

    def __call__(self, con: duckdb.DuckDBPyConnection) -> None:
        """Hide in onderwerp.plat and mart.kubus, before anything is computed from them. Raises
        Unprotected and TotalAmongParts."""
        spec, own = self.spec, self.topics
        assert spec.drempel, "a dataset that is public at the source has nothing to hide"
        nothing = pa.table({c: pa.array([], pa.float64() if c == "waarde" else pa.string()) for c in EARLIER})
        con.register("eerder", nothing if self.earlier is None else self.earlier)
        con.execute("CREATE TABLE geheim_eerder AS FROM eerder")
        con.unregister("eerder")
        cubes = _cubes(own)
        for cube in [t for t in own if t.soort == "kubus"]:
            told = ", ".join(f"{part} AS {named(d)}" for d, part in cube_parts(cube, "e.cel").items())
            con.execute(GONE.format(dimensions=told, cube=quoted(cube.onderwerp), cubes=cubes))
        used = {n for t in own for n in (*t.waar, *t.dimensies)}
        refuse_totals(con, spec, used, {measure for t in own for _, measure in counted(t, spec.id) if measure})
        sets = sets_of(con, spec, own)
        thresholds = {code: max(spec.drempel, t.drempel or 0) for t in own for code, _ in counted(t, spec.id)}
        flows = {code for t in own if t.periodesoort == "lopend" for code, _ in counted(t, spec.id)}
        kinds = [(code, "", number) for code, number in sets.flat.items()]
        kinds += [(code, _cell(key), n) for code, cells in sets.cubes.items() for key, n in cells.items()]
        columns = ["onderwerp", "cel", "verzameling", "drempel"]
        _table(con, "geheim_soort", columns, [(*k, thresholds[k[0]]) for k in kinds])
        follow = [(t.onderwerp, t.drempelonderwerp) for t in own if t.drempelonderwerp]
        follow += [(f"{t.onderwerp}.teller", f"{t.onderwerp}.noemer") for t in own if t.aggregatie == "gewogen"]
        _table(con, "geheim_volger", ["onderwerp", "drempelonderwerp"], follow or [("", "")])
        _table(con, "geheim_volgorde", ["grondgebied", "volgorde"], _order(con))
        con.execute(PLACES.format(cubes=cubes))
        found = Linked(con, sets, kinds, thresholds, flows, spec.drempel)
        _table(con, "geheim_verborgen", ["verzameling", "plaats"], found.hidden() or [(-1, -1)])
        con.execute(MASK.format(cubes=cubes, reason=quoted(HIDDEN.format(spec.drempel))))
        if any(t.soort == "kubus" for t in own):
            con.execute(MASK_CUBES.format(cubes=cubes))
        con.execute(SHOWN.format(cubes=cubes))


def hiding_of(
    sources: tuple[str, ...], topics: Mapping[str, Topic], datasets: Mapping[str, Dataset], release: Path | None
) -> Hiding | None:
    """What must be hidden of subjects that hang on these datasets; nothing of one whose cells are public at the source,
    or of what is computed from shown figures. `release` is the file of the last one."""
    spec = datasets.get(sources[0]) if len(sources) == 1 else None
    if spec is None or not spec.drempel:
        return None
    own = [t for t in topics.values() if t.sourced and spec.id in t.bron]
    return Hiding(spec, own, earlier_figures(release, [t.onderwerp for t in own]))


def earlier_figures(release: Path | None, subjects: list[str]) -> pa.Table | None:
    """What readers may have of these subjects by the releases so far."""
    if release is None:
        return None
    with duckdb.connect(str(release), read_only=True) as con:
        if not con.execute(
            f"SELECT 1 FROM duckdb_tables() WHERE schema_name || '.' || table_name = '{KNOWN}'"
        ).fetchone():
            return None
        asked = f"SELECT {', '.join(EARLIER)} FROM {KNOWN} WHERE onderwerp IN (SELECT UNNEST(?::TEXT[])) ORDER BY ALL"
        return con.execute(asked, [subjects]).to_arrow_table()


def _cubes(topics: list[Topic]) -> str:
    """mart.kubus with the cell of every row as one text; a dataset without cubes has no such table."""
    cells = " ".join(
        f"WHEN onderwerp = {quoted(t.onderwerp)} THEN CONCAT_WS(CHR({ord(BETWEEN)}), {key})"
        for t in topics
        if t.soort == "kubus"
        for key in [", ".join(f"{named(d)}::TEXT" for d in t.dimensies)]
    )
    if not cells:
        return "(SELECT *, '' AS cel FROM onderwerp.plat LIMIT 0)"
    return f"(SELECT *, CASE {cells} END AS cel FROM mart.kubus)"


def _cell(key: tuple[Any, ...]) -> str:
    return BETWEEN.join(map(str, key))


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    con.register("rijen", pa.table([[r[i] for r in rows] for i in range(len(columns))], names=columns))
    con.execute(f"CREATE TABLE {name} AS FROM rijen")
    con.unregister("rijen")


def _order(con: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """The territories, each after what it is a part of: neighbours stand together."""
    above: dict[int, int] = {}
    for part, whole in con.execute("SELECT deel, geheel FROM ref.deel ORDER BY trede, partitie").fetchall():
        above.setdefault(part, whole)
    paths = {}
    for (area,) in con.execute("SELECT DISTINCT grondgebied FROM ref.grondgebied").fetchall():
        path = [area]
        while path[-1] in above:
            path.append(above[path[-1]])
        paths[area] = path[::-1]
    return [(area, i) for i, area in enumerate(sorted(paths, key=lambda a: paths[a]))]
