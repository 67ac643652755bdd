"""Which columns say the area and its level, and what is wrong with the codes in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.landing.areas import municipal_levels
from pipelines.scaffold.area_level import FAMILIES, Lists, best_family, family, judge, lists, padded, word_of
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.periods import Periods
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Sample, Say

NAMES = re.compile(r"refnis|nis|geoitem|gebied|sector|munty|gemeente", re.IGNORECASE)
LEVELS = re.compile(r"geolevel|niveau|level|(^|_)lvl($|_)", re.IGNORECASE)
KNOWN_SHARE = 0.9
FEW = 80
FEW_UNKNOWN = 5
LEFT_OUT = "weglaten"
UNKNOWN_PLACE = "9999"


@dataclass(frozen=True)
class Places:
    """The columns of the file that hold the area, and its level where a column says it."""

    area: str
    level: str | None
    columns: list[str]


def find(sample: Sample, draft: Draft, periods: Periods, answers: Answers, say: Say) -> Places:
    """Write areas, level and version into the draft. Raises NotDescribed where no column holds area codes."""
    known = lists(sample)
    every = {code for areas in known.values() for code in areas}
    found = _columns(sample, periods, every)
    if not found:
        raise NotDescribed(_no_codes(sample))
    area = answers.overruled("gebiedskolom", max(found, key=lambda c: (found[c], bool(NAMES.search(c)))))
    if area not in sample.header:
        raise NotDescribed(f"{sample.name} has no column {area}; correct the answer gebiedskolom")
    short = [c for c in sample.distinct(area) if padded(c, every) != c]
    level = _level_column(sample, area, known, every, periods)
    breedte = bool(short)
    if breedte:
        draft.gebied["breedte"] = 5
        say("breedte", f"5: {short[0]} has lost its leading zero and is {padded(short[0], every)}")
    if level:
        _levels(sample, draft, periods, area, level, known, every, answers, say)
    else:
        _one_level(sample, draft, periods, area, known, every, answers, say)
    columns = [area, level] if level else [area]
    if family(draft.gebied["niveau"]) == "statsec":
        columns += _municipality(sample, draft, found, area, known, say)
    columns += _other_areas(sample, draft, [c for c in found if c not in columns], columns[: 2 if level else 1], say)
    draft.carry(area, "gebied", type="text")
    return Places(area, level, columns)


def _columns(sample: Sample, periods: Periods, every: set[str]) -> dict[str, int]:
    """The columns that hold area codes, with how many different ones."""
    found = {}
    for column in sample.header:
        if column in periods.columns or column in periods.beside:
            continue
        texts = sample.distinct(column)
        years = all(re.fullmatch(r"(19|20)\d\d", t) for t in texts)
        share = sum(1 for t in texts if padded(t, every) in every) / max(len(texts), 1)
        if texts and share >= KNOWN_SHARE and (not years or NAMES.search(column)):
            found[column] = len(texts)
    return found


def _no_codes(sample: Sample) -> str:
    names = {n.lower() for n in sample.column("SELECT DISTINCT naam FROM gebied WHERE naam IS NOT NULL")}
    for column in sample.header:
        texts = sample.distinct(column)
        if texts and sum(1 for t in texts if t.strip().lower() in names) >= 0.5 * len(texts):
            return (
                f"{sample.name}: column {column} names areas and no column holds their codes; a name is no key "
                "(Sint-Niklaas and Saint-Nicolas), so add a column of codes, or describe it by hand (gebied.namen)"
            )
    return (
        f"{sample.name}: no column holds codes of areas that sources/gebieden knows; add a column with NIS codes, or "
        "add the areas there first"
    )


def _level_column(sample: Sample, area: str, known: Lists, every: set[str], periods: Periods) -> str | None:
    """The column that says the level of every row: by its name or its words, and every word has one kind of area."""
    for column in sample.header:
        words = sample.distinct(column, 20)
        if column in (area, *periods.columns) or not words or len(words) > 12:
            continue
        if not LEVELS.search(column) and not all(family(w.lower()) in FAMILIES for w in words):
            continue
        codes = {w: _codes(sample, area, every, f"{named(column)} = {quoted(w)}") for w in words}
        if all(best_family(c, known, w)[1] >= KNOWN_SHARE * len(c) for w, c in codes.items()):
            return column
    return None


def _codes(sample: Sample, area: str, every: set[str], where: str = "TRUE") -> set[str]:
    cell = named(area)
    return {
        padded(c, every) for c in sample.column(f"SELECT DISTINCT {cell} FROM monster WHERE {cell} <> '' AND {where}")
    }


def _per_year(sample: Sample, periods: Periods, area: str, every: set[str], where: str = "TRUE") -> dict[int, set[str]]:
    """The area codes of every year."""
    if periods.year is None:
        return dict.fromkeys(periods.years, _codes(sample, area, every, where))
    found: dict[int, set[str]] = {}
    cell = named(area)
    pairs = sample.con.execute(f"SELECT DISTINCT {periods.year}, {cell} FROM monster WHERE {cell} <> '' AND {where}")
    for year, code in pairs.fetchall():
        found.setdefault(year, set()).add(padded(code, every))
    return found


def _levels(
    sample: Sample,
    draft: Draft,
    periods: Periods,
    area: str,
    level: str,
    known: Lists,
    every: set[str],
    answers: Answers,
    say: Say,
) -> None:
    """The level and version of every word in the level column."""
    values: dict[str, str] = {}
    words = sample.distinct(level)
    # The municipalities first: their codes tell the version, which other levels of the file then share.
    cells = {w: _codes(sample, area, every, f"{named(level)} = {quoted(w)}") for w in words}
    words.sort(key=lambda w: best_family(cells[w], known, w)[0] != "gemeente")
    for word in words:
        per_year = _per_year(sample, periods, area, every, f"{named(level)} = {quoted(word)}")
        judged = judge(per_year, known, answers, word, beside=list(values.values()))
        if judged.level == "jaar":
            raise NotDescribed(
                f"{sample.name}: {word} means the municipalities of every year's own version, beside other levels; "
                "give a file per level"
            )
        _leave_out(draft, area, judged.unknown, known, f"{word} in {area}", answers, say, {level: [word]})
        values[word] = judged.level
        say("gebied", f"{word} is {judged.level}: {judged.why}")
    draft.carry(level, "gebiedsniveau", type="text", values=dict(sorted(values.items())))
    draft.gebied["niveau"] = "kolom"
    say("niveau", f"column {level}: {', '.join(values)}")


def _one_level(
    sample: Sample, draft: Draft, periods: Periods, area: str, known: Lists, every: set[str], answers: Answers, say: Say
) -> None:
    """The level and version of all rows, and the rows of levels above it that stand among them."""
    per_year = _per_year(sample, periods, area, every)
    codes = set().union(*per_year.values())
    kind, _ = best_family(codes, known)
    own = {c for level, areas in known.items() if family(level) == kind for c in areas}
    above = {c for c in codes - own if c in every}
    if above:
        _leave_out(draft, area, above, known, area, answers, say)
        per_year = {year: held - above for year, held in per_year.items()}
    judged = judge({y: c for y, c in per_year.items() if c}, known, answers)
    _leave_out(draft, area, judged.unknown, known, area, answers, say)
    draft.gebied["niveau"] = judged.level
    draft.gebied["toelichting"] = f"De codes zijn {word_of(judged.level)}."
    say("gebied", f"{judged.level}, column {area}: {judged.why}")


def _leave_out(
    draft: Draft,
    area: str,
    codes: frozenset[str] | set[str],
    known: Lists,
    where: str,
    answers: Answers,
    say: Say,
    also: dict[str, list[str]] | None = None,
) -> None:
    """Rows of a level that is not described here, or of one word of the level column (`also`); what a code means
    that nobody knows is asked."""
    beside = {"also": also} if also else {}
    if not codes:
        return
    nowhere = sorted(c for c in codes if not any(c in areas for areas in known.values()))
    if len(nowhere) > FEW_UNKNOWN:
        raise NotDescribed(
            f"{where}: {', '.join(nowhere[:5])} is no area that sources/gebieden knows ({len(nowhere)} such codes); "
            "take these rows out of the file, or add the areas there first"
        )
    for code in nowhere:
        question = f"the area of our list that '{code}' in {where} means, such as 99993 for unknown, or weglaten"
        meant = str(answers.need(f"gebied {code}", question) or LEFT_OUT)
        if meant == LEFT_OUT:
            draft.excluded.append(
                {"column": area, "values": [code], **beside, "reason": "geen gebied volgens de uitgever"}
            )
        else:
            draft.gebied.setdefault("aliassen", {})[code] = meant
    codes = codes - set(nowhere)
    unknown = sorted(c for c in codes if c.startswith(UNKNOWN_PLACE))
    if unknown:
        reason = "onbekende plaats, die dit niveau niet kent"
        draft.excluded.append({"column": area, "values": unknown, **beside, "reason": reason})
        say("excluded", f"{', '.join(unknown)}: unknown places, which this level does not have")
    codes = codes - set(unknown)
    wrong = sorted(c for c in codes if any(c in areas and family(lv) == "gemeente" for lv, areas in known.items()))
    if wrong:
        raise NotDescribed(
            f"{where}: no version of the municipalities holds all codes, {', '.join(wrong[:5])} belong to another one "
            f"({len(wrong)} such codes); ask the publisher which version this is, or describe the file by hand"
        )
    if not codes:
        return
    if len(codes) > FEW:
        raise NotDescribed(f"{where}: {len(codes)} codes are of other levels; give a file of one level")
    written = sorted(
        {c for code in codes for c in (code, code.lstrip("0")) if draft.gebied.get("breedte") or c == code}
    )
    draft.excluded.append({"column": area, "values": written, **beside, "reason": "totaal van een hoger niveau"})
    say("excluded", f"{', '.join(sorted(codes)[:6])}: totals of a level above stand among the rows")


def _other_areas(sample: Sample, draft: Draft, others: list[str], own: list[str], say: Say) -> list[str]:
    """Columns with codes of the areas that the area lies in. Raises NotDescribed for flows between areas."""
    for column in others:
        if not sample.determines(own, column):
            raise NotDescribed(
                f"{sample.name}: {own[0]} and {column} both hold areas, and one does not say the other; flows between "
                "areas, or areas that moved, are described by hand"
            )
        draft.ignored.append(column)
        say("ignored", f"{column}: codes of the areas that {own[0]} lies in")
    return others


def _municipality(sample: Sample, draft: Draft, found: dict[str, int], area: str, known: Lists, say: Say) -> list[str]:
    """The column with the municipality of a sector, where there is one: faults are held back by it."""
    version = municipal_levels(sample.con)[draft.gebied["niveau"]]
    for column in found:
        texts = set(sample.distinct(column))
        if column != area and texts and texts <= known[version].keys():
            draft.carry(column, "gemeente", type="text")
            say("gemeente", f"column {column}: the municipality of every sector")
            return [column]
    return []
