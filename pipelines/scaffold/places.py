"""Which columns say the area and its level, and what is wrong with the codes or names in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipelines.describe.levels import MUNICIPAL, load_levels, version_in, versions
from pipelines.describe.placenames import candidates
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
    """Where the area stands: its column and that of its level. `means` says per text of the area which code it is at
    each level."""

    area: str
    level: str | None
    by_name: bool
    means: dict[str, dict[str, str]]


def find(sample: Sample, draft: Draft, year: str) -> None:
    """Write areas, level and version into the draft. Raises NotDescribed where no column holds areas."""
    answers, texts = draft.answers, {c: sample.texts(c) for c in draft.rest(sample.header)}
    patterns = answers.mapping("patronen")
    for by_name, share in ((False, KNOWN_SHARE), (True, NAMED_SHARE)):
        means = _meant(sample, {t for of in texts.values() for t in of}, patterns, by_name)
        known = {c: sum(1 for t in of if means[t]) for c, of in texts.items() if not all(map(IS_YEAR, of))}
        if found := [c for c, number in known.items() if number >= share * len(texts[c])]:
            break
    if not found:
        return _of_one(sample, draft)
    most = max(len(texts[c]) for c in found)
    best = [c for c in found if len(texts[c]) == most]
    area = answers.ask("gebied", found, guess=best[0] if len(best) == 1 else None, why="it has the most areas")
    level = next((c for c in texts if LEVELS.fullmatch(c) and c != area and not by_name), None)
    places = Places(area, level, by_name, {t: means[t] for t in texts[area]})
    draft.gebied = {"niveau": "kolom"} | ({"patronen": patterns} if patterns else {})
    if by_name:
        draft.gebied["namen"] = {"kolom": "gebied"}
    elif any(code != t and code.endswith(t) for t, of in places.means.items() for code in of.values()):
        draft.gebied["breedte"] = WIDTH  # a leading zero is lost
    values = {word: _level(sample, draft, places, word, of) for word, of in _held(sample, year, places).items()}
    if level:
        draft.carry(level, "gebiedsniveau", type="text", values=values)
    else:
        draft.gebied["niveau"] = values[""]
    draft.carry(area, "gebied", type="text")
    for column in (c for c in found if c not in (area, level)):
        _around(sample, draft, places, column, [means[t] for t in texts[column]])


def _of_one(sample: Sample, draft: Draft) -> None:
    """All figures are of one area, which a person names. Raises NotDescribed where they are not."""
    code = draft.answers.ask("plaats")
    of = [level for level, own in _meant(sample, {code}, {}, False)[code].items() if own == code]
    if not of and code:
        raise NotDescribed(
            f"{sample.name}: no column holds codes or names of areas that sources/gebieden knows; add a column with "
            "NIS codes, say in the answer patronen what stands around the names, or add the areas there first"
        )
    shown = {"family": "the levels", "areas": 1, "fitting": " and ".join(of)}
    level = draft.answers.ask("niveau", of, sole=f"no other has {code}", **shown) if of else ""
    draft.gebied, draft.form["constants"] = {"niveau": level}, {**draft.form.get("constants", {}), "gebied": code}
    draft.columns["gebied"] = {"type": "text"}


def _meant(sample: Sample, texts: set[str], patterns: dict[str, str], by_name: bool) -> dict[str, dict[str, str]]:
    """Per text which code it is at each level, without what stands around it: the code itself, which may lack the
    zeros that a spreadsheet took, or the area that a reader takes the name for, '' where it cannot tell which. A
    number below a hundred (a vervoerregio) tells nobody that it is an area."""
    bare = {text: text for text in texts}
    for pattern, replacement in patterns.items():
        bare = {text: re.sub(pattern, replacement, said) for text, said in bare.items()}
    said = "(SELECT UNNEST($1::TEXT[]) AS tekst)"
    written = "UNNEST(LIST_DISTINCT([gebied, LTRIM(gebied, '0')])) AS kort, gebiedsniveau, gebied"
    areas = rf"(SELECT {written} FROM gebied WHERE NOT regexp_full_match(gebied, '\d{{1,2}}'))"
    sql = f"SELECT tekst, gebiedsniveau, gebied FROM {said} JOIN {areas} ON kort = tekst"
    if by_name:
        cells = "gebiedsniveau AS niveau, tekst AS naam, '' AS provincie, '' AS postcode"
        cells = f"SELECT DISTINCT {cells} FROM {said} JOIN genoemd ON kern = naamkern(tekst)"
        sure = "COALESCE(MIN(gebied) FILTER (zeker), '')"
        sql = f"SELECT naam, niveau, {sure} FROM ({candidates(cells)}) GROUP BY naam, niveau"
    found = {(name, level): code for name, level, code in sample.con.execute(sql, [[*{*bare.values()}]]).fetchall()}
    return {text: {v: found[name, v] for v in load_levels() if (name, v) in found} for text, name in bare.items()}


def _held(sample: Sample, year: str, places: Places) -> dict[str, dict[int, set[str]]]:
    """Per word of the level column ('' without one) and year the areas of the file, as it writes them."""
    word, area = named(places.level) if places.level else "''", named(places.area)
    out: dict[str, dict[int, set[str]]] = {}
    sql = f"SELECT DISTINCT {word}, {year}, {area} FROM monster WHERE {area} <> '' ORDER BY ALL"
    for said, when, text in sample.con.execute(sql).fetchall():
        out.setdefault(said, {}).setdefault(when, set()).add(text)
    return out


def _level(sample: Sample, draft: Draft, places: Places, word: str, per_year: dict[int, set[str]]) -> str:
    """The one level and version that knows all areas of a word; asked where more do. What it does not know is left out
    or asked."""
    held, means, levels = set().union(*per_year.values()), places.means, load_levels()
    known = Counter(level for text in held for level in means[text])
    series = {name: level.reeks for name, level in levels.items()}
    family = series[max(levels, key=lambda v: (known[v], series[v] == word, series[v] == MUNICIPAL))]
    own = [v.gebiedsniveau for v in versions(family)]
    above = {t for t in held if means[t] and not means[t].keys() & {*own}}
    strange = {v: sum(1 for t in held - above if v not in means[t]) for v in own}
    fewest = min(strange.values())
    if family == MUNICIPAL and not word:
        strange[YEARLY] = len({t for y, of in per_year.items() for t in of - above if version_in(y) not in means[t]})
    fitting = [v for v in own if strange[v] == fewest] if strange.get(YEARLY, fewest) >= fewest else [YEARLY]
    guess, why = None, ""
    if len(fitting) == 1:
        guess, why = fitting[0], f"no other has all but {strange[fitting[0]]} of the {len(held)} areas"
    elif word in fitting and word != family:
        guess, why = word, "the level column says so, and its codes agree"
    shown = {"family": family, "areas": len(held), "fitting": " and ".join(fitting)}
    level = draft.answers.ask("niveau", [*strange], item=word or None, guess=guess, why=why, **shown)
    meant = {t: [means[t][v] for v in (own if level == YEARLY else [level]) if v in means[t]] for t in held}
    twice = Counter(codes[0] for codes in meant.values() if codes) if places.by_name else Counter()
    unknown = {t for t, codes in meant.items() if not any(codes) or twice[codes[0]] > 1}
    _leave_out(sample, draft, places, unknown, set() if places.by_name else unknown & above, word)
    return level


def _leave_out(sample: Sample, draft: Draft, places: Places, unknown: set[str], totals: set[str], word: str) -> None:
    """Rows of a level that is not described here stay out; what an area means that nobody knows is asked."""
    answers, also = draft.answers, {places.level: [word]} if places.level else {}
    if totals:
        shown = ", ".join(sorted(totals)[:6])
        answers.say("excluded", f"{shown}: {len(totals)} areas of another level stand among the rows")
    left = sorted(unknown - totals) + ([""] if "" in sample.values(places.area) and not word else [])
    if len(left) > MANY and not answers.given("gebieden", OTHERS):
        few = f"; {len(left)} areas such as {', '.join(left[:3])} are unknown, name each with its code or say for all"
        meant = dict.fromkeys(left, answers.ask("gebieden", [LEFT_OUT], item=OTHERS, few=few))
    else:
        meant = {text: answers.ask("gebieden", item=text or "leeg", few="") for text in left}
    out = [text for text, code in meant.items() if code == LEFT_OUT]
    for reason, texts in (("totaal van een ander niveau", sorted(totals)), ("geen gebied volgens de uitgever", out)):
        if texts:
            draft.exclude(reason, {places.area: texts, **also})
            sample.drop({places.area: texts, **also})
    if aliases := {text: code for text, code in meant.items() if code not in (LEFT_OUT, "")}:
        draft.gebied.setdefault("aliassen", {}).update(aliases)


def _around(sample: Sample, draft: Draft, places: Places, column: str, means: list[dict[str, str]]) -> None:
    """A column with areas around the area: the municipality of a sector is carried, any other is known. Raises
    NotDescribed for flows between areas."""
    if not sample.determines([c for c in (places.level, places.area) if c], column):
        raise NotDescribed(
            f"{sample.name}: {places.area} and {column} both hold areas, and one does not say the other; flows "
            "between areas, or areas that moved, are described by hand"
        )
    town = municipal_levels(sample.con).get(draft.gebied["niveau"])
    if town and all(town in of for of in means) and "gemeente" not in draft.columns:
        draft.carry(column, "gemeente", type="text")  # of every sector
    else:
        draft.leave(column, f"areas that {places.area} lies in")
