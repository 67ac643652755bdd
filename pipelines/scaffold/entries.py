"""The subjects of a new dataset as entries of the catalogue: what follows is written, what does not is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.themes import load_themes
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Say
from pipelines.scaffold.subjects import MEAN, Subject

SHARE = re.compile(r"pct|perc|procent|aandeel|arop", re.IGNORECASE)
ASKED = ("eenheid", "naam_en")
NOT_YET = "geen: bij het beschrijven van de bron is nog niet bepaald welk interval er bij hoort"


def catalogue(
    con: duckdb.DuckDBPyConnection, draft: Draft, subjects: list[Subject], to: Path, answers: Answers, say: Say
) -> dict[str, Any] | None:
    """models/indicatoren/<id>.yaml; None where the catalogue has every subject already.

    With one measure its unit and English name are asked. With more, or with the codes of an upload, the answer
    `onderwerpen` may tell them per measure or code, and a subject that lacks one is in preparation.
    """
    taken = _taken(to)
    there = [s.code for s in subjects if s.code in taken]
    if there:
        say("onderwerpen", f"{', '.join(there)[:200]}: in the catalogue already, and left as they are")
    left = [s for s in subjects if s.code not in taken]
    single = "onderwerp" not in draft.columns and len({s.measure for s in left}) == 1
    told = _told(left[0].measure if single else None, answers)
    own = answers.overruled("onderwerpen", {})
    if strange := sorted(set(own) - {s.code for s in left} - {s.measure for s in left}):
        raise NotDescribed(f"onderwerpen names {strange[0]}, which is no subject or measure of this file; correct it")
    names = set(taken.values())
    entries = {}
    for subject in left:
        entry = _entry(draft, subject, {**told, **own.get(subject.measure, {}), **own.get(subject.code, {})}, names)
        names.add(entry["naam"])
        entries[subject.code] = entry
    if waiting := [code for code, entry in entries.items() if "in_voorbereiding" in entry]:
        say("onderwerpen", f"{len(waiting)} in preparation: fill in what in_voorbereiding says, and take that line out")
    theme = load_themes()[draft.meta["thema"]].naam
    return {"thema": theme, "standaard": _standard(con, draft, answers), "onderwerpen": entries} if left else None


def _told(measure: str | None, answers: Answers) -> dict[str, str]:
    """What a person says of the one measure; of several it must stand in `onderwerpen`."""
    if measure is None:
        return {key: said for key in ASKED if (said := answers.overruled(key, "")) and key != "naam_en"}
    unit = answers.need("eenheid", f"unit of {measure}, such as inwoners")
    english = answers.need("naam_en", f"English name of {measure}")
    told = {"eenheid": unit, "naam_en": english}
    if SHARE.search(measure):
        told["geheel"] = answers.need("geheel", f"the whole that {measure} is a part of, such as de huishoudens")
    return told


def _entry(draft: Draft, subject: Subject, told: dict[str, str], names: set[str]) -> dict[str, Any]:
    measure, values = subject.measure, [str(v) for v in subject.apart]
    if "onderwerp" in draft.columns:
        measure = subject.code.split("_", 1)[1]
    words = told.get("naam", measure.removeprefix("kolom_").replace("_", " ").lower())
    behind = f" ({', '.join(values)})" if values else ""
    name = words + behind
    name = name if name not in names else f"{name}, {draft.ident.replace('_', ' ')}"
    share = SHARE.search(measure) is not None and not subject.adds_up
    lacking = [key for key in (*ASKED, *(["geheel"] if share else [])) if not told.get(key)]
    unit = told.get("eenheid") or ("%" if share else "nog te bepalen")
    entry: dict[str, Any] = {
        "naam": name,
        "naam_en": told["naam_en"] + behind if told.get("naam_en") else name,
        "omschrijving": _description(subject, name, unit, told.get("geheel", "het geheel") if share else None),
        "maat": subject.measure,
        "waar": {**subject.where, **({"onderwerp": subject.given} if subject.given else {})},
        "eenheid": unit,
    }
    if not subject.adds_up:
        entry["voetnoot"] = "Niet aggregeerbaar: de bron geeft niet waaruit dit cijfer berekend is."
    if lacking:
        entry["in_voorbereiding"] = f"nog in te vullen: {', '.join(lacking)}"
    return {k: v for k, v in entry.items() if v}


def _description(subject: Subject, name: str, unit: str, whole: str | None) -> str:
    """The type between brackets, what it is, and the unit."""
    if subject.adds_up:
        return f"[aantal] {name} (in {unit})"
    if whole:
        return f"[percentage] {name} (t.o.v. {whole}) (in {unit})"
    middle = re.search(r"median|mediaan|p50|q2", subject.measure, re.IGNORECASE)
    kind = "mediaan" if middle else "gemiddelde" if MEAN.search(subject.measure) else "ratio"
    return f"[{kind}] {name} (in {unit})"


def _standard(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> dict[str, Any]:
    """What all entries share. Levels and periods are named where the description leaves them open."""
    levels = [*draft.columns["gebiedsniveau"]["values"].values()] if draft.gebied["niveau"] == "kolom" else []
    parts = [part for part in ("maand", "kwartaal") if part in draft.key]
    yearly = [p for p in parts if con.execute(f'SELECT BOOL_OR("{p}" = 0) FROM kandidaat').fetchone()[0]]  # type: ignore[index]
    publisher = draft.ident.split("_", 1)[0]
    standard = {
        "bron": draft.ident,
        "publicatieniveaus": list(dict.fromkeys(levels)),
        "periodiciteit": ["jaar", *parts] if yearly else parts,
        "polariteit": "geen",
        "interval": answers.overruled("interval", NOT_YET),
        "uploader": answers.overruled("uploader", f"{publisher} (automatisch)"),
        "controleur": answers.overruled("controleur", "werkgroep OBMi"),
    }
    return {k: v for k, v in standard.items() if v}


def _taken(to: Path) -> dict[str, str]:
    """The codes that the catalogue has, with the names of their subjects."""
    paths = {path for root in (ROOT, to) for path in root.glob("models/indicatoren/*.yaml")}
    files = [load_yaml(path) for path in sorted(paths)]
    return {code: entry["naam"] for file in files for code, entry in file["onderwerpen"].items()}
