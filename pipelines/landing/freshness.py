"""What a release tells about its sources and checks: the rows of mart.bron and mart.kwaliteit."""

from __future__ import annotations

from typing import Any

from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.landing.areas import municipal_levels_of
from pipelines.landing.held import NOT_ASKED, held_level
from pipelines.landing.landing import Landing


def source_rows(home: Home, datasets: dict[str, Dataset]) -> list[dict[str, Any]]:
    """mart.bron: one row per dataset."""
    rows = []
    for spec in datasets.values():
        state = Landing(home, spec).state
        if "version" not in state:
            rows.append({**_described(spec), "status": "ontbreekt", "toelichting": missing_reason(state)})
            continue
        parts = sorted(state["parts"], key=lambda p: (p["years"], p["file"]))
        status, why = freshness(state)
        rows.append(
            {
                **_described(spec),
                "bronversie": state["version"],
                "aanvaard_op": state["accepted_at"],
                "bestanden": ", ".join(dict.fromkeys(p["file"] for p in parts)),
                "sha256": ", ".join(dict.fromkeys(p["raw_sha256"] for p in parts)),
                "rijen": sum(p["rows"] for p in parts),
                "oudste_jaar": min(min(p["years"]) for p in parts),
                "jongste_jaar": max(max(p["years"]) for p in parts),
                "status": status,
                "toelichting": why,
            }
        )
    return rows


def described_rows(home: Home, datasets: dict[str, Dataset]) -> list[dict[str, Any]]:
    """Every described dataset: how it comes, under which licence, the version accepted here, and what proves it."""
    return [
        {
            "dataset": spec.id,
            "uitgever": spec.uitgever,
            "protocol": spec.protocol,
            "formaat": ", ".join(dict.fromkeys(f.kind for f in spec.formats)),
            "licentie": spec.licentie,
            "cadans": spec.cadans,
            "status": spec.status,
            "versie": Landing(home, spec).state.get("version"),
            "bewezen_op": spec.bewezen_op,
        }
        for spec in datasets.values()
    ]


def _described(spec: Dataset) -> dict[str, Any]:
    named = spec.model_dump(include={"titel", "uitgever", "licentie", "bronvermelding", "pagina", "cadans"})
    return {**named, "bron": spec.id}


def freshness(state: dict[str, Any]) -> tuple[str, str | None]:
    """vers, deels or oud, with the reason."""
    if state.get("fetch_problem"):
        return "oud", state["fetch_problem"]
    if state["latest"]["outcome"] == "refused":
        return "oud", state["latest"]["reason"]
    if state["held"]:
        first = state["held"][0]
        asked = first["controle"] != NOT_ASKED.controle
        todo = "hand over a corrected file" if asked else "refresh without --city"
        return "deels", f"{first['reden']}; {todo}, until then the last good figures stay"
    return "vers", None


def missing_reason(state: dict[str, Any]) -> str:
    """Why a dataset has no accepted version."""
    return state.get("fetch_problem") or state.get("latest", {}).get("reason") or "nothing was delivered yet"


def quality_rows(home: Home, datasets: dict[str, Dataset], audits: dict[str, list[str]]) -> list[dict[str, Any]]:
    """mart.kwaliteit: the checks of each accepted delivery, the audits of the build, and what is held."""
    rows: list[dict[str, Any]] = []
    municipal = municipal_levels_of(home)
    for spec in datasets.values():
        state = Landing(home, spec).state
        if "version" not in state:
            continue
        rows += [
            {**c, "boodschap": "; ".join(c.get("besluiten", [])) or None, "punt": "levering", "bron": spec.id}
            for c in state["checks"]
        ]
        rows += [
            {
                "punt": "vastgehouden",
                "bron": spec.id,
                "controle": h["controle"],
                "ernst": "blokkerend",
                "uitslag": "gefaald",
                "gebiedsniveau": held_level(spec, h["gebiedsniveau"], municipal),
                "gebied": h["eenheid"],
                "jaar": h["jaar"] + (spec.periode.peildag == "12-31"),
                "reeks": ", ".join(f"{name} {value}" for name, value in h["reeks"].items()) or None,
                "omschrijving": h["omschrijving"],
                "boodschap": "het laatste aanvaarde cijfer blijft" if h["had_value"] else "er is nog geen cijfer",
            }
            for h in state["held"]
        ]
    rows += [
        {"punt": "bouw", "bron": model, "controle": audit, "ernst": "blokkerend", "uitslag": "geslaagd"}
        for model, names in sorted(audits.items())
        for audit in names
    ]
    return rows
