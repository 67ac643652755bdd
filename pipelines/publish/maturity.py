"""Data maturity: the seven dimensions of the cities' Datapedia diagnosis per dataset and city, from facts alone.

The rules stand in models/maturiteit.yaml; nobody fills in a form. A rule is a condition over the facts below, with
what was measured, the next step, what it brings and who can take it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import duckdb

from pipelines.describe.catalogue import City, Topic, sources_of
from pipelines.describe.licences import OPEN_LICENCES
from pipelines.describe.specfile import ROOT, Spec, load_yaml, shaped
from pipelines.describe.specs import Dataset
from pipelines.home import Home, now
from pipelines.later import pa
from pipelines.transform.kept import Built

YEARS = {"driejaarlijks": 3}
OPEN_FORMATS = {"csv", "json", "geojson", "jsonstat", "parquet", "arcgis", "sos"}
# A dataset counts for the cities that lie in what it covers; one of wider areas alone, for all.
FACTS = """
  WITH eigen AS (
    SELECT DISTINCT d.dataset, g.stad FROM dataset AS d
    JOIN mart.gebied AS g ON g.stad IS NOT NULL AND LIST_CONTAINS(d.gebieden::VARCHAR[], g.gebied)
  ), gewest AS (
    SELECT DISTINCT d.dataset, g.stad FROM dataset AS d
    JOIN mart.gebied AS g ON g.stad IS NOT NULL AND LIST_CONTAINS(d.gewesten::VARCHAR[], g.gewest)
  ), genoemd AS (
    FROM eigen UNION FROM gewest
  ), bereik AS (
    FROM genoemd
    UNION
    SELECT d.dataset, s.stad FROM dataset AS d CROSS JOIN stad AS s WHERE d.dataset NOT IN (SELECT dataset FROM genoemd)
  ), bedoeld AS (
    SELECT dataset, COUNT(*) AS bedoeld FROM bereik GROUP BY dataset
  ), geheel AS (
    SELECT bron AS dataset, MAX(jaar) FILTER (cijfers > 0) AS jongste_alle,
      COUNT(DISTINCT stad) FILTER (cijfers > 0) AS steden
    FROM statistiek.dekking GROUP BY bron
  ), per_stad AS (
    SELECT r.stad, r.bron AS dataset, SUM(r.cijfers)::BIGINT AS cijfers,
      MAX(r.jaar) FILTER (r.cijfers > 0) AS jongste,
      COUNT(DISTINCT r.jaar) FILTER (r.cijfers > 0) AS jaren,
      CAST(FLOOR(100 * SUM(r.bekend) FILTER (r.jaar > h.jongste_alle - 3)
        / NULLIF(SUM(r.rijen) FILTER (r.jaar > h.jongste_alle - 3), 0)) AS INT) AS gevuld,
      STRING_AGG(DISTINCT REGEXP_REPLACE(r.gebiedsniveau, '[0-9]+$', ''), ', '
        ORDER BY REGEXP_REPLACE(r.gebiedsniveau, '[0-9]+$', '')) FILTER (r.cijfers > 0) AS niveaus
    FROM statistiek.dekking AS r JOIN geheel AS h ON h.dataset = r.bron
    GROUP BY r.stad, r.bron
  ), gehouden AS (
    SELECT g.stad, k.dataset, COUNT(*) AS n, MIN(k.controle) AS controle
    FROM vastgehouden AS k JOIN mart.gebied AS g ON g.gebiedsniveau = k.gebiedsniveau AND g.gebied = k.gebied
    WHERE g.stad IS NOT NULL
    GROUP BY g.stad, k.dataset
  )
  SELECT s.stad, s.naam, d.* EXCLUDE (status, gewesten, gebieden), b.bedoeld,
    d.per_stad OR (e.stad IS NOT NULL AND g.stad IS NULL) AS eigen, h.jongste_alle, COALESCE(h.steden, 0) AS steden,
    COALESCE(p.cijfers, 0) AS cijfers,
    p.jongste, COALESCE(p.jaren, 0) AS jaren, COALESCE(p.gevuld, 0) AS gevuld, COALESCE(p.niveaus, 'geen') AS niveaus,
    REGEXP_MATCHES(COALESCE(p.niveaus, ''), '(^|, )(gemeente|vgc)(,|$)') AS per_gemeente,
    REGEXP_MATCHES(COALESCE(p.niveaus, ''), '(^|, )(statsec|wijk|deelgemeente)(,|$)') AS per_buurt,
    d.dit_jaar - p.jongste AS achterstand, COALESCE(k.n, 0) AS vastgehouden, k.controle,
    CASE WHEN d.status = 'deels' AND k.n IS NULL THEN 'vers' ELSE d.status END AS status
  FROM bereik JOIN stad AS s USING (stad) JOIN dataset AS d USING (dataset) JOIN bedoeld AS b USING (dataset)
  LEFT JOIN eigen AS e USING (dataset, stad)
  LEFT JOIN gewest AS g USING (dataset, stad)
  LEFT JOIN geheel AS h USING (dataset)
  LEFT JOIN per_stad AS p USING (stad, dataset)
  LEFT JOIN gehouden AS k USING (stad, dataset)
"""


class Rule(Spec):
    """One part of a dimension: points for a condition, what was measured, and the step that would bring them."""

    punten: int
    als: str
    feit: str
    stap: str
    wie: Literal["stad", "uitgever", "obmi", "leverancier"]


def load_rules(root: Path = ROOT) -> dict[str, list[Rule]]:
    """The rules of models/maturiteit.yaml per dimension. Raises SpecError."""
    path = root / "models" / "maturiteit.yaml"
    return {d: [shaped(Rule, path, d, **part) for part in parts] for d, parts in load_yaml(path).items()}


def maturity_rows(
    home: Home,
    built: Built,
    datasets: dict[str, Dataset],
    topics: dict[str, Topic],
    cities: list[City],
    rows: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """mart.datamaturiteit of one release, without its name: a row per city, dataset with subjects that covers it, and
    dimension.

    `built` is the build; `rows` holds the rows of mart.bron and mart.kwaliteit.
    """
    rules = load_rules()
    known = sources_of(topics)
    sources = [_of_dataset(datasets[r["bron"]], r, rows["kwaliteit"]) for r in rows["bron"] if r["bron"] in known]
    held = [r for r in rows["kwaliteit"] if r["punt"] == "vastgehouden"]
    columns = {"dataset": "bron", "gebiedsniveau": "gebiedsniveau", "gebied": "gebied", "controle": "controle"}
    conditions = ", ".join(
        f'COALESCE({part.als}, FALSE) AS "{d}.{i}"' for d, parts in rules.items() for i, part in enumerate(parts)
    )
    with duckdb.connect() as con:
        built.lay_out(con, home)
        con.execute("USE build")
        con.register("dataset", pa.Table.from_pylist(sources))
        con.register("stad", pa.Table.from_pylist([{"stad": c.stad, "naam": c.naam} for c in cities]))
        places = {ours: pa.array([h[theirs] for h in held], pa.string()) for ours, theirs in columns.items()}
        con.register("vastgehouden", pa.table(places))
        found = con.execute(f"SELECT *, {conditions} FROM ({FACTS}) ORDER BY stad, dataset").to_arrow_table()
    return [_scored(facts, dimension, parts) for facts in found.to_pylist() for dimension, parts in rules.items()]


def _of_dataset(spec: Dataset, source: dict[str, Any], quality: list[dict[str, Any]]) -> dict[str, Any]:
    """What holds for a dataset in every city."""
    own = [q for q in quality if q["bron"] == spec.id and q["punt"] == "levering"]
    formats = list(dict.fromkeys(f.kind for f in spec.formats if f.name != "voorbeeld"))
    return {
        "dataset": spec.id,
        "titel": spec.titel,
        "gewesten": spec.dekking.gewesten,
        "gebieden": spec.dekking.gebieden,
        "per_stad": spec.per_stad,
        "licentie": spec.licentie,
        "open_licentie": spec.licentie in OPEN_LICENCES,
        "protocol": spec.protocol,
        "automatisch": spec.protocol != "drop",
        "formaat": ", ".join(formats),
        "open_formaat": bool(OPEN_FORMATS & set(formats)),
        "status": source["status"],
        "toelichting": source.get("toelichting") or "geen reden bekend",
        "cadans_jaren": YEARS.get(spec.cadans, 1),
        "dit_jaar": now().year,
        "met_codes": spec.gebied.punten is None and not spec.gebied.by_name,
        "gebiedssleutel": "coördinaten" if spec.gebied.punten else "namen" if spec.gebied.by_name else "codes",
        "bewezen": spec.status == "bewezen",
        "bewijs": spec.status,
        "merktekens": bool(spec.missing) or not spec.with_status,
        "tekens": " ".join(sorted(m or "(leeg)" for m in spec.missing)) or "geen",
        "vergelijkingen": sum(1 for q in own if q["dimensie"] == "consistentie" and q["controle"] != "kolommen"),
        "bronvermelding": bool(spec.bronvermelding),
    }


def _scored(facts: dict[str, Any], dimension: str, parts: list[Rule]) -> dict[str, Any]:
    """One row: the points, what they were measured on, and the step that brings most."""
    told = {n: "geen" if v is None else v for n, v in facts.items()}
    won = [facts[f"{dimension}.{i}"] for i in range(len(parts))]
    reasons: dict[str, list[int]] = {}
    for part, earned in zip(parts, won, strict=True):
        points = reasons.setdefault(part.feit.format(**told), [0, 0])
        points[0] += part.punten if earned else 0
        points[1] += part.punten
    missed = [p for p, w in zip(parts, won, strict=True) if not w]
    step = max(missed, key=lambda p: p.punten, default=None)
    supplier = "stad" if facts["eigen"] else "uitgever"
    return {
        "stad": facts["stad"],
        "dataset": facts["dataset"],
        "dimensie": dimension,
        "score": sum(p.punten for p, w in zip(parts, won, strict=True) if w),
        "maximum": sum(p.punten for p in parts),
        "reden": "; ".join(f"{text} ({got}/{of})" for text, (got, of) in reasons.items()),
        "volgende_stap": step and step.stap.format(**told),
        "winst": step.punten if step else 0,
        "wie": step and (supplier if step.wie == "leverancier" else step.wie),
    }
