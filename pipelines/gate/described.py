"""The checks that follow from the description alone: key, coverage, periods, numbers, bounds, empty measures and
names.

A check becomes the rows that it looks at, and the rows among them that are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from pipelines.describe.catalogue import load_cities
from pipelines.describe.coverage import EXCEPTION
from pipelines.describe.expectations import Check
from pipelines.describe.levels import MUNICIPAL
from pipelines.describe.placenames import held_against_codes
from pipelines.describe.specs import Dataset
from pipelines.home import quoted

WARNS = "waarschuwing"


@dataclass(frozen=True)
class Compiled:
    """A check as SQL. `history` means that it needs an accepted version or an earlier year to look at; `reading`
    that it tells what was seen while the file was read; `tables` are made before it runs, where there is history.
    `cells` means that it looks at the cells as they are, which are not copied."""

    check: Check
    over: str | None = None
    wrong: str | None = None
    history: bool = False
    reading: bool = False
    tables: tuple[str, ...] | None = None
    cells: bool = False


def described_checks(spec: Dataset, today: date) -> list[Compiled]:
    """Checks that follow from the source's own spec: key, coverage both ways, periods, numbers, bounds."""
    found = [_period(spec, today), *_numbers(spec)]
    if spec.key:
        found.insert(0, _key(spec))
    if spec.gebied.niveau != "punt":
        found[1:1] = [_coverage(spec, today.year)]
        # one area, or one year, is never alone among others
        if len(spec.dekking.gebieden) != 1 and spec.dekking.vanaf != spec.dekking.tot:
            found.insert(2, _alone(spec, today.year))
    if any(c.min is not None or c.max is not None for c in spec.columns.values()):
        found.append(_bounds(spec))
    if any(c.measure for c in spec.columns.values()):
        found.append(_filled(spec))
    if spec.gebied.namen and not spec.gebied.by_name:
        found.append(_name(spec))
    if spec.dekking.uitzonderingen:
        found.append(_exceptions(spec))
    return found


def own(
    ident: str, says: str, dimension: str, over: str, wrong: str, severity: str = "blokkerend", level: str = "bestand"
) -> Compiled:
    """A check of the project's own, which follows from the description."""
    check = Check(
        id=ident,
        omschrijving=says,
        dimensie=dimension,  # type: ignore[arg-type]
        ernst=severity,  # type: ignore[arg-type]
        niveau=level,  # type: ignore[arg-type]
        over="-",
        fout="-",
    )
    return Compiled(check, over, wrong)


def _key(spec: Dataset) -> Compiled:
    key = ", ".join(spec.key)
    within = [k for k in spec.key if k not in ("gebiedsniveau", spec.unit, "jaar")] or ["jaar"]
    hashed = f"hash({', '.join(within)})"
    over = (
        f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, COUNT(*) AS waargenomen, "
        f"COUNT(DISTINCT {hashed}) FILTER (WHERE {' AND '.join(f'{k} IS NOT NULL' for k in spec.key)}) AS verwacht "
        f"FROM kandidaat WHERE {spec.key_where} GROUP BY ALL"
    )
    return own(
        "sleutel", f"Elke combinatie van {key} komt één keer voor.", "uniciteit", over, "waargenomen <> verwacht"
    )


def _coverage(spec: Dataset, running: int) -> Compiled:
    """Every expected area in every period that most areas of its level have; for months and subjects in the key, in
    each.

    Where sectors are counted per municipality, one that is absent refuses the delivery: its sectors cannot be named.
    """
    per = "".join(f", {k}" for k in _dense(spec))
    there, area = "f", "eenheid"
    if spec.dekking.per:
        area = "gemeente"
        there = f"""(SELECT gebiedsniveau, naar AS eenheid, jaar{per}, SUM(n)::BIGINT AS n
          FROM f JOIN gebied_relatie ON van_niveau = gebiedsniveau AND van = eenheid
          WHERE naar_niveau = {quoted(spec.dekking.per)} GROUP BY ALL)"""
    over = f"""
      WITH {_found(spec)}, e AS (SELECT * FROM ({expected_areas(spec)}) {_of_who_delivers(spec)}),
           d AS ({_periods(spec, "", running)})
      SELECT e.gebiedsniveau, e.eenheid AS {area}, d.jaar, COALESCE(g.n, 0) AS waargenomen, 1 AS verwacht
      FROM d JOIN e USING (gebiedsniveau)
      LEFT JOIN {there} AS g ON g.gebiedsniveau = e.gebiedsniveau AND g.eenheid = e.eenheid AND g.jaar = d.jaar
        {"".join(f" AND g.{k} = d.{k}" for k in _dense(spec))}"""
    wrong = f"waargenomen = 0 AND NOT ({_excepted(spec, area)})"
    return own("dekking", "Elk gebied van het niveau is er in elke periode.", "volledigheid", over, wrong)


def _of_who_delivers(spec: Dataset) -> str:
    """SQL that leaves, where each city gives its own, the areas of the cities that this delivery is of."""
    if not spec.per_stad:
        return ""
    listed = ", ".join(f"({quoted(code)}, {quoted(city.stad)})" for city in load_cities() for code in city.gemeenten)
    today = f"(VALUES {listed}) AS s (code, stad)"
    later = f"r.naar = s.code AND r.naar_niveau = {quoted(MUNICIPAL)}"
    before = f"SELECT r.van, s.stad FROM gebied_relatie AS r JOIN {today} ON {later}"
    of = f"(SELECT code AS gebied, stad FROM {today} UNION {before})"
    there = f"SELECT o.stad FROM {of} AS o JOIN kandidaat AS k ON k.{spec.unit} = o.gebied"
    return f"WHERE eenheid IN (SELECT gebied FROM {of} WHERE stad IN ({there}))"


def _alone(spec: Dataset, running: int) -> Compiled:
    """No area in a period that most areas of its level do not have: then its rows are in the wrong place."""
    per = "".join(f", {k}" for k in _dense(spec))
    over = f"""
      WITH {_found(spec)}, d AS ({_periods(spec, "NOT", running)})
      SELECT gebiedsniveau, eenheid, jaar{per}, d.gebieden IS NOT NULL AS alleen,
        d.gebieden AS waargenomen, d.alle AS verwacht
      FROM f LEFT JOIN d USING (gebiedsniveau, jaar{per})"""
    says = "Elke periode is er voor de meeste gebieden van het niveau."
    return own("periode_alleen", says, "geldigheid", over, "alleen")


def _dense(spec: Dataset) -> list[str]:
    """The columns of the key that are there for every area, like the year."""
    return [k for k in spec.key if k in ("onderwerp", "maand")]


def _found(spec: Dataset) -> str:
    """SQL for `f`, how many rows the delivery has of every area in every period: all rows are read once for it."""
    per = "".join(f", {k}" for k in _dense(spec))
    rows = f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar{per}, COUNT(*) AS n FROM kandidaat GROUP BY ALL"
    return f"f AS MATERIALIZED ({rows})"


def _periods(spec: Dataset, which: str, running: int) -> str:
    """SQL for the periods of a level that most of its areas in the delivery have, or that most do NOT; reads `f`."""
    per = "".join(f", {k}" for k in _dense(spec))
    return f"""SELECT p.*, a.alle FROM
        (SELECT gebiedsniveau, jaar{per}, COUNT(eenheid) AS gebieden FROM f
          WHERE {_in_period(spec, running)} GROUP BY ALL) AS p
        JOIN (SELECT gebiedsniveau, COUNT(DISTINCT eenheid) AS alle FROM f GROUP BY ALL) AS a
        USING (gebiedsniveau) WHERE {which} 2 * gebieden >= alle"""


def expected_areas(spec: Dataset) -> str:
    """SQL for the level and area that the coverage promises, on the area lists. A version of the sectors lies in one
    version of the municipalities, the one that was official with it."""
    if spec.dekking.gebieden:
        listed = _listed(spec.dekking.gebieden)
        return f"SELECT gebiedsniveau, gebied AS eenheid FROM gebied WHERE gebied IN ({listed})"
    regions = _listed(spec.dekking.gewesten)
    if spec.unit == "gemeente" or spec.dekking.per:
        return (
            "SELECT DISTINCT r.van_niveau AS gebiedsniveau, r.naar AS eenheid FROM gebied_relatie AS r "
            "JOIN gebied AS g ON g.gebiedsniveau = r.van_niveau AND g.gebied = r.van "
            f"JOIN gebiedsniveau AS n ON n.gebiedsniveau = r.naar_niveau AND n.reeks = {quoted(MUNICIPAL)} "
            f"WHERE g.soort = 'gebied' AND g.gewest IN ({regions})"
        )
    return f"SELECT gebiedsniveau, gebied AS eenheid FROM gebied WHERE soort = 'gebied' AND gewest IN ({regions})"


def _name(spec: Dataset) -> Compiled:
    """The name beside a code is a name of that area."""
    names = spec.gebied.namen
    assert names is not None, "only for a dataset with names beside its codes"
    where = [f"COALESCE({column}, '')" if column else "''" for column in (names.provincie, names.postcode)]
    said = (
        f"SELECT DISTINCT gebiedsniveau, {spec.unit} AS eenheid, jaar, gebied, {names.kolom} AS waargenomen, "
        f"{where[0]} AS provincie, {where[1]} AS postcode FROM kandidaat"
    )
    aliases = [f"{code} {name}" for name, code in spec.gebied.aliassen.items()]
    over = held_against_codes(said, _listed(aliases) or "NULL")
    says = "Elke naam is een naam van het gebied met die code."
    return own("naam", says, "juistheid", over, "waargenomen <> verwacht")


def _period(spec: Dataset, today: date) -> Compiled:
    says = f"Elke periode ligt tussen {spec.dekking.vanaf} en {spec.dekking.tot or 'dit jaar'}."
    # what is valid from a day on may be known before
    measured = ("time",) if spec.periode.soort == "stand" else ("date", "time")
    days = [n for n in spec.key if n in spec.columns and spec.columns[n].type in measured]
    last = f", MAX(GREATEST({', '.join(f'{d}::DATE' for d in days)})) AS dag" if days else ""
    over = f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, jaar AS waargenomen{last} FROM kandidaat GROUP BY ALL"
    ahead = f" OR dag > DATE '{today}' + 1" if days else ""
    return own("periode", says, "geldigheid", over, f"NOT ({_in_period(spec, today.year)}){ahead}")


def _in_period(spec: Dataset, running: int) -> str:
    return f"jaar BETWEEN {spec.dekking.vanaf} AND {spec.dekking.tot or running}"


def _numbers(spec: Dataset) -> list[Compiled]:
    """No measure is infinite or not a number."""
    numbers = [n for n, c in spec.columns.items() if c.measure and c.type == "number"]
    if not numbers:
        return []
    wrong = " OR ".join(f"NOT isfinite({n})" for n in numbers)
    over = (
        f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, COUNT(*) FILTER (WHERE {wrong}) AS waargenomen, "
        "0 AS verwacht FROM kandidaat GROUP BY ALL"
    )
    return [own("getal", "Elk cijfer is een getal en niet oneindig.", "geldigheid", over, "waargenomen > 0")]


def _filled(spec: Dataset) -> Compiled:
    """Every measure has a figure in every year, of one area at least. One row alone may be without."""
    parts = [
        f"SELECT jaar, '{name}' AS kolom, COUNT({name}) AS waargenomen, LEAST(COUNT(*) - 1, 1) AS verwacht "
        "FROM kandidaat GROUP BY jaar"
        for name, column in spec.columns.items()
        if column.measure
    ]
    says = "Elke maat heeft in elk jaar een cijfer."
    return own("gevuld", says, "volledigheid", " UNION ALL ".join(parts), "waargenomen < verwacht")


def _bounds(spec: Dataset) -> Compiled:
    """Every bounded column within its bounds."""
    parts, says = [], []
    for name, column in spec.columns.items():
        if column.min is not None or column.max is not None:
            low, high = _bound(column.min, "-"), _bound(column.max, "")
            parts.append(
                f"SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, '{name}' AS kolom, "
                f"{name}::DOUBLE AS waargenomen, {low} AS laagste, {high} AS hoogste "
                f"FROM kandidaat WHERE {name} IS NOT NULL"
            )
            says.append(f"{name} {_range(column.min, column.max)}")
    wrong = "NOT (waargenomen >= laagste AND waargenomen <= hoogste)"
    says_all = f"Binnen het bereik: {', '.join(says)}."
    return replace(own("bereik", says_all, "geldigheid", " UNION ALL ".join(parts), wrong), cells=True)


def _bound(value: float | None, sign: str) -> str:
    return f"'{sign}infinity'::DOUBLE" if value is None else f"{value}::DOUBLE"


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"hoogstens {high:g}"
    return f"minstens {low:g}" if high is None else f"{low:g} tot {high:g}"


def _exceptions(spec: Dataset) -> Compiled:
    return own(
        "dekking_uitzondering",
        "Wat de bron niet levert volgens haar beschrijving, levert ze nog steeds niet.",
        "volledigheid",
        f"SELECT DISTINCT gebiedsniveau, {spec.unit} AS eenheid, jaar FROM kandidaat",
        _excepted(spec),
        WARNS,
    )


def _excepted(spec: Dataset, column: str = "eenheid") -> str:
    """SQL that says whether the area of a row is an exception in its year."""
    place, always, cases = f"concat(gebiedsniveau, ' ', {column})", ["''"], []
    for key in spec.dekking.uitzonderingen:
        found = re.fullmatch(EXCEPTION, key)
        assert found is not None, "the spec checked the pattern"
        area, first, last = found.groups()
        if first is None:
            always.append(quoted(area))
        else:
            cases.append(f"({place} = {quoted(area)} AND jaar BETWEEN {first} AND {last or first})")
    return " OR ".join([f"{place} IN ({', '.join(always)})", *cases])


def _listed(values: Iterable[str]) -> str:
    return ", ".join(quoted(v) for v in values)
