"""A new report taken into a plan: what people wrote stays with what it is about, wherever the report puts it now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from pipelines.orba.plan import ELEMENTS, LAPSED, PARENT, REPORTED, SHAPES, Element, Plan, Row, columns_of, is_told

REPORTS = ("doel", "actieplan", "actie")
REFERS = ("onderdeel", "indicator", *PARENT.values())
Rows = dict[str, dict[str, Row]]


def with_report(plan: Plan, report: Rows) -> Rows:
    """The rows of a plan with a report in the place of the last. What the report dropped and people wrote about stays,
    as lapsed; all else that it dropped goes."""
    if not report:
        return {table: dict(rows) for table, rows in plan.rows.items()}
    moved = moves(plan.rows, report)
    kept = written_about(plan)
    rows: Rows = {table: {} for table in SHAPES}
    for table in SHAPES:
        back = {new: old for old, new in moved.items() if old in plan.rows.get(table, {})}
        for key, row in report.get(table, {}).items():
            rows[table][key] = _with_own(row, plan.rows.get(table, {}).get(back.get(key, key)))
        for key, row in plan.rows.get(table, {}).items():
            if key in rows[table] or key in moved:
                continue
            if isinstance(row, Element) and row.herkomst != "eigen":
                if key in kept:
                    rows[table][key] = _referring(replace(row, herkomst=LAPSED), moved)
            elif table == "bedrag":
                _take_amount(rows["bedrag"], row, moved, plan)
            else:
                rows[table][key] = _referring(row, moved)
    return rows


def moves(old: Mapping[str, Mapping[str, Row]], report: Mapping[str, Mapping[str, Row]]) -> dict[str, str]:
    """Old key → new key of what stands somewhere else now: by its code, or by code and title, where only one went and
    only one came."""
    found: dict[str, str] = {}
    for table in REPORTS:
        here = {k: r for k, r in old.get(table, {}).items() if isinstance(r, Element) and r.herkomst == REPORTED}
        there = report.get(table, {})
        gone, came = ({k: v for k, v in a.items() if k not in b} for a, b in ((here, there), (there, here)))
        for said in (_code, _code_and_title):
            names = {name: k for k, r in gone.items() if (name := said(r)) and k not in found}
            once = Counter(said(r) for k, r in gone.items()) + Counter(said(r) for r in came.values())
            for key, row in came.items():
                name = said(row)
                if name in names and once[name] == 2 and key not in found.values():
                    found[names[name]] = key
    return found


def _code(row: Row) -> str:
    return getattr(row, "code", "").casefold()


def _code_and_title(row: Row) -> str:
    return f"{_code(row)} {getattr(row, 'titel', '').casefold()}"


def _with_own(row: Row, old: Row | None) -> Row:
    """A reported row with what people filled in."""
    own = [f.name for f in fields(row) if not is_told(row.table, f.name)]
    return replace(row, **{name: getattr(old, name) for name in own}) if old else row


def _referring(row: Row, moved: Mapping[str, str]) -> Row:
    names = columns_of(row.table).keys() & {*REFERS}
    return replace(row, **{name: moved.get(getattr(row, name), getattr(row, name)) for name in names})


def _take_amount(rows: dict[str, Row], row: Row, moved: Mapping[str, str], plan: Plan) -> None:
    """An amount that the report does not have: of a city's own action or project, or spent on what lapsed."""
    element = plan.elements.get(getattr(row, "onderdeel", ""))
    there = _referring(row, moved)
    key = f"{there.onderdeel}/{there.jaar}"  # type: ignore[attr-defined]
    if element and element.herkomst == REPORTED:
        if there.besteed_eur is None:  # type: ignore[attr-defined]
            return
        rows[key] = _with_own(rows[key], row) if key in rows else replace(there, sleutel=key, gepland_eur=None)
    else:
        rows[row.sleutel] = there


def written_about(plan: Plan) -> set[str]:
    """What people filled in something of, with all above it."""
    about: set[str] = set()
    for table, rows in plan.rows.items():
        for row in rows.values():
            own = [f for f in fields(row) if not is_told(table, f.name)]
            reported = getattr(row, "herkomst", "") == REPORTED or table == "bedrag"
            if not reported or any(getattr(row, f.name) != f.default for f in own):
                about.add(plan.hangs_on(row))
    return {above.sleutel for key in about for above in plan.path(key)}


@dataclass(frozen=True)
class Differences:
    """What one plan has otherwise than another: keys with titles, and euro per year."""

    nieuw: list[Element]
    geschrapt: list[Element]
    verplaatst: list[tuple[Element, Element]]
    hernoemd: list[tuple[Element, Element]]
    meer: list[tuple[Element, Decimal]]
    minder: list[tuple[Element, Decimal]]
    per_jaar: dict[int, tuple[Decimal, Decimal]]


def differences(old: Plan, new: Plan) -> Differences:
    """What is new, cut, moved, renamed, and has more or less money than before."""
    moved = moves(old.rows, new.rows)
    before = {k: r for k, r in old.elements.items() if r.herkomst != LAPSED}
    after = {k: r for k, r in new.elements.items() if r.herkomst != LAPSED}
    pairs = [(row, after[moved.get(key, key)]) for key, row in before.items() if moved.get(key, key) in after]
    change = [(b, _planned(new, b.sleutel) - _planned(old, a.sleutel)) for a, b in pairs if b.table in ELEMENTS[2:]]
    years = sorted({row.jaar for plan in (old, new) for row in plan.of("bedrag")})
    return Differences(
        nieuw=[r for k, r in after.items() if k not in before and k not in moved.values()],
        geschrapt=[r for k, r in before.items() if k not in after and k not in moved],
        verplaatst=[(a, b) for a, b in pairs if a.sleutel != b.sleutel],
        hernoemd=[(a, b) for a, b in pairs if a.titel != b.titel],
        meer=sorted(((r, d) for r, d in change if d > 0), key=lambda found: -found[1]),
        minder=sorted(((r, d) for r, d in change if d < 0), key=lambda found: found[1]),
        per_jaar={year: (_in_year(old, year), _in_year(new, year)) for year in years},
    )


def _planned(plan: Plan, key: str) -> Decimal:
    return sum((row.gepland_eur or Decimal(0) for row in plan.under(key, "bedrag")), Decimal(0))


def _in_year(plan: Plan, year: int) -> Decimal:
    return sum((row.gepland_eur or Decimal(0) for row in plan.of("bedrag") if row.jaar == year), Decimal(0))
