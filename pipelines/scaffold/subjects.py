"""The subjects of a new dataset as entries of the catalogue, and what is expected of their totals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.catalogue import Topic, load_topics
from pipelines.describe.levels import NATIONAL
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.describe.themes import load_themes
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.scaffold.columns import kind_beside
from pipelines.scaffold.draft import Draft, slug
from pipelines.scaffold.questions import APART, COUNTED, IGNORED, KINDS, SUM, NotDescribed

LONGEST, MOST, CHECKED = 46, 200, 4
PREFIX = {COUNTED: "v", "geen": "v", "gemiddelde": "vg", "mediaan": "vg"}
NOT_YET = "geen: bij het beschrijven van de bron is nog niet bepaald welk interval er bij hoort"
NOT_SUMMED = "Niet aggregeerbaar: de bron geeft niet waaruit dit cijfer berekend is."


@dataclass(frozen=True)
class Subject:
    """A measure or series (`what`) of one kind over the rows of `where`; `apart` are the values that tell it from its
    likes, `there` the levels and years at which it is shown."""

    what: str
    kind: str
    where: dict[str, str | int]
    apart: list[str]
    there: set[tuple[str, int]]


def catalogue_of(to: Path) -> dict[str, Topic]:
    """The subjects that there are, in the checkout and in the place where is written. Raises SpecError."""
    return load_topics() | ({} if to == ROOT else load_topics(to, load_datasets(to)))


def kinds(topics: dict[str, Topic]) -> dict[str, str]:
    """Per code of the catalogue of which kind it is."""
    said = {code: t.omschrijving[1:].partition("]")[0] for code, t in topics.items()}
    return {c: "geen" if (k, topics[c].aggregatie) == (COUNTED, "geen") else k for c, k in said.items() if k in KINDS}


def subjects(con: duckdb.DuckDBPyConnection, draft: Draft) -> dict[str, Subject]:
    """The subjects by their codes: one per measure or series, and per value of the dimensions that are kept apart."""
    whole = {d for d in draft.over if draft.columns[d]["type"] == "integer"}
    held = {d: int(v) if d in whole else v for d, v in draft.over.items() if v not in (SUM, APART)}
    summed, apart = ([d for d, over in draft.over.items() if over == how] for how in (SUM, APART))
    rows = f"SELECT DISTINCT {', '.join(map(named, apart))} FROM getoond WHERE {_where(held)} ORDER BY ALL"
    parts = con.execute(rows).fetchall() if apart else [()]
    theme, found = _theme(draft), {}
    for what, kind in draft.kinds.items():
        if summed and kind != COUNTED:
            why = f"{what} stays out of the subjects: {kind} does not add up over {', '.join(summed)}"
            draft.answers.say("onderwerpen", why)
            continue
        series = {draft.codes["column"]: what} if draft.codes.get("column", "jaar") != "jaar" else {}
        for values in parts:
            of = {**held, **dict(zip(apart, values, strict=True))}
            own, where = kind_beside(kind, [*map(str, of.values())]), {**of, **series}
            name = "_".join([slug(what).removeprefix("kolom_"), *(slug(str(v)) for v in values)])
            code = f"{PREFIX.get(own, 'vp')}{theme}_{name}"[:LONGEST].rstrip("_") if theme else what.lower()
            code = next(c for c in (code, *(f"{code[: LONGEST - 4]}_{i}" for i in range(2, 999))) if c not in found)
            found[code] = Subject(what, own, where, [*map(str, values)], _there(con, where))
            if own != kind:
                why = f"{code} {own}: it would be {kind}, but the value of its rows says otherwise"
                draft.answers.say("kolommen", why)
    every = _there(con, {})
    if gaps := [code for code, subject in found.items() if subject.there != _between(every, subject.there)]:
        why = f"{', '.join(gaps)} stay out: a level or a year between their first and last is not there"
        draft.answers.say("onderwerpen", why)
        found = {code: subject for code, subject in found.items() if code not in gaps}
    if not found or len(found) > MOST:
        none = "no figure that adds up has all its levels and years"
        why = f"{len(found)} subjects are more than {MOST}" if found else none
        raise NotDescribed(
            f"{draft.ident}: {why}; answer another of {SUM}, {APART} and a value to dimensies, or {IGNORED} to kolommen"
        )
    return found


def _theme(draft: Draft) -> str:
    """The digits in the codes of its subjects; an upload brings codes of its own."""
    if draft.is_upload:
        return ""
    theme = draft.answers.ask("themacode", start=" or ".join(load_themes()[draft.meta["thema"]].cijfers))
    if theme and not re.fullmatch(r"\d{4}", theme):
        raise NotDescribed(f"the answer '{theme}' to themacode is not four digits; quote it in the answers")
    return theme or "0000"


def _there(con: duckdb.DuckDBPyConnection, held: dict[str, str | int]) -> set[tuple[str, int]]:
    """The levels and years of the rows that are shown, with these values."""
    return {*con.execute(f"SELECT DISTINCT gebiedsniveau, jaar FROM getoond WHERE {_where(held)}").fetchall()}


def _between(every: set[tuple[str, int]], own: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """What a build expects of a subject: of its first to its last year all levels and years of its dataset."""
    years = [year for _, year in own or every]
    return {(level, year) for level, year in every if min(years) <= year <= max(years)}


def _where(held: dict[str, str | int]) -> str:
    return " AND ".join(["TRUE", *(f"{named(d)} = {v if isinstance(v, int) else quoted(v)}" for d, v in held.items())])


def catalogue(
    con: duckdb.DuckDBPyConnection, draft: Draft, there: dict[str, Topic], found: dict[str, Subject]
) -> dict[str, Any]:
    """models/indicatoren/<id>.yaml; empty where the catalogue has every subject already.

    Of one measure the unit and English name are asked. Of more, or of the codes of an upload, the answer `onderwerpen`
    may tell them per measure or code, and a subject that lacks one is in preparation.
    """
    answers, left = draft.answers, {code: subject for code, subject in found.items() if code not in there}
    if known := [code for code in found if code in there]:
        answers.say("onderwerpen", f"{', '.join(known)[:200]}: in the catalogue already, and left as they are")
    measures = {subject.what for subject in left.values()}
    own = {name: answers.given("onderwerpen", name) or {} for name in [*measures, *left]}
    told = {}
    if len(measures) == 1 and not any(own.values()):
        shares = ["geheel"] if any(s.kind == "percentage" for s in left.values()) else []
        told = {key: answers.ask(key) for key in ("eenheid", "naam_en", *shares)}
    names, entries, every = {topic.naam for topic in there.values()}, {}, [year for _, year in _there(con, {})]
    later = draft.meta["periode"].get("peildag") == "12-31"
    for code, subject in left.items():
        entry = entries[code] = _entry(draft, subject, {**told, **own[subject.what], **own[code]}, names)
        names.add(entry["naam"])
        years = [year for _, year in subject.there]
        entry |= {"start": min(years) + later} if min(years) > min(every) else {}
        entry |= {"einde": max(years) + later} if max(years) < max(every) else {}
    if waiting := sum("in_voorbereiding" in entry for entry in entries.values()):
        why = "fill in what in_voorbereiding says, and take that line out"
        answers.say("onderwerpen", f"{waiting} in preparation: {why}")
    theme = load_themes()[draft.meta["thema"]].naam
    return {"thema": theme, "standaard": _standard(con, draft), "onderwerpen": entries} if entries else {}


def _entry(draft: Draft, subject: Subject, told: dict[str, str], names: set[str]) -> dict[str, Any]:
    words = subject.what.split("_", 1)[-1] if draft.is_upload else subject.what
    behind = f" ({', '.join(subject.apart)})" if subject.apart else ""
    name = told.get("naam", words.removeprefix("kolom_").replace("_", " ").lower()) + behind
    name = name if name not in names else f"{name}, {draft.ident.replace('_', ' ')}"
    share = subject.kind == "percentage"
    lacking = [key for key in ("eenheid", "naam_en", *(["geheel"] if share else [])) if not told.get(key)]
    unit = told.get("eenheid") or ("%" if share else "nog te bepalen")
    whole = f" (t.o.v. {told.get('geheel', 'het geheel')})" if share else ""
    entry = {
        "naam": name,
        "naam_en": told["naam_en"] + behind if told.get("naam_en") else name,
        "omschrijving": f"[{COUNTED if subject.kind == 'geen' else subject.kind}] {name}{whole} (in {unit})",
        "maat": "waarde" if draft.codes else subject.what,
        "waar": subject.where,
        "eenheid": unit,
        "aggregatie": "geen" if subject.kind == "geen" else None,
        "voetnoot": None if subject.kind == COUNTED else NOT_SUMMED,
        "in_voorbereiding": f"nog in te vullen: {', '.join(lacking)}" if lacking else None,
    }
    return {k: v for k, v in entry.items() if v}


def _standard(con: duckdb.DuckDBPyConnection, draft: Draft) -> dict[str, Any]:
    """What all entries share. Levels and periods are named where the description leaves them open; of levels those
    with areas that are shown."""
    levels = draft.columns["gebiedsniveau"]["values"].values() if draft.gebied["niveau"] == "kolom" else []
    parts = [part for part in ("maand", "kwartaal") if part in draft.key]
    yearly = [p for p in parts if con.execute(f'SELECT BOOL_OR("{p}" = 0) FROM kandidaat').fetchone()[0]]  # type: ignore[index]
    standard = {
        "bron": draft.ident,
        "publicatieniveaus": [level for level in dict.fromkeys(levels) if level != NATIONAL],
        "periodiciteit": ["jaar", *parts] if yearly else parts,
        "polariteit": "geen",
        "interval": NOT_YET,
        "uploader": f"{draft.ident.split('_', 1)[0]} (automatisch)",
        "controleur": "werkgroep OBMi",
    }
    return {k: v for k, v in standard.items() if v}


def expectations(con: duckdb.DuckDBPyConnection, draft: Draft, found: dict[str, Subject]) -> list[dict[str, Any]]:
    """expectations/<id>.yaml: the total of a count, or else the mean of the most detailed level lies between half and
    twice of what it is now."""
    level = con.execute("SELECT gebiedsniveau FROM kandidaat GROUP BY 1 ORDER BY COUNT(*) DESC, 1").fetchone()[0]  # type: ignore[index]
    listed = ", ".join(k for k in draft.listed if k != "onderwerp")
    checks = []
    for code, subject in list(found.items())[:CHECKED]:
        how, what = ("SUM", "De som") if subject.kind == COUNTED else ("AVG", "Het gemiddelde")
        held = {"gebiedsniveau": level, **subject.where}
        measure = "waarde" if draft.codes else subject.what
        totals = f"SELECT {listed}, {how}({measure}) AS waargenomen FROM kandidaat WHERE {_where(held)} GROUP BY ALL"
        low, high = con.execute(f"SELECT MIN(waargenomen), MAX(waargenomen) FROM ({totals})").fetchone()  # type: ignore[misc]
        if low is not None:
            low, high = round(min(low / 2, low * 2), 4), round(max(high / 2, high * 2, 1), 4)
            said = f"{what} van {code} over alle gebieden van niveau {level} ligt tussen {low} en {high}."
            check = {"id": f"bereik_{code}", "omschrijving": said, "dimensie": "juistheid", "over": totals}
            checks.append({**check, "fout": f"waargenomen NOT BETWEEN {low} AND {high}"})
    return checks
