"""Data maturity of a release as a person reads it: points per city, and the steps that bring most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Problem
from pipelines.publish.show import as_table

HERE = "FROM mart.datamaturiteit WHERE release = (SELECT release FROM mart.release)"
TOTALS = f"""
  SELECT stad, SUM(score)::INT AS score, SUM(maximum)::INT AS maximum {HERE} GROUP BY stad
  ORDER BY SUM(score) / SUM(maximum) DESC, stad"""
STEPS = f"""
  SELECT winst, dataset, dimensie, volgende_stap AS stap {HERE} AND stad = $stad AND wie = $wie
  ORDER BY winst DESC, dataset, dimensie"""
WHO = {
    "stad": "Wat de stad zelf kan",
    "obmi": "Wat de werkgroep kan",
    "uitgever": "Wat alleen de uitgever kan",
}


class NoMaturity(Problem):
    """A release from before data maturity was counted, or a city that is not in it."""


def totals(database: Path) -> list[dict[str, Any]]:
    """Per city the points, and how many there are to be had. Raises NoMaturity."""
    with _opened(database) as con:
        return con.execute(TOTALS).to_arrow_table().to_pylist()


def overview(database: Path) -> str:
    """Per city the total, how many points there are for it, and the points of every dimension."""
    with _opened(database) as con:
        table = con.execute(
            f"SELECT t.stad, t.score AS totaal, t.maximum AS van, p.* EXCLUDE (stad) FROM ({TOTALS}) AS t "
            f"JOIN (PIVOT (SELECT stad, dimensie, score {HERE}) ON dimensie USING SUM(score)) AS p USING (stad) "
            "ORDER BY t.stad"
        ).to_arrow_table()
        return as_table(table) if table.num_rows else "nog geen datasets"


def of_city(database: Path, city: str, limit: int = 10) -> str:
    """A city's points, and its next steps ordered by what they bring, apart for who can take them."""
    mine = [t for t in totals(database) if t["stad"] == city]
    if not mine:
        raise NoMaturity(f"no city is named '{city}' in this release; choose from the cities of obmi maturiteit")
    lines = [f"{city}: {mine[0]['score']} van {mine[0]['maximum']} punten"]
    with _opened(database) as con:
        for who, title in WHO.items():
            steps = con.execute(STEPS, {"stad": city, "wie": who}).fetchall()
            if not steps and who == "stad":
                lines += ["", "Wat de stad zelf kan: niets, geen van deze datasets komt van haar"]
            if not steps:
                continue
            lines += ["", f"{title} ({sum(s[0] for s in steps)} punten):"]
            lines += [f"  +{gain} {dataset}, {dimension}: {step}" for gain, dataset, dimension, step in steps[:limit]]
            if len(steps) > limit:
                lines.append(f"  en nog {len(steps) - limit} in mart.datamaturiteit")
    return "\n".join(lines)


def _opened(database: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(database), read_only=True)
    known = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'mart' AND table_name = 'datamaturiteit'"
    if con.execute(known).fetchone() is None:
        con.close()
        raise NoMaturity("this release counts no data maturity yet; run obmi refresh")
    return con
