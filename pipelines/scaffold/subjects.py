"""The subjects of a new dataset as entries of the catalogue, and what is expected of their totals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.themes import load_themes
from pipelines.home import quoted
from pipelines.scaffold.draft import Draft, slug
from pipelines.scaffold.landed import APART, SUM
from pipelines.scaffold.questions import Answers, NotDescribed
from pipelines.scaffold.roles import COUNTED, IGNORED

LONGEST, MOST, CHECKED = 46, 200, 4
PREFIX = {COUNTED: "v", "geen": "v", "gemiddelde": "vg", "mediaan": "vg"}
NOT_YET = "geen: bij het beschrijven van de bron is nog niet bepaald welk interval er bij hoort"
Subjects = dict[str, dict[str, Any]]
NOT_SUMMED = "Niet aggregeerbaar: de bron geeft niet waaruit dit cijfer berekend is."


def themes(to: Path) -> list[dict[str, Any]]:
    """The files of the catalogue, of the checkout and of where is written."""
    return [load_yaml(path) for root in {ROOT, to} for path in sorted(root.glob("models/indicatoren/*.yaml"))]


def kinds(files: list[dict[str, Any]]) -> dict[str, str]:
    """Per code of the catalogue what its description says that it is."""
    entries = {code: entry for file in files for code, entry in file["onderwerpen"].items()}
    said = {code: re.match(r"\[(\w+)\]", str(entry.get("omschrijving"))) for code, entry in entries.items()}
    return {code: found[1] for code, found in said.items() if found}


def catalogue(
    con: duckdb.DuckDBPyConnection, draft: Draft, files: list[dict[str, Any]], found: Subjects, answers: Answers
) -> dict[str, Any]:
    """models/indicatoren/<id>.yaml; empty where the catalogue has every subject already.

    Of one measure the unit and English name are asked. Of more, or of the codes of an upload, the answer `onderwerpen`
    may tell them per measure or code, and a subject that lacks one is in preparation.
    """
    taken = {code: entry["naam"] for file in files for code, entry in file["onderwerpen"].items()}
    if there := [code for code in found if code in taken]:
        answers.say("onderwerpen", f"{', '.join(there)[:200]}: in the catalogue already, and left as they are")
    left = {code: subject for code, subject in found.items() if code not in taken}
    own = answers.mapping("onderwerpen")
    if strange := sorted(set(own) - {*left, *(s["what"] for s in left.values())}):
        raise NotDescribed(f"onderwerpen names {strange[0]}, which is no subject or measure of this file; correct it")
    told = {}
    if len({s["what"] for s in left.values()}) == 1 and not own:
        told = {
            "eenheid": answers.ask("eenheid", "the unit, such as inwoners"),
            "naam_en": answers.ask("naam_en", "the English name"),
        }
        if any(s["kind"] == "percentage" for s in left.values()):
            told["geheel"] = answers.ask("geheel", "the whole that it is a part of, such as de huishoudens")
    names = set(taken.values())
    entries = {}
    for code, subject in left.items():
        said = {**told, **own.get(subject["what"], {}), **own.get(code, {})}
        entries[code] = _entry(draft, subject, said, names)
        names.add(entries[code]["naam"])
    if waiting := sum("in_voorbereiding" in entry for entry in entries.values()):
        answers.say(
            "onderwerpen", f"{waiting} in preparation: fill in what in_voorbereiding says, and take that line out"
        )
    theme = load_themes()[draft.meta["thema"]].naam
    return {"thema": theme, "standaard": _standard(con, draft, answers), "onderwerpen": entries} if entries else {}


def subjects(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> Subjects:
    """Per code the measure or series (`what`), its kind, its rows (`where`) and the values that tell it from its likes
    (`apart`)."""
    held = {d: _typed(draft, d, over) for d, over in draft.over.items() if over not in (SUM, APART)}
    summed = [d for d, over in draft.over.items() if over == SUM]
    apart = [d for d, over in draft.over.items() if over == APART]
    named = ", ".join(f'"{d}"' for d in apart) or "0"
    parts = con.execute(f"SELECT DISTINCT {named} FROM kandidaat ORDER BY ALL").fetchall() if apart else [()]
    swing = "known" in draft.codes
    starts = load_themes()[draft.meta["thema"]].cijfers
    question = f"the four digits of the theme in the subject codes, which start with {' or '.join(starts)}"
    theme = "" if swing else answers.ask("themacode", question) or "0000"
    if not swing and not re.fullmatch(r"\d{4}", theme):
        raise NotDescribed(f"the answer '{theme}' to themacode is not four digits; quote it in the answers")
    found: Subjects = {}
    for what, kind in draft.kinds.items():
        if kind == IGNORED:
            continue
        if summed and kind != COUNTED:
            answers.say(
                "onderwerpen", f"{what} stays out of the subjects: {kind} does not add up over {', '.join(summed)}"
            )
            continue
        series = {draft.codes["column"]: what} if draft.codes and draft.codes["column"] != "jaar" else {}
        for values in parts:
            where = {**held, **dict(zip(apart, values, strict=True)), **series}
            name = "_".join([slug(what).removeprefix("kolom_"), *(slug(str(v)) for v in values)])
            code = what.lower() if swing else f"{PREFIX.get(kind, 'vp')}{theme}_{name}"[:LONGEST].rstrip("_")
            code = next(c for c in (code, *(f"{code[: LONGEST - 4]}_{i}" for i in range(2, 999))) if c not in found)
            found[code] = {"what": what, "kind": kind, "where": where, "apart": [str(v) for v in values]}
    if not found or len(found) > MOST:
        why = f"{len(found)} subjects are more than {MOST}" if found else f"no measure adds up over {', '.join(summed)}"
        raise NotDescribed(
            f"{draft.ident}: {why}; answer another of {SUM}, {APART} and a value to dimensies, or {IGNORED} to kolommen"
        )
    return found


def _typed(draft: Draft, dimension: str, value: str) -> str | int:
    return int(value) if draft.columns[dimension]["type"] == "integer" else value


def _entry(draft: Draft, subject: dict[str, Any], told: dict[str, str], names: set[str]) -> dict[str, Any]:
    what, kind = subject["what"], subject["kind"]
    words = what.split("_", 1)[-1] if "known" in draft.codes else what
    behind = f" ({', '.join(subject['apart'])})" if subject["apart"] else ""
    name = told.get("naam", words.removeprefix("kolom_").replace("_", " ").lower()) + behind
    name = name if name not in names else f"{name}, {draft.ident.replace('_', ' ')}"
    share = kind == "percentage"
    asked = ("eenheid", "naam_en", *(["geheel"] if share else []))
    lacking = [key for key in asked if not told.get(key)]
    unit = told.get("eenheid") or ("%" if share else "nog te bepalen")
    whole = f" (t.o.v. {told.get('geheel', 'het geheel')})" if share else ""
    entry = {
        "naam": name,
        "naam_en": told["naam_en"] + behind if told.get("naam_en") else name,
        "omschrijving": f"[{COUNTED if kind == 'geen' else kind}] {name}{whole} (in {unit})",
        "maat": "waarde" if draft.codes else what,
        "waar": subject["where"],
        "eenheid": unit,
        "aggregatie": "geen" if kind == "geen" else None,
        "voetnoot": None if kind == COUNTED else NOT_SUMMED,
        "in_voorbereiding": f"nog in te vullen: {', '.join(lacking)}" if lacking else None,
    }
    return {k: v for k, v in entry.items() if v}


def _standard(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers) -> dict[str, Any]:
    """What all entries share. Levels and periods are named where the description leaves them open."""
    levels = draft.columns["gebiedsniveau"]["values"].values() if draft.gebied["niveau"] == "kolom" else []
    parts = [part for part in ("maand", "kwartaal") if part in draft.key]
    yearly = [p for p in parts if con.execute(f'SELECT BOOL_OR("{p}" = 0) FROM kandidaat').fetchone()[0]]  # type: ignore[index]
    standard = {
        "bron": draft.ident,
        "publicatieniveaus": list(dict.fromkeys(levels)),
        "periodiciteit": ["jaar", *parts] if yearly else parts,
        "polariteit": "geen",
        "interval": answers.given("interval") or NOT_YET,
        "uploader": answers.given("uploader") or f"{draft.ident.split('_', 1)[0]} (automatisch)",
        "controleur": answers.given("controleur") or "werkgroep OBMi",
    }
    return {k: v for k, v in standard.items() if v}


def expectations(con: duckdb.DuckDBPyConnection, draft: Draft, found: Subjects) -> list[dict[str, Any]]:
    """expectations/<id>.yaml: the total of a count, or else the mean of the most detailed level lies between half and
    twice of what it is now."""
    level = con.execute("SELECT gebiedsniveau FROM kandidaat GROUP BY 1 ORDER BY COUNT(*) DESC, 1").fetchone()[0]  # type: ignore[index]
    listed = ", ".join(["jaar", *(k for k in draft.key if k in ("maand", "kwartaal"))])
    checks = []
    for code, subject in list(found.items())[:CHECKED]:
        how, what = ("SUM", "De som") if subject["kind"] == COUNTED else ("AVG", "Het gemiddelde")
        held = {"gebiedsniveau": level, **subject["where"]}
        rows = " AND ".join(f"{d} = {v if isinstance(v, int) else quoted(v)}" for d, v in held.items())
        measure = "waarde" if draft.codes else subject["what"]
        totals = f"SELECT {listed}, {how}({measure}) AS waargenomen FROM kandidaat WHERE {rows} GROUP BY ALL"
        low, high = con.execute(f"SELECT MIN(waargenomen), MAX(waargenomen) FROM ({totals})").fetchone()  # type: ignore[misc]
        if low is not None:
            low, high = round(min(low / 2, low * 2), 4), round(max(high / 2, high * 2, 1), 4)
            said = f"{what} van {code} over alle gebieden van niveau {level} ligt tussen {low} en {high}."
            check = {"id": f"bereik_{code}", "omschrijving": said, "dimensie": "juistheid", "over": totals}
            checks.append({**check, "fout": f"waargenomen NOT BETWEEN {low} AND {high}"})
    return checks
