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
    likes."""

    what: str
    kind: str
    where: dict[str, str | int]
    apart: list[str]

    @property
    def behind(self) -> str:
        """What stands behind its name."""
        return f" ({', '.join(self.apart)})" if self.apart else ""


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
    summed = [d for d, over in draft.over.items() if over == SUM]
    apart = [d for d, over in draft.over.items() if over == APART]
    rows = f"SELECT DISTINCT {', '.join(map(named, apart))} FROM getoond WHERE {_where(held)} ORDER BY ALL"
    parts = con.execute(rows).fetchall() if apart else [()]
    swing, start = "known" in draft.codes, " or ".join(load_themes()[draft.meta["thema"]].cijfers)
    theme = "" if swing else draft.answers.ask("themacode", start=start)
    if theme and not re.fullmatch(r"\d{4}", theme):
        raise NotDescribed(f"the answer '{theme}' to themacode is not four digits; quote it in the answers")
    found: dict[str, Subject] = {}
    for what, kind in draft.kinds.items():
        if summed and kind not in (COUNTED, IGNORED):
            why = f"{what} stays out of the subjects: {kind} does not add up over {', '.join(summed)}"
            draft.answers.say("onderwerpen", why)
        if kind == IGNORED or (summed and kind != COUNTED):
            continue
        series = {draft.codes["column"]: what} if draft.codes and draft.codes["column"] != "jaar" else {}
        for values in parts:
            where = {**held, **dict(zip(apart, values, strict=True)), **series}
            own = kind_beside(kind, [str(v) for d, v in where.items() if d not in series])
            name = "_".join([slug(what).removeprefix("kolom_"), *(slug(str(v)) for v in values)])
            code = what.lower() if swing else f"{PREFIX.get(own, 'vp')}{theme or '0000'}_{name}"[:LONGEST].rstrip("_")
            code = next(c for c in (code, *(f"{code[: LONGEST - 4]}_{i}" for i in range(2, 999))) if c not in found)
            found[code] = Subject(what, own, where, [str(v) for v in values])
            if own != kind:
                draft.answers.say(
                    "kolommen", f"{code} {own}: it would be {kind}, but the value of its rows says otherwise"
                )
    every = _years(con)
    if gaps := [code for code, subject in found.items() if _lacks_a_year(every, _years(con, subject.where))]:
        why = f"{', '.join(gaps)} stay out: a year between their first and last is not there, or no figure is shown"
        draft.answers.say("onderwerpen", why)
        found = {code: subject for code, subject in found.items() if code not in gaps}
    if not found or len(found) > MOST:
        why = f"{len(found)} subjects are more than {MOST}" if found else "no figure adds up and has all its years"
        raise NotDescribed(
            f"{draft.ident}: {why}; answer another of {SUM}, {APART} and a value to dimensies, or {IGNORED} to kolommen"
        )
    return found


def _years(con: duckdb.DuckDBPyConnection, held: dict[str, str | int] | None = None) -> list[int]:
    """The years of all rows that are shown, or of those of a subject."""
    sql = f"SELECT DISTINCT jaar FROM getoond WHERE {_where(held or {})} ORDER BY 1"
    return [year for (year,) in con.execute(sql).fetchall()]


def _lacks_a_year(every: list[int], own: list[int]) -> bool:
    """Whether a year of the dataset is missing where a figure would be expected, or every year is."""
    return not own or own != [year for year in every if own[0] <= year <= own[-1]]


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
    names, entries, every = {topic.naam for topic in there.values()}, {}, _years(con)
    later = draft.meta["periode"].get("peildag") == "12-31"
    for code, subject in left.items():
        entries[code] = _entry(draft, subject, {**told, **own[subject.what], **own[code]}, names)
        names.add(entries[code]["naam"])
        years = _years(con, subject.where)
        entries[code] |= {"start": years[0] + later} if years[0] > every[0] else {}
        entries[code] |= {"einde": years[-1] + later} if years[-1] < every[-1] else {}
    if waiting := sum("in_voorbereiding" in entry for entry in entries.values()):
        why = "fill in what in_voorbereiding says, and take that line out"
        answers.say("onderwerpen", f"{waiting} in preparation: {why}")
    theme = load_themes()[draft.meta["thema"]].naam
    return {"thema": theme, "standaard": _standard(con, draft), "onderwerpen": entries} if entries else {}


def _entry(draft: Draft, subject: Subject, told: dict[str, str], names: set[str]) -> dict[str, Any]:
    words = subject.what.split("_", 1)[-1] if "known" in draft.codes else subject.what
    name = told.get("naam", words.removeprefix("kolom_").replace("_", " ").lower()) + subject.behind
    name = name if name not in names else f"{name}, {draft.ident.replace('_', ' ')}"
    share = subject.kind == "percentage"
    lacking = [key for key in ("eenheid", "naam_en", *(["geheel"] if share else [])) if not told.get(key)]
    unit = told.get("eenheid") or ("%" if share else "nog te bepalen")
    whole = f" (t.o.v. {told.get('geheel', 'het geheel')})" if share else ""
    entry = {
        "naam": name,
        "naam_en": told["naam_en"] + subject.behind if told.get("naam_en") else name,
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
