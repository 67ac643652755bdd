"""Names of areas: how a publisher's name is held against the names in the register (docs/adr/0032).

A name is compared without case, accents, hyphens, apostrophes and blanks. Where two places bear one name Statbel
writes the arrondissement behind it, `Aalst (Aalst)`: such a name is double, and means nothing by itself.
"""

from __future__ import annotations

import duckdb

from pipelines.describe.levels import load_levels
from pipelines.describe.specfile import ROOT
from pipelines.home import quoted

NAMES = ROOT / "sources" / "gebieden" / "naam.csv"
POSTCODES = ROOT / "sources" / "gebieden" / "postcode.csv"

KINDS = r"^(provincie|province|provinz|prov|arrondissement)\W+((van|de|du|d)\W+)?"
BEHIND = r"\(([^)]*)\)\s*$"
# Per area of a level each of its names: `eigen` is the one that the register shows, `dubbel` one that another place
# bears too. `omgeving` are the names of the province and arrondissement around it, `codes` their codes.
NAMED = f"""
CREATE OR REPLACE MACRO naamsleutel(t) AS regexp_replace(
  regexp_replace(strip_accents(lower(t)), {quoted(KINDS)}, ''), '[^a-z0-9]', '', 'g');
CREATE OR REPLACE MACRO naamkern(t) AS naamsleutel(regexp_replace(t, {quoted(BEHIND)}, ''));
CREATE OR REPLACE MACRO naamstaart(t) AS naamsleutel(regexp_extract(t, {quoted(BEHIND)}, 1));
CREATE OR REPLACE VIEW genoemd AS
WITH RECURSIVE gewoon AS (
  SELECT g.gebiedsniveau, n.reeks, g.gebied, g.naam FROM gebied AS g JOIN gebiedsniveau AS n USING (gebiedsniveau)
  WHERE g.soort = 'gebied' AND n.reeks <> 'statsec' AND g.gebiedsniveau IN ({", ".join(map(quoted, load_levels()))})),
namen AS (
  SELECT gebiedsniveau, reeks, gebied, naam, TRUE AS eigen FROM gewoon
  UNION ALL SELECT a.gebiedsniveau, a.reeks, a.gebied, n.naam, FALSE FROM gewoon AS a JOIN naam AS n USING (gebied)),
dubbel AS (
  SELECT DISTINCT a.reeks, naamkern(n.naam) AS kern FROM gewoon AS a JOIN naam AS n USING (gebied)
  WHERE naamstaart(n.naam) <> ''),
keten AS (
  SELECT gebiedsniveau, reeks, gebied, gebiedsniveau AS naar_niveau, gebied AS naar FROM gewoon
  UNION
  SELECT k.gebiedsniveau, k.reeks, k.gebied, r.naar_niveau, r.naar FROM keten AS k
  JOIN gebied_relatie AS r ON r.van_niveau = k.naar_niveau AND r.van = k.naar),
rondom AS (
  SELECT k.gebiedsniveau, k.gebied, list(DISTINCT naamkern(n.naam)) AS omgeving, list(DISTINCT k.naar) AS codes
  FROM keten AS k JOIN namen AS n ON n.gebiedsniveau = k.naar_niveau AND n.gebied = k.naar
  WHERE n.reeks IN ('provincie', 'arrondiss') AND n.reeks <> k.reeks GROUP BY ALL)
SELECT a.gebiedsniveau, a.gebied, naamsleutel(a.naam) AS sleutel, naamkern(a.naam) AS kern,
  bool_or(a.eigen) AS eigen, bool_or(d.kern IS NOT NULL) AS dubbel,
  COALESCE(any_value(r.omgeving), []) AS omgeving, COALESCE(any_value(r.codes), []) AS codes
FROM namen AS a LEFT JOIN dubbel AS d ON d.reeks = a.reeks AND d.kern = naamkern(a.naam)
LEFT JOIN rondom AS r ON r.gebiedsniveau = a.gebiedsniveau AND r.gebied = a.gebied GROUP BY 1, 2, 3, 4
"""


def load_names(con: duckdb.DuckDBPyConnection) -> None:
    """Load the names and postcodes beside the area lists that the connection holds, and the view `genoemd`."""
    for table, path in {"naam": NAMES, "postcode": POSTCODES}.items():
        read = f"read_csv({quoted(path)}, delim=';', header=true, all_varchar=true)"
        con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {read}")
    con.execute(NAMED)


def candidates(cells: str) -> str:
    """SQL: for every row of `cells` (niveau, naam, provincie, postcode; the last two may be empty) the areas of its
    level that bear the name.

    `past` says whether an area lies where the row says, `enig` that no other does. `zeker` is a name that can mean
    nothing else: when it is double, the row says where it is.
    """
    return f"""
    WITH cel AS (SELECT *, naamkern(naam) AS kern, naamsleutel(naam) AS sleutel, naamstaart(naam) AS staart,
        naamkern(provincie) AS waar FROM ({cells})),
    mogelijk AS (
      SELECT c.niveau, c.naam, c.provincie, c.postcode, g.gebied, bool_or(g.eigen) AS eigen,
        bool_or(g.dubbel) AND c.staart = '' AND c.waar = '' AND c.postcode = '' AS dubbel,
        bool_or(c.staart = '' OR g.sleutel = c.sleutel OR list_contains(g.omgeving, c.staart))
        AND bool_or(c.waar = '' OR list_contains(g.omgeving, c.waar))
        AND bool_or(c.postcode = '' OR EXISTS (
          FROM postcode AS p WHERE c.postcode BETWEEN p.van AND p.tot AND list_contains(g.codes, p.provincie))) AS past
      FROM cel AS c JOIN genoemd AS g ON g.gebiedsniveau = c.niveau AND g.kern = c.kern
      GROUP BY c.niveau, c.naam, c.provincie, c.postcode, g.gebied, c.staart, c.waar)
    SELECT *, past AND COUNT(*) FILTER (WHERE past) OVER (PARTITION BY niveau, naam, provincie, postcode) = 1 AS enig,
      enig AND NOT dubbel AS zeker
    FROM mogelijk"""


def held_against_codes(said: str, aliases: str) -> str:
    """SQL: every row of `said` (gebiedsniveau, eenheid, jaar, gebied, waargenomen, provincie, postcode) with what its
    name should be as `verwacht`, which is the name itself where that is a name of the code.

    A name of several areas is that of the one which the register shows so, unless the row says where it is.
    `aliases` are the declared 'code name' as SQL literals.
    """
    cells = "SELECT DISTINCT gebiedsniveau AS niveau, waargenomen AS naam, provincie, postcode FROM k"
    return f"""
      WITH k AS ({said}), m AS ({candidates(cells)})
      SELECT k.gebiedsniveau, k.eenheid, k.jaar, k.waargenomen,
        CASE WHEN m.past AND (m.eigen OR m.enig) OR concat(k.gebied, ' ', k.waargenomen) IN ({aliases})
          THEN k.waargenomen ELSE concat(g.naam, ' (', k.gebied, ')') END AS verwacht
      FROM k LEFT JOIN m ON m.niveau = k.gebiedsniveau AND m.naam = k.waargenomen AND m.provincie = k.provincie
        AND m.postcode = k.postcode AND m.gebied = k.gebied
      LEFT JOIN gebied AS g ON g.gebiedsniveau = k.gebiedsniveau AND g.gebied = k.gebied"""
