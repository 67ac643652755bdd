"""What changes between two versions of the municipalities: areas, codes, provinces, and the figures of our cities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.home import quoted
from pipelines.publish.announced import load_announced
from pipelines.publish.show import as_table
from pipelines.publish.territory import TerritoryError, version_of

OUTCOMES = {"leeg": "become empty", "onvolledig": "lack a part", "som": "become sums"}

PARTS = """
CREATE TEMP TABLE deel AS
SELECT
  COALESCE(a.naar, r.naar, g.gebied) AS naar,
  g.gebied AS van,
  g.naam,
  g.stad,
  k.naam AS nieuwe_naam,
  p.naar AS provincie,
  COALESCE(z.naar, CASE WHEN MIN(q.naar) OVER nieuw = MAX(q.naar) OVER nieuw THEN q.naar END) AS nieuwe_provincie,
  COUNT(*) OVER nieuw AS delen
FROM gebied AS g
LEFT JOIN gebied_relatie AS r ON r.van_niveau = $van AND r.van = g.gebied AND r.naar_niveau = $bekend
LEFT JOIN aangekondigd AS a ON a.van_niveau = $bekend AND a.van = COALESCE(r.naar, g.gebied)
LEFT JOIN gebied AS k ON k.gebiedsniveau = $bekend AND k.gebied = COALESCE(a.naar, r.naar, g.gebied)
LEFT JOIN gebied_relatie AS p ON p.van_niveau = $van AND p.van = g.gebied AND p.naar_niveau = $provincie
LEFT JOIN gebied_relatie AS q ON q.van_niveau = $van AND q.van = g.gebied AND q.naar_niveau = $nieuwe_provincie
LEFT JOIN aangekondigd AS z ON z.van_niveau = $naar AND z.van = a.naar
WHERE g.gebiedsniveau = $van
WINDOW nieuw AS (PARTITION BY COALESCE(a.naar, r.naar, g.gebied))
"""

CELLS = """
WITH eigen AS (
  SELECT DISTINCT naar, stad FROM deel WHERE delen > 1 AND stad IS NOT NULL
), cel AS (
  SELECT d.naar, w.onderwerp, w.periode, BOOL_OR(w.status IN ('onbekend', 'verborgen')) AS deel_ontbreekt
  FROM waarneming AS w
  JOIN deel AS d ON d.van = w.gebied
  SEMI JOIN eigen AS e ON e.naar = d.naar
  WHERE w.gebiedsniveau = $van
  GROUP BY ALL
  HAVING BOOL_OR(w.status = 'ok')
), geteld AS (
  SELECT
    c.naar,
    c.onderwerp,
    CASE
      WHEN o.aggregatie = 'geen' THEN CASE WHEN n.status = 'ok' THEN 'gegeven' ELSE 'leeg' END
      WHEN COALESCE(n.status <> 'ok', c.deel_ontbreekt) THEN 'onvolledig'
      ELSE 'som'
    END AS uitkomst
  FROM cel AS c
  JOIN onderwerp AS o ON o.onderwerp = c.onderwerp
  LEFT JOIN waarneming AS n
    ON n.gebiedsniveau = $naar AND n.gebied = c.naar AND n.onderwerp = c.onderwerp AND n.periode = c.periode
)
SELECT
  e.stad,
  e.naar AS gebied,
  g.onderwerp,
  COUNT(*) FILTER (WHERE g.uitkomst = 'leeg') AS leeg,
  COUNT(*) FILTER (WHERE g.uitkomst = 'onvolledig') AS onvolledig,
  COUNT(*) FILTER (WHERE g.uitkomst = 'som') AS som
FROM eigen AS e
JOIN geteld AS g ON g.naar = e.naar
GROUP BY ALL
ORDER BY ALL
"""


def diff(path: Path, before: str, after: str, announced: Path | None = None) -> dict[str, Any]:
    """What changes in a release from one version or year to another, which a file may announce: areas, and counts of
    cells (subject and period) of our cities. Raises TerritoryError."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quoted(path)} AS obmi (READ_ONLY)")
        con.execute("USE obmi.mart")
        municipal, provincial = _versions(con, "gemeente"), _versions(con, "provincie")
        old = _named(con, municipal, before)
        known = load_announced(con, announced, after, list(municipal)) or _named(con, municipal, after)
        if municipal[old] > municipal[known]:
            raise TerritoryError(f"{old} came after {known}; give the older version first")
        levels = {"van": old, "naar": after if announced else known}
        of = {
            v: min((p for p in provincial if provincial[p] >= municipal[v]), key=provincial.get) for v in (old, known)
        }
        con.execute(PARTS, {**levels, "bekend": known, "provincie": of[old], "nieuwe_provincie": of[known]})
        cells = con.execute(CELLS, levels).to_arrow_table().to_pylist()
        return {**levels, **_areas(con), **_cities(con, cells)}


def _versions(con: duckdb.DuckDBPyConnection, level: str) -> dict[str, int]:
    """The versions of a level with the last year of each, oldest first; today's has no end."""
    return dict(
        con.execute(
            "SELECT gebiedsniveau, COALESCE(YEAR(MAX(geldig_tot)), 9999) AS laatste FROM gebied "
            "WHERE starts_with(gebiedsniveau, ?) AND gebiedsniveau IN (SELECT van_niveau FROM gebied_relatie "
            "UNION SELECT naar_niveau FROM gebied_relatie) GROUP BY gebiedsniveau ORDER BY laatste",
            [level],
        ).fetchall()
    )


def _named(con: duckdb.DuckDBPyConnection, versions: dict[str, int], asked: str) -> str:
    if asked.isdecimal():
        return version_of(con, int(asked))
    if asked not in versions:
        raise TerritoryError(
            f"no version of the municipalities is named '{asked}'; give a year or one of {', '.join(versions)}"
        )
    return asked


def _areas(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = con.execute("SELECT * FROM deel ORDER BY naar, van").to_arrow_table().to_pylist()
    provinces = con.execute(
        "SELECT gebied, MIN(naam) FROM gebied WHERE gebiedsniveau LIKE 'provincie%' GROUP BY gebied"
    )
    names = dict(provinces.fetchall())
    old, new = {r["van"] for r in rows}, {r["naar"] for r in rows}
    changed = [
        {
            "delen": [{"gebied": r["van"], "naam": r["naam"]} for r in rows if r["naar"] == code],
            "gebied": code,
            "naam": next(r["nieuwe_naam"] for r in rows if r["naar"] == code),
            "code_blijft": any(r["van"] == r["naar"] == code for r in rows),
        }
        for code in sorted({r["naar"] for r in rows if r["van"] != r["naar"]})
    ]
    return {
        "fusies": [c for c in changed if len(c["delen"]) > 1],
        "hernummerd": [c for c in changed if len(c["delen"]) == 1],
        "nieuwe_codes": sorted(new - old),
        "verdwenen_codes": sorted(old - new),
        "andere_provincie": [
            {
                "gebied": r["van"],
                "naam": r["naam"],
                "in": r["naar"],
                "van": _area(r["provincie"], names),
                "naar": _area(r["nieuwe_provincie"], names),
            }
            for r in rows
            if r["provincie"] != r["nieuwe_provincie"]
        ],
    }


def _area(code: str | None, names: dict[str, str]) -> dict[str, str | None]:
    return {"gebied": code, "naam": names.get(code)}


def _cities(con: duckdb.DuckDBPyConnection, cells: list[dict[str, Any]]) -> dict[str, Any]:
    names = [
        stad
        for (stad,) in con.execute("SELECT DISTINCT stad FROM profiel WHERE stad IS NOT NULL ORDER BY stad").fetchall()
    ]
    cities = {}
    for name in names:
        own = [c for c in cells if c["stad"] == name]
        subjects = [{k: c[k] for k in ("gebied", "onderwerp", *OUTCOMES)} for c in own]
        cities[name] = {**{k: sum(c[k] for c in own) for k in OUTCOMES}, "onderwerpen": subjects}
    return {"steden": cities, "totaal": {k: sum(c[k] for c in cities.values()) for k in OUTCOMES}}


def as_text(found: dict[str, Any]) -> str:
    """What changes, for a person."""
    merged = [c for c in found["fusies"] if not c["code_blijft"]]
    grown = [c for c in found["fusies"] if c["code_blijft"]]
    lines = [f"From {found['van']} to {found['naar']}: {len(found['fusies'])} mergers"]
    for title, changes in (
        ("Merge under a new code", merged),
        ("Keep their code and grow", grown),
        ("Same territory, new code", found["hernummerd"]),
    ):
        lines += ["", title, *(f"  {_change(c)}" for c in changes)] if changes else []
    for title, codes in (("New codes", found["nieuwe_codes"]), ("Gone codes", found["verdwenen_codes"])):
        lines += ["", f"{title}: {' '.join(codes)}"] if codes else []
    if found["andere_provincie"]:
        lines += ["", "Change province"]
        lines += [
            f"  {_said(p)} (in {p['in']}): {_said(p['van'])} → "
            + (_said(p["naar"]) if p["naar"]["gebied"] else "not said; add a row to provincie to the file")
            for p in found["andere_provincie"]
        ]
    hit = {name: c for name, c in found["steden"].items() if c["onderwerpen"]}
    lines += ["", "Cells (subject and period) of our cities that have a figure now"]
    for name, city in hit.items():
        counts = ", ".join(f"{city[k]:,} {text}" for k, text in OUTCOMES.items())
        lines += [f"{name}: {counts}", as_table(pa.Table.from_pylist(city["onderwerpen"])), ""]
    totals = ", ".join(f"{found['totaal'][k]:,} {text}" for k, text in OUTCOMES.items())
    spared = ", ".join(name for name in found["steden"] if name not in hit)
    return "\n".join([*lines, f"Together: {totals}", f"Nothing changes for {spared or 'no city'}"])


def _change(change: dict[str, Any]) -> str:
    return f"{' + '.join(map(_said, change['delen']))} → {_said(change)}"


def _said(area: dict[str, Any]) -> str:
    return f"{area['gebied']} {area['naam'] or '(no name yet)'}"
