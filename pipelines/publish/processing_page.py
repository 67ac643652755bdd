"""The register of processing of a release as a page for a person, in Markdown."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.publish.contract import TABLES
from pipelines.publish.releases import ReleaseError

APART = ("bron", "titel", "stad", "persoonsgegevens")


def processing_page(database: Path) -> str:
    """Every dataset with what its description says of it, then open figures without personal data in one table. Raises
    ReleaseError."""
    with duckdb.connect(str(database), read_only=True) as con:
        if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'verwerking'").fetchone():
            raise ReleaseError("this release was made before it had a register of processing; name a later one")
        ((release, made),) = con.execute("SELECT release, gemaakt_op FROM mart.release").fetchall()
        rows = con.execute("FROM mart.verwerking ORDER BY bron").to_arrow_table().to_pylist()
    told = [r for r in rows if r["stad"] or r["persoonsgegevens"]]
    lines = ["# Register van verwerkingen", "", f"Release {release}, gemaakt op {made:%d-%m-%Y}."]
    for row in told:
        whose = f"alleen voor {row['stad']}" if row["stad"] else "voor iedereen"
        kind = "persoonsgegevens" if row["persoonsgegevens"] else "geen persoonsgegevens"
        lines += ["", f"## {row['titel']}", "", f"`{row['bron']}`, {whose}; {kind}.", ""]
        lines += [f"- {name}: {row[name]}" for name in TABLES["verwerking"][1] if name not in APART]
    open_ones = [r for r in rows if r not in told]
    lines += [
        "",
        "## Open cijfers zonder persoonsgegevens",
        "",
        "| dataset | titel | verantwoordelijke | bewaartermijn |",
    ]
    lines += ["|---|---|---|---|"]
    lines += [f"| `{r['bron']}` | {r['titel']} | {r['verantwoordelijke']} | {r['bewaartermijn']} |" for r in open_ones]
    return "\n".join(lines)
