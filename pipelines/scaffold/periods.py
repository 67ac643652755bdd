"""Which period a row speaks of: a column, the names of columns beside each other, the file's name, or a person."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.home import now
from pipelines.ingest.read.cast import named
from pipelines.scaffold.area_level import FAMILIES
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Sample, Say

YEAR = r"(?:19|20)\d\d"
NAMES = re.compile(r"^(y|yr|period|periode|date|datum|dt|cd_year)$|jaar|year|annee|maand|month|^dt_day$", re.IGNORECASE)
PLAIN = re.compile(r"^(jaar|year|cd_year|period|periode|y)$", re.IGNORECASE)
NOT_PERIOD = re.compile(r"bouwjaar|geboorte|birth|build", re.IGNORECASE)
MONTHS = re.compile(r"^(cd_)?(maand|month|mois|period)$", re.IGNORECASE)
QUARTERS = re.compile(r"^(kwartaal|quarter|trimest(er|re))$", re.IGNORECASE)
SPOILED = 0.2
SHAPES = {
    "jaar": rf"{YEAR}",
    "maand": rf"{YEAR}[-/M]?(0[1-9]|1[0-2])",
    "kwartaal": rf"{YEAR}-?[QKT][1-4]",
    "dag": rf"{YEAR}-[01]\d-[0-3]\d( 00:00:00)?|[0-3]?\d/[01]?\d/{YEAR}",
}


@dataclass(frozen=True)
class Periods:
    """Where the period stands: columns that say it, SQL for the year of a row (None where the row does not say),
    the years, and the columns that are years themselves."""

    columns: list[str]
    parts: list[str]
    year: str | None
    years: list[int]
    beside: list[str] = field(default_factory=list)


def find(sample: Sample, draft: Draft, answers: Answers, say: Say) -> Periods:
    """Write the period into the draft. Raises NotDescribed for days and for several measures with years beside
    each other."""
    column, shape = _column(sample, answers)
    if column is not None and shape is not None:
        return _from_column(sample, draft, column, shape, say)
    beside = _beside(sample, draft, say)
    if beside is not None:
        return beside
    name = sample.name
    found = [m for m in re.finditer(rf"(?<!\d){YEAR}(?!\d)", name) if not _is_version(name, m.start())]
    if len({m.group() for m in found}) == 1 and not answers.is_given("jaar"):
        before = re.search(r"[A-Za-z_-]{0,12}$", name[: found[0].start()])
        draft.from_name["jaar"] = f"{re.escape(before.group()) if before else ''}({YEAR})"
        draft.columns["jaar"] = {"type": "integer"}
        say("jaar", f"{found[0].group()}: no column holds years and the file's name does")
        return Periods([], ["jaar"], None, [int(found[0].group())])
    why = f"the file's name holds {len(found)} years" if found else "neither a column nor the file's name says it"
    year = answers.need("jaar", f"year of the figures, {why}")
    if year and not re.fullmatch(YEAR, str(year)):
        raise NotDescribed(f"the answer '{year}' to jaar is no year; correct the answer")
    draft.constants["jaar"] = str(year or now().year)
    draft.columns["jaar"] = {"type": "integer"}
    return Periods([], ["jaar"], None, [int(draft.constants["jaar"])])


def _is_version(name: str, at: int) -> bool:
    """True for the year behind the name of an area level, which is the year of its version."""
    return name[:at].lower().endswith(FAMILIES)


def _column(sample: Sample, answers: Answers) -> tuple[str | None, str | None]:
    """The column that says the period, and the shape of its texts."""
    found = {}
    for column in sample.header:
        texts = sample.distinct(column, 5000)
        if not texts or NOT_PERIOD.search(column):
            continue
        by_name = bool(NAMES.search(column))
        for shape, pattern in SHAPES.items():
            clear = shape == "jaar" or any("-" in t or "Q" in t for t in texts[:3])
            if (by_name or clear) and all(re.fullmatch(pattern, t) for t in texts):
                found[column] = (shape, by_name)
                break
    wanted = answers.overruled("periodekolom", None)
    if wanted is not None:
        if wanted not in found:
            raise NotDescribed(f"{sample.name}: column {wanted} holds no periods; correct the answer periodekolom")
        return wanted, found[wanted][0]
    order = list(SHAPES)
    best = [c for c, (_, by_name) in found.items() if by_name] or list(found)
    best = [c for c in best if PLAIN.match(c)] or best
    kinds = sorted({found[c][0] for c in best}, key=order.index)
    best = [c for c in best if found[c][0] == kinds[0]] if kinds else best
    if not best:
        _refuse_spoiled(sample)
        return None, None
    column = best[0] if len(best) == 1 else answers.need("periodekolom", "column that says the period", best)
    return column, found[column][0]


def _refuse_spoiled(sample: Sample) -> None:
    """A column that says the period nearly everywhere is no category beside a year that somebody makes up."""
    for column in (c for c in sample.header if NAMES.search(c) and not NOT_PERIOD.search(c)):
        texts = sample.distinct(column, 5000)
        for pattern in SHAPES.values():
            other = [t for t in texts if not re.fullmatch(pattern, t)]
            if other and len(other) <= SPOILED * len(texts):
                raise NotDescribed(
                    f"{sample.name}: column {column} holds periods, and also {', '.join(other[:3])}; "
                    "take these rows out, or ask the publisher what they mean"
                )


def _from_column(sample: Sample, draft: Draft, column: str, shape: str, say: Say) -> Periods:
    cell = named(column)
    year = f"CAST(regexp_extract({cell}, '({YEAR})', 1) AS INTEGER)"
    years = sample.column(f"SELECT DISTINCT {year} FROM monster WHERE {cell} <> '' ORDER BY 1")
    say("jaar", f"{years[0]}-{years[-1]}, column {column}: {len(years)} years in it as {shape}")
    if shape == "dag":
        shape = _days(sample, cell, column, say)
    if shape == "jaar" and re.fullmatch(YEAR, sample.distinct(column)[0]):
        draft.carry(column, "jaar", type="integer")
        return _with_months(sample, draft, Periods([column], ["jaar"], year, years), say)
    draft.ignored.append(column)
    draft.columns["jaar"] = {"type": "integer"}
    draft.extract["jaar"] = {"column": column, "pattern": f"({YEAR})"}
    if shape == "jaar":
        return Periods([column], ["jaar"], year, years)
    pattern = {"maand": rf"^{YEAR}[-/M]?0?(\d{{1,2}})", "kwartaal": r"([1-4])$"}[shape]
    draft.columns[shape] = {"type": "integer"}
    draft.extract[shape] = {"column": column, "pattern": pattern}
    return Periods([column], ["jaar", shape], year, years)


def _days(sample: Sample, cell: str, column: str, say: Say) -> str:
    """Days that stand for a year or a month; anything else is a series of days."""
    iso = sample.one(f"SELECT BOOL_AND(regexp_matches({cell}, '^{YEAR}-')) FROM monster WHERE {cell} <> ''")
    days = sample.one(f"SELECT COUNT(DISTINCT regexp_replace({cell}, '{YEAR}', '')) FROM monster WHERE {cell} <> ''")
    if days == 1:
        say("jaar", f"column {column} holds the same day of every year")
        return "jaar"
    within = sample.one(f"SELECT COUNT(DISTINCT regexp_extract({cell}, '-(\\d\\d)( |$)', 1)) FROM monster")
    if iso and within == 1:
        say("maand", f"column {column} holds the same day of every month")
        return "maand"
    raise NotDescribed(
        f"{sample.name}: column {column} holds days, and subjects have years, quarters or months; "
        "give a file per month or year, or describe this one by hand"
    )


def _with_months(sample: Sample, draft: Draft, found: Periods, say: Say) -> Periods:
    """The year with the column of months or quarters beside it, where there is one."""
    for pattern, name, top in ((MONTHS, "maand", 12), (QUARTERS, "kwartaal", 4)):
        for column in sample.header:
            texts = sample.distinct(column)
            if pattern.match(column) and texts and all(t.isdigit() and int(t) <= top for t in texts):
                if all(t == str(int(t)) for t in texts):
                    draft.carry(column, name, type="integer")
                else:
                    draft.ignored.append(column)
                    draft.columns[name] = {"type": "integer"}
                    draft.extract[name] = {"column": column, "pattern": r"^0?(\d+)$"}
                say(name, f"column {column}: whole numbers up to {top}")
                return Periods([*found.columns, column], ["jaar", name], found.year, found.years)
    return found


def _beside(sample: Sample, draft: Draft, say: Say) -> Periods | None:
    """Years as columns beside each other; None where there are none."""
    groups: dict[tuple[str, str], list[str]] = {}
    for column in sample.header:
        if found := re.fullmatch(rf"(.*?)({YEAR})(.*)", column):
            groups.setdefault((found.group(1), found.group(3)), []).append(column)
    many = {around: columns for around, columns in groups.items() if len(columns) >= 3}
    if not many:
        return None
    if len(many) > 1:
        raise NotDescribed(
            f"{sample.name}: {len(many)} measures stand beside each other per year "
            f"({', '.join(c[0] for c in many.values())}); give a file with a column for the year"
        )
    ((before, after), columns), *_ = many.items()
    pattern = f"^{re.escape(before)}({YEAR}){re.escape(after)}$"
    draft.codes = {"column": "jaar", "value": "waarde", "pattern": pattern}
    draft.columns["jaar"] = {"type": "integer"}
    years = sorted(int(m.group(1)) for c in columns if (m := re.fullmatch(pattern, c)))
    say("codes", f"{columns[0]} to {columns[-1]}: {len(columns)} years stand beside each other as columns")
    return Periods([], ["jaar"], None, years, columns)
