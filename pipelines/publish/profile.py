"""The profile of one area for a person: its latest figures, how they compare, and where they go."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.describe.units import unit_of
from pipelines.home import Problem
from pipelines.publish.show import as_table

LEVELS = ("gemeente", "vgc", "centrumsteden", "provincie", "gewest")
REFERENCES = {"centrumsteden": "13 steden samen", "vlaanderen": "Vlaanderen", "buren": "verwanten samen"}
SIGNS = {"hoger": "▲", "lager": "▼", "niet te onderscheiden": "≈", "beter": "+", "slechter": "-"}
LEGEND = (
    "▲ hoger, ▼ lager, ≈ niet te onderscheiden (95 %); ▲▲ en ▼▼ met 99,8 % zekerheid; + beter, - slechter. "
    "Tussen haakjes: het 95 %-interval van wat door toeval anders had kunnen zijn (een register heeft er geen), en de "
    "plaatsen die de stad kan hebben. Rang 1 is de hoogste waarde. "
    "Meer in mart.profiel, mart.buur en docs/statistiek."
)


class NoArea(Problem):
    """A name or code that no area of the release has."""


def profile(path: Path, asked: str) -> str:
    """The profile of an area by its name, city name or code, from a release file. Raises NoArea."""
    with duckdb.connect(str(path), read_only=True) as con:
        level, code, name = _area(con, asked)
        found = con.execute(
            "SELECT * FROM mart.profiel WHERE gebiedsniveau = ? AND gebied = ? ORDER BY thema, onderwerp",
            [level, code],
        )
        rows = found.to_arrow_table().to_pylist()
        peers = con.execute(
            "SELECT groep, STRING_AGG(naam, ', ' ORDER BY volgorde) FROM mart.buur WHERE gebied = ? AND ? = 'gemeente' "
            "GROUP BY groep ORDER BY groep",
            [code, level],
        ).fetchall()
        decimals = dict(con.execute("SELECT onderwerp, afronding FROM mart.onderwerp").fetchall())
        (release,) = con.execute("SELECT release FROM mart.release").fetchone()
    groups = {"centrumstad": "Verwante centrumsteden", "gemeente": "Verwante gemeenten"}
    head = [f"{name} ({level} {code}), release {release}", *(f"{groups[g]}: {names}" for g, names in peers)]
    return "\n".join([*head, "", *_lines(rows, decimals), "", LEGEND])


def _area(con: duckdb.DuckDBPyConnection, asked: str) -> tuple[str, str, str]:
    areas = con.execute("SELECT DISTINCT gebiedsniveau, gebied, naam, stad FROM mart.profiel").fetchall()
    areas.sort(key=lambda a: LEVELS.index(a[0]))
    for level, code, name, city in areas:
        if asked.casefold() in (code.casefold(), name.casefold(), (city or "").casefold()):
            return level, code, name
    near = difflib.get_close_matches(asked.title(), [a[2] for a in areas], 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "give a name or code from mart.gebied"
    raise NoArea(f"no municipality, province or region of today is named '{asked}'; {hint}")


def _lines(rows: list[dict[str, Any]], decimals: dict[str, int]) -> list[str]:
    """The table, with the name of each theme above its rows."""
    cells = [_cells(r, decimals[r["onderwerp"]]) for r in rows]
    head, rule, *body = as_table(pa.Table.from_pylist(cells)).splitlines()
    out = [head, rule]
    for i, line in enumerate(body):
        if i == 0 or rows[i]["thema"] != rows[i - 1]["thema"]:
            out += ["", rows[i]["thema"]]
        out.append(line)
    return out


def _cells(r: dict[str, Any], decimals: int) -> dict[str, str]:
    def number(value: float | None) -> str:
        if value is None:
            return ""
        rounded = round(value, decimals) + 0.0  # what rounds to zero has no sign
        return f"{rounded:,.{decimals}f}".translate(str.maketrans(",.", ".,"))

    bounds = "" if r["ondergrens"] is None else f"({number(r['ondergrens'])} - {number(r['bovengrens'])})"
    trend = r["trend"] if r["trend_zekerheid"] is None else f"{r['trend']} sinds {r['trend_van']}"
    if r["trend_gaten"] and r["trend_punten"] > 1:
        trend += f" (zonder {r['trend_gaten']})"
    return {
        "onderwerp": r["onderwerp_naam"],
        "periode": r["periode"],
        "waarde": f"{number(r['waarde'])} {unit_of(r['waarde'], r['eenheid'])}" if r["status"] == "ok" else r["status"],
        "interval": bounds,
        "rang": _rank(r),
        **{title: f"{number(r[f'waarde_{n}'])} {_sign(r, n)}".strip() for n, title in REFERENCES.items()},
        "trend": trend,
        "kwaliteit": r["kwaliteit"] or "",
        "maanden oud": "" if r["ouderdom_maanden"] is None else str(r["ouderdom_maanden"]),
    }


def _rank(r: dict[str, Any]) -> str:
    """The place, those that chance leaves open, and who has no figure."""
    rank = "geen rang" if r["rang"] is None else f"{r['rang']}/{r['gerangschikt']}"
    if r["rang_van"] is not None and r["rang_van"] < r["rang_tot"]:
        rank += f" ({r['rang_van']}-{r['rang_tot']})"
    gone = (r["rang_zonder"] or "").split(", ")
    if gone != [""]:
        return f"{rank}: zonder {' en '.join(gone) if len(gone) < 3 else f'{len(gone)} steden'}"
    return "" if r["rang"] is None else rank


def _sign(r: dict[str, Any], name: str) -> str:
    sign = SIGNS.get(r[f"tegenover_{name}"], "")
    sure = 2 if r[f"zekerheid_{name}"] and r[f"zekerheid_{name}"] > 99 else 1
    return sign * sure + SIGNS.get(r[f"oordeel_{name}"], "")
