"""Which columns say the area and its level, and what is wrong with the codes or names in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipelines.describe.levels import MUNICIPAL, load_levels, version_in, versions
from pipelines.ingest.read.cast import named
from pipelines.landing.areas import municipal_levels
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import LEFT_OUT, OTHERS, NotDescribed
from pipelines.scaffold.sample import YEAR, Sample

LEVELS = re.compile(r"geolevel|gebiedsniveau|niveau|level|lvl(_refnis)?", re.IGNORECASE)
KNOWN_SHARE, NAMED_SHARE = 0.9, 0.5
MANY = 20
YEARLY = "jaar"
WIDTH = 5
IS_YEAR = re.compile(YEAR).fullmatch


@dataclass(frozen=True)
class Places:
    """Where the area stands: its column and that of its level. `known` is what the areas of every level are called
    (codes, or keys of names), `read` what each cell of the area is called."""

    area: str
    level: str | None
    by_name: bool
    known: dict[str, set[str]]
    read: dict[str, str]


def find(sample: Sample, draft: Draft, year: str) -> None:
    """Write areas, level and version into the draft. Raises NotDescribed where no column holds areas."""
    answers, columns = draft.answers, draft.rest(sample.header)
    patterns = answers.mapping("patronen")
    for by_name, share in ((False, KNOWN_SHARE), (True, NAMED_SHARE)):
        known = _called(sample, by_name)
        every = set().union(*known.values())
        read = {c: _read(sample, c, patterns, None if by_name else every) for c in columns}
        held = {c: {*of.values()} for c, of in read.items() if of}
        found = [c for c, of in held.items() if len(of & every) >= share * len(of) and not all(map(IS_YEAR, of))]
        if found:
            break
    if not found:
        return _of_one(sample, draft)
    best = [c for c in found if len(held[c]) == max(len(held[c]) for c in found)]
    area = answers.ask("gebied", found, guess=best[0] if len(best) == 1 else None, why="it has the most areas")
    level = next((c for c in columns if LEVELS.fullmatch(c) and c != area and not by_name), None)
    places = Places(area, level, by_name, known, read[area])
    draft.gebied = {"niveau": "kolom"} | ({"patronen": patterns} if patterns else {})
    if by_name:
        draft.gebied["namen"] = {"kolom": "gebied"}
    elif any(code != t and code.endswith(t) for t, code in places.read.items()):  # a leading zero is lost
        draft.gebied["breedte"] = WIDTH
    values = {word: _level(sample, draft, places, word, of) for word, of in _held(sample, year, places).items()}
    if level:
        draft.carry(level, "gebiedsniveau", type="text", values=values)
    else:
        draft.gebied["niveau"] = values[""]
    draft.carry(area, "gebied", type="text")
    for column in (c for c in found if c not in (area, level)):
        _around(sample, draft, places, column, held[column])


def _of_one(sample: Sample, draft: Draft) -> None:
    """All figures are of one area, which a person names. Raises NotDescribed where they are not."""
    code = draft.answers.ask("plaats")
    of = [level for level, codes in _called(sample, by_name=False).items() if code in codes]
    if not of and code:
        raise NotDescribed(
            f"{sample.name}: no column holds codes or names of areas that sources/gebieden knows; add a column with "
            "NIS codes, say in the answer patronen what stands around the names, or add the areas there first"
        )
    shown = {"family": "the levels", "areas": 1, "fitting": " and ".join(of)}
    level = draft.answers.ask("niveau", of, sole=f"no other has {code}", **shown) if of else ""
    draft.gebied, draft.form["constants"] = {"niveau": level}, {**draft.form.get("constants", {}), "gebied": code}
    draft.columns["gebied"] = {"type": "text"}


def _called(sample: Sample, by_name: bool) -> dict[str, set[str]]:
    """Level → what its areas are called, for the levels that figures stand on. A number below a hundred (a
    vervoerregio) tells nobody that it is an area."""
    out: dict[str, set[str]] = {}
    table = "gebiedsniveau, kern FROM genoemd" if by_name else "gebiedsniveau, gebied FROM gebied"
    for level, code in sample.con.execute(f"SELECT DISTINCT {table}").fetchall():
        if level in load_levels() and code and not re.fullmatch(r"\d{1,2}", code):
            out.setdefault(level, set()).add(code)
    return out


def _read(sample: Sample, column: str, patterns: dict[str, str], codes: set[str] | None) -> dict[str, str]:
    """What the area in each cell is called, without what stands around it: one of the `codes`, with the leading zeros
    that a spreadsheet took, or what names are compared by."""
    out = {text: text for text in sample.texts(column)}
    for pattern, replacement in patterns.items():
        out = {text: re.sub(pattern, replacement, code) for text, code in out.items()}
    if codes is not None:
        return {
            t: code.zfill(WIDTH) if code.isdigit() and code.zfill(WIDTH) in codes else code for t, code in out.items()
        }
    sql = "SELECT t, naamkern(n) FROM (SELECT UNNEST(?) AS t, UNNEST(?) AS n)"
    return dict(sample.con.execute(sql, [list(out), list(out.values())]).fetchall())


def _held(sample: Sample, year: str, places: Places) -> dict[str, dict[int, set[str]]]:
    """Per word of the level column ('' without one) and year what the areas of the file are called."""
    word, area = named(places.level) if places.level else "''", named(places.area)
    out: dict[str, dict[int, set[str]]] = {}
    sql = f"SELECT DISTINCT {word}, {year}, {area} FROM monster WHERE {area} <> '' ORDER BY ALL"
    for said, when, text in sample.con.execute(sql).fetchall():
        out.setdefault(said, {}).setdefault(when, set()).add(places.read[text])
    return out


def _level(sample: Sample, draft: Draft, places: Places, word: str, per_year: dict[int, set[str]]) -> str:
    """The one level and version that knows all areas of a word; asked where more do. What it does not know is left out
    or asked."""
    held, known = set().union(*per_year.values()), places.known
    series = {v: load_levels()[v].reeks for v in known}
    family = max(known, key=lambda v: (len(held & known[v]), series[v] == word, series[v] == MUNICIPAL))
    family = series[family]
    own = [v.gebiedsniveau for v in versions(family) if v.gebiedsniveau in known]
    above = set().union(*(areas for v, areas in known.items() if v not in own)) - set().union(*map(known.get, own))
    strange = {v: len(held - above - known[v]) for v in own}
    fewest = min(strange.values())
    if family == MUNICIPAL and not word:
        strange[YEARLY] = len({c for y, codes in per_year.items() for c in codes - above - known[version_in(y)]})
    fitting = [v for v in own if strange[v] == fewest] if strange.get(YEARLY, fewest) >= fewest else [YEARLY]
    guess, why = None, ""
    if len(fitting) == 1:
        guess, why = fitting[0], f"no other has all but {strange[fitting[0]]} of the {len(held)} areas"
    elif word in fitting and word != family:
        guess, why = word, "the level column says so, and its codes agree"
    shown = {"family": family, "areas": len(held), "fitting": " and ".join(fitting)}
    level = draft.answers.ask("niveau", [*strange], item=word or None, guess=guess, why=why, **shown)
    fits = set().union(*(known[v] for v in own)) if level == YEARLY else known[level]
    _leave_out(sample, draft, places, held - fits, above, word)
    return level


def _leave_out(sample: Sample, draft: Draft, places: Places, unknown: set[str], above: set[str], word: str) -> None:
    """Rows of a level that is not described here stay out; what an area means that nobody knows is asked."""
    answers, also = draft.answers, {places.level: [word]} if places.level else {}
    totals = [] if places.by_name else sorted(t for t, code in places.read.items() if code in unknown & above)
    if totals:
        answers.say("excluded", f"{', '.join(totals[:6])}: {len(totals)} areas of another level stand among the rows")
    # Province, arrondissement and municipality share names: what two cells are called is not known of either.
    double = "SELECT DISTINCT kern FROM genoemd WHERE dubbel"
    doubled = {k for (k,) in sample.con.execute(double).fetchall()} if places.by_name else set()
    twice = {c for c, n in Counter(places.read.values()).items() if n > 1} if places.by_name else set()
    unclear = {t for t, code in places.read.items() if code in twice or (code in doubled and "(" not in t)}
    left = sorted(unclear | {t for t, code in places.read.items() if code in unknown and t not in totals})
    left += [""] if "" in sample.values(places.area) and not word else []
    if len(left) > MANY and not answers.given("gebieden", OTHERS):
        few = f"; {len(left)} areas such as {', '.join(left[:3])} are unknown, name each with its code or say for all"
        meant = dict.fromkeys(left, answers.ask("gebieden", [LEFT_OUT], item=OTHERS, few=few))
    else:
        meant = {text: answers.ask("gebieden", item=text or "leeg", few="") for text in left}
    out = [text for text, code in meant.items() if code == LEFT_OUT]
    for reason, texts in (("totaal van een ander niveau", totals), ("geen gebied volgens de uitgever", out)):
        if texts:
            draft.exclude(reason, {places.area: texts, **also})
            sample.drop({places.area: texts, **also})
    if aliases := {text: code for text, code in meant.items() if code not in (LEFT_OUT, "")}:
        draft.gebied.setdefault("aliassen", {}).update(aliases)


def _around(sample: Sample, draft: Draft, places: Places, column: str, held: set[str]) -> None:
    """A column with areas around the area: the municipality of a sector is carried, any other is known. Raises
    NotDescribed for flows between areas."""
    if not sample.determines([c for c in (places.level, places.area) if c], column):
        raise NotDescribed(
            f"{sample.name}: {places.area} and {column} both hold areas, and one does not say the other; flows "
            "between areas, or areas that moved, are described by hand"
        )
    town = municipal_levels(sample.con).get(draft.gebied["niveau"])
    if town and held <= places.known[town] and "gemeente" not in draft.columns:
        draft.carry(column, "gemeente", type="text")  # of every sector
    else:
        draft.leave(column, f"areas that {places.area} lies in")
