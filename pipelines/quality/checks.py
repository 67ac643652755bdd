"""What a check becomes: the rows it looks at, and the rows among them that are wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.home import now
from pipelines.specs import Check, Dataset, load_checks


@dataclass(frozen=True)
class Compiled:
    """A check as SQL. `history` means that it needs an accepted version or an earlier year to look at."""

    check: Check
    over: str | None = None
    wrong: str | None = None
    history: bool = False


def compile_checks(spec: Dataset) -> list[Compiled]:
    """The source's own contract and what expectations/ adds, as SQL on `kandidaat` and `vorige`."""
    own = load_checks(spec.id)
    return [*_contract(spec), *(_one(spec, c) for c in own)]


def _one(spec: Dataset, check: Check) -> Compiled:
    if check.over is not None:
        return Compiled(check, check.over, check.fout, history=bool(re.search(r"\bvorige\b", check.over)))
    if check.sprong is not None:
        return Compiled(check, *_jump(spec, check), history=True)
    return Compiled(check)


def _jump(spec: Dataset, check: Check) -> tuple[str, str]:
    """A series against its last accepted value, else against the nearest year, per area."""
    jump = check.sprong
    assert jump is not None
    dims = ["gebiedsniveau", f"{spec.unit} AS eenheid", *jump.per, "jaar"]
    names = ["gebiedsniveau", "eenheid", *jump.per]
    same = " AND ".join(f"n.{n} = o.{n}" for n in names)
    select = f"SELECT {', '.join(dims)}, {jump.waarde} AS w FROM {{}} WHERE {jump.waar} GROUP BY ALL"
    over = f"""
      WITH n AS ({select.format("kandidaat")}),
           o AS ({select.format("vorige")}),
           alle AS (SELECT * FROM o UNION ALL SELECT n.* FROM n ANTI JOIN o ON {same} AND n.jaar = o.jaar),
           met AS (
             SELECT n.*, z.w AS zelfde, v.w AS eerder, l.w AS later FROM n
             LEFT JOIN o AS z ON {same.replace("o.", "z.")} AND n.jaar = z.jaar
             ASOF LEFT JOIN alle AS v ON {same.replace("o.", "v.")} AND n.jaar > v.jaar
             ASOF LEFT JOIN o AS l ON {same.replace("o.", "l.")} AND n.jaar < l.jaar)
      SELECT {", ".join(names)}, jaar, w AS waargenomen, COALESCE(zelfde, eerder, later) AS verwacht,
        CASE WHEN zelfde IS NULL THEN {jump.hoogstens} ELSE {jump.herziening or jump.hoogstens} END AS grens
      FROM met WHERE w IS NOT NULL AND COALESCE(zelfde, eerder, later) IS NOT NULL"""
    big, small = "GREATEST(ABS(waargenomen), ABS(verwacht))", "LEAST(ABS(waargenomen), ABS(verwacht))"
    return over, f"{big} >= {jump.vanaf} AND {big} > grens * {small}"


def _contract(spec: Dataset) -> list[Compiled]:
    """Checks that follow from the source's own spec: key, coverage both ways, periods."""
    key = ", ".join(spec.key)
    level = "" if "gebiedsniveau" in spec.key else "gebiedsniveau, "
    regions = ", ".join(f"'{g}'" for g in spec.dekking.gewesten)
    dense = [k for k in spec.key if k in ("onderwerp", "maand")]
    per = "".join(f", {k}" for k in dense)
    excepted = ", ".join(f"'{g}'" for g in spec.dekking.uitzonderingen) or "''"
    if spec.unit == "gemeente":
        expected = (
            "SELECT DISTINCT r.van_niveau AS gebiedsniveau, r.naar AS eenheid FROM gebied_relatie AS r "
            "JOIN gebied AS g ON g.gebiedsniveau = r.van_niveau AND g.gebied = r.van "
            f"WHERE r.naar_niveau = 'gemeente2024' AND g.soort = 'gebied' AND g.gewest IN ({regions})"
        )
    else:
        expected = (
            f"SELECT gebiedsniveau, gebied AS eenheid FROM gebied WHERE soort = 'gebied' AND gewest IN ({regions})"
        )
    found = f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar{per}, COUNT(*) AS n FROM kandidaat GROUP BY ALL"
    coverage = f"""
      WITH f AS ({found}), e AS ({expected}),
           d AS (SELECT DISTINCT gebiedsniveau, jaar{per} FROM f)
      SELECT e.gebiedsniveau, e.eenheid, d.jaar, COALESCE(f.n, 0) AS waargenomen, 1 AS verwacht
      FROM d JOIN e USING (gebiedsniveau)
      LEFT JOIN f ON f.gebiedsniveau = e.gebiedsniveau AND f.eenheid = e.eenheid AND f.jaar = d.jaar
        {"".join(f" AND f.{k} = d.{k}" for k in dense)}"""
    hashed = f"hash({level}{key})"
    contract = [
        Compiled(
            Check(
                id="sleutel",
                omschrijving=f"Elke combinatie van {key} komt één keer voor.",
                dimensie="uniciteit",
                over="-",
                fout="-",
            ),
            f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, COUNT(*) AS waargenomen, "
            f"COUNT(DISTINCT {hashed}) AS verwacht FROM kandidaat WHERE {spec.key_where} GROUP BY ALL",
            "waargenomen <> verwacht",
        ),
        Compiled(
            Check(
                id="dekking",
                omschrijving="Elk gebied van het niveau is er in elke periode.",
                dimensie="volledigheid",
                over="-",
                fout="-",
            ),
            coverage,
            f"waargenomen = 0 AND concat(gebiedsniveau, ' ', eenheid) NOT IN ({excepted})",
        ),
        Compiled(
            Check(
                id="periode",
                omschrijving=f"Elke periode ligt tussen {spec.dekking.vanaf} en dit jaar.",
                dimensie="geldigheid",
                over="-",
                fout="-",
            ),
            "SELECT DISTINCT jaar, jaar AS waargenomen FROM kandidaat",
            f"jaar NOT BETWEEN {spec.dekking.vanaf} AND {now().year}",
        ),
    ]
    if spec.dekking.uitzonderingen:
        contract.append(
            Compiled(
                Check(
                    id="dekking_uitzondering",
                    omschrijving="Wat de bron niet levert volgens haar beschrijving, levert ze nog steeds niet.",
                    dimensie="volledigheid",
                    ernst="waarschuwing",
                    over="-",
                    fout="-",
                ),
                f"SELECT DISTINCT gebiedsniveau, {spec.unit} AS eenheid, jaar FROM kandidaat",
                f"concat(gebiedsniveau, ' ', eenheid) IN ({excepted})",
            )
        )
    return contract
