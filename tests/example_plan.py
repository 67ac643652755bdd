"""The worked example of docs/orba: what Gent reported to the government, with targets of the house added."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines.describe.specfile import ROOT
from pipelines.orba.plan import SHAPES, Plan
from pipelines.orba.reported import as_rows

PLANS = "abb-meerjarenplan-2026/projects_2026_full.parquet"
EXAMPLE = ROOT / "docs" / "orba" / "voorbeeld-gent.yaml"
LINES = """
  SELECT nis_code AS gebied, CAST(jaar AS INTEGER) AS jaar,
    bd_code AS doel_code, bd_short AS doel, bd_long AS doel_tekst,
    ap_code AS actieplan_code, ap_short AS actieplan, ap_long AS actieplan_tekst,
    ac_code AS actie_code, ac_short AS actie, ac_long AS actie_tekst, euro AS uitgave_eur
  FROM (
    UNPIVOT (SELECT * EXCLUDE yearly_amounts, UNNEST(yearly_amounts) FROM read_parquet(?) WHERE municipality = 'Gent')
    ON "2026", "2027", "2028", "2029", "2030", "2031" INTO NAME jaar VALUE euro
  )"""


def example_plan(data: Path) -> Plan:
    """What Gent reported, of the publishers' files in a folder, with the example of the house in it."""
    with duckdb.connect() as con:
        rows = con.execute(LINES, [str(data / PLANS)])
        names = [column[0] for column in rows.description]
        lines = [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows.fetchall()]
    kept: dict[str, dict[str, Any]] = {table: {} for table in SHAPES} | as_rows("gent", lines)
    said = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert said.pop("stad") == "gent"
    for table, given in said.items():
        for row in given:
            old = kept[table].get(row["sleutel"])
            assert table != "doel" or old, f"{row['sleutel']} is no goal of Gent"
            kept[table][row["sleutel"]] = dataclasses.replace(old, **row) if old else SHAPES[table](**row)
    return Plan("gent", kept)
