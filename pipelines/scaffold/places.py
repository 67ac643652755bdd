"""Which columns say the area and its level, and what is wrong with the codes or names in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from pipelines.describe.levels import MUNICIPAL, load_levels, version_in
from pipelines.ingest.read.cast import named
from pipelines.landing.areas import municipal_levels
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.periods import Periods
from pipelines.scaffold.questions import OTHERS, Answers, NotDescribed
from pipelines.scaffold.sample import YEAR, Sample

LEVELS = re.compile(r"geolevel|gebiedsniveau|niveau|level|lvl(_refnis)?", re.IGNORECASE)
KNOWN_SHARE, NAMED_SHARE = 0.9, 0.5
MANY = 20
LEFT_OUT, YEARLY = "weglaten", "jaar"
WIDTH = 5


@dataclass
class Places:
    """Where the area stands: its column, that of its level, and those with areas around it. `known` is what the areas
    of every level are called (`codes`, or keys of names), `read` what each cell of the area is called."""

    area: str
    level: str | None
    by_name: bool
    known: dict[str, set[str]]
    read: dict[str, str]
    around: list[str] = field(default_factory=list)

    @property
    def own(self) -> list[str]:
        """The columns that say which area a row is of."""
        return [self.level, self.area] if self.level else [self.area]


def find(sample: Sample, draft: Draft, periods: Periods, answers: Answers) -> Places:
    """Write areas, level and version into the draft. Raises NotDescribed where no column holds areas."""
    patterns = answers.mapping("patronen")
    columns = [c for c in sample.header if c not in (*periods.columns, *periods.beside)]
    cells = {c: {t: _rewritten(t, patterns) for t in sample.texts(c)} for c in columns}
    known = _called(sample, "gebied", "gebied")
    every = set().union(*known.values())
    read = {c: {t: _padded(code, every) for t, code in of.items()} for c, of in cells.items()}
    found = [c for c, of in read.items() if _share(of, every) >= KNOWN_SHARE and not _years(of)]
    if by_name := not found:
        known = _called(sample, "genoemd", "kern")
        read = {c: _keys(sample, of) for c, of in cells.items()}
        found = [c for c, of in read.items() if _share(of, set().union(*known.values())) >= NAMED_SHARE]
    if not found:
        raise NotDescribed(
            f"{sample.name}: no column holds codes or names of areas that sources/gebieden knows; add a column with "
            "NIS codes, say in the answer patronen what stands around the names, or add the areas there first"
        )
    most = max(len(set(read[c].values())) for c in found)
    best = [c for c in found if len(set(read[c].values())) == most]
    guess = best[0] if len(best) == 1 else None
    area = answers.ask("gebied", "which column says the area of a row", found, guess=guess, why="it has the most areas")
    level = next((c for c in columns if LEVELS.fullmatch(c) and c != area and not by_name), None)
    places = Places(area, level, by_name, known, read[area])
    draft.gebied = {"niveau": "kolom", "patronen": patterns, "namen": {"kolom": "gebied"} if by_name else {}}
    if by_name:
        answers.say("namen", f"column {area} has names and no codes: a name that two places bear is asked")
    elif short := next((t for t, code in places.read.items() if code != cells[area][t]), None):
        draft.gebied["breedte"] = WIDTH
        answers.say("breedte", f"{WIDTH}: {short} has lost its leading zero")
    values = {
        word: _level(sample, draft, places, word, of, answers) for word, of in _held(sample, periods, places).items()
    }
    if level:
        draft.carry(level, "gebiedsniveau", type="text", values=values)
    else:
        draft.gebied["niveau"] = values[""]
    draft.carry(area, "gebied", type="text")
    _others(sample, draft, places, {c: set(read[c].values()) for c in found if c not in places.own}, answers)
    draft.gebied = {k: v for k, v in draft.gebied.items() if v}
    return places


def _called(sample: Sample, table: str, column: str) -> dict[str, set[str]]:
    """Level → what its areas are called, for the levels that figures stand on. A number below a hundred (a
    vervoerregio) tells nobody that it is an area."""
    out: dict[str, set[str]] = {}
    for level, code in sample.con.execute(f"SELECT DISTINCT gebiedsniveau, {column} FROM {table}").fetchall():
        if level in load_levels() and code and not re.fullmatch(r"\d{1,2}", code):
            out.setdefault(level, set()).add(code)
    return out


def _rewritten(text: str, patterns: dict[str, str]) -> str:
    for pattern, replacement in patterns.items():
        text = re.sub(pattern, replacement, text)
    return text


def _padded(code: str, every: set[str]) -> str:
    """A code with the leading zeros that a spreadsheet took, where that makes a known one."""
    return code.zfill(WIDTH) if code.isdigit() and code.zfill(WIDTH) in every else code


def _keys(sample: Sample, cells: dict[str, str]) -> dict[str, str]:
    """What names are compared by."""
    pairs = [list(cells), list(cells.values())]
    return dict(
        sample.con.execute("SELECT t, naamkern(n) FROM (SELECT UNNEST(?) AS t, UNNEST(?) AS n)", pairs).fetchall()
    )


def _share(read: dict[str, str], every: set[str]) -> float:
    return len(set(read.values()) & every) / max(len(set(read.values())), 1)


def _years(read: dict[str, str]) -> bool:
    return all(re.fullmatch(YEAR, code) for code in read)


def _held(sample: Sample, periods: Periods, places: Places) -> dict[str, dict[int, set[str]]]:
    """Per word of the level column ('' without one) and year what the areas of the file are called."""
    word = named(places.level) if places.level else "''"
    area, year, out = named(places.area), periods.year or periods.years[0], {}
    sql = f"SELECT DISTINCT {word}, {year}, {area} FROM monster WHERE {area} <> '' ORDER BY ALL"
    for said, when, text in sample.con.execute(sql).fetchall():
        out.setdefault(said, {}).setdefault(when, set()).add(places.read[text])
    return out


def _level(
    sample: Sample, draft: Draft, places: Places, word: str, per_year: dict[int, set[str]], answers: Answers
) -> str:
    """The one level and version that knows all areas of a word; asked where more do. What it does not know is left out
    or asked."""
    held, known = set().union(*per_year.values()), places.known
    series = {level: load_levels()[level].reeks for level in known}
    hits = {s: max(len(held & known[v]) for v in known if series[v] == s) for s in sorted(set(series.values()))}
    family = max(hits, key=lambda s: (hits[s], s == word, s == MUNICIPAL))
    versions = sorted((v for v in known if series[v] == family), key=lambda v: load_levels()[v].laatste_jaar or 9999)
    own = set().union(*(known[v] for v in versions))
    above = set().union(*(areas for v, areas in known.items() if series[v] != family)) - own
    strange = {v: len(held - above - known[v]) for v in versions}
    fewest = min(strange.values())
    if family == MUNICIPAL and not word:
        strange[YEARLY] = len({c for y, codes in per_year.items() for c in codes - above - known[version_in(y)]})
    fitting = [v for v in versions if strange[v] == fewest] if strange.get(YEARLY, fewest) >= fewest else [YEARLY]
    guess, why = None, ""
    if len(fitting) == 1:
        guess, why = fitting[0], f"no other has all but {strange[fitting[0]]} of the {len(held)} areas"
    elif word in fitting and word != family:
        guess, why = word, "the level column says so, and its codes agree"
    question = f"which version of {family} the {len(held)} areas are of, as {' and '.join(fitting)} fit"
    level = answers.ask("niveau", question, list(strange), item=word or None, guess=guess, why=why)
    _leave_out(sample, draft, places, held - (own if level == YEARLY else known[level]), word, answers)
    return level


def _leave_out(sample: Sample, draft: Draft, places: Places, unknown: set[str], word: str, answers: Answers) -> None:
    """Rows of a level that is not described here stay out; what an area means that nobody knows is asked."""
    also = {places.level: [word]} if places.level else None
    every = set() if places.by_name else set().union(*places.known.values())
    double = "SELECT DISTINCT kern FROM genoemd WHERE dubbel"
    doubled = {k for (k,) in sample.con.execute(double).fetchall()} if places.by_name else set()
    above = sorted(t for t, code in places.read.items() if code in unknown & every)
    # Province, arrondissement and municipality share names: what two cells are called is not known of either.
    twice = {c for c, n in Counter(places.read.values()).items() if n > 1} if places.by_name else set()
    unclear = {t for t, code in places.read.items() if code in twice or (code in doubled and "(" not in t)}
    left = sorted({t for t, code in places.read.items() if code in unknown - every} | unclear)
    if above:
        draft.exclude(places.area, above, "totaal van een ander niveau", also)
        sample.drop({places.area: above, **(also or {})})
        answers.say("excluded", f"{', '.join(above[:6])}: {len(above)} areas of another level stand among the rows")
    if "" in sample.values(places.area) and not word:
        left.append("")
    if len(left) > MANY and not answers.given("gebieden", OTHERS):
        question = (
            f"{len(left)} areas such as {', '.join(left[:3])} are unknown: {LEFT_OUT}, or name each with its code"
        )
        meant = dict.fromkeys(left, answers.ask("gebieden", question, [LEFT_OUT], item=OTHERS))
    else:
        question = f"which code of our list it is, such as 99993 for unknown, or {LEFT_OUT}"
        meant = {text: answers.ask("gebieden", question, item=text or "leeg") for text in left}
    if out := [text for text, code in meant.items() if code == LEFT_OUT]:
        draft.exclude(places.area, out, "geen gebied volgens de uitgever", also)
        sample.drop({places.area: out, **(also or {})})
    if aliases := {text: code for text, code in meant.items() if code not in (LEFT_OUT, "")}:
        draft.gebied.setdefault("aliassen", {}).update(aliases)


def _others(sample: Sample, draft: Draft, places: Places, found: dict[str, set[str]], answers: Answers) -> None:
    """Columns with areas around the area: the municipality of a sector is carried, the others are known. Raises
    NotDescribed for flows between areas."""
    town = municipal_levels(sample.con).get(draft.gebied["niveau"])
    for column, codes in found.items():
        if not sample.determines(places.own, column):
            raise NotDescribed(
                f"{sample.name}: {places.area} and {column} both hold areas, and one does not say the other; flows "
                "between areas, or areas that moved, are described by hand"
            )
        places.around.append(column)
        if town and codes <= places.known[town] and "gemeente" not in draft.columns:
            draft.carry(column, "gemeente", type="text")
            answers.say("gemeente", f"column {column}: the municipality of every sector")
        else:
            draft.leave(column)
            answers.say("ignored", f"{column}: areas that {places.area} lies in")
