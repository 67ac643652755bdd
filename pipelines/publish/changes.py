"""What differs between a release and a build that is not published, or a later release: subjects, cells, cities, by how
much, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.home import Home, quoted
from pipelines.publish.causes import HIDDEN, HIDDEN_BY_US, UNKNOWN
from pipelines.publish.contract import CHANGED, KEY
from pipelines.publish.patch import WHOLE, Change
from pipelines.publish.pieces import other_files
from pipelines.publish.show import as_table
from pipelines.transform.kept import Built

KINDS = {"nieuw": "new", "weg": "gone", "waarde": "with another value", "status": "with another status"}
SHOWN, NAMED = 15, 6  # rows of a table, and names in a sentence

CELLS = f"""
CREATE TEMP TABLE verschil AS
SELECT {KEY}, o.waarde AS oud, n.waarde AS nieuw, o.status AS oude_status, n.status AS nieuwe_status,
  {HIDDEN_BY_US} AS verhuld,
  CASE WHEN o.status IS NULL THEN 'nieuw' WHEN n.status IS NULL THEN 'weg'
    WHEN n.status <> o.status THEN 'status' ELSE 'waarde' END AS wat
FROM (FROM vorige.mart.waarneming WHERE {{about}}) AS o
FULL JOIN (FROM build.mart.waarneming WHERE {{about}}) AS n USING ({KEY})
WHERE o.status IS NULL OR n.status IS NULL OR {CHANGED};
CREATE TEMP TABLE plaats AS
SELECT gebiedsniveau, gebied, ANY_VALUE(naam) AS naam, ANY_VALUE(stad) AS stad
FROM (SELECT gebiedsniveau, gebied, naam, stad FROM build.mart.gebied
  UNION ALL SELECT gebiedsniveau, gebied, naam, stad FROM vorige.mart.gebied) GROUP BY gebiedsniveau, gebied;
"""
COUNTS = ", ".join(f"COUNT(*) FILTER (wat = '{kind}') AS {kind}" for kind in KINDS)
PER_SUBJECT = f"""
SELECT v.onderwerp, {COUNTS}, MIN(v.periode) AS eerste_periode, MAX(v.periode) AS laatste_periode,
  COUNT(DISTINCT (v.gebiedsniveau, v.gebied)) AS gebieden,
  LIST_SORT(COALESCE(LIST(DISTINCT p.stad) FILTER (p.stad IS NOT NULL), [])) AS steden
FROM verschil AS v LEFT JOIN plaats AS p USING (gebiedsniveau, gebied)
GROUP BY v.onderwerp ORDER BY COUNT(*) DESC, v.onderwerp"""
PER_CITY = f"""
SELECT p.stad, {COUNTS} FROM verschil JOIN plaats AS p USING (gebiedsniveau, gebied)
WHERE p.stad IS NOT NULL GROUP BY p.stad ORDER BY p.stad"""
BY_CAUSE = f"""
SELECT CASE WHEN verhuld THEN '{HIDDEN}'
    ELSE COALESCE(oorzaak, '{UNKNOWN}') END AS oorzaak, COUNT(*) AS cellen, COUNT(DISTINCT onderwerp) AS onderwerpen
FROM verschil LEFT JOIN waarom USING (onderwerp) WHERE wat <> 'nieuw' GROUP BY 1 ORDER BY 2 DESC, 1"""
HELD = """
SELECT bron, controle, COUNT(*) AS delen, MIN(jaar) AS eerste_jaar, MAX(jaar) AS laatste_jaar,
  LIST_SORT(LIST(DISTINCT gebied)) AS gebieden
FROM build.mart.kwaliteit WHERE punt = 'vastgehouden' GROUP BY ALL ORDER BY ALL"""
NOT_COMPARED = (
    "teller, noemer, intervals, grades, reasons and dates of a figure whose value and status are the same",
    "mart.profiel, mart.buur, mart.grens and mart.verschil, which follow from the figures",
    "mart.kwaliteit and mart.datamaturiteit, which tell of the deliveries",
)
BY_SIZE = """
WITH grootste AS (
  SELECT onderwerp, MAX_BY({'gebiedsniveau': gebiedsniveau, 'gebied': gebied, 'periode': periode, 'oud': oud,
    'nieuw': nieuw}, ABS(nieuw - oud) / GREATEST(1, ABS(oud))) AS cel
  FROM verschil WHERE wat = 'waarde' GROUP BY onderwerp)
SELECT g.onderwerp, UNNEST(g.cel), p.naam
FROM grootste AS g LEFT JOIN plaats AS p ON p.gebiedsniveau = g.cel.gebiedsniveau AND p.gebied = g.cel.gebied
ORDER BY ABS(g.cel.nieuw - g.cel.oud) / GREATEST(1, ABS(g.cel.oud)) DESC, g.onderwerp"""


def compare(release: Path, home: Home, built: Built) -> dict[str, Any]:
    """What the build's marts hold otherwise than a release's: subjects, and cells per subject and per city."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quoted(release)} AS vorige (READ_ONLY)")
        built.lay_out(con, home)
        return _compared(con, other_files(con, "vorige", built, ("waarneming", "kubus")))


def compare_releases(paths: tuple[Path, Path], why: dict[str, str]) -> dict[str, Any]:
    """The same of two releases, the earlier one first; and the cells per cause, of the causes per subject (`why`), what
    is held back in the later one, and what was not compared."""
    with duckdb.connect() as con:
        for side, path in zip(("vorige", "build"), paths, strict=True):
            con.execute(f"ATTACH {quoted(path)} AS {side} (READ_ONLY)")
        found = _compared(con, {"waarneming": WHOLE, "kubus": WHOLE})
        con.register("waarom", pa.table({"onderwerp": [*why], "oorzaak": pa.array(why.values(), pa.string())}))
        return {
            "release": con.execute("SELECT release FROM vorige.mart.release").fetchone()[0],
            "met": con.execute("SELECT release FROM build.mart.release").fetchone()[0],
            **found,
            "oorzaken": _rows(con, BY_CAUSE),
            "vastgehouden": _rows(con, HELD),
            "niet_vergeleken": _left_out(con),
        }


def _compared(con: duckdb.DuckDBPyConnection, about: dict[str, Change]) -> dict[str, Any]:
    con.execute(CELLS.format(about=about["waarneming"].condition))
    return {
        "onderwerpen": _subjects(con),
        "cellen": _rows(con, f"SELECT {COUNTS} FROM verschil")[0],
        "per_onderwerp": _rows(con, PER_SUBJECT),
        "per_stad": _rows(con, PER_CITY),
        "grootste": _rows(con, BY_SIZE),
        "kubus": _cubes(con, about["kubus"]),
    }


def _left_out(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What the comparison does not look at, as sentences."""
    columns = {
        (side, table): {c for (c,) in con.execute(f"SELECT column_name FROM (DESCRIBE {side}.mart.{table})").fetchall()}
        for side in ("vorige", "build")
        for table in ("waarneming", "kubus")
    }
    more = [
        f"columns of mart.{table} that one of both has: {_listed(sorted(only))}"
        for table in ("waarneming", "kubus")
        if (only := columns["vorige", table] ^ columns["build", table])
    ]
    return [*more, *NOT_COMPARED]


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return con.execute(sql).to_arrow_table().to_pylist()


def _subjects(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Subjects that come and go, and of the others which columns say something else."""
    old, new = ({r["onderwerp"]: r for r in _rows(con, f"FROM {side}.mart.onderwerp")} for side in ("vorige", "build"))
    both = sorted(set(old) & set(new))
    changed = {code: sorted(k for k in old[code] if old[code][k] != new[code].get(k)) for code in both}
    return {
        "nieuw": sorted(set(new) - set(old)),
        "weg": sorted(set(old) - set(new)),
        "anders_beschreven": {code: columns for code, columns in changed.items() if columns},
    }


def _cubes(con: duckdb.DuckDBPyConnection, about: Change) -> list[dict[str, Any]]:
    """Cells of the cubes that may differ that only one of both has, by the columns that both know."""
    sides = [
        {c for (c,) in con.execute(f"SELECT column_name FROM (DESCRIBE {side}.mart.kubus)").fetchall()}
        for side in ("vorige", "build")
    ]
    columns = ", ".join(sorted(sides[0] & sides[1]))
    select = f"SELECT {columns} FROM {{}}.mart.kubus WHERE {about.condition}"
    old, new = select.format("vorige"), select.format("build")
    return _rows(
        con,
        "SELECT onderwerp, COUNT(*) FILTER (kant = 'nieuw') AS nieuw, COUNT(*) FILTER (kant = 'weg') AS weg FROM ("
        f"SELECT onderwerp, 'nieuw' AS kant FROM ({new} EXCEPT ALL {old}) UNION ALL "
        f"SELECT onderwerp, 'weg' AS kant FROM ({old} EXCEPT ALL {new})) GROUP BY onderwerp ORDER BY onderwerp",
    )


def as_text(found: dict[str, Any]) -> str:
    """The changes for a person, on one screen."""
    subjects, cells = found["onderwerpen"], found["cellen"]
    if "met" in found:
        lines = [f"From release {found['release']} to {found['met']}."]
    else:
        lines = [f"Against release {found['release']}; nothing is published."]
        lines += [f"{d['dataset']}: {d['state']}{_why(d['reason'])}" for d in found["leveringen"]]
        lines.append(f"Models that run: {_listed(found['modellen'], SHOWN) or 'none'}")
    lines += [f"Held back in {found['met']}: {_held(row)}" for row in found.get("vastgehouden", [])]
    if not any(cells.values()) and not any(subjects.values()) and not found["kubus"]:
        return "\n".join([*lines, "Nothing changes."])
    other = subjects["anders_beschreven"]
    for title, codes in (
        ("New subjects", subjects["nieuw"]),
        ("Gone subjects", subjects["weg"]),
        ("Other metadata", [f"{code} ({', '.join(columns)})" for code, columns in other.items()]),
        (
            "Cubes with other cells",
            [f"{k['onderwerp']} ({k['nieuw']:,} new, {k['weg']:,} gone)" for k in found["kubus"]],
        ),
    ):
        lines += [f"{title}: {_listed(codes)}"] if codes else []
    lines.append("Cells: " + (", ".join(f"{cells[k]:,} {text}" for k, text in KINDS.items() if cells[k]) or "none"))
    lines += [f"Why: {r['oorzaak']}, {r['cellen']:,} of {r['onderwerpen']} subjects" for r in found.get("oorzaken", [])]
    if cities := found["per_stad"]:
        lines.append("Cities: " + ", ".join(f"{c['stad']} {sum(c[k] for k in KINDS):,}" for c in cities))
    if rows := found["per_onderwerp"]:
        lines += ["", as_table(pa.Table.from_pylist([_line(r) for r in rows[:SHOWN]]))]
        lines += [f"and {len(rows) - SHOWN} more subjects (--json has all)"] if len(rows) > SHOWN else []
    if found["grootste"]:
        largest = [_largest(r) for r in found["grootste"][:NAMED]]
        lines += ["", "The largest change of each", as_table(pa.Table.from_pylist(largest))]
    left = [f"Not compared: {said}" for said in found.get("niet_vergeleken", [])]
    return "\n".join([*lines, *([""] if left else []), *left])


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""


def _held(row: dict[str, Any]) -> str:
    """What one check holds of a dataset."""
    first, last = row["eerste_jaar"], row["laatste_jaar"]
    years = f"{first}" if first == last else f"{first} - {last}"
    return f"{row['delen']:,} parts of {row['bron']} ({row['controle']}, {years}): {_listed(row['gebieden'])}"


def _line(row: dict[str, Any]) -> dict[str, Any]:
    first, last = row["eerste_periode"], row["laatste_periode"]
    return {
        **{k: row[k] for k in ("onderwerp", *KINDS)},
        "perioden": first if first == last else f"{first} - {last}",
        "gebieden": row["gebieden"],
    }


def _largest(row: dict[str, Any]) -> dict[str, Any]:
    """One cell, with figures that a person compares at a glance."""
    old, new = row["oud"], row["nieuw"]
    share = f"{100 * (new - old) / abs(old):+.1f} %" if old else ""
    place = {k: row[k] for k in ("onderwerp", "gebiedsniveau", "gebied", "naam", "periode")}
    return {**place, "oud": f"{old:.8g}", "nieuw": f"{new:.8g}", "verschil": share}


def _listed(names: list[str], most: int = NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
